/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/registrar.h"

#include "core/date.h"
#include "core/identity.h"
#include "sip/contact.h"
#include "sip/fault.h"
#include "sip/outbound.h"
#include "sip/replace.h"
#include "sip/reply.h"

static struct sw_wall steady(const struct step *s)
{
	return sw_state_steady(s->e, s->in->mono, s->in->wall);
}

/* What the user has now; what has ended goes, so that it counts against no limit. */
static void find_bindings(const struct step *s, struct sw_registration *reg)
{
	uint32_t all[SW_CONTACTS_MAX];
	size_t n = sw_location_find(&reg->hold, reg->aor, all);
	struct sw_wall now = steady(s);

	for (size_t i = 0; i < n; i++) {
		struct sw_had *had = &reg->have[reg->haves];
		struct sw_binding *b = &had->b;

		had->slot = all[i];
		had->is_named = had->goes = false;
		bool is_there = sw_location_read(&reg->hold, all[i], b) &&
				sw_uri_parse((struct sw_slice){ b->text + b->uri_at, b->uri_n },
					     &had->uri) == SW_OK;

		if (is_there)
			b->expires_s = sw_location_end_s(b->expires_s, b->granted_s, now);
		if (is_there && b->expires_s > sw_wall_s(now))
			reg->haves++;
		else
			sw_location_remove(&reg->hold, all[i]);
	}
}

static void write_contact(struct step *s, const struct sw_binding *b, uint32_t left_s)
{
	sw_buf_put(&s->answer, SW_LIT("Contact: "));
	sw_buf_put(&s->answer, (struct sw_slice){ b->text, b->text_n });
	sw_buf_put(&s->answer, SW_LIT(";expires="));
	sw_buf_u64(&s->answer, left_s);
	sw_buf_put(&s->answer, SW_LIT("\r\n"));
}

/* After a reload more may be left than is granted now. */
static uint32_t left_s(const struct step *s, const struct sw_registration *reg,
		       const struct sw_binding *b)
{
	int64_t left = b->expires_s - sw_wall_s(steady(s));
	uint32_t most = reg->trunk->expires_max_s;

	return left > most ? most : (uint32_t)left;
}

/* Phones without a clock set theirs by it (RFC 3261 10.3 step 8). */
static void write_date(struct step *s)
{
	sw_buf_put(&s->answer, SW_LIT("Date: "));
	sw_date_write(&s->answer, s->in->wall);
	sw_buf_put(&s->answer, SW_LIT("\r\n"));
}

/* The 200 as the plan will have it. false: too long, and nothing stands there. */
static bool write_answer(struct step *s, const struct sw_registration *reg)
{
	sw_reply_begin(s, 200, SW_LIT("OK"));
	for (size_t i = 0; i < reg->haves; i++) {
		const struct sw_had *had = &reg->have[i];
		const struct sw_binding *b = &had->b;

		if (!had->is_named && !had->goes)
			write_contact(s, b, left_s(s, reg, b));
	}
	for (size_t i = 0; i < reg->wants; i++)
		if (reg->want[i].expires_s > 0)
			write_contact(s, &reg->want[i].draft, reg->want[i].expires_s);
	sw_outbound_write(s, reg);
	write_date(s);
	sw_reply_end(s);
	s->out->promises = sw_buf_ok(&s->answer);
	if (s->out->promises)
		return true;
	s->answer = sw_buf_over(s->answer.p, s->answer.cap);
	return false;
}

/* A change, for the store; b is NULL where the binding is gone. */
static void save(struct step *s, uint64_t id, uint32_t slot, const struct sw_binding *b)
{
	if (s->out->saves < SW_SAVES_MAX) /* a request names and ends no more than that */
		s->out->save[s->out->saves++] = (struct sw_save){
			.id = id,
			.seq = sw_location_draw(&s->e->location),
			.slot = slot,
			.gone = b == NULL,
			.binding = b,
		};
}

/* Everything of the binding but its Contact. */
static void fill(struct step *s, const struct sw_registration *reg, uint32_t granted_s,
		 struct sw_binding *b)
{
	b->expires_s = sw_wall_s(steady(s)) + granted_s;
	b->refreshed_us = steady(s).us;
	b->granted_s = granted_s;
	b->cseq = s->msg->cseq.number;
	memcpy(b->call_id, reg->call_id, sizeof(b->call_id));
	b->transport = (uint8_t)s->in->transport;
	b->src = s->in->src;
	b->at = s->in->local;
	b->flow = s->in->flow;
	b->aor_n = (uint16_t)reg->aor.n;
	memcpy(b->aor, reg->aor.p, reg->aor.n);
	b->user_n = (uint16_t)reg->user.n;
	memcpy(b->user, reg->user.p, reg->user.n);
	b->path_n = (uint16_t)reg->path.n;
	memcpy(b->path, reg->path_text, reg->path.n);
}

