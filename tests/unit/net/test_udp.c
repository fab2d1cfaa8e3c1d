/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/udp.h"

static struct sw_udp_in *in;
static struct sw_udp_out *out;
static char text[SW_UDP_MAX];

static struct sw_addr addr(const char *s)
{
	struct sw_addr a = { 0 };

	assert_true(sw_addr_parse(sw_slice_of(s), &a));
	return a;
}

static int open_at(struct sw_addr *a)
{
	const char *why = "";
	int fd = -1;

	assert_int_equal(sw_udp_open(a, &fd, &why), SW_SOCK_OPEN);
	if (sw_addr_is_any(a)) {
		struct sw_addr bound;

		assert_true(sw_sock_local(fd, &bound));
		a->port = bound.port;
	} else {
		assert_true(sw_sock_local(fd, a));
	}
	return fd;
}

static void send_one(int fd, struct sw_slice octets, const struct sw_addr *to,
		     const struct sw_addr *from)
{
	assert_true(sw_udp_put(out, octets, to, from));
	assert_int_equal(sw_udp_send(out, fd), 0);
}

static size_t receive(int fd, const struct sw_addr *at, uint32_t most, const struct sw_datagram **d)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (poll(&p, 1, 1000) != 1)
		return 0;
	return sw_udp_receive(in, fd, at, most, d);
}

static const struct {
	const char *name, *server, *asked, *client;
} paths[] = {
	{ "bound to one address", "127.0.0.1", "127.0.0.1", "127.0.0.1" },
	{ "bound to another of loopback", "127.0.0.2", "127.0.0.2", "127.0.0.9" },
	{ "every IPv4 address, asked at the second", "0.0.0.0", "127.0.0.7", "127.0.0.1" },
	{ "IPv6", "::1", "::1", "::1" },
	{ "every IPv6 address", "::", "::1", "::1" },
};

static void an_answer_leaves_from_the_address_that_was_asked(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(paths); i++) {
		struct sw_addr server = addr(paths[i].server), client = addr(paths[i].client);
		struct sw_addr asked = addr(paths[i].asked);
		int s = open_at(&server), c = open_at(&client);
		const struct sw_datagram *d;

		print_message("%s\n", paths[i].name);
		asked.port = server.port;
		send_one(c, SW_LIT("question"), &asked, NULL);
		assert_int_equal(receive(s, &server, 1000, &d), 1);
		assert_true(sw_slice_eq(d->octets, SW_LIT("question")));
		assert_true(sw_addr_eq(&d->src, &client));
		assert_true(sw_addr_eq(&d->local, &asked));

		send_one(s, SW_LIT("answer"), &client, &d->local);
		assert_int_equal(receive(c, &client, 1000, &d), 1);
		assert_true(sw_slice_eq(d->octets, SW_LIT("answer")));
		assert_true(sw_addr_eq(&d->src, &asked));
		close(s);
		close(c);
	}
}

static void a_batch_brings_many_at_once_and_the_rest_next_time(void **state)
{
	struct sw_addr a = addr("127.0.0.1"), b = addr("127.0.0.1");
	int s = open_at(&a), c = open_at(&b);
	const struct sw_datagram *d;

	(void)state;
	for (size_t i = 0; i < SW_UDP_BATCH + 5; i++) {
		text[i] = (char)('A' + i);
		send_one(c, (struct sw_slice){ text + i, 1 }, &a, NULL);
	}
	assert_int_equal(receive(s, &a, 1000, &d), SW_UDP_BATCH);
	for (size_t i = 0; i < SW_UDP_BATCH; i++)
		assert_int_equal(d[i].octets.p[0], 'A' + i);
	assert_int_equal(receive(s, &a, 1000, &d), 5);
	assert_int_equal(d[4].octets.p[0], 'A' + SW_UDP_BATCH + 4);
	assert_int_equal(sw_udp_receive(in, s, &a, 1000, &d), 0);
	close(s);
	close(c);
}

static const struct {
	const char *name;
	uint32_t most;
	size_t sent, seen;
} lengths[] = {
	{ "nothing in it", 1000, 0, 0 },
	{ "as long as the limit", 1000, 1000, 1000 },
	{ "one more than the limit", 1000, 1001, 1001 },
	{ "far more than the limit", 1000, 60000, 1001 },
	{ "a longer limit, a longer one", 2000, 60000, 2001 },
	{ "the longest that UDP has", SW_UDP_MAX, 65507, 65507 },
	{ "a limit above ours", UINT32_MAX, 65507, 65507 },
};

static void a_datagram_longer_than_the_limit_is_seen_as_such(void **state)
{
	struct sw_addr a = addr("127.0.0.1"), b = addr("127.0.0.1");
	int s = open_at(&a), c = open_at(&b);
	const struct sw_datagram *d;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(lengths); i++) {
		print_message("%s\n", lengths[i].name);
		send_one(c, (struct sw_slice){ text, lengths[i].sent }, &a, NULL);
		assert_int_equal(receive(s, &a, lengths[i].most, &d), 1);
		assert_int_equal(d->octets.n, lengths[i].seen);
	}
	close(s);
	close(c);
}

