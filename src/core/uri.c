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

/* The first octet that cannot stand in an IPv6 address, or the bracket that comes too early. */
static const char *bad_ip6(struct sw_slice text)
{
	const char *p = text.p;

	while (p < text.p + text.n && (sw_hex_digit(*p) >= 0 || *p == ':' || *p == '.'))
		p++;
	return p;
}

static bool read_ip6(struct lex *lx, struct sw_host *out)
{
	const char *close = memchr(lx->p, ']', lex_left(lx));

	if (!close)
		return sw_fault_at(&lx->stop, bad_ip6(lex_rest(lx)), SW_RULE_HOST_IP6);
	out->kind = SW_HOST_IP6;
	out->text = (struct sw_slice){ lx->p, (size_t)(close - lx->p) };
	lx->p = close + 1;
	return parse_ip6(out->text, &out->ip) ||
	       sw_fault_at(&lx->stop, bad_ip6(out->text), SW_RULE_HOST_IP6);
}

static bool is_in_name(const struct lex *lx)
{
	return lx->p < lx->end && (lex_is(*lx->p, CH_ALNUM) || *lx->p == '-');
}

/* Labels of letters, digits and inner hyphens; a dot may stand at the end (RFC 3261 25.1). */
static bool read_labels(struct lex *lx, const char **last)
{
	do {
		*last = lx->p;
		while (is_in_name(lx))
			lx->p++;
		if (lx->p == *last || **last == '-' || lx->p[-1] == '-')
			return sw_fault_at(&lx->stop,
					   lx->p > *last && **last == '-' ? *last : lx->p,
					   SW_RULE_HOST_NAME);
		if (!lex_char(lx, '.'))
			return true;
	} while (is_in_name(lx) || lex_at(lx, '.'));
	return true;
}

/* The first octet at which a text stops being an IPv4 address. */
static const char *bad_ip4(struct sw_slice text)
{
	struct lex lx = lex_of(text);
	uint64_t v;

	for (unsigned n = 0; n < 4; n++) {
		if (!lex_number(&lx, 255, &v) || (n < 3 && !lex_char(&lx, '.')))
			break;
	}
	return lx.p;
}

/* An IPv6 address to which somebody forgot the brackets: the likely cause is the better rule. */
static bool is_bare_ip6(struct sw_slice text)
{
	struct sw_addr ip;

	text.n = (size_t)(bad_ip6(text) - text.p);
	return parse_ip6(text, &ip);
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
	if (sw_addr_parse(out->text, &out->ip))
		return true;
	if (lex_at(lx, ':') && is_bare_ip6((struct sw_slice){ mark, (size_t)(lx->end - mark) }))
		return sw_fault_at(&lx->stop, mark, SW_RULE_HOST_IP6);
	return sw_fault_at(&lx->stop, bad_ip4(out->text), SW_RULE_HOST_IP4);
}

static bool read_host(struct lex *lx, struct sw_host *out)
{
	*out = (struct sw_host){ 0 };
	return lex_char(lx, '[') ? read_ip6(lx, out) : read_name(lx, out);
}

static bool read_port(struct lex *lx, uint16_t *port)
{
	uint64_t v;

	if (!lex_number(lx, 65535, &v))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_PORT);
	*port = (uint16_t)v; /* 0 is in the grammar, and written by who has none: none is given */
	return true;
}

static bool read_host_port(struct lex *lx, struct sw_host *out)
{
	if (!read_host(lx, out) || (lex_mark(lx, ':') && !read_port(lx, &out->port)))
		return false;
	return lx->p == lx->end || sw_fault_at(&lx->stop, lx->p, SW_RULE_SENT_BY);
}

enum sw_reason sw_host_parse_why(struct sw_slice text, struct sw_host *out, struct sw_fault *why)
{
	struct lex lx = lex_of(text);
	struct sw_host h;

	if (!read_host_port(&lx, &h)) {
		*why = lx.stop;
		return SW_R_URI_SYNTAX;
	}
	*out = h;
	return SW_OK;
}

enum sw_reason sw_host_parse(struct sw_slice text, struct sw_host *out)
{
	struct sw_fault why;

	return sw_host_parse_why(text, out, &why);
}

/* Where the escapes and octets of a part end and what should follow does not. */
static bool bad_part(struct lex *lx, const char *at, enum sw_rule rule)
{
	bool escape = at < lx->end && *at == '%';

	return sw_fault_at(&lx->stop, at, escape ? SW_RULE_URI_ESCAPE : rule);
}

/* user [":" password] "@" */
static bool read_userinfo(struct lex *lx, struct sw_uri *u)
{
	const char *at = memchr(lx->p, '@', lex_left(lx));
	struct lex user = { .p = lx->p, .end = at };

	if (!at)
		return true;
	u->has_user = true;
	if (!lex_escaped(&user, CH_USER, &u->user))
		return bad_part(lx, user.p, SW_RULE_URI_USER);
	bool has_password = lex_char(&user, ':');

	if (has_password)
		lex_escaped(&user, CH_PASSWORD, &u->password);
	if (user.p != user.end)
		return bad_part(lx, user.p, has_password ? SW_RULE_URI_PASSWORD : SW_RULE_URI_USER);
	lx->p = at + 1;
	return true;
}

