/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "admin/reloaded.h"

static const struct {
	const char *name, *text, *code, *message, *at, *whole;
} rows[] = {
	{ "one error",
	  "SW044\nunknown key \"foo\"\nsipward.conf:31:5\n"
	  "sipward.conf:31:5: error SW044: unknown key \"foo\"\n   31 |  foo\n",
	  "SW044", "unknown key \"foo\"", "sipward.conf:31:5",
	  "sipward.conf:31:5: error SW044: unknown key \"foo\"\n   31 |  foo\n" },
	{ "warnings around it", "SW007\ntwice\nb.conf:2:3\na.conf:1:1: warning SW001: MD5\n",
	  "SW007", "twice", "b.conf:2:3", "a.conf:1:1: warning SW001: MD5\n" },
	{ "no place", "SW003\nthe file is too large\n\nerror SW003\n", "SW003",
	  "the file is too large", NULL, "error SW003\n" },
	{ "a plain sentence", "configuration\nport 5060 is taken\n\nport 5060 is taken\n",
	  "configuration", "port 5060 is taken", NULL, "port 5060 is taken\n" },
	{ "no text behind", "configuration\nno", "configuration", "no", NULL, "" },
	{ "nothing", "", NULL, NULL, NULL, "" },
	{ "only a newline", "\n", NULL, NULL, NULL, "" },
};

static void assert_text(const json_t *o, const char *key, const char *want)
{
	const json_t *value = json_object_get(o, key);

	if (want)
		assert_string_equal(json_string_value(value), want);
	else
		assert_true(json_is_null(value));
}

static void the_first_error_is_named_and_the_whole_text_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		json_t *o = sw_reloaded_refused(sw_slice_of(rows[i].text));
		const json_t *error = json_object_get(o, "error");

		print_message("%s\n", rows[i].name);
		assert_text(error, "code", rows[i].code);
		assert_text(error, "message", rows[i].message);
		assert_text(error, "at", rows[i].at);
		assert_text(error, "text", rows[i].whole);
		json_decref(o);
	}
}

static void text_that_is_no_utf_8_is_still_said(void **state)
{
	json_t *o = sw_reloaded_refused(SW_LIT("SW001\n\xff\nx.conf:1:1\n\xff\n"));
	const json_t *error = json_object_get(o, "error");

	(void)state;
	assert_text(error, "message", "\\xff");
	assert_text(error, "text", "\\xff\\x0a");
	json_decref(o);
}

static void a_reload_that_was_done_names_its_generation_and_warnings(void **state)
{
	json_t *o = sw_reloaded_done(8, SW_LIT("x.conf:1:1: warning SW010\n"));

	(void)state;
	assert_int_equal(json_integer_value(json_object_get(o, "generation")), 8);
	assert_text(o, "text", "x.conf:1:1: warning SW010\n");
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_error_is_named_and_the_whole_text_kept),
		cmocka_unit_test(text_that_is_no_utf_8_is_still_said),
		cmocka_unit_test(a_reload_that_was_done_names_its_generation_and_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
