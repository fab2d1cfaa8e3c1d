/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proc/demo.h"

/* word-word-NN: lower-case letters, two digits from 10 on. */
static void assert_form(const char *p)
{
	for (int word = 0; word < 2; word++) {
		size_t n = 0;

		for (; *p >= 'a' && *p <= 'z'; p++)
			n++;
		assert_in_range(n, 3, 8);
		assert_int_equal(*p++, '-');
	}
	assert_in_range(p[0], '1', '9');
	assert_in_range(p[1], '0', '9');
	assert_int_equal(p[2], '\0');
}

static void a_password_is_two_words_and_a_number_and_changes(void **state)
{
	char first[SW_DEMO_PASSWORD], next[SW_DEMO_PASSWORD];
	unsigned same = 0;

	(void)state;
	assert_true(sw_demo_password(first));
	for (int i = 0; i < 500; i++) {
		assert_true(sw_demo_password(next));
		assert_form(next);
		same += sw_slice_eq(sw_slice_of(first), sw_slice_of(next));
	}
	assert_in_range(same, 0, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_is_two_words_and_a_number_and_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
