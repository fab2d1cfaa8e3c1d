/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conf/diag.h"

static char *printed(const struct sw_diags *d, size_t most)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	sw_diags_print(out, d, most);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void expect(struct sw_diags *d, const char *want)
{
	char *text = printed(d, SIZE_MAX);

	assert_string_equal(text, want);
	free(text);
	sw_diags_free(d);
}

static struct sw_place place(const char *source, uint32_t col, uint32_t width, const char *key)
{
	return (struct sw_place){ .file = SW_LIT("f"),
				  .line = 7,
				  .col = col,
				  .width = width,
				  .source = sw_slice_of(source),
				  .key = sw_slice_of(key) };
}

static void a_diagnostic_shows_place_line_caret_and_help(void **state)
{
	struct sw_diags d = { 0 };
	struct sw_place at = place("  log json", 7, 4, "log");

	(void)state;
	sw_diag_add(&d, SW_LINT_MD5_OPEN_END, &at, "what %d", 1);
	sw_diag_help(&d, "do %s", "this");
	expect(&d, "f:7:7: warning SW001: what 1\n"
		   "    7 |   log json\n"
		   "      |       ^^^^\n"
		   "   help: do this\n");
}

static void without_a_line_only_the_file_is_named(void **state)
{
	struct sw_diags d = { 0 };
	struct sw_place at = { .file = SW_LIT("f") };

	(void)state;
	sw_diag_add(&d, SW_LINT_KEY_MISSING, &at, "realm is missing");
	sw_diag_add(&d, SW_LINT_MEMORY, NULL, "memory is out");
	expect(&d, "f: error SW205: realm is missing\nerror SW299: memory is out\n");
}

static void nothing_that_a_terminal_obeys_is_printed(void **state)
{
	struct sw_diags d = { 0 };
	struct sw_place at = place("log \x1b[2J\x07 \xff \xc2\x9b", 5, 4, "log");

	(void)state;
	at.file = SW_LIT("f\nf");
	sw_diag_add(&d, SW_LINT_CONTROL, &at, "%s", "a\rb\xfe");
	sw_diag_help(&d, "%s", "c\x1b");
	expect(&d, "f?f:7:5: error SW105: a?b?\n"
		   "    7 | log ?[2J? ? ??\n"
		   "      |     ^^^^\n"
		   "   help: c?\n");
}

/* What shows nothing, breaks a line or turns it round is seen where it stands. */
static void nothing_hides_what_a_line_says(void **state)
{
	struct sw_diags d = { 0 };
	struct sw_place at = place("log \xe2\x80\xae"
				   "a \xe2\x81\xa6 \xc3\xa9 \xe2\x80\x8b \xe2\x80\xa8",
				   1, 3, "log");

	(void)state;
	sw_diag_add(&d, SW_LINT_VALUE_WORD, &at, "%s", "\xd8\x9c \xe2\x82\xac");
	expect(&d, "f:7:1: error SW221: ?? \xe2\x82\xac\n"
		   "    7 | log ???a ??? \xc3\xa9 ??? ???\n"
		   "      | ^^^\n");
}

static const struct {
	const char *source, *key, *want;
} masked[] = {
	{ "user alice hunter2", "user", "user alice ***" },
	{ "\tuser alice \"hunter 2\" # hunter2", "user", "\tuser alice ***" },
	{ "user alice hunter2 \\", "user", "user alice ***" },
	{ "  hunter2", "user", "  ***" },
	{ "  file:/p hunter2", "user", "  file:/p ***" },
	{ "user alice file:/p # hunter2", "user", "user alice file:/p ***" },
	{ "user alice env:P", "user", "user alice env:P" },
	{ "user alice cred:p {", "user", "user alice cred:p {" },
	{ "User alice hunter2", "User", "User alice ***" },
	{ "ures alice hunter2", "ures", "ures alice ***" },
	{ "password hunter2", "password", "password ***" },
	{ "my-Secret hunter2", "my-Secret", "my-Secret ***" },
	{ "username alice hunter2", "username", "username ***" },
	{ "user\xc2\xa0"
	  "alice hunter2",
	  "user\xc2\xa0"
	  "alice",
	  "user\xc2\xa0"
	  "alice ***" },
	{ "phones a { user b hunter2 }", "phones", "phones a { ***" },
	{ "phones a {user b hunter2", "phones", "phones a {***" },
	{ "} user b hunter2", "}", "} ***" },
	{ "} } user b hunter2", "}", "} } ***" },
	{ "u\xff\xff\xfe\xfdr alice hunter2", "u\xff\xff\xfe\xfdr", "u????r ***" },
	{ "\xe2\x80\xaeloglog alice hunter2", "\xe2\x80\xaeloglog", "???loglog ***" },
	{ "realm example.com", "realm", "realm example.com" },
	{ "phones a { # it opens", "phones", "phones a { # it opens" },
	{ "phones a { {", "phones", "phones a { {" },
};

