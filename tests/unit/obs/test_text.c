/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "obs/text.h"

static const struct {
	const char *name;
	struct sw_slice in;
	const char *want;
} rows[] = {
	{ "nothing", SW_INIT(""), "" },
	{ "plain", SW_INIT("alice@example.com"), "alice@example.com" },
	{ "blank", SW_INIT("a b"), "a b" },
	{ "two octets", SW_INIT("J\xc3\xb6rg"), "J\xc3\xb6rg" },
	{ "four octets", SW_INIT("\xf0\x9f\x93\x9e"), "\xf0\x9f\x93\x9e" },
	{ "end of line", SW_INIT("a\r\nb"), "a\\x0d\\x0ab" },
	{ "NUL", SW_INIT("a\0b"), "a\\x00b" },
	{ "escape sequence", SW_INIT("\033[31m"), "\\x1b[31m" },
	{ "DEL", SW_INIT("\x7f"), "\\x7f" },
	{ "backslash", SW_INIT("\\x0a"), "\\\\x0a" },
	{ "control of C1", SW_INIT("\xc2\x9b"), "\\xc2\\x9b" },
	{ "right-to-left override", SW_INIT("\xe2\x80\xae"), "\\xe2\\x80\\xae" },
	{ "zero width space", SW_INIT("\xe2\x80\x8b"), "\\xe2\\x80\\x8b" },
	{ "line separator", SW_INIT("\xe2\x80\xa8"), "\\xe2\\x80\\xa8" },
	{ "byte order mark", SW_INIT("\xef\xbb\xbf"), "\\xef\\xbb\\xbf" },
	{ "surrogate", SW_INIT("\xed\xa0\x80"), "\\xed\\xa0\\x80" },
	{ "overlong slash", SW_INIT("\xc0\xaf"), "\\xc0\\xaf" },
	{ "overlong in three", SW_INIT("\xe0\x80\xaf"), "\\xe0\\x80\\xaf" },
	{ "overlong in four", SW_INIT("\xf0\x80\x80\xaf"), "\\xf0\\x80\\x80\\xaf" },
	{ "beyond Unicode", SW_INIT("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80" },
	{ "lone continuation", SW_INIT("\x80"), "\\x80" },
	{ "cut short", SW_INIT("\xe2\x82"), "\\xe2\\x82" },
	{ "cut by a letter", SW_INIT("\xe2\x82z"), "\\xe2\\x82z" },
	{ "no UTF-8 lead", SW_INIT("\xff\xfe"), "\\xff\\xfe" },
};

static void what_could_fool_a_reader_is_written_as_hex(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char room[64];
		struct sw_buf b = sw_buf_over(room, sizeof(room));

		print_message("%s\n", rows[i].name);
		sw_text_clean(&b, rows[i].in);
		assert_string_equal(sw_buf_text(&b), rows[i].want);
	}
}

static void text_that_does_not_fit_is_cut_between_characters(void **state)
{
	static const char in[] = "\xc3\xb6\n\\\xf0\x9f\x93\x9e";

	(void)state;
	for (size_t cap = 1; cap < 20; cap++) {
		char room[32], again[32];
		struct sw_buf b = sw_buf_over(room, cap);
		struct sw_buf whole = sw_buf_over(again, sizeof(again));

		sw_text_clean(&b, SW_LIT(in));
		sw_text_clean(&whole, SW_LIT(in));
		assert_memory_equal(b.p, whole.p, b.n);
		assert_true(b.n == 0 || b.n == 2 || b.n == 6 || b.n == 8 || b.n == 12);
	}
}

static void a_quotation_mark_cannot_end_a_quoted_text(void **state)
{
	char room[64];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	(void)state;
	sw_text_quote(&b, SW_LIT("a\" from 192.0.2.1\\"));
	assert_string_equal(sw_buf_text(&b), "\"a\\\" from 192.0.2.1\\\\\"");
}

static const struct {
	int64_t us;
	const char *want;
} times[] = {
	{ 1795421647412000, "2026-11-23T08:14:07.412Z" },
	{ 1795421647000999, "2026-11-23T08:14:07.000Z" },
	{ 951782400000000, "2000-02-29T00:00:00.000Z" },
	{ 0, "1970-01-01T00:00:00.000Z" },
	{ -1, "1970-01-01T00:00:00.000Z" },
	{ INT64_MIN, "1970-01-01T00:00:00.000Z" },
	{ INT64_MAX, "1970-01-01T00:00:00.000Z" },
};

static void a_time_is_written_in_utc_and_a_clock_gone_mad_does_no_harm(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(times); i++) {
		char room[64];
		struct sw_buf b = sw_buf_over(room, sizeof(room));

		sw_text_time(&b, (struct sw_wall){ times[i].us });
		assert_string_equal(sw_buf_text(&b), times[i].want);
		b = sw_buf_over(room, sizeof(room));
		sw_text_date(&b, (struct sw_wall){ times[i].us });
		assert_memory_equal(sw_buf_text(&b), times[i].want, 10);
		assert_int_equal(b.n, 10);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_could_fool_a_reader_is_written_as_hex),
		cmocka_unit_test(text_that_does_not_fit_is_cut_between_characters),
		cmocka_unit_test(a_quotation_mark_cannot_end_a_quoted_text),
		cmocka_unit_test(a_time_is_written_in_utc_and_a_clock_gone_mad_does_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
