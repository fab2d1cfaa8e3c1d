/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

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

static struct sw_board board;
static struct sw_metric_map counts;

static int make(void **state)
{
	size_t size = sw_board_size(2);
	void *memory = aligned_alloc(4096, size);

	if (!memory || !sw_metric_map_init(&counts, &first))
		return -1;
	memset(memory, 0, size);
	sw_board_init(&board, memory, 2);
	for (uint32_t i = 0; i < 2; i++)
		sw_metric_map_use(&counts, sw_board_metrics(&board, i), 1);
	*state = memory;
	return 0;
}

static int unmake(void **state)
{
	sw_metric_map_free(&counts);
	free(*state);
	return 0;
}

static void see(uint32_t worker, const struct sw_trunk *trunk, enum sw_act act, int64_t at_us,
		const char *id)
{
	struct sw_account a = {
		.verdict = { .act = act,
			     .reason = act == SW_ACT_ALLOW ? SW_OK : SW_R_DIGEST_WRONG,
			     .subject = { .factor = SW_FACTOR_DIGEST, .alg = SW_ALG_SHA256 } },
		.at = { at_us }
	};

	memcpy(a.id, id, strlen(id));
	sw_metric_see(sw_metric_place(sw_board_metrics(&board, worker), &counts, trunk), &a);
}

static struct sw_seen_trunk found(const struct sw_seen *s, struct sw_slice name)
{
	struct sw_seen_trunk t;

	assert_true(sw_seen_find(s, &board, name, &t));
	return t;
}

static void users_are_counted_per_trunk(void **state)
{
	struct sw_seen_trunk t;
	struct sw_seen s = { 0 };

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	assert_int_equal(found(&s, SW_LIT("people")).users, 2);
	assert_int_equal(found(&s, SW_LIT("people2")).users, 1);
	assert_int_equal(found(&s, SW_LIT("berlin")).users, 0);
	assert_false(sw_seen_find(&s, &board, SW_LIT("peopl"), &t));
	assert_false(sw_seen_find(&s, &board, SW_LIT(""), &t));
	sw_seen_free(&s);
}

static void only_a_proof_counts_as_seen_and_only_a_refusal_as_refused(void **state)
{
	struct sw_seen s = { 0 };
	struct sw_seen_trunk t;

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	see(0, &some[0], SW_ACT_CHALLENGE, EVENT_AT_US, "CCCCCC");
	see(0, &some[0], SW_ACT_DROP, EVENT_AT_US, "");
	t = found(&s, SW_LIT("people"));
	assert_true(t.allowed_us == 0 && t.refused_us == 0);
	see(0, &some[0], SW_ACT_REFUSE, EVENT_AT_US, "WWWWWW");
	t = found(&s, SW_LIT("people"));
	assert_true(t.allowed_us == 0);
	assert_int_equal(t.reason, SW_R_DIGEST_WRONG);
	assert_string_equal(t.id, "WWWWWW");
	see(0, &some[0], SW_ACT_ALLOW, EVENT_AT_US, "AAAAAA");
	t = found(&s, SW_LIT("people"));
	assert_true(t.allowed_us == EVENT_AT_US);
	assert_int_equal(t.alg, SW_ALG_SHA256);
	assert_int_equal(t.factor, SW_FACTOR_DIGEST);
	assert_string_equal(t.id, "WWWWWW");
	assert_true(found(&s, SW_LIT("berlin")).allowed_us == 0);
	sw_seen_free(&s);
}

static void the_latest_of_all_workers_is_given(void **state)
{
	struct sw_seen s = { 0 };

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	see(1, &some[0], SW_ACT_REFUSE, EVENT_AT_US + 1, "LATEST");
	see(0, &some[0], SW_ACT_REFUSE, EVENT_AT_US, "BEF0RE");
	assert_string_equal(found(&s, SW_LIT("people")).id, "LATEST");
	see(0, &some[0], SW_ACT_REFUSE, EVENT_AT_US + 2, "AFTER0");
	assert_string_equal(found(&s, SW_LIT("people")).id, "AFTER0");
	sw_seen_free(&s);
}

static void a_reload_keeps_what_is_known_by_name_and_forgets_the_rest(void **state)
{
	const struct sw_trunk later[] = { { .name = SW_INIT("new") },
					  { .name = SW_INIT("people") } };
	const struct sw_policy second = { .trunk = later, .trunks = 2 };
	struct sw_seen_trunk t;
	struct sw_seen s = { 0 };

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	see(0, &some[0], SW_ACT_ALLOW, EVENT_AT_US, "AAAAAA");
	assert_true(sw_seen_use(&s, &second));
	assert_true(found(&s, SW_LIT("people")).allowed_us == EVENT_AT_US);
	assert_int_equal(found(&s, SW_LIT("people")).users, 0);
	assert_true(found(&s, SW_LIT("new")).allowed_us == 0);
	assert_false(sw_seen_find(&s, &board, SW_LIT("berlin"), &t));
	sw_seen_free(&s);
}

static void what_a_worker_says_that_is_on_no_list_is_the_first_of_its_list(void **state)
{
	struct sw_metric_trunk *m = sw_metric_place(sw_board_metrics(&board, 0), &counts, &some[0]);
	struct sw_seen s = { 0 };
	struct sw_seen_trunk t;

	(void)state;
	assert_true(sw_seen_use(&s, &first));
	see(0, &some[0], SW_ACT_ALLOW, EVENT_AT_US, "AAAAAA");
	see(0, &some[0], SW_ACT_REFUSE, EVENT_AT_US, "WWWWWW");
	atomic_store(&m->last_accepted.how, UINT32_MAX);
	atomic_store(&m->last_refused.how, UINT32_MAX);
	atomic_store(&m->last_refused.id, UINT64_MAX);
	t = found(&s, SW_LIT("people"));
	assert_int_equal(t.factor, SW_FACTOR_NONE);
	assert_int_equal(t.alg, SW_ALG_NONE);
	assert_int_equal(t.reason, SW_OK);
	sw_seen_free(&s);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, make, unmake)
	const struct CMUnitTest tests[] = {
		ROW(users_are_counted_per_trunk),
		ROW(only_a_proof_counts_as_seen_and_only_a_refusal_as_refused),
		ROW(the_latest_of_all_workers_is_given),
		ROW(a_reload_keeps_what_is_known_by_name_and_forgets_the_rest),
		ROW(what_a_worker_says_that_is_on_no_list_is_the_first_of_its_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
