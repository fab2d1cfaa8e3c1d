/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mac.h"

static const char in[] = "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e";
static const struct sw_mac_key counted = { { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
					     15 } };

/* vectors_sip128 of the reference implementation: key 00..0f, input 00.. of that length. */
static const struct {
	size_t n;
	const char *want;
} rows[] = {
	{ 0, "a3817f04ba25a8e66df67214c7550293" },  { 1, "da87c1d86b99af44347659119b22fc45" },
	{ 2, "8177228da4a45dc7fca38bdef60affe4" },  { 3, "9c70b60c5267a94e5f33b6b02985ed51" },
	{ 4, "f88164c12d9c8faf7d0f6e7c7bcd5579" },  { 5, "1368875980776f8854527a07690e9627" },
	{ 6, "14eeca338b208613485ea0308fd7a15e" },  { 7, "a1f1ebbed8dbc153c0b84aa61ff08239" },
	{ 8, "3b62a9ba6258f5610f83e264f31497b4" },  { 9, "264499060ad9baabc47f8b02bb6d71ed" },
	{ 15, "5493e99933b0a8117e08ec0f97cfc3d9" },
};

static int setup(void **state)
{
	*state = sw_mac_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	sw_mac_free(*state);
	return 0;
}

static const char *hex_of(const uint8_t octets[16])
{
	static char text[33];
	struct sw_buf b = sw_buf_over(text, sizeof(text));

	sw_buf_hex(&b, octets, 16);
	return sw_buf_text(&b);
}

static void the_mac_is_siphash_2_4_128(void **state)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice whole = { in, rows[i].n };
		uint8_t out[SW_MAC_LEN];

		print_message("%zu octets\n", rows[i].n);
		assert_true(sw_mac_parts(*state, &counted, &whole, 1, out));
		assert_string_equal(hex_of(out), rows[i].want);
	}
}

static void where_parts_are_cut_makes_no_difference(void **state)
{
	for (size_t cut = 0; cut <= 15; cut++) {
		struct sw_slice part[] = { { in, cut }, { NULL, 0 }, { in + cut, 15 - cut } };
		uint8_t out[SW_MAC_LEN];

		assert_true(sw_mac_parts(*state, &counted, part, 3, out));
		assert_string_equal(hex_of(out), rows[10].want);
	}
}

/* Long and short parts in every order: what is joined before it is hashed stays in its place. */
static void long_parts_are_hashed_in_their_order(void **state)
{
	static char text[2000];
	static const size_t cuts[][3] = { { 1, 511, 1 },   { 512, 1, 512 }, { 513, 1, 600 },
					  { 3, 513, 512 }, { 0, 2000, 0 },  { 511, 513, 7 } };
	uint8_t whole[SW_MAC_LEN], parts[SW_MAC_LEN];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)(i * 31);
	for (size_t i = 0; i < SW_ARRAY_LEN(cuts); i++) {
		size_t a = cuts[i][0], b = a + cuts[i][1], c = b + cuts[i][2];
		struct sw_slice one = { text, sizeof(text) };
		struct sw_slice part[] = { { text, a },
					   { text + a, b - a },
					   { text + b, c - b },
					   { text + c, sizeof(text) - c } };

		assert_true(sw_mac_parts(*state, &counted, &one, 1, whole));
		assert_true(sw_mac_parts(*state, &counted, part, 4, parts));
		assert_memory_equal(whole, parts, SW_MAC_LEN);
	}
}

static void nothing_of_one_key_or_text_is_left_in_the_next(void **state)
{
	struct sw_mac_key other = counted;
	struct sw_slice text = SW_LIT("something else");
	uint8_t out[SW_MAC_LEN], changed[SW_MAC_LEN];

	other.octets[15] ^= 1;
	assert_true(sw_mac_parts(*state, &other, &text, 1, out));
	assert_true(sw_mac_parts(*state, &counted, &text, 1, changed));
	assert_memory_not_equal(out, changed, SW_MAC_LEN);
	assert_true(sw_mac_parts(*state, &counted, NULL, 0, out));
	assert_string_equal(hex_of(out), rows[0].want);
}

static void a_number_is_the_first_half_of_the_mac(void **state)
{
	uint8_t out[SW_MAC_LEN];
	struct sw_slice text = SW_LIT("alice");
	uint64_t v = sw_mac_u64(*state, &counted, text);

	assert_true(sw_mac_parts(*state, &counted, &text, 1, out));
	assert_memory_equal(&v, out, sizeof(v));
	assert_true(sw_mac_u64(*state, &counted, SW_LIT("alicf")) != v);
}

/* HKDF-SHA-256 without salt (RFC 5869 2), from Python's hmac. */
static void keys_are_derived_by_purpose(void **state)
{
	static const struct {
		struct sw_slice label;
		const char *want;
	} keys[] = {
		{ SW_INIT("nonce"), "460217f90f821a82ed2ebd9e4c29c5d6" },
		{ SW_INIT("tag"), "8f891614e82ca20b1007402bb497df9c" },
	};
	uint8_t seed[SW_SEED_LEN];
	struct sw_mac_key key;

	(void)state;
	for (size_t i = 0; i < sizeof(seed); i++)
		seed[i] = (uint8_t)i;
	for (size_t i = 0; i < SW_ARRAY_LEN(keys); i++) {
		assert_true(sw_mac_derive(seed, keys[i].label, &key));
		assert_string_equal(hex_of(key.octets), keys[i].want);
	}
	seed[31] ^= 0x80;
	assert_true(sw_mac_derive(seed, keys[0].label, &key));
	assert_string_not_equal(hex_of(key.octets), keys[0].want);
}

static void no_mac_is_freed_as_nothing(void **state)
{
	(void)state;
	sw_mac_free(NULL);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_mac_is_siphash_2_4_128),
		CASE(where_parts_are_cut_makes_no_difference),
		CASE(long_parts_are_hashed_in_their_order),
		CASE(nothing_of_one_key_or_text_is_left_in_the_next),
		CASE(a_number_is_the_first_half_of_the_mac),
		CASE(keys_are_derived_by_purpose),
		CASE(no_mac_is_freed_as_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
