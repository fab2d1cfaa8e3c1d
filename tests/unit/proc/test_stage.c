/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/tcp.h"
#include "net/udp.h"
#include "proc/stage.h"

static struct sw_why why;

static const char *give_password(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return "correct-horse-battery";
}

/* NULL: the configuration has an error. */
static struct sw_load *load(const char *listen)
{
	static char text[512];
	static struct sw_load_watch seen;
	static struct sw_load_setting setting;
	struct sw_load *l;

	(void)snprintf(text, sizeof(text),
		       "realm example.com\n"
		       "%s\n"
		       "phones staff {\n"
		       "    accept digest sha-256\n"
		       "    user alice env:ALICE\n"
		       "}\n",
		       listen);
	setting = (struct sw_load_setting){ .path = "test.conf",
					    .text = sw_slice_of(text),
					    .env = give_password,
					    .is_thread = true };
	l = sw_load_run(&setting, &seen, &why);
	assert_non_null(l);
	if (sw_load_result(l)->end == SW_LOAD_LOADED)
		return l;
	sw_load_free(l);
	return NULL;
}

/* A port of 127.0.0.1 that was free just now. */
static unsigned free_port(void)
{
	struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 1 } };
	const char *kernel;
	int fd;

	assert_int_equal(sw_udp_open(&at, &fd, &kernel), SW_SOCK_OPEN);
	assert_true(sw_sock_local(fd, &at));
	close(fd);
	return at.port;
}

static struct sw_stage *stage_of(const char *listen, uint32_t number, uint32_t workers,
				 const struct sw_stage *old)
{
	struct sw_load *l = load(listen);
	struct sw_stage *s;

	assert_non_null(l);
	why.text[0] = '\0';
	s = sw_stage_new(l, &sw_load_result(l)->report->facts, number, workers, old, &why);
	sw_load_free(l);
	return s;
}

static struct sw_stage *stage(const char *listen, uint32_t number, const struct sw_stage *old)
{
	return stage_of(listen, number, 2, old);
}

static int socket_of(const struct sw_stage *s, uint32_t listener, uint32_t worker)
{
	return sw_sockets_of(&s->sockets, listener, worker);
}

static bool is_open(int fd)
{
	struct sw_addr at;

	return sw_sock_local(fd, &at);
}

static void a_listener_that_stays_keeps_its_socket_and_one_that_goes_loses_it(void **state)
{
	unsigned a = free_port(), b = free_port();
	char both[80], one[80];
	struct sw_stage *first, *second;
	int fd_a, fd_b;

	(void)state;
	(void)snprintf(both, sizeof(both), "listen udp 127.0.0.1:%u 127.0.0.1:%u", a, b);
	(void)snprintf(one, sizeof(one), "listen udp 127.0.0.1:%u", b);
	first = stage(both, 1, NULL);
	assert_non_null(first);
	fd_a = socket_of(first, 0, 1);
	fd_b = socket_of(first, 1, 1);
	second = stage(one, 2, first);
	assert_non_null(second);
	assert_int_equal(socket_of(second, 0, 1), fd_b);
	assert_int_equal(second->number, 2);

	sw_stage_free(first, second);
	assert_false(is_open(fd_a));
	assert_true(is_open(fd_b));
	sw_stage_free(second, NULL);
	assert_false(is_open(fd_b));
}

static void a_taken_port_fails_whole_and_leaves_the_old_sockets_open(void **state)
{
	struct sw_addr taken = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 2 } };
	unsigned a = free_port(), b = free_port();
	char text[120];
	struct sw_stage *first;
	const char *kernel;
	int fd;

	(void)state;
	assert_int_equal(sw_udp_open(&taken, &fd, &kernel), SW_SOCK_OPEN);
	assert_true(sw_sock_local(fd, &taken));
	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u", a);
	first = stage(text, 1, NULL);
	assert_non_null(first);
	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u 127.0.0.1:%u 127.0.0.2:%u", a,
		       b, taken.port);
	assert_null(stage(text, 2, first));
	assert_non_null(strstr(why.text, "udp 127.0.0.2:"));
	assert_non_null(strstr(why.text, "is taken by"));
	assert_non_null(strstr(why.text, "test.conf:2"));
	assert_true(is_open(socket_of(first, 0, 1)));

	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u", b);
	sw_stage_free(first, NULL);
	first = stage(text, 3, NULL); /* what was opened on the way is closed again */
	assert_non_null(first);
	sw_stage_free(first, NULL);
	close(fd);
}

