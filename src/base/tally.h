/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many there are in all, where several processes count: each counts what is its own in a cell,
 * and the tally is the sum of all cells. No lock: it may be moved by many at once, one for each
 * cell, and whoever dies while moving it leaves enough behind for the next one to see whether that
 * move was made, so that not one is lost or counted twice.
 */
#ifndef SIPWARD_TALLY_H
#define SIPWARD_TALLY_H

#include <stdatomic.h>

#include <sipward/slice.h>

#define SW_TALLY_CELLS 64
#define SW_TALLY_MAX   ((1u << 29) - 1) /* it counts no further */

/* In shared memory; zeroed: none. */
struct sw_tally {
	_Atomic uint64_t now; /* the sum, and the cell and turn of the move that made it */
	_Atomic uint32_t done[SW_TALLY_CELLS]; /* of each cell: the last turn that was seen made */
};

/* In shared memory, under a lock of its own; zeroed: none. */
struct sw_tally_cell {
	uint32_t counted; /* what the tally has of it */
	uint32_t to;      /* what it is to have: another number while a move is made */
	uint32_t turn;
};

/*
 * The cell counts `to` from now on. false, and nothing has changed: it would be more than before,
 * and all cells together more than `most`.
 */
SW_MUST bool sw_tally_move(struct sw_tally *t, struct sw_tally_cell *c, uint32_t cell, uint32_t to,
			   uint32_t most);

/* Whoever had the cell's lock died: finish what was begun, or begin it never. */
void sw_tally_repair(const struct sw_tally *t, struct sw_tally_cell *c, uint32_t cell);

uint32_t sw_tally_read(const struct sw_tally *t);

#endif
