/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net/loop.h"

static struct sw_loop loop;

struct seat {
	struct sw_watch watch;
	unsigned calls, what;
	struct sw_watch *removes;
};

static void count(void *arg, unsigned what)
{
	struct seat *s = arg;

	s->calls++;
	s->what = what;
	if (s->removes)
		sw_loop_remove(&loop, s->removes);
}

static void seat(struct seat *s, int fd)
{
	*s = (struct seat){ .watch = { .fd = fd, .fn = count, .arg = s } };
}

static int full_eventfd(void)
{
	int fd = eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void what_is_ready_is_reported_each_turn_until_it_is_read(void **state)
{
	struct seat a;
	uint64_t v;

	(void)state;
	assert_true(sw_loop_init(&loop));
	seat(&a, full_eventfd());
	assert_true(sw_loop_add(&loop, &a.watch, SW_LOOP_IN));
	sw_loop_turn(&loop, 0);
	sw_loop_turn(&loop, 0);
	assert_int_equal(a.calls, 2);
	assert_int_equal(a.what, SW_LOOP_IN);
	assert_int_equal(read(a.watch.fd, &v, sizeof(v)), sizeof(v));
	sw_loop_turn(&loop, 0);
	assert_int_equal(a.calls, 2);
	sw_loop_remove(&loop, &a.watch);
	close(a.watch.fd);
	sw_loop_close(&loop);
}

static void a_change_asks_for_something_else(void **state)
{
	struct seat a;

	(void)state;
	assert_true(sw_loop_init(&loop));
	seat(&a, full_eventfd());
	assert_true(sw_loop_add(&loop, &a.watch, 0));
	sw_loop_turn(&loop, 0);
	assert_int_equal(a.calls, 0);
	assert_true(sw_loop_change(&loop, &a.watch, SW_LOOP_OUT));
	sw_loop_turn(&loop, 0);
	assert_int_equal(a.what, SW_LOOP_OUT);
	close(a.watch.fd);
	sw_loop_close(&loop);
}

static void one_that_is_removed_in_a_turn_is_not_called_in_it(void **state)
{
	struct seat a, b;

	(void)state;
	assert_true(sw_loop_init(&loop));
	seat(&a, full_eventfd());
	seat(&b, full_eventfd());
	a.removes = &b.watch;
	b.removes = &a.watch;
	assert_true(sw_loop_add(&loop, &a.watch, SW_LOOP_IN));
	assert_true(sw_loop_add(&loop, &b.watch, SW_LOOP_IN));
	sw_loop_turn(&loop, 0);
	assert_int_equal(a.calls + b.calls, 1);
	sw_loop_turn(&loop, 0);
	assert_int_equal(a.calls + b.calls, 2); /* the other one is still there */
	close(a.watch.fd);
	close(b.watch.fd);
	sw_loop_close(&loop);
}

static void a_closed_pipe_is_gone(void **state)
{
	struct seat a;
	int fd[2];

	(void)state;
	assert_true(sw_loop_init(&loop));
	assert_int_equal(pipe(fd), 0);
	seat(&a, fd[0]);
	assert_true(sw_loop_add(&loop, &a.watch, 0));
	close(fd[1]);
	sw_loop_turn(&loop, 0);
	assert_int_equal(a.what, SW_LOOP_GONE);
	close(fd[0]);
	sw_loop_close(&loop);
}

static void what_cannot_be_watched_is_refused(void **state)
{
	struct seat a;

	(void)state;
	assert_true(sw_loop_init(&loop));
	seat(&a, -1);
	assert_false(sw_loop_add(&loop, &a.watch, SW_LOOP_IN));
	assert_false(sw_loop_change(&loop, &a.watch, SW_LOOP_IN));
	sw_loop_close(&loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_ready_is_reported_each_turn_until_it_is_read),
		cmocka_unit_test(a_change_asks_for_something_else),
		cmocka_unit_test(one_that_is_removed_in_a_turn_is_not_called_in_it),
		cmocka_unit_test(a_closed_pipe_is_gone),
		cmocka_unit_test(what_cannot_be_watched_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
