/* SPDX-License-Identifier: Apache-2.0 */
/* sipward-admin as the parent starts it: descriptors, messages, sandbox, HTTP over both sockets. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "admin/prepare.h"
#include "base/hash.h"
#include "conf/document.h"
#include "proc/sandbox.h"
#include "share/area.h"
#include "share/clock.h"
#include "share/inherit.h"
#include "share/ipc.h"

#define WAIT_MS 5000
#define WORKERS 2

static const char text[] = "realm example.test\n"
			   "listen udp 127.0.0.1:5060\n"
			   "store memory\n"
			   "trunk staff {\n"
			   "    accept digest sha-256\n"
			   "    enabled no\n"
			   "}\n";

static struct desk {
	struct sw_area area;
	struct sw_board board;
	struct sw_ipc ipc;
	int parent_fd, store_fd;
	int log[2];
	pid_t pid;
	char dir[64], path[80];
	struct sockaddr_in at; /* of the loopback socket */
	char answer[1 << 20];
} d;

static int listen_unix(void)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)snprintf(d.dir, sizeof(d.dir), "/tmp/sipward-desk-XXXXXX");
	assert_non_null(mkdtemp(d.dir));
	(void)snprintf(d.path, sizeof(d.path), "%s/control", d.dir);
	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", d.path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

static int listen_tcp(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t n = sizeof(d.at);

	d.at = (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	assert_int_equal(bind(fd, (const struct sockaddr *)&d.at, n), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&d.at, &n), 0);
	assert_int_equal(listen(fd, 16), 0);
	return fd;
}

/* As spawn does: all above where they are wanted, so that none is run over. */
static void become(const int fd[5], int log_fd)
{
	for (int i = 0; i < 5; i++)
		if (fcntl(fd[i], F_DUPFD, 20 + i) < 0)
			_exit(99);
	(void)dup2(log_fd, STDERR_FILENO);
	for (int i = 0; i < 5; i++)
		if (dup2(fcntl(fd[i], F_DUPFD, 20), SW_INHERIT_PARENT + i) < 0)
			_exit(99);
}

static void spawn(const int fd[5])
{
	d.pid = fork();
	if (d.pid == 0) {
		int up[5];

		for (int i = 0; i < 5; i++)
			up[i] = fcntl(fd[i], F_DUPFD, 30);
		become(up, fcntl(d.log[1], F_DUPFD, 30));
		execl(SIPWARD_ADMIN, "sipward: admin", (char *)NULL);
		_exit(98);
	}
	assert_true(d.pid > 0);
}

static void send_begin(bool is_off)
{
	struct sw_inherit_begin b = { .parent = getpid(), .is_off = is_off };

	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_BEGIN, 0,
				(struct sw_slice){ (const char *)&b, sizeof(b) }));
}

static int make_with(bool is_off)
{
	int pair[2], store[2], board_fd, control_fd;

	memset(&d, 0, sizeof(d));
	assert_true(sw_ipc_pair(pair) && sw_ipc_pair(store));
	assert_true(sw_area_make_fd(&d.area, &board_fd, "board", sw_board_size(WORKERS), 0));
	sw_board_init(&d.board, d.area.p, WORKERS);
	atomic_store(d.board.started_us, sw_clock_wall().us);
	for (uint32_t i = 0; i < SW_BOARD_ROLES + WORKERS; i++)
		atomic_store(&d.board.cell[i].pid, (uint32_t)getpid());
	for (uint32_t i = 0; i < WORKERS; i++)
		atomic_store(&sw_board_worker(&d.board, i)->generation, 1);
	control_fd = listen_unix();
	assert_int_equal(pipe2(d.log, O_CLOEXEC), 0);
	d.parent_fd = pair[0];
	d.store_fd = store[0];
	const int fd[5] = { pair[1], board_fd, control_fd, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
			    store[1] };
	spawn(fd);
	for (size_t i = 0; i < SW_ARRAY_LEN(fd); i++)
		close(fd[i]);
	close(d.log[1]);
	send_begin(is_off);
	return 0;
}

static int make(void **state)
{
	(void)state;
	return make_with(false);
}

