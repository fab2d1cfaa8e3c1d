/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/shared.h"

#include <errno.h>
#include <unistd.h>

#include "base/secret.h"
#include "share/clock.h"
#include "sip/users.h"

static bool say_no_memory(const char *what, struct sw_why *why)
{
	return sw_why_say(why,
			  "there is no memory for %s (%s): set smaller capacities, or allow more "
			  "(ulimit -v, vm.overcommit_memory)",
			  what, sw_why_errno(errno));
}

static void fill(struct sw_board *b, enum sw_board_table t, uint32_t capacity)
{
	atomic_store_explicit(&b->fill[t].capacity, capacity, memory_order_relaxed);
}

static bool make_board(struct sw_shared *s, uint32_t workers, struct sw_why *why)
{
	if (!sw_area_make_fd(&s->memory, &s->board_fd, "sipward-board", sw_board_size(workers), 0))
		return say_no_memory("the board", why);
	sw_board_init(&s->board, s->memory.p, workers);
	atomic_store(s->board.started_us, sw_clock_wall().us);
	atomic_store(&s->board.cell[SW_BOARD_PARENT].pid, (uint32_t)getpid());
	atomic_store(&s->board.cell[SW_BOARD_PARENT].starts, 1);
	atomic_store(&s->board.cell[SW_BOARD_PARENT].started_us, sw_clock_wall().us);
	return true;
}

static bool make_tables(struct sw_shared *s, const struct sw_capacity *c, struct sw_why *why)
{
	if (!sw_area_make(&s->users, sw_users_kept_size(c->users), SW_AREA_SECRET))
		return say_no_memory("the table of users", why);
	if (!sw_area_make(&s->bindings, sw_location_size(c->bindings), 0))
		return say_no_memory("the table of bindings", why);
	if (!sw_area_make(&s->nonces, sw_replay_size(c->nonces), 0))
		return say_no_memory("the table of nonces", why);
	return sw_area_make(&s->proven, sw_proven_size(SW_SHARED_SOURCES), 0) ||
	       say_no_memory("the table of proven sources", why);
}

static bool init_tables(struct sw_shared *s, const struct sw_capacity *c,
			const uint8_t seed[SW_SEED_LEN], struct sw_why *why)
{
	struct sw_tables *t = &s->tables;
	struct sw_mac_key location, proven; /* an address is found by its user's hash: one key */
	bool ok = sw_mac_derive(seed, SW_LIT("users"), &location) &&
		  sw_mac_derive(seed, SW_LIT("proven"), &proven);

	if (ok) {
		sw_users_kept_init(&t->users, s->users.p, c->users);
		sw_location_init(&t->location, s->bindings.p, c->bindings, &location);
		sw_replay_init(&t->replay, s->nonces.p, c->nonces);
		sw_proven_init(&t->proven, s->proven.p, SW_SHARED_SOURCES, &proven);
	}
	sw_secret_wipe(&location, sizeof(location));
	sw_secret_wipe(&proven, sizeof(proven));
	return ok || sw_why_say(why, "OpenSSL gives no keys for the tables");
}

static bool make_locks(struct sw_area *a, const struct sw_shards *shards, struct sw_why *why)
{
	return sw_area_make(a, sw_robust_size(shards->count), 0) ||
	       say_no_memory("the locks of tables", why);
}

static bool open_locks(struct sw_robust *r, const struct sw_area *a, struct sw_shards *shards)
{
	if (!sw_robust_open(r, a->p, shards->count))
		return false;
	shards->locks = sw_robust_locks(r);
	return true;
}

bool sw_shared_open(const struct sw_shared *s, struct sw_tables_locks *locks, struct sw_roll *users,
		    struct sw_location *location, struct sw_replay *replay)
{
	return open_locks(&locks->users, &s->users_locks, &users->shards) &&
	       open_locks(&locks->bindings, &s->bindings_locks, &location->shards) &&
	       (!replay || open_locks(&locks->nonces, &s->nonces_locks, &replay->shards));
}

bool sw_shared_make(struct sw_shared *s, const struct sw_capacity *c, uint32_t workers,
		    const uint8_t seed[SW_SEED_LEN], struct sw_why *why)
{
	s->board_fd = -1;
	if (!make_board(s, workers, why) || !make_tables(s, c, why) ||
	    !init_tables(s, c, seed, why) ||
	    !make_locks(&s->users_locks, &s->tables.users.shards, why) ||
	    !make_locks(&s->bindings_locks, &s->tables.location.shards, why) ||
	    !make_locks(&s->nonces_locks, &s->tables.replay.shards, why))
		return false;
	fill(&s->board, SW_BOARD_USERS, c->users);
	fill(&s->board, SW_BOARD_BINDINGS, c->bindings);
	fill(&s->board, SW_BOARD_NONCES, c->nonces);
	return true;
}

void sw_shared_free(struct sw_shared *s)
{
	sw_area_close(&s->users);
	sw_area_close(&s->bindings);
	sw_area_close(&s->nonces);
	sw_area_close(&s->proven);
	sw_area_close(&s->users_locks);
	sw_area_close(&s->bindings_locks);
	sw_area_close(&s->nonces_locks);
	if (s->memory.p)
		close(s->board_fd);
	sw_area_close(&s->memory);
	sw_secret_wipe(&s->tables, sizeof(s->tables));
}
