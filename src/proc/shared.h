/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all roles share: the tables and the board, made by the parent before its first fork and
 * never given back while the door runs. A role that dies leaves it to its successor.
 */
#ifndef SIPWARD_SHARED_H
#define SIPWARD_SHARED_H

#include "conf/conf.h"
#include "obs/board.h"
#include "proc/why.h"
#include "share/area.h"
#include "share/robust.h"
#include "sip/location.h"
#include "sip/proven.h"
#include "sip/roll.h"

#include <sys/types.h>

#include <sipward/replay.h>

#define SW_SHARED_SOURCES 131072 /* that have proven something: two for a connection */

/* Views of the tables. */
struct sw_tables {
	struct sw_roll users; /* kept ones */
	struct sw_location location;
	struct sw_replay replay;
	struct sw_proven proven;
};

/* The locks of one role. */
struct sw_tables_locks {
	struct sw_robust users, bindings, nonces;
};

/* Owner: the caller. Zeroed: nothing is made. */
struct sw_shared {
	struct sw_area users, bindings, nonces, proven;
	struct sw_area users_locks, bindings_locks, nonces_locks;
	struct sw_area memory; /* of the board */
	int board_fd;
	struct sw_board board;
	struct sw_tables tables;
};

/* seed: of all keys. false: *why, and sw_shared_free gives back what was made. */
SW_MUST bool sw_shared_make(struct sw_shared *s, const struct sw_capacity *capacity,
			    uint32_t workers, const uint8_t seed[SW_SEED_LEN], struct sw_why *why);

/*
 * In a thread that works in the tables, before its sandbox: put its own locks into the views, which
 * are the parent's so far. false: the kernel has no such locks.
 */
SW_MUST bool sw_shared_open(const struct sw_shared *s, struct sw_tables_locks *locks,
			    struct sw_roll *users, struct sw_location *location,
			    struct sw_replay *replay);

void sw_shared_free(struct sw_shared *s);

#endif
