/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/exchange.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/sock.h"
#include "share/clock.h"

#define T1_US 500000
#define T2_US 4000000

static uint64_t now_us(void)
{
	return sw_clock_mono().us;
}

static int type_of(const struct sw_exchange *x)
{
	return x->transport == SW_TCP ? SOCK_STREAM : SOCK_DGRAM;
}

static bool resolve(const struct sw_exchange *x, struct sw_slice host, uint16_t port,
		    struct addrinfo **out)
{
	const struct addrinfo hints = { .ai_socktype = type_of(x), .ai_flags = AI_NUMERICSERV };
	char name[256], service[6];

	if (host.n == 0 || host.n >= sizeof(name)) {
		fprintf(stderr, "sipward register: the server's name is empty or too long\n");
		return false;
	}
	memcpy(name, host.p, host.n);
	name[host.n] = 0;
	snprintf(service, sizeof(service), "%u", port);
	int fault = getaddrinfo(name, service, &hints, out);
	if (fault != 0 && strcmp(name, "localhost") == 0) /* RFC 6761 6.3: known without a file */
		fault = getaddrinfo("127.0.0.1", service, &hints, out);
	if (fault != 0)
		fprintf(stderr, "sipward register: cannot find the server %s: %s\n", name,
			gai_strerror(fault));
	return fault == 0;
}

static bool wait_for(const struct sw_exchange *x, short what, uint64_t until_us)
{
	uint64_t now = now_us();
	struct pollfd p = { .fd = x->fd, .events = what };

	return now < until_us && poll(&p, 1, (int)((until_us - now + 999) / 1000)) > 0;
}

/* 0, or an errno. */
static int connect_in_time(const struct sw_exchange *x, const struct addrinfo *to,
			   uint64_t timeout_us)
{
	int error = 0;
	socklen_t n = sizeof(error);

	if (connect(x->fd, to->ai_addr, to->ai_addrlen) == 0)
		return 0;
	if (errno != EINPROGRESS)
		return errno;
	if (!wait_for(x, POLLOUT, now_us() + timeout_us))
		return ETIMEDOUT;
	return getsockopt(x->fd, SOL_SOCKET, SO_ERROR, &error, &n) == 0 ? error : errno;
}

static void keep_server(struct sw_exchange *x, const struct addrinfo *to)
{
	union sw_sock_name name = { 0 };

	if (to->ai_addrlen <= sizeof(name))
		memcpy(&name, to->ai_addr, to->ai_addrlen);
	x->server = sw_sock_addr(&name);
}

/* 0, or an errno. */
static int connect_to(struct sw_exchange *x, const struct addrinfo *to, uint64_t timeout_us)
{
	int error;

	keep_server(x, to);
	x->fd = socket(to->ai_family, type_of(x) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (x->fd < 0)
		return errno;
	error = connect_in_time(x, to, timeout_us);
	if (error == 0 && !sw_sock_local(x->fd, &x->local))
		error = errno;
	if (error != 0)
		sw_exchange_close(x);
	return error;
}

static enum sw_exchange_opened opened_of(const struct sw_exchange *x, int error,
					 struct sw_slice host)
{
	if (error == 0)
		return SW_EXCHANGE_OPEN;
	if (x->transport == SW_TCP && error == ECONNREFUSED)
		return SW_EXCHANGE_NOBODY;
	if (x->transport == SW_TCP && error == ETIMEDOUT)
		return SW_EXCHANGE_UNHEARD;
	fprintf(stderr, "sipward register: cannot reach the server %.*s: %s\n", (int)host.n, host.p,
		strerror(error));
	return SW_EXCHANGE_NONE;
}

enum sw_exchange_opened sw_exchange_open(struct sw_exchange *x, enum sw_transport transport,
					 struct sw_slice host, uint16_t port, size_t skip,
					 uint64_t timeout_us)
{
	enum sw_exchange_opened opened = SW_EXCHANGE_NONE;
	struct addrinfo *list = NULL;
	const struct addrinfo *to;

	memset(x, 0, sizeof(*x));
	x->fd = -1;
	x->transport = transport;
	if (!resolve(x, host, port, &list))
		return SW_EXCHANGE_NONE;
	to = list;
	for (size_t i = 0; i < skip && to; i++)
		to = to->ai_next;
	x->sent_us = now_us();
	x->end_us = x->sent_us + timeout_us;
	if (to)
		opened = opened_of(x, connect_to(x, to, timeout_us), host);
	freeaddrinfo(list);
	return opened;
}

void sw_exchange_close(struct sw_exchange *x)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
}

