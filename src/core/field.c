/* SPDX-License-Identifier: Apache-2.0 */
#include "core/field.h"

enum kind {
	MANY,
	ONCE
};

static const struct {
	struct sw_slice name;
	uint8_t kind, syntax;
} rows[SW_FIELD_COUNT] = {
#define SW_FIELD(symbol, name, compact, kind, syntax) \
	[SW_FIELD_##symbol] = { SW_INIT(name), kind, SW_SYNTAX_##syntax },
#include "core/field.def"
#undef SW_FIELD
};

/* Apart from the rows, so that one memchr finds what may fit. */
static const uint8_t lengths[SW_FIELD_COUNT] = {
#define SW_FIELD(symbol, name, compact, kind, syntax) [SW_FIELD_##symbol] = sizeof(name) - 1,
#include "core/field.def"
#undef SW_FIELD
};

static const char compacts[SW_FIELD_COUNT] = {
#define SW_FIELD(symbol, name, compact, kind, syntax) [SW_FIELD_##symbol] = (compact),
#include "core/field.def"
#undef SW_FIELD
};

static enum sw_field find_compact(char c)
{
	const char *p = memchr(compacts, c | 0x20, sizeof(compacts));

	return p ? (enum sw_field)(p - compacts) : SW_FIELD_OTHER;
}

enum sw_field sw_field_find(struct sw_slice name)
{
	const uint8_t *p;

	if (name.n == 1)
		return find_compact(*name.p);
	if (name.n == 0 || name.n > UINT8_MAX)
		return SW_FIELD_OTHER;
	p = memchr(lengths, (int)name.n, sizeof(lengths));
	for (; p && p < lengths + sizeof(lengths) && *p == name.n; p++) {
		struct sw_slice want = rows[p - lengths].name;

		/* First and last letter here: most rows differ in them and need no call. */
		if (((*name.p ^ *want.p) | (name.p[name.n - 1] ^ want.p[name.n - 1])) & ~0x20)
			continue;
		if (sw_slice_same_letters(name.p, want.p, name.n))
			return (enum sw_field)(p - lengths);
	}
	return SW_FIELD_OTHER;
}

struct sw_slice sw_field_name(enum sw_field f)
{
	return rows[f].name;
}

bool sw_field_is_once(enum sw_field f)
{
	return rows[f].kind == ONCE;
}

enum sw_syntax sw_field_syntax(enum sw_field f)
{
	return (enum sw_syntax)rows[f].syntax;
}
