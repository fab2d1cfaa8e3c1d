/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks in memory that processes share, one for each shard of a table, for short holds: nobody
 * waits longer than SW_ROBUST_WAIT_US, and who dies with a lock leaves it to the next one.
 *
 * Taken at once when free; else a short spin, then one wait. When that was in vain the shard is
 * marked as stuck, and from then on everybody tries once and is BUSY at once; who gets it takes
 * the mark away. The kernel sees to the death of a holder (its list of robust futexes), and
 * sw_robust_bury where that list was lost.
 *
 * Why not robust mutexes of the C library: they keep a list through the shared memory and write
 * where its pointers say, so a process that was taken over could make any other one write
 * anywhere. Here such a pointer is written for the kernel alone and never followed.
 */
#ifndef SIPWARD_ROBUST_H
#define SIPWARD_ROBUST_H

#include <sipward/slice.h>

#include "base/lock.h"

#define SW_ROBUST_WAIT_US 50000
#define SW_ROBUST_NEST    4 /* locks that one thread may hold at once, of all tables together */

struct sw_robust_head;

/* A view of one thread. Zeroed: every lock is BUSY. */
struct sw_robust {
	struct sw_robust_head *head;
	uint32_t shards;
	uint32_t self; /* thread that takes; 0: it only looks */
};

/* Memory must be aligned to 64 octets and zeroed once, which is all locks free. */
size_t sw_robust_size(uint32_t shards);

/*
 * A view for the calling thread, who may then take locks by it; after a fork the child opens its
 * own. It tells the kernel where this thread's list is, so it comes before the sandbox; robust
 * mutexes of the C library no longer work in this thread. false: the kernel knows no such lists.
 */
SW_MUST bool sw_robust_open(struct sw_robust *r, void *memory, uint32_t shards);

/* A view that only looks and buries. */
void sw_robust_watch(struct sw_robust *r, void *memory, uint32_t shards);

/* For the table; the view outlives it. A shard beyond the last, or a lock too many, is BUSY. */
struct sw_locks sw_robust_locks(struct sw_robust *r);

/* A shard on which somebody waited in vain. */
struct sw_robust_stuck {
	uint32_t shard;
	uint32_t holder; /* its thread, which in a process of one thread is the process; 0: gone */
};

/* The next one that was not told yet; each is told once. For an event; cheap when there is none. */
SW_MUST bool sw_robust_next_stuck(struct sw_robust *r, struct sw_robust_stuck *out);

/* Who holds this shard while it is marked, or 0: it is not, or nobody does. */
uint32_t sw_robust_stuck_holder(const struct sw_robust *r, uint32_t shard);

struct sw_robust_counts {
	uint64_t waits;   /* times that somebody slept for a lock */
	uint64_t busy;    /* times that it was refused */
	uint64_t orphans; /* times that it came from a dead holder */
	uint32_t stuck;   /* shards that are marked now */
};

/* Of all shards together; an instant later they may be others. */
void sw_robust_count(const struct sw_robust *r, struct sw_robust_counts *out);

/*
 * This thread is dead and reaped: what it still seems to hold is left to the next taker as ORPHAN.
 * Gives how many locks that were: 0, where the kernel could do its part.
 */
uint32_t sw_robust_bury(struct sw_robust *r, uint32_t holder);

#endif
