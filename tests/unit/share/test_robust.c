/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "share/clock.h"
#include "share/robust.h"

#define SHARDS 8

struct place {
	_Atomic uint32_t step; /* what a child has reached */
	_Alignas(64) char locks[];
};

static struct place *place_new(void)
{
	struct place *p = mmap(NULL, sizeof(*p) + sw_robust_size(SHARDS), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

static void place_free(struct place *p)
{
	assert_int_equal(munmap(p, sizeof(*p) + sw_robust_size(SHARDS)), 0);
}

static void open_at(struct sw_robust *r, struct place *p)
{
	assert_true(sw_robust_open(r, p->locks, SHARDS));
}

static enum sw_lock_got take(struct sw_robust *r, uint32_t shard)
{
	struct sw_locks l = sw_robust_locks(r);

	return sw_locks_take(&l, shard);
}

static void give(struct sw_robust *r, uint32_t shard)
{
	struct sw_locks l = sw_robust_locks(r);

	sw_locks_give(&l, shard);
}

static void await(struct place *p, uint32_t step)
{
	while (atomic_load(&p->step) < step)
		usleep(200);
}

/* A child that holds these shards until it is killed. */
static pid_t hold(struct place *p, const uint32_t *shard, size_t n)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (child > 0) {
		await(p, 1);
		atomic_store(&p->step, 0);
		return child;
	}
	struct sw_robust r;

	if (!sw_robust_open(&r, p->locks, SHARDS))
		_exit(1);
	for (size_t i = 0; i < n; i++)
		if (take(&r, shard[i]) == SW_LOCK_BUSY)
			_exit(1);
	atomic_store(&p->step, 1);
	for (;;)
		pause();
}

static void end(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
}

static struct sw_robust_counts counts(const struct sw_robust *r)
{
	struct sw_robust_counts c;

