/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/replace.h"

#include "sip/contact.h"
#include "sip/fault.h"

static bool is_set(const uint8_t hash[SW_MAC_LEN])
{
	static const uint8_t none[SW_MAC_LEN];

	return memcmp(hash, none, SW_MAC_LEN) != 0;
}

static bool same_instance(const struct sw_binding *a, const struct sw_binding *b)
{
	return is_set(a->instance) && memcmp(a->instance, b->instance, SW_MAC_LEN) == 0;
}

/* Of two that are known by device and flow the URI is not compared (RFC 5626 6). */
static bool is_same_binding(const struct sw_had *had, const struct sw_wanted *w)
{
	if (had->b.reg_id > 0 && w->draft.reg_id > 0)
		return had->b.reg_id == w->draft.reg_id && same_instance(&had->b, &w->draft);
	return sw_uri_eq(&had->uri, &w->uri);
}

static bool came_this_way(const struct step *s, const struct sw_binding *b)
{
	if (s->in->flow > 0 || b->flow > 0)
		return s->in->flow == b->flow;
	return b->transport == s->in->transport && sw_addr_eq(&b->src, &s->in->src);
}

/* The binding becomes this Contact's: it keeps its slot and its id. */
static void take_over(struct sw_had *had, struct sw_wanted *w)
{
	had->is_named = true;
	w->slot = had->slot;
	w->draft.id = had->b.id;
}

/* The binding that a Contact names: each is named once, so that a plan adds up. */
static void match(const struct step *s, struct sw_registration *reg, struct sw_wanted *w)
{
	for (size_t i = 0; i < reg->haves; i++) {
		struct sw_had *had = &reg->have[i];

		if (had->is_named || !is_same_binding(had, w))
			continue;
		take_over(had, w);
		had->goes = w->expires_s == 0;
		w->has_moved = !came_this_way(s, &had->b);
		return;
	}
}

/* Is this what the phone behind the Contact has left behind? */
static bool is_left_behind(const struct step *s, const struct sw_registration *reg,
			   const struct sw_had *had, const struct sw_wanted *w)
{
	bool both_named = is_set(had->b.instance) && is_set(w->draft.instance);

	if (!reg->is_direct || (had->b.reg_id > 0 && w->draft.reg_id > 0))
		return false;
	if (both_named && !same_instance(&had->b, &w->draft))
		return false;
	if (came_this_way(s, &had->b))
		return true;
	return sw_addr_eq_ip(&had->b.src, &s->in->src) && had->uri.has_user &&
	       sw_user_eq(had->uri.user, w->uri.user) && sw_host_eq(&had->uri.host, &w->uri.host);
}

static void replace(const struct step *s, struct sw_registration *reg, struct sw_wanted *w)
{
	for (size_t i = 0; i < reg->haves; i++) {
		struct sw_had *had = &reg->have[i];

		if (had->is_named || had->goes || !is_left_behind(s, reg, had, w))
			continue;
		if (w->slot == SW_TABLE_NONE)
			take_over(had, w);
		else
			had->goes = true;
	}
}

/* Of one Call-ID only later requests count (RFC 3261 10.3 step 7). */
static bool is_late(const struct step *s, const struct sw_registration *reg)
{
	for (size_t i = 0; i < reg->haves; i++) {
		const struct sw_had *had = &reg->have[i];

		if ((had->is_named || had->goes) &&
		    memcmp(had->b.call_id, reg->call_id, SW_MAC_LEN) == 0 &&
		    s->msg->cseq.number <= had->b.cseq)
			return true;
	}
	return false;
}

/* A rebooted phone gets in, whatever it left behind. */
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

/* add: how many new slots are needed; stay: how many are refreshed. */
static enum sw_reason make_room(const struct step *s, struct sw_registration *reg, size_t add,
				size_t stay)
{
	size_t most = reg->trunk->contacts;

	if (add + stay > most)
		return sw_fault_note(s, sw_contact_bound(reg, most), SW_RULE_CONTACT_COUNT,
				     SW_R_CONTACT_LIMIT);
	if (add > 0 && reg->trunk->contacts_refuse && reg->haves - count_going(reg) + add > most)
		return SW_R_CONTACT_LIMIT;
	while (add > 0 && reg->haves - count_going(reg) + add > most)
		give_way(reg);
	return sw_location_reserve(&reg->hold, add, count_going(reg));
}

enum sw_reason sw_replace_plan(const struct step *s, struct sw_registration *reg)
{
	size_t add = 0, stay = 0;

	for (size_t i = 0; i < reg->haves; i++)
		reg->have[i].goes = reg->star;
	for (size_t i = 0; i < reg->wants; i++)
		match(s, reg, &reg->want[i]);
	for (size_t i = 0; i < reg->wants; i++) {
		struct sw_wanted *w = &reg->want[i];

		if (w->expires_s == 0)
			continue;
		if (w->has_moved)
			replace(s, reg, w);
		*(w->slot == SW_TABLE_NONE ? &add : &stay) += 1;
	}
	if (is_late(s, reg))
		return sw_fault_note(s, sw_msg_header(s->msg, SW_FIELD_CSEQ)->value.p,
				     SW_RULE_CSEQ_ORDER, SW_R_CSEQ_OLD);
	return make_room(s, reg, add, stay);
}
