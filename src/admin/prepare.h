/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generation on its way to admin (share/ipc.def: PREPARE, SOCKET, USE, FORGET): built from the
 * document in this process, with everything that can fail, before anybody goes over.
 */
#ifndef SIPWARD_PREPARE_H
#define SIPWARD_PREPARE_H

#include "admin/admin.h"
#include "share/inherit.h"
#include "share/ipc.h"

/* Zeroed: none. */
struct sw_prepare {
	bool is_there;
	bool is_refused; /* why is what the configuration says */
	uint32_t wanted; /* descriptors that are still to come */
	int fd[SW_INHERIT_SOCKETS];
	struct sw_conf *conf; /* NULL: why */
	struct sw_admin_generation generation;
	struct sw_slice why; /* in room */
	char room[512];
};

/* PREPARE with its descriptor, which is taken; an earlier one that was not used is forgotten. */
void sw_prepare_begin(struct sw_prepare *p, const struct sw_ipc *m, int document);

/* SOCKET with its descriptor, which is taken. */
void sw_prepare_put(struct sw_prepare *p, const struct sw_ipc *m, int fd);

/* Is everything here that was announced? */
bool sw_prepare_is_whole(const struct sw_prepare *p);

/* Free what it has; its descriptors are closed. */
void sw_prepare_forget(struct sw_prepare *p);

#endif
