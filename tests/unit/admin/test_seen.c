/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/seen.h"
#include "events.h"

static const struct sw_trunk some[] = {
	{ .name = SW_INIT("people") },
	{ .name = SW_INIT("berlin") },
	{ .name = SW_INIT("people2") },
};
static const struct sw_user users[] = {
	{ .name = "alice", .name_n = 5, .trunk = "people", .trunk_n = 6 },
	{ .name = "bob", .name_n = 3, .trunk = "people2", .trunk_n = 7 },
	{ .name = "carol", .name_n = 5, .trunk = "people", .trunk_n = 6 },
	{ .name = "lost", .name_n = 4, .trunk = "nowhere", .trunk_n = 7 },
};
static const struct sw_policy first = { .trunk = some, .trunks = 3, .user = users, .users = 4 };

static void users_are_counted_per_trunk(void **state)
{
	struct sw_seen s = { 0 };

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	assert_int_equal(sw_seen_find(&s, SW_LIT("people"))->users, 2);
	assert_int_equal(sw_seen_find(&s, SW_LIT("people2"))->users, 1);
	assert_int_equal(sw_seen_find(&s, SW_LIT("berlin"))->users, 0);
	assert_null(sw_seen_find(&s, SW_LIT("peopl")));
	assert_null(sw_seen_find(&s, SW_LIT("")));
	sw_seen_free(&s);
}

static void only_a_proof_counts_as_seen_and_only_a_refusal_as_refused(void **state)
{
	struct sw_seen s = { 0 };
	struct sw_event d = event_challenged("CCCCCC");
	const struct sw_seen_trunk *t;

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	t = sw_seen_find(&s, SW_LIT("people"));
	EVENT_SET(d.trunk, "people");
	sw_seen_note(&s, &d);
	assert_true(t->allowed_us == 0 && t->refused_us == 0);
	d = event_wrong("WWWWWW");
	sw_seen_note(&s, &d);
	assert_true(t->allowed_us == 0);
	assert_int_equal(t->reason, SW_R_DIGEST_WRONG);
	assert_string_equal(t->id, "WWWWWW");
	d = event_allowed("AAAAAA");
	sw_seen_note(&s, &d);
	assert_true(t->allowed_us == EVENT_AT_US);
	assert_int_equal(t->alg, SW_ALG_SHA256);
	assert_string_equal(t->id, "WWWWWW");
	sw_seen_free(&s);
}

static void a_reload_keeps_what_is_known_by_name_and_forgets_the_rest(void **state)
{
	const struct sw_trunk later[] = { { .name = SW_INIT("new") },
					  { .name = SW_INIT("people") } };
	const struct sw_policy second = { .trunk = later, .trunks = 2 };
	struct sw_seen s = { 0 };
	struct sw_event d = event_allowed("AAAAAA");

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	sw_seen_note(&s, &d);
	assert_true(sw_seen_use(&s, &second));
	assert_true(sw_seen_find(&s, SW_LIT("people"))->allowed_us == EVENT_AT_US);
	assert_int_equal(sw_seen_find(&s, SW_LIT("people"))->users, 0);
	assert_true(sw_seen_find(&s, SW_LIT("new"))->allowed_us == 0);
	assert_null(sw_seen_find(&s, SW_LIT("berlin")));
	sw_seen_free(&s);
}

static void a_trunk_that_is_not_there_is_no_trouble(void **state)
{
	struct sw_seen s = { 0 };
	struct sw_event d = event_allowed("AAAAAA");

	(void)state;
	sw_seen_note(&s, &d);
	assert_true(sw_seen_use(&s, &first));
	EVENT_SET(d.trunk, "nobody");
	sw_seen_note(&s, &d);
	d.trunk.n = 0;
	sw_seen_note(&s, &d);
	d.trunk.n = UINT16_MAX;
	sw_seen_note(&s, &d);
	sw_seen_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_are_counted_per_trunk),
		cmocka_unit_test(only_a_proof_counts_as_seen_and_only_a_refusal_as_refused),
		cmocka_unit_test(a_reload_keeps_what_is_known_by_name_and_forgets_the_rest),
		cmocka_unit_test(a_trunk_that_is_not_there_is_no_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
