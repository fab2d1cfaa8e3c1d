/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/outbox.h"

static struct sw_pool *pool;
static struct sw_holder proven;
static struct sw_outbox box;
static int pair[2];
static char text[40000];

static int set_up(void **state)
{
	int size = 4096;

	(void)state;
	memset(text, 'x', sizeof(text));
	box = (struct sw_outbox){ 0 };
	proven = (struct sw_holder){ .is_proven = true };
	pool = sw_pool_new(8);
	if (!pool || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0)
		return -1;
	return setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static int tear_down(void **state)
{
	(void)state;
	sw_pool_free(pool);
	close(pair[0]);
	if (pair[1] >= 0)
		close(pair[1]);
	return 0;
}

static enum sw_put put(size_t n, uint64_t at_us)
{
	return sw_outbox_put(&box, pool, &proven, pair[0], (struct sw_slice){ text, n },
			     (struct sw_mono){ at_us });
}

static void what_the_kernel_takes_does_not_wait(void **state)
{
	(void)state;
	assert_int_equal(put(10, 1), SW_PUT_SENT);
	assert_false(sw_outbox_waits(&box));
	assert_null(box.octets.p);
}

static void the_rest_waits_since_the_first_and_goes_in_order(void **state)
{
	char got[sizeof(text)];
	size_t sum = 0;

	(void)state;
	text[19999] = 'a';
	assert_int_equal(put(20000, 5), SW_PUT_WAITS);
	assert_int_equal(put(100, 6), SW_PUT_WAITS);
	assert_int_equal(box.since.us, 5);
	for (int i = 0; i < 100 && sum < 20100; i++) {
		ssize_t n = recv(pair[1], got + sum, sizeof(got) - sum, MSG_DONTWAIT);

		sum += n > 0 ? (size_t)n : 0;
		if (sw_outbox_waits(&box))
			assert_int_not_equal(sw_outbox_flush(&box, pool, pair[0]), SW_PUT_LOST);
	}
	assert_int_equal(sum, 20100);
	assert_int_equal(got[19999], 'a');
	assert_null(box.octets.p);
}

static void more_than_the_most_is_refused(void **state)
{
	(void)state;
	assert_int_equal(put(30000, 1), SW_PUT_WAITS);
	assert_int_equal(put(SW_OUTBOX_MAX, 1), SW_PUT_FULL);
}

static void without_a_buffer_it_is_refused(void **state)
{
	struct sw_buffer taken[4] = { 0 }; /* what one holder may have */

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(taken); i++)
		assert_true(sw_pool_room(pool, &taken[i], 5000, &proven));
	assert_int_equal(put(30000, 1), SW_PUT_ROOM);
}

static void a_peer_that_is_gone_is_told(void **state)
{
	(void)state;
	assert_int_equal(put(30000, 1), SW_PUT_WAITS);
	close(pair[1]);
	pair[1] = -1;
	assert_int_equal(sw_outbox_flush(&box, pool, pair[0]), SW_PUT_LOST);
	sw_pool_give(pool, &box.octets);
	assert_int_equal(put(10, 1), SW_PUT_LOST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_the_kernel_takes_does_not_wait),
		TEST(the_rest_waits_since_the_first_and_goes_in_order),
		TEST(more_than_the_most_is_refused),
		TEST(without_a_buffer_it_is_refused),
		TEST(a_peer_that_is_gone_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
