/* SPDX-License-Identifier: Apache-2.0 */
#include "core/fieldvalue.h"

#include "core/field.h"
#include "core/lex.h"

static enum sw_reason refuse(enum sw_reason r, const char *at, enum sw_rule rule,
			     struct sw_fault *why)
{
	sw_fault_at(why, at, rule);
	return r;
}

static enum sw_reason syntax(const char *at, enum sw_rule rule, struct sw_fault *why)
{
	return refuse(SW_R_HEADER_SYNTAX, at, rule, why);
}

static enum sw_reason read_vias(struct sw_msg *m, struct sw_slice value,
				struct sw_fieldvalue_count *count, struct sw_fault *why)
{
	struct sw_via another;

	do {
		if (++count->vias > SW_VIA_MAX)
			return refuse(SW_R_TOO_MANY, value.p, SW_RULE_VIA_LIMIT, why);
		enum sw_reason r = sw_via_next_why(&value, count->vias == 1 ? &m->via : &another,
						   why);

		if (r != SW_OK)
			return r;
	} while (value.n > 0);
	return SW_OK;
}

static enum sw_reason read_address(struct sw_slice value, struct sw_nameaddr *out,
				   struct sw_fault *why)
{
	enum sw_reason r = sw_nameaddr_next_why(&value, out, why);

	if (r == SW_OK && value.n > 0)
		return refuse(SW_R_HEADER_TWICE, value.p, SW_RULE_ONE_ADDRESS, why);
	return r;
}

static enum sw_reason read_addresses(struct sw_slice value, struct sw_fault *why)
{
	struct sw_nameaddr a;
	enum sw_reason r;

	do
		r = sw_nameaddr_next_why(&value, &a, why);
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
static enum sw_reason read_contacts(struct sw_msg *m, struct sw_slice value,
				    struct sw_fieldvalue_count *count, struct sw_fault *why)
{
	enum sw_reason r = SW_OK;
	struct sw_nameaddr another;

	do {
		bool is_first = count->contacts++ == 0;

		if (sw_fieldvalue_star(&value))
			continue;
		r = sw_nameaddr_next_why(&value, is_first ? &m->contact : &another, why);
		if (is_first)
			m->contact_rest = value;
	} while (r == SW_OK && value.n > 0);
	return r;
}

static enum sw_reason read_routes(struct sw_slice value, unsigned *n, struct sw_fault *why)
{
	struct sw_nameaddr a;

	do {
		const char *mark = value.p;

		if (n && ++*n > SW_ROUTE_MAX)
			return refuse(SW_R_TOO_MANY, mark, SW_RULE_ROUTE_LIMIT, why);
		enum sw_reason r = sw_nameaddr_next_why(&value, &a, why);

		if (r != SW_OK)
			return r;
		if (!a.bracketed)
			return syntax(mark, SW_RULE_ROUTE, why);
	} while (value.n > 0);
	return SW_OK;
}

/* word [ "@" word ] */
static enum sw_reason read_call_id(struct sw_msg *m, struct sw_slice value, struct sw_fault *why)
{
	struct lex lx = lex_of(value);
	struct sw_slice word;

	m->call_id = value;
	if (!lex_run(&lx, CH_WORD, &word) ||
	    (lex_char(&lx, '@') && !lex_run(&lx, CH_WORD, &word)) || lx.p != lx.end)
		return syntax(lx.p, SW_RULE_CALL_ID, why);
	return SW_OK;
}

/*
 * 1*DIGIT LWS Method. RFC 3261 8.1.1.5 has clients begin below 2^31 so that they can count on; what
 * a server has to take is any number of 32 bits (RFC 3261 20.16, RFC 4475 3.1.2.4).
 */
static enum sw_reason read_cseq(struct sw_msg *m, struct sw_slice value, struct sw_fault *why)
{
	struct lex lx = lex_of(value);
	struct sw_cseq c;
	uint64_t v;

	if (!lex_number(&lx, UINT32_MAX, &v))
		return syntax(lx.p, SW_RULE_CSEQ, why);
	const char *blank = lx.p;

	lex_blanks(&lx);
	if (lx.p == blank || !lex_token(&lx, &c.method) || lx.p != lx.end)
		return syntax(lx.p, SW_RULE_CSEQ, why);
	c.number = (uint32_t)v;
	m->cseq = c;
	if (!m->is_response && !sw_slice_eq(c.method, m->method_text))
		return refuse(SW_R_CSEQ_METHOD, c.method.p, SW_RULE_CSEQ_METHOD, why);
	return SW_OK;
}

static enum sw_reason read_max_forwards(struct sw_slice value, struct sw_fault *why)
{
	struct lex lx = lex_of(value);
	uint64_t v;

	if (!lex_number(&lx, 255, &v) || lx.p != lx.end)
		return syntax(lx.p, SW_RULE_MAX_FORWARDS, why);
	return SW_OK;
}

/* [ token *(COMMA token) ]: Supported may be empty, and so are others of phones. */
static enum sw_reason read_tokens(struct sw_slice value, struct sw_fault *why)
{
	struct lex lx = lex_of(value);
	struct sw_slice token;

	if (value.n == 0)
		return SW_OK;
	do {
		if (!lex_token(&lx, &token))
			return syntax(lx.p, SW_RULE_TOKENS, why);
	} while (lex_mark(&lx, ','));
	return lex_end(&lx) ? SW_OK : syntax(lx.p, SW_RULE_TOKENS, why);
}

/* m-type SLASH m-subtype *(SEMI m-parameter) */
static enum sw_reason read_media_type(struct sw_slice value, struct sw_fault *why)
{
	struct lex lx = lex_of(value);
	struct sw_slice part;

	if (!lex_token(&lx, &part) || !lex_mark(&lx, '/') || !lex_token(&lx, &part))
		return syntax(lx.p, SW_RULE_MEDIA_TYPE, why);
	if (!lex_params(&lx, &part)) {
		*why = lx.stop;
		return SW_R_HEADER_SYNTAX;
	}
	return lex_end(&lx) ? SW_OK : syntax(lx.p, SW_RULE_MEDIA_TYPE, why);
}

enum sw_reason sw_fieldvalue_read(struct sw_msg *m, const struct sw_header *h,
				  struct sw_fieldvalue_count *count, struct sw_fault *why)
{
	struct sw_nameaddr a;

	switch (sw_field_syntax(h->field)) {
	case SW_SYNTAX_VIA:
		return read_vias(m, h->value, count, why);
	case SW_SYNTAX_PARTY:
		return read_address(h->value, h->field == SW_FIELD_FROM ? &m->from : &m->to, why);
	case SW_SYNTAX_ADDRESS:
		return read_address(h->value, &a, why);
	case SW_SYNTAX_ADDRESSES:
		return read_addresses(h->value, why);
	case SW_SYNTAX_CONTACTS:
		return read_contacts(m, h->value, count, why);
	case SW_SYNTAX_ROUTES:
		return read_routes(h->value, h->field == SW_FIELD_ROUTE ? &count->routes : NULL,
				   why);
	case SW_SYNTAX_CALL_ID:
		return read_call_id(m, h->value, why);
	case SW_SYNTAX_CSEQ:
		return read_cseq(m, h->value, why);
	case SW_SYNTAX_MAX_FORWARDS:
		return read_max_forwards(h->value, why);
	case SW_SYNTAX_TOKENS:
		return read_tokens(h->value, why);
	case SW_SYNTAX_MEDIA_TYPE:
		return read_media_type(h->value, why);
	case SW_SYNTAX_TEXT:
	case SW_SYNTAX_LENGTH:
		break;
	}
	return SW_OK;
}