static void tcp_and_udp_share_a_port_and_a_taken_one_is_named(void **state)
{
	unsigned port = free_port();
	struct sw_addr taken = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 2 } };
	struct sw_stage *first, *second;
	char text[120];
	const char *kernel;
	int fd;

	(void)state;
	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u\nlisten tcp 127.0.0.1:%u", port,
		       port);
	first = stage(text, 1, NULL);
	assert_non_null(first);
	second = stage(text, 2, first);
	assert_non_null(second);
	assert_int_equal(socket_of(second, 0, 1), socket_of(first, 0, 1));
	assert_int_equal(socket_of(second, 1, 1), socket_of(first, 1, 1));
	assert_true(socket_of(second, 0, 1) != socket_of(second, 1, 1));
	sw_stage_free(first, second);
	assert_true(is_open(socket_of(second, 1, 1)));
	sw_stage_free(second, NULL);

	assert_int_equal(sw_tcp_listen(&taken, &fd, &kernel), SW_SOCK_OPEN);
	assert_true(sw_sock_local(fd, &taken));
	(void)snprintf(text, sizeof(text), "listen tcp 127.0.0.2:%u", taken.port);
	assert_null(stage(text, 3, NULL));
	assert_non_null(strstr(why.text, "tcp 127.0.0.2:"));
	assert_non_null(strstr(why.text, "is taken by"));
	close(fd);
}

/* In a process of its own: a hard limit does not go up again. */
static int stage_with_few_descriptors(const char *text, uint32_t workers, bool is_single,
				      uint32_t wants, bool is_said)
{
	const struct rlimit few = { .rlim_cur = 64, .rlim_max = 1000 };
	struct sw_stage *s;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setrlimit(RLIMIT_NOFILE, &few) != 0)
			_exit(10);
		s = stage_of(text, 1, workers, NULL);
		if (!s)
			_exit(11);
		sw_stage_fit(s, is_single, &why);
		_exit(s->connections != wants ? 12 : (why.text[0] != '\0') != is_said ? 13 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_limit_beyond_the_descriptors_is_lowered_with_a_warning(void **state)
{
	static const struct {
		const char *name, *text;
		uint32_t workers;
		bool is_single, is_said;
		uint32_t connections;
	} rows[] = {
		{ "the default", "listen tcp 127.0.0.1:%u", 1, false, true, 870 },
		{ "a limit that fits", "listen tcp 127.0.0.1:%u\nlimit connections 800", 1, false,
		  false, 800 },
		{ "one that does not", "listen tcp 127.0.0.1:%u\nlimit connections 900", 1, false,
		  true, 870 },
		{ "one that two processes share", "listen tcp 127.0.0.1:%u\nlimit connections 1600",
		  2, false, false, 1600 },
		{ "the same as threads", "listen tcp 127.0.0.1:%u\nlimit connections 1600", 2, true,
		  true, 868 },
		{ "nobody who needs one", "listen udp 127.0.0.1:%u", 1, false, false, 10000 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char text[160];

		print_message("%s\n", rows[i].name);
		(void)snprintf(text, sizeof(text), rows[i].text, free_port());
		assert_int_equal(stage_with_few_descriptors(text, rows[i].workers,
							    rows[i].is_single, rows[i].connections,
							    rows[i].is_said),
				 0);
	}
}

static void each_worker_has_sockets_of_its_own_and_a_second_door_none(void **state)
{
	struct sw_stage *first;
	char text[120];
	unsigned port = free_port();

	(void)state;
	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u\nlisten tcp 127.0.0.1:%u", port,
		       port);
	first = stage_of(text, 1, 3, NULL);
	assert_non_null(first);
	for (uint32_t i = 0; i < 3; i++)
		for (uint32_t k = 0; k < i; k++)
			assert_true(socket_of(first, 0, i) != socket_of(first, 0, k));
	assert_null(stage_of(text, 1, 3, NULL));
	assert_non_null(strstr(why.text, "is taken by"));
	sw_stage_free(first, NULL);
}

static void an_address_that_is_not_here_is_named(void **state)
{
	(void)state;
	assert_null(stage("listen udp 192.0.2.1:5060", 1, NULL));
	assert_non_null(strstr(why.text, "udp 192.0.2.1:5060 is not an address of this machine"));
}

static void a_log_that_cannot_be_opened_fails_whole_with_its_place(void **state)
{
	static const struct {
		const char *line, *want;
	} rows[] = {
		{ "log text file /no/such/folder/door.log",
		  "/no/such/folder/door.log cannot be opened (No such file or directory)" },
		{ "log text file /tmp", "/tmp cannot be opened (Is a directory)" },
	};
	char text[160];
	unsigned port = free_port();
	struct sw_stage *s;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u\n%s", port,
			       rows[i].line);
		assert_null(stage(text, 1, NULL));
		assert_non_null(strstr(why.text, rows[i].want));
		assert_non_null(strstr(why.text, "(test.conf:3)"));
	}
	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u\nlog text file /dev/null",
		       port);
	s = stage(text, 1, NULL);
	assert_non_null(s);
	assert_true(s->log_fd >= 0);
	sw_stage_free(s, NULL);
}