static int wait_for_end(void)
{
	int status = -1;

	assert_int_equal(waitpid(d.pid, &status, 0), d.pid);
	d.pid = 0;
	return status;
}

static int unmake(void **state)
{
	(void)state;
	if (d.pid > 0) {
		assert_true(sw_ipc_send(d.parent_fd, SW_IPC_STOP, 0, SW_LIT("")));
		(void)wait_for_end();
	}
	(void)unlink(d.path);
	(void)rmdir(d.dir);
	close(d.parent_fd);
	close(d.store_fd);
	close(d.log[0]);
	sw_area_close(&d.area);
	return 0;
}

static enum sw_conf_got read_text(void *arg, const char *path, size_t max, struct sw_arena *arena,
				  struct sw_conf_file *out)
{
	char *copy = sw_arena_alloc(arena, sizeof(text), 1);

	(void)arg;
	(void)path;
	(void)max;
	memcpy(copy, text, sizeof(text));
	*out = (struct sw_conf_file){ .text = { copy, sizeof(text) - 1 }, .mode = 0640 };
	return SW_CONF_GOT;
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

static const char *no_env(void *arg, const char *name)
{
	(void)arg;
	(void)name;
	return NULL;
}

static int make_document(void)
{
	static const struct sw_conf_source source = { .read = read_text,
						      .glob = glob_nothing,
						      .env = no_env };
	static const struct sw_document_head head = { .is_bare = true };
	struct sw_diags diags = { 0 };
	struct sw_hash *hash = sw_hash_new();
	struct sw_conf *c = sw_conf_load(&source, "/etc/sipward/sipward.conf", SW_CONF_RUNTIME,
					 hash, sw_clock_wall(), &diags);
	size_t n;
	void *memory;
	int fd;

	if (!c)
		sw_diags_print(stdout, &diags, 9);
	assert_non_null(c);
	n = sw_document_size(c, &head);
	memory = malloc(n);
	assert_non_null(memory);
	assert_true(sw_document_write(c, &head, memory, n));
	fd = sw_area_seal("document", (struct sw_slice){ memory, n });
	free(memory);
	sw_conf_free(c);
	sw_diags_free(&diags);
	sw_hash_free(hash);
	assert_true(fd >= 0);
	return fd;
}

static enum sw_ipc_type hear(void)
{
	struct pollfd p = { .fd = d.parent_fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	return sw_ipc_receive(d.parent_fd, &d.ipc) == SW_IPC_GOT ? (enum sw_ipc_type)d.ipc.type
								 : SW_IPC_NONE;
}

static void prepare(uint32_t number, int document, uint32_t sockets)
{
	struct sw_ipc_prepare head = { .since_us = sw_clock_wall().us, .sockets = sockets };

	assert_true(sw_ipc_send_fd(d.parent_fd, SW_IPC_PREPARE, number,
				   (struct sw_slice){ (const char *)&head, sizeof(head) },
				   document));
	close(document);
}

static void give(enum sw_inherit_socket which, int fd)
{
	assert_true(sw_ipc_send_fd(d.parent_fd, SW_IPC_SOCKET, which, SW_LIT(""), fd));
	close(fd);
}

static void use(uint32_t number)
{
	assert_int_equal(hear(), SW_IPC_PREPARED);
	assert_int_equal(d.ipc.code, number);
	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_USE, number, SW_LIT("")));
	assert_int_equal(hear(), SW_IPC_ON);
	assert_int_equal(d.ipc.code, number);
}

/* The status; the whole of what came is in d.answer. */
static int ask(int fd, const char *request)
{
	size_t n = 0;
	ssize_t got;

	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	while (n < sizeof(d.answer) - 1 &&
	       (got = recv(fd, d.answer + n, sizeof(d.answer) - 1 - n, 0)) > 0)
		n += (size_t)got;
	d.answer[n] = '\0';
	close(fd);
	return n > 12 ? atoi(d.answer + 9) : 0;
}

static int ask_control(const char *target)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[256];

	(void)snprintf(a.sun_path, sizeof(a.sun_path), "%s", d.path);
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	(void)snprintf(request, sizeof(request),
		       "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", target);
	return ask(fd, request);
}

