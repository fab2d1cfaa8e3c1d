/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/screen.h"

#include "cmd/screenroles.h"
#include "cmd/view.h"
#include "obs/text.h"

#define TRUNKS_SHOWN 40
#define DAY          10 /* octets of a date */
#define BEHIND_S     2  /* that a database under load may be */

static void put_count(const struct sw_view *v, json_int_t n, const char *one, const char *many)
{
	sw_view_put_number(v, n);
	sw_view_put(v, " ");
	sw_view_put(v, n == 1 ? one : many);
}

/* A screen and the day on which it is read. */
struct screen {
	struct sw_view view;
	char today[16];
};

/* "2026-11-23T08:14:03.412Z" as "08:14:03Z", with its day before it unless that is today. */
static void put_clock(const struct screen *c, const char *ts)
{
	const struct sw_view *v = &c->view;
	struct sw_slice s = sw_slice_of(ts), day = { s.p, DAY };

	if (s.n < DAY + 9) {
		sw_view_put(v, "?");
		return;
	}
	if (!sw_slice_eq(day, sw_slice_of(c->today))) {
		sw_buf_put(v->b, day);
		sw_view_put(v, " ");
	}
	sw_buf_put(v->b, (struct sw_slice){ s.p + DAY + 1, 8 });
	sw_view_put(v, "Z");
}

static void put_uptime(const struct sw_view *v, json_int_t s)
{
	static const struct {
		json_int_t s;
		const char *unit;
	} units[] = { { 86400, " d " }, { 3600, " h " }, { 60, " min " } };
	bool begun = false;

	for (size_t i = 0; i < SW_ARRAY_LEN(units); i++) {
		if (!begun && s < units[i].s)
			continue;
		begun = true;
		sw_view_put_number(v, s / units[i].s);
		sw_view_put(v, units[i].unit);
		s %= units[i].s;
	}
	sw_view_put_number(v, s);
	sw_view_put(v, " s");
}

/* running  0.1.0  pid 4121  1 worker  generation 1 (08:14:03)  up 3 min 2 s */
static void put_running(const struct screen *c)
{
	const struct sw_view *v = &c->view;
	const json_t *o = v->decision;
	const json_t *g = sw_view_object(o, "generation");

	sw_view_put(v, "running  ");
	sw_view_put(v, sw_view_text(o, "version"));
	sw_view_put(v, "  pid ");
	sw_view_put_number(v, sw_view_int(o, "pid"));
	sw_view_put(v, "  ");
	put_count(v, sw_view_int(o, "workers"), "worker", "workers");
	if (g) {
		sw_view_put(v, "  generation ");
		sw_view_put_number(v, sw_view_int(g, "number"));
		sw_view_put(v, " (");
		put_clock(c, sw_view_text(g, "since"));
		sw_view_put(v, ")");
	}
	sw_view_put(v, "  up ");
	put_uptime(v, sw_view_int(o, "uptime_s"));
	sw_view_put(v, sw_view_is_true(o, "demo") ? "  demo\n" : "\n");
	if (!sw_view_is_true(o, "demo"))
		sw_view_pair(v, "conf     ", sw_view_text(o, "conf"));
	if (!sw_view_is_true(o, "demo"))
		sw_view_put(v, "\n");
}

static void put_door(const struct sw_view *v)
{
	const json_t *list = json_object_get(v->decision, "listeners");

	sw_view_put(v, "door     ");
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *o = json_array_get(list, i);

		sw_view_put(v, i > 0 ? "   " : "");
		sw_view_put(v, sw_view_text(o, "transport"));
		sw_view_put(v, " ");
		sw_view_put(v, sw_view_text(o, "address"));
		sw_view_put(v, " ");
		sw_view_put(v, sw_view_text(o, "state"));
		if (sw_view_int(o, "kernel_drops") > 0) {
			sw_view_put(v, ", ");
			sw_view_put_number(v, sw_view_int(o, "kernel_drops"));
			sw_view_put(v, " dropped by the kernel");
		}
	}
	sw_view_put(v, "\n");
}

static void put_seen(const struct screen *c, const json_t *trunk)
{
	const struct sw_view *v = &c->view;
	const json_t *seen = sw_view_object(trunk, "last_seen");
	const json_t *refused = sw_view_object(trunk, "last_refusal");

	sw_view_put(v, "  last seen ");
	if (seen) {
		put_clock(c, sw_view_text(seen, "ts"));
		sw_view_put(v, " by ");
		sw_view_put(v, sw_view_text(seen, "factor"));
		sw_view_put(v, " ");
		sw_view_alg(v, sw_view_text(seen, "alg"));
	} else {
		sw_view_put(v, "never");
	}
	if (!refused)
		return;
	sw_view_put(v, "  last refused ");
	put_clock(c, sw_view_text(refused, "ts"));
	sw_view_pair(v, " ", sw_view_text(refused, "reason"));
	sw_view_pair(v, ", id ", sw_view_text(refused, "id"));
}

static void put_trunk(const struct screen *c, const json_t *trunk)
{
	const struct sw_view *v = &c->view;
	const json_t *ways = json_object_get(trunk, "ways");

	sw_view_put(v, sw_view_text(trunk, "name"));
	sw_view_put(v, sw_view_is_true(trunk, "enabled") ? "  " : "  off  ");
	for (size_t i = 0; i < json_array_size(ways); i++) {
		const char *way = json_string_value(json_array_get(ways, i));

		sw_view_put(v, i > 0 ? " or " : "");
		sw_view_put(v, way ? way : "?");
	}
	if (sw_view_int(trunk, "users") > 0) { /* those of the store stand in its own line */
		sw_view_put(v, "  ");
		put_count(v, sw_view_int(trunk, "users"), "user", "users");
	}
	put_seen(c, trunk);
	sw_view_put(v, "\n");
}

