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

static const uint8_t seed[SW_SEED_LEN] = { 1 };
static struct sw_why why;

static enum sw_conf_got read_nothing(void *arg, const char *path, size_t max,
				     struct sw_arena *arena, struct sw_conf_file *out)
{
	(void)arg;
	(void)path;
	(void)max;
	(void)arena;
	(void)out;
	return SW_CONF_MISSING;
}

static bool glob_nothing(void *arg, const char *pattern, struct sw_arena *arena,
			 const char *const **paths, size_t *n)
{
	(void)arg;
	(void)pattern;
	(void)arena;
	*paths = NULL;
	*n = 0;
	return true;
}

static const char *give_password(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return "correct-horse-battery";
}

static const struct sw_conf_source from_memory = { .read = read_nothing,
						   .glob = glob_nothing,
						   .env = give_password };

static size_t warnings; /* of the last load */

static struct sw_conf *load(const char *listen)
{
	char text[512];
	struct sw_diags diags = { 0 };
	struct sw_stage_source source = { .conf = &from_memory, .path = "test.conf" };
	struct sw_conf *conf;

	(void)snprintf(text, sizeof(text),
		       "realm example.com\n"
		       "%s\n"
		       "phones staff {\n"
		       "    accept digest sha-256\n"
		       "    user alice env:ALICE\n"
		       "}\n",
		       listen);
	source.text = sw_slice_of(text);
	conf = sw_stage_load(&source, &diags, &why);
	warnings = diags.warnings;
	sw_diags_free(&diags);
	return conf;
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

static struct sw_stage *stage(const char *listen, uint32_t number, const struct sw_stage *old)
{
	struct sw_conf *conf = load(listen);

	assert_non_null(conf);
	why.text[0] = '\0';
	return sw_stage_new(conf, number, seed, old, &why);
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
	fd_a = first->generation->fd[0];
	fd_b = first->generation->fd[1];
	second = stage(one, 2, first);
	assert_non_null(second);
	assert_int_equal(second->generation->fd[0], fd_b);
	assert_int_equal(second->admin.number, 2);

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
	assert_true(is_open(first->generation->fd[0]));

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
	assert_int_equal(second->generation->fd[0], first->generation->fd[0]);
	assert_int_equal(second->generation->fd[1], first->generation->fd[1]);
	assert_true(second->generation->fd[0] != second->generation->fd[1]);
	sw_stage_free(first, second);
	assert_true(is_open(second->generation->fd[1]));
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
static int load_with_few_descriptors(const char *text, uint32_t wants)
{
	const struct rlimit few = { .rlim_cur = 64, .rlim_max = 1000 };
	struct sw_conf *conf;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (setrlimit(RLIMIT_NOFILE, &few) != 0)
			_exit(10);
		conf = load(text);
		_exit(!conf                            ? 11
		      : conf->connections_max != wants ? 12
		      : warnings != (wants == 872)     ? 13
						       : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void a_limit_beyond_the_descriptors_is_lowered_with_a_warning(void **state)
{
	static const struct {
		const char *name, *text;
		uint32_t connections;
	} rows[] = {
		{ "the default", "listen tcp 127.0.0.1:5060", 872 },
		{ "a limit that fits", "listen tcp 127.0.0.1:5060\nlimit connections 800", 800 },
		{ "one that does not", "listen tcp 127.0.0.1:5060\nlimit connections 900", 872 },
		{ "nobody who needs one", "listen udp 127.0.0.1:5060", 10000 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(load_with_few_descriptors(rows[i].text, rows[i].connections), 0);
	}
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
	assert_true(s->admin.log_fd >= 0);
	sw_stage_free(s, NULL);
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
		cmocka_unit_test(an_address_that_is_not_here_is_named),
		cmocka_unit_test(a_log_that_cannot_be_opened_fails_whole_with_its_place),
		cmocka_unit_test(a_configuration_with_an_error_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