static void the_address_of_admin_is_kept_where_it_is_the_same(void **state)
{
	unsigned port = free_port(), a = free_port(), b = free_port();
	struct sw_stage *first, *same, *other;
	char text[120];
	int fd;

	(void)state;
	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u\nadmin 127.0.0.1:%u", port, a);
	first = stage(text, 1, NULL);
	assert_non_null(first);
	assert_true(is_open(first->admin_fd));
	assert_null(stage(text, 2, NULL));
	assert_non_null(strstr(why.text, "is taken by"));
	assert_non_null(strstr(why.text, "change the admin line (test.conf:3)"));

	same = stage(text, 2, first);
	assert_non_null(same);
	fd = same->admin_fd;
	sw_stage_free(first, same);
	assert_true(is_open(fd));

	(void)snprintf(text, sizeof(text), "listen udp 127.0.0.1:%u\nadmin 127.0.0.1:%u", port, b);
	other = stage(text, 3, same);
	assert_non_null(other);
	sw_stage_free(same, other);
	assert_false(is_open(fd));
	sw_stage_free(other, NULL);
}

static void a_configuration_with_an_error_gives_nothing(void **state)
{
	(void)state;
	assert_null(load("lisen udp 127.0.0.1:5060"));
	assert_null(load(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_listener_that_stays_keeps_its_socket_and_one_that_goes_loses_it),
		cmocka_unit_test(a_taken_port_fails_whole_and_leaves_the_old_sockets_open),
		cmocka_unit_test(tcp_and_udp_share_a_port_and_a_taken_one_is_named),
		cmocka_unit_test(a_limit_beyond_the_descriptors_is_lowered_with_a_warning),
		cmocka_unit_test(each_worker_has_sockets_of_its_own_and_a_second_door_none),
		cmocka_unit_test(an_address_that_is_not_here_is_named),
		cmocka_unit_test(a_log_that_cannot_be_opened_fails_whole_with_its_place),
		cmocka_unit_test(the_address_of_admin_is_kept_where_it_is_the_same),
		cmocka_unit_test(a_configuration_with_an_error_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
