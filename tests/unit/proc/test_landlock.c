/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/landlock.h"

static char folder[] = "/tmp/sipward-landlock-XXXXXX";
static char beside[] = "/tmp/sipward-beside-XXXXXX";

#define LOOK(fact)                                 \
	do {                                       \
		if (!(fact))                       \
			_exit(__LINE__ % 250 + 1); \
	} while (0)

static void in_a_child(void (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("the child stops at a line that is %d modulo 250",
			 WEXITSTATUS(status) - 1);
}

static int open_in(const char *where, const char *name, int flags)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", where, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

static int remove_in(const char *where, const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", where, name);
	return unlink(path);
}

static void keep_a_database(void)
{
	struct sw_why why;
	int fd, directory;

	LOOK(sw_landlock_enter(folder, &why));
	fd = open_in(folder, "db", O_RDWR | O_CREAT);
	LOOK(fd >= 0 && write(fd, "x", 1) == 1 && ftruncate(fd, 0) == 0 && fsync(fd) == 0);
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	LOOK(directory >= 0 && fsync(directory) == 0);
	LOOK(remove_in(folder, "db") == 0);
}

static void a_directory_can_be_worked_in(void **state)
{
	(void)state;
	in_a_child(keep_a_database);
}

static void try_to_leave_the_directory(void)
{
	char in[128], out[128];
	struct sw_why why;

	(void)snprintf(in, sizeof(in), "%s/f", folder);
	(void)snprintf(out, sizeof(out), "%s/f", beside);
	LOOK(sw_landlock_enter(folder, &why));
	LOOK(open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	LOOK(open("/proc/self/maps", O_RDONLY | O_CLOEXEC) < 0);
	LOOK(open_in(beside, "f", O_RDONLY) < 0 && errno == EACCES);
	LOOK(open_in(beside, "new", O_WRONLY | O_CREAT) < 0 && errno == EACCES);
	LOOK(open_in(folder, "..", O_RDONLY | O_DIRECTORY) < 0);
	LOOK(remove_in(beside, "f") < 0 && errno == EACCES);
	LOOK(rename(out, in) < 0 && link(out, in) < 0);
	LOOK(symlink("/etc/passwd", in) < 0 && errno == EACCES);
	LOOK(mkdir(in, 0700) < 0 && mknod(in, S_IFIFO | 0600, 0) < 0);
}

static void nothing_beyond_the_directory_can_be_reached(void **state)
{
	int fd = open_in(beside, "f", O_WRONLY | O_CREAT);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	in_a_child(try_to_leave_the_directory);
	assert_int_equal(remove_in(beside, "f"), 0);
}

static void try_files(void)
{
	int before = open_in(folder, "journal", O_RDWR | O_CREAT), memory;
	struct sw_why why;

	LOOK(before >= 0 && sw_landlock_enter(NULL, &why));
	LOOK(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES);
	LOOK(open("/dev/null", O_RDWR | O_CLOEXEC) < 0);
	LOOK(open_in(folder, "journal", O_RDONLY) < 0);
	LOOK(open_in(folder, "new", O_RDWR | O_CREAT) < 0);
	LOOK(remove_in(folder, "journal") < 0);
	LOOK(write(before, "x", 1) == 1 && ftruncate(before, 0) == 0); /* open it was before */
	memory = memfd_create("m", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	LOOK(memory >= 0 && ftruncate(memory, 4096) == 0);
}

static void without_a_directory_no_file_is_opened(void **state)
{
	(void)state;
	in_a_child(try_files);
	assert_int_equal(remove_in(folder, "journal"), 0);
}

static void try_tcp(void)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sw_why why;

	LOOK(s >= 0 && sw_landlock_enter(NULL, &why));
	at.sin_port = htons(9);
	LOOK(connect(s, (const struct sockaddr *)&at, sizeof(at)) < 0 && errno == EACCES);
	at.sin_port = htons(40009);
	LOOK(bind(s, (const struct sockaddr *)&at, sizeof(at)) < 0 && errno == EACCES);
}

static void no_port_is_bound_and_no_connection_made(void **state)
{
	(void)state;
	if (sw_landlock_abi() < 4)
		skip();
	in_a_child(try_tcp);
}

static void try_others(void)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "\0sipward-test" };
	socklen_t length = offsetof(struct sockaddr_un, sun_path) + sizeof("\0sipward-test") - 1;
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sw_why why;

	LOOK(s >= 0 && sw_landlock_enter(NULL, &why));
	LOOK(kill(getppid(), 0) < 0 && errno == EPERM);
	LOOK(kill(getpid(), 0) == 0);
	LOOK(connect(s, (const struct sockaddr *)&at, length) < 0 && errno == EPERM);
}

static void no_abstract_socket_and_no_other_process_is_reached(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX, .sun_path = "\0sipward-test" };
	socklen_t length = offsetof(struct sockaddr_un, sun_path) + sizeof("\0sipward-test") - 1;
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	if (sw_landlock_abi() < 6)
		skip();
	assert_int_equal(bind(s, (const struct sockaddr *)&at, length), 0);
	assert_int_equal(listen(s, 1), 0);
	in_a_child(try_others);
	close(s);
}

static void enter_a_directory_that_is_not_there(void)
{
	struct sw_why why = { "" };

	LOOK(!sw_landlock_enter("/nowhere/lib", &why));
	LOOK(strstr(why.text, "/nowhere/lib"));
}

static void a_directory_that_is_not_there_is_a_failure(void **state)
{
	(void)state;
	in_a_child(enter_a_directory_that_is_not_there);
}

static int make_folders(void **state)
{
	(void)state;
	return mkdtemp(folder) && mkdtemp(beside) ? 0 : -1;
}

static int remove_folders(void **state)
{
	(void)state;
	return rmdir(folder) || rmdir(beside);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_can_be_worked_in),
		cmocka_unit_test(nothing_beyond_the_directory_can_be_reached),
		cmocka_unit_test(without_a_directory_no_file_is_opened),
		cmocka_unit_test(no_port_is_bound_and_no_connection_made),
		cmocka_unit_test(no_abstract_socket_and_no_other_process_is_reached),
		cmocka_unit_test(a_directory_that_is_not_there_is_a_failure),
	};

	if (sw_landlock_abi() == 0) {
		print_message("the kernel has no Landlock: nothing is tested\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, make_folders, remove_folders);
}
