/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cmd/password.h"
#include "cmd/progress.h"
#include "import/row.h"

static void a_made_password_is_four_groups_of_plain_characters(void **state)
{
	struct sw_password a = { 0 }, b = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(sw_password_make("test", &a), SW_EXIT_OK);
		assert_true(a.given);
		assert_int_equal(a.n, 19);
		for (size_t at = 0; at < a.n; at++) {
			assert_int_equal(a.text[at] == '-', at % 5 == 4);
			assert_null(memchr("0O1lIoi", a.text[at], 7));
		}
		assert_null(sw_row_weakness(SW_LIT("alice"), (struct sw_slice){ a.text, a.n }));
		assert_memory_not_equal(a.text, b.text, a.n);
		b = a;
	}
}

/* Every character comes, and none much more often than another. */
static void characters_are_drawn_evenly(void **state)
{
	unsigned count[256] = { 0 }, kinds = 0;
	struct sw_password p = { 0 };

	(void)state;
	for (int i = 0; i < 5000; i++) {
		assert_int_equal(sw_password_make("test", &p), SW_EXIT_OK);
		for (size_t at = 0; at < p.n; at++)
			count[(unsigned char)p.text[at]]++;
	}
	count['-'] = 0;
	for (size_t i = 0; i < SW_ARRAY_LEN(count); i++) {
		if (count[i] == 0)
			continue;
		kinds++;
		assert_in_range(count[i], 80000 / 55 * 3 / 4, 80000 / 55 * 5 / 4);
	}
	assert_int_equal(kinds, 55);
}

static const struct {
	const char *name, *text;
	mode_t mode;
	enum sw_exit want;
	size_t n;
} files[] = {
	{ "one line", "secret\n", 0600, SW_EXIT_OK, 6 },
	{ "no line end", "secret", 0640, SW_EXIT_OK, 6 },
	{ "CR LF", "secret\r\n", 0600, SW_EXIT_OK, 6 },
	{ "only one line end goes", "secret\n\n", 0600, SW_EXIT_OK, 7 },
	{ "blanks stay", " secret \n", 0600, SW_EXIT_OK, 8 },
	{ "nothing", "", 0600, SW_EXIT_OK, 0 },
	{ "for everybody to read", "secret\n", 0604, SW_EXIT_FAILED, 0 },
	{ "for everybody to write", "secret\n", 0602, SW_EXIT_FAILED, 0 },
};

static void a_password_file_is_read_if_it_is_private(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(files); i++) {
		char path[] = "/tmp/sipward-pw-XXXXXX";
		struct sw_password p = { 0 };
		int fd = mkstemp(path);

		print_message("%s\n", files[i].name);
		assert_int_equal(write(fd, files[i].text, strlen(files[i].text)),
				 (ssize_t)strlen(files[i].text));
		assert_int_equal(fchmod(fd, files[i].mode), 0);
		close(fd);
		assert_int_equal(sw_password_file("test", path, &p), files[i].want);
		(void)unlink(path);
		assert_int_equal(p.n, files[i].n);
	}
}

static void a_file_that_is_too_long_or_gone_is_refused(void **state)
{
	char path[] = "/tmp/sipward-pw-XXXXXX", long_one[SW_PASSWORD_MAX + 1];
	struct sw_password p = { 0 };
	int fd = mkstemp(path);

	(void)state;
	memset(long_one, 'x', sizeof(long_one));
	assert_int_equal(write(fd, long_one, sizeof(long_one)), (ssize_t)sizeof(long_one));
	close(fd);
	assert_int_equal(sw_password_file("test", path, &p), SW_EXIT_FAILED);
	(void)unlink(path);
	assert_int_equal(sw_password_file("test", path, &p), SW_EXIT_FAILED);
}

static void an_argument_is_overwritten(void **state)
{
	char arg[] = "secret";
	struct sw_password p = { 0 };

	(void)state;
	assert_int_equal(sw_password_arg("test", arg, &p), SW_EXIT_OK);
	assert_string_equal(arg, "******");
	assert_int_equal(p.n, 6);
}

static void numbers_have_commas(void **state)
{
	static const struct {
		uint64_t n;
		const char *want;
	} rows[] = { { 0, "0" },
		     { 999, "999" },
		     { 1000, "1,000" },
		     { 12345, "12,345" },
		     { 1000000, "1,000,000" },
		     { UINT64_MAX, "18,446,744,073,709,551,615" } };
	char room[32];

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		assert_string_equal(sw_progress_number(room, rows[i].n), rows[i].want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_made_password_is_four_groups_of_plain_characters),
		cmocka_unit_test(characters_are_drawn_evenly),
		cmocka_unit_test(a_password_file_is_read_if_it_is_private),
		cmocka_unit_test(a_file_that_is_too_long_or_gone_is_refused),
		cmocka_unit_test(an_argument_is_overwritten),
		cmocka_unit_test(numbers_have_commas),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
