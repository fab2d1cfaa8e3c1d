/* SPDX-License-Identifier: Apache-2.0 */
/* What a request brings to prove where it comes from. Gathers facts; policy weighs them. */
#ifndef SIPWARD_EVIDENCE_H
#define SIPWARD_EVIDENCE_H

#include "sip/state.h"

/* Is the request for the door itself, so that it is challenged by 401? Else by 407. */
bool sw_evidence_is_for_door(const struct step *s);

/* What this request's nonces are bound to. */
struct sw_nonce_bind sw_evidence_bind(const struct step *s);
struct sw_nonce_maker sw_evidence_maker(const struct step *s);

/*
 * The random part of a nonce for this source: 32 random bits, and a keyed hash of them and the
 * whole address. A nonce is good for a network, but whoever answers it from the address that the
 * hash names has shown that it receives what is sent there.
 */
uint64_t sw_evidence_random(const struct step *s);
SW_MUST bool sw_evidence_has_shown_address(const struct step *s); /* by examined credentials */

/*
 * Fill s->evidence; nothing is changed. Known and unknown names, right and wrong responses take
 * the same steps.
 */
void sw_evidence_gather(struct step *s);

/* Where the message comes from, for sip/proven. */
struct sw_proven_source sw_evidence_source(const struct step *s);

/*
 * What of the user was left out until it had proven itself. Other than SW_OK: its record is busy
 * now, or was dropped meanwhile.
 */
SW_MUST enum sw_reason sw_evidence_complete(struct step *s);

/*
 * Use up what made an ALLOW: the nonce count. Only then, so that a right answer which is refused
 * for another reason leaves no trace that somebody could ask for. Other than SW_OK: another
 * worker was first, or SW_R_TABLE_BUSY.
 */
SW_MUST enum sw_reason sw_evidence_use_up(struct step *s);

#endif