	sw_robust_count(r, &c);
	return c;
}

static void locks_of_nobody_are_always_got(void **state)
{
	struct sw_locks l = { 0 };

	(void)state;
	assert_int_equal(sw_locks_take(&l, 7), SW_LOCK_GOT);
	assert_int_equal(sw_locks_take(&l, 7), SW_LOCK_GOT);
	sw_locks_give(&l, 7);
}

static void a_zeroed_view_gets_nothing(void **state)
{
	struct sw_robust r = { 0 };

	(void)state;
	assert_int_equal(take(&r, 0), SW_LOCK_BUSY);
	give(&r, 0);
}

static void a_view_that_only_looks_gets_nothing(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;

	(void)state;
	sw_robust_watch(&r, p->locks, SHARDS);
	assert_int_equal(take(&r, 0), SW_LOCK_BUSY);
	place_free(p);
}

static void a_shard_beyond_the_last_is_busy(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	assert_int_equal(take(&r, SHARDS), SW_LOCK_BUSY);
	assert_int_equal(take(&r, UINT32_MAX), SW_LOCK_BUSY);
	give(&r, UINT32_MAX);
	place_free(p);
}

static void what_was_given_back_is_got_again(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	for (uint32_t i = 0; i < 3 * SHARDS; i++) {
		assert_int_equal(take(&r, i % SHARDS), SW_LOCK_GOT);
		give(&r, i % SHARDS);
	}
	assert_int_equal(counts(&r).waits + counts(&r).busy + counts(&r).orphans, 0);
	place_free(p);
}

static void giving_what_is_not_held_changes_nothing(void **state)
{
	struct place *p = place_new();
	uint32_t shard = 3;
	pid_t child = hold(p, &shard, 1);
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	give(&r, 3);
	give(&r, 4);
	assert_int_equal(take(&r, 3), SW_LOCK_BUSY);
	assert_int_equal(take(&r, 4), SW_LOCK_GOT);
	give(&r, 4);
	end(child);
	place_free(p);
}

/* It was buried while it lived, and somebody repairs what it had: that one goes on to hold it. */
static void giving_what_another_holds_by_now_leaves_it_to_that_one(void **state)
{
	static const uint32_t shard = 3;
	struct place *p = place_new();
	struct sw_robust r;
	pid_t child;

	(void)state;
	open_at(&r, p);
	assert_int_equal(take(&r, shard), SW_LOCK_GOT);
	assert_int_equal(sw_robust_bury(&r, r.self), 1);
	child = hold(p, &shard, 1);
	give(&r, shard);
	assert_int_equal(take(&r, shard), SW_LOCK_BUSY);
	end(child);
	assert_int_equal(take(&r, shard), SW_LOCK_ORPHAN);
	give(&r, shard);
	assert_int_equal(sw_robust_bury(&r, r.self), 0);
	place_free(p);
}

/* Whoever repairs it next hears that it has to. */
static void giving_what_was_buried_leaves_an_orphan(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	assert_int_equal(take(&r, 3), SW_LOCK_GOT);
	assert_int_equal(sw_robust_bury(&r, r.self), 1);
	give(&r, 3);
	assert_int_equal(take(&r, 3), SW_LOCK_ORPHAN);
	give(&r, 3);
	place_free(p);
}

static void more_locks_than_a_thread_may_hold_are_busy(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	for (uint32_t i = 0; i < SW_ROBUST_NEST; i++)
		assert_int_equal(take(&r, i), SW_LOCK_GOT);
	assert_int_equal(take(&r, SW_ROBUST_NEST), SW_LOCK_BUSY);
	give(&r, 1); /* neither the first nor the last */
	assert_int_equal(take(&r, SW_ROBUST_NEST), SW_LOCK_GOT);
	for (uint32_t i = 0; i <= SW_ROBUST_NEST; i++)
		give(&r, i);
	for (uint32_t i = 0; i < SHARDS; i++) {
		assert_int_equal(take(&r, i), SW_LOCK_GOT);
		give(&r, i);
	}
	place_free(p);
}

static void every_lock_of_a_dead_holder_is_an_orphan_once(void **state)
{
	static const uint32_t shard[] = { 5, 0, 7, 2 };
	struct place *p = place_new();
	pid_t child = hold(p, shard, SW_ARRAY_LEN(shard));
	struct sw_robust r;

	(void)state;
	_Static_assert(SW_ARRAY_LEN(shard) == SW_ROBUST_NEST, "as many as there may be");
	open_at(&r, p);
	end(child);
	assert_int_equal(sw_robust_bury(&r, (uint32_t)child), 0);
	for (size_t i = 0; i < SW_ARRAY_LEN(shard); i++) {
		assert_int_equal(take(&r, shard[i]), SW_LOCK_ORPHAN);
		give(&r, shard[i]);
		assert_int_equal(take(&r, shard[i]), SW_LOCK_GOT);
		give(&r, shard[i]);
	}
	assert_int_equal(counts(&r).orphans, SW_ARRAY_LEN(shard));
	assert_int_equal(counts(&r).waits, 0);
	place_free(p);
}

static void who_dies_of_an_orphan_leaves_an_orphan(void **state)
{
	uint32_t shard = 6;
	struct place *p = place_new();
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	for (int i = 0; i < 3; i++)
		end(hold(p, &shard, 1));
	assert_int_equal(take(&r, 6), SW_LOCK_ORPHAN);
	give(&r, 6);
	assert_int_equal(counts(&r).orphans, 3);
	place_free(p);
}

static void who_stands_still_costs_one_wait_and_one_event(void **state)
{
	uint32_t shard = 4;
	struct place *p = place_new();
	pid_t child = hold(p, &shard, 1);
	struct sw_robust_stuck stuck;
	struct sw_robust r;
	uint64_t start_us;

	(void)state;
	open_at(&r, p);
	assert_false(sw_robust_next_stuck(&r, &stuck));
	start_us = sw_clock_mono().us;
	assert_int_equal(take(&r, 4), SW_LOCK_BUSY);
	assert_true(sw_clock_mono().us - start_us >= SW_ROBUST_WAIT_US);
	assert_int_equal(counts(&r).stuck, 1);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(take(&r, 4), SW_LOCK_BUSY);
	assert_int_equal(counts(&r).waits, 1); /* the thousand did not wait */
	assert_int_equal(counts(&r).busy, 1001);
	assert_int_equal(take(&r, 5), SW_LOCK_GOT); /* the others go on */
	give(&r, 5);
	assert_true(sw_robust_next_stuck(&r, &stuck));
	assert_int_equal(stuck.shard, 4);
	assert_int_equal(stuck.holder, child);
	assert_false(sw_robust_next_stuck(&r, &stuck));
	assert_int_equal(sw_robust_stuck_holder(&r, 4), child);
	assert_int_equal(sw_robust_stuck_holder(&r, 5), 0);
	assert_int_equal(sw_robust_stuck_holder(&r, SHARDS), 0);
	end(child);
	assert_int_equal(sw_robust_stuck_holder(&r, 4), 0);
	assert_int_equal(take(&r, 4), SW_LOCK_ORPHAN);
	assert_int_equal(counts(&r).stuck, 0);
	give(&r, 4);
	place_free(p);
}

static void what_moves_again_is_waited_for_again(void **state)
{
	uint32_t shard = 1;
	struct place *p = place_new();
	struct sw_robust_stuck stuck;
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	for (uint32_t i = 1; i <= 2; i++) {
		pid_t child = hold(p, &shard, 1);

		assert_int_equal(take(&r, 1), SW_LOCK_BUSY);
		assert_int_equal(take(&r, 1), SW_LOCK_BUSY);
		assert_int_equal(counts(&r).waits, i);
		assert_true(sw_robust_next_stuck(&r, &stuck));
		assert_false(sw_robust_next_stuck(&r, &stuck));
		end(child);
		assert_int_equal(take(&r, 1), SW_LOCK_ORPHAN);
		give(&r, 1);
	}
	place_free(p);
}

static void a_death_wakes_who_waits(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;
	uint64_t start_us;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		if (!sw_robust_open(&r, p->locks, SHARDS) || take(&r, 2) != SW_LOCK_GOT)
			_exit(1);
		atomic_store(&p->step, 1);
		usleep(5000);
		kill(getpid(), SIGKILL);
	}
	open_at(&r, p);
	await(p, 1);
	start_us = sw_clock_mono().us;
	assert_int_equal(take(&r, 2), SW_LOCK_ORPHAN);
	assert_true(sw_clock_mono().us - start_us < SW_ROBUST_WAIT_US);
	assert_int_equal(waitpid(child, NULL, 0), child);
	give(&r, 2);
	place_free(p);
}

