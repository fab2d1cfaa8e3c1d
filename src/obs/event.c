/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/event.h"

#include <sipward/policy.h>

static uint16_t cut(struct sw_slice from, char *to, size_t room)
{
	size_t n = from.n < room ? from.n : room;

	if (n > 0)
		memcpy(to, from.p, n);
	return (uint16_t)n;
}

#define KEEP(text, from) ((text).n = cut((from), (text).p, sizeof((text).p)))

static struct sw_slice last_part(struct sw_slice path)
{
	for (size_t i = path.n; i > 0; i--)
		if (path.p[i - 1] == '/')
			return sw_slice_from(path, i);
	return path;
}

static void keep_digest(struct sw_event *out, const struct sw_account *a)
{
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
	KEEP(out->claimed, d->claimed);
	if (d->user) {
		out->user_known = 1;
		out->user_off = d->user->is_off;
		out->user_algs = d->user->algs[d->form];
		KEEP(out->trunk, sw_user_trunk(d->user));
	}
	if (d->origin) {
		out->user_line = d->origin->line;
		out->conf_line = d->origin->line;
		KEEP(out->conf_file, last_part(d->origin->file));
	}
	if (d->trunk) {
		out->trunk_enabled = d->trunk->enabled;
		out->trunk_algs = (uint16_t)sw_policy_trunk_algs(d->trunk, a->at);
		KEEP(out->trunk, d->trunk->name);
		KEEP(out->md5_until, d->trunk->md5_until_text);
	}
}

static void keep_subject(struct sw_event *out, const struct sw_account *a)
{
	const struct sw_verdict *v = &a->verdict;

	out->factor = (uint8_t)v->subject.factor;
	out->way = (uint8_t)v->way_number;
	if (v->subject.user)
		KEEP(out->subject, sw_user_name(v->subject.user));
	if (v->way) {
		out->conf_line = v->way->line;
		KEEP(out->conf_file, last_part(v->way->file));
	}
}

/* Everything that is no text. */
static void keep_facts(struct sw_event *out, const struct sw_account *a)
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

void sw_event_keep(struct sw_event *out, const struct sw_account *a, const struct sw_addr *at,
		   uint32_t took_us, uint32_t generation)
{
	memset(out, 0, offsetof(struct sw_event, method));
	out->took_us = took_us;
	out->generation = generation;
	out->at = *at;
	out->trunk.n = out->subject.n = out->claimed.n = 0;
	out->conf_file.n = out->md5_until.n = 0;
	keep_facts(out, a);
	KEEP(out->method, a->method);
	KEEP(out->ruri, a->ruri);
	KEEP(out->call_id, a->call_id);
	KEEP(out->user_agent, a->user_agent);
	KEEP(out->near, ((struct sw_slice){ a->excerpt.text, a->excerpt.n }));
	keep_digest(out, a);
	keep_subject(out, a);
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
