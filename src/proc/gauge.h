/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the shared tables are, for the board and the log: the parent looks, because it has all of
 * them and outlives every other role. It reads numbers that any role may have written, and only
 * shows them.
 */
#ifndef SIPWARD_GAUGE_H
#define SIPWARD_GAUGE_H

#include "proc/notes.h"
#include "proc/roles.h"

/* Owner: the parent. */
struct sw_gauge {
	const struct sw_roles *roles;
	struct sw_robust locks[SW_BOARD_TABLES];
	uint64_t orphans[SW_BOARD_TABLES]; /* that the log has heard of */
};

void sw_gauge_open(struct sw_gauge *g, const struct sw_roles *roles);

/*
 * One look: the cells of the board, a line for each part of a table that somebody waited for in
 * vain, with who holds it, and one where locks came from holders that had died. What is held by
 * who is no role, where roles are processes, is left to the next one.
 */
void sw_gauge_look(struct sw_gauge *g, struct sw_notes *notes);

/* Does this process hold a part of a table that somebody waited for in vain? */
SW_MUST bool sw_gauge_is_held_by(const struct sw_gauge *g, uint32_t pid);

/* This process is dead and reaped: what it still seems to hold is left to the next one. */
void sw_gauge_bury(struct sw_gauge *g, uint32_t pid);

#endif
