/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cursor over octets and the small readers of RFC 3261 25.1. Each reader takes what it names and
 * moves on, or gives false and stays where it was; but lex_params, which stays behind the last
 * parameter that it could read. out is written either way. Blanks include folded line ends.
 */
#ifndef SIPWARD_LEX_H
#define SIPWARD_LEX_H

#include <sipward/rule.h>

/* stop: set by a reader that failed inside of what it read: why, and at which octet. */
struct lex {
	const char *p, *end;
	struct sw_fault stop;
};

/* Classes of octets, bits of sw_chars. */
enum {
	CH_ALNUM = 1,
	CH_TOKEN = 2,
	CH_WORD = 4,        /* of Call-ID */
	CH_USER = 8,        /* user part of a URI, but for escapes */
	CH_PASSWORD = 16,   /* likewise */
	CH_PARAM = 32,      /* URI parameters, likewise */
	CH_URI_HEADER = 64, /* headers of a URI, likewise */
	CH_GEN = 128,       /* unquoted value of a generic parameter: token or host */
	CH_LABEL = 256,     /* of a host name: letters, digits, hyphens */
	CH_DIGIT = 512,
	CH_SPACE = 1024,  /* blanks, tabs and the octets of line ends */
	CH_SCHEME = 2048, /* of a URI, behind its first letter */
};

extern const uint16_t sw_chars[256];

static inline bool lex_is(char c, unsigned class)
{
	return (sw_chars[(unsigned char)c] & class) != 0;
}

static inline struct lex lex_of(struct sw_slice s)
{
	return (struct lex){ .p = s.p, .end = s.n > 0 ? s.p + s.n : s.p };
}

static inline size_t lex_left(const struct lex *lx)
{
	return (size_t)(lx->end - lx->p);
}

static inline struct sw_slice lex_rest(const struct lex *lx)
{
	return (struct sw_slice){ lx->p, lex_left(lx) };
}

/* From mark to where the cursor stands. */
static inline struct sw_slice lex_since(const struct lex *lx, const char *mark)
{
	return (struct sw_slice){ mark, (size_t)(lx->p - mark) };
}

static inline bool lex_at(const struct lex *lx, char c)
{
	return lx->p < lx->end && *lx->p == c;
}

static inline bool lex_at_class(const struct lex *lx, unsigned class)
{
	return lx->p < lx->end && lex_is(*lx->p, class);
}

void lex_fold(struct lex *lx); /* blanks and folds, where one of their octets stands */

/* Any number of blanks: nearly always none, or one that no other follows. */
static inline void lex_blanks(struct lex *lx)
{
	if (lx->p < lx->end && *lx->p == ' ')
		lx->p++;
	if (lx->p < lx->end && (unsigned char)*lx->p <= ' ')
		lex_fold(lx);
}

/* Exactly this octet. */
static inline bool lex_char(struct lex *lx, char c)
{
	if (!lex_at(lx, c))
		return false;
	lx->p++;
	return true;
}

/* Blanks, this octet, blanks (COMMA, SEMI, EQUAL …). */
static inline bool lex_mark(struct lex *lx, char c)
{
	const char *mark = lx->p;

	lex_blanks(lx);
	if (!lex_char(lx, c)) {
		lx->p = mark;
		return false;
	}
	lex_blanks(lx);
	return true;
}

/* Behind the octets of a class. Most of a message goes through here, so by fours. */
static inline const char *lex_skip(const char *p, const char *end, unsigned class)
{
	for (; end - p >= 4; p += 4) {
		if (!lex_is(p[0], class))
			return p;
		if (!lex_is(p[1], class))
			return p + 1;
		if (!lex_is(p[2], class))
			return p + 2;
		if (!lex_is(p[3], class))
			return p + 3;
	}
	while (p < end && lex_is(*p, class))
		p++;
	return p;
}

/* One or more octets of a class. */
static inline bool lex_run(struct lex *lx, unsigned class, struct sw_slice *out)
{
	const char *p = lex_skip(lx->p, lx->end, class);

	*out = (struct sw_slice){ lx->p, (size_t)(p - lx->p) };
	lx->p = p;
	return out->n > 0;
}

static inline bool lex_token(struct lex *lx, struct sw_slice *out)
{
	return lex_run(lx, CH_TOKEN, out);
}

static inline bool lex_digits(struct lex *lx, struct sw_slice *out)
{
	return lex_run(lx, CH_DIGIT, out);
}

/* Inside of the quotes, escapes and all. Sets stop where there is a quote that is not closed. */
bool lex_quoted(struct lex *lx, struct sw_slice *out);

/*
 * Digits up to a number below 2^60; the cursor goes no further than the digit that makes it too
 * large.
 */
bool lex_number(struct lex *lx, uint64_t max, uint64_t *out);

/* Behind a value of a list: its end, or a comma that another value follows. Sets stop. */
bool lex_comma(struct lex *lx);

static inline bool lex_next(struct lex *lx)
{
	return lx->p == lx->end || lex_comma(lx);
}

/* Blanks up to the end, then true if nothing is left. */
static inline bool lex_end(struct lex *lx)
{
	lex_blanks(lx);
	return lx->p == lx->end;
}

static inline bool lex_is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

/* The first octet that no line may hold: a control character, CR and LF among them; or NULL. */
const char *lex_find_control(const char *p, const char *end);

/*
 * field-name HCOLON: only blanks and tabs before the colon, also folds behind it. After a failure
 * the cursor stands at the octet in the way.
 */
bool lex_field(struct lex *lx, struct sw_slice *name);

/* The rest without blanks and line ends behind it. */
static inline struct sw_slice lex_value(const struct lex *lx)
{
	struct sw_slice s = lex_rest(lx);

	while (s.n > 0 && lex_is(s.p[s.n - 1], CH_SPACE))
		s.n--;
	return s;
}

/* Is it the name of Content-Length, which two readers of a stream must know alike? */
bool lex_is_length(struct sw_slice name);

/* Does any of its names begin so? Most fields need not be looked at further. */
static inline bool lex_may_be_length(char c)
{
	return (c | 0x20) == 'c' || (c | 0x20) == 'l';
}

/* One or more octets of the classes or %HH; what a URI is made of. */
bool lex_escaped(struct lex *lx, unsigned class, struct sw_slice *out);

/* A ";name=value" list at the cursor, also empty: the slice is without its first ';'. Sets stop. */
bool lex_params(struct lex *lx, struct sw_slice *out);

/*
 * Likewise one by one, for who wants to know them: the next ";name=value" at the cursor, the value
 * empty where there is none. false: the list ends here, or, where stop.at is set, goes on wrongly.
 */
bool lex_another_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value);

static inline bool lex_next_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value)
{
	lx->stop = (struct sw_fault){ 0 };
	return lx->p < lx->end && lex_another_param(lx, name, value);
}

/* Next of a list that lex_params gave. */
bool lex_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value);

#endif
