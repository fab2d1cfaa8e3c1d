/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/journals.h"

static char folder[64], store[128];
static struct sw_why why;
static struct sw_journal_pair pair[2];

static int begin(void **state)
{
	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/sipward-journals-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(store, sizeof(store), "%s/s.db", folder);
	return 0;
}

static int end(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

static struct sw_journals_setting setting(void)
{
	return (struct sw_journals_setting){ .store = store, .workers = 2 };
}

static const char *path_of(uint32_t worker, uint32_t file)
{
	static char path[SW_JOURNALS_PATH];

	assert_true(sw_journals_path(store, worker, file, path));
	return path;
}

static void make(const char *end, const char *text)
{
	char path[200];
	int fd;

	(void)snprintf(path, sizeof(path), "%s%s", store, end);
	fd = open(path, O_WRONLY | O_CREAT, 0666);
	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void two_a_worker_are_made_for_nobody_else(void **state)
{
	struct sw_journals_setting s = setting();
	struct stat st;
	unsigned seen = 0;

	(void)state;
	assert_true(sw_journals_open(&s, pair, &why));
	for (uint32_t i = 0; i < 2; i++) {
		for (uint32_t k = 0; k < SW_JOURNALS; k++, seen++) {
			assert_int_equal(stat(path_of(i, k), &st), 0);
			assert_int_equal(st.st_mode & 07777, 0600);
			assert_int_equal(st.st_size, 0);
			assert_true(fcntl(pair[i].fd[k], F_GETFD) & FD_CLOEXEC);
		}
	}
	assert_int_equal(seen, 4);
	sw_journals_close(pair, 2);
	assert_int_equal(pair[1].fd[1], -1);
}

static void what_stands_in_them_stays(void **state)
{
	struct sw_journals_setting s = setting();
	struct stat st;

	(void)state;
	make(".bindings-1-b", "12345");
	assert_int_equal(chmod(path_of(1, 1), 0666), 0);
	assert_true(sw_journals_open(&s, pair, &why));
	assert_int_equal(fstat(pair[1].fd[1], &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(st.st_mode & 07777, 0600);
	sw_journals_close(pair, 2);
}

static void refuse(const char *words)
{
	struct sw_journals_setting s = setting();

	why.text[0] = '\0';
	assert_false(sw_journals_open(&s, pair, &why));
	print_message("%s\n", why.text);
	assert_non_null(strstr(why.text, words));
	assert_non_null(strstr(why.text, store));
	for (uint32_t i = 0; i < 2; i++)
		assert_true(pair[i].fd[0] < 0 && pair[i].fd[1] < 0);
}

static void what_is_in_the_way_is_told_and_none_is_left_open(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc/passwd", path_of(1, 0)), 0);
	refuse("is a link");
	assert_int_equal(unlink(path_of(1, 0)), 0);
	assert_int_equal(mkdir(path_of(1, 0), 0700), 0);
	refuse("cannot be opened");
	assert_int_equal(rmdir(path_of(1, 0)), 0);
	assert_int_equal(mkfifo(path_of(1, 0), 0600), 0);
	refuse("is no file");
	(void)snprintf(store, sizeof(store), "%s/none/s.db", folder);
	refuse("directory does not exist");
}

static void one_that_was_removed_is_seen(void **state)
{
	struct sw_journals_setting s = setting();
	int fd;

	(void)state;
	assert_true(sw_journals_open(&s, pair, &why));
	assert_true(sw_journals_is_there(path_of(0, 0), pair[0].fd[0]));
	assert_int_equal(unlink(path_of(0, 0)), 0);
	assert_false(sw_journals_is_there(path_of(0, 0), pair[0].fd[0]));
	assert_true(sw_journals_open_one(&s, 0, 0, &fd, &why));
	assert_false(sw_journals_is_there(path_of(0, 0), pair[0].fd[0]));
	assert_true(sw_journals_is_there(path_of(0, 0), fd));
	close(fd);
	sw_journals_close(pair, 2);
}

static char found[400];

static bool note(void *arg, const char *path, uint32_t worker, uint32_t file)
{
	size_t n = strlen(found);

	(void)arg;
	assert_memory_equal(path, store, strlen(store));
	(void)snprintf(found + n, sizeof(found) - n, "%u%c ", (unsigned)worker, 'a' + (int)file);
	return true;
}

static void all_that_lie_beside_are_found_and_nothing_else(void **state)
{
	static const char *const others[] = { "",
					      "-wal",
					      ".bindings-",
					      ".bindings-x-a",
					      ".bindings-1-c",
					      ".bindings-1-a.bak",
					      ".bindings--a",
					      ".bindings-99999999999-a" };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(others); i++)
		make(others[i], "x");
	found[0] = '\0';
	assert_true(sw_journals_each(store, note, NULL, &why));
	assert_string_equal(found, "");
	make(".bindings-17-b", "x");
	assert_true(sw_journals_each(store, note, NULL, &why));
	assert_string_equal(found, "17b ");
	make(".bindings-0-a", "x");
	found[0] = '\0';
	assert_true(sw_journals_each(store, note, NULL, &why));
	assert_non_null(strstr(found, "17b "));
	assert_non_null(strstr(found, "0a "));
	assert_int_equal(strlen(found), 7);
	(void)snprintf(store, sizeof(store), "%s/none/s.db", folder);
	assert_false(sw_journals_each(store, note, NULL, &why));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(two_a_worker_are_made_for_nobody_else),
		CASE(what_stands_in_them_stays),
		CASE(what_is_in_the_way_is_told_and_none_is_left_open),
		CASE(one_that_was_removed_is_seen),
		CASE(all_that_lie_beside_are_found_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
