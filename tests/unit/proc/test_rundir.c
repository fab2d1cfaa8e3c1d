/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proc/rundir.h"

static char top[64];
static struct sw_why why;

static struct sw_slice below_top(char path[PATH_MAX], const char *name)
{
	(void)snprintf(path, PATH_MAX, "%s/%s", top, name);
	return sw_slice_of(path);
}

static bool lock_now(struct sw_slice dir, int64_t pid, int *fd, struct sw_why *say)
{
	return sw_rundir_lock(dir, pid, 0, fd, say);
}

static void a_missing_directory_is_made_and_holds_our_pid(void **state)
{
	char path[PATH_MAX], lock[PATH_MAX], text[16] = "";
	struct stat st;
	int fd = -1, f;

	(void)state;
	assert_true(lock_now(below_top(path, "run"), 4121, &fd, &why));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0755);
	(void)below_top(lock, "run/lock");
	f = open(lock, O_RDONLY);
	assert_int_equal(read(f, text, sizeof(text) - 1), 5);
	assert_string_equal(text, "4121\n");
	close(f);
	close(fd);
}

static void a_locked_directory_names_who_holds_it(void **state)
{
	char path[PATH_MAX], want[64];
	int first = -1, second = -1;

	(void)state;
	assert_true(lock_now(below_top(path, "run"), getppid(), &first, &why));
	assert_false(lock_now(sw_slice_of(path), 100, &second, &why));
	assert_int_equal(second, -1);
	(void)snprintf(want, sizeof(want), "another sipward (pid %d) runs here", (int)getppid());
	assert_non_null(strstr(why.text, want));
	close(first);
	assert_true(lock_now(sw_slice_of(path), 100, &second, &why));
	close(second);
}

static void a_pid_of_nobody_is_not_named(void **state)
{
	static const int64_t nobody[] = { 0, INT32_MAX };
	char path[PATH_MAX];
	int first = -1, second = -1;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(nobody); i++) {
		assert_true(lock_now(below_top(path, "run"), nobody[i], &first, &why));
		assert_false(lock_now(sw_slice_of(path), 100, &second, &why));
		assert_non_null(strstr(why.text, "another sipward runs here"));
		assert_null(strstr(why.text, "pid"));
		close(first);
	}
}

static void nobody_else_may_open_the_lock_also_not_an_old_one(void **state)
{
	char path[PATH_MAX], lock[PATH_MAX];
	struct stat st;
	int fd = -1;

	(void)state;
	(void)below_top(lock, "run/lock");
	assert_int_equal(chmod(lock, 0644), 0);
	for (int i = 0; i < 2; i++) {
		assert_true(lock_now(below_top(path, "run"), 7, &fd, &why));
		assert_int_equal(stat(lock, &st), 0);
		assert_int_equal(st.st_mode & 07777, 0600);
		close(fd);
		assert_int_equal(unlink(lock), 0);
	}
	assert_true(lock_now(sw_slice_of(path), 7, &fd, &why));
	close(fd);
}

static void *let_go_soon(void *arg)
{
	(void)poll(NULL, 0, 200);
	close(*(int *)arg);
	return NULL;
}

static void a_door_that_ends_is_waited_for(void **state)
{
	char path[PATH_MAX];
	int first = -1, second = -1;
	pthread_t thread;

	(void)state;
	assert_true(lock_now(below_top(path, "run"), 1, &first, &why));
	assert_int_equal(pthread_create(&thread, NULL, let_go_soon, &first), 0);
	assert_true(sw_rundir_lock(sw_slice_of(path), 2, 5000, &second, &why));
	pthread_join(thread, NULL);
	close(second);
}

static const struct {
	const char *name;
	mode_t mode;
	uid_t owner;
	const char *want; /* NULL: it is good */
} directories[] = {
	{ "ours", 0755, 0, NULL },
	{ "ours alone", 0700, 0, NULL },
	{ "like /tmp", 01777, 0, NULL },
	{ "others may write", 0757, 0, "may be written by others (mode 0757)" },
	{ "the group may write", 0775, 0, "may be written by others (mode 0775)" },
	{ "a stranger's", 0755, 12345, "belongs to another user (uid 12345)" },
	{ "a stranger's, with the sticky bit", 01777, 12345, "belongs to another user" },
};

