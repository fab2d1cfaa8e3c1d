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

#include "proc/sockfile.h"

static char top[32], path[SW_SOCKFILE_PATH];
static struct sw_why why;
static struct sw_sockfile_peer peer;

static bool is_there(const char *name)
{
	struct stat st;

	return lstat(name, &st) == 0;
}

static void the_file_has_the_rights_that_were_asked_for(void **state)
{
	static const mode_t modes[] = { 0600, 0660 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(modes); i++) {
		struct sw_sockfile f;
		struct stat st;

		assert_int_equal(sw_sockfile_open(sw_slice_of(path), modes[i], &f, &peer, &why),
				 SW_SOCKFILE_OPEN);
		assert_int_equal(lstat(path, &st), 0);
		assert_true(S_ISSOCK(st.st_mode));
		assert_int_equal(st.st_mode & 0777, modes[i]);
		close(f.fd);
		sw_sockfile_remove(&f);
		assert_false(is_there(path));
	}
}

static void one_that_nobody_answers_on_is_replaced(void **state)
{
	struct sw_sockfile dead, f;

	(void)state;
	assert_int_equal(sw_sockfile_open(sw_slice_of(path), 0600, &dead, &peer, &why),
			 SW_SOCKFILE_OPEN);
	close(dead.fd);
	assert_int_equal(sw_sockfile_open(sw_slice_of(path), 0600, &f, &peer, &why),
			 SW_SOCKFILE_OPEN);
	close(f.fd);
	sw_sockfile_remove(&f);
}

static void one_that_is_answered_on_is_left_alone_and_named(void **state)
{
	struct sw_sockfile live, f = { .fd = -7 };

	(void)state;
	assert_int_equal(sw_sockfile_open(sw_slice_of(path), 0600, &live, &peer, &why),
			 SW_SOCKFILE_OPEN);
	assert_int_equal(sw_sockfile_open(sw_slice_of(path), 0600, &f, &peer, &why),
			 SW_SOCKFILE_LIVE);
	assert_int_equal(f.fd, -7);
	assert_true(peer.is_known);
	assert_int_equal(peer.pid, getpid());
	assert_int_equal(peer.uid, getuid());
	assert_non_null(strstr(why.text, path));
	assert_true(is_there(path));
	close(live.fd);
	sw_sockfile_remove(&live);
}

/* Its queue is full, so nobody can be asked: that is not known to be dead, and nobody is named. */
static void one_that_cannot_be_asked_is_nobody_s(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	struct sw_sockfile f;
	int fd[3];

	(void)state;
	memcpy(at.sun_path, path, sw_slice_of(path).n);
	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++)
		fd[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd[0], (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd[0], 0), 0);
	assert_int_equal(connect(fd[1], (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(sw_sockfile_open(sw_slice_of(path), 0600, &f, &peer, &why),
			 SW_SOCKFILE_LIVE);
	assert_false(peer.is_known);
	assert_null(strstr(why.text, "pid"));
	assert_non_null(strstr(why.text, path));
	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++)
		close(fd[i]);
	unlink(path);
}

static void a_file_that_took_its_place_is_not_removed(void **state)
{
	struct sw_sockfile f;
	int other;

	(void)state;
	assert_int_equal(sw_sockfile_open(sw_slice_of(path), 0600, &f, &peer, &why),
			 SW_SOCKFILE_OPEN);
	assert_int_equal(unlink(path), 0);
	other = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(other >= 0);
	close(f.fd);
	sw_sockfile_remove(&f);
	assert_true(is_there(path));
	close(other);
	unlink(path);
}

static void what_cannot_be_a_socket_path_is_said(void **state)
{
	char longest[SW_SOCKFILE_PATH];
	struct sw_sockfile f = { .fd = -7 };
	int file = open(path, O_WRONLY | O_CREAT, 0600);

	(void)state;
	close(file);
	assert_int_equal(sw_sockfile_open(sw_slice_of(path), 0600, &f, &peer, &why),
			 SW_SOCKFILE_FAILED);
	assert_non_null(strstr(why.text, "no socket"));
	assert_true(is_there(path));
	unlink(path);

	memset(longest, 'x', sizeof(longest));
	assert_int_equal(sw_sockfile_open((struct sw_slice){ longest, sizeof(longest) }, 0600, &f,
					  &peer, &why),
			 SW_SOCKFILE_FAILED);
	assert_non_null(strstr(why.text, "108 octets"));
	assert_int_equal(sw_sockfile_open(SW_LIT(""), 0600, &f, &peer, &why), SW_SOCKFILE_FAILED);
	assert_int_equal(sw_sockfile_open(SW_LIT("/nonexistent/x.sock"), 0600, &f, &peer, &why),
			 SW_SOCKFILE_FAILED);
	assert_non_null(strstr(why.text, "/nonexistent/x.sock"));
	assert_int_equal(f.fd, -7);
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/sipward-sock-XXXXXX");
	if (!mkdtemp(top))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/control.sock", top);
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
		cmocka_unit_test(the_file_has_the_rights_that_were_asked_for),
		cmocka_unit_test(one_that_nobody_answers_on_is_replaced),
		cmocka_unit_test(one_that_is_answered_on_is_left_alone_and_named),
		cmocka_unit_test(one_that_cannot_be_asked_is_nobody_s),
		cmocka_unit_test(a_file_that_took_its_place_is_not_removed),
		cmocka_unit_test(what_cannot_be_a_socket_path_is_said),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