static void a_line_is_cut_before_what_may_be_a_secret(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(masked); i++) {
		for (uint32_t col = 1; col < 30; col++) {
			struct sw_diags d = { 0 };
			struct sw_place at = place(masked[i].source, col, 9, masked[i].key);
			char *text;

			sw_diag_add(&d, SW_LINT_VALUE_WORD, &at, "what");
			assert_true(sw_slice_eq(d.list[0].source, sw_slice_of(masked[i].want)));
			text = printed(&d, SIZE_MAX);
			assert_null(strstr(text, "hunter"));
			free(text);
			sw_diags_free(&d);
		}
	}
}

static void a_long_line_is_shown_around_the_caret(void **state)
{
	char line[4000];

	(void)state;
	memset(line, 'x', sizeof(line));
	for (uint32_t col = 1; col <= sizeof(line); col++) {
		struct sw_diags d = { 0 };
		struct sw_place at = place("", col, 1, "log");

		at.source = (struct sw_slice){ line, sizeof(line) };
		line[col - 1] = '!';
		sw_diag_add(&d, SW_LINT_VALUE_WORD, &at, "what");
		assert_true(d.list[0].source.n < 180);
		assert_true(d.list[0].caret <= d.list[0].source.n);
		assert_int_equal(d.list[0].source.p[d.list[0].caret - 1], '!');
		line[col - 1] = 'x';
		sw_diags_free(&d);
	}
}

static void errors_and_warnings_are_kept_to_a_bound_and_counted(void **state)
{
	struct sw_diags d = { 0 };
	char *text;

	(void)state;
	for (int i = 0; i < 70; i++) {
		sw_diag_add(&d, SW_LINT_KEY_UNKNOWN, NULL, "e%d", i);
		sw_diag_help(&d, "help for the one added last, never for an older one");
	}
	sw_diag_add(&d, SW_LINT_MD5_IDLE, NULL, "w");
	assert_int_equal(d.errors, 70);
	assert_int_equal(d.warnings, 1);
	assert_int_equal(d.n, SW_DIAGS_MAX + 1);
	assert_int_equal(d.list[SW_DIAGS_MAX - 1].helps, 1);
	text = printed(&d, 2);
	assert_non_null(strstr(text, "e1\n"));
	assert_null(strstr(text, "e2\n"));
	assert_non_null(strstr(text, "… and 69 more\n"));
	free(text);
	sw_diags_free(&d);
}

static void errors_go_before_warnings_when_not_all_are_shown(void **state)
{
	struct sw_diags d = { 0 };
	char *text;

	(void)state;
	for (int i = 0; i < 22; i++)
		sw_diag_add(&d, SW_LINT_MD5_IDLE, NULL, "w%d", i);
	sw_diag_add(&d, SW_LINT_KEY_UNKNOWN, NULL, "e0");
	sw_diag_add(&d, SW_LINT_KEY_UNKNOWN, NULL, "e1");
	text = printed(&d, 4);
	assert_string_equal(text, "error SW201: e0\nerror SW201: e1\n"
				  "warning SW009: w0\nwarning SW009: w1\n… and 20 more\n");
	free(text);
	text = printed(&d, 1);
	assert_string_equal(text, "error SW201: e0\n… and 23 more\n");
	free(text);
	text = printed(&d, 24);
	assert_memory_equal(text, "warning SW009: w0\n", 18);
	assert_null(strstr(text, "more"));
	free(text);
	sw_diags_free(&d);
}

