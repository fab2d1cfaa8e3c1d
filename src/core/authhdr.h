/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Challenges (RFC 3261 20.44, RFC 7616 3.3, RFC 8760 2.4), one field line per algorithm, none ever
 * joined by commas; and what an answer says of itself (RFC 7616 3.5).
 */
#ifndef SIPWARD_AUTHHDR_H
#define SIPWARD_AUTHHDR_H

#include <sipward/digest.h>

#include "base/buf.h"

/* One Digest challenge. Slices borrow. */
struct sw_challenge {
	struct sw_alg_form form; /* NONE: an algorithm that we do not know */
	struct sw_slice realm, nonce, opaque;
	unsigned qops; /* set of SW_QOP_BIT; NONE: it can be answered without */
	bool stale;
};

/* WWW-Authenticate (or Proxy-Authenticate) line, CR LF included. */
void sw_challenge_write(struct sw_buf *b, bool proxy, const struct sw_challenge *c);

/*
 * The value of such a field; for clients. SW_R_DIGEST_SYNTAX also for another scheme than
 * Digest, SW_R_DIGEST_PARAM_GONE without realm or nonce, SW_R_DIGEST_PARAM_TWICE.
 */
SW_MUST enum sw_reason sw_challenge_parse(struct sw_slice value, struct sw_challenge *out);

/* What Authentication-Info tells of an answer. Empty slices: not said. */
struct sw_authinfo {
	struct sw_slice rspauth, cnonce, nc_text, nextnonce;
	enum sw_qop qop;
};

/* Authentication-Info line, CR LF included; at least one of its slices is there. */
void sw_authinfo_write(struct sw_buf *b, const struct sw_authinfo *a);

/* The value of such a field; for clients. Refused as challenges are, or SW_R_DIGEST_QOP. */
SW_MUST enum sw_reason sw_authinfo_parse(struct sw_slice value, struct sw_authinfo *out);

#endif
