/* SPDX-License-Identifier: Apache-2.0 */
/* What sockets of every transport have in common: the kernel's names, and what it says at bind. */
#ifndef SIPWARD_SOCK_H
#define SIPWARD_SOCK_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/addr.h"

enum sw_sock_opened {
	SW_SOCK_OPEN = 0,
	SW_SOCK_TAKEN,      /* another socket has the address */
	SW_SOCK_NO_ADDRESS, /* no interface here has the address */
	SW_SOCK_DENIED,     /* a port that needs a right we do not have */
	SW_SOCK_FAILED,
};

union sw_sock_name {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* The kernel's form of an address, and its length; and back: family NONE for others than IP. */
socklen_t sw_sock_name(const struct sw_addr *a, union sw_sock_name *out);
struct sw_addr sw_sock_addr(const union sw_sock_name *name);

/* The address that a socket is bound to. */
SW_MUST bool sw_sock_local(int fd, struct sw_addr *out);

bool sw_sock_set(int fd, int level, int option, int value);

/* What errno means for a socket that could not be opened; *why: a constant text. */
enum sw_sock_opened sw_sock_failed(int error, const char **why);

#endif
