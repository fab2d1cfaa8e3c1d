/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "proc/notify.h"

/* A manager that listens at this name, "@…" for an abstract one. */
static int manager(const char *name)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	size_t n = sw_slice_of(name).n;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(at.sun_path, name, n);
	if (name[0] == '@')
		at.sun_path[0] = '\0';
	else
		n++;
	assert_int_equal(bind(fd, (const struct sockaddr *)&at,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)),
			 0);
	return fd;
}

static void heard(int fd, const char *want)
{
	char got[128];
	ssize_t n = recv(fd, got, sizeof(got), 0);

	assert_int_equal(n, sw_slice_of(want).n);
	assert_memory_equal(got, want, (size_t)n);
}

static void a_state_reaches_a_socket_by_path_and_by_abstract_name(void **state)
{
	char path[64], abstract[64];
	int by_path, by_name;

	(void)state;
	(void)snprintf(path, sizeof(path), "/tmp/sipward-test-%d.sock", (int)getpid());
	(void)snprintf(abstract, sizeof(abstract), "@sipward-test-%d", (int)getpid());
	by_path = manager(path);
	by_name = manager(abstract);
	assert_true(sw_notify_send(sw_slice_of(path), SW_LIT("READY=1")));
	heard(by_path, "READY=1");
	assert_true(sw_notify_send(sw_slice_of(abstract), SW_LIT("STOPPING=1")));
	heard(by_name, "STOPPING=1");
	close(by_path);
	close(by_name);
	unlink(path);
}

static void the_manager_of_the_environment_hears_each_state(void **state)
{
	char name[64];
	int fd;

	(void)state;
	(void)snprintf(name, sizeof(name), "@sipward-test-env-%d", (int)getpid());
	fd = manager(name);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	sw_notify_ready();
	heard(fd, "READY=1");
	sw_notify_reloading((struct sw_mono){ 1234567 });
	heard(fd, "RELOADING=1\nMONOTONIC_USEC=1234567");
	sw_notify_stopping();
	heard(fd, "STOPPING=1");
	close(fd);
	sw_notify_ready(); /* nobody listens any more: no harm */
	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	sw_notify_ready();
}

static void a_name_that_is_no_socket_name_is_refused(void **state)
{
	static const struct sw_slice wrong[] = {
		SW_INIT("relative/path"),
		SW_INIT("vsock:2:1234"),
		SW_INIT("/nonexistent/notify.sock"),
		SW_INIT("@sipward-nobody-listens-here"),
		SW_INIT("/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
			"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"),
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(wrong); i++)
		assert_false(sw_notify_send(wrong[i], SW_LIT("READY=1")));
	assert_true(sw_notify_send(SW_LIT(""), SW_LIT("READY=1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_reaches_a_socket_by_path_and_by_abstract_name),
		cmocka_unit_test(the_manager_of_the_environment_hears_each_state),
		cmocka_unit_test(a_name_that_is_no_socket_name_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
