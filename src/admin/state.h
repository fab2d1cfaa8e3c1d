/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin role holds: its parts read it, its loop (admin.c) changes it. */
#ifndef SIPWARD_ADMIN_STATE_H
#define SIPWARD_ADMIN_STATE_H

#include "admin/admin.h"
#include "admin/busy.h"
#include "admin/log.h"
#include "admin/seen.h"
#include "tell/recent.h"

struct sw_admin_state {
	const struct sw_admin_start *start;
	const struct sw_admin_generation *generation; /* NULL: none yet */
	struct sw_wall began;                         /* this role */
	uint64_t fds_max;                             /* descriptors that it may have */
	int statm_fd; /* memory of this process (proc(5)); below 0: not known */
	int store_fd; /* of the store role that answers now */
	bool has_store, is_store_ours;
	struct sw_busy busy;
	struct sw_seen seen;
	struct sw_recent recent;
	struct sw_log log;
};

/* The parent's: what people mean by the pid of the door. */
static inline int64_t sw_admin_pid(const struct sw_admin_state *s)
{
	return atomic_load(&s->start->board.cell[SW_BOARD_PARENT].pid);
}

#endif
