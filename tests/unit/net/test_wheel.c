/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/wheel.h"

#define MS   1000ull
#define TURN ((uint64_t)SW_WHEEL_SLOTS * SW_WHEEL_TICK_US)

static struct sw_wheel wheel;
static char order[16];
static size_t fired;

/* A timer with a name, and what it does to another when it fires. */
struct bell {
	struct sw_timer timer;
	char name;
	struct sw_timer *cancels;
	struct sw_timer *adds;
	uint64_t add_us; /* after now */
	uint64_t at_us;
};

static void ring(void *arg, struct sw_mono now)
{
	struct bell *b = arg;

	assert_true(fired < sizeof(order));
	assert_false(sw_timer_is_running(&b->timer));
	order[fired++] = b->name;
	b->at_us = now.us;
	if (b->cancels)
		sw_wheel_cancel(b->cancels);
	if (b->adds)
		sw_wheel_add(&wheel, b->adds, (struct sw_mono){ now.us + b->add_us });
}

static struct bell bell(char name)
{
	return (struct bell){ .timer.fn = ring, .name = name };
}

static void add(struct bell *b, uint64_t us)
{
	b->timer.arg = b;
	sw_wheel_add(&wheel, &b->timer, (struct sw_mono){ us });
}

static void run(uint64_t us)
{
	sw_wheel_run(&wheel, (struct sw_mono){ us });
}

static void start(uint64_t us)
{
	sw_wheel_init(&wheel, (struct sw_mono){ us });
	fired = 0;
	memset(order, 0, sizeof(order));
}

static const struct {
	const char *name;
	uint64_t start_us, wait_us;
} deadlines[] = {
	{ "one tick", 0, 10 * MS },
	{ "less than a tick", 0, 1 },
	{ "between two ticks", 5 * MS + 1, 27 * MS + 3 },
	{ "the last slot of this turn", 0, TURN - 10 * MS },
	{ "exactly one turn", 0, TURN },
	{ "one turn and a tick", 0, TURN + 10 * MS },
	{ "over the end of the wheel", TURN - 20 * MS, 50 * MS },
	{ "far: three turns and a bit", 123456789, 3 * TURN + 77 * MS },
	{ "an hour", 7 * MS, 3600 * 1000 * MS },
	{ "late in a long uptime", UINT64_MAX / 2, 100 * MS },
};

static void a_timer_fires_once_never_early_and_within_a_tick(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(deadlines); i++) {
		uint64_t from = deadlines[i].start_us, due = from + deadlines[i].wait_us;
		struct bell a = bell('a');

		print_message("%s\n", deadlines[i].name);
		start(from);
		add(&a, due);
		for (uint64_t now = from; now < due; now += 1000 * MS)
			run(now);
		run(due - 1);
		assert_int_equal(fired, 0);
		run(due + SW_WHEEL_TICK_US);
		assert_int_equal(fired, 1);
		assert_false(sw_timer_is_running(&a.timer));
		run(due + 3 * TURN);
		assert_int_equal(fired, 1);
	}
}

static void a_jump_over_many_turns_fires_all_that_was_due(void **state)
{
	struct bell a = bell('a'), b = bell('b'), c = bell('c');

	(void)state;
	start(0);
	add(&a, 30 * MS);
	add(&b, 4 * TURN);
	add(&c, 40 * TURN);
	run(20 * TURN);
	assert_int_equal(fired, 2);
	assert_true(sw_timer_is_running(&c.timer));
	run(40 * TURN + SW_WHEEL_TICK_US);
	assert_string_equal(order + 2, "c");
}

static void timers_fire_in_the_order_of_their_ticks(void **state)
{
	struct bell a = bell('a'), b = bell('b'), c = bell('c');

	(void)state;
	start(0);
	add(&c, 300 * MS);
	add(&a, 100 * MS);
	add(&b, 200 * MS);
	run(1000 * MS);
	assert_string_equal(order, "abc");
}

static void a_deadline_that_has_passed_fires_at_the_next_tick(void **state)
{
	struct bell a = bell('a');

	(void)state;
	start(1000 * MS);
	add(&a, 0);
	run(1000 * MS);
	assert_int_equal(fired, 0);
	run(1010 * MS);
	assert_int_equal(fired, 1);
}

static void a_cancelled_timer_never_fires(void **state)
{
	struct bell a = bell('a'), b = bell('b'), c = bell('c');

	(void)state;
	start(0);
	add(&a, 100 * MS);
	add(&b, 100 * MS);
	add(&c, 100 * MS);
	sw_wheel_cancel(&b.timer);
	sw_wheel_cancel(&b.timer);
	assert_false(sw_timer_is_running(&b.timer));
	run(200 * MS);
	assert_string_equal(order, "ac");
}

