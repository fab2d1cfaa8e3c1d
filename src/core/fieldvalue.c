/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fieldvalue.h"

#include "core/field.h"
#include "core/lex.h"

static enum sw_reason refuse(struct sw_fieldvalues *in, enum sw_reason r, const char *at,
			     enum sw_rule rule)
{
	sw_fault_at(&in->why, at, rule);
	return r;
}

static enum sw_reason syntax(struct sw_fieldvalues *in, const char *at, enum sw_rule rule)
{
	return refuse(in, SW_R_HEADER_SYNTAX, at, rule);
}

static enum sw_reason read_vias(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct sw_slice value = h->value;
	struct sw_via another;

	do {
		if (++in->vias > SW_VIA_MAX)
			return refuse(in, SW_R_TOO_MANY, value.p, SW_RULE_VIA_LIMIT);
		enum sw_reason r = sw_via_next_why(&value, in->vias == 1 ? &in->m->via : &another,
						   &in->why);

		if (r != SW_OK)
			return r;
	} while (value.n > 0);
	return SW_OK;
}

static enum sw_reason read_address(struct sw_fieldvalues *in, struct sw_slice value,
				   struct sw_nameaddr *out)
{
	enum sw_reason r = sw_nameaddr_next_why(&value, out, &in->why);

	if (r == SW_OK && value.n > 0)
		return refuse(in, SW_R_HEADER_TWICE, value.p, SW_RULE_ONE_ADDRESS);
	return r;
}

static enum sw_reason read_party(struct sw_fieldvalues *in, const struct sw_header *h)
{
	return read_address(in, h->value, h->field == SW_FIELD_FROM ? &in->m->from : &in->m->to);
}

static enum sw_reason read_one_address(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct sw_nameaddr a;

	return read_address(in, h->value, &a);
}

static enum sw_reason read_addresses(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct sw_slice value = h->value;
	struct sw_nameaddr a;
	enum sw_reason r;

	do
		r = sw_nameaddr_next_why(&value, &a, &in->why);
	while (r == SW_OK && value.n > 0);
	return r;
}

bool sw_fieldvalue_star(struct sw_slice *rest)
{
	struct lex lx = lex_of(*rest);

	lex_blanks(&lx);
	if (!lex_char(&lx, '*') || !lex_next(&lx))
		return false;
	*rest = lex_rest(&lx);
	return true;
}

/* Addresses or "*", which the registrar alone takes, and only alone (RFC 3261 10.3). */
static enum sw_reason read_contacts(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct sw_slice value = h->value;
	struct sw_nameaddr another;
	enum sw_reason r = SW_OK;

	do {
		bool is_first = in->contacts++ == 0;

		if (sw_fieldvalue_star(&value))
			continue;
		r = sw_nameaddr_next_why(&value, is_first ? &in->m->contact : &another, &in->why);
		if (is_first)
			in->m->contact_rest = value;
	} while (r == SW_OK && value.n > 0);
	return r;
}

static enum sw_reason read_routes(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct sw_slice value = h->value;
	struct sw_nameaddr a;

	do {
		const char *mark = value.p;

		if (h->field == SW_FIELD_ROUTE && ++in->routes > SW_ROUTE_MAX)
			return refuse(in, SW_R_TOO_MANY, mark, SW_RULE_ROUTE_LIMIT);
		enum sw_reason r = sw_nameaddr_next_why(&value, &a, &in->why);

		if (r != SW_OK)
			return r;
		if (!a.bracketed)
			return syntax(in, mark, SW_RULE_ROUTE);
	} while (value.n > 0);
	return SW_OK;
}

/* word [ "@" word ] */
static enum sw_reason read_call_id(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct lex lx = lex_of(h->value);
	struct sw_slice word;

	in->m->call_id = h->value;
	if (!lex_run(&lx, CH_WORD, &word) ||
	    (lex_char(&lx, '@') && !lex_run(&lx, CH_WORD, &word)) || lx.p != lx.end)
		return syntax(in, lx.p, SW_RULE_CALL_ID);
	return SW_OK;
}