static void a_directory_that_others_may_change_is_refused(void **state)
{
	char path[PATH_MAX], lock[PATH_MAX + 8];

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(directories); i++) {
		int fd = -1;

		print_message("%s\n", directories[i].name);
		if (directories[i].owner != 0 && geteuid() != 0)
			continue; /* only root can give one away */
		assert_int_equal(mkdir(below_top(path, "checked").p, 0700), 0);
		assert_int_equal(chmod(path, directories[i].mode), 0);
		if (directories[i].owner != 0)
			assert_int_equal(chown(path, directories[i].owner, (gid_t)-1), 0);
		why.text[0] = '\0';
		assert_int_equal(lock_now(sw_slice_of(path), 1, &fd, &why),
				 directories[i].want == NULL);
		if (directories[i].want) {
			assert_non_null(strstr(why.text, directories[i].want));
			assert_non_null(strstr(why.text, path));
		}
		close(fd);
		(void)snprintf(lock, sizeof(lock), "%s/lock", path);
		(void)unlink(lock);
		assert_int_equal(rmdir(path), 0);
	}
}

static void a_lock_file_of_nonsense_is_no_hindrance(void **state)
{
	char path[PATH_MAX], lock[PATH_MAX];
	int fd = -1, f;

	(void)state;
	(void)below_top(lock, "run/lock");
	f = open(lock, O_WRONLY | O_TRUNC);
	assert_int_equal(write(f, "a very long line that is no pid", 31), 31);
	close(f);
	assert_true(lock_now(below_top(path, "run"), 7, &fd, &why));
	close(fd);
}

static void what_cannot_be_a_run_directory_is_said_with_its_path(void **state)
{
	char deep[PATH_MAX], file[PATH_MAX], link[PATH_MAX], name[PATH_MAX], huge[PATH_MAX + 1];
	int fd = -1, f;

	(void)state;
	assert_false(lock_now(below_top(deep, "a/b/c"), 1, &fd, &why));
	assert_non_null(strstr(why.text, deep));

	(void)below_top(file, "file");
	f = open(file, O_WRONLY | O_CREAT, 0600);
	close(f);
	assert_false(lock_now(sw_slice_of(file), 1, &fd, &why));
	assert_non_null(strstr(why.text, file));

	(void)below_top(name, "linked");
	assert_int_equal(mkdir(name, 0755), 0);
	(void)below_top(link, "linked/lock"); /* a lock that points elsewhere is not followed */
	assert_int_equal(symlink(file, link), 0);
	assert_false(lock_now(sw_slice_of(name), 1, &fd, &why));

	memset(huge, 'x', sizeof(huge));
	assert_false(lock_now((struct sw_slice){ huge, sizeof(huge) }, 1, &fd, &why));
	assert_false(lock_now(SW_LIT(""), 1, &fd, &why));
	assert_int_equal(fd, -1);
	unlink(link);
	rmdir(name);
	unlink(file);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/sipward-rundir-XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	char path[PATH_MAX];

	(void)state;
	unlink(below_top(path, "run/lock").p);
	rmdir(below_top(path, "run").p);
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_missing_directory_is_made_and_holds_our_pid),
		cmocka_unit_test(a_locked_directory_names_who_holds_it),
		cmocka_unit_test(a_pid_of_nobody_is_not_named),
		cmocka_unit_test(nobody_else_may_open_the_lock_also_not_an_old_one),
		cmocka_unit_test(a_door_that_ends_is_waited_for),
		cmocka_unit_test(a_directory_that_others_may_change_is_refused),
		cmocka_unit_test(a_lock_file_of_nonsense_is_no_hindrance),
		cmocka_unit_test(what_cannot_be_a_run_directory_is_said_with_its_path),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
