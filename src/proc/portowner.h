/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has a port: /proc/net/udp or tcp names the socket, /proc/PID/fd who holds it. For messages
 * only; processes of others are seen only by root.
 */
#ifndef SIPWARD_PORTOWNER_H
#define SIPWARD_PORTOWNER_H

#include "base/addr.h"

struct sw_portowner {
	int64_t pid;
	char program[64]; /* "baresip"; cleaned */
};

/*
 * Who would be in the way of binding this address for udp, or of listening there for another
 * transport. false: nobody, or it cannot be seen.
 */
SW_MUST bool sw_portowner_find(enum sw_transport transport, const struct sw_addr *at,
			       struct sw_portowner *out);

/*
 * The inode of a row of /proc/net/udp or udp6, else of tcp or tcp6, that is in the way of `at`;
 * else 0. Of TCP sockets only those that listen are.
 */
uint64_t sw_portowner_row(enum sw_transport transport, struct sw_slice row,
			  const struct sw_addr *at);

#endif
