/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/words.h"

/*
 * What a text is taken apart into: words joined by "|", quoted ones in "'", "<" and ">" for
 * braces, ";" for the end of a line, "!" for a fault.
 */
static void write_words(struct sw_slice text, struct sw_buf *out, struct sw_diags *d)
{
	struct sw_conf_text file = { .path = SW_LIT("f"), .text = text };
	struct sw_arena arena = { 0 };
	struct sw_words w;
	struct sw_word word;

	sw_words_init(&w, &file, d, &arena);
	for (;;) {
		switch (sw_words_next(&w, &word)) {
		case SW_WORDS_WORD:
			sw_buf_str(out, word.quoted ? "'" : "");
			sw_buf_put(out, word.text);
			sw_buf_char(out, '|');
			break;
		case SW_WORDS_OPEN:
			sw_buf_char(out, '<');
			break;
		case SW_WORDS_CLOSE:
			sw_buf_char(out, '>');
			break;
		case SW_WORDS_EOL:
			sw_buf_char(out, ';');
			break;
		case SW_WORDS_BAD:
			sw_buf_char(out, '!');
			break;
		case SW_WORDS_EOF:
			sw_arena_free(&arena);
			return;
		}
	}
}

static const struct {
	const char *text, *want;
} rows[] = {
	{ "", "" },
	{ "a", "a|" },
	{ "a b\n", "a|b|;" },
	{ "\ta \t b  \r\n", "a|b|;" },
	{ "a#b #c\nd", "a#b|;d|" },
	{ "#a\n\n", ";;" },
	{ "a \\\nb", "a|b|" },
	{ "a \\\r\n \\\n b\n", "a|b|;" },
	{ "a \\\n # c\nb", "a|;b|" },
	{ "a\\b", "a\\b|" },
	{ "a\\ b", "a\\|b|" },
	{ "# a \\\nb", ";b|" },
	{ "\"\" \"a b\" \"#\"", "'|'a b|'#|" },
	{ "\"\\\"\\\\\"", "'\"\\|" },
	{ "a {\n}\n", "a|<;>;" },
	{ "a \"{\" \"}\"", "a|'{|'}|" },
	{ "a{b c}d", "a{b|c}d|" },
	{ "a} b", "a|>b|" },
	{ "\xc3\xa4 b", "\xc3\xa4|b|" },
	{ "\xef\xbb\xbf"
	  "a",
	  "a|" },
	/* faults: each is one, and what follows is read */
	{ "a{\nb", "a|<;b|" },
	{ "a \\ \nb\nc", "a|!b|;c|" },
	{ "a \\ b\nc", "a|!;c|" },
	{ "a\\\nb\nc", "!b|;c|" },
	{ "a \\", "a|!" },
	{ "a\\", "!" },
	{ "\\", "!" },
	{ "\"a\nb", "!;b|" },
	{ "\"a\\", "!" },
	{ "\"a\\n\" b\nc", "!;c|" },
	{ "\"a\"b\nc", "!;c|" },
	{ "a\"b\" c\nd", "!;d|" },
	{ "{a b\nc", "!;c|" },
	{ "}a b\nc", "!;c|" },
	{ "\"", "!" },
};

static void a_text_falls_into_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char text[256];
		struct sw_buf out = sw_buf_over(text, sizeof(text));
		struct sw_diags d = { 0 };

		write_words(sw_slice_of(rows[i].text), &out, &d);
		assert_string_equal(sw_buf_text(&out), rows[i].want);
		assert_int_equal(d.errors > 0, strchr(rows[i].want, '!') != NULL ||
						       strcmp(rows[i].text, "a{\nb") == 0);
		sw_diags_free(&d);
	}
}

