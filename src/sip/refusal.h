/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the wire learns of a request that was not served: a plain refusal, a challenge, or nothing.
 * Why it was refused is decided elsewhere.
 */
#ifndef SIPWARD_REFUSAL_H
#define SIPWARD_REFUSAL_H

#include "sip/state.h"

/* Write the answer to a refusal, as the verdict says; silence where no answer is safe. */
void sw_refusal_write(struct step *s, enum sw_reason why);

/* The answer that was written does not go out, for this reason. */
void sw_refusal_silence(struct step *s, enum sw_reason why);

/*
 * To a datagram that brings no proof, no more than three times what it sent: it may come from
 * anybody, in anybody's name, also in that of a source that is known. What is longer becomes
 * silence; a challenge is never shortened.
 */
void sw_refusal_if_amplified(struct step *s);

#endif
