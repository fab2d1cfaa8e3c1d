/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/status.h"

#include "admin/drain.h"
#include "obs/layer.h"
#include "share/clock.h"
#include "tell/decision.h"
#include "tell/json.h"

static uint32_t load32(const _Atomic uint32_t *v)
{
	return atomic_load_explicit(v, memory_order_relaxed);
}

static json_t *number(uint64_t v)
{
	return json_integer((json_int_t)(v & INT64_MAX));
}

static const struct sw_board *board_of(const struct sw_admin_state *s)
{
	return &s->start->board;
}

static enum sw_busy_state worker_state(const struct sw_board *b, uint32_t worker)
{
	return sw_busy_state(sw_board_worker(b, worker), sw_busy_generation(b, worker),
			     sw_clock_mono());
}

uint32_t sw_status_serving(const struct sw_admin_state *s, uint32_t *generation)
{
	const struct sw_board *b = board_of(s);
	uint32_t n = 0;

	*generation = 0;
	for (uint32_t i = 0; i < b->workers; i++) {
		uint32_t on = sw_busy_generation(b, i);

		if (worker_state(b, i) < SW_BUSY_STUCK)
			continue;
		n += worker_state(b, i) == SW_BUSY_OK;
		if (*generation == 0 || on < *generation)
			*generation = on;
	}
	return n;
}

uint64_t sw_status_registrations(const struct sw_board *b)
{
	const struct sw_board_fill *fill = &b->fill[SW_BOARD_BINDINGS];
	uint32_t most = 0;

	if (sw_metric_read(&fill->capacity) > 0)
		return sw_metric_read(&fill->used);
	for (uint32_t i = 0; i < b->workers; i++) {
		uint32_t n = load32(&sw_board_metrics(b, i)->registrations);

		most = n > most ? n : most;
	}
	return most;
}

uint32_t sw_status_layers(const struct sw_board *b)
{
	uint32_t common = UINT32_MAX;

	for (uint32_t i = 0; i < SW_BOARD_ROLES + b->workers; i++) {
		bool is_away = load32(&b->cell[i].pid) == 0;

		if (is_away || i == SW_BOARD_PARENT || i == SW_BOARD_CONF)
			continue;
		common = common == UINT32_MAX ? load32(&b->cell[i].layers)
					      : sw_layer_common(common, load32(&b->cell[i].layers));
	}
	return common == UINT32_MAX ? 0 : common;
}

/* What the kernel dropped at this listener, of all workers' sockets. */
static uint64_t kernel_drops(const struct sw_board *b, const struct sw_listener *l)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < b->workers; i++) {
		const struct sw_metric_listener *m = sw_metric_find_listener(sw_board_metrics(b, i),
									     l);

		n += m ? sw_metric_read(&m->kernel_drops) : 0;
	}
	return n;
}

static json_t *listeners(const struct sw_admin_state *s)
{
	const struct sw_policy *p = &s->generation->conf->policy;
	json_t *list = json_array();
	uint32_t generation;
	const char *state = sw_status_serving(s, &generation) > 0 ? "ok"
			    : generation > 0                      ? "down"
								  : "opening";

	for (size_t i = 0; i < p->listeners; i++) {
		char room[80];
		struct sw_buf b = sw_buf_over(room, sizeof(room));
		json_t *o = json_object();

		sw_addr_write(&b, &p->listener[i].addr);
		sw_json_put(o, "transport",
			    json_string(sw_transport_name(p->listener[i].transport)));
		sw_json_put(o, "address", json_stringn(b.p, b.n));
		sw_json_put(o, "state", json_string(state));
		sw_json_put(o, "kernel_drops", number(kernel_drops(board_of(s), &p->listener[i])));
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

static json_t *trunks(const struct sw_admin_state *s, struct sw_wall now)
{
	const struct sw_policy *p = &s->generation->conf->policy;
	json_t *list = json_array();

	for (size_t i = 0; i < p->trunks; i++) {
		struct sw_seen_trunk seen;
		bool is_known = sw_seen_find(&s->seen, board_of(s), p->trunk[i].name, &seen);

		json_array_append_new(list, trunk(&p->trunk[i], is_known ? &seen : NULL, now));
	}
	return list;
}

/* Of all workers: the counter that stands `at` octets into their metrics. */
static uint64_t sum(const struct sw_board *b, size_t at)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < b->workers; i++)
		n += sw_metric_read(
			(const _Atomic uint64_t *)(const void *)((const char *)sw_board_metrics(b,
												i) +
								 at));
	return n;
}

