/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "obs/layer.h"

#define ABI(n) (SW_LAYER_LANDLOCK | (uint32_t)(n) << SW_LAYER_ABI_SHIFT)

static const char *written(uint32_t layers)
{
	static char room[128];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_layer_write(&b, layers);
	return sw_buf_text(&b);
}

static void no_layer_is_off(void **state)
{
	(void)state;
	assert_string_equal(written(0), "off");
}

static void a_version_of_landlock_without_landlock_is_nothing(void **state)
{
	(void)state;
	assert_string_equal(written(7u << SW_LAYER_ABI_SHIFT), "off");
	assert_int_equal(sw_layer_landlock(7u << SW_LAYER_ABI_SHIFT), 0);
}

static void bits_that_nobody_knows_say_nothing(void **state)
{
	(void)state;
	assert_string_equal(written(0xffff00c0u), "off");
	assert_string_equal(written(0xffffffffu),
			    "seccomp, landlock 255, no-new-privs, no-caps, user, no-dump");
}

static void layers_stand_in_one_order(void **state)
{
	(void)state;
	assert_string_equal(written(SW_LAYER_NO_NEW_PRIVS | ABI(7) | SW_LAYER_SECCOMP),
			    "seccomp, landlock 7, no-new-privs");
}

static void of_two_roles_the_weaker_counts(void **state)
{
	(void)state;
	assert_int_equal(sw_layer_common(ABI(7) | SW_LAYER_SECCOMP, ABI(3)), ABI(3));
	assert_int_equal(sw_layer_common(ABI(7) | SW_LAYER_USER, SW_LAYER_USER), SW_LAYER_USER);
	assert_int_equal(sw_layer_common(ABI(7), 0), 0);
}

static void each_row_is_one_bit_below_the_version(void **state)
{
	uint32_t seen = 0;

	(void)state;
	for (size_t i = 0; sw_layer_row(i); i++) {
		uint32_t bit = sw_layer_row(i)->bit;

		assert_true(bit && !(bit & (bit - 1)) && bit < 1u << SW_LAYER_ABI_SHIFT);
		assert_int_equal(seen & bit, 0);
		seen |= bit;
	}
	assert_int_not_equal(seen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_layer_is_off),
		cmocka_unit_test(a_version_of_landlock_without_landlock_is_nothing),
		cmocka_unit_test(bits_that_nobody_knows_say_nothing),
		cmocka_unit_test(layers_stand_in_one_order),
		cmocka_unit_test(of_two_roles_the_weaker_counts),
		cmocka_unit_test(each_row_is_one_bit_below_the_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
