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

void sw_event_keep(struct sw_event *out, const struct sw_account *a, const struct sw_addr *at,
		   uint32_t took_us, uint32_t generation)
{
	*out = (struct sw_event){
		.at_us = a->at.us,
		.took_us = took_us,
		.generation = generation,
		.act = (uint8_t)a->verdict.act,
		.reason = (uint8_t)a->verdict.reason,
		.transport = (uint8_t)a->transport,
		.known = (uint8_t)a->evidence.known,
		.is_register = a->is_register,
		.is_again = a->is_again,
		.stale = a->stale,
		.is_next = a->is_next,
		.status = (uint16_t)a->status,
		.warn = (uint16_t)a->warn,
		.offered = (uint16_t)a->offered,
		.granted_s = a->granted_s,
		.bindings = a->bindings,
		.fault_at = (uint32_t)a->fault_at,
		.fault_line = a->excerpt.line,
		.fault_column = a->excerpt.column,
		.rule = (uint8_t)a->rule,
		.near_mark = a->excerpt.mark,
		.src = a->src,
		.at = *at,
	};
	memcpy(out->id, a->id, sizeof(a->id));
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
