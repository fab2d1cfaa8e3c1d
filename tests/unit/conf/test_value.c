/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/utf8.h"
#include "conf/value.h"
#include "core/name.h"

#define UNTOUCHED 77

static const struct {
	const char *text;
	uint64_t ms; /* UNTOUCHED: refused */
} durations[] = {
	{ "1ms", 1 },
	{ "300s", 300000 },
	{ "0s", 0 },
	{ "5m", 300000 },
	{ "1h", 3600000 },
	{ "7d", 604800000 },
	{ "4294967295d", 371085174288000000 },
	{ "", UNTOUCHED },
	{ "300", UNTOUCHED },
	{ "s", UNTOUCHED },
	{ "-1s", UNTOUCHED },
	{ "+1s", UNTOUCHED },
	{ "1.5h", UNTOUCHED },
	{ "1 s", UNTOUCHED },
	{ "1S", UNTOUCHED },
	{ "1sec", UNTOUCHED },
	{ "1s1s", UNTOUCHED },
	{ "0x10s", UNTOUCHED },
	{ "4294967296s", UNTOUCHED },
	{ "99999999999999999999s", UNTOUCHED },
};

static void durations_carry_a_unit(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(durations); i++) {
		uint64_t ms = UNTOUCHED;
		bool ok = sw_value_duration_ms(sw_slice_of(durations[i].text), &ms);

		print_message("\"%s\"\n", durations[i].text);
		assert_int_equal(ok, durations[i].ms != UNTOUCHED);
		assert_true(ms == durations[i].ms);
	}
}

static const struct {
	const char *text;
	uint64_t octets;
} sizes[] = {
	{ "64k", 65536 },     { "1m", 1048576 },     { "0k", 0 },        { "64", UNTOUCHED },
	{ "64K", UNTOUCHED }, { "64kb", UNTOUCHED }, { "k", UNTOUCHED }, { "", UNTOUCHED },
	{ "64s", UNTOUCHED }, { "1g", UNTOUCHED },
};

static void sizes_carry_a_unit(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(sizes); i++) {
		uint64_t octets = UNTOUCHED;
		bool ok = sw_value_size(sw_slice_of(sizes[i].text), &octets);

		print_message("\"%s\"\n", sizes[i].text);
		assert_int_equal(ok, sizes[i].octets != UNTOUCHED);
		assert_true(octets == sizes[i].octets);
	}
}

/* Ends from `date -u -d "DATE + 1 day" +%s`. */
static const struct {
	const char *text;
	int64_t end_s;
} dates[] = {
	{ "2000-01-01", 946771200 },  { "2000-02-29", 951868800 },
	{ "2027-06-30", 1814400000 }, { "2027-12-31", 1830297600 },
	{ "2028-02-29", 1835481600 }, { "2028-03-01", 1835568000 },
	{ "2100-03-01", 4107628800 }, { "9999-12-31", 253402300800 },
	{ "1999-12-31", UNTOUCHED },  { "2027-02-29", UNTOUCHED },
	{ "2100-02-29", UNTOUCHED },  { "2027-04-31", UNTOUCHED },
	{ "2027-13-01", UNTOUCHED },  { "2027-00-01", UNTOUCHED },
	{ "2027-01-00", UNTOUCHED },  { "2027-1-1", UNTOUCHED },
	{ "2027-01-1", UNTOUCHED },   { "2027/01/01", UNTOUCHED },
	{ "20270101", UNTOUCHED },    { "2027-01-011", UNTOUCHED },
	{ "-027-01-01", UNTOUCHED },  { "", UNTOUCHED },
};

static void dates_count_to_their_end(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(dates); i++) {
		int64_t end_s = UNTOUCHED;
		bool ok = sw_value_date_end_s(sw_slice_of(dates[i].text), &end_s);

		print_message("\"%s\"\n", dates[i].text);
		assert_int_equal(ok, dates[i].end_s != UNTOUCHED);
		assert_true(end_s == dates[i].end_s);
	}
}

#define S16 "abcdefghijklmnop"
#define S64 S16 S16 S16 S16

