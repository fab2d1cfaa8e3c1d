/* SPDX-License-Identifier: Apache-2.0 */
#include "core/urieq.h"

#include "base/hex.h"
#include "core/lex.h"

/* One octet of escaped text; escaped says whether it stood as %HH. */
static char next_octet(struct lex *lx, bool *escaped)
{
	char c = *lx->p;

	*escaped = c == '%' && lex_left(lx) >= 3 && sw_hex_digit(lx->p[1]) >= 0 &&
		   sw_hex_digit(lx->p[2]) >= 0;
	if (!*escaped) {
		lx->p++;
		return c;
	}
	c = (char)(sw_hex_digit(lx->p[1]) << 4 | sw_hex_digit(lx->p[2]));
	lx->p += 3;
	return c;
}

/* In "where" a reserved octet and its escape are two things (RFC 3261 19.1.4); in "who" one. */
static bool eq_escaped(struct sw_slice a, struct sw_slice b, bool who)
{
	struct lex x = lex_of(a), y = lex_of(b);

	if (sw_slice_eq(a, b))
		return true;
	while (x.p < x.end && y.p < y.end) {
		bool ex, ey;
		char cx = next_octet(&x, &ex);
		char cy = next_octet(&y, &ey);

		if (cx != cy)
			return false;
		if (!who && ex != ey && memchr(";/?:@&=+$,", cx, 10))
			return false;
	}
	return x.p == x.end && y.p == y.end;
}

bool sw_user_eq(struct sw_slice a, struct sw_slice b)
{
	return eq_escaped(a, b, true);
}

bool sw_host_eq(const struct sw_host *a, const struct sw_host *b)
{
	if (a->kind == SW_HOST_NONE || a->kind != b->kind)
		return false;
	if (a->kind == SW_HOST_NAME)
		return sw_slice_eq_nocase(a->text, b->text);
	return sw_addr_eq_ip(&a->ip, &b->ip);
}

/* Next "name[=value]" of a list with this separator. */
static bool next_pair(struct lex *lx, char separator, struct sw_slice *name, struct sw_slice *value)
{
	if (lx->p == lx->end)
		return false;
	const char *stop = memchr(lx->p, separator, lex_left(lx));
	struct sw_slice pair = { lx->p, (size_t)((stop ? stop : lx->end) - lx->p) };
	const char *eq = pair.n > 0 ? memchr(pair.p, '=', pair.n) : NULL;

	*name = (struct sw_slice){ pair.p, eq ? (size_t)(eq - pair.p) : pair.n };
	*value = eq ? sw_slice_from(pair, name->n + 1) : (struct sw_slice){ 0 };
	lx->p = stop ? stop + 1 : lx->end;
	return true;
}

bool sw_urieq_is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

bool sw_urieq_name(struct sw_slice a, struct sw_slice b)
{
	struct lex x = lex_of(a), y = lex_of(b);
	bool escaped;

	while (x.p < x.end && y.p < y.end) {
		char cx = next_octet(&x, &escaped), cy = next_octet(&y, &escaped);

		if (!sw_slice_eq_nocase((struct sw_slice){ &cx, 1 }, (struct sw_slice){ &cy, 1 }))
			return false;
	}
	return x.p == x.end && y.p == y.end;
}

static bool find_pair(struct sw_slice list, char separator, struct sw_slice name,
		      struct sw_slice *value)
{
	struct lex lx = lex_of(list);
	struct sw_slice n;

	while (next_pair(&lx, separator, &n, value))
		if (sw_slice_eq_nocase(n, name))
			return true;
	return false;
}

bool sw_uri_param_find(struct sw_slice params, struct sw_slice name, struct sw_slice *value)
{
	return find_pair(params, ';', name, value);
}

bool sw_param_find(struct sw_slice params, struct sw_slice name, struct sw_slice *value)
{
	struct lex lx = lex_of(params);
	struct sw_slice n;

	while (lx.p < lx.end && lex_param(&lx, &n, value))
		if (sw_slice_eq_nocase(n, name))
			return true;
	return false;
}

