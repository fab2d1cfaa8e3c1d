/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "admin/drain.h"
#include "events.h"

#define WORKERS 3

static struct sw_board board;
static struct sw_drain drain;
static void *memory;
static unsigned taken[WORKERS];

static int make(void **state)
{
	(void)state;
	memory = mmap(NULL, sw_board_size(WORKERS), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	sw_board_init(&board, memory, WORKERS);
	sw_drain_init(&drain, &board);
	memset(taken, 0, sizeof(taken));
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	return munmap(memory, sw_board_size(WORKERS));
}

/* Which worker a record is of stands in its generation. */
static void put(uint32_t worker, unsigned times)
{
	struct sw_ring r = sw_board_events(&board, worker);

	while (times--) {
		struct sw_event *e = sw_ring_claim(&r);

		if (!e)
			continue;
		*e = event_wrong("7Q4KX2");
		e->generation = worker;
		sw_ring_publish(&r);
	}
}

static void take(void *arg, const struct sw_event *e)
{
	(void)arg;
	assert_true(e->generation < WORKERS);
	taken[e->generation]++;
}

static void nothing_is_taken_from_empty_rings(void **state)
{
	(void)state;
	assert_false(sw_drain_some(&drain, take, NULL));
	assert_int_equal(taken[0] + taken[1] + taken[2], 0);
}

static void a_flood_of_one_worker_does_not_keep_the_others_waiting(void **state)
{
	(void)state;
	put(0, SW_BOARD_EVENTS);
	put(2, 20);
	assert_true(sw_drain_some(&drain, take, NULL));
	assert_int_equal(taken[2], 20);
	assert_true(taken[0] > 0 && taken[0] <= SW_DRAIN_BATCH + 32);
	while (sw_drain_some(&drain, take, NULL))
		;
	assert_int_equal(taken[0], SW_BOARD_EVENTS);
}

static void two_floods_are_taken_alike(void **state)
{
	(void)state;
	put(0, SW_BOARD_EVENTS);
	put(1, SW_BOARD_EVENTS);
	for (int i = 0; i < 4; i++)
		assert_true(sw_drain_some(&drain, take, NULL));
	assert_in_range(taken[0], taken[1] - 32, taken[1] + 32);
}

static void a_full_ring_counts_for_its_worker_alone(void **state)
{
	(void)state;
	put(1, SW_BOARD_EVENTS + 7);
	put(2, 1);
	assert_int_equal(sw_drain_dropped(&drain, 1), 7);
	assert_int_equal(sw_drain_dropped(&drain, 2), 0);
}

static void what_is_no_event_is_counted_and_dropped(void **state)
{
	struct sw_ring r = sw_board_events(&board, 0);
	struct sw_event *e = sw_ring_claim(&r);

	(void)state;
	memset(e, 0xff, sizeof(*e));
	sw_ring_publish(&r);
	put(0, 2);
	assert_false(sw_drain_some(&drain, take, NULL));
	assert_int_equal(taken[0], 2);
	assert_int_equal(atomic_load(&board.log->unsound), 1);
}

static void a_successor_goes_on_where_the_rings_are(void **state)
{
	static struct sw_drain next;

	(void)state;
	put(0, 3);
	assert_false(sw_drain_some(&drain, take, NULL));
	put(0, 2);
	sw_drain_init(&next, &board);
	assert_false(sw_drain_some(&next, take, NULL));
	assert_int_equal(taken[0], 5);
}

/* As a worker does that was taken over. */
static void take_and_refill(void *arg, const struct sw_event *e)
{
	put(1, 2);
	take(arg, e);
}

static void a_writer_that_goes_on_for_ever_does_not_keep_admin_from_ending(void **state)
{
	(void)state;
	put(0, SW_BOARD_EVENTS);
	put(1, SW_BOARD_EVENTS);
	put(2, SW_BOARD_EVENTS);
	sw_drain_rest(&drain, take_and_refill, NULL);
	assert_int_equal(taken[0], SW_BOARD_EVENTS);
	assert_int_equal(taken[2], SW_BOARD_EVENTS);
	assert_true(taken[1] <= SW_BOARD_EVENTS + 2 * SW_DRAIN_BATCH);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make, unmake)
	const struct CMUnitTest tests[] = {
		CASE(nothing_is_taken_from_empty_rings),
		CASE(a_flood_of_one_worker_does_not_keep_the_others_waiting),
		CASE(two_floods_are_taken_alike),
		CASE(a_full_ring_counts_for_its_worker_alone),
		CASE(what_is_no_event_is_counted_and_dropped),
		CASE(a_successor_goes_on_where_the_rings_are),
		CASE(a_writer_that_goes_on_for_ever_does_not_keep_admin_from_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
