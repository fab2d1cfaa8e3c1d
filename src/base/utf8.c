/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

/* The table of RFC 3629 4: what the second octet may be decides about the odd cases. */
static const struct {
	unsigned char from, to;  /* first octet */
	unsigned char low, high; /* second octet */
	unsigned char len;
} forms[] = {
	{ 0xc2, 0xc2, 0xa0, 0xbf, 2 }, /* not U+0080 to U+009F */
	{ 0xc3, 0xdf, 0x80, 0xbf, 2 }, { 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 }, { 0xf0, 0xf0, 0x90, 0xbf, 4 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
};

/* Characters that nobody sees where they stand. */
static const struct span {
	uint32_t first, last;
	bool turns; /* the direction of what is written */
} hidden[] = {
	{ 0x00AD, 0x00AD, false }, { 0x061C, 0x061C, true },  { 0x200B, 0x200D, false },
	{ 0x200E, 0x200F, true },  { 0x2028, 0x2029, false }, { 0x202A, 0x202E, true },
	{ 0x2060, 0x2065, false }, { 0x2066, 0x2069, true },  { 0x206A, 0x206F, false },
	{ 0xFEFF, 0xFEFF, false }, { 0xFFF9, 0xFFFB, false }, { 0xE0000, 0xE0FFF, false },
};

size_t sw_utf8_len(struct sw_slice s)
{
	const unsigned char *p = (const unsigned char *)s.p;

	if (s.n == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	for (size_t i = 0; i < SW_ARRAY_LEN(forms); i++) {
		if (p[0] < forms[i].from || p[0] > forms[i].to)
			continue;
		if (s.n < forms[i].len || p[1] < forms[i].low || p[1] > forms[i].high)
			return 0;
		for (size_t j = 2; j < forms[i].len; j++)
			if (!sw_utf8_is_tail(s.p[j]))
				return 0;
		return forms[i].len;
	}
	return 0;
}

static uint32_t code_of(struct sw_slice s)
{
	static const unsigned char lead_bits[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	size_t n = sw_utf8_len(s);
	uint32_t code = n > 0 ? (unsigned char)s.p[0] & lead_bits[n] : 0;

	for (size_t i = 1; i < n; i++)
		code = code << 6 | ((unsigned char)s.p[i] & 0x3f);
	return code;
}

static const struct span *find_hidden(struct sw_slice s)
{
	uint32_t code = code_of(s);

	for (size_t i = 0; i < SW_ARRAY_LEN(hidden); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return &hidden[i];
	return NULL;
}

bool sw_utf8_is_hidden(struct sw_slice s)
{
	return find_hidden(s);
}

bool sw_utf8_turns(struct sw_slice s)
{
	const struct span *span = find_hidden(s);

	return span && span->turns;
}