static uint64_t sum32(const struct sw_board *b, size_t at)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < b->workers; i++)
		n += load32((const _Atomic uint32_t *)(const void *)((const char *)sw_board_metrics(
									     b, i) +
								     at));
	return n;
}

#define SUM(b, field)   sum((b), offsetof(struct sw_metrics, field))
#define SUM32(b, field) sum32((b), offsetof(struct sw_metrics, field))

/* Counters that are not zero, by name. */
static json_t *counters(const struct sw_board *b, size_t at, unsigned n,
			const char *(*name)(unsigned))
{
	json_t *o = json_object();

	for (unsigned i = 0; i < n; i++) {
		uint64_t v = sum(b, at + i * sizeof(uint64_t));

		if (v > 0)
			sw_json_put(o, name(i), number(v));
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

static json_t *connections(const struct sw_board *b)
{
	json_t *o = json_object();

	sw_json_put(o, "open", number(SUM32(b, connections)));
	sw_json_put(o, "proven", number(SUM32(b, proven)));
	sw_json_put(o, "limit", number(SUM32(b, connections_max)));
	return o;
}

static uint64_t events_lost(const struct sw_board *b)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < b->workers; i++) {
		struct sw_ring ring = sw_board_events(b, i);

		n += sw_ring_lost(&ring);
	}
	return n;
}

static void put_counters(json_t *o, const struct sw_admin_state *s)
{
	const struct sw_board *b = board_of(s);

	sw_json_put(o, "registrations", number(sw_status_registrations(b)));
	sw_json_put(o, "connections", connections(b));
	sw_json_put(o, "verdicts",
		    counters(b, offsetof(struct sw_metrics, act), SW_ACT_COUNT, act_name));
	sw_json_put(o, "reasons",
		    counters(b, offsetof(struct sw_metrics, reason), SW_REASON_LIMIT, reason_name));
	sw_json_put(o, "warnings",
		    counters(b, offsetof(struct sw_metrics, warn), SW_WARN_COUNT, warn_name));
	sw_json_put(o, "again", number(SUM(b, again)));
	sw_json_put(o, "send_failed", number(SUM(b, send_failed)));
	sw_json_put(o, "flow_gone", number(SUM(b, flow_gone)));
	sw_json_put(o, "events_lost", number(events_lost(b)));
	sw_json_put(o, "log_failed", number(s->log.lost));
}

/* The workers', who serve; since when is known of admin's own, the same but for moments. */
static json_t *generation(const struct sw_admin_state *s)
{
	const struct sw_admin_generation *g = s->generation;
	json_t *o = json_object();
	uint32_t on;

	(void)sw_status_serving(s, &on);
	sw_json_put(o, "number", json_integer(on));
	sw_json_put(o, "since", on == g->number ? sw_json_time(g->since) : json_null());
	return o;
}

static void put_generation(json_t *o, const struct sw_admin_state *s, struct sw_wall now)
{
	const struct sw_admin_generation *g = s->generation;

	sw_json_put(o, "generation", generation(s));
	sw_json_put(o, "demo", json_boolean(g->is_demo));
	sw_json_put(o, "conf", sw_json_text(g->conf->path, SW_JSON_TEXT));
	sw_json_put(o, "realm", sw_json_text(g->conf->policy.realm, SW_JSON_TEXT));
	sw_json_put(o, "listeners", listeners(s));
	sw_json_put(o, "trunks", trunks(s, now));
	sw_json_put(o, "risks", json_integer((json_int_t)g->conf->risks));
}

