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
	struct sw_tables_locks watched; /* the parent's view of them all */
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

/* For the parent: a role is dead and reaped, and what it still seems to hold is the next one's. */
void sw_shared_bury(struct sw_shared *s, pid_t pid);

/* Now and then: how full the tables are, and how their locks fare, onto the board. */
void sw_shared_count(struct sw_shared *s);

/* The next shard that somebody waited for in vain, and the name of its table; each is told once. */
SW_MUST bool sw_shared_next_stuck(struct sw_shared *s, const char **table,
				  struct sw_robust_stuck *out);

void sw_shared_free(struct sw_shared *s);

#endif
