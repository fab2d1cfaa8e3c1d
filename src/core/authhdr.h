/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Challenges (RFC 3261 20.44, RFC 7616 3.3, RFC 8760 2.4). One field line per algorithm; none is
 * ever joined by commas.
 */
#ifndef SIPWARD_AUTHHDR_H
#define SIPWARD_AUTHHDR_H

#include <sipward/digest.h>

#include "base/buf.h"

/* One Digest challenge. Slices borrow. */
struct sw_challenge {
	enum sw_alg alg; /* NONE: an algorithm that we do not know */
	struct sw_slice realm, nonce, opaque;
	bool qop_auth; /* qop offers auth */
	bool stale;
};

/* WWW-Authenticate (or Proxy-Authenticate) line with qop="auth", CR LF included. */
void sw_challenge_write(struct sw_buf *b, bool proxy, const struct sw_challenge *c);

/*
 * The value of such a field; for clients. SW_R_DIGEST_SYNTAX also for another scheme than
 * Digest, SW_R_DIGEST_PARAM_GONE without realm or nonce, SW_R_DIGEST_PARAM_TWICE.
 */
SW_MUST enum sw_reason sw_challenge_parse(struct sw_slice value, struct sw_challenge *out);

#endif
