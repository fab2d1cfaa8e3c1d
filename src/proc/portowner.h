/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has a UDP port: /proc/net/udp names the socket, /proc/PID/fd who holds it. For messages
 * only; processes of others are seen only by root.
 */
#ifndef SIPWARD_PORTOWNER_H
#define SIPWARD_PORTOWNER_H

#include "base/addr.h"

struct sw_portowner {
	int64_t pid;
	char program[64]; /* "baresip"; cleaned */
};

/* Who would be in the way of binding this address. false: nobody, or it cannot be seen. */
SW_MUST bool sw_portowner_find(const struct sw_addr *at, struct sw_portowner *out);

/* The inode of a row of /proc/net/udp or udp6 that is in the way of `at`; else 0. */
uint64_t sw_portowner_row(struct sw_slice row, const struct sw_addr *at);

#endif
