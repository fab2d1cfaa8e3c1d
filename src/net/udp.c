/* SPDX-License-Identifier: Apache-2.0 */
#include "net/udp.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <stdlib.h>
#include <unistd.h>

/* A buffer a little longer than a page multiple, so that the first lines of all buffers do not
 * compete for the same few places of the cache. */
#define BUFFER (SW_UDP_MAX + 2 * 64)

/* Room for one source or destination address as control data. */
union control {
	struct cmsghdr align;
	char v4[CMSG_SPACE(sizeof(struct in_pktinfo))];
	char v6[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

static bool set_options(int fd, const struct sw_addr *at, bool is_shared)
{
	if (is_shared && !sw_sock_set(fd, SOL_SOCKET, SO_REUSEPORT, 1))
		return false;
	/* Beyond the system's limit only with CAP_NET_ADMIN; less room is no reason to stop. */
	if (!sw_sock_set(fd, SOL_SOCKET, SO_RCVBUFFORCE, SW_UDP_RECEIVE))
		(void)sw_sock_set(fd, SOL_SOCKET, SO_RCVBUF, SW_UDP_RECEIVE);
	if (at->family == SW_FAMILY_6 && !sw_sock_set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1))
		return false;
	if (!sw_addr_is_any(at)) /* what comes can only have come to that address */
		return true;
	if (at->family == SW_FAMILY_6)
		return sw_sock_set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	return sw_sock_set(fd, IPPROTO_IP, IP_PKTINFO, 1);
}

static enum sw_sock_opened open_socket(const struct sw_addr *at, bool is_shared, int *fd,
				       const char **why)
{
	union sw_sock_name name;
	socklen_t length = sw_sock_name(at, &name);
	int s = socket(name.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int error;

	if (s >= 0 && set_options(s, at, is_shared) && bind(s, &name.any, length) == 0) {
		*fd = s;
		return SW_SOCK_OPEN;
	}
	error = errno;
	if (s >= 0)
		close(s);
	return sw_sock_failed(error, why);
}

enum sw_sock_opened sw_udp_open(const struct sw_addr *at, int *fd, const char **why)
{
	return open_socket(at, false, fd, why);
}

enum sw_sock_opened sw_udp_open_shared(const struct sw_addr *at, int *fd, const char **why)
{
	return open_socket(at, true, fd, why);
}

uint32_t sw_udp_room(int fd)
{
	int n = 0;
	socklen_t length = sizeof(n);

	/* The kernel gives twice what it was asked for: the other half is for its own records. */
	return getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, &length) == 0 && n > 0 ? (uint32_t)n / 2
										: 0;
}

struct sw_udp_in {
	size_t room; /* octets that each buffer takes now */
	size_t used; /* messages that the last receive changed */
	bool is_any; /* the kernel is asked where each came to */
	struct mmsghdr msg[SW_UDP_BATCH];
	struct iovec iov[SW_UDP_BATCH];
	union sw_sock_name name[SW_UDP_BATCH];
	union control control[SW_UDP_BATCH];
	struct sw_datagram datagram[SW_UDP_BATCH];
	char buffer[SW_UDP_BATCH][BUFFER];
};

struct sw_udp_in *sw_udp_in_new(void)
{
	struct sw_udp_in *in = malloc(sizeof(*in));

	if (!in)
		return NULL;
	/* Not zeros, which may stay untouched pages: later nothing grows by what strangers send. */
	memset(in, 0xff, sizeof(*in));
	in->room = in->used = 0;
	in->is_any = false;
	return in;
}

void sw_udp_in_free(struct sw_udp_in *in)
{
	free(in);
}

static void prepare_one(struct sw_udp_in *in, size_t i)
{
	in->iov[i] = (struct iovec){ in->buffer[i], in->room };
	in->msg[i].msg_hdr = (struct msghdr){
		.msg_name = &in->name[i],
		.msg_iov = &in->iov[i],
		.msg_iovlen = 1,
		.msg_control = &in->control[i],
	};
}

/* The kernel shortens what it fills; only that has to be made whole again. */
static void prepare(struct sw_udp_in *in, size_t room, bool is_any)
{
	if (in->room != room || in->is_any != is_any) {
		in->room = room;
		in->is_any = is_any;
		in->used = SW_UDP_BATCH;
		for (size_t i = 0; i < SW_UDP_BATCH; i++)
			prepare_one(in, i);
	}
	for (size_t i = 0; i < in->used; i++) {
		struct msghdr *msg = &in->msg[i].msg_hdr;

		msg->msg_namelen = sizeof(in->name[i]);
		msg->msg_controllen = is_any ? sizeof(in->control[i]) : 0;
	}
}

/* Where the datagram came to; the scope of an address is an interface only if it is local to it. */
static struct sw_addr local_of(struct msghdr *msg, const struct sw_addr *at)
{
	union sw_sock_name name = { 0 };
	struct sw_addr a;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			name.v4.sin_family = AF_INET;
			/* Not ipi_addr: nobody can send from a broadcast address. */
			name.v4.sin_addr = info.ipi_spec_dst;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(c), sizeof(info));
			name.v6.sin6_family = AF_INET6;
			name.v6.sin6_addr = info.ipi6_addr;
			if (IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr))
				name.v6.sin6_scope_id = (uint32_t)info.ipi6_ifindex;
		}
	}
	a = sw_sock_addr(&name);
	if (a.family == SW_FAMILY_NONE)
		return *at;
	a.port = at->port;
	return a;
}

