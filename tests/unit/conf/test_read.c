/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "conf/line.h"
#include "conf/read.h"
#include "source.h"

/* The keys of a document, blocks with what is in them: "realm trunk(accept user) ". */
static void write_stmts(const struct sw_stmt *first, struct sw_buf *out)
{
	for (const struct sw_stmt *s = first; s; s = s->next) {
		sw_buf_put(out, s->word[0].text);
		sw_buf_str(out, s->is_broken ? "!" : "");
		if (!s->is_block) {
			sw_buf_char(out, ' ');
			continue;
		}
		sw_buf_char(out, '(');
		for (const struct sw_stmt *one = s->first; one; one = one->next) {
			sw_buf_put(out, one->word[0].text);
			sw_buf_str(out, one->is_broken ? "! " : " ");
		}
		sw_buf_str(out, ") ");
	}
}

static const struct memory_file files[] = {
	{ "d/a.conf", "a1 x\ninclude sub/*.conf\na2 x\n" },
	{ "d/b.conf", "b x" },
	{ "d/sub/1.conf", "s1 x\ninclude 3.con[f]\ninclude nothing*\n" },
	{ "d/sub/2.conf", "s2 {\n" },
	{ "d/sub/3.conf", "s3 x\n" },
	{ NULL, NULL },
};

static const struct {
	const char *name, *text, *want;
	size_t errors;
} rows[] = {
	{ "nothing", "", "", 0 },
	{ "statements", "a x\n\n# c\nb x\n", "a b ", 0 },
	{ "block", "a n {\nb x\nc x\n}\nd x\n", "a(b c ) d ", 0 },
	{ "empty block", "a n {\n}\n", "a() ", 0 },
	{ "include", "a x\ninclude d/b.conf\nc x\n", "a include b c ", 0 },
	{ "includes of includes", "include d/sub/1.conf\nz x\n", "include s1 include s3 include z ",
	  0 },
	{ "include on the last line", "include d/b.conf", "include b ", 0 },
	{ "no match", "include e/*.conf\nz x\n", "include z ", 0 },
	{ "include in a block is no include", "a n {\ninclude d/b.conf\n}\n", "a(include ) ", 0 },
	{ "quoted include is no include", "\"include\" d/b.conf\n", "include ", 0 },
	{ "a block does not reach over the end of a file", "include d/sub/2.conf\nz x\n",
	  "include s2() z ", 1 },
	{ "block in a block", "a n {\nb x\nc n {\nd x\n}\n}\ne x\n", "a(b ) c(d ) e ", 1 },
	{ "brace missing", "a n {\nb x\nc n {\nd x\n}\ne x\n", "a(b ) c(d ) e ", 1 },
	{ "brace too many", "a x\n}\nb x\n", "a b ", 1 },
	{ "brace alone", "{\na x\n}\nb x\n", "a b ", 1 },
	{ "block on one line", "a n { b x }\nc x\n", "a! c ", 1 },
	{ "brace behind a word", "a n {\nb x }\nc x\n", "a(b! ) c ", 1 },
	{ "known block without brace", "trunk n\nb x\n}\nc x\n", "trunk(b ) c ", 1 },
	{ "because alone", "because \"x\"\nb x\n", "because! b ", 1 },
	{ "because twice", "a x because \"x\" because \"y\"\nb x\n", "a! b ", 1 },
	{ "quoted because is a word", "a \"because\" \"x\"\n", "a ", 0 },
};

static struct sw_conf_doc *read_text(const char *text, struct sw_arena *arena, struct sw_diags *d)
{
	struct sw_conf_source source = memory_source(files);
	struct sw_slice s = sw_slice_of(text);

	return sw_read(&source, "top.conf", &s, arena, d);
}

static void lines_become_statements_in_their_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char out[256];
		struct sw_buf b = sw_buf_over(out, sizeof(out));
		struct sw_arena arena = { 0 };
		struct sw_diags d = { 0 };
		struct sw_conf_doc *doc = read_text(rows[i].text, &arena, &d);

		print_message("%s\n", rows[i].name);
		assert_non_null(doc);
		write_stmts(doc->first, &b);
		assert_string_equal(sw_buf_text(&b), rows[i].want);
		assert_int_equal(d.errors, rows[i].errors);
		sw_diags_free(&d);
		sw_arena_free(&arena);
	}
}

