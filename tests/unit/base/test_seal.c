/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/seal.h"

#define CONTENT 100

static const uint8_t key_a[SW_SEAL_KEY] = { 1, 2, 3 }, key_b[SW_SEAL_KEY] = { 1, 2, 4 };
static const uint8_t nonce[SW_SEAL_NONCE] = { 9, 8, 7 };
static const char zeros[CONTENT];

struct boxed {
	struct sw_seal *seal;
	char content[CONTENT];
	uint8_t box[CONTENT + SW_SEAL_MORE];
};

static struct boxed make(const uint8_t key[SW_SEAL_KEY], struct sw_slice bound)
{
	struct boxed b = { .seal = sw_seal_new(key) };

	assert_non_null(b.seal);
	memset(b.content, 'c', sizeof(b.content));
	assert_true(sw_seal_close(b.seal, nonce, bound, b.content, CONTENT, b.box));
	return b;
}

static struct sw_slice box_of(const struct boxed *b)
{
	return (struct sw_slice){ (const char *)b->box, sizeof(b->box) };
}

static void a_box_opens_with_its_key_and_what_it_belongs_to(void **state)
{
	struct boxed b = make(key_a, SW_LIT("example.com alice"));
	char out[CONTENT];

	(void)state;
	assert_memory_equal(b.box, nonce, SW_SEAL_NONCE);
	assert_true(sw_seal_open(b.seal, box_of(&b), SW_LIT("example.com alice"), out));
	assert_memory_equal(out, b.content, CONTENT);
	sw_seal_free(b.seal);
}

static void the_content_does_not_stand_in_the_box(void **state)
{
	struct boxed b = make(key_a, SW_LIT(""));

	(void)state;
	for (size_t i = 0; i + 4 <= sizeof(b.box); i++)
		assert_memory_not_equal(b.box + i, "cccc", 4);
	sw_seal_free(b.seal);
}

static void an_empty_box_is_a_box(void **state)
{
	struct sw_seal *s = sw_seal_new(key_a);
	uint8_t box[SW_SEAL_MORE];
	struct sw_slice all = { (const char *)box, sizeof(box) };
	char out[1];

	(void)state;
	assert_true(sw_seal_close(s, nonce, SW_LIT("a"), NULL, 0, box));
	assert_true(sw_seal_open(s, all, SW_LIT("a"), out));
	assert_false(sw_seal_open(s, all, SW_LIT("b"), out));
	sw_seal_free(s);
}

static void each_octet_of_a_box_counts(void **state)
{
	struct boxed b = make(key_a, SW_LIT("alice"));
	char out[CONTENT];

	(void)state;
	for (size_t i = 0; i < sizeof(b.box); i++) {
		b.box[i] ^= 1;
		memset(out, 'o', sizeof(out));
		assert_false(sw_seal_open(b.seal, box_of(&b), SW_LIT("alice"), out));
		assert_memory_equal(out, zeros, CONTENT);
		b.box[i] ^= 1;
	}
	sw_seal_free(b.seal);
}

static void a_box_cut_short_anywhere_stays_closed(void **state)
{
	struct boxed b = make(key_a, SW_LIT("alice"));
	char out[CONTENT];

	(void)state;
	for (size_t n = 0; n < sizeof(b.box); n++)
		assert_false(sw_seal_open(b.seal, (struct sw_slice){ (const char *)b.box, n },
					  SW_LIT("alice"), out));
	sw_seal_free(b.seal);
}

static void a_box_stays_closed_for_another_owner_or_key(void **state)
{
	static const struct sw_slice others[] = { SW_INIT(""), SW_INIT("alic"), SW_INIT("alicf"),
						  SW_INIT("alice ") };
	struct boxed b = make(key_a, SW_LIT("alice"));
	struct sw_seal *other = sw_seal_new(key_b);
	char out[CONTENT];

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(others); i++)
		assert_false(sw_seal_open(b.seal, box_of(&b), others[i], out));
	assert_false(sw_seal_open(other, box_of(&b), SW_LIT("alice"), out));
	sw_seal_free(other);
	sw_seal_free(b.seal);
}

static void seeds_differ_by_label_and_key(void **state)
{
	uint8_t a[SW_SEAL_KEY], again[SW_SEAL_KEY], label[SW_SEAL_KEY], key[SW_SEAL_KEY];

	(void)state;
	assert_true(sw_seal_seed(key_a, SW_LIT("engine"), a));
	assert_true(sw_seal_seed(key_a, SW_LIT("engine"), again));
	assert_true(sw_seal_seed(key_a, SW_LIT("enginf"), label));
	assert_true(sw_seal_seed(key_b, SW_LIT("engine"), key));
	assert_memory_equal(a, again, sizeof(a));
	assert_memory_not_equal(a, label, sizeof(a));
	assert_memory_not_equal(a, key, sizeof(a));
	assert_memory_not_equal(a, key_a, sizeof(a));
}

static void the_check_tells_keys_apart(void **state)
{
	uint8_t a[SW_SEAL_CHECK], b[SW_SEAL_CHECK];

	(void)state;
	assert_true(sw_seal_check(key_a, a));
	assert_true(sw_seal_check(key_b, b));
	assert_memory_not_equal(a, b, sizeof(a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_box_opens_with_its_key_and_what_it_belongs_to),
		cmocka_unit_test(the_content_does_not_stand_in_the_box),
		cmocka_unit_test(an_empty_box_is_a_box),
		cmocka_unit_test(each_octet_of_a_box_counts),
		cmocka_unit_test(a_box_cut_short_anywhere_stays_closed),
		cmocka_unit_test(a_box_stays_closed_for_another_owner_or_key),
		cmocka_unit_test(seeds_differ_by_label_and_key),
		cmocka_unit_test(the_check_tells_keys_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