static int ask_loopback(const char *method, const char *target, const char *host)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char request[256];

	assert_int_equal(connect(fd, (const struct sockaddr *)&d.at, sizeof(d.at)), 0);
	(void)snprintf(request, sizeof(request),
		       "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", method, target,
		       host);
	return ask(fd, request);
}

static void it_serves_what_it_was_given_behind_its_sandbox(void **state)
{
	(void)state;
	assert_int_equal(ask_control("/healthz"), 200);
	assert_int_equal(ask_control("/readyz"), 503);
	assert_non_null(strstr(d.answer, "\"missing\":[\"configuration\"]"));
	prepare(1, make_document(), 0);
	use(1);
	assert_int_equal(ask_control("/readyz"), 200);
	assert_int_equal(ask_control("/v1/status"), 200);
	assert_non_null(strstr(d.answer, "\"name\":\"staff\""));
	assert_int_equal(ask_control("/metrics"), 200);
	assert_non_null(strstr(d.answer, "sipward_refused_total{trunk=\"staff\""));
	assert_non_null(strstr(d.answer, "process_resident_memory_bytes "));
	assert_non_null(strstr(d.answer, "sipward_role_cpu_seconds_total{role=\"parent\""));
	if (sw_sandbox_is_built())
		assert_true(atomic_load(&d.board.cell[SW_BOARD_ADMIN].layers) != 0);
	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_STOP, 0, SW_LIT("")));
	assert_int_equal(wait_for_end(), 0);
}

static void the_loopback_address_answers_get_of_four_addresses_alone(void **state)
{
	static const struct {
		const char *method, *target, *host;
		int status;
	} rows[] = {
		{ "GET", "/healthz", "127.0.0.1:7060", 200 },
		{ "HEAD", "/healthz", "localhost", 200 },
		{ "GET", "/readyz", "LOCALHOST:1", 200 },
		{ "GET", "/metrics", "[::1]:7060", 200 },
		{ "GET", "/v1/status", "127.9.9.9", 200 },
		{ "GET", "/v1/users", "localhost", 404 },
		{ "GET", "/v1/explain/000000", "localhost", 404 },
		{ "GET", "/", "localhost", 404 },
		{ "POST", "/v1/reload", "localhost", 405 },
		{ "POST", "/v1/stop", "localhost", 405 },
		{ "POST", "/metrics", "localhost", 405 },
		{ "DELETE", "/v1/users/alice", "localhost", 405 },
		{ "GET", "/metrics", "evil.example", 403 },
		{ "GET", "/metrics", "localhost.evil.example", 403 },
		{ "GET", "/metrics", "127.0.0.1.evil.example", 403 },
		{ "GET", "/metrics", "evil.example:7060", 403 },
		{ "GET", "/metrics", "10.0.0.1", 403 },
		{ "GET", "/metrics", "", 403 },
		{ "POST", "/v1/stop", "evil.example", 403 },
	};

	(void)state;
	prepare(1, make_document(), 1);
	give(SW_INHERIT_ADDRESS, listen_tcp());
	use(1);
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s %s %s\n", rows[i].method, rows[i].target, rows[i].host);
		assert_int_equal(ask_loopback(rows[i].method, rows[i].target, rows[i].host),
				 rows[i].status);
		if (rows[i].status == 405)
			assert_non_null(strstr(d.answer, "\r\nAllow: GET, HEAD\r\n"));
	}
}

static void an_address_that_goes_with_a_reload_is_closed(void **state)
{
	int fd;

	(void)state;
	prepare(1, make_document(), 1);
	give(SW_INHERIT_ADDRESS, listen_tcp());
	use(1);
	assert_int_equal(ask_loopback("GET", "/healthz", "localhost"), 200);
	prepare(2, make_document(), 0);
	assert_int_equal(hear(), SW_IPC_PREPARED);
	assert_int_equal(ask_loopback("GET", "/healthz", "localhost"), 200);
	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_USE, 2, SW_LIT("")));
	assert_int_equal(hear(), SW_IPC_ON);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_not_equal(connect(fd, (const struct sockaddr *)&d.at, sizeof(d.at)), 0);
	close(fd);
}

