/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "share/ipc.h"

static struct sw_ipc message;
static char long_text[SW_IPC_TEXT + 100];

static void a_message_arrives_whole(void **state)
{
	int fd[2];

	(void)state;
	assert_true(sw_ipc_pair(fd));
	assert_true(sw_ipc_send(fd[0], SW_IPC_RELOADED, 4, SW_LIT("line 3 is wrong")));
	assert_true(sw_ipc_send(fd[0], SW_IPC_REOPEN, 0, SW_LIT("")));
	assert_int_equal(sw_ipc_receive(fd[1], &message), SW_IPC_GOT);
	assert_int_equal(message.type, SW_IPC_RELOADED);
	assert_int_equal(message.code, 4);
	assert_int_equal(message.n, 15);
	assert_memory_equal(message.text, "line 3 is wrong", 15);
	assert_int_equal(sw_ipc_receive(fd[1], &message), SW_IPC_GOT);
	assert_int_equal(message.type, SW_IPC_REOPEN);
	assert_int_equal(message.n, 0);
	assert_int_equal(sw_ipc_receive(fd[1], &message), SW_IPC_NOTHING);
	close(fd[0]);
	close(fd[1]);
}

static void a_descriptor_comes_along_and_is_a_copy(void **state)
{
	int fd[2], file[2], passed;
	char octet = 0;

	(void)state;
	assert_true(sw_ipc_pair(fd));
	assert_int_equal(pipe(file), 0);
	assert_true(sw_ipc_send_fd(fd[0], SW_IPC_STORE_ASK, SW_ASK_PUT, SW_LIT("{}"), file[1]));
	assert_true(sw_ipc_send_fd(fd[0], SW_IPC_STORE_ASK, SW_ASK_LIST, SW_LIT("{}"), -1));
	close(file[1]);
	assert_int_equal(sw_ipc_receive_fd(fd[1], &message, &passed), SW_IPC_GOT);
	assert_true(passed >= 0);
	assert_int_equal(fcntl(passed, F_GETFD), FD_CLOEXEC);
	assert_int_equal(message.code, SW_ASK_PUT);
	assert_int_equal(write(passed, "x", 1), 1);
	assert_int_equal(read(file[0], &octet, 1), 1);
	assert_int_equal(octet, 'x');
	close(passed);
	assert_int_equal(sw_ipc_receive_fd(fd[1], &message, &passed), SW_IPC_GOT);
	assert_int_equal(passed, -1);
	assert_int_equal(sw_ipc_receive_fd(fd[1], &message, &passed), SW_IPC_NOTHING);
	assert_int_equal(passed, -1);
	close(file[0]);
	close(fd[0]);
	close(fd[1]);
}

/* The reader of the pipe sees its end only when no copy of the other end is left open. */
static void assert_nobody_writes(int fd)
{
	char octet;

	assert_int_equal(read(fd, &octet, 1), 0);
}

static void a_descriptor_that_nobody_takes_is_closed(void **state)
{
	int fd[2], file[2], passed;

	(void)state;
	assert_true(sw_ipc_pair(fd));
	assert_int_equal(pipe(file), 0);
	assert_true(sw_ipc_send_fd(fd[0], SW_IPC_STOP, 0, SW_LIT(""), file[1]));
	assert_true(sw_ipc_send_fd(fd[0], (enum sw_ipc_type)99, 0, SW_LIT(""), file[1]));
	close(file[1]);
	assert_int_equal(sw_ipc_receive(fd[1], &message), SW_IPC_GOT);
	assert_int_equal(sw_ipc_receive_fd(fd[1], &message, &passed), SW_IPC_NOTHING);
	assert_int_equal(passed, -1);
	assert_nobody_writes(file[0]);
	close(file[0]);
	close(fd[0]);
	close(fd[1]);
}

/* As who was taken over may send them. */
static void send_with_two(int fd, const int passed[2])
{
	uint32_t head[3] = { SW_IPC_STOP, 0, 0 };
	struct iovec iov = { head, sizeof(head) };
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(2 * sizeof(int))];
	} d = { .head = { .cmsg_level = SOL_SOCKET,
			  .cmsg_type = SCM_RIGHTS,
			  .cmsg_len = CMSG_LEN(2 * sizeof(int)) } };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &d, .msg_controllen = sizeof(d)
	};

	memcpy(CMSG_DATA(&d.head), passed, 2 * sizeof(int));
	assert_int_equal(sendmsg(fd, &msg, 0), sizeof(head));
}

