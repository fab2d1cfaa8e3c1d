/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "base/b64.h"

static const struct {
	const char *name;
	struct sw_slice octets, text;
} good[] = {
	{ "RFC 4648 10, nothing", SW_INIT(""), SW_INIT("") },
	{ "RFC 4648 10, f", SW_INIT("f"), SW_INIT("Zg") },
	{ "RFC 4648 10, fo", SW_INIT("fo"), SW_INIT("Zm8") },
	{ "RFC 4648 10, foo", SW_INIT("foo"), SW_INIT("Zm9v") },
	{ "RFC 4648 10, foob", SW_INIT("foob"), SW_INIT("Zm9vYg") },
	{ "RFC 4648 10, fooba", SW_INIT("fooba"), SW_INIT("Zm9vYmE") },
	{ "RFC 4648 10, foobar", SW_INIT("foobar"), SW_INIT("Zm9vYmFy") },
	{ "both digits of the url alphabet", SW_INIT("\xfb\xff"), SW_INIT("-_8") },
	{ "zeros", SW_INIT("\0\0\0"), SW_INIT("AAAA") },
};

static void octets_become_digits_and_again_octets(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(good); i++) {
		char text[16];
		uint8_t octets[16];
		struct sw_buf b = sw_buf_over(text, sizeof(text));

		print_message("%s\n", good[i].name);
		sw_b64_write(&b, (const uint8_t *)good[i].octets.p, good[i].octets.n);
		assert_true(sw_slice_eq(sw_buf_slice(&b), good[i].text));
		assert_int_equal(good[i].text.n, SW_B64_LEN(good[i].octets.n));
		assert_true(sw_b64_parse(good[i].text, octets, good[i].octets.n));
		assert_memory_equal(octets, good[i].octets.p, good[i].octets.n);
	}
}

static void every_length_up_to_the_limit_comes_back(void **state)
{
	uint64_t random = 1;

	(void)state;
	for (size_t n = 0; n <= 64; n++) {
		uint8_t octets[64], again[64];
		char text[88];
		struct sw_buf b = sw_buf_over(text, sizeof(text));

		for (size_t i = 0; i < n; i++)
			octets[i] = (uint8_t)next_number(&random);
		sw_b64_write(&b, octets, n);
		assert_int_equal(b.n, SW_B64_LEN(n));
		struct sw_slice exact = exact_copy(sw_buf_slice(&b));

		assert_true(sw_b64_parse(exact, again, n));
		assert_memory_equal(octets, again, n);
		exact_free(exact);
	}
}

static const struct {
	const char *name;
	struct sw_slice text;
	size_t n;
} bad[] = {
	{ "padding", SW_INIT("Zg=="), 1 },
	{ "padding in place of a digit", SW_INIT("Z="), 1 },
	{ "the + of the other alphabet", SW_INIT("+_8"), 2 },
	{ "the / of the other alphabet", SW_INIT("-/8"), 2 },
	{ "a blank inside", SW_INIT("Zm v"), 3 },
	{ "a line end behind", SW_INIT("Zm9v\n"), 3 },
	{ "a line end inside", SW_INIT("Zm\nv"), 3 },
	{ "NUL", SW_INIT("Zm9\0"), 3 },
	{ "an octet above 127", SW_INIT("Zm9\xe9"), 3 },
	{ "one digit short", SW_INIT("Zm9"), 3 },
	{ "one digit more", SW_INIT("Zm9vY"), 3 },
	{ "another length of octets", SW_INIT("Zm9v"), 2 },
	{ "nothing where octets should be", SW_INIT(""), 1 },
	{ "digits where nothing should be", SW_INIT("A"), 0 },
	{ "a stray low bit behind one octet", SW_INIT("Zh"), 1 },
	{ "a stray low bit behind two", SW_INIT("Zm9"), 2 },
	{ "the octet before A", SW_INIT("@@"), 1 },
	{ "the octet behind Z", SW_INIT("[["), 1 },
	{ "the octet before a", SW_INIT("``"), 1 },
	{ "the octet behind z", SW_INIT("{{"), 1 },
	{ "the octet before 0", SW_INIT("//"), 1 },
	{ "the octet behind 9", SW_INIT("::"), 1 },
};

static void another_spelling_is_refused_and_writes_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(bad); i++) {
		uint8_t octets[8] = "unharmed";

		print_message("%s\n", bad[i].name);
		assert_false(sw_b64_parse(bad[i].text, octets, bad[i].n));
		assert_memory_equal(octets, "unharmed", 8);
	}
}

static void try_part(struct sw_slice part)
{
	uint8_t octets[32];

	assert_false(sw_b64_parse(part, octets, sizeof(octets)));
}

static void a_text_cut_short_anywhere_is_refused(void **state)
{
	(void)state;
	each_beginning(SW_LIT("EAAATQAAPoDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA"), try_part);
}

static void one_value_has_one_spelling(void **state)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	bool seen[256] = { 0 };
	unsigned taken = 0;

	(void)state;
	for (size_t i = 0; i < 64; i++)
		for (size_t j = 0; j < 64; j++) {
			char text[2] = { digits[i], digits[j] };
			uint8_t octet;

			if (!sw_b64_parse((struct sw_slice){ text, 2 }, &octet, 1))
				continue;
			assert_false(seen[octet]);
			seen[octet] = true;
			taken++;
		}
	assert_int_equal(taken, 256);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(octets_become_digits_and_again_octets),
		cmocka_unit_test(every_length_up_to_the_limit_comes_back),
		cmocka_unit_test(another_spelling_is_refused_and_writes_nothing),
		cmocka_unit_test(a_text_cut_short_anywhere_is_refused),
		cmocka_unit_test(one_value_has_one_spelling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