static void what_the_kernel_refuses_is_counted_and_the_rest_still_goes(void **state)
{
	struct sw_addr a = addr("127.0.0.1"), b = addr("127.0.0.1"), nowhere = addr("127.0.0.1");
	int s = open_at(&a), c = open_at(&b);
	const struct sw_datagram *d;

	(void)state;
	nowhere.port = 0;
	assert_true(sw_udp_put(out, SW_LIT("1"), &nowhere, NULL));
	assert_true(sw_udp_put(out, SW_LIT("2"), &a, NULL));
	assert_true(sw_udp_put(out, SW_LIT("3"), &nowhere, NULL));
	assert_true(sw_udp_put(out, SW_LIT("4"), &a, NULL));
	assert_int_equal(sw_udp_send(out, c), 2);
	assert_int_equal(receive(s, &a, 10, &d), 2);
	assert_int_equal(d[0].octets.p[0], '2');
	assert_int_equal(d[1].octets.p[0], '4');
	close(s);
	close(c);
}

static void one_that_was_dropped_does_not_go(void **state)
{
	static const struct {
		const char *name, *left; /* of 1 2 3 4, in the order that they go */
		size_t n, drop[4];
	} rows[] = {
		{ "none", "1234", 0, { 0 } },
		{ "the first", "423", 1, { 0 } },
		{ "the last", "123", 1, { 3 } },
		{ "two, from behind", "14", 2, { 2, 1 } },
		{ "all, from behind", "", 4, { 3, 2, 1, 0 } },
		{ "one that is not there", "1234", 1, { 4 } },
	};
	struct sw_addr a = addr("127.0.0.1"), b = addr("127.0.0.1");
	int s = open_at(&a), c = open_at(&b);
	const struct sw_datagram *d;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		size_t n = strlen(rows[i].left);

		print_message("%s\n", rows[i].name);
		assert_true(sw_udp_put(out, SW_LIT("1"), &a, NULL));
		assert_true(sw_udp_put(out, SW_LIT("2"), &a, &b));
		assert_true(sw_udp_put(out, SW_LIT("3"), &a, NULL));
		assert_true(sw_udp_put(out, SW_LIT("4"), &a, &b));
		for (size_t k = 0; k < rows[i].n; k++)
			sw_udp_drop(out, rows[i].drop[k]);
		assert_int_equal(sw_udp_waiting(out), n);
		assert_int_equal(sw_udp_send(out, c), 0);
		assert_int_equal(sw_udp_waiting(out), 0);
		if (n > 0)
			assert_int_equal(receive(s, &a, 10, &d), n);
		for (size_t k = 0; k < n; k++)
			assert_int_equal(d[k].octets.p[0], rows[i].left[k]);
	}
	close(s);
	close(c);
}

static void a_full_batch_refuses_one_more(void **state)
{
	struct sw_addr a = addr("127.0.0.1");
	int s = open_at(&a);

	(void)state;
	for (size_t i = 0; i < SW_UDP_BATCH; i++)
		assert_true(sw_udp_put(out, SW_LIT("x"), &a, NULL));
	assert_false(sw_udp_put(out, SW_LIT("x"), &a, NULL));
	assert_int_equal(sw_udp_send(out, s), 0);
	assert_true(sw_udp_put(out, SW_LIT("x"), &a, NULL));
	assert_int_equal(sw_udp_send(out, s), 0);
	close(s);
}

static void opening_says_what_is_in_the_way(void **state)
{
	struct sw_addr a = addr("127.0.0.1"), foreign = addr("192.0.2.1"), any = addr("0.0.0.0");
	int s = open_at(&a), fd = -1;
	const char *why = NULL;

	(void)state;
	assert_int_equal(sw_udp_open(&a, &fd, &why), SW_SOCK_TAKEN);
	assert_non_null(why);
	any.port = a.port;
	assert_int_equal(sw_udp_open(&any, &fd, &why), SW_SOCK_TAKEN);
	assert_int_equal(sw_udp_open(&foreign, &fd, &why), SW_SOCK_NO_ADDRESS);
	assert_int_equal(fd, -1);
	close(s);
}

static void both_families_of_any_take_the_same_port(void **state)
{
	struct sw_addr four = addr("0.0.0.0"), six = addr("::");
	int s4 = open_at(&four), s6;

	(void)state;
	six.port = four.port;
	s6 = open_at(&six);
	close(s4);
	close(s6);
}

static int set_up(void **state)
{
	(void)state;
	in = sw_udp_in_new();
	out = sw_udp_out_new();
	return in && out ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	sw_udp_in_free(in);
	sw_udp_out_free(out);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_leaves_from_the_address_that_was_asked),
		cmocka_unit_test(a_batch_brings_many_at_once_and_the_rest_next_time),
		cmocka_unit_test(a_datagram_longer_than_the_limit_is_seen_as_such),
		cmocka_unit_test(what_the_kernel_refuses_is_counted_and_the_rest_still_goes),
		cmocka_unit_test(a_full_batch_refuses_one_more),
		cmocka_unit_test(one_that_was_dropped_does_not_go),
		cmocka_unit_test(opening_says_what_is_in_the_way),
		cmocka_unit_test(both_families_of_any_take_the_same_port),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
