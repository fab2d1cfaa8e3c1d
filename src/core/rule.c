/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/rule.h>

static const struct {
	const char *name, *section, *sentence;
} rows[SW_RULE_COUNT] = {
	[SW_RULE_NONE] = { "none", "", "" },
#define SW_RULE(symbol, name, section, sentence) [SW_RULE_##symbol] = { name, section, sentence },
#include "core/rule.def"
#undef SW_RULE
};

static enum sw_rule known(enum sw_rule r)
{
	return (unsigned)r < SW_RULE_COUNT ? r : SW_RULE_NONE;
}

const char *sw_rule_name(enum sw_rule r)
{
	return rows[known(r)].name;
}

const char *sw_rule_section(enum sw_rule r)
{
	return rows[known(r)].section;
}

const char *sw_rule_sentence(enum sw_rule r)
{
	return rows[known(r)].sentence;
}

enum sw_rule sw_rule_find(struct sw_slice name)
{
	for (unsigned i = 1; i < SW_RULE_COUNT; i++)
		if (sw_slice_eq(name, sw_slice_of(rows[i].name)))
			return (enum sw_rule)i;
	return SW_RULE_NONE;
}
