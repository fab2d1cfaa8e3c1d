/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the machine itself costs: a UDP server that reads batches and answers each datagram with
 * one of a given size, as a SIP server would, and does nothing else. Ends with SIGTERM.
 * Usage: udp_echo ADDR PORT SIZE [LONG SIZE]    (datagrams of LONG octets and more get the second)
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define BATCH 32
#define ROOM  4096

static struct mmsghdr in[BATCH], out[BATCH];
static struct iovec in_iov[BATCH], out_iov[BATCH];
static struct sockaddr_in name[BATCH];
static char octets[BATCH][ROOM + 128]; /* no power of two: see net/udp.c */
static char answer[ROOM];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(const char *addr, const char *port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int room = 4 << 20;

	at.sin_port = htons((uint16_t)strtoul(port, NULL, 10));
	if (fd < 0 || inet_pton(AF_INET, addr, &at.sin_addr) != 1)
		die("udp_echo: socket");
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) != 0)
		(void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) != 0)
		die("udp_echo: bind");
	return fd;
}

static void prepare(void)
{
	memset(answer, 'x', sizeof(answer));
	for (size_t i = 0; i < BATCH; i++) {
		in_iov[i] = (struct iovec){ octets[i], ROOM };
		in[i].msg_hdr = (struct msghdr){ .msg_name = &name[i],
						 .msg_namelen = sizeof(name[i]),
						 .msg_iov = &in_iov[i],
						 .msg_iovlen = 1 };
		out[i].msg_hdr = (struct msghdr){ .msg_name = &name[i],
						  .msg_namelen = sizeof(name[i]),
						  .msg_iov = &out_iov[i],
						  .msg_iovlen = 1 };
	}
}

static int turn(int fd, size_t size, size_t big, size_t big_size)
{
	int n = recvmmsg(fd, in, BATCH, MSG_DONTWAIT, NULL);

	for (int i = 0; i < n; i++)
		out_iov[i] = (struct iovec){ answer, in[i].msg_len >= big ? big_size : size };
	for (int at = 0; at < n;) {
		int sent = sendmmsg(fd, out + at, (unsigned)(n - at), 0);

		at += sent > 0 ? sent : 1;
	}
	return n;
}

int main(int argc, char **argv)
{
	struct epoll_event event = { .events = EPOLLIN };
	size_t size, big = SIZE_MAX, big_size = 0;
	int fd, loop = epoll_create1(0);

	if (argc != 4 && argc != 6) {
		fprintf(stderr, "usage: udp_echo ADDR PORT SIZE [LONG SIZE]\n");
		return 2;
	}
	size = strtoul(argv[3], NULL, 10);
	if (argc == 6) {
		big = strtoul(argv[4], NULL, 10);
		big_size = strtoul(argv[5], NULL, 10);
	}
	if (size > ROOM || big_size > ROOM)
		die("udp_echo: at most 4096 octets");
	fd = open_socket(argv[1], argv[2]);
	prepare();
	if (loop < 0 || epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) != 0)
		die("udp_echo: epoll");
	for (;;) {
		while (turn(fd, size, big, big_size) == BATCH)
			;
		if (epoll_wait(loop, &event, 1, -1) < 0)
			die("udp_echo: epoll_wait");
	}
}
