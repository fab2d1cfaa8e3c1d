/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lex.h"

#include <endian.h>

#include "base/hex.h"

/* A letter is in every class of visible octets. */
#define LETTER (0x1ff | CH_SCHEME)
/* mark of RFC 3261 25.1, which a URI may hold anywhere */
#define URI (CH_USER | CH_PASSWORD | CH_PARAM | CH_URI_HEADER)

const uint16_t sw_chars[256] = {
	['0' ... '9'] = LETTER | CH_DIGIT,
	['A' ... 'Z'] = LETTER,
	['a' ... 'z'] = LETTER,
	[' '] = CH_SPACE,
	['\t'] = CH_SPACE,
	['\r'] = CH_SPACE,
	['\n'] = CH_SPACE,
	['-'] = CH_TOKEN | CH_WORD | CH_GEN | CH_LABEL | CH_SCHEME | URI,
	['.'] = CH_TOKEN | CH_WORD | CH_GEN | CH_SCHEME | URI,
	['!'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['*'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['_'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['~'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['\''] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['%'] = CH_TOKEN | CH_WORD | CH_GEN,
	['`'] = CH_TOKEN | CH_WORD | CH_GEN,
	['+'] = CH_TOKEN | CH_WORD | CH_GEN | CH_SCHEME | URI,
	['('] = CH_WORD | URI,
	[')'] = CH_WORD | URI,
	['<'] = CH_WORD,
	['>'] = CH_WORD,
	[':'] = CH_WORD | CH_GEN | CH_PARAM | CH_URI_HEADER,
	['\\'] = CH_WORD,
	['"'] = CH_WORD,
	['/'] = CH_WORD | CH_USER | CH_PARAM | CH_URI_HEADER,
	['['] = CH_WORD | CH_GEN | CH_PARAM | CH_URI_HEADER,
	[']'] = CH_WORD | CH_GEN | CH_PARAM | CH_URI_HEADER,
	['?'] = CH_WORD | CH_USER | CH_URI_HEADER,
	['{'] = CH_WORD,
	['}'] = CH_WORD,
	['@'] = 0,
	['&'] = CH_USER | CH_PASSWORD | CH_PARAM,
	['='] = CH_USER | CH_PASSWORD,
	['$'] = CH_USER | CH_PASSWORD | CH_PARAM | CH_URI_HEADER,
	[','] = CH_USER | CH_PASSWORD,
	[';'] = CH_USER,
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* CR LF and a blank: a folded line. The message reader lets CR and LF through nowhere else. */
static bool is_fold(const struct lex *lx)
{
	return lex_left(lx) >= 3 && lx->p[0] == '\r' && lx->p[1] == '\n' && is_blank(lx->p[2]);
}

void lex_fold(struct lex *lx)
{
	for (;;) {
		if (lx->p < lx->end && is_blank(*lx->p))
			lx->p++;
		else if (is_fold(lx))
			lx->p += 3;
		else
			return;
	}
}

bool lex_number(struct lex *lx, uint64_t max, uint64_t *out)
{
	const char *mark = lx->p;
	uint64_t v = 0;

	for (; lex_at_class(lx, CH_DIGIT); lx->p++) {
		v = v * 10 + (uint64_t)(*lx->p - '0');
		if (v > max)
			return false;
	}
	*out = v;
	return lx->p > mark;
}

/* Behind a backslash: %x00-09 / %x0B-0C / %x0E-7F. A line end there would be folded by some. */
static bool is_quotable(const struct lex *lx)
{
	return lx->p < lx->end && (unsigned char)*lx->p < 0x80 && *lx->p != '\r' && *lx->p != '\n';
}

bool lex_quoted(struct lex *lx, struct sw_slice *out)
{
	if (!lex_at(lx, '"'))
		return false;
	const char *mark = lx->p + 1;
	struct lex at = { .p = mark, .end = lx->end };
	const char *quote = memchr(mark, '"', lex_left(&at));

	if (quote && !memchr(mark, '\\', (size_t)(quote - mark)))
		at.p = quote; /* nothing is escaped, as nearly always */
	while (at.p < at.end && *at.p != '"') {
		if (*at.p++ != '\\')
			continue;
		if (!is_quotable(&at))
			return sw_fault_at(&lx->stop, at.p, SW_RULE_QUOTED);
		at.p++;
	}
	if (at.p >= at.end)
		return sw_fault_at(&lx->stop, at.p, SW_RULE_QUOTED);
	*out = lex_since(&at, mark);
	lx->p = at.p + 1;
	return true;
}

/* Marks in the top bits of eight octets, the first one lowest: control characters, and tabs. */
static uint64_t mark_controls(const char *p)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x80 * ones;
	uint64_t x, y;

	memcpy(&x, p, sizeof(x));
	x = le64toh(x);
	y = ((x & ~tops) + ones) &
	    ~tops; /* of seven bits, so that nothing carries over: DEL is 0 */
	return ~((y + (0x80 - 0x21) * ones) | x) & tops;
}

/* Eight octets at a time, since this touches every octet of every message. */
const char *lex_find_control(const char *p, const char *end)
{
	for (size_t n = (size_t)(end - p) / 8; n > 0; n--, p += 8) {
		for (uint64_t marks = mark_controls(p); marks; marks &= marks - 1) {
			const char *at = p + (unsigned)__builtin_ctzll(marks) / 8;

			if (lex_is_control(*at))
				return at;
		}
	}
	for (; p < end; p++)
		if (lex_is_control(*p))
			return p;
	return NULL;
}

bool lex_field(struct lex *lx, struct sw_slice *name)
{
	if (!lex_token(lx, name))
		return false;
	while (lx->p < lx->end && is_blank(*lx->p))
		lx->p++;
	if (!lex_char(lx, ':'))
		return false;
	lex_blanks(lx);
	return true;
}

bool lex_is_length(struct sw_slice name)
{
	return sw_slice_eq_nocase(name, SW_LIT("Content-Length")) ||
	       sw_slice_eq_nocase(name, SW_LIT("l"));
}

bool lex_comma(struct lex *lx)
{
	bool comma = lex_mark(lx, ',');

	if (comma ? lx->p < lx->end : lex_end(lx))
		return true;
	return sw_fault_at(&lx->stop, lx->p, SW_RULE_LIST);
}

bool lex_escaped(struct lex *lx, unsigned class, struct sw_slice *out)
{
	const char *p = lx->p, *end = lx->end;

	for (;;) {
		p = lex_skip(p, end, class);
		if (end - p < 3 || *p != '%' || sw_hex_digit(p[1]) < 0 || sw_hex_digit(p[2]) < 0)
			break;
		p += 3;
	}
	*out = (struct sw_slice){ lx->p, (size_t)(p - lx->p) };
	lx->p = p;
	return out->n > 0;
}

/* name [ EQUAL value ], without what may follow. */
static bool read_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value)
{
	*value = (struct sw_slice){ 0 };
	lx->stop = (struct sw_fault){ 0 };
	if (!lex_token(lx, name))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_PARAM);
	if (!lex_mark(lx, '='))
		return true;
	if (lex_at(lx, '"'))
		return lex_quoted(lx, value);
	return lex_run(lx, CH_GEN, value) || sw_fault_at(&lx->stop, lx->p, SW_RULE_PARAM);
}

bool lex_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value)
{
	const char *mark = lx->p;

	if (!read_param(lx, name, value)) {
		lx->p = mark;
		return false;
	}
	lex_mark(lx, ';');
	return true;
}

bool lex_another_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value)
{
	const char *mark = lx->p;

	if (lex_mark(lx, ';') && read_param(lx, name, value))
		return true;
	lx->p = mark;
	return false;
}

bool lex_params(struct lex *lx, struct sw_slice *out)
{
	struct sw_slice name, value;

	*out = (struct sw_slice){ 0 };
	while (lex_next_param(lx, &name, &value)) {
		if (!out->p)
			out->p = name.p;
		*out = lex_since(lx, out->p);
	}
	return !lx->stop.at;
}
