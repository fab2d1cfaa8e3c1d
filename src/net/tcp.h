/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP listeners, and what comes out of them. A connection's octets are net/conn.h's business.
 */
#ifndef SIPWARD_TCP_H
#define SIPWARD_TCP_H

#include "net/sock.h"

#define SW_TCP_BACKLOG 1024 /* connections that the kernel keeps until they are taken */

/*
 * A listening socket, non-blocking and close-on-exec; IPv6 sockets take no IPv4. What it accepts
 * has keep-alives on, so that a peer that is gone without a word is found within four minutes.
 * An address whose old connections wait for their end can be bound again; one that another
 * listens on cannot. On failure *why is what the kernel says, a constant text.
 */
SW_MUST enum sw_sock_opened sw_tcp_listen(const struct sw_addr *at, int *fd, const char **why);

/* Likewise, as one of several listeners of this address: see sw_udp_open_shared. */
SW_MUST enum sw_sock_opened sw_tcp_listen_shared(const struct sw_addr *at, int *fd,
						 const char **why);

enum sw_tcp_accepted {
	SW_TCP_ACCEPTED = 0,
	SW_TCP_NONE, /* nobody waits */
	SW_TCP_LOST, /* who waited is gone; another may wait */
	SW_TCP_FULL, /* no descriptor or memory: what waits stays where it is, ask again later */
};

/* Take one; *fd is non-blocking and close-on-exec, and the caller's. */
SW_MUST enum sw_tcp_accepted sw_tcp_accept(int listener, int *fd, struct sw_addr *src);

#endif
