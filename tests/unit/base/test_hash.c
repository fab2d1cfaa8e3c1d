/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "base/buf.h"
#include "base/hash.h"

#define LONG "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"

/* FIPS 180-4 and RFC 1321 A.5 examples. */
static const struct {
	const char *name;
	enum sw_hash_id id;
	struct sw_slice in;
	const char *want;
} rows[] = {
	{ "MD5 of nothing", SW_HASH_MD5, SW_INIT(""), "d41d8cd98f00b204e9800998ecf8427e" },
	{ "MD5 of abc", SW_HASH_MD5, SW_INIT("abc"), "900150983cd24fb0d6963f7d28e17f72" },
	{ "MD5 of 56 letters", SW_HASH_MD5, SW_INIT(LONG), "8215ef0796a20bcaaae116d3876c664a" },
	{ "SHA-256 of nothing", SW_HASH_SHA256, SW_INIT(""),
	  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "SHA-256 of abc", SW_HASH_SHA256, SW_INIT("abc"),
	  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "SHA-256 of 56 letters", SW_HASH_SHA256, SW_INIT(LONG),
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
	{ "SHA-512/256 of nothing", SW_HASH_SHA512_256, SW_INIT(""),
	  "c672b8d1ef56ed28ab87c3622c5114069bdd3ad7b8f9737498d0c01ecef0967a" },
	{ "SHA-512/256 of abc", SW_HASH_SHA512_256, SW_INIT("abc"),
	  "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23" },
	{ "SHA-512/256 of 56 letters", SW_HASH_SHA512_256, SW_INIT(LONG),
	  "bde8e1f9f19bb9fd3406c90ec6bc47bd36d8ada9f11880dbc8a22a7078b6a461" },
};

static int setup(void **state)
{
	*state = sw_hash_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	sw_hash_free(*state);
	return 0;
}

static const char *hex_of(const uint8_t *octets, size_t n)
{
	static char text[2 * SW_HASH_MAX + 1];
	struct sw_buf b = sw_buf_over(text, sizeof(text));

	sw_buf_hex(&b, octets, n);
	return sw_buf_text(&b);
}

static void hashes_are_those_of_their_standards(void **state)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		uint8_t out[SW_HASH_MAX];

		print_message("%s\n", rows[i].name);
		assert_true(sw_hash_parts(*state, rows[i].id, &rows[i].in, 1, out));
		assert_string_equal(hex_of(out, sw_hash_len(rows[i].id)), rows[i].want);
	}
}

static void where_parts_are_cut_makes_no_difference(void **state)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		for (size_t cut = 0; cut <= rows[i].in.n; cut++) {
			struct sw_slice part[] = { { rows[i].in.p, cut },
						   { NULL, 0 },
						   sw_slice_from(rows[i].in, cut) };
			uint8_t out[SW_HASH_MAX];

			assert_true(sw_hash_parts(*state, rows[i].id, part, 3, out));
			assert_string_equal(hex_of(out, sw_hash_len(rows[i].id)), rows[i].want);
		}
}

static void nothing_of_one_hash_is_left_in_the_next(void **state)
{
	uint8_t first[SW_HASH_MAX], again[SW_HASH_MAX];
	struct sw_slice other = SW_LIT("something else");

	assert_true(sw_hash_parts(*state, SW_HASH_SHA256, NULL, 0, first));
	assert_true(sw_hash_parts(*state, SW_HASH_SHA256, &other, 1, again));
	assert_memory_not_equal(first, again, 32);
	assert_true(sw_hash_parts(*state, SW_HASH_SHA256, NULL, 0, again));
	assert_memory_equal(first, again, 32);
}

/* The same by every way, also where a text of that length was hashed before. */
static void assert_public(struct sw_hash *h, enum sw_hash_id id, struct sw_slice text)
{
	uint8_t want[SW_HASH_MAX] = { 0 }, got[SW_HASH_MAX] = { 0 };
	struct sw_slice part[] = { { text.p, text.n / 2 },
				   { NULL, 0 },
				   sw_slice_from(text, text.n / 2) };

	assert_true(sw_hash_parts(h, id, &text, 1, want));
	for (unsigned i = 0; i < 2; i++) {
		assert_true(sw_hash_public(h, id, part, SW_ARRAY_LEN(part), got));
		assert_memory_equal(got, want, sw_hash_len(id));
	}
}

static void what_is_remembered_is_the_hash_of_just_that_text(void **state)
{
	char text[300];

	memset(text, 'a', sizeof(text));
	for (unsigned round = 0; round < 3; round++)
		for (size_t n = 0; n <= sizeof(text); n++)
			for (unsigned id = 0; id < SW_HASH_COUNT; id++) {
				assert_public(*state, (enum sw_hash_id)id,
					      (struct sw_slice){ text, n });
				if (n > 0)
					text[n - 1]++;
			}
}

static void no_hash_is_freed_as_nothing(void **state)
{
	(void)state;
	sw_hash_free(NULL);
}

/* Everything that libcrypto has, and where: blocks are not given back while it is watched. */
static struct {
	char *p;
	size_t n;
} blocks[1 << 18];
static size_t block_n;

static void *allocate(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	if (block_n == sizeof(blocks) / sizeof(blocks[0]))
		return NULL;
	blocks[block_n].p = calloc(1, n);
	blocks[block_n].n = n;
	return blocks[block_n++].p;
}

static void *grow(void *p, size_t n, const char *file, int line)
{
	void *to = allocate(n, file, line);

	for (size_t i = 0; p && to && i < block_n; i++)
		if (blocks[i].p == p)
			memcpy(to, p, blocks[i].n < n ? blocks[i].n : n);
	return to;
}

static void keep(void *p, const char *file, int line)
{
	(void)p;
	(void)file;
	(void)line;
}

static bool is_somewhere(const char *text, size_t n)
{
	for (size_t i = 0; i < block_n; i++)
		if (blocks[i].p && memmem(blocks[i].p, blocks[i].n, text, n))
			return true;
	return false;
}

static void a_secret_is_not_left_in_libcrypto(void **state)
{
	const char secret[] = "wren-cobalt-71-long-enough";
	struct sw_slice part = { secret, sizeof(secret) - 1 };
	struct sw_hash *h = sw_hash_new();
	uint8_t out[SW_HASH_MAX];
	unsigned left = 0;

	(void)state;
	for (unsigned id = 0; id < SW_HASH_COUNT; id++) {
		assert_true(sw_hash_parts(h, (enum sw_hash_id)id, &part, 1, out));
		left += is_somewhere(secret + 8, 16); /* else this test sees nothing at all */
		sw_hash_wipe(h, (enum sw_hash_id)id);
		assert_false(is_somewhere(secret + 8, 16));
	}
	assert_true(left > 0);
	sw_hash_free(h);
}

int main(void)
{
	if (!CRYPTO_set_mem_functions(allocate, grow, keep)) /* before it allocates anything */
		return 1;
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(hashes_are_those_of_their_standards),
		CASE(where_parts_are_cut_makes_no_difference),
		CASE(nothing_of_one_hash_is_left_in_the_next),
		CASE(no_hash_is_freed_as_nothing),
		CASE(what_is_remembered_is_the_hash_of_just_that_text),
		cmocka_unit_test(a_secret_is_not_left_in_libcrypto),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
