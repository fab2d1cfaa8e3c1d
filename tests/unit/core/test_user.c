/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sipward/user.h>

#include "base/hash.h"

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

static unsigned fail_at; /* which call of sw_digest_ha1 fails, from 1; 0 none */

bool __real_sw_digest_ha1(struct sw_hash *h, enum sw_alg alg, struct sw_slice name,
			  struct sw_slice realm, struct sw_slice password, struct sw_ha1 *out);
bool __wrap_sw_digest_ha1(struct sw_hash *h, enum sw_alg alg, struct sw_slice name,
			  struct sw_slice realm, struct sw_slice password, struct sw_ha1 *out);

bool __wrap_sw_digest_ha1(struct sw_hash *h, enum sw_alg alg, struct sw_slice name,
			  struct sw_slice realm, struct sw_slice password, struct sw_ha1 *out)
{
	if (fail_at == 0 || --fail_at > 0)
		return __real_sw_digest_ha1(h, alg, name, realm, password, out);
	return false;
}

static void a_password_gives_what_the_set_needs_in_both_forms(void **state)
{
	static const struct sw_ha1 none;
	struct sw_hash *h = sw_hash_new();
	struct sw_user u = user("alice");
	struct sw_ha1 want = { 0 };

	(void)state;
	assert_true(sw_user_set_password(&u, h, SW_ALG_ALL, SW_LIT("old.example"), SW_LIT("old")));
	assert_true(sw_user_set_password(&u, h,
					 SW_ALG_BIT(SW_ALG_SHA256) | SW_ALG_SESS(SW_ALG_SHA512_256),
					 SW_LIT("example.com"), SW_LIT("wren")));
	for (unsigned form = 0; form < SW_FORM_COUNT; form++) {
		struct sw_slice name = form ? SW_LIT("alice@example.com") : SW_LIT("alice");

		assert_int_equal(u.algs[form], SW_ALG_STRONG);
		for (unsigned alg = SW_ALG_SHA256; alg < SW_ALG_COUNT; alg++) {
			assert_true(sw_digest_ha1(h, (enum sw_alg)alg, name, SW_LIT("example.com"),
						  SW_LIT("wren"), &want));
			assert_memory_equal(&u.ha1[form][alg], &want, sizeof(want));
		}
		assert_memory_equal(&u.ha1[form][SW_ALG_MD5], &none, sizeof(none)); /* gone */
	}
	sw_hash_free(h);
}

static void a_hash_that_fails_leaves_no_password_at_all(void **state)
{
	static const struct sw_ha1 none[SW_FORM_COUNT][SW_ALG_COUNT];
	static char realm[400];
	struct sw_hash *h = sw_hash_new();

	(void)state;
	memset(realm, 'r', sizeof(realm));
	for (unsigned n = 0; n <= 6; n++) {
		struct sw_slice name = n > 0 ? SW_LIT("example.com")
					     : (struct sw_slice){ realm, sizeof(realm) };
		struct sw_user u = user("alice");

		assert_true(sw_user_set_password(&u, h, SW_ALG_ALL, SW_LIT("r"), SW_LIT("old")));
		fail_at = n;
		assert_false(sw_user_set_password(&u, h, SW_ALG_ALL, name, SW_LIT("wren")));
		assert_int_equal(u.algs[SW_FORM_NAME] | u.algs[SW_FORM_NAME_AT_REALM], 0);
		assert_memory_equal(u.ha1, none, sizeof(none));
	}
	fail_at = 0;
	sw_hash_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_set_together_or_not_at_all),
		cmocka_unit_test(a_user_without_addresses_has_its_name),
		cmocka_unit_test(a_user_with_addresses_has_them_and_not_its_name),
		cmocka_unit_test(what_does_not_fit_is_not_added),
		cmocka_unit_test(a_password_gives_what_the_set_needs_in_both_forms),
		cmocka_unit_test(a_hash_that_fails_leaves_no_password_at_all),
		cmocka_unit_test(lengths_that_lie_are_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
