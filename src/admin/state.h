/* SPDX-License-Identifier: Apache-2.0 */
/* What the admin role holds: its parts read it, its loop (admin.c) changes it. */
#ifndef SIPWARD_ADMIN_STATE_H
#define SIPWARD_ADMIN_STATE_H

#include "admin/admin.h"
#include "admin/log.h"
#include "admin/seen.h"
#include "tell/recent.h"

struct sw_admin_state {
	const struct sw_admin_start *start;
	const struct sw_admin_generation *generation; /* NULL: none yet */
	struct sw_seen seen;
	struct sw_recent recent;
	struct sw_log log;
};

#endif
