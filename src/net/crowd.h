/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that have proven nothing yet, by where they come from: how many of one source, and
 * which source has the most. A source is an IPv4 address or an IPv6 /64. Counts lie in a fixed
 * number of hashed cells: two sources that share one have one count, so a limit may be stricter
 * than it says, never looser.
 */
#ifndef SIPWARD_CROWD_H
#define SIPWARD_CROWD_H

#include "base/addr.h"
#include "base/mac.h"

#define SW_CROWD_CELLS 4096

/* A place in the crowd; its owner stays where it is while it has one. Zeroed: none. */
struct sw_crowd_place {
	struct sw_crowd_place *older, *newer;
	uint32_t cell;
	bool is_taken;
};

struct sw_crowd;

/* seed: of the cells, secret. NULL: no memory, or libcrypto fails. */
struct sw_crowd *sw_crowd_new(const uint8_t seed[SW_SEED_LEN]);
void sw_crowd_free(struct sw_crowd *c);

uint32_t sw_crowd_cell(const struct sw_crowd *c, const struct sw_addr *src);
uint32_t sw_crowd_count(const struct sw_crowd *c, uint32_t cell);

void sw_crowd_enter(struct sw_crowd *c, struct sw_crowd_place *p, uint32_t cell);
void sw_crowd_leave(struct sw_crowd *c, struct sw_crowd_place *p); /* no place: nothing happens */

/* The newest place of the fullest cell; NULL: nobody is there. Walks all cells. */
struct sw_crowd_place *sw_crowd_greediest(const struct sw_crowd *c);

#endif
