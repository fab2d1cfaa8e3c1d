/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of tests/vectors/conf. bad/NAME.conf must give exactly the diagnostics of bad/NAME.txt;
 * good/NAME.conf must give none. With SIPWARD_RECORD=1 in the environment the .txt files are
 * written instead, for a person to read before they are kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <glob.h>

#include "base/hash.h"
#include "source.h"

#define ROOT   SIPWARD_VECTORS "/conf/"
#define CANARY "hunter2-canary"

static bool met[1000]; /* by number of rule */

static struct sw_conf *load(const char *path, struct sw_diags *diags)
{
	struct sw_hash *hash = sw_hash_new();
	struct sw_conf *c = sw_conf_load(&vectors_source, path + strlen(ROOT), SW_CONF_RUNTIME,
					 hash, TEST_NOW, diags);

	sw_hash_free(hash);
	return c;
}

static char *printed(const struct sw_diags *d)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	assert_non_null(out);
	sw_diags_print(out, d, SIZE_MAX);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* The text that is expected of a sample; "" when there is none. */
static char *expected(const char *conf, const char *now)
{
	size_t n = strlen(conf), got;
	char *path = strdup(conf), *text = calloc(1, 65536);
	FILE *f;

	assert_non_null(path);
	assert_non_null(text);
	memcpy(path + n - 4, "txt", 4);
	if (getenv("SIPWARD_RECORD")) {
		f = fopen(path, "w");
		assert_non_null(f);
		(void)fputs(now, f);
		(void)fclose(f);
	}
	f = fopen(path, "r");
	if (f) {
		got = fread(text, 1, 65535, f);
		assert_true(got < 65535);
		(void)fclose(f);
	}
	free(path);
	return text;
}

static void note_rules(const struct sw_diags *d)
{
	for (size_t i = 0; i < d->n; i++)
		met[d->list[i].rule] = true;
}

static void each_bad_file_is_told_all_its_faults(void **state)
{
	glob_t g = { 0 };

	(void)state;
	assert_int_equal(glob(ROOT "bad/*.conf", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= 60);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct sw_diags d = { 0 };
		struct sw_conf *c = load(g.gl_pathv[i], &d);
		char *text = printed(&d), *want = expected(g.gl_pathv[i], text);

		print_message("%s\n", g.gl_pathv[i] + strlen(ROOT));
		assert_string_equal(text, want);
		assert_true(d.errors + d.warnings > 0);
		assert_int_equal(c != NULL, d.errors == 0);
		assert_null(strstr(text, CANARY));
		note_rules(&d);
		free(text);
		free(want);
		sw_conf_free(c);
		sw_diags_free(&d);
	}
	globfree(&g);
}

static void each_good_file_loads_without_a_word(void **state)
{
	glob_t g = { 0 };

	(void)state;
	assert_int_equal(glob(ROOT "good/*.conf", 0, NULL, &g), 0);
	assert_true(g.gl_pathc >= 20);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		struct sw_diags d = { 0 };
		struct sw_conf *c = load(g.gl_pathv[i], &d);
		char *text = printed(&d);

		print_message("%s\n", g.gl_pathv[i] + strlen(ROOT));
		assert_string_equal(text, "");
		assert_non_null(c);
		for (size_t u = 0; u < c->policy.users; u++)
			assert_int_equal(c->policy.user[u].algs[SW_FORM_NAME] == 0,
					 c->policy.user[u].is_reserved);
		free(text);
		sw_conf_free(c);
		sw_diags_free(&d);
	}
	globfree(&g);
}

static void every_rule_of_the_text_has_a_bad_file(void **state)
{
	(void)state;
	for (size_t i = 0; sw_lint_at(i); i++) {
		enum sw_lint rule = sw_lint_at(i)->rule;

		if (rule == SW_LINT_MEMORY || rule == SW_LINT_DOCUMENT ||
		    rule == SW_LINT_FILES_FEW || rule == SW_LINT_USER_BOTH ||
		    rule == SW_LINT_STORE || rule == SW_LINT_SEAL_NONE ||
		    rule == SW_LINT_USER_IDLE || rule == SW_LINT_LIMIT_LATER ||
		    rule == SW_LINT_SANDBOX_MISSING || rule == SW_LINT_SANDBOX_SHORT ||
		    rule == SW_LINT_STORE_OWNER)
			continue; /* they look at the machine, or have tests of their own */
		if (!met[rule])
			fail_msg("SW%03d is in no bad file", (int)rule);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_bad_file_is_told_all_its_faults),
		cmocka_unit_test(each_good_file_loads_without_a_word),
		cmocka_unit_test(every_rule_of_the_text_has_a_bad_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