/*
 * A send that fails (a full queue, an old ICMP error) is a datagram lost: the timers repair it. A
 * request always fits into the empty queue of a connection; one that is gone is seen by the read.
 */
static void send_copy(const struct sw_exchange *x)
{
	ssize_t sent = send(x->fd, x->request.p, x->request.n, MSG_NOSIGNAL);

	(void)sent;
}

void sw_exchange_send(struct sw_exchange *x, struct sw_slice request, uint64_t timeout_us)
{
	x->request = request;
	x->sent_us = now_us();
	x->gap_us = T1_US;
	x->repeat_us = x->transport == SW_UDP ? x->sent_us + T1_US : UINT64_MAX;
	x->end_us = x->sent_us + timeout_us;
	send_copy(x);
}

void sw_exchange_slow(struct sw_exchange *x)
{
	x->gap_us = T2_US;
	if (x->transport == SW_UDP)
		x->repeat_us = now_us() + T2_US;
}

static void repeat(struct sw_exchange *x, uint64_t now)
{
	x->gap_us = x->gap_us * 2 < T2_US ? x->gap_us * 2 : T2_US;
	x->repeat_us = now + x->gap_us;
	send_copy(x);
}

/* The next whole message of the stream; false: there is none yet, or never (*is_broken). */
static bool cut(struct sw_exchange *x, struct sw_slice *out, bool *is_broken)
{
	*is_broken = false;
	while (x->taken < x->came) {
		struct sw_slice rest = { x->room + x->taken, x->came - x->taken };
		bool in_body;
		size_t n;
		enum sw_frame what = sw_frame_next(&x->framer, rest, sizeof(x->room), &n, &in_body);

		*is_broken = what == SW_FRAME_BROKEN;
		if (what == SW_FRAME_MORE || what == SW_FRAME_BROKEN)
			return false;
		x->taken += n;
		*out = (struct sw_slice){ rest.p, n };
		if (what == SW_FRAME_MESSAGE)
			return true;
	}
	return false;
}

static void make_room(struct sw_exchange *x)
{
	memmove(x->room, x->room + x->taken, x->came - x->taken);
	x->came -= x->taken;
	x->taken = 0;
}

/* Is there something to tell? */
static bool read_stream(struct sw_exchange *x, struct sw_slice *out, enum sw_exchange_got *got)
{
	bool is_broken;
	ssize_t n;

	make_room(x);
	n = recv(x->fd, x->room + x->came, sizeof(x->room) - x->came, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	*got = SW_EXCHANGE_CLOSED;
	if (n <= 0)
		return true;
	x->came += (size_t)n;
	*got = SW_EXCHANGE_MESSAGE;
	if (cut(x, out, &is_broken))
		return true;
	*got = SW_EXCHANGE_CLOSED;
	return is_broken;
}

static bool read_datagram(struct sw_exchange *x, struct sw_slice *out, enum sw_exchange_got *got)
{
	ssize_t n = recv(x->fd, x->room, sizeof(x->room), MSG_DONTWAIT);

	*got = n < 0 ? SW_EXCHANGE_CLOSED : SW_EXCHANGE_MESSAGE;
	*out = (struct sw_slice){ x->room, n > 0 ? (size_t)n : 0 };
	return n >= 0 || errno == ECONNREFUSED;
}

enum sw_exchange_got sw_exchange_next(struct sw_exchange *x, struct sw_slice *out)
{
	enum sw_exchange_got got;
	bool is_broken;

	if (x->transport == SW_TCP && cut(x, out, &is_broken))
		return SW_EXCHANGE_MESSAGE;
	for (;;) {
		uint64_t now = now_us();

		if (now >= x->end_us)
			return SW_EXCHANGE_TIMEOUT;
		if (now >= x->repeat_us) {
			repeat(x, now);
			return SW_EXCHANGE_REPEATED;
		}
		if (!wait_for(x, POLLIN, x->repeat_us < x->end_us ? x->repeat_us : x->end_us))
			continue;
		if ((x->transport == SW_TCP ? read_stream : read_datagram)(x, out, &got))
			return got;
	}
}

uint64_t sw_exchange_took_us(const struct sw_exchange *x)
{
	return now_us() - x->sent_us;
}
