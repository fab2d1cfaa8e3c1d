/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "net/tcp.h"

static struct sw_addr addr(const char *s)
{
	struct sw_addr a = { 0 };

	assert_true(sw_addr_parse(sw_slice_of(s), &a));
	return a;
}

static int listen_at(struct sw_addr *a)
{
	const char *why = "";
	int fd = -1;

	assert_int_equal(sw_tcp_listen(a, &fd, &why), SW_SOCK_OPEN);
	assert_true(sw_sock_local(fd, a));
	return fd;
}

static int connect_to(const struct sw_addr *a)
{
	union sw_sock_name name;
	socklen_t n = sw_sock_name(a, &name);
	int fd = socket(name.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, &name.any, n), 0);
	return fd;
}

static int option(int fd, int level, int name)
{
	int value = -1;
	socklen_t n = sizeof(value);

	assert_int_equal(getsockopt(fd, level, name, &value, &n), 0);
	return value;
}

static void what_is_accepted_is_ready_for_use(void **state)
{
	static const char *const at[] = { "127.0.0.1", "::1" };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(at); i++) {
		struct sw_addr a = addr(at[i]), src, own;
		int listener = listen_at(&a), client, fd = -1;

		assert_int_equal(sw_tcp_accept(listener, &fd, &src), SW_TCP_NONE);
		client = connect_to(&a);
		assert_int_equal(sw_tcp_accept(listener, &fd, &src), SW_TCP_ACCEPTED);
		assert_true(sw_sock_local(client, &own));
		assert_true(sw_addr_eq(&src, &own));
		assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
		assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
		assert_int_equal(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
		assert_int_equal(option(fd, IPPROTO_TCP, TCP_KEEPIDLE), 120);
		assert_int_equal(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
		close(fd);
		close(client);
		close(listener);
	}
}

static void what_cannot_be_had_is_told_apart(void **state)
{
	struct sw_addr taken = addr("127.0.0.1");
	struct sw_addr nowhere = addr("192.0.2.1");
	const char *why = "";
	int listener = listen_at(&taken), fd = -1;

	(void)state;
	assert_int_equal(sw_tcp_listen(&taken, &fd, &why), SW_SOCK_TAKEN);
	assert_string_equal(why, "Address already in use");
	assert_int_equal(sw_tcp_listen(&nowhere, &fd, &why), SW_SOCK_NO_ADDRESS);
	assert_int_equal(fd, -1);
	close(listener);
}

static void an_address_can_be_had_again_while_old_connections_wait_for_their_end(void **state)
{
	struct sw_addr a = addr("127.0.0.1"), src;
	int listener = listen_at(&a), client = connect_to(&a), fd = -1;

	(void)state;
	assert_int_equal(sw_tcp_accept(listener, &fd, &src), SW_TCP_ACCEPTED);
	close(fd); /* ours first: this side waits */
	close(client);
	close(listener);
	close(listen_at(&a));
}

static void out_of_descriptors_the_peer_stays_in_the_backlog(void **state)
{
	struct sw_addr a = addr("127.0.0.1"), src;
	int listener = listen_at(&a), client = connect_to(&a), fd = -1;
	struct rlimit old, now;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	now = (struct rlimit){ .rlim_cur = 0, .rlim_max = old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
	assert_int_equal(sw_tcp_accept(listener, &fd, &src), SW_TCP_FULL);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_int_equal(sw_tcp_accept(listener, &fd, &src), SW_TCP_ACCEPTED);
	close(fd);
	close(client);
	close(listener);
}

static void a_listener_that_is_none_is_no_reason_to_spin(void **state)
{
	struct sw_addr src;
	int pair[2], fd = -1;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(sw_tcp_accept(pair[0], &fd, &src), SW_TCP_LOST);
	assert_int_equal(fd, -1);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_accepted_is_ready_for_use),
		cmocka_unit_test(what_cannot_be_had_is_told_apart),
		cmocka_unit_test(
			an_address_can_be_had_again_while_old_connections_wait_for_their_end),
		cmocka_unit_test(out_of_descriptors_the_peer_stays_in_the_backlog),
		cmocka_unit_test(a_listener_that_is_none_is_no_reason_to_spin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
