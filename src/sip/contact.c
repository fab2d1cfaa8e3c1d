/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/contact.h"

#include "core/fieldvalue.h"
#include "core/lex.h"
#include "core/write.h"
#include "sip/fault.h"

#define DEFAULT_S  3600
#define REG_ID_MAX 0x7fffffff /* RFC 5626 4.2 */

static uint32_t clamp(uint64_t v, uint32_t min, uint32_t max)
{
	return v < min ? min : v > max ? max : (uint32_t)v;
}

/* Parameters of a Contact that mean something here. */
enum param {
	P_EXPIRES,
	P_Q,
	P_INSTANCE,
	P_REG_ID,
	P_COUNT,
};

static const struct sw_slice names[P_COUNT] = {
	[P_EXPIRES] = SW_INIT("expires"),
	[P_Q] = SW_INIT("q"),
	[P_INSTANCE] = SW_INIT("+sip.instance"),
	[P_REG_ID] = SW_INIT("reg-id"),
};

struct params {
	unsigned there;                 /* set of 1 << enum param */
	struct sw_slice value[P_COUNT]; /* of none: empty, where it would begin */
};

static enum sw_reason malformed(const struct step *s, const char *at, enum sw_rule rule)
{
	return sw_fault_note(s, at, rule, SW_R_CONTACT_SYNTAX);
}

/* Each stands once: two readers would pick different ones of two. */
static enum sw_reason split(const struct step *s, struct sw_slice text, struct params *out)
{
	struct lex lx = lex_of(text);
	struct sw_slice name, value;

	out->there = 0;
	while (lx.p < lx.end && lex_param(&lx, &name, &value)) {
		for (unsigned i = 0; i < P_COUNT; i++) {
			if (!sw_slice_eq_nocase(name, names[i]))
				continue;
			if (out->there & 1u << i)
				return malformed(s, name.p, SW_RULE_CONTACT_ONCE);
			out->there |= 1u << i;
			out->value[i] = value;
			if (value.n == 0)
				out->value[i].p = name.p + name.n;
		}
	}
	return SW_OK;
}

static bool has(const struct params *p, enum param i)
{
	return (p->there & 1u << i) != 0;
}

/*
 * Seconds that a Contact asks for. What is malformed or too large counts as the default of an
 * hour (RFC 3261 10.2.1.1, RFC 4475 3.1.2.4); only what was asked for can be too brief.
 */
static enum sw_reason read_expires(const struct step *s, const struct sw_trunk *t,
				   const struct params *p, uint32_t *out)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_EXPIRES);
	struct sw_slice text = h ? h->value : (struct sw_slice){ 0 };
	uint64_t v;

	if (has(p, P_EXPIRES))
		text = p->value[P_EXPIRES];
	if (!sw_slice_u64(text, UINT32_MAX, &v))
		*out = clamp(DEFAULT_S, t->expires_min_s, t->expires_max_s);
	else if (v > 0 && v < t->expires_min_s)
		return sw_fault_note(s, text.p, SW_RULE_MIN_EXPIRES, SW_R_INTERVAL_BRIEF);
	else
		*out = clamp(v, 0, t->expires_max_s);
	return SW_OK;
}

/*
 * qvalue: 0 to 1 with up to three digits behind the point (RFC 3261 25.1), in thousandths. Gives
 * the octet in the way, or NULL.
 */
static const char *scan_q(struct sw_slice text, uint16_t *out)
{
	unsigned v = 0, worth = 1000;

	if (text.n == 0)
		return text.p;
	for (size_t i = 0; i < text.n; i++) {
		unsigned digit = (unsigned char)text.p[i] - '0';

		if (i == 1 && text.p[i] == '.')
			continue;
		if (i == 1 || digit > 9 || worth == 0 || v + digit * worth > 1000)
			return text.p + i;
		v += digit * worth;
		worth /= 10;
	}
	*out = (uint16_t)v;
	return NULL;
}

