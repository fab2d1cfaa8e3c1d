/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UDP sockets and their batches: many datagrams per system call, into memory made at the start.
 * What the octets mean is nobody's business here.
 */
#ifndef SIPWARD_UDP_H
#define SIPWARD_UDP_H

#include "net/sock.h"

#define SW_UDP_BATCH   32                /* datagrams per call */
#define SW_UDP_MAX     65536             /* octets of a datagram, the limit's own limit */
#define SW_UDP_RECEIVE (4 * 1024 * 1024) /* octets of the kernel's receive buffer, if it lets us */

/*
 * A bound socket, non-blocking and close-on-exec; IPv6 sockets take no IPv4. Port 0 asks for any.
 * On failure *why is what the kernel says, a constant text.
 */
SW_MUST enum sw_sock_opened sw_udp_open(const struct sw_addr *at, int *fd, const char **why);

/*
 * Likewise, as one of several sockets of this address, among which the kernel spreads what comes by
 * source and port. It says nothing of sockets of other programs that do the same: probe first.
 */
SW_MUST enum sw_sock_opened sw_udp_open_shared(const struct sw_addr *at, int *fd, const char **why);

/* Octets of its receive buffer: less than SW_UDP_RECEIVE where the kernel did not let us. */
uint32_t sw_udp_room(int fd);

/* What came. */
struct sw_datagram {
	struct sw_slice octets; /* one more than the limit when it was longer */
	struct sw_addr src;
	struct sw_addr local; /* the address it came to */
};

/* A batch of datagrams; the octets stay until the next receive. */
struct sw_udp_in;

struct sw_udp_in *sw_udp_in_new(void); /* NULL: no memory */
void sw_udp_in_free(struct sw_udp_in *in);

/*
 * Take what waits, at most SW_UDP_BATCH datagrams, each cut to most + 1 octets; most is up to
 * SW_UDP_MAX. at: what the socket is bound to. Gives the number; *out borrows from in.
 */
size_t sw_udp_receive(struct sw_udp_in *in, int fd, const struct sw_addr *at, uint32_t most,
		      const struct sw_datagram **out);

/* Answers that wait to be sent from one socket. */
struct sw_udp_out;

struct sw_udp_out *sw_udp_out_new(void); /* NULL: no memory */
void sw_udp_out_free(struct sw_udp_out *out);

/*
 * One more; octets stay the caller's until the send. from: the address that it leaves by, NULL
 * where the socket is bound to one anyway. false: SW_UDP_BATCH wait already.
 */
SW_MUST bool sw_udp_put(struct sw_udp_out *out, struct sw_slice octets, const struct sw_addr *to,
			const struct sw_addr *from);

/* How many wait; and let go of one, whose place the last one takes. */
size_t sw_udp_waiting(const struct sw_udp_out *out);
void sw_udp_drop(struct sw_udp_out *out, size_t i);

/* Send them all and forget them; gives how many the kernel did not take. Never waits. */
size_t sw_udp_send(struct sw_udp_out *out, int fd);

/* Datagrams that the kernel has dropped at this socket so far. false: it does not say. */
SW_MUST bool sw_udp_drops(int fd, uint32_t *drops);

#endif
