/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"

static void what_does_not_fit_is_not_written_and_nothing_after_it(void **state)
{
	char memory[4] = "....";
	struct sw_buf b = sw_buf_over(memory, 3);

	(void)state;
	sw_buf_put(&b, SW_LIT("ab"));
	assert_true(sw_buf_ok(&b));
	sw_buf_put(&b, SW_LIT("cd"));
	assert_false(sw_buf_ok(&b));
	sw_buf_char(&b, 'c'); /* would fit, but a hole must not be closed */
	sw_buf_put(&b, SW_LIT(""));
	assert_false(sw_buf_ok(&b));
	assert_true(sw_slice_eq(sw_buf_slice(&b), SW_LIT("ab")));
	assert_memory_equal(memory, "ab..", 4);
}

static void what_just_fits_is_written(void **state)
{
	char memory[3];
	struct sw_buf b = sw_buf_over(memory, sizeof(memory));

	(void)state;
	sw_buf_str(&b, "abc");
	sw_buf_put(&b, (struct sw_slice){ 0 });
	assert_true(sw_buf_ok(&b));
	assert_true(sw_slice_eq(sw_buf_slice(&b), SW_LIT("abc")));
	sw_buf_char(&b, 'd');
	assert_false(sw_buf_ok(&b));
}

static void a_length_near_the_largest_does_not_wrap(void **state)
{
	char memory[8];
	struct sw_buf b = sw_buf_over(memory, sizeof(memory));

	(void)state;
	sw_buf_put(&b, SW_LIT("abc"));
	sw_buf_put(&b, (struct sw_slice){ memory, SIZE_MAX });
	assert_false(sw_buf_ok(&b));
	assert_int_equal(b.n, 3);
}

static void numbers_are_written_in_decimal(void **state)
{
	static const struct {
		uint64_t v;
		struct sw_slice want;
	} rows[] = {
		{ 0, SW_INIT("0") },
		{ 9, SW_INIT("9") },
		{ 10, SW_INIT("10") },
		{ 4294967296, SW_INIT("4294967296") },
		{ UINT64_MAX, SW_INIT("18446744073709551615") },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char memory[20];
		struct sw_buf b = sw_buf_over(memory, sizeof(memory));

		sw_buf_u64(&b, rows[i].v);
		assert_true(sw_buf_ok(&b));
		assert_true(sw_slice_eq(sw_buf_slice(&b), rows[i].want));
		b = sw_buf_over(memory, rows[i].want.n - 1);
		sw_buf_u64(&b, rows[i].v);
		assert_false(sw_buf_ok(&b)); /* half a number is another number */
		assert_int_equal(b.n, 0);
	}
}

static void octets_are_written_as_lower_case_hex(void **state)
{
	static const uint8_t octets[] = { 0x00, 0x0f, 0xA5, 0xff };
	char memory[8];
	struct sw_buf b = sw_buf_over(memory, sizeof(memory));

	(void)state;
	sw_buf_hex(&b, octets, sizeof(octets));
	assert_true(sw_buf_ok(&b));
	assert_true(sw_slice_eq(sw_buf_slice(&b), SW_LIT("000fa5ff")));
	b = sw_buf_over(memory, 7);
	sw_buf_hex(&b, octets, sizeof(octets));
	assert_false(sw_buf_ok(&b));
	assert_true(b.n < 8);
}

static void a_text_always_ends(void **state)
{
	char memory[4];
	struct sw_buf b = sw_buf_over(memory, sizeof(memory));

	(void)state;
	assert_string_equal(sw_buf_text(&b), "");
	sw_buf_str(&b, "abc");
	assert_string_equal(sw_buf_text(&b), "abc");
	b = sw_buf_over(memory, sizeof(memory));
	sw_buf_str(&b, "abcd"); /* fits, but leaves no room for the NUL */
	assert_string_equal(sw_buf_text(&b), "abc");
	b = sw_buf_over(NULL, 0);
	assert_string_equal(sw_buf_text(&b), "");
	sw_buf_char(&b, 'a');
	assert_false(sw_buf_ok(&b));
	assert_string_equal(sw_buf_text(&b), "");
}

static void hex_of_any_length_is_digit_by_digit(void **state)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t octets[256 + 64];
	char room[2 * sizeof(octets)];

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)i;
	for (size_t n = 0; n <= 64; n++)
		for (size_t at = 0; at < 256; at++) {
			struct sw_buf b = sw_buf_over(room, 2 * n);

			sw_buf_hex(&b, octets + at, n);
			assert_true(sw_buf_ok(&b) && b.n == 2 * n);
			for (size_t i = 0; i < 2 * n; i++)
				assert_int_equal(
					room[i],
					digits[octets[at + i / 2] >> (i % 2 ? 0 : 4) & 15]);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_fit_is_not_written_and_nothing_after_it),
		cmocka_unit_test(what_just_fits_is_written),
		cmocka_unit_test(a_length_near_the_largest_does_not_wrap),
		cmocka_unit_test(numbers_are_written_in_decimal),
		cmocka_unit_test(octets_are_written_as_lower_case_hex),
		cmocka_unit_test(hex_of_any_length_is_digit_by_digit),
		cmocka_unit_test(a_text_always_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
