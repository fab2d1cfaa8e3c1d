/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/screenroles.h"

#include <stdio.h>

#define WORKERS_SHOWN 8

static void put_times(const struct sw_view *v, json_int_t n)
{
	sw_view_put_number(v, n);
	sw_view_put(v, n == 1 ? " time" : " times");
}

static void put_percent(const struct sw_view *v, double share)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%.0f %%", share * 100);
	sw_view_put(v, text);
}

static void put_restarts(const struct sw_view *v, const json_t *role)
{
	json_int_t n = sw_view_int(role, "restarts");

	if (n == 0)
		return;
	sw_view_put(v, ", restarted ");
	if (n > 1)
		sw_view_put_number(v, n);
	sw_view_put(v, n == 1 ? "once" : " times");
}

static bool is_ok(const json_t *role)
{
	return strcmp(sw_view_text(role, "state"), "ok") == 0;
}

/* workers  0 pid 4122 busy 12 %   1 pid 4131 busy 9 %, restarted once */
static void put_worker(const struct sw_view *v, const json_t *role)
{
	sw_view_put_number(v, sw_view_int(role, "worker"));
	if (is_ok(role)) {
		sw_view_put(v, " pid ");
		sw_view_put_number(v, sw_view_int(role, "pid"));
		sw_view_put(v, " busy ");
		put_percent(v, json_real_value(json_object_get(role, "busy")));
	} else {
		sw_view_pair(v, " ", sw_view_text(role, "state"));
	}
	put_restarts(v, role);
}

static void put_workers(const struct sw_view *v, const json_t *roles)
{
	size_t shown = 0, all = 0;

	for (size_t i = 0; i < json_array_size(roles); i++) {
		const json_t *role = json_array_get(roles, i);

		if (strcmp(sw_view_text(role, "role"), "worker") != 0)
			continue;
		all++;
		if (shown >= WORKERS_SHOWN && is_ok(role) && sw_view_int(role, "restarts") == 0)
			continue;
		sw_view_put(v, shown++ == 0 ? "workers  " : "   ");
		put_worker(v, role);
	}
	if (shown < all) {
		sw_view_put(v, "   and ");
		sw_view_put_number(v, (json_int_t)(all - shown));
		sw_view_put(v, " more");
	}
	if (all > 0)
		sw_view_put(v, "\n");
}

/* The others, when there is something to say of one. */
static void put_others(const struct sw_view *v, const json_t *roles)
{
	for (size_t i = 0; i < json_array_size(roles); i++) {
		const json_t *role = json_array_get(roles, i);
		const char *name = sw_view_text(role, "role");

		if (strcmp(name, "worker") == 0 ||
		    (is_ok(role) && sw_view_int(role, "restarts") == 0))
			continue;
		sw_view_pair(v, "role     ", name);
		sw_view_pair(v, " ", sw_view_text(role, "state"));
		put_restarts(v, role);
		sw_view_put(v, "\n");
	}
}

/* tables   users 3 of 100000   bindings 99000 of 100000 (99 %) */
static void put_tables(const struct sw_view *v)
{
	json_t *tables = json_object_get(v->decision, "tables");
	bool begun = false;
	const char *name;
	json_t *t;

	json_object_foreach(tables, name, t)
	{
		json_int_t used = sw_view_int(t, "used"), room = sw_view_int(t, "capacity");

		sw_view_put(v, begun ? "   " : "tables   ");
		begun = true;
		sw_view_put(v, name);
		sw_view_put(v, " ");
		sw_view_put_number(v, used);
		sw_view_put(v, " of ");
		sw_view_put_number(v, room);
		if (room > 0 && used >= room - room / 5) {
			sw_view_put(v, " (");
			put_percent(v, (double)used / (double)room);
			sw_view_put(v, ")");
		}
	}
	if (begun)
		sw_view_put(v, "\n");
}

/* Somebody who looks at night is told what a worker that is away costs. */
static void put_away(const struct sw_view *v, const json_t *roles)
{
	json_int_t all = 0, away = 0;

	for (size_t i = 0; i < json_array_size(roles); i++) {
		const json_t *role = json_array_get(roles, i);

		if (strcmp(sw_view_text(role, "role"), "worker") != 0)
			continue;
		all++;
		away += !is_ok(role);
	}
	if (away == 0)
		return;
	sw_view_put(v, "trouble  ");
	sw_view_put_number(v, away);
	sw_view_put(v, " of ");
	sw_view_put_number(v, all);
	sw_view_put(v, away == 1 ? " workers does not serve" : " workers do not serve");
	sw_view_put(v, ": part of what comes in gets no answer; the log says why\n");
}

static void put_full(const struct sw_view *v)
{
	json_t *tables = json_object_get(v->decision, "tables");
	const char *name;
	json_t *t;

	json_object_foreach(tables, name, t)
	{
		json_int_t room = sw_view_int(t, "capacity");

		if (room == 0 || sw_view_int(t, "used") < room)
			continue;
		sw_view_pair(v, "trouble  no room for more ", name);
		sw_view_pair(v, ", new ones are refused: raise \"capacity ", name);
		sw_view_put(v, "\" and start the door again\n");
	}
}

/* Parts of tables that somebody did not give back in time. */
static void put_stuck(const struct sw_view *v)
{
	json_t *tables = json_object_get(v->decision, "tables");
	const char *name;
	json_t *t;

	json_object_foreach(tables, name, t)
	{
		json_int_t stuck = sw_view_int(t, "stuck"), orphans = sw_view_int(t, "orphans");

		if (stuck == 0 && orphans == 0)
			continue;
		sw_view_pair(v, "trouble  ", name);
		sw_view_put(v, ": a part of the table was not free within 50 ms: ");
		put_times(v, stuck);
		sw_view_put(v, "; who was changing it had died: ");
		put_times(v, orphans);
		if (sw_view_int(t, "held") > 0) {
			sw_view_put(v, "; ");
			sw_view_put_number(v, sw_view_int(t, "held"));
			sw_view_put(v, " parts are not free now");
		}
		sw_view_put(v, "\n");
	}
}

static void put_load(const struct sw_view *v)
{
	const json_t *load = sw_view_object(v->decision, "load");

	if (!load || sw_view_is_true(load, "ok"))
		return;
	sw_view_pair(v, "load     the last one failed, the one before serves: ",
		     sw_view_text(load, "why"));
	sw_view_put(v, "\n");
}

void sw_screen_roles(const struct sw_view *v)
{
	const json_t *roles = json_object_get(v->decision, "roles");
	const char *sandbox = sw_view_text(v->decision, "sandbox");

	put_workers(v, roles);
	put_others(v, roles);
	if (sandbox[0] != '\0') {
		sw_view_pair(v, "sandbox  ", sandbox);
		if (strstr(sandbox, "no-caps") && !strstr(sandbox, "user"))
			sw_view_put(v, "; the roles are root: see sipward check --runtime");
		sw_view_put(v, "\n");
	}
	put_tables(v);
	put_away(v, roles);
	put_full(v);
	put_stuck(v);
	put_load(v);
}
