/* SPDX-License-Identifier: Apache-2.0 */
#include "share/ipc.h"

#include <errno.h>
#include <sys/socket.h>

#define HEAD offsetof(struct sw_ipc, text)

bool sw_ipc_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) == 0;
}

bool sw_ipc_send(int fd, enum sw_ipc_type type, uint32_t code, struct sw_slice text)
{
	size_t n = text.n < SW_IPC_TEXT ? text.n : SW_IPC_TEXT;
	uint32_t head[3] = { type, code, (uint32_t)n };
	struct iovec iov[2] = { { head, sizeof(head) }, { (void *)(uintptr_t)text.p, n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	ssize_t sent;

	_Static_assert(sizeof(head) == HEAD, "head is the part of struct sw_ipc before its text");
	do
		sent = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)(HEAD + n);
}

static bool is_known(uint32_t type)
{
	switch (type) {
#define SW_IPC(symbol, number) case (number):
#include "share/ipc.def"
#undef SW_IPC
		return true;
	default:
		return false;
	}
}

enum sw_ipc_got sw_ipc_receive(int fd, struct sw_ipc *out)
{
	struct iovec iov = { out, sizeof(*out) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t got;

	do
		got = recvmsg(fd, &msg, MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? SW_IPC_NOTHING : SW_IPC_GONE;
	if (got == 0) /* a message of ours is never empty */
		return SW_IPC_GONE;
	if ((size_t)got < HEAD || (msg.msg_flags & MSG_TRUNC) || out->n != (size_t)got - HEAD)
		return SW_IPC_NOTHING;
	return is_known(out->type) ? SW_IPC_GOT : SW_IPC_NOTHING;
}
