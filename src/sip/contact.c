/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/contact.h"

#include "core/lex.h"
#include "core/write.h"

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
	unsigned there; /* set of 1 << enum param */
	struct sw_slice value[P_COUNT];
};

/* Each stands once: two readers would pick different ones of two. */
static enum sw_reason split(struct sw_slice text, struct params *out)
{
	struct lex lx = lex_of(text);
	struct sw_slice name, value;

	out->there = 0;
	while (lx.p < lx.end && lex_param(&lx, &name, &value)) {
		for (unsigned i = 0; i < P_COUNT; i++) {
			if (!sw_slice_eq_nocase(name, names[i]))
				continue;
			if (out->there & 1u << i)
				return SW_R_CONTACT_SYNTAX;
			out->there |= 1u << i;
			out->value[i] = value;
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
		return SW_R_INTERVAL_BRIEF;
	else
		*out = clamp(v, 0, t->expires_max_s);
	return SW_OK;
}

/* qvalue: 0 to 1 with up to three digits behind the point (RFC 3261 25.1), in thousandths. */
static enum sw_reason read_q(const struct params *p, uint16_t *out)
{
	struct sw_slice text = p->value[P_Q];
	struct sw_slice digits = sw_slice_from(text, 2);
	uint64_t v = 0;

	*out = 1000;
	if (!has(p, P_Q))
		return SW_OK;
	if (text.n == 0 || text.n > 5 || (text.p[0] != '0' && text.p[0] != '1') ||
	    (text.n > 1 && text.p[1] != '.') || (digits.n > 0 && !sw_slice_u64(digits, 999, &v)))
		return SW_R_CONTACT_Q;
	for (size_t i = digits.n; i < 3; i++)
		v *= 10;
	v += text.p[0] == '1' ? 1000 : 0;
	*out = (uint16_t)v;
	return v <= 1000 ? SW_OK : SW_R_CONTACT_Q;
}

/* URNs of a device compare without regard to case (RFC 5626 4.1, RFC 8141 3.1). */
static enum sw_reason read_instance(const struct step *s, const struct params *p,
				    uint8_t out[SW_MAC_LEN])
{
	char lower[SW_INSTANCE_MAX];
	struct sw_slice text = p->value[P_INSTANCE];

	if (!has(p, P_INSTANCE))
		return SW_OK;
	if (text.n < 3 || text.n > sizeof(lower) || text.p[0] != '<' || text.p[text.n - 1] != '>')
		return SW_R_CONTACT_SYNTAX;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
	}
	text.p = lower;
	return sw_mac_parts(s->e->mac, &s->e->location.key, &text, 1, out) ? SW_OK : SW_R_BUG;
}

/* Without an instance, or from a phone that does not know RFC 5626, it says nothing. */
static enum sw_reason read_reg_id(const struct sw_registration *reg, const struct params *p,
				  uint32_t *out)
{
	uint64_t v;

	if (!has(p, P_REG_ID))
		return SW_OK;
	if (!sw_slice_u64(p->value[P_REG_ID], REG_ID_MAX, &v) || v == 0)
		return SW_R_CONTACT_SYNTAX;
	if (reg->has_outbound && has(p, P_INSTANCE))
		*out = (uint32_t)v;
	return SW_OK;
}

static enum sw_reason read_params(const struct step *s, const struct sw_registration *reg,
				  struct sw_slice text, struct sw_wanted *w)
{
	struct params p = { 0 };
	enum sw_reason r = split(text, &p);

	if (r != SW_OK)
		return r;
	r = read_q(&p, &w->draft.q);
	if (r != SW_OK)
		return r;
	r = read_instance(s, &p, w->draft.instance);
	if (r != SW_OK)
		return r;
	r = read_reg_id(reg, &p, &w->draft.reg_id);
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

static size_t count_of(struct sw_slice s, char c)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

/* Can requests be sent to it, and can it be compared in time that nobody can stretch? */
static bool is_usable(const struct sw_uri *uri)
{
	return sw_uri_is_sip(uri) && count_of(uri->params, ';') < SW_CONTACT_PARAMS_MAX &&
	       count_of(uri->headers, '&') < SW_CONTACT_PARAMS_MAX;
}

/* The place for this Contact: a new one, or that of the same URI before it, whose turn is over. */
static struct sw_wanted *place(struct sw_registration *reg, const struct sw_uri *uri)
{
	for (size_t i = 0; i < reg->wants; i++)
		if (sw_uri_eq(&reg->want[i].uri, uri))
			return &reg->want[i];
	return reg->wants < SW_CONTACTS_MAX ? &reg->want[reg->wants++] : NULL;
}

static enum sw_reason read_contact(const struct step *s, struct sw_slice *rest,
				   struct sw_registration *reg)
{
	struct sw_nameaddr addr;

	if (sw_nameaddr_next(rest, &addr) != SW_OK || !is_usable(&addr.uri))
		return SW_R_CONTACT_SYNTAX;
	struct sw_wanted *w = place(reg, &addr.uri);

	if (!w)
		return SW_R_CONTACT_LIMIT;
	memset(&w->draft, 0, offsetof(struct sw_binding, aor));
	w->uri = addr.uri;
	w->slot = SW_TABLE_NONE;
	w->has_moved = true;
	if (!keep_text(&addr, &w->draft))
		return SW_R_CONTACT_SYNTAX;
	return read_params(s, reg, addr.params, w);
}

/* "*" stands alone and only with Expires: 0 (RFC 3261 10.3 step 6). */
static enum sw_reason check_star(const struct step *s, const struct sw_registration *reg)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_EXPIRES);
	uint64_t v;

	if (reg->wants > 0 || !h || !sw_slice_u64(h->value, UINT32_MAX, &v) || v != 0)
		return SW_R_CONTACT_STAR;
	return SW_OK;
}

enum sw_reason sw_contact_read(const struct step *s, struct sw_registration *reg)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_CONTACT);

	for (; h; h = sw_msg_next(s->msg, h)) {
		struct sw_slice rest = h->value;

		if (sw_slice_eq(rest, SW_LIT("*"))) {
			if (reg->star)
				return SW_R_CONTACT_STAR;
			reg->star = true;
			continue;
		}
		do {
			enum sw_reason r = read_contact(s, &rest, reg);

			if (r != SW_OK)
				return r;
		} while (rest.n > 0);
	}
	return reg->star ? check_star(s, reg) : SW_OK;
}
