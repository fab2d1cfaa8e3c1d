/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/registrar.h"

#include "core/identity.h"
#include "core/lex.h"
#include "core/write.h"
#include "sip/reply.h"

#define DEFAULT_S 3600

static uint32_t clamp(uint64_t v, uint32_t min, uint32_t max)
{
	return v < min ? min : v > max ? max : (uint32_t)v;
}

/* The one value of a parameter; two readers would pick different ones of two. */
static enum sw_reason find_once(struct sw_slice params, struct sw_slice name, bool *there,
				struct sw_slice *value)
{
	struct lex lx = lex_of(params);
	struct sw_slice n, v;

	*there = false;
	while (lx.p < lx.end && lex_param(&lx, &n, &v)) {
		if (!sw_slice_eq_nocase(n, name))
			continue;
		if (*there)
			return SW_R_CONTACT_SYNTAX;
		*there = true;
		*value = v;
	}
	return SW_OK;
}

/*
 * Seconds that a Contact asks for. What is malformed or too large counts as the default of an
 * hour (RFC 3261 10.2.1.1, RFC 4475 3.1.2.4); only what was asked for can be too brief.
 */
static enum sw_reason read_expires(const struct step *s, const struct sw_trunk *t,
				   struct sw_slice params, uint32_t *out)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_EXPIRES);
	struct sw_slice text = h ? h->value : (struct sw_slice){ 0 };
	uint64_t v;
	bool there;

	if (find_once(params, SW_LIT("expires"), &there, &text) != SW_OK)
		return SW_R_CONTACT_SYNTAX;
	if (!sw_slice_u64(text, UINT32_MAX, &v))
		*out = clamp(DEFAULT_S, t->expires_min_s, t->expires_max_s);
	else if (v > 0 && v < t->expires_min_s)
		return SW_R_INTERVAL_BRIEF;
	else
		*out = clamp(v, 0, t->expires_max_s);
	return SW_OK;
}

