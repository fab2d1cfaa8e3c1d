/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sipward/slice.h>

static const struct sw_slice nothing; /* p == NULL */

static void case_is_ignored_for_ascii_letters_only(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice a, b;
		bool same;
	} rows[] = {
		{ "the same", SW_INIT("alice"), SW_INIT("alice"), true },
		{ "another case", SW_INIT("aLICe-9"), SW_INIT("AlicE-9"), true },
		{ "both empty", SW_INIT(""), SW_INIT(""), true },
		{ "another letter", SW_INIT("alice"), SW_INIT("alicf"), false },
		{ "longer", SW_INIT("alice"), SW_INIT("alices"), false },
		{ "empty and not", SW_INIT(""), SW_INIT("a"), false },
		{ "@ and `, one bit apart", SW_INIT("@"), SW_INIT("`"), false },
		{ "[ and {, one bit apart", SW_INIT("["), SW_INIT("{"), false },
		{ "Z and z's neighbour", SW_INIT("Z"), SW_INIT("{"), false },
		{ "A-umlaut in Latin-1", SW_INIT("\xc4"), SW_INIT("\xe4"), false },
		{ "NUL is an octet", SW_INIT("a\0b"), SW_INIT("a\0c"), false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_slice_eq_nocase(rows[i].a, rows[i].b), rows[i].same);
		assert_int_equal(sw_slice_eq_nocase(rows[i].b, rows[i].a), rows[i].same);
	}
	assert_true(sw_slice_eq_nocase(nothing, SW_LIT("")));
	assert_true(sw_slice_eq(nothing, SW_LIT("")));
	assert_true(sw_slice_eq(nothing, nothing));
	assert_false(sw_slice_eq(SW_LIT("alice"), SW_LIT("Alice")));
	assert_false(sw_slice_eq(SW_LIT("alice"), SW_LIT("alic")));
}

/* They are compared by words: no octet of any length may fall between two. */
static void one_octet_that_differs_is_seen_wherever_it_stands(void **state)
{
	char a[40], b[40];

	(void)state;
	memset(a, 'q', sizeof(a));
	for (size_t n = 1; n <= sizeof(a); n++) {
		for (size_t i = 0; i < n; i++) {
			memcpy(b, a, sizeof(b));
			b[i] = 'Q';
			assert_true(sw_slice_same_letters(a, b, n));
			b[i] = 'r';
			assert_false(sw_slice_same_letters(a, b, n));
			assert_false(sw_slice_same_letters(b, a, n));
		}
	}
}

static void a_prefix_is_not_longer_than_the_whole(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice s, prefix;
		bool has, has_nocase;
	} rows[] = {
		{ "a beginning", SW_INIT("baresip 1.0"), SW_INIT("baresip"), true, true },
		{ "the whole", SW_INIT("sip"), SW_INIT("sip"), true, true },
		{ "nothing", SW_INIT("sip"), SW_INIT(""), true, true },
		{ "nothing of nothing", SW_INIT(""), SW_INIT(""), true, true },
		{ "another case", SW_INIT("Baresip 1.0"), SW_INIT("baresip"), false, true },
		{ "longer than the whole", SW_INIT("si"), SW_INIT("sip"), false, false },
		{ "an end", SW_INIT("xsip"), SW_INIT("sip"), false, false },
		{ "something of nothing", SW_INIT(""), SW_INIT("s"), false, false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_slice_has_prefix(rows[i].s, rows[i].prefix), rows[i].has);
		assert_int_equal(sw_slice_has_prefix_nocase(rows[i].s, rows[i].prefix),
				 rows[i].has_nocase);
	}
}

static void the_rest_from_behind_the_end_is_empty(void **state)
{
	struct sw_slice s = SW_LIT("abc");

	(void)state;
	assert_true(sw_slice_eq(sw_slice_from(s, 0), s));
	assert_true(sw_slice_eq(sw_slice_from(s, 2), SW_LIT("c")));
	assert_int_equal(sw_slice_from(s, 3).n, 0);
	assert_int_equal(sw_slice_from(s, 4).n, 0);
	assert_int_equal(sw_slice_from(s, SIZE_MAX).n, 0);
	assert_int_equal(sw_slice_from(nothing, 0).n, 0);
}

