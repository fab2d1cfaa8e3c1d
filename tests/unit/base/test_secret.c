/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/secret.h"

static const struct {
	const char *name, *a, *b;
	size_t n;
	unsigned same;
} rows[] = {
	{ "nothing", "a", "b", 0, 1 },
	{ "one octet, the same", "a", "a", 1, 1 },
	{ "one octet, another", "a", "b", 1, 0 },
	{ "one bit", "\x80", "\x00", 1, 0 },
	{ "all bits", "\xff", "\x00", 1, 0 },
	{ "NUL does not end it", "\0a", "\0b", 2, 0 },
	{ "33 octets, the same", "0123456789abcdef0123456789abcdefX",
	  "0123456789abcdef0123456789abcdefX", 33, 1 },
	{ "33 octets, the first another", "X123456789abcdef0123456789abcdefX",
	  "0123456789abcdef0123456789abcdefX", 33, 0 },
	{ "33 octets, the last another", "0123456789abcdef0123456789abcdefX",
	  "0123456789abcdef0123456789abcdefY", 33, 0 },
	{ "32 of 33 that differ in the last", "0123456789abcdef0123456789abcdefX",
	  "0123456789abcdef0123456789abcdefY", 32, 1 },
	{ "differences that cancel when added", "\x01\xff", "\xff\x01", 2, 0 },
	{ "differences that cancel when xored", "\x01\x01", "\x00\x00", 2, 0 },
};

static void secrets_are_the_same_only_in_every_octet(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_secret_eq(rows[i].a, rows[i].b, rows[i].n), rows[i].same);
		assert_int_equal(sw_secret_eq(rows[i].b, rows[i].a, rows[i].n), rows[i].same);
	}
}

static void each_difference_of_one_octet_is_seen(void **state)
{
	(void)state;
	for (unsigned a = 0; a < 256; a++)
		for (unsigned b = 0; b < 256; b++) {
			uint8_t x = (uint8_t)a, y = (uint8_t)b;

			assert_int_equal(sw_secret_eq(&x, &y, 1), a == b);
		}
}

static void a_selection_is_one_or_the_other_whole(void **state)
{
	char out[4] = "....";

	(void)state;
	sw_secret_select(1, out, "abc", "xyz", 3);
	assert_memory_equal(out, "abc.", 4);
	sw_secret_select(0, out, "abc", "xyz", 3);
	assert_memory_equal(out, "xyz.", 4);
	sw_secret_select(1, out, "abc", "xyz", 0);
	assert_memory_equal(out, "xyz.", 4);
}

static void a_selection_may_go_where_one_of_them_is(void **state)
{
	char a[] = "\xff\x00z", b[] = "\x00\xffy";

	(void)state;
	sw_secret_select(0, a, a, b, 3);
	assert_memory_equal(a, "\x00\xffy", 3);
	memcpy(a, "\xff\x00z", 3);
	sw_secret_select(1, b, a, b, 3);
	assert_memory_equal(b, "\xff\x00z", 3);
}

static void what_is_wiped_is_gone_and_no_more_than_that(void **state)
{
	char secret[] = "correct horse";

	(void)state;
	sw_secret_wipe(secret, 7);
	assert_memory_equal(secret, "\0\0\0\0\0\0\0 horse", 13);
	sw_secret_wipe(secret, 0);
	sw_secret_wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(secrets_are_the_same_only_in_every_octet),
		cmocka_unit_test(each_difference_of_one_octet_is_seen),
		cmocka_unit_test(a_selection_is_one_or_the_other_whole),
		cmocka_unit_test(a_selection_may_go_where_one_of_them_is),
		cmocka_unit_test(what_is_wiped_is_gone_and_no_more_than_that),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