static void a_document_that_is_none_is_answered_and_the_old_one_stays(void **state)
{
	int fd;

	(void)state;
	prepare(1, make_document(), 0);
	use(1);
	fd = sw_area_seal("document", SW_LIT("realm other.example\n"));
	prepare(2, fd, 0);
	assert_int_equal(hear(), SW_IPC_REFUSES);
	assert_int_equal(d.ipc.code, 2);
	fd = memfd_create("open", MFD_CLOEXEC); /* can still be changed */
	prepare(3, fd, 0);
	assert_int_equal(hear(), SW_IPC_UNABLE);
	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_USE, 3, SW_LIT("")));
	assert_int_equal(ask_control("/readyz"), 200);
	assert_non_null(strstr(d.answer, "\"generation\":1"));
}

static void what_was_prepared_can_be_forgotten(void **state)
{
	(void)state;
	prepare(1, make_document(), 1);
	give(SW_INHERIT_ADDRESS, listen_tcp());
	assert_int_equal(hear(), SW_IPC_PREPARED);
	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_FORGET, 1, SW_LIT("")));
	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_USE, 1, SW_LIT("")));
	assert_int_equal(ask_control("/readyz"), 503);
	prepare(2, make_document(), 0);
	use(2);
	assert_int_equal(ask_control("/readyz"), 200);
}

static bool has_line(int fd, const char *what)
{
	for (int i = 0; i < WAIT_MS / 10; i++) {
		ssize_t n = pread(fd, d.answer, sizeof(d.answer) - 1, 0);

		d.answer[n > 0 ? n : 0] = '\0';
		if (strstr(d.answer, what))
			return true;
		(void)poll(NULL, 0, 10);
	}
	return false;
}

static void notice(const char *what)
{
	assert_true(sw_ipc_send(d.parent_fd, SW_IPC_NOTICE, SW_LEVEL_WARN, sw_slice_of(what)));
}

static void the_log_goes_on_in_the_file_that_takes_its_place(void **state)
{
	int first = memfd_create("first", MFD_CLOEXEC),
	    second = memfd_create("second", MFD_CLOEXEC);

	(void)state;
	prepare(1, make_document(), 1);
	give(SW_INHERIT_LOG, fcntl(first, F_DUPFD_CLOEXEC, 3));
	use(1);
	notice("before the file was renamed");
	assert_true(has_line(first, "before the file was renamed"));
	assert_true(sw_ipc_send_fd(d.parent_fd, SW_IPC_REOPEN, 0, SW_LIT(""), second));
	notice("after it was renamed");
	assert_true(has_line(second, "after it was renamed"));
	assert_false(strstr(d.answer, "before the file") != NULL);
	close(first);
	close(second);
}

static void it_ends_when_its_parent_is_gone(void **state)
{
	(void)state;
	prepare(1, make_document(), 0);
	use(1);
	(void)shutdown(d.parent_fd, SHUT_RDWR);
	assert_int_equal(wait_for_end(), 0);
}

static int run_alone(char *const argv[])
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		(void)dup2(null, STDERR_FILENO);
		(void)dup2(null, STDOUT_FILENO);
		execv(SIPWARD_ADMIN, argv);
		_exit(98);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

static void by_hand_it_says_its_version_and_nothing_else(void **state)
{
	char name[] = "sipward-admin", version[] = "--version", other[] = "serve";

	(void)state;
	assert_int_equal(run_alone((char *[]){ name, version, NULL }), 0);
	assert_int_equal(run_alone((char *[]){ name, NULL }), 2);
	assert_int_equal(run_alone((char *[]){ name, other, NULL }), 2);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make, unmake)
	const struct CMUnitTest tests[] = {
		CASE(it_serves_what_it_was_given_behind_its_sandbox),
		CASE(the_loopback_address_answers_get_of_four_addresses_alone),
		CASE(an_address_that_goes_with_a_reload_is_closed),
		CASE(a_document_that_is_none_is_answered_and_the_old_one_stays),
		CASE(what_was_prepared_can_be_forgotten),
		CASE(the_log_goes_on_in_the_file_that_takes_its_place),
		CASE(it_ends_when_its_parent_is_gone),
		cmocka_unit_test(by_hand_it_says_its_version_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