static void burying_leaves_the_locks_of_the_others_alone(void **state)
{
	uint32_t mine[] = { 1, 2 }, yours[] = { 3 };
	struct place *p = place_new();
	pid_t one = hold(p, mine, 2), two = hold(p, yours, 1);
	struct sw_robust r;

	(void)state;
	sw_robust_watch(&r, p->locks, SHARDS);
	assert_int_equal(sw_robust_bury(&r, 0), 0);
	assert_int_equal(sw_robust_bury(&r, (uint32_t)one), 2); /* as if the kernel had not */
	open_at(&r, p);
	assert_int_equal(take(&r, 1), SW_LOCK_ORPHAN);
	assert_int_equal(take(&r, 2), SW_LOCK_ORPHAN);
	assert_int_equal(take(&r, 3), SW_LOCK_BUSY);
	give(&r, 2);
	give(&r, 1);
	end(one);
	end(two);
	assert_int_equal(take(&r, 1), SW_LOCK_GOT); /* the late death takes nothing from us */
	give(&r, 1);
	place_free(p);
}

static void what_a_parent_held_is_no_lock_of_its_child(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;
	pid_t child;
	int status;

	(void)state;
	open_at(&r, p);
	assert_int_equal(take(&r, 0), SW_LOCK_GOT);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (!sw_robust_open(&r, p->locks, SHARDS))
			_exit(1);
		give(&r, 0);
		_exit(take(&r, 0) != SW_LOCK_BUSY || take(&r, 1) != SW_LOCK_GOT);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	give(&r, 0);
	assert_int_equal(take(&r, 0), SW_LOCK_GOT);
	assert_int_equal(take(&r, 1), SW_LOCK_ORPHAN);
	give(&r, 1);
	give(&r, 0);
	place_free(p);
}

