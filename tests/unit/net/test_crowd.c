/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/crowd.h"

static const uint8_t seed[SW_SEED_LEN] = "a seed of tests";
static struct sw_crowd *crowd;

static int make(void **state)
{
	(void)state;
	crowd = sw_crowd_new(seed, false);
	return crowd ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	sw_crowd_free(crowd);
	return 0;
}

static uint32_t cell(const char *text)
{
	struct sw_addr a = { 0 };

	assert_true(sw_addr_parse_port(sw_slice_of(text), &a));
	return sw_crowd_cell_of_source(crowd, &a);
}

static void a_source_is_an_ipv4_address_or_an_ipv6_64(void **state)
{
	static const struct {
		const char *name, *one, *other;
		bool is_same;
	} rows[] = {
		{ "ports do not matter", "192.0.2.1:1000", "192.0.2.1:2000", true },
		{ "another address", "192.0.2.1:1000", "192.0.2.2:1000", false },
		{ "one /64", "[2001:db8::1]:1000", "[2001:db8::ffff:0:0:2]:1", true },
		{ "the next /64", "[2001:db8::1]:1000", "[2001:db8:0:1::1]:1000", false },
		{ "another family", "0.0.0.0:1", "[::]:1", false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(cell(rows[i].one) == cell(rows[i].other), rows[i].is_same);
	}
}

static struct sw_crowd_place *greediest(void)
{
	return sw_crowd_newest(crowd, sw_crowd_fullest(crowd));
}

static void the_greediest_is_the_fullest_and_gives_its_newest(void **state)
{
	struct sw_crowd_place p[5] = { 0 };

	(void)state;
	assert_null(greediest());
	sw_crowd_enter(crowd, &p[0], 7);
	sw_crowd_enter(crowd, &p[1], 9);
	sw_crowd_enter(crowd, &p[2], 9);
	assert_int_equal(sw_crowd_count(crowd, 9), 2);
	assert_ptr_equal(greediest(), &p[2]);
	sw_crowd_leave(crowd, &p[2]);
	sw_crowd_leave(crowd, &p[2]); /* not there: nothing happens */
	assert_int_equal(sw_crowd_count(crowd, 9), 1);
	sw_crowd_enter(crowd, &p[3], SW_CROWD_CELLS - 1);
	sw_crowd_enter(crowd, &p[4], SW_CROWD_CELLS - 1);
	assert_ptr_equal(greediest(), &p[4]);
	sw_crowd_leave(crowd, &p[3]); /* the older one, from the middle of the list */
	sw_crowd_leave(crowd, &p[4]);
	sw_crowd_leave(crowd, &p[1]);
	assert_ptr_equal(greediest(), &p[0]);
	sw_crowd_leave(crowd, &p[0]);
	assert_null(greediest());
}

static void who_comes_in_again_is_the_newest(void **state)
{
	struct sw_crowd_place p[3] = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		sw_crowd_enter(crowd, &p[i], 5);
	assert_ptr_equal(sw_crowd_oldest(crowd, 5), &p[0]);
	sw_crowd_enter(crowd, &p[0], 5);
	assert_ptr_equal(sw_crowd_newest(crowd, 5), &p[0]);
	assert_ptr_equal(sw_crowd_oldest(crowd, 5), &p[1]);
	assert_int_equal(sw_crowd_count(crowd, 5), 3);
	sw_crowd_enter(crowd, &p[1], 6); /* of another cell */
	assert_ptr_equal(sw_crowd_oldest(crowd, 5), &p[2]);
	assert_ptr_equal(sw_crowd_oldest(crowd, 6), &p[1]);
	for (size_t i = 0; i < 3; i++)
		sw_crowd_leave(crowd, &p[i]);
	assert_null(sw_crowd_oldest(crowd, 5));
	assert_null(sw_crowd_oldest(crowd, 6));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_is_an_ipv4_address_or_an_ipv6_64),
		cmocka_unit_test(the_greediest_is_the_fullest_and_gives_its_newest),
		cmocka_unit_test(who_comes_in_again_is_the_newest),
	};

	return cmocka_run_group_tests(tests, make, end);
}
