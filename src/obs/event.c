/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/event.h"

#include <sipward/policy.h>

/* NOLINTBEGIN(bugprone-macro-parentheses): t is a member, which takes none */
#define PLACE(t)                                                                \
	{                                                                       \
		offsetof(struct sw_event, t.n), offsetof(struct sw_event, t.p), \
			sizeof(((struct sw_event *)0)->t.p)                     \
	}
/* NOLINTEND(bugprone-macro-parentheses) */

const struct sw_event_place sw_event_places[SW_EVENT_TEXTS] = {
	[SW_EVENT_METHOD] = PLACE(method),
	[SW_EVENT_TRUNK] = PLACE(trunk),
	[SW_EVENT_SUBJECT] = PLACE(subject),
	[SW_EVENT_CLAIMED] = PLACE(claimed),
	[SW_EVENT_RURI] = PLACE(ruri),
	[SW_EVENT_CALL_ID] = PLACE(call_id),
	[SW_EVENT_USER_AGENT] = PLACE(user_agent),
	[SW_EVENT_CONF_FILE] = PLACE(conf_file),
	[SW_EVENT_MD5_UNTIL] = PLACE(md5_until),
	[SW_EVENT_NEAR] = PLACE(near),
};

static void set(struct sw_event_view *v, enum sw_event_text text, struct sw_slice s)
{
	size_t room = sw_event_places[text].room;

	v->text[text] = (struct sw_slice){ s.p, s.n < room ? s.n : room };
}

static struct sw_slice last_part(struct sw_slice path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/')
			return sw_slice_from(path, i);
	return path;
}

static void see_digest(struct sw_event_view *v, const struct sw_account *a)
{
	struct sw_event *out = &v->e;
	const struct sw_digest_evidence *d = &a->evidence.digest;

	out->alg = (uint8_t)d->alg;
	out->sess = d->sess;
	out->form = (uint8_t)d->form;
	out->qop = (uint8_t)d->qop;
	out->realm_ok = d->realm_ok;
	out->nonce_ours = d->nonce_ours;
	out->nonce_fresh = d->nonce_fresh;
	out->nonce_algs = (uint16_t)d->offered;
	out->nonce_age_s = d->nonce_age_s;
	out->nc = d->nc;
	out->nc_new = d->nc_new;
	out->uri_ok = d->uri_ok;
	out->uri_exact = d->uri_exact;
	out->response_ok = d->response_ok;
	set(v, SW_EVENT_CLAIMED, d->claimed);
	if (d->user) {
		out->user_known = 1;
		out->user_off = d->user->is_off;
		out->user_algs = d->user->algs[d->form];
		set(v, SW_EVENT_TRUNK, sw_user_trunk(d->user));
	}
	if (d->origin) {
		out->user_line = d->origin->line;
		out->conf_line = d->origin->line;
		set(v, SW_EVENT_CONF_FILE, last_part(d->origin->file));
	}
	if (d->trunk) {
		out->trunk_enabled = d->trunk->enabled;
		out->trunk_algs = (uint16_t)sw_policy_trunk_algs(d->trunk, a->at);
		set(v, SW_EVENT_TRUNK, d->trunk->name);
		set(v, SW_EVENT_MD5_UNTIL, d->trunk->md5_until_text);
	}
}

static void see_subject(struct sw_event_view *view, const struct sw_account *a)
{
	struct sw_event *out = &view->e;
	const struct sw_verdict *v = &a->verdict;

	out->factor = (uint8_t)v->subject.factor;
	out->way = (uint8_t)v->way_number;
	if (v->subject.user)
		set(view, SW_EVENT_SUBJECT, sw_user_name(v->subject.user));
	if (v->way) {
		out->conf_line = v->way->line;
		set(view, SW_EVENT_CONF_FILE, last_part(v->way->file));
	}
}

/* Everything that is no text. */
static void see_facts(struct sw_event *out, const struct sw_account *a)
{
	out->at_us = a->at.us;
	out->act = (uint8_t)a->verdict.act;
	out->reason = (uint8_t)a->verdict.reason;
	out->transport = (uint8_t)a->transport;
	out->known = (uint8_t)a->evidence.known;
	out->is_register = a->is_register;
	out->is_again = a->is_again;
	out->stale = a->stale;
	out->is_next = a->is_next;
	out->status = (uint16_t)a->status;
	out->warn = (uint16_t)a->warn;
	out->offered = (uint16_t)a->offered;
	out->granted_s = a->granted_s;
	out->bindings = a->bindings;
	out->fault_at = (uint32_t)a->fault_at;
	out->fault_line = a->excerpt.line;
	out->fault_column = a->excerpt.column;
	out->rule = (uint8_t)a->rule;
	out->near_mark = a->excerpt.mark;
	out->src = a->src;
	memcpy(out->id, a->id, sizeof(a->id));
}