/* Whatever another process writes there: no crash, and nothing but BUSY and ORPHAN comes of it. */
static void garbage_in_the_memory_harms_only_the_locks(void **state)
{
	struct place *p = place_new();
	struct sw_robust_stuck stuck;
	struct sw_robust r;

	(void)state;
	open_at(&r, p);
	assert_int_equal(take(&r, 0), SW_LOCK_GOT);
	memset(p->locks, 0xff, sw_robust_size(SHARDS)); /* pointers of the list too */
	give(&r, 0);
	for (uint32_t i = 0; i < SHARDS; i++)
		assert_int_equal(take(&r, i), SW_LOCK_BUSY);
	for (uint32_t i = 0; i < 2 * SHARDS; i++)
		if (!sw_robust_next_stuck(&r, &stuck))
			break;
	assert_false(sw_robust_next_stuck(&r, &stuck));
	assert_int_equal(sw_robust_bury(&r, FUTEX_TID_MASK), SHARDS);
	assert_int_equal(take(&r, 0), SW_LOCK_ORPHAN);
	give(&r, 0);
	assert_int_equal(take(&r, 0), SW_LOCK_GOT);
	give(&r, 0);
	place_free(p);
}

#define THREADS 4
#define ROUNDS  50000

struct crowd {
	struct place *place;
	uint64_t sum[SHARDS]; /* each under its lock */
};

static void *add_many(void *arg)
{
	struct crowd *c = arg;
	struct sw_robust r;
	uintptr_t added = 0;

	if (!sw_robust_open(&r, c->place->locks, SHARDS))
		return NULL;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t shard = i * 7 % 2; /* all want the same two */

		if (take(&r, shard) != SW_LOCK_GOT)
			continue;
		c->sum[shard]++;
		added++;
		give(&r, shard);
	}
	return (void *)added;
}

static void threads_never_hold_the_same_lock(void **state)
{
	struct crowd c = { .place = place_new() };
	pthread_t thread[THREADS];
	uint64_t added = 0;
	struct sw_robust r;

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, add_many, &c), 0);
	for (int i = 0; i < THREADS; i++) {
		void *n;

		pthread_join(thread[i], &n);
		added += (uintptr_t)n;
	}
	assert_int_equal(c.sum[0] + c.sum[1], added);
	sw_robust_watch(&r, c.place->locks, SHARDS);
	assert_int_equal(added + counts(&r).busy, THREADS * ROUNDS);
	assert_int_equal(counts(&r).orphans, 0);
	place_free(c.place);
}

static void *die_with_it(void *arg)
{
	struct sw_robust r;

	return sw_robust_open(&r, arg, SHARDS) && take(&r, 0) == SW_LOCK_GOT ? arg : NULL;
}

static void a_thread_that_ends_leaves_an_orphan_too(void **state)
{
	struct place *p = place_new();
	struct sw_robust r;
	pthread_t thread;
	void *got;

	(void)state;
	open_at(&r, p);
	assert_int_equal(pthread_create(&thread, NULL, die_with_it, p->locks), 0);
	pthread_join(thread, &got);
	assert_non_null(got);
	assert_int_equal(take(&r, 0), SW_LOCK_ORPHAN);
	give(&r, 0);
	place_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(locks_of_nobody_are_always_got),
		cmocka_unit_test(a_zeroed_view_gets_nothing),
		cmocka_unit_test(a_view_that_only_looks_gets_nothing),
		cmocka_unit_test(a_shard_beyond_the_last_is_busy),
		cmocka_unit_test(what_was_given_back_is_got_again),
		cmocka_unit_test(giving_what_is_not_held_changes_nothing),
		cmocka_unit_test(giving_what_another_holds_by_now_leaves_it_to_that_one),
		cmocka_unit_test(giving_what_was_buried_leaves_an_orphan),
		cmocka_unit_test(more_locks_than_a_thread_may_hold_are_busy),
		cmocka_unit_test(every_lock_of_a_dead_holder_is_an_orphan_once),
		cmocka_unit_test(who_dies_of_an_orphan_leaves_an_orphan),
		cmocka_unit_test(who_stands_still_costs_one_wait_and_one_event),
		cmocka_unit_test(what_moves_again_is_waited_for_again),
		cmocka_unit_test(a_death_wakes_who_waits),
		cmocka_unit_test(burying_leaves_the_locks_of_the_others_alone),
		cmocka_unit_test(what_a_parent_held_is_no_lock_of_its_child),
		cmocka_unit_test(garbage_in_the_memory_harms_only_the_locks),
		cmocka_unit_test(threads_never_hold_the_same_lock),
		cmocka_unit_test(a_thread_that_ends_leaves_an_orphan_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