/* The last load: how it went, when, and the error that it ended with. */
static json_t *load(const struct sw_board_load *l)
{
	char room[SW_SENTENCE];
	json_t *o = json_object();

	sw_json_put(o, "ok", json_boolean(!load32(&l->has_failed)));
	sw_json_put(o, "ts", sw_json_time((struct sw_wall){ atomic_load(&l->tried_us) }));
	sw_json_put(o, "loads", json_integer(load32(&l->loads)));
	sw_json_put(o, "failures", json_integer(load32(&l->failures)));
	sw_json_put(o, "why", sw_json_text(sw_sentence_read(&l->why, room), SW_JSON_TEXT));
	return o;
}

/* Of records that the database does not have yet: how many, and the age of the oldest. */
static json_t *journal(const struct sw_keep *keep, struct sw_wall now)
{
	int64_t oldest = atomic_load(&keep->journal_oldest_us);
	int64_t age_us = oldest > 0 && now.us > oldest ? now.us - oldest : 0;
	json_t *o = json_object();

	sw_json_put(o, "waiting", number(sw_metric_read(&keep->journal_waiting)));
	sw_json_put(o, "behind_ms", json_integer(age_us / 1000));
	sw_json_put(o, "synced", sw_json_time((struct sw_wall){ atomic_load(&keep->synced_us) }));
	return o;
}

/* why: null while it takes changes. */
static json_t *store(const struct sw_keep *keep, struct sw_wall now)
{
	char room[SW_SENTENCE];
	json_t *o;

	if (sw_keep_name(keep).n == 0)
		return json_null();
	o = json_object();
	sw_json_put(o, "name", sw_json_text(sw_keep_name(keep), SW_JSON_TEXT));
	sw_json_put(o, "users", number(sw_metric_read(&keep->users)));
	sw_json_put(o, "up", json_boolean(!atomic_load(&keep->is_down)));
	sw_json_put(o, "why", sw_json_text(sw_sentence_read(&keep->why, room), SW_JSON_TEXT));
	sw_json_put(o, "journal", journal(keep, now));
	return o;
}

static json_t *table(const struct sw_board_fill *f)
{
	json_t *o = json_object();

	sw_json_put(o, "used", number(sw_metric_read(&f->used)));
	sw_json_put(o, "capacity", number(sw_metric_read(&f->capacity)));
	sw_json_put(o, "waits", number(sw_metric_read(&f->waits)));
	sw_json_put(o, "stuck", number(sw_metric_read(&f->stuck)));
	sw_json_put(o, "busy", number(sw_metric_read(&f->busy)));
	sw_json_put(o, "held", number(sw_metric_read(&f->held)));
	sw_json_put(o, "orphans", number(sw_metric_read(&f->orphans)));
	return o;
}

static json_t *tables(const struct sw_board *b)
{
	json_t *o = json_object();

	for (unsigned t = 0; t < SW_BOARD_TABLES; t++)
		if (sw_metric_read(&b->fill[t].capacity) > 0)
			sw_json_put(o, sw_board_table_name((enum sw_board_table)t),
				    table(&b->fill[t]));
	return o;
}

static json_t *layers(uint32_t set)
{
	char room[256];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_layer_write(&b, set);
	return json_stringn(b.p, b.n);
}

static json_t *role(const char *name, const struct sw_board_cell *c, enum sw_busy_state state)
{
	uint32_t starts = load32(&c->starts);
	json_t *o = json_object();

	sw_json_put(o, "role", json_string(name));
	sw_json_put(o, "pid", json_integer(load32(&c->pid)));
	sw_json_put(o, "state", json_string(sw_busy_state_name(state)));
	sw_json_put(o, "started", sw_json_time((struct sw_wall){ atomic_load(&c->started_us) }));
	sw_json_put(o, "restarts", json_integer(starts > 0 ? starts - 1 : 0));
	sw_json_put(o, "sandbox", layers(load32(&c->layers)));
	return o;
}

