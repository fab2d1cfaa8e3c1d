/* SPDX-License-Identifier: Apache-2.0 */
/* A whole door, whose kernel refuses or delays what the worker asks for when a test says so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/udp.h"
#include "admin/admin.h"
#include "proc/parent.h"

#define WAIT_MS 15000

static _Atomic int refusals, delay_ms, deaf_ms;
static _Atomic bool is_ready;

/* By the linker in place of epoll_ctl; only datagram sockets are treated so, which the worker has. */
int __real_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);
int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event);

int __wrap_epoll_ctl(int epoll, int op, int fd, struct epoll_event *event)
{
	int type = 0;
	socklen_t n = sizeof(type);

	(void)getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n);
	if (op == EPOLL_CTL_ADD && type == SOCK_DGRAM) {
		(void)poll(NULL, 0, atomic_exchange(&delay_ms, 0));
		if (refusals > 0) {
			refusals--;
			errno = ENOSPC;
			return -1;
		}
	}
	return __real_epoll_ctl(epoll, op, fd, event);
}

/* By the linker too: the parent hears nothing for a while, and then all at once. */
int __real_epoll_wait(int epoll, struct epoll_event *event, int most, int wait_ms);
int __wrap_epoll_wait(int epoll, struct epoll_event *event, int most, int wait_ms);

static pthread_t thread; /* the parent's */

int __wrap_epoll_wait(int epoll, struct epoll_event *event, int most, int wait_ms)
{
	if (pthread_equal(pthread_self(), thread))
		(void)poll(NULL, 0, atomic_exchange(&deaf_ms, 0));
	return __real_epoll_wait(epoll, event, most, wait_ms);
}

static char top[48], control[64], logfile[64];
static char text[1024]; /* the configuration */
static unsigned port;
static char said[65536];

static const char *give_password(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return "correct-horse-battery";
}

static void note_ready(void *arg)
{
	(void)arg;
	is_ready = true;
}

static int be_admin(const struct sw_admin_start *start)
{
	(void)sw_admin_main((void *)(uintptr_t)start);
	return 0;
}

/* The text keeps its length: what is left of it are empty lines. */
static const struct sw_parent_setting setting = {
	.load = { .path = "door.conf", .text = { text, sizeof(text) - 1 }, .env = give_password },
	.is_single = true,
	.admin = be_admin,
	.ready = note_ready,
};

static void write_conf(const char *algs, const char *more)
{
	int n;

	memset(text, '\n', sizeof(text));
	n = snprintf(text, sizeof(text),
		     "realm example.com\n"
		     "listen udp 127.0.0.1:%u\n"
		     "store memory\n"
		     "phones staff {\n"
		     "    accept digest %s\n"
		     "    user alice env:ALICE\n"
		     "}\n"
		     "%s\n",
		     port, algs, more);
	text[n] = '\n';
}

/* All as at the start. */
static void write_same(void)
{
	char places[256];

	(void)snprintf(places, sizeof(places), "run %s\ncontrol %s\nlog json level debug file %s",
		       top, control, logfile);
	write_conf("sha-256", places);
}

static void *run(void *arg)
{
	(void)arg;
	return sw_parent_run(&setting) == SW_PARENT_DONE ? &thread : NULL;
}

/* The status of one request; the whole answer is in said. */
static int ask(const char *method, const char *target)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;
	ssize_t got = 1;

	memcpy(at.sun_path, control, sw_slice_of(control).n);
	assert_int_equal(connect(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	assert_true(dprintf(fd,
			    "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
			    "Content-Length: 0\r\n\r\n",
			    method, target) > 0);
	while (got > 0 && n < sizeof(said) - 1) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		got = recv(fd, said + n, sizeof(said) - 1 - n, 0);
		n += got > 0 ? (size_t)got : 0;
	}
	said[n] = '\0';
	close(fd);
	return n > 9 ? (int)strtol(said + 9, NULL, 10) : 0;
}

static bool is_said(const char *words)
{
	return strstr(said, words) != NULL;
}

static bool is_logged(const char *words)
{
	int fd = open(logfile, O_RDONLY);
	bool found = false;

	for (int i = 0; i < 100 && !found; i++) { /* lines may be on their way */
		ssize_t n = pread(fd, said, sizeof(said) - 1, 0);

		said[n > 0 ? n : 0] = '\0';
		found = is_said(words);
		if (!found)
			(void)poll(NULL, 0, 20);
	}
	close(fd);
	return found;
}

static unsigned generation(void)
{
	const char *at;

	assert_int_equal(ask("GET", "/v1/status"), 200);
	at = strstr(said, "\"generation\":{\"number\":");
	assert_non_null(at);
	return (unsigned)strtoul(at + sizeof("\"generation\":{\"number\":") - 1, NULL, 10);
}

static void a_socket_that_the_kernel_refuses_takes_the_door_back(void **state)
{
	unsigned before = generation();
	char back[80];

	(void)state;
	write_same();
	refusals = 1;
	assert_int_equal(ask("POST", "/v1/reload"), 503);
	assert_true(is_said(" cannot serve generation"));
	assert_true(is_said("the kernel refuses to watch a socket"));
	(void)snprintf(back, sizeof(back), "; generation %u goes on", before);
	assert_true(is_said(back));
	assert_int_equal(generation(), before);
	assert_true(is_logged("reload failed: worker "));

	assert_int_equal(ask("POST", "/v1/reload"), 200);
	assert_int_equal(generation(), before + 2);
}