static void because_is_taken_off_its_line(void **state)
{
	struct sw_arena arena = { 0 };
	struct sw_diags d = { 0 };
	struct sw_conf_doc *doc = read_text("a b because \"c \\\"d\\\"\"\n", &arena, &d);

	(void)state;
	assert_non_null(doc);
	assert_int_equal(doc->first->words, 2);
	assert_true(sw_slice_eq(doc->first->because->text, SW_LIT("c \"d\"")));
	sw_diags_free(&d);
	sw_arena_free(&arena);
}

static enum sw_conf_got endless_read(void *arg, const char *path, size_t max,
				     struct sw_arena *arena, struct sw_conf_file *out)
{
	unsigned *count = arg;

	(void)path;
	(void)max;
	++*count;
	out->text = sw_arena_copy(arena, SW_LIT("include more/*\n"));
	return SW_CONF_GOT;
}

/* Each look finds 300 files of new names, as a folder of links to itself would. */
static bool endless_glob(void *arg, const char *pattern, struct sw_arena *arena,
			 const char *const **paths, size_t *n)
{
	const char **list = sw_arena_alloc(arena, 300, sizeof(*list));
	static unsigned number;

	(void)arg;
	(void)pattern;
	for (size_t i = 0; list && i < 300; i++) {
		char *name = sw_arena_alloc(arena, 16, 1);

		assert_non_null(name);
		(void)snprintf(name, 16, "more/%u", number++);
		list[i] = name;
	}
	*paths = list;
	*n = 300;
	return list;
}

static void includes_without_end_are_refused(void **state)
{
	unsigned count = 0;
	struct sw_conf_source source = { .arg = &count,
					 .read = endless_read,
					 .glob = endless_glob };
	struct sw_arena arena = { 0 };
	struct sw_diags d = { 0 };
	struct sw_conf_doc *doc = sw_read(&source, "top.conf", NULL, &arena, &d);

	(void)state;
	assert_non_null(doc);
	assert_int_equal(count, SW_READ_FILES);
	assert_true(has_rule(&d, SW_LINT_INCLUDE_DEEP));
	sw_diags_free(&d);
	sw_arena_free(&arena);
}

static void text_of_more_than_a_mebibyte_is_refused(void **state)
{
	char *text = malloc(SW_READ_MAX + 2);
	struct sw_arena arena = { 0 };
	struct sw_diags d = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, '\n', SW_READ_MAX + 1);
	text[SW_READ_MAX + 1] = '\0';
	assert_non_null(read_text(text, &arena, &d));
	assert_true(has_rule(&d, SW_LINT_FILE_LARGE));
	sw_diags_free(&d);
	text[SW_READ_MAX] = '\0';
	assert_non_null(read_text(text, &arena, &d));
	assert_int_equal(d.errors, 0);
	sw_diags_free(&d);
	sw_arena_free(&arena);
	free(text);
}

static const struct {
	const char *file, *path, *want;
} paths[] = {
	{ "/etc/sipward/sipward.conf", "conf.d/*.conf", "/etc/sipward/conf.d/*.conf" },
	{ "/etc/sipward/sipward.conf", "/srv/x", "/srv/x" },
	{ "sipward.conf", "x", "x" },
	{ "a/b.conf", "../x", "a/../x" },
	{ "a/b.conf", "", "a/" },
};

static void a_relative_path_starts_at_the_folder_of_its_file(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(paths); i++) {
		struct sw_conf_text file = { .path = sw_slice_of(paths[i].file) };
		struct sw_arena arena = { 0 };
		struct sw_slice got = sw_read_path(&arena, &file, sw_slice_of(paths[i].path));

		assert_string_equal(got.p, paths[i].want);
		assert_int_equal(got.n, strlen(paths[i].want));
		sw_arena_free(&arena);
	}
}

static void a_list_grows_and_keeps_what_is_in_it(void **state)
{
	struct sw_arena arena = { 0 };
	uint32_t *list = NULL;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++) {
		list = sw_line_grow(&arena, list, n, sizeof(*list));
		assert_non_null(list);
		list[n] = n;
	}
	for (uint32_t n = 0; n < 1000; n++)
		assert_int_equal(list[n], n);
	sw_arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_become_statements_in_their_order),
		cmocka_unit_test(because_is_taken_off_its_line),
		cmocka_unit_test(includes_without_end_are_refused),
		cmocka_unit_test(text_of_more_than_a_mebibyte_is_refused),
		cmocka_unit_test(a_relative_path_starts_at_the_folder_of_its_file),
		cmocka_unit_test(a_list_grows_and_keeps_what_is_in_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