/* The Contact as it came, but for its expires parameter. false: too long to keep. */
static bool keep_text(const struct sw_nameaddr *a, struct sw_binding *out)
{
	static const struct sw_slice skip = SW_INIT("expires");
	struct sw_buf b = sw_buf_over(out->text, sizeof(out->text));

	sw_write_value(&b, (struct sw_slice){ a->text.p, (size_t)(a->uri_text.p - a->text.p) });
	out->uri_at = (uint16_t)b.n;
	sw_buf_put(&b, a->uri_text);
	out->uri_n = (uint16_t)(b.n - out->uri_at);
	if (a->bracketed)
		sw_buf_char(&b, '>');
	sw_write_params(&b, a->params, &skip, 1);
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
	return uri->scheme != SW_SCHEME_OTHER &&
	       count_of(uri->params, ';') < SW_CONTACT_PARAMS_MAX &&
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
	if (!keep_text(&addr, &w->draft))
		return SW_R_CONTACT_SYNTAX;
	return read_expires(s, reg->trunk, addr.params, &w->expires_s);
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

static enum sw_reason read_contacts(const struct step *s, struct sw_registration *reg)
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

/* What the user has now; what has ended goes, so that it counts against no limit. */
static void find_bindings(const struct step *s, struct sw_registration *reg)
{
	uint32_t all[SW_CONTACTS_MAX];
	size_t n = sw_location_find(&s->e->location, s->e->mac, reg->aor, all);

	for (size_t i = 0; i < n; i++) {
		struct sw_had *had = &reg->have[reg->haves];
		const struct sw_binding *b = &had->b;

		had->slot = all[i];
		had->is_named = had->goes = false;
		if (!sw_location_read(&s->e->location, all[i], &had->b) ||
		    b->expires_s <= sw_wall_s(s->in->wall) ||
		    sw_uri_parse((struct sw_slice){ b->text + b->uri_at, b->uri_n }, &had->uri) !=
			    SW_OK)
			sw_location_remove(&s->e->location, all[i]);
		else
			reg->haves++;
	}
}

/* Of one Call-ID only later requests count (RFC 3261 10.3 step 7). */
static enum sw_reason check_order(const struct step *s, struct sw_registration *reg)
{
	struct sw_slice id = s->msg->call_id;

	if (!sw_mac_parts(s->e->mac, &s->e->location.key, &id, 1, reg->call_id))
		return SW_R_BUG;
	for (size_t i = 0; i < reg->haves; i++) {
		const struct sw_binding *b = &reg->have[i].b;

		if (memcmp(b->call_id, reg->call_id, sizeof(b->call_id)) == 0 &&
		    s->msg->cseq.number <= b->cseq)
			return SW_R_CSEQ_OLD;
	}
	return SW_OK;
}

/* The binding that a Contact names: each is named once, so that a plan adds up. */
static void match(struct sw_registration *reg, struct sw_wanted *w)
{
	for (size_t i = 0; i < reg->haves; i++) {
		struct sw_had *had = &reg->have[i];

		if (had->is_named || !sw_uri_eq(&had->uri, &w->uri))
			continue;
		had->is_named = true;
		had->goes = w->expires_s == 0;
		w->slot = had->slot;
		w->draft.id = had->b.id;
		return;
	}
}

/* At the limit the binding that was refreshed longest ago gives way: a rebooted phone gets in. */
static void give_way(struct sw_registration *reg)
{
	struct sw_had *least = NULL;

	for (size_t i = 0; i < reg->haves; i++) {
		struct sw_had *had = &reg->have[i];

		if (had->is_named || had->goes)
			continue;
		if (!least || had->b.refreshed_us < least->b.refreshed_us)
			least = had;
	}
	if (least)
		least->goes = true;
}

static size_t count_going(const struct sw_registration *reg)
{
	size_t n = 0;

	for (size_t i = 0; i < reg->haves; i++)
		n += reg->have[i].goes;
	return n;
}

/* Which bindings go, which stay, which are new; refused if that cannot be. */
static enum sw_reason plan(const struct step *s, struct sw_registration *reg)
{
	const struct sw_table *t = &s->e->location.table;
	size_t stay = 0, add = 0;

	for (size_t i = 0; i < reg->haves; i++)
		reg->have[i].goes = reg->star;
	for (size_t i = 0; i < reg->wants; i++) {
		match(reg, &reg->want[i]);
		if (reg->want[i].expires_s > 0)
			*(reg->want[i].slot == SW_TABLE_NONE ? &add : &stay) += 1;
	}
	if (add + stay > reg->trunk->contacts)
		return SW_R_CONTACT_LIMIT;
	while (add > 0 && reg->haves - count_going(reg) + add > reg->trunk->contacts)
		give_way(reg);
	if (t->capacity - sw_table_count(t) + count_going(reg) < add)
		return SW_R_TABLE_FULL;
	return SW_OK;
}

static void write_contact(struct step *s, const struct sw_binding *b, uint32_t left_s)
{
	sw_buf_put(&s->answer, SW_LIT("Contact: "));
	sw_buf_put(&s->answer, (struct sw_slice){ b->text, b->text_n });
	sw_buf_put(&s->answer, SW_LIT(";expires="));
	sw_buf_u64(&s->answer, left_s);
	sw_buf_put(&s->answer, SW_LIT("\r\n"));
}

/* The 200 as the plan will have it. false: too long, and nothing stands there. */
static bool write_answer(struct step *s, const struct sw_registration *reg)
{
	int64_t now = sw_wall_s(s->in->wall);

	sw_reply_begin(s, 200, SW_LIT("OK"));
	for (size_t i = 0; i < reg->haves; i++) {
		const struct sw_had *had = &reg->have[i];
		const struct sw_binding *b = &had->b;

		/* After a step of the clock more may be left than was ever granted. */
		if (!had->is_named && !had->goes)
			write_contact(s, b,
				      clamp((uint64_t)(b->expires_s - now), 0,
					    reg->trunk->expires_max_s));
	}
	for (size_t i = 0; i < reg->wants; i++)
		if (reg->want[i].expires_s > 0)
			write_contact(s, &reg->want[i].draft, reg->want[i].expires_s);
	sw_reply_end(s);
	if (sw_buf_ok(&s->answer))
		return true;
	s->answer = sw_buf_over(s->answer.p, s->answer.cap);
	return false;
}

static void save(struct step *s, uint64_t id, uint32_t slot)
{
	if (s->out->saves < SW_SAVES_MAX) /* a request names and ends no more than that */
		s->out->save[s->out->saves++] = (struct sw_save){ id, slot };
}

/* Everything of the binding but its Contact. */
static void fill(struct step *s, const struct sw_registration *reg, uint32_t granted_s,
		 struct sw_binding *b)
{
	struct sw_slice user = sw_user_name(s->account->verdict.subject.user);

	b->expires_s = sw_wall_s(s->in->wall) + granted_s;
	b->refreshed_us = s->in->wall.us;
	b->granted_s = granted_s;
	b->cseq = s->msg->cseq.number;
	b->q = 1000;
	memcpy(b->call_id, reg->call_id, sizeof(b->call_id));
	b->transport = (uint8_t)s->in->transport;
	b->src = s->in->src;
	b->at = s->in->local;
	b->flow = s->in->flow;
	b->aor_n = (uint16_t)reg->aor.n;
	memcpy(b->aor, reg->aor.p, reg->aor.n);
	b->user_n = (uint16_t)user.n;
	memcpy(b->user, user.p, user.n);
}

static void keep(struct step *s, const struct sw_registration *reg, struct sw_wanted *w)
{
	struct sw_location *l = &s->e->location;
	struct sw_binding *b = &w->draft;

	fill(s, reg, w->expires_s, b);
	if (w->slot == SW_TABLE_NONE) {
		b->id = sw_state_draw(s->e);
		w->slot = sw_location_add(l, s->e->mac, b); /* the plan counted the free places */
	} else {
		sw_location_change(l, w->slot, b);
	}
	save(s, b->id, w->slot);
	s->account->bindings++;
	if (w->expires_s > s->account->granted_s)
		s->account->granted_s = w->expires_s;
}

static void carry_out(struct step *s, struct sw_registration *reg)
{
	for (size_t i = 0; i < reg->haves; i++) {
		const struct sw_had *had = &reg->have[i];

		if (had->goes) {
			sw_location_remove(&s->e->location, had->slot);
			save(s, had->b.id, SW_TABLE_NONE);
		} else if (!had->is_named) {
			s->account->bindings++;
		}
	}
	for (size_t i = 0; i < reg->wants; i++)
		if (reg->want[i].expires_s > 0)
			keep(s, reg, &reg->want[i]);
}

static enum sw_reason read_request(const struct step *s, const struct sw_subject *subject,
				   struct sw_registration *reg)
{
	enum sw_reason r;

	memset(reg, 0, offsetof(struct sw_registration, have));
	if (subject->trunk->reg != SW_REGISTER_HERE)
		return SW_R_REGISTER_OFF;
	r = sw_identity_register(s->e->policy, subject->user, &s->msg->to.uri, &s->in->local);
	if (r != SW_OK)
		return r;
	reg->trunk = subject->trunk;
	if (!sw_user_find_aor(subject->user, s->msg->to.uri.user, &reg->aor))
		return SW_R_IDENTITY_AOR;
	r = read_contacts(s, reg);
	if (r != SW_OK)
		return r;
	find_bindings(s, reg);
	return check_order(s, reg);
}

enum sw_reason sw_registrar_serve(struct step *s, const struct sw_subject *subject)
{
	struct sw_registration *reg = s->e->registration;
	enum sw_reason r = read_request(s, subject, reg);

	if (r != SW_OK)
		return r;
	r = plan(s, reg);
	if (r != SW_OK)
		return r;
	if (!write_answer(s, reg))
		return SW_R_TOO_LARGE;
	carry_out(s, reg);
	return SW_OK;
}
