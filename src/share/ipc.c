/* SPDX-License-Identifier: Apache-2.0 */
#include "share/ipc.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEAD offsetof(struct sw_ipc, text)

bool sw_ipc_pair(int fd[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fd) == 0;
}

union descriptor {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void put_descriptor(union descriptor *d, int fd)
{
	*d = (union descriptor){ .head = { .cmsg_level = SOL_SOCKET,
					   .cmsg_type = SCM_RIGHTS,
					   .cmsg_len = CMSG_LEN(sizeof(fd)) } };
	memcpy(CMSG_DATA(&d->head), &fd, sizeof(fd));
}

bool sw_ipc_send_fd(int fd, enum sw_ipc_type type, uint32_t code, struct sw_slice text, int passed)
{
	size_t n = text.n < SW_IPC_TEXT ? text.n : SW_IPC_TEXT;
	uint32_t head[3] = { type, code, (uint32_t)n };
	struct iovec iov[2] = { { head, sizeof(head) }, { (void *)(uintptr_t)text.p, n } };
	struct msghdr msg = { .msg_iov = iov, .msg_iovlen = 2 };
	union descriptor d;
	ssize_t sent;

	_Static_assert(sizeof(head) == HEAD, "head is the part of struct sw_ipc before its text");
	if (passed >= 0) {
		put_descriptor(&d, passed);
		msg.msg_control = &d;
		msg.msg_controllen = sizeof(d.room);
	}
	do
		sent = sendmsg(fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)(HEAD + n);
}

bool sw_ipc_send(int fd, enum sw_ipc_type type, uint32_t code, struct sw_slice text)
{
	return sw_ipc_send_fd(fd, type, code, text, -1);
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

/* The descriptor that came along, or -1. There is room for one: the kernel closes any other. */
static int take_descriptor(struct msghdr *msg)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	int fd = -1;

	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof(fd)))
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

/* Into what msg names; what came is judged. */
static enum sw_ipc_got receive(int fd, const struct sw_ipc *out, struct msghdr *msg)
{
	ssize_t got;

	do
		got = recvmsg(fd, msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ? SW_IPC_NOTHING : SW_IPC_GONE;
	if (got == 0) /* a message of ours is never empty */
		return SW_IPC_GONE;
	if ((size_t)got < HEAD || (msg->msg_flags & MSG_TRUNC) || out->n != (size_t)got - HEAD)
		return SW_IPC_NOTHING;
	return is_known(out->type) ? SW_IPC_GOT : SW_IPC_NOTHING;
}

enum sw_ipc_got sw_ipc_receive(int fd, struct sw_ipc *out)
{
	struct iovec iov = { out, sizeof(*out) };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	return receive(fd, out, &msg);
}

enum sw_ipc_got sw_ipc_receive_fd(int fd, struct sw_ipc *out, int *passed)
{
	union descriptor d = { 0 };
	struct iovec iov = { out, sizeof(*out) };
	struct msghdr msg = { .msg_iov = &iov,
			      .msg_iovlen = 1,
			      .msg_control = &d,
			      .msg_controllen = CMSG_LEN(sizeof(int)) }; /* SPACE is of two */
	enum sw_ipc_got got = receive(fd, out, &msg);

	*passed = take_descriptor(&msg);
	if (got != SW_IPC_GOT && *passed >= 0) {
		close(*passed);
		*passed = -1;
	}
	return got;
}
