/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "base/hex.h"

static void every_octet_is_a_digit_or_none(void **state)
{
	static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
	unsigned digits = 0;

	(void)state;
	for (int c = 0; c < 256; c++) {
		int d = sw_hex_digit((char)c);

		if (d < 0)
			continue;
		assert_true(d < 16 && (lower[d] == c || upper[d] == c));
		digits++;
	}
	assert_int_equal(digits, 22);
}

static const struct {
	const char *name;
	struct sw_slice text;
	size_t n;
	bool ok;
	const char *want;
} rows[] = {
	{ "either case", SW_INIT("00fFaB"), 3, true, "\x00\xff\xab" },
	{ "nothing", SW_INIT(""), 0, true, "" },
	{ "nothing where octets should be", SW_INIT(""), 1, false, NULL },
	{ "an odd number of digits", SW_INIT("00000"), 3, false, NULL },
	{ "a digit short", SW_INIT("0000000"), 4, false, NULL },
	{ "a digit more", SW_INIT("000000001"), 4, false, NULL },
	{ "no digit at the end", SW_INIT("0000000g"), 4, false, NULL },
	{ "no digit at the beginning", SW_INIT("g0000000"), 4, false, NULL },
	{ "0x", SW_INIT("0x12"), 2, false, NULL },
	{ "a sign", SW_INIT("+1"), 1, false, NULL },
	{ "a blank", SW_INIT(" 1"), 1, false, NULL },
	{ "NUL", SW_INIT("0\0"), 1, false, NULL },
	{ "above 127", SW_INIT("0\xe1"), 1, false, NULL },
};

static void octets_are_pairs_of_digits_and_nothing_else(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		uint8_t out[8] = "unharmed";

		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_hex_parse(rows[i].text, out, rows[i].n), rows[i].ok);
		if (rows[i].ok)
			assert_memory_equal(out, rows[i].want, rows[i].n);
		else
			assert_memory_equal(out, "unharmed", 8);
	}
}

static void try_part(struct sw_slice part)
{
	uint8_t out[4];

	assert_false(sw_hex_parse(part, out, sizeof(out)));
}

static void digits_cut_short_anywhere_are_refused(void **state)
{
	(void)state;
	each_beginning(SW_LIT("deadbeef"), try_part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_octet_is_a_digit_or_none),
		cmocka_unit_test(octets_are_pairs_of_digits_and_nothing_else),
		cmocka_unit_test(digits_cut_short_anywhere_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