void sw_event_see(struct sw_event_view *out, const struct sw_account *a, const struct sw_addr *at,
		  uint32_t took_us, uint32_t generation)
{
	memset(out->facts, 0, sizeof(out->facts));
	memset(out->text, 0, sizeof(out->text));
	out->e.took_us = took_us;
	out->e.generation = generation;
	out->e.at = *at;
	see_facts(&out->e, a);
	set(out, SW_EVENT_METHOD, a->method);
	set(out, SW_EVENT_RURI, a->ruri);
	set(out, SW_EVENT_CALL_ID, a->call_id);
	set(out, SW_EVENT_USER_AGENT, a->user_agent);
	set(out, SW_EVENT_NEAR, (struct sw_slice){ a->excerpt.text, a->excerpt.n });
	see_digest(out, a);
	see_subject(out, a);
}

void sw_event_copy(struct sw_event *out, const struct sw_event_view *v)
{
	char *to = (char *)out;

	memcpy(to, v->facts, sizeof(v->facts));
	for (unsigned i = 0; i < SW_EVENT_TEXTS; i++) {
		uint16_t n = (uint16_t)v->text[i].n;

		memcpy(to + sw_event_places[i].n_at, &n, sizeof(n));
		if (n > 0)
			memcpy(to + sw_event_places[i].at, v->text[i].p, n);
	}
}

void sw_event_keep(struct sw_event *out, const struct sw_account *a, const struct sw_addr *at,
		   uint32_t took_us, uint32_t generation)
{
	struct sw_event_view v;

	sw_event_see(&v, a, at, took_us, generation);
	sw_event_copy(out, &v);
}

#define FITS(text) ((text).n <= sizeof((text).p))

static bool has_sound_texts(const struct sw_event *e)
{
	return FITS(e->method) && FITS(e->trunk) && FITS(e->subject) && FITS(e->claimed) &&
	       FITS(e->ruri) && FITS(e->call_id) && FITS(e->user_agent) && FITS(e->conf_file) &&
	       FITS(e->md5_until) && FITS(e->near);
}

static bool is_sound_addr(const struct sw_addr *a)
{
	return a->family == SW_FAMILY_NONE || a->family == SW_FAMILY_4 || a->family == SW_FAMILY_6;
}

bool sw_event_is_sound(const struct sw_event *e)
{
	return e->act < SW_ACT_COUNT && e->reason < SW_REASON_LIMIT &&
	       e->transport < SW_TRANSPORT_COUNT && e->factor < SW_FACTOR_COUNT &&
	       e->known < SW_KNOWN_COUNT && e->alg < SW_ALG_COUNT && e->form < SW_FORM_COUNT &&
	       is_sound_addr(&e->src) && is_sound_addr(&e->at) && has_sound_texts(e);
}

/* What every login goes through, and honest clients too: neither failures nor news. */
static bool is_usual_challenge(enum sw_reason r)
{
	return r == SW_R_CHALLENGED || r == SW_R_DIGEST_STALE || r == SW_R_DIGEST_REPLAY ||
	       r == SW_R_DIGEST_SESS || r == SW_R_DIGEST_NONCE_SOURCE || r == SW_R_DIGEST_REALM;
}

bool sw_event_is_let_be(const struct sw_event *e)
{
	return e->act == SW_ACT_ALLOW && e->factor == SW_FACTOR_NONE;
}

enum sw_level sw_event_level(const struct sw_event *e)
{
	enum sw_reason r = (enum sw_reason)e->reason;

	if (sw_reason_row(r)->class == SW_CLASS_INTERNAL)
		return SW_LEVEL_ERROR;
	if (e->is_again || sw_event_is_let_be(e))
		return SW_LEVEL_DEBUG;
	if (e->act == SW_ACT_ALLOW)
		return e->warn != 0 ? SW_LEVEL_WARN : SW_LEVEL_INFO;
	if (e->act == SW_ACT_DROP) /* a connection that was closed for what it did, or noise */
		return sw_reason_row(r)->class == SW_CLASS_LIMIT ? SW_LEVEL_INFO : SW_LEVEL_DEBUG;
	if (e->act == SW_ACT_CHALLENGE && is_usual_challenge(r))
		return SW_LEVEL_DEBUG;
	return SW_LEVEL_NOTICE;
}
