/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/uri.h>

#include "base/hex.h"
#include "core/host.h"
#include "core/lex.h"
#include "core/urieq.h"

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

/* Nothing of the text is left, or one of the two may follow; else the part goes on wrongly. */
static bool ends_part(struct lex *lx, char one, char other, enum sw_rule rule)
{
	if (lx->p == lx->end || *lx->p == one || *lx->p == other)
		return true;
	return bad_part(lx, lx->p, rule);
}

/* More than any URI needs; each is looked for among those before it, so there has to be an end. */
#define URI_PARAMS_MAX 32

static bool is_among(const struct sw_slice *names, unsigned n, struct sw_slice name)
{
	for (unsigned i = 0; i < n; i++)
		if (sw_urieq_name(names[i], name))
			return true;
	return false;
}

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
	return ends_part(lx, '?', '?', SW_RULE_URI_PARAM);
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
	return lx->p == lx->end || bad_part(lx, lx->p, SW_RULE_URI_HEADER);
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

	if (!lex_at_class(lx, CH_ALNUM) || lex_is(*lx->p, CH_DIGIT))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_URI_SCHEME);
	lx->p = lex_skip(lx->p, lx->end, CH_SCHEME);
	*out = find_scheme(lex_since(lx, mark));
	return lex_char(lx, ':') || sw_fault_at(&lx->stop, lx->p, SW_RULE_URI_SCHEME);
}

/* What stands behind the scheme of sip: and sips:. */
static bool read_sip(struct lex *lx, struct sw_uri *u)
{
	if (!read_userinfo(lx, u) || !sw_host_read(lx, &u->host))
		return false;
	if (lx->p == lx->end)
		return true;
	if (lex_char(lx, ':') && !sw_host_read_port(lx, &u->host.port))
		return false;
	if (!ends_part(lx, ';', '?', SW_RULE_URI_END))
		return false;
	return read_uri_params(lx, &u->params) && read_uri_headers(lx, &u->headers);
}

/* "+" and digits, or digits, A to F, "*", "#"; with separators, but not of them alone. */
static bool read_number(struct lex *lx, bool global)
{
	bool has_digit = false;

	for (; lx->p < lx->end; lx->p++) {
		bool digit = global ? *lx->p >= '0' && *lx->p <= '9'
				    : sw_hex_digit(*lx->p) >= 0 || *lx->p == '*' || *lx->p == '#';

		if (!digit && !sw_urieq_is_separator(*lx->p))
			break;
		has_digit = has_digit || digit;
	}
	return has_digit;
}

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

		if (!lex_run(lx, CH_LABEL, &name) ||
		    (lex_char(lx, '=') && !lex_escaped(lx, CH_PARAM, &value)))
			return sw_fault_at(&lx->stop, lx->p, SW_RULE_TEL_PARAM);
		before = (struct sw_slice){ list, mark > list ? (size_t)(mark - list) - 1 : 0 };
		if (sw_uri_param_find(before, name, &value))
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
	bool has_context = sw_uri_param_find(u->params, SW_LIT("phone-context"), &u->context);

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
	struct lex lx = lex_of(text);

	*out = (struct sw_uri){ .text = text };
	if (!read_uri(&lx, out)) {
		*out = (struct sw_uri){ 0 };
		*why = lx.stop;
		return SW_R_URI_SYNTAX;
	}
	return SW_OK;
}

enum sw_reason sw_uri_parse(struct sw_slice text, struct sw_uri *out)
{
	struct sw_fault why;
	struct sw_uri u;
	enum sw_reason r = sw_uri_parse_why(text, &u, &why);

	if (r == SW_OK)
		*out = u;
	return r;
}
