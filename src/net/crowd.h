/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections by whom they belong to: how many of one, in which order, and who has the most.
 * Counts lie in a fixed number of hashed cells: two that share one have one count, so a limit may
 * be stricter than it says, never looser.
 */
#ifndef SIPWARD_CROWD_H
#define SIPWARD_CROWD_H

#include "base/addr.h"
#include "base/mac.h"
#include "net/pool.h"

#define SW_CROWD_CELLS 4096

/* A place in the crowd; its owner stays where it is while it has one. Zeroed: none. */
struct sw_crowd_place {
	struct sw_crowd_place *older, *newer;
	uint32_t cell;
	bool is_taken;
};

struct sw_crowd;

/* seed: of the cells, secret. NULL: no memory, or libcrypto fails. */
struct sw_crowd *sw_crowd_new(const uint8_t seed[SW_SEED_LEN], bool is_proven);
void sw_crowd_free(struct sw_crowd *c);

/* The cell of a name, and that of a source: an IPv4 address or an IPv6 /64. */
uint32_t sw_crowd_cell(const struct sw_crowd *c, struct sw_slice name);
uint32_t sw_crowd_cell_of_source(const struct sw_crowd *c, const struct sw_addr *src);

/* What a cell holds of other things. */
struct sw_holder *sw_crowd_holder(struct sw_crowd *c, uint32_t cell);

uint32_t sw_crowd_count(const struct sw_crowd *c, uint32_t cell);

/* Come in as the newest of a cell; for who has a place it is given up. */
void sw_crowd_enter(struct sw_crowd *c, struct sw_crowd_place *p, uint32_t cell);
void sw_crowd_leave(struct sw_crowd *c, struct sw_crowd_place *p); /* no place: nothing happens */

/* The ends of a cell; NULL: nobody is there. */
struct sw_crowd_place *sw_crowd_newest(const struct sw_crowd *c, uint32_t cell);
struct sw_crowd_place *sw_crowd_oldest(const struct sw_crowd *c, uint32_t cell);

/* A cell that no other has more in. Walks all. */
uint32_t sw_crowd_fullest(const struct sw_crowd *c);

#endif
