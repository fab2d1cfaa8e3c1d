/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proc/logfile.h"

static char top[32], path[64];
static struct sw_why why;

static void a_file_is_made_for_owner_and_group_and_appended_to(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_true(sw_logfile_open(sw_slice_of(path), &fd, &why));
		assert_int_equal(write(fd, "line\n", 5), 5);
		close(fd);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07137, 0);
	assert_int_equal(st.st_size, 10);
	unlink(path);
}

static void no_path_is_no_file_and_a_device_is_one(void **state)
{
	int fd = 7;

	(void)state;
	assert_true(sw_logfile_open(SW_LIT(""), &fd, &why));
	assert_int_equal(fd, -1);
	assert_true(sw_logfile_open(SW_LIT("/dev/null"), &fd, &why));
	close(fd);
}

static void a_pipe_is_refused_at_once_with_and_without_a_reader(void **state)
{
	int fd = 7, reader = -1;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	for (int i = 0; i < 2; i++) {
		assert_false(sw_logfile_open(sw_slice_of(path), &fd, &why));
		assert_int_equal(fd, -1);
		assert_non_null(strstr(why.text, "is a pipe or a socket"));
		assert_non_null(strstr(why.text, path));
		if (reader < 0)
			reader = open(path, O_RDONLY | O_NONBLOCK);
	}
	close(reader);
	unlink(path);
}

static void a_socket_is_refused(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), fd;

	(void)state;
	memcpy(at.sun_path, path, sw_slice_of(path).n);
	assert_int_equal(bind(s, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_false(sw_logfile_open(sw_slice_of(path), &fd, &why));
	assert_non_null(strstr(why.text, "is a pipe or a socket"));
	close(s);
	unlink(path);
}

static void what_cannot_be_opened_says_why(void **state)
{
	int fd;

	(void)state;
	assert_false(sw_logfile_open(SW_LIT("/no/such/folder/log"), &fd, &why));
	assert_non_null(strstr(why.text, "/no/such/folder/log cannot be opened (No such file"));
	assert_false(sw_logfile_open(sw_slice_of(top), &fd, &why));
	assert_non_null(strstr(why.text, "Is a directory"));
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/sipward-log-XXXXXX");
	if (!mkdtemp(top))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/door.log", top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_made_for_owner_and_group_and_appended_to),
		cmocka_unit_test(no_path_is_no_file_and_a_device_is_one),
		cmocka_unit_test(a_pipe_is_refused_at_once_with_and_without_a_reader),
		cmocka_unit_test(a_socket_is_refused),
		cmocka_unit_test(what_cannot_be_opened_says_why),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
