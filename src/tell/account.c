/* SPDX-License-Identifier: Apache-2.0 */
#include "tell/account.h"

#include "tell/json.h"

#define BEFORE_MAX 5

/* Credentials came, so far as they could be read. */
static bool has_credentials(const struct sw_event *e)
{
	return e->claimed.n > 0 || e->alg != SW_ALG_NONE || e->nonce_ours || e->realm_ok;
}

static json_t *digest(const struct sw_event *e)
{
	static const char *const forms[SW_FORM_COUNT] = { "name", "name@realm" };
	json_t *o;

	if (!has_credentials(e))
		return json_null();
	o = json_object();
	sw_json_put(o, "realm_ok", json_boolean(e->realm_ok));
	sw_json_put(o, "nonce_ours", json_boolean(e->nonce_ours));
	sw_json_put(o, "nonce_fresh", json_boolean(e->nonce_fresh));
	sw_json_put(o, "nonce_age_s", json_integer(e->nonce_age_s));
	sw_json_put(o, "nonce_algs", sw_json_algs(e->nonce_algs));
	sw_json_put(o, "nc", json_integer(e->nc));
	sw_json_put(o, "nc_new", json_boolean(e->nc_new));
	sw_json_put(o, "uri_ok", json_boolean(e->uri_ok));
	sw_json_put(o, "uri_exact", json_boolean(e->uri_exact));
	sw_json_put(o, "qop", json_string(sw_qop_name((enum sw_qop)e->qop)));
	sw_json_put(o, "form", json_string(forms[e->form < SW_FORM_COUNT ? e->form : 0]));
	sw_json_put(o, "response_ok", json_boolean(e->response_ok));
	return o;
}

/* The user's name without the realm that some phones write behind it. */
static struct sw_slice bare_name(struct sw_slice claimed)
{
	const char *at = claimed.n > 0 ? memchr(claimed.p, '@', claimed.n) : NULL;

	if (at)
		claimed.n = (size_t)(at - claimed.p);
	return claimed;
}

/* Where the configuration has this user now; NULL: nowhere. */
static const struct sw_origin *find_origin(const struct sw_policy *p, struct sw_slice claimed)
{
	struct sw_slice bare = bare_name(claimed);

	for (size_t i = 0; i < p->users; i++) {
		struct sw_slice name = sw_user_name(&p->user[i]);

		if (sw_slice_eq(name, claimed) || sw_slice_eq(name, bare))
			return sw_policy_origin(p, &p->user[i]);
	}
	return NULL;
}

static json_t *place_of_user(const struct sw_event *e, const struct sw_origin *now)
{
	if (now)
		return sw_json_place(now->file, now->line);
	return e->user_line > 0 ? sw_json_place(SW_EVENT_SLICE(e->conf_file), e->user_line)
				: json_null();
}

static json_t *user(const struct sw_event *e, const struct sw_conf *c)
{
	const struct sw_origin *now = NULL;
	json_t *o;

	if (!e->user_known)
		return json_null();
	if (c)
		now = find_origin(&c->policy, SW_EVENT_SLICE(e->claimed));
	o = json_object();
	sw_json_put(o, "enabled", json_boolean(!e->user_off));
	sw_json_put(o, "algs", sw_json_algs(e->user_algs));
	sw_json_put(o, "conf", place_of_user(e, now));
	if (now)
		sw_json_put(o, "secret", sw_json_text(now->secret, 256));
	return o;
}

static json_t *ways(const struct sw_trunk *t)
{
	json_t *list = json_array();

	for (size_t i = 0; i < t->ways; i++) {
		json_t *o = json_object();

		sw_json_put(o, "way", json_integer((json_int_t)i + 1));
		sw_json_put(o, "accept", sw_json_text(t->way[i].text, SW_JSON_TEXT));
		sw_json_put(o, "algs", sw_json_algs(t->way[i].algs));
		sw_json_put(o, "conf", sw_json_place(t->way[i].file, t->way[i].line));
		json_array_append_new(list, o);
	}
	return list;
}

static const struct sw_trunk *find_trunk(const struct sw_conf *c, struct sw_slice name)
{
	for (size_t i = 0; c && name.n > 0 && i < c->policy.trunks; i++)
		if (sw_slice_eq(c->policy.trunk[i].name, name))
			return &c->policy.trunk[i];
	return NULL;
}

