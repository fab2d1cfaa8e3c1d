/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/status.h"

#include "tell/decision.h"
#include "tell/json.h"

static uint32_t worker_generation(const struct sw_status_of *of)
{
	return atomic_load_explicit(&of->start->metrics->generation, memory_order_relaxed);
}

static json_t *listeners(const struct sw_status_of *of)
{
	const struct sw_policy *p = &of->generation->conf->policy;
	json_t *list = json_array();

	for (size_t i = 0; i < p->listeners; i++) {
		char room[80];
		struct sw_buf b = sw_buf_over(room, sizeof(room));
		json_t *o = json_object();

		sw_addr_write(&b, &p->listener[i].addr);
		sw_json_put(o, "transport",
			    json_string(sw_transport_name(p->listener[i].transport)));
		sw_json_put(o, "address", json_stringn(b.p, b.n));
		sw_json_put(o, "state", json_string(worker_generation(of) > 0 ? "ok" : "opening"));
		json_array_append_new(list, o);
	}
	return list;
}

static json_t *last_seen(const struct sw_seen_trunk *t)
{
	json_t *o;

	if (!t || t->allowed_us == 0)
		return json_null();
	o = json_object();
	sw_json_put(o, "ts", sw_json_time((struct sw_wall){ t->allowed_us }));
	sw_json_put(o, "factor", json_string(sw_factor_name((enum sw_factor)t->factor)));
	sw_json_put(o, "alg",
		    t->alg != SW_ALG_NONE ? json_string(sw_alg_form_word((struct sw_alg_form){
						    (enum sw_alg)t->alg, t->sess }))
					  : json_null());
	return o;
}

static json_t *last_refusal(const struct sw_seen_trunk *t)
{
	json_t *o;

	if (!t || t->refused_us == 0)
		return json_null();
	o = json_object();
	sw_json_put(o, "ts", sw_json_time((struct sw_wall){ t->refused_us }));
	sw_json_put(o, "reason", json_string(sw_reason_slug((enum sw_reason)t->reason)));
	sw_json_put(
		o, "id",
		sw_json_text((struct sw_slice){ t->id, strnlen(t->id, SW_ID_LEN) }, SW_JSON_TEXT));
	return o;
}

static json_t *trunk(const struct sw_trunk *t, const struct sw_seen_trunk *seen, struct sw_wall now)
{
	json_t *o = json_object();
	json_t *ways = json_array();

	for (size_t i = 0; i < t->ways; i++)
		json_array_append_new(ways, sw_json_text(t->way[i].text, SW_JSON_TEXT));
	sw_json_put(o, "name", sw_json_text(t->name, SW_JSON_TEXT));
	sw_json_put(o, "kind", json_string(t->phones ? "phones" : "trunk"));
	sw_json_put(o, "enabled", json_boolean(t->enabled));
	sw_json_put(o, "ways", ways);
	sw_json_put(o, "algorithms", sw_json_algs(sw_policy_trunk_algs(t, now)));
	sw_json_put(o, "users", json_integer(seen ? seen->users : 0));
	sw_json_put(o, "last_seen", last_seen(seen));
	sw_json_put(o, "last_refusal", last_refusal(seen));
	return o;
}

static json_t *trunks(const struct sw_status_of *of)
{
	const struct sw_policy *p = &of->generation->conf->policy;
	json_t *list = json_array();

	for (size_t i = 0; i < p->trunks; i++)
		json_array_append_new(
			list,
			trunk(&p->trunk[i], sw_seen_find(of->seen, p->trunk[i].name), of->now));
	return list;
}

/* Counters that are not zero, by name. */
static json_t *counters(const _Atomic uint64_t *m, unsigned n, const char *(*name)(unsigned))
{
	json_t *o = json_object();

	for (unsigned i = 0; i < n; i++) {
		uint64_t v = sw_metric_read(&m[i]);

		if (v > 0)
			sw_json_put(o, name(i), json_integer((json_int_t)v));
	}
	return o;
}

static const char *act_name(unsigned i)
{
	return sw_act_name((enum sw_act)i);
}

static const char *reason_name(unsigned i)
{
	return sw_reason_slug((enum sw_reason)i);
}

static const char *warn_name(unsigned i)
{
	return sw_warn_slug((enum sw_warn)i);
}