static void put_trunks(const struct screen *c)
{
	const struct sw_view *v = &c->view;
	const json_t *list = json_object_get(v->decision, "trunks");
	size_t n = json_array_size(list);
	size_t shown = n < TRUNKS_SHOWN ? n : TRUNKS_SHOWN;

	for (size_t i = 0; i < shown; i++) {
		sw_view_put(v, i == 0 ? "trunks   " : "         ");
		put_trunk(c, json_array_get(list, i));
	}
	if (shown < n) {
		sw_view_put(v, "         and ");
		sw_view_put_number(v, (json_int_t)(n - shown));
		sw_view_put(v, " more: --json has them\n");
	}
}

/* What the database does not have yet, when that is more than a moment's. */
static void put_journal(const struct sw_view *v, const json_t *journal)
{
	json_int_t s = journal ? sw_view_int(journal, "behind_ms") / 1000 : 0;

	if (s < BEHIND_S)
		return;
	sw_view_put(v, ", without the registrations of the last ");
	sw_view_put_number(v, s);
	sw_view_put(v, " s: they wait in journals beside it");
}

/* store    sqlite /var/lib/sipward/sipward.db  3 users  up */
static void put_store(const struct sw_view *v)
{
	const json_t *o = sw_view_object(v->decision, "store");

	if (!o)
		return;
	sw_view_put(v, "store    ");
	sw_view_put(v, sw_view_text(o, "name"));
	sw_view_put(v, "  ");
	put_count(v, sw_view_int(o, "users"), "user", "users");
	sw_view_put(v, sw_view_is_true(o, "up") ? "  up" : "  down: ");
	if (!sw_view_is_true(o, "up"))
		sw_view_put(v, sw_view_text(o, "why"));
	put_journal(v, sw_view_object(o, "journal"));
	sw_view_put(v, "\n");
}

/* now      2 registrations   5 connections, 2 of them proven */
static void put_now(const struct sw_view *v)
{
	const json_t *o = sw_view_object(v->decision, "connections");
	json_int_t open = o ? sw_view_int(o, "open") : 0;

	sw_view_put(v, "now      ");
	put_count(v, sw_view_int(v->decision, "registrations"), "registration", "registrations");
	if (open > 0) {
		sw_view_put(v, "   ");
		put_count(v, open, "connection, ", "connections, ");
		sw_view_put_number(v, sw_view_int(o, "proven"));
		sw_view_put(v, open == 1 ? " proven" : " of them proven");
	}
	sw_view_put(v, "\n");
}

/* "3 allowed, 4 challenged, 1 refused" */
static void put_verdicts(const struct sw_view *v)
{
	static const char *const order[] = { "allowed", "challenged", "refused", "dropped" };
	const json_t *o = sw_view_object(v->decision, "verdicts");

	sw_view_put(v, "judged   ");
	for (size_t i = 0; i < SW_ARRAY_LEN(order); i++) {
		sw_view_put(v, i > 0 ? ", " : "");
		sw_view_put_number(v, sw_view_int(o, order[i]));
		sw_view_put(v, " ");
		sw_view_put(v, order[i]);
	}
	if (sw_view_int(v->decision, "again") > 0) {
		sw_view_put(v, "; came again: ");
		sw_view_put_number(v, sw_view_int(v->decision, "again"));
	}
	sw_view_put(v, "\n");
}

static void put_counters(const struct sw_view *v, const char *label, const char *key)
{
	json_t *o = json_object_get(v->decision, key);
	const char *name;
	json_t *count;
	bool begun = false;

	json_object_foreach(o, name, count)
	{
		if (strcmp(name, "ok") == 0)
			continue;
		sw_view_put(v, begun ? ", " : label);
		begun = true;
		sw_view_put(v, name);
		sw_view_put(v, " ");
		sw_view_put_number(v, json_integer_value(count));
	}
	if (begun)
		sw_view_put(v, "\n");
}

/* Things that should be 0 are shown when they are not. */
static void put_trouble(const struct sw_view *v)
{
	static const struct {
		const char *key, *text;
	} rows[] = {
		{ "send_failed", "answers that the kernel did not take" },
		{ "flow_gone", "messages for connections that were gone" },
		{ "events_lost",
		  "decisions that came too fast for the log; explain has the newest" },
		{ "log_failed",
		  "lines of the log that were lost; is its disk full, or its reader stuck?" }
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		json_int_t n = sw_view_int(v->decision, rows[i].key);

		if (n == 0)
			continue;
		sw_view_put(v, "trouble  ");
		sw_view_put_number(v, n);
		sw_view_put(v, " ");
		sw_view_put(v, rows[i].text);
		sw_view_put(v, "\n");
	}
}

void sw_screen_write(struct sw_buf *b, const json_t *status, struct sw_wall now)
{
	struct screen c = { .view = sw_view_of(b, status, false) };
	struct sw_buf today = sw_buf_over(c.today, sizeof(c.today));
	const struct sw_view *v = &c.view;

	sw_text_date(&today, now);
	put_running(&c);
	put_door(v);
	put_trunks(&c);
	put_store(v);
	sw_screen_roles(v);
	put_now(v);
	put_verdicts(v);
	put_counters(v, "reasons  ", "reasons");
	put_counters(v, "warnings ", "warnings");
	put_trouble(v);
}