static enum sw_reason read_q(const struct step *s, const struct params *p, uint16_t *out)
{
	*out = 1000;
	if (!has(p, P_Q))
		return SW_OK;
	const char *at = scan_q(p->value[P_Q], out);

	return at ? sw_fault_note(s, at, SW_RULE_QVALUE, SW_R_CONTACT_Q) : SW_OK;
}

/* The octet by which it is no URN in brackets, or is too long; NULL: by none. */
static const char *scan_instance(struct sw_slice text)
{
	if (text.n == 0 || text.p[0] != '<')
		return text.p;
	if (text.n > SW_INSTANCE_MAX)
		return text.p + SW_INSTANCE_MAX;
	if (text.p[text.n - 1] != '>')
		return text.p + text.n;
	return text.n < 3 ? text.p + 1 : NULL;
}

/* URNs of a device compare without regard to case (RFC 5626 4.1, RFC 8141 3.1). */
static enum sw_reason read_instance(const struct step *s, const struct params *p,
				    uint8_t out[SW_MAC_LEN])
{
	char lower[SW_INSTANCE_MAX];
	struct sw_slice text = p->value[P_INSTANCE];

	if (!has(p, P_INSTANCE))
		return SW_OK;
	if (scan_instance(text))
		return malformed(s, scan_instance(text), SW_RULE_INSTANCE);
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	text.p = lower;
	return sw_mac_parts(s->e->mac, &s->e->location.key, &text, 1, out) ? SW_OK : SW_R_BUG;
}

/* Without an instance, or from a phone that does not know RFC 5626, it says nothing. */
static enum sw_reason read_reg_id(const struct step *s, const struct sw_registration *reg,
				  const struct params *p, uint32_t *out)
{
	struct lex lx = lex_of(p->value[P_REG_ID]);
	uint64_t v;

	if (!has(p, P_REG_ID))
		return SW_OK;
	if (!lex_number(&lx, REG_ID_MAX, &v) || lx.p != lx.end || v == 0)
		return malformed(s, lx.p, SW_RULE_REG_ID);
	if (reg->has_outbound && has(p, P_INSTANCE))
		*out = (uint32_t)v;
	return SW_OK;
}

static enum sw_reason read_params(const struct step *s, const struct sw_registration *reg,
				  struct sw_slice text, struct sw_wanted *w)
{
	struct params p = { 0 };
	enum sw_reason r = split(s, text, &p);

	if (r != SW_OK)
		return r;
	r = read_q(s, &p, &w->draft.q);
	if (r != SW_OK)
		return r;
	r = read_instance(s, &p, w->draft.instance);
	if (r != SW_OK)
		return r;
	r = read_reg_id(s, reg, &p, &w->draft.reg_id);
	if (r != SW_OK)
		return r;
	return read_expires(s, reg->trunk, &p, &w->expires_s);
}

/* The Contact as it came, but for its expires parameter. false: too long to keep. */
static bool keep_text(const struct sw_nameaddr *a, struct sw_binding *out)
{
	struct sw_buf b = sw_buf_over(out->text, sizeof(out->text));

	sw_write_value(&b, (struct sw_slice){ a->text.p, (size_t)(a->uri_text.p - a->text.p) });
	out->uri_at = (uint16_t)b.n;
	sw_buf_put(&b, a->uri_text);
	out->uri_n = (uint16_t)(b.n - out->uri_at);
	if (a->bracketed)
		sw_buf_char(&b, '>');
	sw_write_params(&b, a->params, &names[P_EXPIRES], 1);
	out->text_n = (uint16_t)b.n;
	return sw_buf_ok(&b);
}

/* The n-th c, or NULL. */
static const char *find_nth(struct sw_slice s, char c, size_t n)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == c && --n == 0)
			return s.p + i;
	return NULL;
}

/* Can requests be sent to it, and can it be compared in time that nobody can stretch? */
static enum sw_reason check_uri(const struct step *s, const struct sw_uri *uri)
{
	const char *at = find_nth(uri->params, ';', SW_CONTACT_PARAMS_MAX);

