/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdlib.h>

#include "edge/hold.h"

static struct sw_hold hold;
static const struct sw_path path = { .listener = 3, .transport = SW_UDP };

static int begin(void **state)
{
	(void)state;
	return sw_hold_init(&hold) ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	sw_hold_free(&hold);
	return 0;
}

static char room[SW_ROOM];

/* The octets of the n-th: its number, over and over. */
static struct sw_slice octets(uint64_t n, size_t len)
{
	for (size_t i = 0; i < len; i++)
		room[i] = (char)(n + i * 7);
	return (struct sw_slice){ room, len };
}

static size_t len_of(uint64_t n)
{
	return 1 + (size_t)(n * 7919) % SW_ROOM;
}

static void what_goes_in_comes_out_in_its_order(void **state)
{
	uint64_t in = 0, out = 0, random = 1;

	(void)state;
	while (out < 20000) {
		const struct sw_held *h;

		while (next_number(&random) % 300 != 0 &&
		       sw_hold_put(&hold, &path, octets(in, len_of(in)), in))
			in++;
		for (uint64_t n = next_number(&random) % 400; n > 0 && out < in; n--, out++) {
			h = sw_hold_at(&hold, 0);
			assert_non_null(h);
			assert_int_equal(h->until, out);
			assert_int_equal(h->path.listener, 3);
			assert_true(sw_slice_eq(h->octets, octets(out, len_of(out))));
			sw_hold_drop(&hold, 1);
		}
	}
}

static void a_full_one_says_so_before_and_takes_again(void **state)
{
	size_t n = 0;

	(void)state;
	for (; sw_hold_takes(&hold); n++)
		assert_true(sw_hold_put(&hold, &path, octets(n, SW_ROOM), n));
	assert_in_range(n, SW_HOLD_OCTETS / SW_ROOM - 1, SW_HOLD_OCTETS / SW_ROOM);
	assert_false(sw_hold_put(&hold, &path, octets(n, SW_ROOM), n));
	sw_hold_drop(&hold, 2);
	assert_true(sw_hold_takes(&hold));
	sw_hold_drop(&hold, UINT32_MAX);
	assert_null(sw_hold_at(&hold, 0));
	for (n = 0; sw_hold_put(&hold, &path, octets(n, 1), n); n++)
		;
	assert_int_equal(n, SW_HOLD_MAX);
	assert_false(sw_hold_takes(&hold));
}

static void what_cannot_be_is_refused(void **state)
{
	struct sw_hold none = { 0 };

	(void)state;
	assert_false(sw_hold_takes(&none));
	assert_false(sw_hold_put(&none, &path, octets(1, 1), 1));
	assert_false(sw_hold_put(&hold, &path, (struct sw_slice){ room, 0 }, 1));
	assert_false(sw_hold_put(&hold, &path, (struct sw_slice){ room, SW_ROOM + 1 }, 1));
	assert_null(sw_hold_at(&hold, 0));
}

static void what_can_never_go_is_cut_off_from_behind(void **state)
{
	(void)state;
	for (uint64_t n = 1; n <= 10; n++)
		assert_true(sw_hold_put(&hold, &path, octets(n, 100), n));
	assert_int_equal(sw_hold_cut(&hold, 10), 0);
	assert_int_equal(sw_hold_cut(&hold, 7), 3);
	assert_true(sw_hold_put(&hold, &path, octets(20, 100), 20));
	assert_int_equal(sw_hold_at(&hold, 7)->until, 20);
	assert_int_equal(sw_hold_at(&hold, 6)->until, 7);
	assert_true(sw_slice_eq(sw_hold_at(&hold, 6)->octets, octets(7, 100)));
	assert_int_equal(sw_hold_cut(&hold, 0), 8);
	assert_null(sw_hold_at(&hold, 0));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_goes_in_comes_out_in_its_order),
		CASE(a_full_one_says_so_before_and_takes_again),
		CASE(what_cannot_be_is_refused),
		CASE(what_can_never_go_is_cut_off_from_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
