/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings that end with their user while there is no memory: none of them is lost in silence. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "proc/ending.h"

#define ROOM 16

static struct sw_location location;
static struct sw_ending ending;
static struct sw_mac *mac;
static void *memory;
static int refuse_from; /* so many calls are good; below 0: all */

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);

void *__wrap_realloc(void *p, size_t n)
{
	return refuse_from == 0 ? NULL : (refuse_from--, __real_realloc(p, n));
}

static void put(uint64_t id)
{
	struct sw_binding b = { .id = id, .expires_s = 1, .aor = "kim", .aor_n = 3 };

	assert_int_equal(sw_location_put(&location, mac, &b), SW_OK);
}

static uint32_t left(void)
{
	return sw_location_fill(&location).used;
}

static int begin(void **unused)
{
	static const struct sw_mac_key key = { { 1 } };

	(void)unused;
	refuse_from = -1;
	mac = sw_mac_new();
	memory = calloc(1, sw_location_size(ROOM));
	sw_location_init(&location, memory, ROOM, &key);
	put(1);
	put(2);
	return mac && memory ? 0 : -1;
}

static int end(void **unused)
{
	(void)unused;
	sw_ending_free(&ending);
	sw_mac_free(mac);
	free(memory);
	return 0;
}

static void all_of_an_address_ends_and_is_owed_to_the_database(void **unused)
{
	(void)unused;
	sw_ending_add(&ending, &location, mac, SW_LIT("kim"));
	assert_int_equal(left(), 0);
	assert_int_equal(ending.ends, 2);
	assert_int_equal(ending.aors, 0);
	assert_false(ending.is_short);
}

static void without_memory_nothing_ends_and_that_is_told(void **unused)
{
	(void)unused;
	refuse_from = 0;
	sw_ending_add(&ending, &location, mac, SW_LIT("kim"));
	assert_true(ending.is_short);
	assert_int_equal(left(), 2);
	assert_int_equal(ending.ends + ending.aors, 0);
}

/* Room for the name alone, and later for all of it. */
static void what_could_not_be_noted_is_tried_again(void **unused)
{
	(void)unused;
	ending.aor = __real_realloc(NULL, 64 * sizeof(*ending.aor));
	ending.aors_max = 64;
	refuse_from = 0;
	sw_ending_add(&ending, &location, mac, SW_LIT("kim"));
	sw_ending_again(&ending, &location, mac);
	assert_false(ending.is_short);
	assert_int_equal(left(), 2);
	assert_int_equal(ending.aors, 1);
	refuse_from = -1;
	sw_ending_again(&ending, &location, mac);
	assert_int_equal(left(), 0);
	assert_int_equal(ending.ends, 2);
	assert_int_equal(ending.aors, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(all_of_an_address_ends_and_is_owed_to_the_database),
		CASE(without_memory_nothing_ends_and_that_is_told),
		CASE(what_could_not_be_noted_is_tried_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
