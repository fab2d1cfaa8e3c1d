/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of the grammar. A reason says what kind of thing is wrong; the rule says what the grammar
 * wanted at the octet where reading stopped, and where that is written. For explanations: nothing
 * is decided by a rule.
 */
#ifndef SIPWARD_RULE_H
#define SIPWARD_RULE_H

#include <sipward/slice.h>

enum sw_rule {
	SW_RULE_NONE = 0,
#define SW_RULE(symbol, name, section, sentence) SW_RULE_##symbol,
#include "core/rule.def"
#undef SW_RULE
	SW_RULE_COUNT,
};

/*
 * Why a text was refused. `at` is the octet in the way: the first one that no text with this
 * beginning can go on with; where something is missing, the octet that stands in its place, which
 * may be the end of the text. Of a thing that stands twice it is the second.
 */
struct sw_fault {
	const char *at;
	enum sw_rule rule;
};

const char *sw_rule_name(enum sw_rule r);     /* "via_protocol"; "none" */
const char *sw_rule_section(enum sw_rule r);  /* "RFC 3261 20.42"; "" for none */
const char *sw_rule_sentence(enum sw_rule r); /* "" for none */

/* The rule of a name; SW_RULE_NONE for others. */
enum sw_rule sw_rule_find(struct sw_slice name);

/* Note the fault; always false, so that a reader may return it. */
static inline bool sw_fault_at(struct sw_fault *f, const char *at, enum sw_rule rule)
{
	*f = (struct sw_fault){ at, rule };
	return false;
}

#endif
