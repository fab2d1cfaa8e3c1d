/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sipward/reason.h>

static const enum sw_reason all[] = {
#define SW_REASON(number, symbol, class, status, slug, phrase, sentence) SW_R_##symbol,
#include <sipward/reason.def>
#undef SW_REASON
};

static void every_reason_is_found_by_its_slug_and_no_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(all); i++) {
		enum sw_reason r = SW_OK;

		assert_true(sw_reason_find(sw_slice_of(sw_reason_slug(all[i])), &r));
		assert_int_equal(r, all[i]);
	}
}

static void a_row_says_what_the_wire_and_the_operator_learn(void **state)
{
	static const int statuses[] = { 0,   200, 400, 401, 403, 404, 405, 413, 414, 416, 420,
					423, 430, 439, 480, 481, 482, 483, 500, 503, 505, 513 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(all); i++) {
		const struct sw_reason_row *row = sw_reason_row(all[i]);
		bool known = false;

		print_message("%s\n", row->slug);
		for (size_t j = 0; j < SW_ARRAY_LEN(statuses); j++)
			known |= statuses[j] == row->status;
		assert_true(known);
		assert_int_equal(row->phrase[0] == '\0', row->status == 0); /* silence has none */
		assert_non_null(strchr(row->sentence, '.'));
		assert_true(row->class > SW_CLASS_NONE && row->class <= SW_CLASS_INTERNAL);
		assert_true((unsigned)all[i] < SW_REASON_LIMIT);
	}
}

static void what_may_not_be_told_apart_has_one_answer(void **state)
{
	static const enum sw_reason alike[] = { SW_R_DIGEST_NO_USER,     SW_R_DIGEST_USER_OFF,
						SW_R_DIGEST_ALG_TRUNK,   SW_R_DIGEST_ALG_ENDED,
						SW_R_DIGEST_OTHER_TRUNK, SW_R_DIGEST_NO_TRUNK,
						SW_R_DIGEST_QOP_TRUNK,   SW_R_DIGEST_NO_HASH };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(alike); i++) {
		assert_int_equal(sw_reason_row(alike[i])->status,
				 sw_reason_row(SW_R_DIGEST_WRONG)->status);
		assert_string_equal(sw_reason_row(alike[i])->phrase,
				    sw_reason_row(SW_R_DIGEST_WRONG)->phrase);
	}
}

static void a_number_without_a_row_is_a_bug(void **state)
{
	static const int none[] = { 29, 68, SW_REASON_LIMIT - 1, SW_REASON_LIMIT, 100000, -1 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(none); i++)
		assert_string_equal(sw_reason_slug((enum sw_reason)none[i]), "bug");
	assert_string_equal(sw_reason_slug(SW_OK), "ok");
	assert_int_equal(sw_reason_row(SW_OK)->status, 200);
}

static void a_word_that_is_no_slug_is_not_found(void **state)
{
	static const struct sw_slice wrong[] = { SW_INIT(""), SW_INIT("DIGEST_WRONG"),
						 SW_INIT("digest_wron"), SW_INIT("digest_wrong "),
						 SW_INIT("digest_wrongs") };
	enum sw_reason r = SW_R_BUG;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(wrong); i++)
		assert_false(sw_reason_find(wrong[i], &r));
	assert_int_equal(r, SW_R_BUG);
	assert_true(sw_reason_find(SW_LIT("ok"), &r));
	assert_int_equal(r, SW_OK);
}

static void classes_have_names(void **state)
{
	(void)state;
	assert_string_equal(sw_class_name(SW_CLASS_NONE), "none");
	assert_string_equal(sw_class_name(SW_CLASS_PARSE), "parse");
	assert_string_equal(sw_class_name(SW_CLASS_AUTH), "auth");
	assert_string_equal(sw_class_name(SW_CLASS_POLICY), "policy");
	assert_string_equal(sw_class_name(SW_CLASS_REQUEST), "request");
	assert_string_equal(sw_class_name(SW_CLASS_LIMIT), "limit");
	assert_string_equal(sw_class_name(SW_CLASS_BACKEND), "backend");
	assert_string_equal(sw_class_name(SW_CLASS_INTERNAL), "internal");
	assert_string_equal(sw_class_name((enum sw_class)99), "internal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_reason_is_found_by_its_slug_and_no_other),
		cmocka_unit_test(a_row_says_what_the_wire_and_the_operator_learn),
		cmocka_unit_test(what_may_not_be_told_apart_has_one_answer),
		cmocka_unit_test(a_number_without_a_row_is_a_bug),
		cmocka_unit_test(a_word_that_is_no_slug_is_not_found),
		cmocka_unit_test(classes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