static json_t *worker(const struct sw_admin_state *s, uint32_t i)
{
	const struct sw_board *b = board_of(s);
	json_t *o = role("worker", sw_board_worker(b, i), worker_state(b, i));
	struct sw_ring ring = sw_board_events(b, i);

	sw_json_put(o, "worker", json_integer(i));
	sw_json_put(o, "generation", json_integer(sw_busy_generation(b, i)));
	sw_json_put(o, "busy", json_real(s->busy.share[i]));
	sw_json_put(o, "events_lost", number(sw_ring_lost(&ring)));
	return o;
}

static json_t *roles(const struct sw_admin_state *s)
{
	static const enum sw_board_role there[] = { SW_BOARD_PARENT, SW_BOARD_STORE,
						    SW_BOARD_ADMIN };
	const struct sw_board *b = board_of(s);
	json_t *list = json_array();

	for (size_t i = 0; i < SW_ARRAY_LEN(there); i++) {
		const struct sw_board_cell *c = &b->cell[there[i]];

		json_array_append_new(list, role(sw_board_role_name(there[i]), c,
						 sw_busy_state(c, 1, sw_clock_mono())));
	}
	for (uint32_t i = 0; i < b->workers; i++)
		json_array_append_new(list, worker(s, i));
	return list;
}

json_t *sw_status_json(const struct sw_admin_state *s, struct sw_wall now)
{
	const struct sw_board *b = board_of(s);
	struct sw_wall started = { atomic_load(b->started_us) };
	int64_t up_us = started.us > 0 ? now.us - started.us : 0;
	json_t *o = json_object();

	sw_json_put(o, "version", json_string(SIPWARD_VERSION));
	sw_json_put(o, "pid", json_integer(sw_admin_pid(s)));
	sw_json_put(o, "workers", json_integer(b->workers));
	sw_json_put(o, "started", sw_json_time(started));
	sw_json_put(o, "uptime_s", json_integer(up_us > 0 ? up_us / SW_US_PER_S : 0));
	if (s->generation)
		put_generation(o, s, now);
	put_counters(o, s);
	sw_json_put(o, "store", store(s->start->board.keep, now));
	sw_json_put(o, "load", load(b->load));
	sw_json_put(o, "tables", tables(b));
	sw_json_put(o, "sandbox", layers(sw_status_layers(b)));
	sw_json_put(o, "roles", roles(s));
	return o;
}

static void miss(json_t *missing, bool is_there, const char *what)
{
	if (!is_there)
		json_array_append_new(missing, json_string(what));
}

bool sw_status_is_ready(const struct sw_admin_state *s, json_t **body)
{
	const struct sw_keep *keep = s->start->board.keep;
	json_t *missing = json_array();
	uint32_t on;
	uint32_t serving = sw_status_serving(s, &on);
	bool ready;

	miss(missing, s->generation != NULL, "configuration");
	miss(missing, serving > 0, "listeners");
	miss(missing, serving == 0 || serving == board_of(s)->workers, "workers");
	miss(missing, !atomic_load(&keep->is_down), "store");
	ready = json_array_size(missing) == 0;
	*body = json_object();
	sw_json_put(*body, "ready", json_boolean(ready));
	sw_json_put(*body, "missing", missing);
	sw_json_put(*body, "generation", json_integer(s->generation ? s->generation->number : 0));
	sw_json_put(*body, "workers",
		    json_pack("{s:I,s:I}", "serving", (json_int_t)serving, "of",
			      (json_int_t)board_of(s)->workers));
	sw_json_put(*body, "listeners", s->generation ? listeners(s) : json_array());
	sw_json_put(*body, "store", store(keep, sw_clock_wall()));
	return ready;
}
