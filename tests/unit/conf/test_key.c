/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "conf/key.h"

static const struct {
	const char *typed;
	enum sw_key_place place;
	enum sw_key_id want; /* none: nothing is near */
} near_rows[] = {
	{ "relm", SW_KEY_TOP, SW_KEY_realm },
	{ "Realm", SW_KEY_TOP, SW_KEY_realm },
	{ "raelm", SW_KEY_TOP, SW_KEY_realm },
	{ "domian", SW_KEY_TOP, SW_KEY_domain },
	{ "nonce_life", SW_KEY_TOP, SW_KEY_nonce_life },
	{ "md-5", SW_KEY_TRUNK, SW_KEY_md5 },
	{ "registration", SW_KEY_TRUNK, SW_KEY_none },
	{ "relm", SW_KEY_TRUNK, SW_KEY_none },
	{ "x", SW_KEY_TOP, SW_KEY_none },
	{ "", SW_KEY_TOP, SW_KEY_none },
	{ "a-key-that-is-far-longer-than-any-key-of-ours", SW_KEY_TOP, SW_KEY_none },
};

static void the_nearest_key_is_what_was_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(near_rows); i++) {
		const struct sw_key *k = sw_key_nearest(near_rows[i].place,
							sw_slice_of(near_rows[i].typed));

		print_message("%s\n", near_rows[i].typed);
		assert_int_equal(k ? k->id : SW_KEY_none, near_rows[i].want);
	}
}

static const struct {
	const char *a, *b;
	unsigned want;
} distances[] = {
	{ "", "", 0 },          { "a", "", 1 },
	{ "", "abc", 3 },       { "listen", "LISTEN", 0 },
	{ "user", "usre", 1 },  { "user", "usr", 1 },
	{ "user", "used", 1 },  { "abc", "cab", 2 },
	{ "user", "trunk", 5 },
};

static void the_distance_counts_changes_and_swaps(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(distances); i++) {
		struct sw_slice a = sw_slice_of(distances[i].a), b = sw_slice_of(distances[i].b);

		print_message("%s %s\n", distances[i].a, distances[i].b);
		assert_int_equal(sw_key_distance(a, b), distances[i].want);
		assert_int_equal(sw_key_distance(b, a), distances[i].want);
	}
}

static void keys_belong_to_their_place(void **state)
{
	(void)state;
	assert_non_null(sw_key_find(SW_KEY_TOP, SW_LIT("realm")));
	assert_null(sw_key_find(SW_KEY_TRUNK, SW_LIT("realm")));
	assert_null(sw_key_find(SW_KEY_TOP, SW_LIT("accept")));
	assert_null(sw_key_find(SW_KEY_TOP, SW_LIT("")));
	assert_ptr_not_equal(sw_key_find(SW_KEY_TOP, SW_LIT("expires")),
			     sw_key_find(SW_KEY_TRUNK, SW_LIT("expires")));
}

static void no_key_is_both_here_and_for_later(void **state)
{
	(void)state;
	for (unsigned i = 1; i < SW_KEY_COUNT; i++) {
		const struct sw_key *k = sw_key_row((enum sw_key_id)i);

		assert_false(sw_key_is_later(k->place, sw_slice_of(k->name)));
		assert_true(sw_slice_has_prefix(sw_slice_of(k->example), sw_slice_of(k->name)));
	}
	assert_true(sw_key_is_later(SW_KEY_TOP, SW_LIT("pbx")));
	assert_false(sw_key_is_later(SW_KEY_TOP, SW_LIT("pb")));
}

static void words_of_the_language_are_reserved_exactly(void **state)
{
	(void)state;
	assert_true(sw_key_is_reserved(SW_LIT("over")));
	assert_false(sw_key_is_reserved(SW_LIT("Over")));
	assert_false(sw_key_is_reserved(SW_LIT("digest")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nearest_key_is_what_was_meant),
		cmocka_unit_test(the_distance_counts_changes_and_swaps),
		cmocka_unit_test(keys_belong_to_their_place),
		cmocka_unit_test(no_key_is_both_here_and_for_later),
		cmocka_unit_test(words_of_the_language_are_reserved_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