static const struct {
	const char *text;
	bool want;
} hosts[] = {
	{ "example.com", true },
	{ "localhost", true },
	{ "a-b.example", true },
	{ "3com.example", true },
	{ "192.0.2.1", true },
	{ "2001:db8::1", true },
	{ "", false },
	{ ".", false },
	{ ".example.com", false },
	{ "example.com.", false },
	{ "example..com", false },
	{ "-a.example", false },
	{ "a-.example", false },
	{ "a_b.example", false },
	{ "exa mple", false },
	{ "example.com:5060", false },
	{ "sip:example.com", false },
	{ "[2001:db8::1]", false },
	{ "192.0.2.256", false },
	{ "192.0.2", false },
	{ "example.1", false },
	{ "m\xc3\xbcnchen.example", false },
	{ S64 ".example", false },
	{ S16 S16 S16 "abcdefghijklmno.example", true },
};

static void hosts_are_names_or_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(hosts); i++) {
		print_message("\"%s\"\n", hosts[i].text);
		assert_int_equal(sw_value_is_host(sw_slice_of(hosts[i].text)), hosts[i].want);
	}
}

static const struct {
	const char *text;
	bool trunk, user;
} names[] = {
	{ "a", true, true },       { "cloud-pbx", true, true },
	{ "a.b_c-d", true, true }, { "3cx", true, true },
	{ S64, true, true },       { S64 "x", false, false },
	{ "", false, false },      { "-a", false, true },
	{ "+4930", false, true },  { "*97", false, true },
	{ "a b", false, false },   { "a@b", false, false },
	{ "a:b", false, false },   { "a;b", false, false },
	{ "a/b", false, false },   { "a%41", false, false },
	{ "a\"", false, false },   { "a'b", false, false },
	{ "a\\b", false, false },  { "J\xc3\xbcrgen", false, false },
	{ "a,b", false, false },
};

static void names_fit_into_sip_logs_and_metrics(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(names); i++) {
		struct sw_slice text = sw_slice_of(names[i].text);

		print_message("\"%s\"\n", names[i].text);
		assert_int_equal(sw_value_is_trunk_name(text), names[i].trunk);
		assert_int_equal(sw_name_is_user(text), names[i].user);
	}
	assert_false(sw_name_is_user((struct sw_slice){ "a\0b", 3 }));
	assert_false(sw_value_is_trunk_name((struct sw_slice){ "a\0b", 3 }));
}

static const struct {
	const char *name;
	struct sw_slice text;
	size_t want;
} characters[] = {
	{ "ascii", SW_INIT("a"), 1 },
	{ "two", SW_INIT("\xc3\xa4"), 2 },
	{ "first of two", SW_INIT("\xc2\xa0"), 2 },
	{ "three", SW_INIT("\xe2\x82\xac"), 3 },
	{ "four", SW_INIT("\xf0\x9f\x94\x94"), 4 },
	{ "last of all", SW_INIT("\xf4\x8f\xbf\xbf"), 4 },
	{ "empty", SW_INIT(""), 0 },
	{ "a tail alone", SW_INIT("\x80"), 0 },
	{ "C1 control", SW_INIT("\xc2\x9b"), 0 },
	{ "overlong two", SW_INIT("\xc0\xaf"), 0 },
	{ "overlong three", SW_INIT("\xe0\x9f\xbf"), 0 },
	{ "overlong four", SW_INIT("\xf0\x8f\xbf\xbf"), 0 },
	{ "surrogate", SW_INIT("\xed\xa0\x80"), 0 },
	{ "above all", SW_INIT("\xf4\x90\x80\x80"), 0 },
	{ "no first octet", SW_INIT("\xf8\x88\x80\x80"), 0 },
	{ "cut after one", SW_INIT("\xe2"), 0 },
	{ "cut after two", SW_INIT("\xe2\x82"), 0 },
	{ "wrong tail", SW_INIT("\xe2\x82\x41"), 0 },
};

static void only_well_formed_utf8_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(characters); i++) {
		print_message("%s\n", characters[i].name);
		assert_int_equal(sw_utf8_len(characters[i].text), characters[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_carry_a_unit),
		cmocka_unit_test(sizes_carry_a_unit),
		cmocka_unit_test(dates_count_to_their_end),
		cmocka_unit_test(hosts_are_names_or_addresses),
		cmocka_unit_test(names_fit_into_sip_logs_and_metrics),
		cmocka_unit_test(only_well_formed_utf8_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
