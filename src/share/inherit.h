/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sipward-admin finds when it begins: descriptors of fixed numbers, which the parent puts
 * there between fork and exec, and then one message BEGIN on the pair. Standard error is its log
 * while the configuration names no file. Whatever else is open is closed by it.
 */
#ifndef SIPWARD_INHERIT_H
#define SIPWARD_INHERIT_H

#include <stdint.h>

#define SW_INHERIT_PARENT  3 /* sw_ipc to the parent */
#define SW_INHERIT_BOARD   4 /* the memfd of the board, sealed against another size */
#define SW_INHERIT_CONTROL 5 /* listening Unix socket */
#define SW_INHERIT_RING    6 /* eventfd that workers ring */
#define SW_INHERIT_STORE   7 /* sw_ipc to the store role */
#define SW_INHERIT_END     8 /* the first that is none of them */

/* What comes behind a PREPARE to admin, thread or process: the numbers of its SOCKETs. */
enum sw_inherit_socket {
	SW_INHERIT_LOG = 0, /* the log file, where the configuration names one */
	SW_INHERIT_ADDRESS, /* the listening socket of `admin ADDR:PORT` */
	SW_INHERIT_SOCKETS,
};

/* Text of BEGIN: the sandbox that it has to enter before it takes anything from outside. */
struct sw_inherit_begin {
	int64_t parent; /* pid that it dies with */
	uint32_t is_off, is_required, is_root, has_user;
	uint32_t uid, gid;
};

#endif
