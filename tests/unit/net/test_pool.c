/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/pool.h"

#define CONNECTIONS 64

static struct sw_pool *pool;
static struct sw_holder stranger, proven = { .is_proven = true };

static int make(void **state)
{
	(void)state;
	pool = sw_pool_new(CONNECTIONS);
	return pool ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	sw_pool_free(pool);
	return 0;
}

static void write_to(struct sw_buffer *b, const char *text)
{
	size_t n = strlen(text);

	assert_true(sw_pool_room(pool, b, n, &proven));
	memcpy(b->p + b->n, text, n);
	b->n += (uint32_t)n;
}

static void room_grows_by_steps_and_keeps_what_is_in_it(void **state)
{
	static const struct {
		size_t more;
		uint32_t size;
	} rows[] = { { 1, 4096 }, { 4000, 4096 }, { 4096, 32768 }, { 32768, SW_POOL_MOST } };
	struct sw_buffer b = { 0 };

	(void)state;
	write_to(&b, "abc");
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		assert_true(sw_pool_room(pool, &b, rows[i].more, &proven));
		assert_int_equal(b.size, rows[i].size);
		assert_true(sw_slice_eq(sw_buffer_slice(&b), SW_LIT("abc")));
	}
	assert_int_equal(sw_pool_used(pool, 0), 0);
	assert_int_equal(sw_pool_used(pool, 2), 1);
	sw_pool_give(pool, &b);
	assert_null(b.p);
	assert_int_equal(sw_pool_used(pool, 2), 0);
}

static void what_was_taken_from_the_front_makes_room_behind(void **state)
{
	struct sw_buffer b = { 0 };

	(void)state;
	write_to(&b, "gone");
	write_to(&b, "kept");
	b.at = 4;
	assert_true(sw_pool_room(pool, &b, SW_POOL_LEAST - 4, &proven));
	assert_int_equal(b.size, SW_POOL_LEAST);
	assert_int_equal(b.at, 0);
	assert_true(sw_slice_eq(sw_buffer_slice(&b), SW_LIT("kept")));
	sw_pool_give(pool, &b);
}

static void more_than_the_most_is_refused_and_changes_nothing(void **state)
{
	static const size_t more[] = { SW_POOL_MOST - 2, SW_POOL_MOST, SW_POOL_MOST + 1, SIZE_MAX,
				       SIZE_MAX - 2 };
	struct sw_buffer b = { 0 };

	(void)state;
	write_to(&b, "abc");
	for (size_t i = 0; i < SW_ARRAY_LEN(more); i++) {
		assert_false(sw_pool_room(pool, &b, more[i], &proven));
		assert_true(sw_slice_eq(sw_buffer_slice(&b), SW_LIT("abc")));
		assert_int_equal(b.size, SW_POOL_LEAST);
	}
	sw_pool_give(pool, &b);
}

/* As many of the largest as many holders get, two for each, into taken from n on. */
static size_t take_all(struct sw_buffer taken[64], size_t n, struct sw_holder *holder, bool proves)
{
	for (size_t i = 0; i < 16; i++) {
		holder[i].is_proven = proves;
		while (n < 64 && sw_pool_room(pool, &taken[n], SW_POOL_MOST, &holder[i]))
			n++;
	}
	return n;
}

static void the_last_quarter_is_for_the_proven(void **state)
{
	static struct sw_buffer taken[64];
	static struct sw_holder holder[32];
	struct sw_buffer more = { 0 };
	size_t n;

	(void)state;
	n = take_all(taken, 0, holder, false);
	assert_int_equal(n, 12); /* of 16 */
	assert_false(sw_pool_room(pool, &more, SW_POOL_MOST, &stranger));
	n = take_all(taken, n, holder + 16, true);
	assert_int_equal(n, 16);
	assert_false(sw_pool_room(pool, &more, SW_POOL_MOST, &proven));
	assert_null(more.p);
	sw_pool_give(pool, &taken[3]);
	assert_false(sw_pool_room(pool, &more, SW_POOL_MOST, &stranger));
	assert_true(sw_pool_room(pool, &more, SW_POOL_MOST, &proven));
	sw_pool_give(pool, &more);
	for (size_t i = 0; i < n; i++)
		sw_pool_give(pool, &taken[i]);
	assert_int_equal(sw_pool_used(pool, 2), 0);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(holder[i].used[2], 0);
}

static void one_holder_has_an_eighth_of_the_larger_ones(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		unsigned step, most;
	} rows[] = {
		{ "middle ones", SW_POOL_LEAST + 1, 1, 4 }, /* of 32 */
		{ "large ones", SW_POOL_MOST, 2, 2 },       /* of 16 */
		{ "small ones, all", 1, 0, 2 * CONNECTIONS + 1 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		static struct sw_buffer taken[2 * CONNECTIONS + 2];
		uint64_t returned = sw_pool_returned(pool);
		unsigned n = 0;

		print_message("%s\n", rows[i].name);
		while (sw_pool_room(pool, &taken[n], rows[i].size, &stranger))
			n++;
		assert_int_equal(n, rows[i].most);
		assert_int_equal(stranger.used[rows[i].step], n);
		while (n > 0)
			sw_pool_give(pool, &taken[--n]);
		assert_int_equal(sw_pool_returned(pool) - returned,
				 rows[i].step > 0 ? rows[i].most : 0);
	}
}

static void what_shrank_is_in_a_small_one(void **state)
{
	struct sw_buffer b = { 0 };

	(void)state;
	write_to(&b, "gone");
	assert_true(sw_pool_room(pool, &b, SW_POOL_MOST - 4, &proven));
	write_to(&b, "kept");
	b.at = 4;
	sw_pool_shrink(pool, &b, &proven);
	assert_int_equal(b.size, SW_POOL_LEAST);
	assert_true(sw_slice_eq(sw_buffer_slice(&b), SW_LIT("kept")));
	assert_int_equal(sw_pool_used(pool, 2), 0);
	assert_true(sw_pool_room(pool, &b, SW_POOL_LEAST + 1, &proven));
	b.at = 0;
	b.n = SW_POOL_LEAST + 1; /* too much */
	sw_pool_shrink(pool, &b, &proven);
	assert_int_equal(b.step, 1);
	sw_pool_give(pool, &b);
	sw_pool_shrink(pool, &b, &proven); /* none: nothing happens */
	assert_null(b.p);
}

static void no_two_have_the_same_buffer(void **state)
{
	struct sw_buffer a = { 0 }, b = { 0 }, c = { 0 };

	(void)state;
	write_to(&a, "a");
	write_to(&b, "b");
	sw_pool_give(pool, &a);
	write_to(&c, "c");
	assert_ptr_not_equal(b.p, c.p);
	assert_true(sw_slice_eq(sw_buffer_slice(&b), SW_LIT("b")));
	sw_pool_give(pool, &b);
	sw_pool_give(pool, &c);
	sw_pool_give(pool, &c); /* none: nothing happens */
	assert_int_equal(sw_pool_used(pool, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(room_grows_by_steps_and_keeps_what_is_in_it),
		cmocka_unit_test(what_was_taken_from_the_front_makes_room_behind),
		cmocka_unit_test(more_than_the_most_is_refused_and_changes_nothing),
		cmocka_unit_test(the_last_quarter_is_for_the_proven),
		cmocka_unit_test(one_holder_has_an_eighth_of_the_larger_ones),
		cmocka_unit_test(what_shrank_is_in_a_small_one),
		cmocka_unit_test(no_two_have_the_same_buffer),
	};

	return cmocka_run_group_tests(tests, make, end);
}
