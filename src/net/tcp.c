/* SPDX-License-Identifier: Apache-2.0 */
#include "net/tcp.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <unistd.h>

#define KEEP_IDLE_S 120 /* silence until the first probe; below the life of most NAT entries */
#define KEEP_STEP_S 30
#define KEEP_PROBES 4
#define KERNEL_ROOM 65536 /* octets; else a peer that does not read may have megabytes there */

/* Accepted sockets inherit all of these, which saves them calls of their own. */
static bool set_options(int fd, const struct sw_addr *at, bool is_shared)
{
	if (is_shared && !sw_sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1))
		return false;
	if (at->family == SW_FAMILY_6 && !sw_sock_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	return sw_sock_set(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
	       sw_sock_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
	       sw_sock_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S) &&
	       sw_sock_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_STEP_S) &&
	       sw_sock_set(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES) &&
	       sw_sock_set(fd, SOL_SOCKET, SO_SNDBUF, KERNEL_ROOM) &&
	       sw_sock_set(fd, SOL_SOCKET, SO_RCVBUF, KERNEL_ROOM) &&
	       sw_sock_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

static enum sw_sock_opened listen_at(const struct sw_addr *at, bool is_shared, int *fd,
				     const char **why)
{
	union sw_sock_name name;
	socklen_t length = sw_sock_name(at, &name);
	int s = socket(name.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (s >= 0 && set_options(s, at, is_shared) && bind(s, &name.any, length) == 0 &&
	    listen(s, SW_TCP_BACKLOG) == 0) {
		*fd = s;
		return SW_SOCK_OPEN;
	}
	error = errno;
	if (s >= 0)
		close(s);
	return sw_sock_failed(error, why);
}

enum sw_sock_opened sw_tcp_listen(const struct sw_addr *at, int *fd, const char **why)
{
	return listen_at(at, false, fd, why);
}

enum sw_sock_opened sw_tcp_listen_shared(const struct sw_addr *at, int *fd, const char **why)
{
	return listen_at(at, true, fd, why);
}

enum sw_tcp_accepted sw_tcp_accept(int listener, int *fd, struct sw_addr *src)
{
	union sw_sock_name name = { 0 };
	socklen_t length = sizeof(name);
	int s = accept4(listener, &name.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (s >= 0) {
		*fd = s;
		*src = sw_sock_addr(&name);
		return SW_TCP_ACCEPTED;
	}
	switch (errno) {
	case EAGAIN:
		return SW_TCP_NONE;
	case EMFILE:
	case ENFILE:
	case ENOBUFS:
	case ENOMEM:
		return SW_TCP_FULL;
	default: /* accept(2): errors of the network that waited on the new socket */
		return SW_TCP_LOST;
	}
}
