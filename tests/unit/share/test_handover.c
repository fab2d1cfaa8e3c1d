/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "share/handover.h"

static const int first = 1, second = 2;

static void a_role_is_on_what_it_has_answered(void **state)
{
	struct sw_handover h = { .on = 0 };

	(void)state;
	assert_null(sw_handover_take(&h));
	sw_handover_offer(&h, &first);
	assert_false(sw_handover_is_on(&h, 1));
	assert_ptr_equal(sw_handover_take(&h), &first);
	assert_false(sw_handover_is_answered(&h));
	sw_handover_answer(&h, 1);
	assert_true(sw_handover_is_on(&h, 1));
	assert_null(sw_handover_take(&h));
}

static void a_role_that_cannot_answers_with_its_old_one(void **state)
{
	struct sw_handover h = { .on = 0 };

	(void)state;
	sw_handover_offer(&h, &first);
	assert_non_null(sw_handover_take(&h));
	sw_handover_answer(&h, 1);
	sw_handover_offer(&h, &second);
	assert_false(sw_handover_is_on(&h, 1)); /* nobody knows yet */
	assert_non_null(sw_handover_take(&h));
	sw_handover_answer(&h, 1);
	assert_true(sw_handover_is_answered(&h));
	assert_false(sw_handover_is_on(&h, 2));
	assert_true(sw_handover_is_on(&h, 1));
}

static void an_offer_in_place_of_one_that_was_not_taken_needs_one_answer(void **state)
{
	struct sw_handover h = { .on = 0 };

	(void)state;
	sw_handover_offer(&h, &first);
	sw_handover_offer(&h, &second);
	assert_ptr_equal(sw_handover_take(&h), &second);
	sw_handover_answer(&h, 2);
	assert_true(sw_handover_is_on(&h, 2));
}

static void an_offer_behind_one_that_is_on_its_way_needs_its_own_answer(void **state)
{
	struct sw_handover h = { .on = 0 };

	(void)state;
	sw_handover_offer(&h, &first);
	assert_ptr_equal(sw_handover_take(&h), &first);
	sw_handover_offer(&h, &second);
	sw_handover_answer(&h, 1);
	assert_false(sw_handover_is_answered(&h));
	assert_false(sw_handover_is_on(&h, 1));
	assert_ptr_equal(sw_handover_take(&h), &second);
	sw_handover_answer(&h, 2);
	assert_true(sw_handover_is_on(&h, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_is_on_what_it_has_answered),
		cmocka_unit_test(a_role_that_cannot_answers_with_its_old_one),
		cmocka_unit_test(an_offer_in_place_of_one_that_was_not_taken_needs_one_answer),
		cmocka_unit_test(an_offer_behind_one_that_is_on_its_way_needs_its_own_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