/*
 * 1*DIGIT LWS Method. RFC 3261 8.1.1.5 has clients begin below 2^31 so that they can count on; what
 * a server has to take is any number of 32 bits (RFC 3261 20.16, RFC 4475 3.1.2.4).
 */
static enum sw_reason read_cseq(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct lex lx = lex_of(h->value);
	struct sw_msg *m = in->m;
	struct sw_cseq c;
	uint64_t v;

	if (!lex_number(&lx, UINT32_MAX, &v))
		return syntax(in, lx.p, SW_RULE_CSEQ);
	const char *blank = lx.p;

	lex_blanks(&lx);
	if (lx.p == blank || !lex_token(&lx, &c.method) || lx.p != lx.end)
		return syntax(in, lx.p, SW_RULE_CSEQ);
	c.number = (uint32_t)v;
	m->cseq = c;
	if (!m->is_response && !sw_slice_eq(c.method, m->method_text))
		return refuse(in, SW_R_CSEQ_METHOD, c.method.p, SW_RULE_CSEQ_METHOD);
	return SW_OK;
}

static enum sw_reason read_max_forwards(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct lex lx = lex_of(h->value);
	uint64_t v;

	if (!lex_number(&lx, 255, &v) || lx.p != lx.end)
		return syntax(in, lx.p, SW_RULE_MAX_FORWARDS);
	return SW_OK;
}

/* [ token *(COMMA token) ]: Supported may be empty, and so are others of phones. */
static enum sw_reason read_tokens(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct lex lx = lex_of(h->value);
	struct sw_slice token;

	if (h->value.n == 0)
		return SW_OK;
	do {
		if (!lex_token(&lx, &token))
			return syntax(in, lx.p, SW_RULE_TOKENS);
	} while (lex_mark(&lx, ','));
	return lex_end(&lx) ? SW_OK : syntax(in, lx.p, SW_RULE_TOKENS);
}

/* m-type SLASH m-subtype *(SEMI m-parameter) */
static enum sw_reason read_media_type(struct sw_fieldvalues *in, const struct sw_header *h)
{
	struct lex lx = lex_of(h->value);
	struct sw_slice part;

	if (!lex_token(&lx, &part) || !lex_mark(&lx, '/') || !lex_token(&lx, &part))
		return syntax(in, lx.p, SW_RULE_MEDIA_TYPE);
	if (!lex_params(&lx, &part)) {
		in->why = lx.stop;
		return SW_R_HEADER_SYNTAX;
	}
	return lex_end(&lx) ? SW_OK : syntax(in, lx.p, SW_RULE_MEDIA_TYPE);
}

enum sw_reason sw_fieldvalue_read(struct sw_fieldvalues *in, const struct sw_header *h)
{
	static enum sw_reason (*const readers[])(struct sw_fieldvalues *,
						 const struct sw_header *) = {
		[SW_SYNTAX_TEXT] = NULL,
		[SW_SYNTAX_VIA] = read_vias,
		[SW_SYNTAX_PARTY] = read_party,
		[SW_SYNTAX_ADDRESS] = read_one_address,
		[SW_SYNTAX_ADDRESSES] = read_addresses,
		[SW_SYNTAX_CONTACTS] = read_contacts,
		[SW_SYNTAX_ROUTES] = read_routes,
		[SW_SYNTAX_CALL_ID] = read_call_id,
		[SW_SYNTAX_CSEQ] = read_cseq,
		[SW_SYNTAX_MAX_FORWARDS] = read_max_forwards,
		[SW_SYNTAX_LENGTH] = NULL,
		[SW_SYNTAX_TOKENS] = read_tokens,
		[SW_SYNTAX_MEDIA_TYPE] = read_media_type,
	};
	enum sw_syntax kind = sw_field_syntax(h->field);

	return readers[kind] ? readers[kind](in, h) : SW_OK;
}