	if (!sw_uri_is_sip(uri))
		return malformed(s, uri->text.p, SW_RULE_CONTACT_URI);
	if (!at)
		at = find_nth(uri->headers, '&', SW_CONTACT_PARAMS_MAX);
	return at ? malformed(s, at, SW_RULE_CONTACT_SIZE) : SW_OK;
}

/* The place for this Contact: a new one, or that of the same URI before it, whose turn is over. */
static struct sw_wanted *place(struct sw_registration *reg, const struct sw_uri *uri)
{
	for (size_t i = 0; i < reg->wants; i++)
		if (sw_uri_eq(&reg->want[i].uri, uri))
			return &reg->want[i];
	return &reg->want[reg->wants++];
}

static enum sw_reason read_contact(const struct step *s, struct sw_slice *rest,
				   struct sw_registration *reg)
{
	struct sw_nameaddr another;
	const struct sw_nameaddr *addr = &another;
	struct sw_fault why;

	if (reg->values == 0 && s->msg->contact.text.n > 0) {
		addr = &s->msg->contact;
		*rest = s->msg->contact_rest;
	} else if (sw_nameaddr_next_why(rest, &another, &why) != SW_OK) {
		return malformed(s, why.at, why.rule);
	}
	if (reg->values++ == SW_CONTACTS_MAX)
		return sw_fault_note(s, addr->text.p, SW_RULE_CONTACT_COUNT, SW_R_CONTACT_LIMIT);
	enum sw_reason r = check_uri(s, &addr->uri);

	if (r != SW_OK)
		return r;
	struct sw_wanted *w = place(reg, &addr->uri);

	memset(&w->draft, 0, offsetof(struct sw_binding, aor));
	w->uri = addr->uri;
	w->slot = SW_TABLE_NONE;
	w->has_moved = true;
	if (!keep_text(addr, &w->draft))
		return malformed(s, addr->text.p, SW_RULE_CONTACT_SIZE);
	r = read_params(s, reg, addr->params, w);
	reg->is_outbound |= w->draft.reg_id > 0;
	if (w->expires_s > 0 && ++reg->binds == 2)
		reg->second = addr->uri.text.p;
	return r;
}

/* "*" comes only with Expires: 0 (RFC 3261 10.3 step 6). */
static enum sw_reason check_star(const struct step *s, const char *star)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_EXPIRES);
	const char *at = h ? h->value.p : star;

	for (size_t i = 0; h && i < h->value.n && *at == '0'; i++)
		at++;
	if (h && h->value.n > 0 && at == h->value.p + h->value.n)
		return SW_OK;
	return sw_fault_note(s, at, SW_RULE_STAR_EXPIRES, SW_R_CONTACT_STAR);
}

/* "*" or a Contact; the former stands alone. */
static enum sw_reason read_value(const struct step *s, struct sw_slice *rest,
				 struct sw_registration *reg)
{
	struct lex lx = lex_of(*rest);
	bool is_star = sw_fieldvalue_star(rest);

	lex_blanks(&lx);
	if (reg->star || (is_star && reg->wants > 0))
		return sw_fault_note(s, lx.p, SW_RULE_CONTACT_STAR, SW_R_CONTACT_STAR);
	if (!is_star)
		return read_contact(s, rest, reg);
	reg->star = lx.p;
	return SW_OK;
}

enum sw_reason sw_contact_read(const struct step *s, struct sw_registration *reg)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_CONTACT);

	for (; h; h = sw_msg_next(s->msg, h)) {
		struct sw_slice rest = h->value;

		do {
			enum sw_reason r = read_value(s, &rest, reg);

			if (r != SW_OK)
				return r;
		} while (rest.n > 0);
	}
	return reg->star ? check_star(s, reg->star) : SW_OK;
}

const char *sw_contact_bound(const struct sw_registration *reg, size_t n)
{
	for (size_t i = 0; i < reg->wants; i++)
		if (reg->want[i].expires_s > 0 && n-- == 0)
			return reg->want[i].uri.text.p;
	return NULL;
}