/* Nothing of the text is left, or what is there may follow; else the part goes on wrongly. */
static bool ends_part(struct lex *lx, const char *follow, enum sw_rule rule)
{
	if (lx->p == lx->end || memchr(follow, *lx->p, strlen(follow)))
		return true;
	return bad_part(lx, lx->p, rule);
}

/* More than any URI needs; each is looked for among those before it, so there has to be an end. */
#define URI_PARAMS_MAX 32

static bool is_among(const struct sw_slice *names, unsigned n, struct sw_slice name);

/*
 * *( ";" pname [ "=" pvalue ] ), each name once: two readers would pick different ones (RFC 3261
 * 19.1.1).
 */
static bool read_uri_params(struct lex *lx, struct sw_slice *out)
{
	struct sw_slice names[URI_PARAMS_MAX], value;
	const char *mark = lx->p + 1;
	unsigned n = 0;

	if (!lex_char(lx, ';'))
		return true;
	do {
		const char *name = lx->p;

		if (n == URI_PARAMS_MAX)
			return sw_fault_at(&lx->stop, name, SW_RULE_URI_PARAM_ONCE);
		if (!lex_escaped(lx, CH_PARAM, &names[n]) ||
		    (lex_char(lx, '=') && !lex_escaped(lx, CH_PARAM, &value)))
			return bad_part(lx, lx->p, SW_RULE_URI_PARAM);
		if (is_among(names, n, names[n]))
			return sw_fault_at(&lx->stop, name, SW_RULE_URI_PARAM_ONCE);
		n++;
	} while (lex_char(lx, ';'));
	*out = lex_since(lx, mark);
	return ends_part(lx, "?", SW_RULE_URI_PARAM);
}

/* "?" hname "=" hvalue *( "&" hname "=" hvalue ) */
static bool read_uri_headers(struct lex *lx, struct sw_slice *out)
{
	struct sw_slice part;
	const char *mark = lx->p + 1;

	if (!lex_char(lx, '?'))
		return true;
	do {
		if (!lex_escaped(lx, CH_URI_HEADER, &part) || !lex_char(lx, '='))
			return bad_part(lx, lx->p, SW_RULE_URI_HEADER);
		lex_escaped(lx, CH_URI_HEADER, &part);
	} while (lex_char(lx, '&'));
	*out = lex_since(lx, mark);
	return ends_part(lx, "", SW_RULE_URI_HEADER);
}

static bool is_letter(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static enum sw_scheme find_scheme(struct sw_slice name)
{
	static const struct {
		struct sw_slice name;
		enum sw_scheme scheme;
	} known[] = {
		{ SW_INIT("sip"), SW_SCHEME_SIP },
		{ SW_INIT("sips"), SW_SCHEME_SIPS },
		{ SW_INIT("tel"), SW_SCHEME_TEL },
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(known); i++)
		if (sw_slice_eq_nocase(name, known[i].name))
			return known[i].scheme;
	return SW_SCHEME_OTHER;
}

/* ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":" */
static bool read_scheme(struct lex *lx, enum sw_scheme *out)
{
	const char *mark = lx->p;

	if (lx->p == lx->end || !is_letter(*lx->p))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_URI_SCHEME);
	while (lx->p < lx->end && (lex_is(*lx->p, CH_ALNUM) || memchr("+-.", *lx->p, 3)))
		lx->p++;
	*out = find_scheme(lex_since(lx, mark));
	return lex_char(lx, ':') || sw_fault_at(&lx->stop, lx->p, SW_RULE_URI_SCHEME);
}

/* What stands behind the scheme of sip: and sips:. */
static bool read_sip(struct lex *lx, struct sw_uri *u)
{
	if (!read_userinfo(lx, u) || !read_host(lx, &u->host))
		return false;
	if (lex_char(lx, ':') && !read_port(lx, &u->host.port))
		return false;
	if (!ends_part(lx, ";?", SW_RULE_URI_END))
		return false;
	return read_uri_params(lx, &u->params) && read_uri_headers(lx, &u->headers);
}

static bool is_separator(char c)
{
	return c == '-' || c == '.' || c == '(' || c == ')';
}

/* "+" and digits, or digits, A to F, "*", "#"; with separators, but not of them alone. */
static bool read_number(struct lex *lx, bool global)
{
	bool has_digit = false;

	for (; lx->p < lx->end; lx->p++) {
		bool digit = global ? *lx->p >= '0' && *lx->p <= '9'
				    : sw_hex_digit(*lx->p) >= 0 || *lx->p == '*' || *lx->p == '#';

		if (!digit && !is_separator(*lx->p))
			break;
		has_digit = has_digit || digit;
	}
	return has_digit;
}