/* As it was judged by (enabled, algs, md5_until), and as it stands in the configuration now. */
static json_t *trunk(const struct sw_event *e, const struct sw_conf *c)
{
	const struct sw_trunk *t = find_trunk(c, SW_EVENT_SLICE(e->trunk));
	json_t *o;

	if (e->trunk.n == 0)
		return json_null();
	o = json_object();
	sw_json_put(o, "name", sw_json_text(SW_EVENT_SLICE(e->trunk), SW_JSON_TEXT));
	sw_json_put(o, "enabled", json_boolean(e->trunk_enabled));
	sw_json_put(o, "algs", sw_json_algs(e->trunk_algs));
	sw_json_put(o, "md5_until", sw_json_text(SW_EVENT_SLICE(e->md5_until), SW_JSON_TEXT));
	sw_json_put(o, "kind", t ? json_string(t->phones ? "phones" : "trunk") : json_null());
	sw_json_put(o, "conf", t ? sw_json_place(t->file, t->line) : json_null());
	sw_json_put(o, "ways", t ? ways(t) : json_array());
	return o;
}

static json_t *before(const struct sw_recent_one *of, const struct sw_recent *recent)
{
	struct sw_recent_one list[BEFORE_MAX];
	size_t n = sw_recent_before(recent, of, list, BEFORE_MAX);
	json_t *out = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct sw_event *e = &list[i].event;
		json_t *o = json_object();

		sw_json_put(o, "ts", sw_json_time((struct sw_wall){ e->at_us }));
		sw_json_put(o, "id", sw_json_text(sw_decision_id(e), SW_JSON_TEXT));
		sw_json_put(o, "verdict", json_string(sw_act_name((enum sw_act)e->act)));
		sw_json_put(o, "reason", json_string(sw_reason_slug((enum sw_reason)e->reason)));
		sw_json_put(o, "status", json_integer(e->status));
		json_array_append_new(out, o);
	}
	return out;
}

/* The octet in the way, and the text around it, in two parts: a caret stands between them. */
static json_t *fault(const struct sw_event *e)
{
	struct sw_slice near = SW_EVENT_SLICE(e->near);
	size_t mark = e->near_mark < near.n ? e->near_mark : near.n;
	enum sw_rule rule = (enum sw_rule)e->rule;
	json_t *o;

	if (rule == SW_RULE_NONE)
		return json_null();
	o = json_object();
	sw_json_put(o, "at", json_integer(e->fault_at));
	sw_json_put(o, "line", json_integer(e->fault_line));
	sw_json_put(o, "column", json_integer(e->fault_column));
	sw_json_put(o, "rule", json_string(sw_rule_name(rule)));
	sw_json_put(o, "rfc", json_string(sw_rule_section(rule)));
	sw_json_put(o, "wants", json_string(sw_rule_sentence(rule)));
	sw_json_put(o, "before", sw_json_text((struct sw_slice){ near.p, mark }, SW_JSON_TEXT));
	sw_json_put(o, "from", sw_json_text(sw_slice_from(near, mark), SW_JSON_TEXT));
	return o;
}

static json_t *known(const struct sw_event *e)
{
	enum sw_known k = (enum sw_known)e->known;

	return k == SW_KNOWN_NOT ? json_null() : json_string(sw_known_name(k));
}

json_t *sw_account_json(const struct sw_recent_one *one, const struct sw_account_now *now,
			const struct sw_recent *recent)
{
	const struct sw_event *e = &one->event;
	const struct sw_conf *c = now->conf;
	json_t *o = json_object();
	json_t *out = sw_decision_json(e, sw_event_level(e));

	sw_json_put(o, "ruri", sw_json_text(SW_EVENT_SLICE(e->ruri), SW_JSON_TEXT));
	sw_json_put(o, "offered", sw_json_algs(e->offered));
	sw_json_put(o, "stale", json_boolean(e->stale));
	sw_json_put(o, "next_nonce", json_boolean(e->is_next));
	sw_json_put(o, "register", json_boolean(e->is_register));
	sw_json_put(o, "granted_s", json_integer(e->granted_s));
	sw_json_put(o, "contacts", json_integer(e->bindings));
	sw_json_put(o, "known", known(e));
	sw_json_put(o, "fault", fault(e));
	sw_json_put(o, "digest", digest(e));
	sw_json_put(o, "user", user(e, c));
	sw_json_put(o, "trunk", trunk(e, c));
	sw_json_put(o, "before", before(one, recent));
	sw_json_put(o, "gen_now", json_integer(now->generation));
	sw_json_put(o, "demo", json_boolean(now->is_demo));
	sw_json_put(o, "nonce_life_s", json_integer(c ? c->policy.nonce_life_s : 0));
	sw_json_put(o, "realm", c ? sw_json_text(c->policy.realm, SW_JSON_TEXT) : json_null());
	sw_json_put(out, "account", o);
	return out;
}
