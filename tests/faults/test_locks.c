/* SPDX-License-Identifier: Apache-2.0 */
/* Shard locks whose holders and waiters are killed or stopped, thousands of times. */
#include "faults/deaths.h"

#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "share/clock.h"
#include "share/robust.h"

#define CHILDREN 3
#define SHARDS   4

/* Under its lock: two counts that are the same when nobody is inside. Plain memory on purpose. */
struct sums {
	uint64_t first;
	char apart[120];
	uint64_t second;
};

struct place {
	_Atomic uint64_t done[CHILDREN]; /* times that one was through, over all its lives */
	_Atomic uint64_t repaired;       /* orphans that somebody has put in order */
	_Atomic uint64_t left;           /* locks that were held at deaths from inside */
	_Atomic uint32_t lives;
	uint32_t deadly; /* one of so many holds ends in the death of the holder; 0: none */
	struct sums sums[SHARDS];
	_Alignas(64) char locks[];
};

#define PLACE (sizeof(struct place) + sw_robust_size(SHARDS))

/* The holder before died somewhere between the two. */
static void repair(struct place *p, struct sums *s)
{
	HOLDS(s->first - s->second <= 1);
	s->second = s->first;
	atomic_fetch_add(&p->repaired, 1);
}

static void die_holding(struct place *p, uint32_t held)
{
	atomic_fetch_add(&p->left, held);
	deaths_self();
}

static void work_inside(struct place *p, struct sums *s, struct dice *d, uint32_t held)
{
	uint32_t fate = p->deadly ? dice_throw(d, p->deadly) : UINT32_MAX;

	HOLDS(s->first == s->second);
	if (fate == 0)
		die_holding(p, held);
	s->first++;
	atomic_signal_fence(memory_order_seq_cst);
	if (fate == 1)
		die_holding(p, held);
	s->second++;
	atomic_signal_fence(memory_order_seq_cst);
	if (fate == 2)
		die_holding(p, held);
}

/* Sometimes with a second lock inside, of a higher shard, so that no two wait for each other. */
static bool work_in(struct place *p, const struct sw_locks *l, uint32_t shard, struct dice *d,
		    uint32_t held)
{
	enum sw_lock_got got = sw_locks_take(l, shard);

	if (got == SW_LOCK_BUSY)
		return false;
	if (got == SW_LOCK_ORPHAN)
		repair(p, &p->sums[shard]);
	if (shard + 1 < SHARDS && dice_throw(d, 4) == 0)
		(void)work_in(p, l, shard + 1, d, held + 1);
	work_inside(p, &p->sums[shard], d, held);
	sw_locks_give(l, shard);
	return true;
}

static void work(void *arg, uint32_t number)
{
	struct place *p = arg;
	struct dice d = { 0x9e3779b97f4a7c15u + atomic_fetch_add(&p->lives, 1) };
	struct sw_robust r;

	HOLDS(sw_robust_open(&r, p->locks, SHARDS));
	struct sw_locks l = sw_robust_locks(&r);

	for (;;)
		if (work_in(p, &l, dice_throw(&d, SHARDS), &d, 1))
			atomic_fetch_add(&p->done[number], 1);
}

static struct place *place_new(uint32_t deadly)
{
	struct place *p = deaths_memory(PLACE);

	p->deadly = deadly;
	return p;
}

static uint64_t all_done(struct place *p)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < CHILDREN; i++)
		n += atomic_load(&p->done[i]);
	return n;
}

static struct sw_robust_counts counts_of(struct place *p)
{
	struct sw_robust_counts c;
	struct sw_robust r;

	sw_robust_watch(&r, p->locks, SHARDS);
	sw_robust_count(&r, &c);
	return c;
}

/* Nobody is left: every lock is free or an orphan, and what it guards is whole then. */
static void settle(struct place *p)
{
	struct sw_robust r;
	struct sw_locks l;

	assert_true(sw_robust_open(&r, p->locks, SHARDS));
	l = sw_robust_locks(&r);
	for (uint32_t i = 0; i < SHARDS; i++) {
		enum sw_lock_got got = sw_locks_take(&l, i);

		assert_int_not_equal(got, SW_LOCK_BUSY);
		if (got == SW_LOCK_ORPHAN)
			repair(p, &p->sums[i]);
		assert_int_equal(p->sums[i].first, p->sums[i].second);
		sw_locks_give(&l, i);
	}
	for (uint32_t i = 0; i < SHARDS; i++) {
		assert_int_equal(sw_locks_take(&l, i), SW_LOCK_GOT);
		sw_locks_give(&l, i);
	}
}

static uint64_t all_sums(const struct place *p)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < SHARDS; i++)
		n += p->sums[i].first;
	return n;
}