static bool find_pair(struct sw_slice list, char separator, struct sw_slice name,
		      struct sw_slice *value);

/* domainname, or "+" and digits. */
static bool is_context(struct sw_slice text)
{
	struct lex lx = lex_of(text);
	struct sw_host h;

	if (lex_char(&lx, '+'))
		return read_number(&lx, true) && lx.p == lx.end;
	return sw_host_parse(text, &h) == SW_OK && h.kind == SW_HOST_NAME && h.port == 0;
}

/* More than a number has by any RFC; each is looked for among those before it. */
#define TEL_PARAMS_MAX 16

/* Parameters of a number, each once: two readers would pick different ones (RFC 3966 3). */
static bool read_tel_params(struct lex *lx, struct sw_slice *out)
{
	struct sw_slice name, value, before;
	const char *list = lx->p + 1;
	unsigned n = 0;

	while (lex_char(lx, ';')) {
		const char *mark = lx->p;

		if (++n > TEL_PARAMS_MAX)
			return sw_fault_at(&lx->stop, mark, SW_RULE_TEL_PARAM);

		while (is_in_name(lx))
			lx->p++;
		name = lex_since(lx, mark);
		if (name.n == 0 || (lex_char(lx, '=') && !lex_escaped(lx, CH_PARAM, &value)))
			return sw_fault_at(&lx->stop, lx->p, SW_RULE_TEL_PARAM);
		before = (struct sw_slice){ list, mark > list ? (size_t)(mark - list) - 1 : 0 };
		if (find_pair(before, ';', name, &value))
			return sw_fault_at(&lx->stop, mark, SW_RULE_TEL_PARAM);
		*out = lex_since(lx, list);
	}
	return lx->p == lx->end || sw_fault_at(&lx->stop, lx->p, SW_RULE_TEL_PARAM);
}

/* global-number / local-number, RFC 3966 3. */
static bool read_tel(struct lex *lx, struct sw_uri *u)
{
	const char *mark = lx->p;
	bool global = lex_char(lx, '+');

	if (!read_number(lx, global))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_TEL_NUMBER);
	u->has_user = true;
	u->user = lex_since(lx, mark);
	if (lx->p < lx->end && *lx->p != ';')
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_TEL_NUMBER);
	if (!read_tel_params(lx, &u->params))
		return false;
	bool has_context = find_pair(u->params, ';', SW_LIT("phone-context"), &u->context);

	if (has_context ? !is_context(u->context) : !global)
		return sw_fault_at(&lx->stop, u->context.n > 0 ? u->context.p : lx->p,
				   SW_RULE_TEL_CONTEXT);
	return true;
}

/* Octets that a URI may have, whatever it means; no "#", which begins what is no part of it. */
static bool read_opaque(struct lex *lx)
{
	const uint8_t any = CH_USER | CH_PASSWORD | CH_PARAM | CH_URI_HEADER;
	struct sw_slice part;
	const char *mark = lx->p;

	while (lex_escaped(lx, any, &part) || lex_char(lx, '@'))
		;
	if (lx->p == mark || lx->p < lx->end)
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_URI_OPAQUE);
	return true;
}

static bool read_uri(struct lex *lx, struct sw_uri *u)
{
	if (!read_scheme(lx, &u->scheme))
		return false;
	if (u->scheme == SW_SCHEME_TEL)
		return read_tel(lx, u);
	if (u->scheme == SW_SCHEME_OTHER)
		return read_opaque(lx);
	return read_sip(lx, u);
}

enum sw_reason sw_uri_parse_why(struct sw_slice text, struct sw_uri *out, struct sw_fault *why)
{
	struct sw_uri u = { .text = text };
	struct lex lx = lex_of(text);

	if (!read_uri(&lx, &u)) {
		*why = lx.stop;
		return SW_R_URI_SYNTAX;
	}
	*out = u;
	return SW_OK;
}

enum sw_reason sw_uri_parse(struct sw_slice text, struct sw_uri *out)
{
	struct sw_fault why;

	return sw_uri_parse_why(text, out, &why);
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

/* Names are equal in any case, and escaped or not: somebody may take an escape away first. */
static bool name_eq(struct sw_slice a, struct sw_slice b)
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

static bool is_among(const struct sw_slice *names, unsigned n, struct sw_slice name)
{
	for (unsigned i = 0; i < n; i++)
		if (name_eq(names[i], name))
			return true;
	return false;
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
	while (lx->p < lx->end && is_separator(*lx->p))
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
	if (a->has_user != b->has_user || !eq_escaped(a->user, b->user, false) ||
	    !eq_escaped(a->password, b->password, false))
		return false;
	if (!sw_host_eq(&a->host, &b->host) || a->host.port != b->host.port)
		return false;
	return params_agree(a->params, b->params) && params_agree(b->params, a->params) &&
	       headers_in(a->headers, b->headers) && headers_in(b->headers, a->headers);
}
