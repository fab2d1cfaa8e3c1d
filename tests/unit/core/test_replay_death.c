/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker may die at any instruction while it uses up a count: no count that was accepted is ever
 * accepted again, and the windows of others go on.
 */
#include "vectors.h"

#include <sipward/replay.h>

#include "step.h"

#define CAPACITY 4
#define LATER    (1u << 18) /* nonces from this number on are issued hours after the others */

static struct sw_replay replay;
static unsigned orphans;

/* The first who takes the lock learns that its owner died. */
static enum sw_lock_got take_lock(void *arg, uint32_t shard)
{
	(void)arg;
	assert_int_equal(shard, 0);
	return orphans > 0 && orphans-- > 0 ? SW_LOCK_ORPHAN : SW_LOCK_GOT;
}

static struct sw_nonce nonce(uint32_t number)
{
	struct sw_nonce n = { .octets = "................", .issued = 100 + number / 2 };

	memcpy(n.octets + 8, &number, sizeof(number));
	return n;
}

static enum sw_reason take(struct sw_replay *r, uint32_t number, uint32_t nc)
{
	struct sw_nonce n = nonce(number);

	return sw_replay_take(r, &n, nc);
}

/* As it lies in shared memory. */
struct place {
	bool was_accepted; /* the worker went on with it */
	_Alignas(64) char table[];
};

static struct place *place;

static const struct deed {
	const char *name;
	uint32_t windows, number, nc;
} deeds[] = {
	{ "a new nonce", 3, 9, 1 },    { "a new nonce in a full table", 4, 9, 1 },
	{ "the next count", 3, 1, 3 }, { "a count that was overtaken", 3, 1, 1 },
	{ "a leap", 4, 1, 500 },       { "all counts", 3, 9, SW_REPLAY_ALL },
};

static void do_deed(void *arg)
{
	const struct deed *d = arg;

	if (take(&replay, d->number, d->nc) == SW_OK)
		place->was_accepted = true;
}

static void look(void *copy, bool is_done, void *arg)
{
	const struct deed *d = arg;
	struct place *p = copy;
	struct sw_replay r;

	sw_replay_init(&r, p->table, CAPACITY);
	r.shards.locks.take = take_lock;
	orphans = is_done ? 0 : 1;
	enum sw_reason again = take(&r, d->number, d->nc);

	assert_true(!is_done || p->was_accepted);
	if (p->was_accepted)
		assert_int_not_equal(again, SW_OK);
	if (again == SW_OK)
		assert_int_not_equal(take(&r, d->number, d->nc), SW_OK);
	for (uint32_t i = 0; i < d->windows; i++) {
		bool was_dropped = d->windows == CAPACITY && d->number == 9 && i == 0;

		assert_int_not_equal(take(&r, i, 2), SW_OK); /* was accepted long ago */
		if (!was_dropped && i != d->number)
			assert_int_equal(take(&r, i, 3), SW_OK);
	}
	for (uint32_t i = 20; i < 40; i++) { /* and it goes on */
		assert_int_equal(take(&r, i, 1), SW_OK);
		assert_int_not_equal(take(&r, i, 1), SW_OK);
	}
	assert_int_not_equal(take(&r, d->number, d->nc), SW_OK);
	assert_int_equal(sw_replay_fill(&r).used, CAPACITY);
}

/* Windows of long ago go, in whatever order the death has left them. */
static void look_hours_later(void *copy, bool is_done, void *arg)
{
	struct place *p = copy;
	struct sw_replay r;

	(void)arg;
	sw_replay_init(&r, p->table, CAPACITY);
	r.shards.locks.take = take_lock;
	orphans = is_done ? 0 : 1;
	for (uint32_t i = 0; i < 2 * CAPACITY; i++) {
		assert_int_equal(take(&r, LATER + i, 1), SW_OK);
		for (uint32_t j = 0; j <= i; j++)
			assert_int_not_equal(take(&r, LATER + j, 1), SW_OK);
	}
}

static void no_count_is_accepted_twice_whenever_a_worker_dies(void **state)
{
	size_t size = sizeof(*place) + sw_replay_size(CAPACITY);

	(void)state;
	place = step_memory(size);
	for (size_t i = 0; i < SW_ARRAY_LEN(deeds); i++) {
		struct deed d = deeds[i];

		memset(place, 0, size);
		sw_replay_init(&replay, place->table, CAPACITY);
		for (uint32_t j = 0; j < d.windows; j++)
			assert_int_equal(take(&replay, j, 2), SW_OK);
		print_message("%s: %u states\n", d.name,
			      step_through(place, size, do_deed, look, &d));
	}
	step_free(place, size);
}

static void nor_when_the_windows_that_are_left_are_hours_older(void **state)
{
	size_t size = sizeof(*place) + sw_replay_size(CAPACITY);

	(void)state;
	place = step_memory(size);
	for (size_t i = 0; i < SW_ARRAY_LEN(deeds); i++) {
		struct deed d = deeds[i];

		memset(place, 0, size);
		sw_replay_init(&replay, place->table, CAPACITY);
		for (uint32_t j = 0; j < d.windows; j++)
			assert_int_equal(take(&replay, j, 2), SW_OK);
		(void)step_through(place, size, do_deed, look_hours_later, &d);
	}
	step_free(place, size);
}

/* Whatever has no window when a worker has died is stale, as it may have had one. */
static void what_is_no_younger_than_a_window_is_stale_after_a_death(void **state)
{
	static uint64_t memory[4096];
	struct sw_nonce old = nonce(3);

	(void)state;
	assert_true(sw_replay_size(CAPACITY) <= sizeof(memory));
	sw_replay_init(&replay, memory, CAPACITY);
	replay.shards.locks.take = take_lock;
	assert_int_equal(take(&replay, 4, 1), SW_OK);
	assert_int_equal(sw_replay_look(&replay, &old, 1), SW_OK);
	orphans = 1;
	assert_int_equal(sw_replay_look(&replay, &old, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(&replay, 5, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(&replay, 6, 1), SW_OK);
	assert_int_equal(take(&replay, 4, 2), SW_OK);
	assert_int_equal(take(&replay, 4, 1), SW_R_DIGEST_REPLAY);
}

static enum sw_lock_got never(void *arg, uint32_t shard)
{
	(void)arg;
	(void)shard;
	return SW_LOCK_BUSY;
}

static void a_busy_shard_accepts_nothing(void **state)
{
	static uint64_t memory[4096];
	struct sw_nonce n = nonce(1);

	(void)state;
	sw_replay_init(&replay, memory, CAPACITY);
	replay.self = 3;
	assert_int_equal(take(&replay, 1, 1), SW_OK);
	assert_int_equal(sw_replay_owner(&replay, &n), 3);
	replay.shards.locks.take = never;
	assert_int_equal(sw_replay_look(&replay, &n, 2), SW_R_TABLE_BUSY);
	assert_int_equal(take(&replay, 1, 2), SW_R_TABLE_BUSY);
	assert_int_equal(sw_replay_owner(&replay, &n), 0);
	replay.shards.locks.take = NULL;
	assert_int_equal(take(&replay, 1, 2), SW_OK);
	n = nonce(2);
	assert_int_equal(sw_replay_owner(&replay, &n), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_count_is_accepted_twice_whenever_a_worker_dies),
		cmocka_unit_test(nor_when_the_windows_that_are_left_are_hours_older),
		cmocka_unit_test(what_is_no_younger_than_a_window_is_stale_after_a_death),
		cmocka_unit_test(a_busy_shard_accepts_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
