/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/gauge.h"

#include <stdio.h>

#define SAID 4 /* parts of a table that one look names: their marks are the roles' to make */

void sw_gauge_open(struct sw_gauge *g, const struct sw_roles *roles)
{
	const struct sw_shared *s = &roles->shared;
	const struct sw_tables *t = &s->tables;

	*g = (struct sw_gauge){ .roles = roles };
	sw_robust_watch(&g->locks[SW_BOARD_USERS], s->users_locks.p, t->users.shards.count);
	sw_robust_watch(&g->locks[SW_BOARD_BINDINGS], s->bindings_locks.p,
			t->location.shards.count);
	sw_robust_watch(&g->locks[SW_BOARD_NONCES], s->nonces_locks.p, t->replay.shards.count);
}

/* "worker 1 (pid 4711)": of a thread, and of who is none of ours, the number alone is known. */
static void name_holder(const struct sw_roles *r, uint32_t holder, char *out, size_t n)
{
	const struct sw_role *role = NULL;

	for (uint32_t i = 0; i < r->n; i++)
		if (r->role[i].pid > 0 && (uint32_t)r->role[i].pid == holder)
			role = &r->role[i];
	if (role)
		(void)snprintf(out, n, "%s (pid %u)", role->name, holder);
	else if (holder > 0)
		(void)snprintf(out, n, "thread %u", holder);
	else
		(void)snprintf(out, n, "somebody who is gone");
}

static void say_stuck(const struct sw_gauge *g, enum sw_board_table t,
		      const struct sw_robust_stuck *stuck, struct sw_notes *notes)
{
	char holder[64];

	name_holder(g->roles, stuck->holder, holder, sizeof(holder));
	sw_notes_say(notes, SW_LEVEL_ERROR,
		     "table: part %u of %u of the %s was not let go within 50 ms by %s: what needs "
		     "it gets 503 until it moves",
		     stuck->shard, g->locks[t].shards, sw_board_table_name(t), holder);
}

/* Of threads nobody knows which are ours: all count. */
static bool is_ours(const struct sw_roles *r, uint32_t holder)
{
	bool has_pids = false;

	for (uint32_t i = 0; i < r->n; i++) {
		if (r->role[i].pid > 0 && (uint32_t)r->role[i].pid == holder)
			return true;
		has_pids |= r->role[i].pid > 0;
	}
	return !has_pids;
}

/*
 * The name of a holder is a number that any role may have written. Of one who is no role nobody
 * would see the end, so the part would be kept for ever: it is taken from it.
 */
static void bury_strangers(struct sw_gauge *g, enum sw_board_table t)
{
	for (uint32_t i = 0; i < g->locks[t].shards; i++) {
		uint32_t holder = sw_robust_stuck_holder(&g->locks[t], i);

		if (holder > 0 && !is_ours(g->roles, holder))
			(void)sw_robust_bury(&g->locks[t], holder);
	}
}

static void say_orphans(enum sw_board_table t, uint64_t n, struct sw_notes *notes)
{
	sw_notes_say(notes, SW_LEVEL_WARN,
		     "table: who died held %llu lock%s of the %s; what was being changed there is "
		     "dropped, and the rest repaired",
		     (unsigned long long)n, n == 1 ? "" : "s", sw_board_table_name(t));
}

static void put(_Atomic uint64_t *to, uint64_t value)
{
	atomic_store_explicit(to, value, memory_order_relaxed);
}

static void look_at(struct sw_gauge *g, enum sw_board_table t, struct sw_notes *notes)
{
	struct sw_board_fill *f = &g->roles->shared.board.fill[t];
	struct sw_robust_counts counts;
	struct sw_robust_stuck stuck;

	for (int i = 0; i < SAID && sw_robust_next_stuck(&g->locks[t], &stuck); i++) {
		sw_metric_add(&f->stuck);
		say_stuck(g, t, &stuck, notes);
	}
	sw_robust_count(&g->locks[t], &counts);
	if (counts.orphans > g->orphans[t])
		say_orphans(t, counts.orphans - g->orphans[t], notes);
	g->orphans[t] = counts.orphans;
	put(&f->waits, counts.waits);
	put(&f->busy, counts.busy);
	put(&f->held, counts.stuck);
	put(&f->orphans, counts.orphans);
}

void sw_gauge_look(struct sw_gauge *g, struct sw_notes *notes)
{
	const struct sw_shared *s = &g->roles->shared;
	const struct sw_tables *t = &s->tables;
	struct sw_board_fill *f = s->board.fill;

	put(&f[SW_BOARD_USERS].used, sw_roll_fill(&t->users).used);
	put(&f[SW_BOARD_BINDINGS].used, sw_location_fill(&t->location).used);
	put(&f[SW_BOARD_NONCES].used, sw_replay_fill(&t->replay).used);
	for (int i = 0; i < SW_BOARD_TABLES; i++) {
		look_at(g, (enum sw_board_table)i, notes);
		bury_strangers(g, (enum sw_board_table)i);
	}
}

bool sw_gauge_is_held_by(const struct sw_gauge *g, uint32_t pid)
{
	for (int t = 0; t < SW_BOARD_TABLES; t++)
		for (uint32_t i = 0; i < g->locks[t].shards; i++)
			if (pid > 0 && sw_robust_stuck_holder(&g->locks[t], i) == pid)
				return true;
	return false;
}

void sw_gauge_bury(struct sw_gauge *g, uint32_t pid)
{
	for (int i = 0; i < SW_BOARD_TABLES; i++)
		(void)sw_robust_bury(&g->locks[i], pid);
}
