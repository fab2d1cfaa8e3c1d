/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/uri.h>

#include "base/addr.h"
#include "base/hex.h"
#include "core/lex.h"

/* Three colons before an embedded IPv4 address come from a slip in RFC 3261's grammar. */
static bool parse_ip6(struct sw_slice text, struct sw_addr *out)
{
	char two[64];

	if (sw_addr_parse(text, out))
		return memchr(text.p, ':', text.n) != NULL;
	if (text.n > sizeof(two) || !memchr(text.p, '.', text.n))
		return false;
	for (size_t i = 0; i + 3 <= text.n; i++) {
		if (memcmp(text.p + i, ":::", 3) != 0)
			continue;
		memcpy(two, text.p, i);
		memcpy(two + i, text.p + i + 1, text.n - i - 1);
		return sw_addr_parse((struct sw_slice){ two, text.n - 1 }, out);
	}
	return false;
}

static bool read_ip6(struct lex *lx, struct sw_host *out)
{
	const char *close = memchr(lx->p, ']', lex_left(lx));

	if (!close)
		return false;
	out->kind = SW_HOST_IP6;
	out->text = (struct sw_slice){ lx->p, (size_t)(close - lx->p) };
	lx->p = close + 1;
	return parse_ip6(out->text, &out->ip);
}

/* Labels of letters, digits and inner hyphens; a dot may stand at the end (RFC 3261 25.1). */
static bool read_labels(struct lex *lx, const char **last)
{
	struct sw_slice label;

	do {
		*last = lx->p;
		while (lx->p < lx->end && (lex_is(*lx->p, CH_ALNUM) || *lx->p == '-'))
			lx->p++;
		label = lex_since(lx, *last);
		if (label.n == 0 || label.p[0] == '-' || label.p[label.n - 1] == '-')
			return false;
		if (!lex_char(lx, '.'))
			return true;
	} while (lx->p < lx->end && (lex_is(*lx->p, CH_ALNUM) || *lx->p == '-' || *lx->p == '.'));
	return true;
}

/* hostname or IPv4address: what ends in a label that begins with a digit must be an address. */
static bool read_name(struct lex *lx, struct sw_host *out)
{
	const char *mark = lx->p, *last;

	if (!read_labels(lx, &last))
		return false;
	out->text = lex_since(lx, mark);
	out->kind = SW_HOST_NAME;
	if (*last < '0' || *last > '9')
		return true;
	out->kind = SW_HOST_IP4;
	return sw_addr_parse(out->text, &out->ip);
}

static bool read_host(struct lex *lx, struct sw_host *out)
{
	*out = (struct sw_host){ 0 };
	return lex_char(lx, '[') ? read_ip6(lx, out) : read_name(lx, out);
}

static bool read_port(struct lex *lx, uint16_t *port)
{
	struct sw_slice digits;
	uint64_t v;

	if (!lex_digits(lx, &digits) || !sw_slice_u64(digits, 65535, &v))
		return false;
	*port = (uint16_t)v;
	return true;
}

enum sw_reason sw_host_parse(struct sw_slice text, struct sw_host *out)
{
	struct lex lx = lex_of(text);
	struct sw_host h;

	if (!read_host(&lx, &h))
		return SW_R_URI_SYNTAX;
	if (lex_mark(&lx, ':') && !read_port(&lx, &h.port))
		return SW_R_URI_SYNTAX;
	if (lx.p != lx.end)
		return SW_R_URI_SYNTAX;
	*out = h;
	return SW_OK;
}

/* user [":" password] "@" */
static bool read_userinfo(struct lex *lx, struct sw_uri *u)
{
	const char *at = memchr(lx->p, '@', lex_left(lx));
	struct lex user = { lx->p, at };

	if (!at)
		return true;
	u->has_user = true;
	if (!lex_escaped(&user, CH_USER, &u->user))
		return false;
	if (lex_char(&user, ':'))
		lex_escaped(&user, CH_PASSWORD, &u->password);
	lx->p = at + 1;
	return user.p == user.end;
}

/* *( ";" pname [ "=" pvalue ] ) */
static bool read_uri_params(struct lex *lx, struct sw_slice *out)
{
	struct sw_slice part;
	const char *mark;

	if (!lex_char(lx, ';'))
		return true;
	mark = lx->p;
	do {
		if (!lex_escaped(lx, CH_PARAM, &part))
			return false;
		if (lex_char(lx, '=') && !lex_escaped(lx, CH_PARAM, &part))
			return false;
	} while (lex_char(lx, ';'));
	*out = lex_since(lx, mark);
	return true;
}

/* "?" hname "=" hvalue *( "&" hname "=" hvalue ) */
static bool read_uri_headers(struct lex *lx, struct sw_slice *out)
{
	struct sw_slice part;
	const char *mark;

	if (!lex_char(lx, '?'))
		return true;
	mark = lx->p;
	do {
		if (!lex_escaped(lx, CH_URI_HEADER, &part) || !lex_char(lx, '='))
			return false;
		lex_escaped(lx, CH_URI_HEADER, &part);
	} while (lex_char(lx, '&'));
	*out = lex_since(lx, mark);
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":" */
static bool read_scheme(struct lex *lx, enum sw_scheme *out)
{
	const char *mark = lx->p;

	while (lx->p < lx->end && (lex_is(*lx->p, CH_ALNUM) || memchr("+-.", *lx->p, 3)))
		lx->p++;
	struct sw_slice name = lex_since(lx, mark);

	if (name.n == 0 || !is_letter(*mark) || !lex_char(lx, ':'))
		return false;
	*out = SW_SCHEME_OTHER;
	if (sw_slice_eq_nocase(name, SW_LIT("sip")))
		*out = SW_SCHEME_SIP;
	else if (sw_slice_eq_nocase(name, SW_LIT("sips")))
		*out = SW_SCHEME_SIPS;
	return true;
}

enum sw_reason sw_uri_parse(struct sw_slice text, struct sw_uri *out)
{
	struct sw_uri u = { .text = text };
	struct lex lx = lex_of(text);

	if (!read_scheme(&lx, &u.scheme))
		return SW_R_URI_SYNTAX;
	if (u.scheme == SW_SCHEME_OTHER) {
		*out = u;
		return SW_OK;
	}
	if (!read_userinfo(&lx, &u) || !read_host(&lx, &u.host))
		return SW_R_URI_SYNTAX;
	if (lex_char(&lx, ':') && !read_port(&lx, &u.host.port))
		return SW_R_URI_SYNTAX;
	if (!read_uri_params(&lx, &u.params) || !read_uri_headers(&lx, &u.headers))
		return SW_R_URI_SYNTAX;
	if (lx.p != lx.end)
		return SW_R_URI_SYNTAX;
	*out = u;
	return SW_OK;
}

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

bool sw_uri_eq(const struct sw_uri *a, const struct sw_uri *b)
{
	if (a->scheme != b->scheme || a->scheme == SW_SCHEME_NONE)
		return false;
	if (a->scheme == SW_SCHEME_OTHER)
		return sw_slice_eq(a->text, b->text);
	if (a->has_user != b->has_user || !eq_escaped(a->user, b->user, false) ||
	    !eq_escaped(a->password, b->password, false))
		return false;
	if (!sw_host_eq(&a->host, &b->host) || a->host.port != b->host.port)
		return false;
	return params_agree(a->params, b->params) && params_agree(b->params, a->params) &&
	       headers_in(a->headers, b->headers) && headers_in(b->headers, a->headers);
}
