/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/options.h"

struct wish {
	const char *id, *conf;
	bool last, json;
};

#define ARGS_MAX 8

static enum sw_exit read_args(const char *const *args, struct wish *w, int *words,
			      const char *out[ARGS_MAX])
{
	static char room[ARGS_MAX][32];
	char *argv[ARGS_MAX + 1] = { 0 };
	const struct sw_option list[] = {
		{ .name = "id", .value = &w->id },
		{ .name = "config", .letter = 'c', .value = &w->conf },
		{ .name = "last", .flag = &w->last },
		{ .name = "json", .letter = 'j', .flag = &w->json },
	};
	int argc = 0;
	enum sw_exit code;

	*w = (struct wish){ 0 };
	for (; args[argc]; argc++) {
		memcpy(room[argc], args[argc], strlen(args[argc]) + 1);
		argv[argc] = room[argc];
	}
	code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), words);
	for (int i = 0; i < argc; i++)
		out[i] = argv[i];
	return code;
}

static const struct {
	const char *name;
	const char *args[ARGS_MAX];
	enum sw_exit want;
} rows[] = {
	{ "nothing", { "t" }, SW_EXIT_OK },
	{ "value apart", { "t", "--id", "x" }, SW_EXIT_OK },
	{ "value attached", { "t", "--id=x" }, SW_EXIT_OK },
	{ "value that looks like an option", { "t", "--id", "--last" }, SW_EXIT_OK },
	{ "letter", { "t", "-c", "f" }, SW_EXIT_OK },
	{ "after the end of options", { "t", "--", "--foo" }, SW_EXIT_OK },
	{ "a dash is a word", { "t", "-" }, SW_EXIT_OK },
	{ "unknown", { "t", "--foo" }, SW_EXIT_USAGE },
	{ "unknown letter", { "t", "-x" }, SW_EXIT_USAGE },
	{ "beginning of a name", { "t", "--las" }, SW_EXIT_USAGE },
	{ "longer than a name", { "t", "--lastt" }, SW_EXIT_USAGE },
	{ "other case", { "t", "--LAST" }, SW_EXIT_USAGE },
	{ "one dash", { "t", "-last" }, SW_EXIT_USAGE },
	{ "value missing", { "t", "--id" }, SW_EXIT_USAGE },
	{ "value of a letter missing", { "t", "-c" }, SW_EXIT_USAGE },
	{ "twice", { "t", "--id", "a", "--id", "b" }, SW_EXIT_USAGE },
	{ "twice by letter and name", { "t", "-c", "a", "--config=b" }, SW_EXIT_USAGE },
	{ "a switch with a value", { "t", "--last=yes" }, SW_EXIT_USAGE },
	{ "a wrong one after a right one", { "t", "--last", "--foo" }, SW_EXIT_USAGE },
	{ "a wrong one after a word", { "t", "word", "--foo" }, SW_EXIT_USAGE },
};

static void a_wrong_option_is_wrong_usage(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		const char *out[ARGS_MAX];
		struct wish w;
		int words;

		print_message("%s\n", rows[i].name);
		assert_int_equal(read_args(rows[i].args, &w, &words, out), rows[i].want);
	}
}

static void words_and_options_may_stand_in_any_order(void **state)
{
	const char *const args[] = { "t", "a", "--id", "x", "b", "-j", "--", "-c", NULL };
	const char *out[ARGS_MAX];
	struct wish w;
	int words;

	(void)state;
	assert_int_equal(read_args(args, &w, &words, out), SW_EXIT_OK);
	assert_int_equal(words, 3);
	assert_string_equal(out[1], "a");
	assert_string_equal(out[2], "b");
	assert_string_equal(out[3], "-c");
	assert_string_equal(w.id, "x");
	assert_true(w.json);
	assert_false(w.last);
	assert_null(w.conf);
}

/* What stands behind "=" may be a password: no message may repeat it. */
static void a_value_is_cut_off_what_is_complained_about(void **state)
{
	static const struct {
		const char *args[ARGS_MAX];
		int at;
		const char *left;
	} cut[] = {
		{ { "t", "--idd=secret" }, 1, "--idd" },
		{ { "t", "--id=a", "--id=secret" }, 2, "--id" },
		{ { "t", "--last=secret" }, 1, "--last" },
		{ { "t", "--foo=bar=secret" }, 1, "--foo" },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(cut); i++) {
		const char *out[ARGS_MAX];
		struct wish w;
		int words;

		assert_int_equal(read_args(cut[i].args, &w, &words, out), SW_EXIT_USAGE);
		assert_string_equal(out[cut[i].at], cut[i].left);
	}
}

static const char *const words_known[] = { "serve", "explain", "register", "status", "stop" };

static const struct {
	const char *typed, *want;
} typed[] = {
	{ "explan", "explain" },
	{ "regsiter", "register" },
	{ "stat", "status" },
	{ "serv", "serve" },
	{ "stpo", "stop" },
	{ "sotp", "stop" },
	{ "pots", NULL },
	{ "", NULL },
	{ "x", NULL },
	{ "explanation", NULL },
	{ "serveserve", NULL },
	{ "quit", NULL },
	{ "a-word-that-is-much-longer-than-any-command", NULL },
};

static void only_a_near_word_is_suggested(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(typed); i++) {
		const char *near = sw_options_nearest(typed[i].typed, words_known,
						      SW_ARRAY_LEN(words_known));

		print_message("%s\n", typed[i].typed);
		if (typed[i].want)
			assert_string_equal(near, typed[i].want);
		else
			assert_null(near);
	}
	assert_null(sw_options_nearest("serve", NULL, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_option_is_wrong_usage),
		cmocka_unit_test(words_and_options_may_stand_in_any_order),
		cmocka_unit_test(a_value_is_cut_off_what_is_complained_about),
		cmocka_unit_test(only_a_near_word_is_suggested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
