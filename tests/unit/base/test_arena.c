/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdalign.h>

#include "base/arena.h"

static void memory_is_zeroed_aligned_and_apart(void **state)
{
	struct sw_arena a = { 0 };
	char *last = NULL;

	(void)state;
	for (size_t n = 1; n < 3000; n += 7) { /* many chunks */
		char *p = sw_arena_alloc(&a, n, 1);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 'x', n); /* into nobody else's, or the sanitizer or a later zero tells */
		assert_ptr_not_equal(p, last);
		last = p;
	}
	sw_arena_free(&a);
}

static void more_than_a_chunk_may_be_asked_for(void **state)
{
	struct sw_arena a = { 0 };
	char *big = sw_arena_alloc(&a, 1, 1 << 20), *small = sw_arena_alloc(&a, 1, 1);

	(void)state;
	assert_non_null(big);
	memset(big, 'x', 1 << 20);
	assert_non_null(small);
	assert_int_equal(*small, 0);
	sw_arena_free(&a);
}

static void a_size_that_overflows_gives_nothing(void **state)
{
	static const size_t asked[][2] = {
		{ SIZE_MAX, 2 },         { 2, SIZE_MAX },     { SIZE_MAX / 2 + 1, 2 },
		{ SIZE_MAX, 1 },         { SIZE_MAX - 7, 1 }, /* would wrap when aligned */
		{ SIZE_MAX / 2 + 1, 1 },
	};
	struct sw_arena a = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(asked); i++)
		assert_null(sw_arena_alloc(&a, asked[i][0], asked[i][1]));
	assert_null(a.chunks);
	assert_non_null(sw_arena_alloc(&a, 1, 1)); /* and is good for the next */
	sw_arena_free(&a);
}

static void a_copy_ends_with_a_nul_that_does_not_count(void **state)
{
	struct sw_arena a = { 0 };
	char text[] = "alice";
	struct sw_slice copy = sw_arena_copy(&a, (struct sw_slice){ text, 5 });
	struct sw_slice empty = sw_arena_copy(&a, (struct sw_slice){ 0 });

	(void)state;
	text[0] = 'A';
	assert_int_equal(copy.n, 5);
	assert_string_equal(copy.p, "alice");
	assert_int_equal(empty.n, 0);
	assert_string_equal(empty.p, "");
	sw_arena_free(&a);
}

static void an_arena_is_usable_again_after_it_was_freed(void **state)
{
	struct sw_arena a = { 0 };

	(void)state;
	sw_arena_free(&a);
	assert_non_null(sw_arena_alloc(&a, 3, 5));
	sw_arena_free(&a);
	assert_null(a.chunks);
	assert_non_null(sw_arena_alloc(&a, 3, 5));
	sw_arena_free(&a);
	sw_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(more_than_a_chunk_may_be_asked_for),
		cmocka_unit_test(a_size_that_overflows_gives_nothing),
		cmocka_unit_test(a_copy_ends_with_a_nul_that_does_not_count),
		cmocka_unit_test(an_arena_is_usable_again_after_it_was_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