/* In a block of exactly its size, so that a sanitizer sees the first octet too far. */
static void a_text_cut_short_anywhere_is_read_to_its_end(void **state)
{
	static const char text[] = "a \\\r\n\"b\\\"\" {\r\n\tc\\\n} \xe2\x82\xac # d\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = malloc(n ? n : 1), out[256];
		struct sw_buf b = sw_buf_over(out, sizeof(out));
		struct sw_diags d = { 0 };
		struct sw_conf_text file = { .path = SW_LIT("f"), .text = { copy, n } };

		assert_non_null(copy);
		memcpy(copy, text, n);
		write_words(file.text, &b, &d);
		sw_words_check(&file, &d);
		assert_true(sw_buf_ok(&b));
		sw_diags_free(&d);
		free(copy);
	}
}

static void words_know_where_they_stand(void **state)
{
	struct sw_conf_text file = { .path = SW_LIT("f"), .text = SW_LIT("a \\\n  \"b c\" # d\n") };
	struct sw_diags d = { 0 };
	struct sw_words w;
	struct sw_word word;
	struct sw_place at;

	(void)state;
	sw_words_init(&w, &file, &d, NULL);
	assert_int_equal(sw_words_next(&w, &word), SW_WORDS_WORD);
	assert_int_equal(sw_words_next(&w, &word), SW_WORDS_WORD);
	at = sw_words_place(&file, &word, SW_LIT("a"));
	assert_int_equal(at.line, 2);
	assert_int_equal(at.col, 3);
	assert_int_equal(at.width, 5);
	assert_true(sw_slice_eq(at.source, SW_LIT("  \"b c\" # d")));
	assert_int_equal(sw_words_next(&w, &word), SW_WORDS_EOL);
	assert_int_equal(sw_words_next(&w, &word), SW_WORDS_EOF);
	assert_int_equal(sw_words_next(&w, &word), SW_WORDS_EOF);
	sw_diags_free(&d);
}

static const struct {
	const char *text;
	bool turns;
} turns[] = {
	{ "\xd8\x9c", true },
	{ "\xe2\x80\x8e", true },
	{ "\xe2\x80\x8f", true },
	{ "\xe2\x80\xaa", true },
	{ "\xe2\x80\xae", true },
	{ "\xe2\x81\xa6", true },
	{ "\xe2\x81\xa9", true },
	{ "\xe2\x80\x8d", false },
	{ "\xe2\x80\x93", false },
	{ "\xe2\x80\xa9", false },
	{ "\xe2\x80\xaf", false },
	{ "\xe2\x81\xa5", false },
	{ "\xe2\x81\xaa", false },
	{ "\xd7\x90", false },
	{ "\xc3\xa4", false },
	{ "\xf0\x9f\x98\x80", false },
	{ "a", false },
};

static void only_what_turns_the_direction_of_writing_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(turns); i++) {
		struct sw_conf_text file = { .path = SW_LIT("f"),
					     .text = sw_slice_of(turns[i].text) };
		struct sw_diags d = { 0 };

		sw_words_check(&file, &d);
		assert_int_equal(d.errors, turns[i].turns);
		assert_true(d.errors == 0 || d.list[0].rule == SW_LINT_DIRECTION);
		sw_diags_free(&d);
	}
}

static void one_fault_of_each_kind_is_told_per_file(void **state)
{
	struct sw_conf_text file = { .path = SW_LIT("f"),
				     .text = SW_LIT("\x01\n\x02\n\xff\n\xff\n\x7f\r\n"
						    "\xd8\x9c\n\xe2\x81\xa9\n") };
	struct sw_diags d = { 0 };

	(void)state;
	sw_words_check(&file, &d);
	assert_int_equal(d.errors, 3);
	assert_int_equal(d.list[0].rule, SW_LINT_CONTROL);
	assert_int_equal(d.list[1].rule, SW_LINT_UTF8);
	assert_int_equal(d.list[1].line, 3);
	assert_int_equal(d.list[2].rule, SW_LINT_DIRECTION);
	assert_int_equal(d.list[2].line, 6);
	sw_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_text_falls_into_words),
		cmocka_unit_test(a_text_cut_short_anywhere_is_read_to_its_end),
		cmocka_unit_test(words_know_where_they_stand),
		cmocka_unit_test(only_what_turns_the_direction_of_writing_is_refused),
		cmocka_unit_test(one_fault_of_each_kind_is_told_per_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
