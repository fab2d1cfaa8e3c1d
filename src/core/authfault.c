/* SPDX-License-Identifier: Apache-2.0 */
#include "core/authfault.h"

#include <sipward/digest.h>

#include "base/hex.h"
#include "core/authparam.h"
#include "core/lex.h"

enum {
	P_URI,
	P_QOP,
	P_NC,
	P_COUNT
};

static const struct sw_slice names[] = {
	[P_URI] = SW_INIT("uri"), [P_QOP] = SW_INIT("qop"), [P_NC] = SW_INIT("nc"),
	SW_INIT("response"),      SW_INIT("username"),      SW_INIT("realm"),
	SW_INIT("nonce"),         SW_INIT("algorithm"),     SW_INIT("cnonce"),
	SW_INIT("opaque"),
};

/* What was found on the way through a list of parameters. */
struct finding {
	struct sw_slice value[P_COUNT];
	struct sw_fault syntax;       /* the list itself is malformed */
	struct sw_fault twice, limit; /* … or goes on, but not well */
	struct sw_fault backslash;
	const char *end;
};

/* NAME EQUAL (token / quoted-string) */
static bool read_one(struct lex *lx, struct sw_slice *name, struct sw_slice *value)
{
	if (!lex_token(lx, name))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_AUTH_PARAM);
	lex_blanks(lx);
	if (!lex_mark(lx, '='))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_AUTH_PARAM);
	if (lex_at(lx, '"'))
		return lex_quoted(lx, value);
	return lex_token(lx, value) || sw_fault_at(&lx->stop, lx->p, SW_RULE_AUTH_PARAM);
}

static void look_at(struct finding *f, unsigned *seen, struct sw_slice name, struct sw_slice value)
{
	const char *backslash = value.n > 0 ? memchr(value.p, '\\', value.n) : NULL;

	for (size_t i = 0; i < SW_ARRAY_LEN(names); i++) {
		if (!sw_slice_eq_nocase(name, names[i]))
			continue;
		if (backslash && !f->backslash.at)
			sw_fault_at(&f->backslash, backslash, SW_RULE_AUTH_VALUE);
		if ((*seen & 1u << i) && !f->twice.at)
			sw_fault_at(&f->twice, name.p, SW_RULE_AUTH_ONCE);
		*seen |= 1u << i;
		if (i < P_COUNT)
			f->value[i] = value;
	}
}

static void walk(struct finding *f, struct sw_slice list)
{
	struct lex lx = lex_of(list);
	struct sw_slice name, value;
	unsigned seen = 0, n = 0;

	do {
		if (++n > SW_AUTHPARAMS_MAX && !f->limit.at)
			sw_fault_at(&f->limit, lx.p, SW_RULE_AUTH_LIMIT);
		if (!read_one(&lx, &name, &value)) {
			f->syntax = lx.stop;
			return;
		}
		look_at(f, &seen, name, value);
	} while (lex_mark(&lx, ','));
	f->end = lx.p;
	if (!lex_end(&lx))
		sw_fault_at(&f->syntax, lx.p, SW_RULE_AUTH_PARAM);
}

static const char *or_end(const struct finding *f, int i)
{
	return f->value[i].p ? f->value[i].p : f->end;
}

/* A value of the wrong form, in a list that is well-formed: a backslash, else nc is none. */
static const char *bad_value(const struct finding *f)
{
	struct sw_slice nc = f->value[P_NC];
	size_t n = 0;

	if (f->backslash.at)
		return f->backslash.at;
	while (n < nc.n && n < 8 && sw_hex_digit(nc.p[n]) >= 0)
		n++;
	return nc.n == 8 && n == 8 ? nc.p : or_end(f, P_NC) + n; /* eight zeros count nothing */
}

bool sw_authfault_find(struct sw_slice value, enum sw_reason reason, struct sw_fault *out)
{
	struct finding f = { .end = value.p + value.n };
	struct sw_slice params;

	if (!sw_digest_is(value, &params))
		return false;
	walk(&f, params);
	if (reason == SW_R_DIGEST_SYNTAX && f.syntax.at)
		*out = f.syntax;
	else if (reason == SW_R_DIGEST_SYNTAX)
		sw_fault_at(out, bad_value(&f), SW_RULE_AUTH_VALUE);
	else if (reason == SW_R_DIGEST_PARAM_TWICE && f.twice.at)
		*out = f.twice;
	else if (reason == SW_R_TOO_MANY && f.limit.at)
		*out = f.limit;
	else if (reason == SW_R_DIGEST_PARAM_GONE)
		sw_fault_at(out, f.end, SW_RULE_AUTH_NEEDED);
	else if (reason == SW_R_DIGEST_QOP)
		sw_fault_at(out, or_end(&f, P_QOP), SW_RULE_AUTH_QOP);
	else if (reason == SW_R_DIGEST_URI)
		sw_fault_at(out, or_end(&f, P_URI), SW_RULE_AUTH_URI);
	else
		return false;
	return true;
}