static bool must_match(struct sw_slice name)
{
	static const struct sw_slice always[] = {
		SW_INIT("user"),  SW_INIT("ttl"),       SW_INIT("method"),
		SW_INIT("maddr"), SW_INIT("transport"),
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(always); i++)
		if (sw_slice_eq_nocase(name, always[i]))
			return true;
	return false;
}

/* Every parameter of a that b has too is the same there; the five above must not lack there. */
static bool params_agree(struct sw_slice a, struct sw_slice b)
{
	struct lex lx = lex_of(a);
	struct sw_slice name, x, y;

	while (next_pair(&lx, ';', &name, &x)) {
		bool there = find_pair(b, ';', name, &y);

		if (!there && must_match(name))
			return false;
		if (there && !sw_slice_eq_nocase(x, y) && !eq_escaped(x, y, false))
			return false;
	}
	return true;
}

static bool headers_in(struct sw_slice a, struct sw_slice b)
{
	struct lex lx = lex_of(a);
	struct sw_slice name, x, y;

	while (next_pair(&lx, '&', &name, &x))
		if (!find_pair(b, '&', name, &y) || !eq_escaped(x, y, false))
			return false;
	return true;
}

/* The next octet that is no separator, in lower case; 0 at the end. */
static char next_digit(struct lex *lx)
{
	while (lx->p < lx->end && sw_urieq_is_separator(*lx->p))
		lx->p++;
	if (lx->p == lx->end)
		return 0;
	char c = *lx->p++;

	return c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c;
}

static bool numbers_eq(struct sw_slice a, struct sw_slice b)
{
	struct lex x = lex_of(a), y = lex_of(b);
	char cx, cy;

	do {
		cx = next_digit(&x);
		cy = next_digit(&y);
	} while (cx == cy && cx != 0);
	return cx == cy;
}

/* Every parameter of a is in b with the same value: numbers without their separators. */
static bool tel_params_in(struct sw_slice a, struct sw_slice b)
{
	struct lex lx = lex_of(a);
	struct sw_slice name, x, y;

	while (next_pair(&lx, ';', &name, &x)) {
		bool number = sw_slice_eq_nocase(name, SW_LIT("ext")) || (x.n > 0 && *x.p == '+');

		if (!find_pair(b, ';', name, &y))
			return false;
		if (number ? !numbers_eq(x, y) : !sw_slice_eq_nocase(x, y))
			return false;
	}
	return true;
}

static bool tel_eq(const struct sw_uri *a, const struct sw_uri *b)
{
	return numbers_eq(a->user, b->user) && tel_params_in(a->params, b->params) &&
	       tel_params_in(b->params, a->params);
}

/* Each header is looked for in the other URI, so there must not be many. */
static bool has_many(struct sw_slice list)
{
	unsigned n = 0;

	for (size_t i = 0; i < list.n; i++)
		n += list.p[i] == '&';
	return n > 32;
}

bool sw_uri_eq(const struct sw_uri *a, const struct sw_uri *b)
{
	if (has_many(a->headers) || has_many(b->headers))
		return a->scheme == b->scheme && sw_slice_eq(a->text, b->text);
	if (a->scheme != b->scheme || a->scheme == SW_SCHEME_NONE)
		return false;
	if (a->scheme == SW_SCHEME_TEL)
		return tel_eq(a, b);
	if (a->scheme == SW_SCHEME_OTHER)
		return sw_slice_eq(a->text, b->text);
	if (a->headers.n == 0 && sw_slice_eq(a->text, b->text))
		return true;
	if (a->has_user != b->has_user || !eq_escaped(a->user, b->user, false) ||
	    !eq_escaped(a->password, b->password, false))
		return false;
	if (!sw_host_eq(&a->host, &b->host) || a->host.port != b->host.port)
		return false;
	return params_agree(a->params, b->params) && params_agree(b->params, a->params) &&
	       headers_in(a->headers, b->headers) && headers_in(b->headers, a->headers);
}
