/* SPDX-License-Identifier: Apache-2.0 */
/* Where a request was refused: octet, rule and the text around it, for the account alone. */
#ifndef SIPWARD_FAULT_H
#define SIPWARD_FAULT_H

#include "sip/state.h"

/*
 * For readers behind the parser: note the octet in the way and the rule, then give the reason
 * back. Once in a step: what was noted is why it is refused.
 */
SW_MUST enum sw_reason sw_fault_note(const struct step *s, const char *at, enum sw_rule rule,
				     enum sw_reason why);

/*
 * Fill fault_at, rule and excerpt of the step's account for this reason. Nothing for reasons that
 * no octet of the message stands for.
 */
void sw_fault_locate(struct step *s, enum sw_reason why);

#endif