static json_t *connections(const struct sw_status_of *of)
{
	const struct sw_metrics *m = of->start->metrics;
	json_t *o = json_object();

	sw_json_put(o, "open",
		    json_integer(atomic_load_explicit(&m->connections, memory_order_relaxed)));
	sw_json_put(o, "proven",
		    json_integer(atomic_load_explicit(&m->proven, memory_order_relaxed)));
	sw_json_put(o, "limit",
		    json_integer(atomic_load_explicit(&m->connections_max, memory_order_relaxed)));
	return o;
}

static void put_counters(json_t *o, const struct sw_status_of *of)
{
	const struct sw_metrics *m = of->start->metrics;

	sw_json_put(o, "registrations",
		    json_integer(atomic_load_explicit(&m->registrations, memory_order_relaxed)));
	sw_json_put(o, "connections", connections(of));
	sw_json_put(o, "verdicts", counters(m->act, SW_ACT_COUNT, act_name));
	sw_json_put(o, "reasons", counters(m->reason, SW_REASON_LIMIT, reason_name));
	sw_json_put(o, "warnings", counters(m->warn, SW_WARN_COUNT, warn_name));
	sw_json_put(o, "again", json_integer((json_int_t)sw_metric_read(&m->again)));
	sw_json_put(o, "send_failed", json_integer((json_int_t)sw_metric_read(&m->send_failed)));
	sw_json_put(o, "flow_gone", json_integer((json_int_t)sw_metric_read(&m->flow_gone)));
	sw_json_put(o, "events_lost", json_integer((json_int_t)sw_ring_lost(&of->start->events)));
	sw_json_put(o, "log_failed", json_integer((json_int_t)of->log_failed));
}

/* The worker's, who serves; since when is known of admin's own, the same but for moments. */
static json_t *generation(const struct sw_status_of *of)
{
	const struct sw_admin_generation *g = of->generation;
	uint32_t number = worker_generation(of);
	json_t *o = json_object();

	sw_json_put(o, "number", json_integer(number));
	sw_json_put(o, "since", number == g->number ? sw_json_time(g->since) : json_null());
	return o;
}

static void put_generation(json_t *o, const struct sw_status_of *of)
{
	const struct sw_admin_generation *g = of->generation;

	sw_json_put(o, "generation", generation(of));
	sw_json_put(o, "demo", json_boolean(g->is_demo));
	sw_json_put(o, "conf", sw_json_text(g->conf->path, SW_JSON_TEXT));
	sw_json_put(o, "realm", sw_json_text(g->conf->policy.realm, SW_JSON_TEXT));
	sw_json_put(o, "listeners", listeners(of));
	sw_json_put(o, "trunks", trunks(of));
	sw_json_put(o, "risks", json_integer((json_int_t)g->conf->risks));
}

/* why: null while it takes changes. */
static json_t *store(const struct sw_keep *keep)
{
	char room[SW_SENTENCE];
	json_t *o;

	if (!keep)
		return json_null();
	o = json_object();
	sw_json_put(o, "name", sw_json_text(sw_keep_name(keep), SW_JSON_TEXT));
	sw_json_put(o, "users", json_integer((json_int_t)atomic_load(&keep->users)));
	sw_json_put(o, "up", json_boolean(!atomic_load(&keep->is_down)));
	sw_json_put(o, "why", sw_json_text(sw_sentence_read(&keep->why, room), SW_JSON_TEXT));
	return o;
}

json_t *sw_status_json(const struct sw_status_of *of)
{
	int64_t up_us = of->now.us - of->start->started.us;
	json_t *o = json_object();

	sw_json_put(o, "version", json_string(SIPWARD_VERSION));
	sw_json_put(o, "pid", json_integer(of->start->pid));
	sw_json_put(o, "workers", json_integer(1));
	sw_json_put(o, "started", sw_json_time(of->start->started));
	sw_json_put(o, "uptime_s", json_integer(up_us > 0 ? up_us / SW_US_PER_S : 0));
	if (of->generation)
		put_generation(o, of);
	put_counters(o, of);
	sw_json_put(o, "store", store(of->start->store));
	return o;
}

bool sw_status_is_ready(const struct sw_status_of *of, json_t **body)
{
	bool ready = of->generation && worker_generation(of) > 0;

	*body = json_object();
	sw_json_put(*body, "ready", json_boolean(ready));
	sw_json_put(*body, "generation", json_integer(of->generation ? of->generation->number : 0));
	sw_json_put(*body, "listeners", of->generation ? listeners(of) : json_array());
	return ready;
}
