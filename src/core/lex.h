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
};

extern const uint8_t sw_chars[256];

static inline bool lex_is(char c, uint8_t class)
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

void lex_blanks(struct lex *lx);       /* any number of them, also none */
bool lex_char(struct lex *lx, char c); /* exactly this octet */
bool lex_mark(struct lex *lx, char c); /* blanks, this octet, blanks (COMMA, SEMI, EQUAL …) */
bool lex_run(struct lex *lx, uint8_t class, struct sw_slice *out); /* one or more */
bool lex_token(struct lex *lx, struct sw_slice *out);
bool lex_digits(struct lex *lx, struct sw_slice *out);

/* Inside of the quotes, escapes and all. Sets stop where there is a quote that is not closed. */
bool lex_quoted(struct lex *lx, struct sw_slice *out);

/* Digits up to a number; the cursor goes no further than the digit that makes it too large. */
bool lex_number(struct lex *lx, uint64_t max, uint64_t *out);

/* Behind a value of a list: its end, or a comma that another value follows. Sets stop. */
bool lex_next(struct lex *lx);

/* Blanks up to the end, then true if nothing is left. */
bool lex_end(struct lex *lx);

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
struct sw_slice lex_value(const struct lex *lx);

/* Is it the name of Content-Length, which two readers of a stream must know alike? */
bool lex_is_length(struct sw_slice name);

/* One or more octets of the classes or %HH; what a URI is made of. */
bool lex_escaped(struct lex *lx, uint8_t class, struct sw_slice *out);

/* A ";name=value" list at the cursor, also empty: the slice is without its first ';'. Sets stop. */
bool lex_params(struct lex *lx, struct sw_slice *out);

/* Next of a list that lex_params gave: name, and value (empty where there is none). */
bool lex_param(struct lex *lx, struct sw_slice *name, struct sw_slice *value);

#endif