static void of_two_descriptors_none_stays_open_behind_the_taker_s_back(void **state)
{
	int fd[2], file[2], passed, two[2];

	(void)state;
	assert_true(sw_ipc_pair(fd));
	assert_int_equal(pipe(file), 0);
	two[0] = two[1] = file[1];
	send_with_two(fd[0], two);
	close(file[1]);
	assert_int_equal(sw_ipc_receive_fd(fd[1], &message, &passed), SW_IPC_GOT);
	if (passed >= 0)
		close(passed);
	assert_int_equal(fcntl(file[0], F_SETFL, O_NONBLOCK), 0);
	assert_nobody_writes(file[0]);
	close(file[0]);
	close(fd[0]);
	close(fd[1]);
}

static void a_text_that_is_too_long_is_cut(void **state)
{
	int fd[2];

	(void)state;
	assert_true(sw_ipc_pair(fd));
	memset(long_text, 'x', sizeof(long_text));
	assert_true(sw_ipc_send(fd[1], SW_IPC_NOTICE, 1,
				(struct sw_slice){ long_text, sizeof(long_text) }));
	assert_int_equal(sw_ipc_receive(fd[0], &message), SW_IPC_GOT);
	assert_int_equal(message.n, SW_IPC_TEXT);
	close(fd[0]);
	close(fd[1]);
}

static void a_closed_end_is_gone_and_refuses(void **state)
{
	int fd[2];

	(void)state;
	assert_true(sw_ipc_pair(fd));
	assert_true(sw_ipc_send(fd[0], SW_IPC_STOP, 0, SW_LIT("")));
	close(fd[0]);
	assert_int_equal(sw_ipc_receive(fd[1], &message), SW_IPC_GOT);
	assert_int_equal(sw_ipc_receive(fd[1], &message), SW_IPC_GONE);
	assert_false(sw_ipc_send(fd[1], SW_IPC_STOP, 0, SW_LIT("")));
	close(fd[1]);
}

static void a_full_socket_refuses_and_does_not_wait(void **state)
{
	int fd[2], sent = 0;

	(void)state;
	assert_true(sw_ipc_pair(fd));
	memset(long_text, 'x', sizeof(long_text));
	while (sent < 10000 &&
	       sw_ipc_send(fd[0], SW_IPC_NOTICE, 0, (struct sw_slice){ long_text, SW_IPC_TEXT }))
		sent++;
	assert_in_range(sent, 1, 9999);
	close(fd[0]);
	close(fd[1]);
}

static const struct {
	const char *name;
	uint32_t words[5];
	size_t n;
} wrong[] = {
	{ "type 0", { 0, 0, 0 }, 12 },
	{ "an unknown type", { 999, 0, 0 }, 12 },
	{ "shorter than its head", { SW_IPC_STOP, 0, 0 }, 8 },
	{ "promises more text than came", { SW_IPC_STOP, 0, 9 }, 16 },
	{ "promises less text than came", { SW_IPC_STOP, 0, 1 }, 20 },
	{ "promises what no message holds", { SW_IPC_STOP, 0, UINT32_MAX }, 12 },
};

static void a_malformed_message_is_dropped(void **state)
{
	int fd[2];

	(void)state;
	assert_true(sw_ipc_pair(fd));
	for (size_t i = 0; i < SW_ARRAY_LEN(wrong); i++) {
		print_message("%s\n", wrong[i].name);
		assert_int_equal(send(fd[0], wrong[i].words, wrong[i].n, 0), wrong[i].n);
		assert_int_equal(sw_ipc_receive(fd[1], &message), SW_IPC_NOTHING);
	}
	close(fd[0]);
	close(fd[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_arrives_whole),
		cmocka_unit_test(a_descriptor_comes_along_and_is_a_copy),
		cmocka_unit_test(a_descriptor_that_nobody_takes_is_closed),
		cmocka_unit_test(of_two_descriptors_none_stays_open_behind_the_taker_s_back),
		cmocka_unit_test(a_text_that_is_too_long_is_cut),
		cmocka_unit_test(a_closed_end_is_gone_and_refuses),
		cmocka_unit_test(a_full_socket_refuses_and_does_not_wait),
		cmocka_unit_test(a_malformed_message_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
