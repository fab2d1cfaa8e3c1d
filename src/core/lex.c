/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lex.h"

#include "base/hex.h"

/* A letter or digit is in every class. */
#define ANY 0xff
/* mark of RFC 3261 25.1, which a URI may hold anywhere */
#define URI (CH_USER | CH_PASSWORD | CH_PARAM | CH_URI_HEADER)

const uint8_t sw_chars[256] = {
	['0' ... '9'] = ANY,
	['A' ... 'Z'] = ANY,
	['a' ... 'z'] = ANY,
	['-'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['.'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['!'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['*'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['_'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['~'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['\''] = CH_TOKEN | CH_WORD | CH_GEN | URI,
	['%'] = CH_TOKEN | CH_WORD | CH_GEN,
	['`'] = CH_TOKEN | CH_WORD | CH_GEN,
	['+'] = CH_TOKEN | CH_WORD | CH_GEN | URI,
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

void lex_blanks(struct lex *lx)
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

bool lex_char(struct lex *lx, char c)
{
	if (!lex_at(lx, c))
		return false;
	lx->p++;
	return true;
}

bool lex_mark(struct lex *lx, char c)
{
	const char *mark = lx->p;

	if (!lex_at(lx, c)) {
		lex_blanks(lx);
		if (lx->p == mark || !lex_at(lx, c)) {
			lx->p = mark;
			return false;
		}
	}
	lx->p++;
	lex_blanks(lx);
	return true;
}

bool lex_run(struct lex *lx, uint8_t class, struct sw_slice *out)
{
	const char *mark = lx->p;

	while (lx->p < lx->end && lex_is(*lx->p, class))
		lx->p++;
	*out = lex_since(lx, mark);
	return out->n > 0;
}

bool lex_token(struct lex *lx, struct sw_slice *out)
{
	return lex_run(lx, CH_TOKEN, out);
}

bool lex_digits(struct lex *lx, struct sw_slice *out)
{
	const char *mark = lx->p;

	while (lx->p < lx->end && *lx->p >= '0' && *lx->p <= '9')
		lx->p++;
	*out = lex_since(lx, mark);
	return out->n > 0;
}

bool lex_number(struct lex *lx, uint64_t max, uint64_t *out)
{
	const char *mark = lx->p;
	uint64_t v = 0;

	for (; lx->p < lx->end && *lx->p >= '0' && *lx->p <= '9'; lx->p++) {
		uint64_t digit = (uint64_t)(*lx->p - '0');

		if (v > (max - digit) / 10)
			return false;
		v = v * 10 + digit;
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

/* Might one of these eight octets be a control character? Tabs and few others say yes too. */
static bool may_have_control(const char *p)
{
	const uint64_t ones = 0x0101010101010101, tops = 0x80 * ones;
	uint64_t x, del;

	memcpy(&x, p, sizeof(x));
	del = x ^ 0x7f * ones;
	return (((x - 0x20 * ones) & ~x) | ((del - ones) & ~del)) & tops;
}

/* Eight octets at a time, since this touches every octet of every message. */
const char *lex_find_control(const char *p, const char *end)
{
	while (p < end) {
		if (end - p >= 8 && !may_have_control(p)) {
			p += 8;
			continue;
		}
		const char *stop = end - p >= 8 ? p + 8 : end;

		for (; p < stop; p++)
			if (lex_is_control(*p))
				return p;
	}
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

struct sw_slice lex_value(const struct lex *lx)
{
	struct sw_slice s = lex_rest(lx);

	while (s.n > 0 && memchr(" \t\r\n", s.p[s.n - 1], 4))
		s.n--;
	return s;
}

bool lex_is_length(struct sw_slice name)
{
	return sw_slice_eq_nocase(name, SW_LIT("Content-Length")) ||
	       sw_slice_eq_nocase(name, SW_LIT("l"));
}

bool lex_end(struct lex *lx)
{
	lex_blanks(lx);
	return lx->p == lx->end;
}

bool lex_next(struct lex *lx)
{
	bool comma = lex_mark(lx, ',');

	if (comma ? lx->p < lx->end : lex_end(lx))
		return true;
	return sw_fault_at(&lx->stop, lx->p, SW_RULE_LIST);
}

bool lex_escaped(struct lex *lx, uint8_t class, struct sw_slice *out)
{
	const char *mark = lx->p;

	while (lx->p < lx->end) {
		if (lex_is(*lx->p, class)) {
			lx->p++;
			continue;
		}
		if (*lx->p != '%' || lex_left(lx) < 3 || sw_hex_digit(lx->p[1]) < 0 ||
		    sw_hex_digit(lx->p[2]) < 0)
			break;
		lx->p += 3;
	}
	*out = lex_since(lx, mark);
	return out->n > 0;
}

/* name [ EQUAL value ], without what may follow. */
static bool read_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value)
{
	*value = (struct sw_slice){ 0 };
	lx->stop = (struct sw_fault){ 0 };
	if (!lex_token(lx, name))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_PARAM);
	if (!lex_mark(lx, '=') || lex_quoted(lx, value) || lex_run(lx, CH_GEN, value))
		return true;
	if (!lx->stop.at)
		sw_fault_at(&lx->stop, lx->p, SW_RULE_PARAM);
	return false;
}

bool lex_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value)
{
	struct lex at = *lx;

	if (!read_param(&at, name, value)) {
		lx->stop = at.stop;
		return false;
	}
	lex_mark(&at, ';');
	*lx = at;
	return true;
}

bool lex_params(struct lex *lx, struct sw_slice *out)
{
	struct sw_slice name, value;
	struct lex at = *lx;

	*out = (struct sw_slice){ 0 };
	if (!lex_mark(&at, ';'))
		return true;
	const char *mark = at.p;

	do {
		if (!read_param(&at, &name, &value)) {
			lx->stop = at.stop;
			return false;
		}
		*out = lex_since(&at, mark);
		*lx = at;
	} while (lex_mark(&at, ';'));
	return true;
}
