/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proc/pulse.h"

static const struct sw_pulse_limits worker = { .busy_ms = 1000, .idle_ms = 3000 };

static struct sw_board_cell cell;
static struct sw_pulse pulse;

static int begin(void **state)
{
	(void)state;
	memset(&cell, 0, sizeof(cell));
	pulse = (struct sw_pulse){ 0 };
	sw_pulse_begin(&pulse, &cell, (struct sw_mono){ 1000 });
	return 0;
}

/* How many looks until it is called still; 0: it is not within `most`. */
static unsigned looks_until_still(unsigned most, bool is_waiting, bool is_pending)
{
	atomic_store(&cell.is_waiting, is_waiting);
	for (unsigned i = 1; i <= most; i++)
		if (sw_pulse_look(&pulse, &cell, is_pending, &worker) > 0)
			return i;
	return 0;
}

static void who_turns_lives(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		atomic_fetch_add(&cell.turns, 1);
		assert_int_equal(sw_pulse_look(&pulse, &cell, true, &worker), 0);
		assert_int_equal(sw_pulse_look(&pulse, &cell, true, &worker), 0);
	}
}

static void work_that_waits_is_given_one_second(void **state)
{
	(void)state;
	assert_int_equal(looks_until_still(20, true, true), 5);
}

static void one_that_says_it_works_is_given_one_second(void **state)
{
	(void)state;
	assert_int_equal(looks_until_still(20, false, false), 5);
}

static void silence_is_given_three_seconds(void **state)
{
	(void)state;
	assert_int_equal(looks_until_still(20, true, false), 13);
}

static void work_that_comes_late_begins_to_count_then(void **state)
{
	(void)state;
	assert_int_equal(looks_until_still(6, true, false), 0);
	assert_int_equal(looks_until_still(20, true, true), 5);
}

/* It is told by looks: whatever the clock says, one that comes after an hour is one. */
static void a_long_time_between_two_looks_kills_nobody(void **state)
{
	(void)state;
	assert_int_equal(sw_pulse_look(&pulse, &cell, true, &worker), 0);
	assert_int_equal(sw_pulse_look(&pulse, &cell, true, &worker), 0);
}

static uint32_t die_at(uint64_t ms)
{
	return sw_pulse_die(&pulse, (struct sw_mono){ (100000 + ms) * 1000 });
}

static void two_deaths_are_no_reason_to_wait(void **state)
{
	(void)state;
	assert_int_equal(die_at(0), 0);
	assert_int_equal(die_at(10), 0);
	assert_int_equal(die_at(60000), 0);
	assert_int_equal(die_at(120000), 0);
}

static void three_in_ten_seconds_wait_ever_longer_up_to_five(void **state)
{
	static const uint32_t want[] = { 0, 0, 1000, 2000, 4000, 5000, 5000, 5000 };
	uint64_t at = 0;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(want); i++) {
		assert_int_equal(die_at(at), want[i]);
		at += want[i] + 50;
	}
	assert_int_equal(die_at(at + 60000), 0); /* it has lived */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(who_turns_lives, begin),
		cmocka_unit_test_setup(work_that_waits_is_given_one_second, begin),
		cmocka_unit_test_setup(one_that_says_it_works_is_given_one_second, begin),
		cmocka_unit_test_setup(silence_is_given_three_seconds, begin),
		cmocka_unit_test_setup(work_that_comes_late_begins_to_count_then, begin),
		cmocka_unit_test_setup(a_long_time_between_two_looks_kills_nobody, begin),
		cmocka_unit_test_setup(two_deaths_are_no_reason_to_wait, begin),
		cmocka_unit_test_setup(three_in_ten_seconds_wait_ever_longer_up_to_five, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
