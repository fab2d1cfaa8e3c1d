/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "share/clock.h"

#define T1_US 500000
#define T2_US 4000000

static uint64_t now_us(void)
{
	return sw_clock_mono().us;
}

static bool resolve(struct sw_slice host, uint16_t port, struct addrinfo **out)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV };
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

static void keep_addr(const struct sockaddr_storage *from, struct sw_addr *out)
{
	*out = (struct sw_addr){ 0 };
	if (from->ss_family == AF_INET6) {
		const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)from;

		out->family = SW_FAMILY_6;
		out->port = ntohs(in6->sin6_port);
		out->scope = in6->sin6_scope_id;
		memcpy(out->ip, &in6->sin6_addr, 16);
		return;
	}
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)from;
	out->family = SW_FAMILY_4;
	out->port = ntohs(in4->sin_port);
	memcpy(out->ip, &in4->sin_addr, 4);
}

static bool connect_to(struct sw_exchange *x, const struct addrinfo *to)
{
	struct sockaddr_storage local = { 0 }, server = { 0 };
	socklen_t local_n = sizeof(local), server_n = sizeof(server);

	x->fd = socket(to->ai_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (x->fd < 0)
		return false;
	if (connect(x->fd, to->ai_addr, to->ai_addrlen) == 0 &&
	    getsockname(x->fd, (struct sockaddr *)&local, &local_n) == 0 &&
	    getpeername(x->fd, (struct sockaddr *)&server, &server_n) == 0) {
		keep_addr(&local, &x->local);
		keep_addr(&server, &x->server);
		return true;
	}
	int fault = errno;
	sw_exchange_close(x);
	errno = fault;
	return false;
}

bool sw_exchange_open(struct sw_exchange *x, struct sw_slice host, uint16_t port, size_t skip)
{
	struct addrinfo *list = NULL;
	const struct addrinfo *to;
	bool ok = false;

	*x = (struct sw_exchange){ .fd = -1 };
	if (!resolve(host, port, &list))
		return false;
	to = list;
	for (size_t i = 0; i < skip && to; i++)
		to = to->ai_next;
	if (to)
		ok = connect_to(x, to);
	if (!ok && to)
		fprintf(stderr, "sipward register: cannot reach the server %.*s: %s\n", (int)host.n,
			host.p, strerror(errno));
	freeaddrinfo(list);
	return ok;
}

void sw_exchange_close(struct sw_exchange *x)
{
	if (x->fd >= 0)
		close(x->fd);
	x->fd = -1;
}

/* A send that fails (a full queue, an old ICMP error) is a datagram lost: the timers repair it. */
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
	x->repeat_us = x->sent_us + T1_US;
	x->end_us = x->sent_us + timeout_us;
	send_copy(x);
}

void sw_exchange_slow(struct sw_exchange *x)
{
	x->gap_us = T2_US;
	x->repeat_us = now_us() + T2_US;
}

static void repeat(struct sw_exchange *x, uint64_t now)
{
	x->gap_us = x->gap_us * 2 < T2_US ? x->gap_us * 2 : T2_US;
	x->repeat_us = now + x->gap_us;
	send_copy(x);
}

enum sw_exchange_got sw_exchange_next(struct sw_exchange *x, char *room, size_t cap, size_t *n)
{
	for (;;) {
		uint64_t now = now_us();

		if (now >= x->end_us)
			return SW_EXCHANGE_TIMEOUT;
		if (now >= x->repeat_us) {
			repeat(x, now);
			return SW_EXCHANGE_REPEATED;
		}
		uint64_t until = x->repeat_us < x->end_us ? x->repeat_us : x->end_us;
		struct pollfd p = { .fd = x->fd, .events = POLLIN };
		if (poll(&p, 1, (int)((until - now + 999) / 1000)) <= 0)
			continue;
		ssize_t got = recv(x->fd, room, cap, MSG_DONTWAIT);
		if (got < 0 && errno == ECONNREFUSED)
			return SW_EXCHANGE_CLOSED;
		if (got < 0)
			continue;
		*n = (size_t)got;
		return SW_EXCHANGE_DATAGRAM;
	}
}

uint64_t sw_exchange_took_us(const struct sw_exchange *x)
{
	return now_us() - x->sent_us;
}
