/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers of our own: status line, what is echoed (RFC 3261 8.2.6), the To tag, and where they
 * go. Stateless: the same request gives the same tag.
 */
#ifndef SIPWARD_REPLY_H
#define SIPWARD_REPLY_H

#include "sip/state.h"

/*
 * The To tag of our answers is the hash that names the transaction, in Crockford base32: the same
 * request gets the same tag (RFC 3261 8.2.7), and a CANCEL that of its INVITE (RFC 3261 9.2). Its
 * first digits are the id of the decision, in s->account.
 */
#define SW_TAG_LEN 16

/*
 * Start an answer: everything up to CSeq. Fields follow by core/write.h; then the end, which puts
 * Authentication-Info into a 2xx for a caller that was proven by digest.
 */
void sw_reply_begin(struct step *s, int status, struct sw_slice phrase);
void sw_reply_end(struct step *s);

/* "Allow" with the methods that the door itself serves. */
void sw_reply_allow(struct step *s);

/*
 * A challenge to this request, common set in the order that suits the client. SW_R_BUG when
 * libcrypto fails: then nothing is sent, since a challenge goes whole or not at all.
 */
SW_MUST enum sw_reason sw_reply_challenge(struct step *s, enum sw_reason why);

/*
 * Where the answer goes: always to the address that the request came from. By its connection, if
 * it came by one (RFC 3261 18.2.2); else to its port when rport asks for it or sent-by names
 * another host, and to sent-by's port otherwise (RFC 3581 4).
 */
struct sw_path sw_reply_path(const struct step *s);

#endif