static uint32_t number_of(const pid_t child[CHILDREN], pid_t pid)
{
	uint32_t i = 0;

	while (i < CHILDREN && child[i] != pid)
		i++;
	assert_true(i < CHILDREN);
	return i;
}

/* Each of them dies of its own hand with one lock or more; ORPHAN comes once for each of these. */
static void each_death_inside_is_seen_by_exactly_one(void **state)
{
	struct place *p = place_new(300);
	uint32_t rounds = deaths_rounds(500);
	pid_t child[CHILDREN];

	(void)state;
	for (uint32_t i = 0; i < CHILDREN; i++)
		child[i] = deaths_child(work, p, i);
	for (uint32_t n = 0; n < rounds; n++) {
		int status;
		pid_t pid = waitpid(-1, &status, 0);
		uint32_t i = number_of(child, pid);

		assert_true(WIFSIGNALED(status));
		child[i] = n + CHILDREN < rounds ? deaths_child(work, p, i) : -1;
	}
	settle(p);
	print_message("%u deaths, %lu orphans, %lu holds\n", rounds,
		      (unsigned long)atomic_load(&p->repaired), (unsigned long)all_sums(p));
	assert_int_equal(counts_of(p).orphans, atomic_load(&p->repaired));
	assert_int_equal(atomic_load(&p->left), atomic_load(&p->repaired));
	assert_true(atomic_load(&p->left) >= rounds);
	assert_true(all_sums(p) >= all_done(p));
	assert_int_equal(counts_of(p).stuck, 0);
	munmap(p, PLACE);
}

static void await_progress(struct place *p)
{
	uint64_t was = all_done(p), start_us = sw_clock_mono().us;

	while (all_done(p) == was) {
		assert_true(sw_clock_mono().us - start_us < 5 * (uint64_t)SW_US_PER_S);
		usleep(50);
	}
}

/* Killed from outside, wherever they are: in the lock's own code too, and while they wait. */
static void a_death_anywhere_keeps_nobody_out(void **state)
{
	struct place *p = place_new(0);
	uint32_t rounds = deaths_rounds(500);
	struct dice d = { 77 };
	pid_t child[CHILDREN];

	(void)state;
	for (uint32_t i = 0; i < CHILDREN; i++)
		child[i] = deaths_child(work, p, i);
	for (uint32_t n = 0; n < rounds; n++) {
		uint32_t i = dice_throw(&d, CHILDREN);

		usleep(dice_throw(&d, 400));
		deaths_kill(child[i]);
		await_progress(p);
		child[i] = deaths_child(work, p, i);
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		deaths_kill(child[i]);
	settle(p);
	print_message("%u deaths, %lu orphans, %lu holds\n", rounds + CHILDREN,
		      (unsigned long)atomic_load(&p->repaired), (unsigned long)all_sums(p));
	assert_int_equal(counts_of(p).orphans, atomic_load(&p->repaired));
	assert_true(all_sums(p) >= all_done(p));
	munmap(p, PLACE);
}

/* Somebody stands still, perhaps with a lock: nobody waits long, and it goes on as if nothing was. */
static void who_stands_still_and_goes_on_spoils_nothing(void **state)
{
	struct place *p = place_new(0);
	uint32_t rounds = deaths_rounds(8), told = 0;
	struct sw_robust_stuck stuck;
	struct dice d = { 99 };
	pid_t child[CHILDREN];
	struct sw_robust r;

	(void)state;
	sw_robust_watch(&r, p->locks, SHARDS);
	for (uint32_t i = 0; i < CHILDREN; i++)
		child[i] = deaths_child(work, p, i);
	for (uint32_t n = 0; n < rounds; n++) {
		uint32_t i = dice_throw(&d, CHILDREN);

		usleep(dice_throw(&d, 1000));
		assert_int_equal(kill(child[i], SIGSTOP), 0);
		usleep(2 * SW_ROBUST_WAIT_US);
		while (sw_robust_next_stuck(&r, &stuck)) {
			told++;
			assert_true(stuck.shard < SHARDS);
		}
		await_progress(p);
		assert_int_equal(kill(child[i], SIGCONT), 0);
		await_progress(p);
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		deaths_kill(child[i]);
	settle(p);
	print_message("%u stops, %u stuck, %lu refused\n", rounds, told,
		      (unsigned long)counts_of(p).busy);
	assert_int_equal(counts_of(p).stuck, 0);
	munmap(p, PLACE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_death_inside_is_seen_by_exactly_one),
		cmocka_unit_test(a_death_anywhere_keeps_nobody_out),
		cmocka_unit_test(who_stands_still_and_goes_on_spoils_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