static void keep(struct step *s, struct sw_registration *reg, struct sw_wanted *w)
{
	struct sw_binding *b = &w->draft;

	fill(s, reg, w->expires_s, b);
	if (w->slot == SW_TABLE_NONE) {
		b->id = sw_state_draw(s->e);
		w->slot = sw_location_add(&reg->hold, b); /* the plan has reserved its place */
	} else {
		sw_location_change(&reg->hold, w->slot, b);
	}
	save(s, b->id, w->slot, b);
	s->account->bindings++;
	if (w->expires_s > s->account->granted_s)
		s->account->granted_s = w->expires_s;
}

static void carry_out(struct step *s, struct sw_registration *reg)
{
	for (size_t i = 0; i < reg->haves; i++) {
		const struct sw_had *had = &reg->have[i];

		if (had->goes) {
			sw_location_remove(&reg->hold, had->slot);
			save(s, had->b.id, SW_TABLE_NONE, NULL);
		} else if (!had->is_named) {
			s->account->bindings++;
		}
	}
	for (size_t i = 0; i < reg->wants; i++)
		if (reg->want[i].expires_s > 0)
			keep(s, reg, &reg->want[i]);
}

/* Whose bindings are asked for, and may this subject change them? */
static enum sw_reason read_address(const struct step *s, const struct sw_subject *subject,
				   struct sw_registration *reg)
{
	const struct sw_uri *to = &s->msg->to.uri;

	memset(reg, 0, offsetof(struct sw_registration, path_text));
	if (subject->trunk->reg != SW_REGISTER_HERE)
		return SW_R_REGISTER_OFF;
	enum sw_reason r = sw_identity_register(s->e->policy, subject->user, to, &s->in->local);

	if (r == SW_R_DOMAIN)
		return sw_fault_note(s, to->host.text.p, SW_RULE_OUR_DOMAIN, r);
	if (r == SW_OK && !sw_user_find_aor(subject->user, to->user, &reg->aor))
		r = SW_R_IDENTITY_AOR;
	if (r != SW_OK)
		return sw_fault_note(s, to->text.p, SW_RULE_TO_AOR, r);
	reg->trunk = subject->trunk;
	reg->user = sw_user_name(subject->user);
	return SW_OK;
}

static enum sw_reason read_wishes(const struct step *s, struct sw_registration *reg)
{
	enum sw_reason r = sw_outbound_read_path(s, reg);

	if (r != SW_OK)
		return r;
	r = sw_contact_read(s, reg);
	if (r != SW_OK)
		return r;
	return sw_outbound_check(s, reg);
}

/* Before the address is held: that is short. */
static bool name_call(const struct step *s, struct sw_registration *reg)
{
	struct sw_slice id = s->msg->call_id;

	return (reg->wants == 0 && !reg->star) ||
	       sw_mac_parts(s->e->mac, &s->e->location.key, &id, 1, reg->call_id);
}

static enum sw_reason plan(const struct step *s, struct sw_registration *reg)
{
	find_bindings(s, reg);
	if (reg->wants == 0 && !reg->star)
		return SW_OK;
	if (s->in->no_saves)
		return SW_R_STORE_DOWN;
	return sw_replace_plan(s, reg);
}

/* What is done while the address is held: nobody else sees a part of it. */
static enum sw_reason serve_held(struct step *s, struct sw_registration *reg)
{
	enum sw_reason r = plan(s, reg);

	if (r != SW_OK)
		return r;
	if (!write_answer(s, reg))
		return SW_R_TOO_LARGE;
	carry_out(s, reg);
	return SW_OK;
}

enum sw_reason sw_registrar_serve(struct step *s, const struct sw_subject *subject)
{
	struct sw_registration *reg = s->e->registration;
	enum sw_reason r = read_address(s, subject, reg);

	if (r != SW_OK)
		return r;
	r = read_wishes(s, reg);
	if (r != SW_OK)
		return r;
	if (!name_call(s, reg))
		return SW_R_BUG;
	r = sw_location_take_hash(&s->e->location, sw_state_hash_of(s, reg->aor), &reg->hold);
	if (r != SW_OK)
		return r;
	r = serve_held(s, reg);
	sw_location_give(&reg->hold);
	return r;
}

enum sw_reason sw_registrar_repeat(struct step *s, const struct sw_subject *subject)
{
	struct sw_registration *reg = s->e->registration;
	enum sw_reason r = read_address(s, subject, reg);

	if (r != SW_OK)
		return r;
	r = read_wishes(s, reg);
	if (r != SW_OK)
		return r;
	reg->wants = 0;
	reg->star = NULL;
	r = sw_location_take_hash(&s->e->location, sw_state_hash_of(s, reg->aor), &reg->hold);
	if (r != SW_OK)
		return r;
	find_bindings(s, reg);
	sw_location_give(&reg->hold);
	if (!write_answer(s, reg))
		return SW_R_TOO_LARGE;
	s->account->bindings = (uint32_t)reg->haves;
	return SW_OK;
}
