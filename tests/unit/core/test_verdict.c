/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/verdict.h"

static void a_zeroed_verdict_refuses_for_nobody(void **state)
{
	struct sw_verdict v = { 0 };
	struct sw_digest_evidence ev = { 0 };

	(void)state;
	assert_int_equal(v.act, SW_ACT_REFUSE);
	assert_null(v.subject.user);
	assert_int_equal(v.subject.factor, SW_FACTOR_NONE);
	assert_int_equal(v.subject.alg, SW_ALG_NONE);
	assert_false(ev.response_ok || ev.nonce_ours || ev.nonce_fresh || ev.nc_new);
}

static void acts_have_names_and_the_unknown_one_is_a_refusal(void **state)
{
	(void)state;
	assert_string_equal(sw_act_name(SW_ACT_REFUSE), "refused");
	assert_string_equal(sw_act_name(SW_ACT_CHALLENGE), "challenged");
	assert_string_equal(sw_act_name(SW_ACT_ALLOW), "allowed");
	assert_string_equal(sw_act_name(SW_ACT_DROP), "dropped");
	assert_string_equal(sw_act_name(SW_ACT_COUNT), "refused");
	assert_string_equal(sw_act_name((enum sw_act) - 1), "refused");
}

static void factors_have_names(void **state)
{
	(void)state;
	assert_string_equal(sw_factor_name(SW_FACTOR_DIGEST), "digest");
	assert_string_equal(sw_factor_name(SW_FACTOR_NONE), "none");
	assert_string_equal(sw_factor_name(SW_FACTOR_COUNT), "none");
	assert_string_equal(sw_factor_name((enum sw_factor) - 1), "none");
}

static void what_is_known_has_a_name(void **state)
{
	(void)state;
	assert_string_equal(sw_known_name(SW_KNOWN_ADDRESS), "address");
	assert_string_equal(sw_known_name(SW_KNOWN_FLOW), "connection");
	assert_string_equal(sw_known_name(SW_KNOWN_NOT), "nothing");
	assert_string_equal(sw_known_name((enum sw_known) - 1), "nothing");
}

static void warnings_have_a_slug_and_a_sentence(void **state)
{
	(void)state;
	assert_string_equal(sw_warn_slug(SW_WARN_DIGEST_MD5), "digest_md5");
	for (unsigned w = 0; w < SW_WARN_COUNT; w++) {
		assert_true(strlen(sw_warn_slug((enum sw_warn)w)) > 0);
		assert_true(strlen(sw_warn_sentence((enum sw_warn)w)) > 0);
	}
	assert_string_equal(sw_warn_slug(SW_WARN_COUNT), "none");
	assert_string_equal(sw_warn_sentence(SW_WARN_COUNT), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zeroed_verdict_refuses_for_nobody),
		cmocka_unit_test(acts_have_names_and_the_unknown_one_is_a_refusal),
		cmocka_unit_test(factors_have_names),
		cmocka_unit_test(what_is_known_has_a_name),
		cmocka_unit_test(warnings_have_a_slug_and_a_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