static void help_without_a_diagnostic_goes_nowhere(void **state)
{
	struct sw_diags d = { 0 };

	(void)state;
	sw_diag_help(&d, "lost");
	assert_int_equal(d.n, 0);
	sw_diag_add(&d, SW_LINT_MD5_IDLE, NULL, "w");
	for (int i = 0; i < 9; i++)
		sw_diag_help(&d, "%d", i);
	assert_int_equal(d.list[0].helps, SW_DIAG_HELP);
	sw_diags_free(&d);
}

static void they_are_sorted_by_file_line_and_column(void **state)
{
	static const struct {
		uint32_t file, line, col;
		const char *text;
	} in[] = {
		{ 2, 1, 1, "f" }, { 1, 9, 2, "d" }, { 1, 9, 1, "c" },
		{ 1, 9, 2, "e" }, { 0, 0, 0, "a" }, { 1, 3, 7, "b" },
	};
	struct sw_diags d = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(in); i++) {
		struct sw_place at = place("", in[i].col, 0, "");

		at.line = in[i].line;
		at.file_number = in[i].file;
		sw_diag_add(&d, SW_LINT_KEY_UNKNOWN, &at, "%s", in[i].text);
	}
	sw_diags_sort(&d);
	for (size_t i = 0; i < d.n; i++)
		assert_int_equal(d.list[i].message.p[0], "abcdef"[i]);
	sw_diags_free(&d);
}

static void a_message_longer_than_its_room_is_cut(void **state)
{
	struct sw_diags d = { 0 };
	char text[5000];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	sw_diag_add(&d, SW_LINT_KEY_UNKNOWN, NULL, "%s", text);
	assert_in_range(d.list[0].message.n, 500, 1024);
	sw_diags_free(&d);
}

static void rules_are_found_by_number(void **state)
{
	(void)state;
	assert_int_equal(sw_lint_find(SW_LIT("SW027"))->rule, SW_LINT_SECRET_OPEN);
	assert_int_equal(sw_lint_find(SW_LIT("sw27"))->rule, SW_LINT_SECRET_OPEN);
	assert_int_equal(sw_lint_find(SW_LIT("27"))->rule, SW_LINT_SECRET_OPEN);
	assert_null(sw_lint_find(SW_LIT("SW010")));
	assert_null(sw_lint_find(SW_LIT("SW")));
	assert_null(sw_lint_find(SW_LIT("")));
	assert_null(sw_lint_find(SW_LIT("SW0x1")));
	assert_null(sw_lint_find(SW_LIT("SW1001")));
}

static void numbers_of_rules_rise_and_each_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; sw_lint_at(i); i++) {
		const struct sw_lint_row *row = sw_lint_at(i);

		assert_ptr_equal(sw_lint_row(row->rule), row);
		assert_true(strlen(row->title) > 0 && strlen(row->why) > 40);
		if (i > 0)
			assert_true(sw_lint_at(i - 1)->rule < row->rule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_diagnostic_shows_place_line_caret_and_help),
		cmocka_unit_test(without_a_line_only_the_file_is_named),
		cmocka_unit_test(nothing_that_a_terminal_obeys_is_printed),
		cmocka_unit_test(nothing_hides_what_a_line_says),
		cmocka_unit_test(a_line_is_cut_before_what_may_be_a_secret),
		cmocka_unit_test(a_long_line_is_shown_around_the_caret),
		cmocka_unit_test(errors_and_warnings_are_kept_to_a_bound_and_counted),
		cmocka_unit_test(errors_go_before_warnings_when_not_all_are_shown),
		cmocka_unit_test(help_without_a_diagnostic_goes_nowhere),
		cmocka_unit_test(they_are_sorted_by_file_line_and_column),
		cmocka_unit_test(a_message_longer_than_its_room_is_cut),
		cmocka_unit_test(rules_are_found_by_number),
		cmocka_unit_test(numbers_of_rules_rise_and_each_says_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
