/* SPDX-License-Identifier: Apache-2.0 */
#include "core/field.h"

enum kind {
	MANY,
	ONCE
};

/* 32 octets a row, the name in it, since each line of a message comes by. */
static const struct {
	char name[SW_FIELD_NAME_MAX + 1];
	uint8_t kind, syntax;
} rows[SW_FIELD_COUNT] = {
#define SW_FIELD(symbol, name, compact, kind, syntax) \
	[SW_FIELD_##symbol] = { name, kind, SW_SYNTAX_##syntax },
#include "core/field.def"
#undef SW_FIELD
};

static const uint8_t lengths[SW_FIELD_COUNT + 1] = {
#define SW_FIELD(symbol, name, compact, kind, syntax) [SW_FIELD_##symbol] = sizeof(name) - 1,
#include "core/field.def"
#undef SW_FIELD
};

/* The first row of each length. */
static const uint8_t begin[] = {
	[2] = SW_FIELD_TO,
	[3] = SW_FIELD_VIA,
	[4] = SW_FIELD_FROM,
	[5] = SW_FIELD_ALLOW,
	[6] = SW_FIELD_ACCEPT,
	[7] = SW_FIELD_CALL_ID,
	[8] = SW_FIELD_IDENTITY,
	[9] = SW_FIELD_SUPPORTED,
	[10] = SW_FIELD_USER_AGENT,
	[11] = SW_FIELD_MAX_BREADTH,
	[12] = SW_FIELD_MAX_FORWARDS,
	[13] = SW_FIELD_AUTHORIZATION,
	[14] = SW_FIELD_CONTENT_LENGTH,
	[15] = SW_FIELD_SESSION_EXPIRES,
	[16] = SW_FIELD_CONTENT_ENCODING,
	[17] = SW_FIELD_P_CHARGING_VECTOR,
	[18] = SW_FIELD_PROXY_AUTHENTICATE,
	[19] = SW_FIELD_PROXY_AUTHORIZATION,
	[20] = SW_FIELD_P_PREFERRED_IDENTITY,
	[25] = SW_FIELD_PROXY_AUTHENTICATION_INFO,
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
	if (name.n == 1)
		return find_compact(*name.p);
	if (name.n == 0 || name.n >= sizeof(begin))
		return SW_FIELD_OTHER;
	char last = name.p[name.n - 1];

	for (unsigned i = begin[name.n]; lengths[i] == name.n; i++) {
		/* Most rows of one length differ in their last letter and need no call. */
		if (((last ^ rows[i].name[name.n - 1]) & ~0x20) == 0 &&
		    sw_slice_same_letters(name.p, rows[i].name, name.n))
			return (enum sw_field)i;
	}
	return SW_FIELD_OTHER;
}

struct sw_slice sw_field_name(enum sw_field f)
{
	return (struct sw_slice){ rows[f].name, lengths[f] };
}

bool sw_field_is_once(enum sw_field f)
{
	return rows[f].kind == ONCE;
}

enum sw_syntax sw_field_syntax(enum sw_field f)
{
	return (enum sw_syntax)rows[f].syntax;
}