static void only_blanks_and_tabs_are_trimmed(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice s, want;
	} rows[] = {
		{ "both ends", SW_INIT(" \t a b\t "), SW_INIT("a b") },
		{ "nothing to trim", SW_INIT("a"), SW_INIT("a") },
		{ "blanks only", SW_INIT(" \t "), SW_INIT("") },
		{ "empty", SW_INIT(""), SW_INIT("") },
		{ "line ends stay", SW_INIT("\r\na\n"), SW_INIT("\r\na\n") },
		{ "NUL stays", SW_INIT(" \0 "), SW_INIT("\0") },
		{ "a no-break space of Latin-1 stays", SW_INIT("\xa0"), SW_INIT("\xa0") },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_true(sw_slice_eq(sw_slice_trim(rows[i].s), rows[i].want));
	}
}

static const struct {
	const char *name;
	struct sw_slice s;
	uint64_t max, want;
	bool ok;
} numbers[] = {
	{ "zero", SW_INIT("0"), 9, 0, true },
	{ "at the limit", SW_INIT("65535"), 65535, 65535, true },
	{ "leading zeros", SW_INIT("000000000000000000000000000042"), 255, 42, true },
	{ "the largest of all", SW_INIT("18446744073709551615"), UINT64_MAX, UINT64_MAX, true },
	{ "at a limit of one digit", SW_INIT("5"), 5, 5, true },
	{ "zero where only zero may be", SW_INIT("00"), 0, 0, true },
	{ "empty", SW_INIT(""), 9, 0, false },
	{ "above the limit", SW_INIT("65536"), 65535, 0, false },
	{ "above a limit of one digit", SW_INIT("7"), 5, 0, false },
	{ "above a limit of nought", SW_INIT("1"), 0, 0, false },
	{ "two digits above a limit of one", SW_INIT("10"), 9, 0, false },
	{ "one more than the largest", SW_INIT("18446744073709551616"), UINT64_MAX, 0, false },
	{ "two to the 64 and one, as 1", SW_INIT("18446744073709551617"), 9, 0, false },
	{ "many digits", SW_INIT("99999999999999999999999999999"), UINT64_MAX, 0, false },
	{ "a sign", SW_INIT("+1"), 9, 0, false },
	{ "a minus", SW_INIT("-1"), UINT64_MAX, 0, false },
	{ "a blank before", SW_INIT(" 1"), 9, 0, false },
	{ "a blank behind", SW_INIT("1 "), 9, 0, false },
	{ "hexadecimal", SW_INIT("0x1"), 9, 0, false },
	{ "a letter behind", SW_INIT("12a"), 99, 0, false },
	{ "a NUL behind", SW_INIT("1\0"), 9, 0, false },
	{ "the octet before 0", SW_INIT("/"), 99, 0, false },
	{ "the octet behind 9", SW_INIT(":"), 99, 0, false },
	{ "a digit of another script", SW_INIT("\xd9\xa1"), 99, 0, false },
};

static void a_number_is_plain_digits_within_its_limit(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(numbers); i++) {
		uint64_t v = 77;

		print_message("%s\n", numbers[i].name);
		assert_int_equal(sw_slice_u64(numbers[i].s, numbers[i].max, &v), numbers[i].ok);
		assert_true(v == (numbers[i].ok ? numbers[i].want : 77));
	}
	assert_true(sw_slice_eq(sw_slice_of("a\0b"), SW_LIT("a")));
	assert_int_equal(sw_slice_of("").n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_is_ignored_for_ascii_letters_only),
		cmocka_unit_test(one_octet_that_differs_is_seen_wherever_it_stands),
		cmocka_unit_test(a_prefix_is_not_longer_than_the_whole),
		cmocka_unit_test(the_rest_from_behind_the_end_is_empty),
		cmocka_unit_test(only_blanks_and_tabs_are_trimmed),
		cmocka_unit_test(a_number_is_plain_digits_within_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
