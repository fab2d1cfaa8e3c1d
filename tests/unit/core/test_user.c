/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sipward/user.h>

static struct sw_user user(const char *name)
{
	struct sw_user u = { 0 };

	assert_true(sw_user_set_names(&u, sw_slice_of(name), SW_LIT("staff")));
	return u;
}

static void names_are_set_together_or_not_at_all(void **state)
{
	static char text[SW_NAME_MAX + 1];
	struct sw_slice most = { text, SW_NAME_MAX }, more = { text, SW_NAME_MAX + 1 };
	struct sw_user u = user("alice");

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_false(sw_user_set_names(&u, more, SW_LIT("t")));
	assert_false(sw_user_set_names(&u, SW_LIT("n"), more));
	assert_true(sw_slice_eq(sw_user_name(&u), SW_LIT("alice")));
	assert_true(sw_slice_eq(sw_user_trunk(&u), SW_LIT("staff")));
	assert_true(sw_user_set_names(&u, most, most));
	assert_true(sw_slice_eq(sw_user_name(&u), most));
	assert_true(sw_slice_eq(sw_user_trunk(&u), most));
	assert_true(sw_user_set_names(&u, SW_LIT("a"), (struct sw_slice){ 0 }));
	assert_int_equal(u.name[1], 0); /* nothing is left of the one before */
	assert_int_equal(sw_user_trunk(&u).n, 0);
	assert_true(sw_user_set_names(&u, (struct sw_slice){ 0 }, SW_LIT("t")));
	assert_int_equal(sw_user_name(&u).n, 0);
}

static void a_user_without_addresses_has_its_name(void **state)
{
	struct sw_user u = user("alice");
	struct sw_slice aor;

	(void)state;
	assert_true(sw_slice_eq(sw_user_aor_first(&u), SW_LIT("alice")));
	assert_true(sw_user_find_aor(&u, SW_LIT("%61lice"), &aor));
	assert_true(sw_slice_eq(aor, SW_LIT("alice")));
	assert_false(sw_user_has_aor(&u, SW_LIT("bob")));
	assert_true(sw_user_add_aor(&u, SW_AOR_NUMBER, SW_LIT("+4930")));
	assert_true(sw_user_has_aor(&u, SW_LIT("alice")));
	assert_false(sw_user_has_aor(&u, SW_LIT("+4930"))); /* a number is no address */
	assert_true(sw_slice_eq(sw_user_aor_first(&u), SW_LIT("alice")));
}

static void a_user_with_addresses_has_them_and_not_its_name(void **state)
{
	struct sw_user u = user("alice");
	struct sw_slice aor;

	(void)state;
	assert_true(sw_user_add_aor(&u, SW_AOR_NUMBER, SW_LIT("+4930")));
	assert_true(sw_user_add_aor(&u, SW_AOR_USER, SW_LIT("100")));
	assert_true(sw_user_add_aor(&u, SW_AOR_USER, SW_LIT("a@b")));
	assert_true(sw_slice_eq(sw_user_aor_first(&u), SW_LIT("100")));
	assert_true(sw_user_find_aor(&u, SW_LIT("a%40b"), &aor));
	assert_true(sw_slice_eq(aor, SW_LIT("a@b")));
	assert_true(sw_user_has_aor(&u, SW_LIT("100")));
	assert_false(sw_user_has_aor(&u, SW_LIT("alice")));
	assert_false(sw_user_has_aor(&u, SW_LIT("10")));
	assert_false(sw_user_has_aor(&u, SW_LIT("")));
}

static void what_does_not_fit_is_not_added(void **state)
{
	static char text[SW_NAME_MAX + 1];
	struct sw_user u = user("alice");

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_false(sw_user_add_aor(&u, SW_AOR_USER, (struct sw_slice){ text, 0 }));
	assert_false(sw_user_add_aor(&u, SW_AOR_USER, (struct sw_slice){ text, SW_NAME_MAX + 1 }));
	for (unsigned i = 0; i < 3; i++)
		assert_true(
			sw_user_add_aor(&u, SW_AOR_USER, (struct sw_slice){ text, SW_NAME_MAX }));
	assert_false(sw_user_add_aor(&u, SW_AOR_USER, (struct sw_slice){ text, 57 }));
	assert_true(sw_user_add_aor(&u, SW_AOR_USER, (struct sw_slice){ text, 56 }));
	assert_int_equal(u.aors_n, SW_AORS_MAX);
	assert_false(sw_user_add_aor(&u, SW_AOR_USER, SW_LIT("y")));
}

/* Records lie in memory that others may write. */
static void lengths_that_lie_are_not_believed(void **state)
{
	struct sw_user u = user("alice");
	struct sw_user_aor one;
	size_t at = 0;

	(void)state;
	u.name_n = 200;
	u.trunk_n = 255;
	assert_int_equal(sw_user_name(&u).n, SW_NAME_MAX);
	assert_int_equal(sw_user_trunk(&u).n, SW_NAME_MAX);
	u.aors_n = UINT16_MAX;
	u.aors[0] = SW_AOR_USER;
	u.aors[1] = (char)255;
	assert_false(sw_user_aor_next(&u, &at, &one));
	u.aors[1] = (char)254;
	assert_true(sw_user_aor_next(&u, &at, &one));
	assert_int_equal(one.text.n, 254);
	assert_false(sw_user_aor_next(&u, &at, &one));
	u.aors_n = 1;
	at = 0;
	assert_false(sw_user_aor_next(&u, &at, &one));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_set_together_or_not_at_all),
		cmocka_unit_test(a_user_without_addresses_has_its_name),
		cmocka_unit_test(a_user_with_addresses_has_them_and_not_its_name),
		cmocka_unit_test(what_does_not_fit_is_not_added),
		cmocka_unit_test(lengths_that_lie_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
