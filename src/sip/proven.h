/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources that have proven who they are: the address for an hour, the connection as long as it
 * lives. What they may do for it, without another proof, is policy's business, and it is little:
 * an address can be forged, and others may share it.
 *
 * An array of cells, each found by a keyed hash, in memory that is handed in and that several
 * processes may share: a cell is one word, which is read and written at once, so there is no lock
 * and nothing to repair. Written only after a proof, so strangers touch nothing. A newcomer
 * overwrites whoever has the cell, who then has to prove itself again: never the other way round.
 * Zeroed: nobody is known.
 */
#ifndef SIPWARD_PROVEN_H
#define SIPWARD_PROVEN_H

#include <stdatomic.h>

#include "base/mac.h"
#include "base/time.h"
#include "core/verdict.h"

#define SW_PROVEN_S 3600 /* how long the proof of an address counts */

/* A view on the memory; copied freely, owns nothing. */
struct sw_proven {
	_Atomic uint64_t *cell;
	uint32_t cells;
	struct sw_mac_key key;
};

size_t sw_proven_size(uint32_t cells);
void sw_proven_init(struct sw_proven *p, void *memory, uint32_t cells,
		    const struct sw_mac_key *key); /* zeroed memory, one cell at least */

/* Where a message comes from. Ports say nothing: a phone changes them as it likes. */
struct sw_proven_source {
	const struct sw_addr *addr;
	enum sw_transport transport; /* what is proven over ws or wss says nothing of the others */
	uint64_t flow;               /* the connection, named once in a boot; 0: datagrams */
};

/* This source has just proven who it is. */
void sw_proven_note(struct sw_proven *p, struct sw_mac *mac, const struct sw_proven_source *src,
		    struct sw_mono now);

/* What it has shown before, the most that is known. */
enum sw_known sw_proven_find(const struct sw_proven *p, struct sw_mac *mac,
			     const struct sw_proven_source *src, struct sw_mono now);

#endif
