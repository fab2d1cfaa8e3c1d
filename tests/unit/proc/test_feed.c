/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/feed.h"

#define LISTENERS 600 /* more messages than a pair takes at once */

static struct sw_stage first, second;
static struct sw_feed feed;
static struct sw_feed_to to;
static struct sw_ipc message;
static int other, null_fd;

static void fill(struct sw_stage *s, uint32_t number)
{
	*s = (struct sw_stage){ .number = number, .document = null_fd, .bare = null_fd };
	s->log_fd = s->admin_fd = -1;
	s->connections = 10;
	s->sockets = (struct sw_sockets){ .workers = 1, .listeners = LISTENERS };
	s->sockets.fd = malloc(LISTENERS * sizeof(int));
	assert_non_null(s->sockets.fd);
	for (size_t i = 0; i < LISTENERS; i++)
		s->sockets.fd[i] = null_fd;
}

static int begin(void **state)
{
	int pair[2];

	(void)state;
	null_fd = open("/dev/null", O_RDWR);
	if (null_fd < 0 || !sw_ipc_pair(pair))
		return -1;
	to = (struct sw_feed_to){ .fd = pair[0], .share = SW_FEED_SOCKETS };
	other = pair[1];
	feed = (struct sw_feed){ 0 };
	fill(&first, 1);
	fill(&second, 2);
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(first.sockets.fd);
	free(second.sockets.fd);
	close(to.fd);
	close(other);
	close(null_fd);
	return 0;
}

/* The next message of the role's end, or NONE. */
static enum sw_ipc_type next(void)
{
	int fd;
	enum sw_ipc_got got = sw_ipc_receive_fd(other, &message, &fd);

	if (fd >= 0)
		close(fd);
	return got == SW_IPC_GOT ? (enum sw_ipc_type)message.type : SW_IPC_NONE;
}

static bool hear(enum sw_ipc_type type, uint32_t code)
{
	struct sw_ipc m = { .type = type, .code = code };

	return sw_feed_hear(&feed, &m);
}

/* A pair that is full stops it; each time the role reads it goes on where it was. */
static void send_all(void)
{
	uint32_t sockets = 0;
	bool is_full = !sw_feed_push(&feed, &to);

	assert_true(is_full); /* else the test has too few listeners */
	assert_int_equal(next(), SW_IPC_PREPARE);
	while (sockets < LISTENERS) {
		enum sw_ipc_type type = next();

		if (type == SW_IPC_NONE) {
			(void)!sw_feed_push(&feed, &to);
			continue;
		}
		assert_int_equal(type, SW_IPC_SOCKET);
		assert_int_equal(message.code, sockets++);
	}
	assert_true(sw_feed_push(&feed, &to));
	assert_int_equal(feed.step, SW_FEED_ASKED);
}

static void every_socket_comes_once_and_in_order_through_a_full_pair(void **state)
{
	(void)state;
	sw_feed_begin(&feed, &first);
	send_all();
	assert_int_equal(next(), SW_IPC_NONE);
}

static void it_is_used_only_when_it_is_prepared_and_may_be(void **state)
{
	(void)state;
	sw_feed_begin(&feed, &first);
	send_all();
	to.may_use = true;
	assert_true(sw_feed_push(&feed, &to));
	assert_int_equal(next(), SW_IPC_NONE); /* not prepared */
	to.may_use = false;
	assert_true(hear(SW_IPC_PREPARED, 1));
	assert_true(sw_feed_push(&feed, &to));
	assert_int_equal(next(), SW_IPC_NONE); /* not agreed on */
	to.may_use = true;
	assert_true(sw_feed_push(&feed, &to));
	assert_int_equal(next(), SW_IPC_USE);
	assert_int_equal(message.code, 1);
	assert_true(hear(SW_IPC_ON, 1));
	assert_int_equal(feed.on, 1);
}

static void answers_that_nobody_asked_for_change_nothing(void **state)
{
	static const enum sw_ipc_type answers[] = { SW_IPC_PREPARED, SW_IPC_UNABLE, SW_IPC_REFUSES,
						    SW_IPC_ON };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(answers); i++)
		assert_false(hear(answers[i], 1)); /* no stage */
	sw_feed_begin(&feed, &first);
	send_all();
	for (size_t i = 0; i < SW_ARRAY_LEN(answers); i++)
		assert_false(hear(answers[i], 2)); /* another one */
	assert_false(hear(SW_IPC_ON, 1));
	assert_true(hear(SW_IPC_PREPARED, 1));
	assert_false(hear(SW_IPC_PREPARED, 1));
	assert_false(hear(SW_IPC_UNABLE, 1)); /* too late */
	assert_int_equal(feed.step, SW_FEED_PREPARED);
}

static void what_cannot_be_is_forgotten_and_the_old_one_stays(void **state)
{
	(void)state;
	feed = (struct sw_feed){ .stage = &first, .step = SW_FEED_ON, .on = 1 };
	sw_feed_begin(&feed, &second);
	send_all();
	assert_true(hear(SW_IPC_REFUSES, 2));
	assert_true(feed.is_refused);
	assert_int_equal(feed.step, SW_FEED_UNABLE);
	sw_feed_begin(&feed, &first);
	assert_int_equal(feed.step, SW_FEED_ON);
	assert_true(sw_feed_push(&feed, &to));
	assert_int_equal(next(), SW_IPC_FORGET);
	assert_int_equal(message.code, 2);
	assert_false(hear(SW_IPC_PREPARED, 2)); /* it crossed the FORGET */
	assert_int_equal(feed.on, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			every_socket_comes_once_and_in_order_through_a_full_pair, begin, end),
		cmocka_unit_test_setup_teardown(it_is_used_only_when_it_is_prepared_and_may_be,
						begin, end),
		cmocka_unit_test_setup_teardown(answers_that_nobody_asked_for_change_nothing, begin,
						end),
		cmocka_unit_test_setup_teardown(what_cannot_be_is_forgotten_and_the_old_one_stays,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