static void a_function_may_cancel_one_that_is_due_in_the_same_tick(void **state)
{
	struct bell a = bell('a'), b = bell('b'), c = bell('c'), d = bell('d');

	(void)state;
	start(0);
	add(&a, 100 * MS);
	add(&b, 100 * MS);
	add(&c, 100 * MS);
	add(&d, 100 * MS);
	a.cancels = &b.timer;
	c.cancels = &d.timer;
	run(200 * MS);
	assert_string_equal(order, "ac");
}

static void a_function_may_cancel_itself_and_one_of_a_later_slot(void **state)
{
	struct bell a = bell('a'), b = bell('b');

	(void)state;
	start(0);
	add(&a, 100 * MS);
	add(&b, 150 * MS);
	a.cancels = &b.timer;
	run(200 * MS);
	assert_string_equal(order, "a");
	add(&a, 300 * MS);
	a.cancels = &a.timer;
	run(400 * MS);
	assert_string_equal(order, "aa");
}

static void a_function_may_start_its_own_timer_again(void **state)
{
	struct bell a = bell('a');

	(void)state;
	start(0);
	add(&a, 1000 * MS);
	a.adds = &a.timer;
	a.add_us = 1000 * MS;
	for (uint64_t now = 0; now <= 10 * 1000 * MS; now += 10 * MS)
		run(now);
	assert_int_equal(fired, 10);
	assert_true(sw_timer_is_running(&a.timer));
}

static void a_timer_that_is_added_for_now_waits_for_the_next_run(void **state)
{
	struct bell a = bell('a'), b = bell('b');

	(void)state;
	start(0);
	b.timer.arg = &b;
	add(&a, 100 * MS);
	a.adds = &b.timer;
	run(100 * MS);
	assert_string_equal(order, "a");
	run(110 * MS);
	assert_string_equal(order, "ab");
}

static void adding_again_moves_a_timer(void **state)
{
	struct bell a = bell('a');

	(void)state;
	start(0);
	add(&a, 100 * MS);
	add(&a, 500 * MS);
	run(400 * MS);
	assert_int_equal(fired, 0);
	add(&a, 450 * MS);
	run(460 * MS);
	assert_int_equal(fired, 1);
	run(2 * TURN);
	assert_int_equal(fired, 1);
}

static void the_wait_reaches_to_the_first_deadline(void **state)
{
	struct bell a = bell('a'), b = bell('b');

	(void)state;
	start(0);
	assert_int_equal(sw_wheel_wait_ms(&wheel, (struct sw_mono){ 0 }, 777), 777);
	add(&a, 300 * MS);
	assert_int_equal(sw_wheel_wait_ms(&wheel, (struct sw_mono){ 0 }, 777), 300);
	assert_int_equal(sw_wheel_wait_ms(&wheel, (struct sw_mono){ 299 * MS + 1 }, 777), 1);
	assert_int_equal(sw_wheel_wait_ms(&wheel, (struct sw_mono){ 900 * MS }, 777), 0);
	add(&b, 100 * TURN);
	run(310 * MS);
	assert_in_range(sw_wheel_wait_ms(&wheel, (struct sw_mono){ 310 * MS }, 60000), 1, 6000);
}

static void a_timer_for_the_end_of_time_just_waits(void **state)
{
	struct bell a = bell('a');

	(void)state;
	start(0);
	add(&a, UINT64_MAX);
	run(1000 * TURN);
	assert_int_equal(fired, 0);
	assert_in_range(sw_wheel_wait_ms(&wheel, (struct sw_mono){ 1000 * TURN }, 1000), 1, 1000);
	sw_wheel_cancel(&a.timer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_timer_fires_once_never_early_and_within_a_tick),
		cmocka_unit_test(a_jump_over_many_turns_fires_all_that_was_due),
		cmocka_unit_test(timers_fire_in_the_order_of_their_ticks),
		cmocka_unit_test(a_deadline_that_has_passed_fires_at_the_next_tick),
		cmocka_unit_test(a_cancelled_timer_never_fires),
		cmocka_unit_test(a_function_may_cancel_one_that_is_due_in_the_same_tick),
		cmocka_unit_test(a_function_may_cancel_itself_and_one_of_a_later_slot),
		cmocka_unit_test(a_function_may_start_its_own_timer_again),
		cmocka_unit_test(a_timer_that_is_added_for_now_waits_for_the_next_run),
		cmocka_unit_test(adding_again_moves_a_timer),
		cmocka_unit_test(the_wait_reaches_to_the_first_deadline),
		cmocka_unit_test(a_timer_for_the_end_of_time_just_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