size_t sw_udp_receive(struct sw_udp_in *in, int fd, const struct sw_addr *at, uint32_t most,
		      const struct sw_datagram **out)
{
	size_t room = (most < SW_UDP_MAX ? most : SW_UDP_MAX) + 1;
	bool is_any = sw_addr_is_any(at);
	int got;

	prepare(in, room, is_any);
	got = recvmmsg(fd, in->msg, SW_UDP_BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		in->datagram[i].octets = (struct sw_slice){ in->buffer[i], in->msg[i].msg_len };
		in->datagram[i].src = sw_sock_addr(&in->name[i]);
		in->datagram[i].local = is_any ? local_of(&in->msg[i].msg_hdr, at) : *at;
	}
	*out = in->datagram;
	in->used = got > 0 ? (size_t)got : 0;
	return in->used;
}

struct sw_udp_out {
	size_t n;
	struct mmsghdr msg[SW_UDP_BATCH];
	struct iovec iov[SW_UDP_BATCH];
	union sw_sock_name name[SW_UDP_BATCH];
	union control control[SW_UDP_BATCH];
};

struct sw_udp_out *sw_udp_out_new(void)
{
	return calloc(1, sizeof(struct sw_udp_out));
}

void sw_udp_out_free(struct sw_udp_out *out)
{
	free(out);
}

static void leave_by_4(struct msghdr *msg, const struct sw_addr *from)
{
	struct in_pktinfo info = { 0 };
	struct cmsghdr *c;

	msg->msg_controllen = CMSG_SPACE(sizeof(info));
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = IPPROTO_IP;
	c->cmsg_type = IP_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(&info.ipi_spec_dst, from->ip, 4);
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

static void leave_by_6(struct msghdr *msg, const struct sw_addr *from)
{
	struct in6_pktinfo info = { .ipi6_ifindex = from->scope };
	struct cmsghdr *c;

	msg->msg_controllen = CMSG_SPACE(sizeof(info));
	c = CMSG_FIRSTHDR(msg);
	c->cmsg_level = IPPROTO_IPV6;
	c->cmsg_type = IPV6_PKTINFO;
	c->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(&info.ipi6_addr, from->ip, 16);
	memcpy(CMSG_DATA(c), &info, sizeof(info));
}

bool sw_udp_put(struct sw_udp_out *out, struct sw_slice octets, const struct sw_addr *to,
		const struct sw_addr *from)
{
	size_t i = out->n;
	struct msghdr *msg;

	if (i == SW_UDP_BATCH)
		return false;
	out->iov[i] = (struct iovec){ (void *)(uintptr_t)octets.p, octets.n };
	msg = &out->msg[i].msg_hdr;
	*msg = (struct msghdr){ .msg_name = &out->name[i],
				.msg_iov = &out->iov[i],
				.msg_iovlen = 1 };
	msg->msg_namelen = sw_sock_name(to, &out->name[i]);
	if (from && from->family == to->family) {
		msg->msg_control = &out->control[i];
		(from->family == SW_FAMILY_4 ? leave_by_4 : leave_by_6)(msg, from);
	}
	out->n++;
	return true;
}

size_t sw_udp_waiting(const struct sw_udp_out *out)
{
	return out->n;
}

void sw_udp_drop(struct sw_udp_out *out, size_t i)
{
	size_t last = out->n - 1;
	struct msghdr *msg = &out->msg[i].msg_hdr;

	if (i >= out->n)
		return;
	out->n--;
	if (i == last)
		return;
	out->msg[i] = out->msg[last];
	out->iov[i] = out->iov[last];
	out->name[i] = out->name[last];
	out->control[i] = out->control[last];
	msg->msg_iov = &out->iov[i];
	msg->msg_name = &out->name[i];
	if (msg->msg_control)
		msg->msg_control = &out->control[i];
}

size_t sw_udp_send(struct sw_udp_out *out, int fd)
{
	size_t at = 0, failed = 0;

	while (at < out->n) {
		int sent = sendmmsg(fd, out->msg + at, (unsigned)(out->n - at), MSG_DONTWAIT);

		if (sent > 0) {
			at += (size_t)sent;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			failed += out->n - at; /* no room in the device: the peer asks again */
			break;
		} else if (errno != EINTR) {
			failed++; /* it stops at the first that fails: go on behind it */
			at++;
		}
	}
	out->n = 0;
	return failed;
}

bool sw_udp_drops(int fd, uint32_t *drops)
{
	uint32_t info[SK_MEMINFO_VARS] = { 0 };
	socklen_t n = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &n) != 0 ||
	    n < (SK_MEMINFO_DROPS + 1) * sizeof(info[0]))
		return false;
	*drops = info[SK_MEMINFO_DROPS];
	return true;
}