static void a_role_that_is_late_takes_the_door_back(void **state)
{
	unsigned before = generation();

	(void)state;
	write_same();
	delay_ms = 6000;
	assert_int_equal(ask("POST", "/v1/reload"), 503);
	assert_true(is_said("did not answer within 5 s"));
	assert_int_equal(generation(), before);
	assert_int_equal(ask("POST", "/v1/reload"), 200);
	assert_int_equal(generation(), before + 2);
}

static void a_reload_that_comes_together_with_a_hang_up_is_taken_too(void **state)
{
	(void)state;
	write_same();
	deaf_ms = 300;
	assert_int_equal(kill(getpid(), SIGUSR1), 0); /* it wakes up, and is deaf from then on */
	(void)poll(NULL, 0, 50);
	assert_int_equal(kill(getpid(), SIGHUP), 0);
	assert_int_equal(ask("POST", "/v1/reload"), 200);
	assert_int_equal(ask("POST", "/v1/reload"), 200);
}

static void what_was_settled_at_the_start_cannot_change(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "run /tmp", "run cannot change while the door runs (it is /tmp/sipward-reload-" },
		{ "control /tmp/x.sock", "control cannot change while the door runs (it is /tmp/" },
	};
	unsigned before = generation();
	char places[256];

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		(void)snprintf(places, sizeof(places), "%s\n%s %s\n", rows[i].line,
			       i == 0 ? "control" : "run", i == 0 ? control : top);
		write_conf("sha-256", places);
		assert_int_equal(ask("POST", "/v1/reload"), 422);
		assert_true(is_said(rows[i].want));
		assert_true(is_said("(door.conf:8)"));
		assert_true(is_said("\"code\":\"configuration\""));
	}
	assert_int_equal(generation(), before);
}

static void warnings_are_in_the_answer_and_in_the_log(void **state)
{
	(void)state;
	write_same();
	assert_int_equal(ask("POST", "/v1/reload"), 200);
	assert_true(is_said("\"text\":\"\""));
	memcpy(strstr(text, "sha-256\n"), "md5    \n", 8);
	assert_int_equal(ask("POST", "/v1/reload"), 200);
	assert_true(is_said("\"text\":\"door.conf:5:"));
	assert_true(is_said(": warning SW"));
	assert_true(is_logged(
		"\"level\":\"warn\",\"event\":\"reload\",\"message\":\"reload: door.conf:5:"));
}

static void the_first_error_is_named_behind_many_warnings(void **state)
{
	(void)state;
	write_same();
	memcpy(strstr(text, "sha-256\n"), "md5    \n", 8);
	memcpy(strstr(text, "log "), "lag ", 4);
	assert_int_equal(ask("POST", "/v1/reload"), 422);
	assert_true(is_said("\"code\":\"SW"));
	assert_true(is_said("\"at\":\"door.conf:10:1\""));
	assert_true(is_said("warning SW"));
	assert_true(is_logged("reload refused: door.conf:10:1: error SW"));
}

static void a_log_that_cannot_be_opened_leaves_the_old_state(void **state)
{
	unsigned before = generation();
	char places[256];

	(void)state;
	(void)snprintf(places, sizeof(places), "run %s\ncontrol %s\nlog json file /no/such/log",
		       top, control);
	write_conf("sha-256", places);
	assert_int_equal(ask("POST", "/v1/reload"), 422);
	assert_true(is_said("the log file /no/such/log cannot be opened"));
	assert_true(is_said("(door.conf:10)"));
	assert_int_equal(generation(), before);
	assert_true(is_logged("reload refused: the log file /no/such/log cannot be opened"));
}

static int set_up(void **state)
{
	struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 } };
	const char *kernel;
	sigset_t set;
	int fd;

	(void)state;
	sigfillset(&set);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return -1;
	(void)snprintf(top, sizeof(top), "/tmp/sipward-reload-XXXXXX");
	if (!mkdtemp(top) || sw_udp_open(&at, &fd, &kernel) != SW_SOCK_OPEN ||
	    !sw_sock_local(fd, &at))
		return -1;
	close(fd);
	port = at.port;
	(void)snprintf(control, sizeof(control), "%s/control.sock", top);
	(void)snprintf(logfile, sizeof(logfile), "%s/log", top);
	write_same();
	if (pthread_create(&thread, NULL, run, NULL) != 0)
		return -1;
	for (int i = 0; i < 500 && !is_ready; i++)
		(void)poll(NULL, 0, 10);
	return is_ready ? 0 : -1;
}

static int tear_down(void **state)
{
	char lock[64];
	void *end = NULL;

	(void)state;
	(void)ask("POST", "/v1/stop");
	pthread_join(thread, &end);
	(void)snprintf(lock, sizeof(lock), "%s/lock", top);
	unlink(lock);
	unlink(logfile);
	return rmdir(top) == 0 && end ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_socket_that_the_kernel_refuses_takes_the_door_back),
		cmocka_unit_test(a_role_that_is_late_takes_the_door_back),
		cmocka_unit_test(a_reload_that_comes_together_with_a_hang_up_is_taken_too),
		cmocka_unit_test(what_was_settled_at_the_start_cannot_change),
		cmocka_unit_test(warnings_are_in_the_answer_and_in_the_log),
		cmocka_unit_test(the_first_error_is_named_behind_many_warnings),
		cmocka_unit_test(a_log_that_cannot_be_opened_leaves_the_old_state),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
