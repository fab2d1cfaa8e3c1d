/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Locks as functions: the pure layers work on memory that others may share, but start no thread
 * and know none. Zeroed: nobody else is there, and taking one does nothing.
 */
#ifndef SIPWARD_LOCK_H
#define SIPWARD_LOCK_H

#include <stdint.h>

enum sw_lock_got {
	SW_LOCK_BUSY = 0, /* not got: who has it does not move; refuse the request for now */
	SW_LOCK_GOT,
	SW_LOCK_ORPHAN, /* got, and who had it died with it: put the shard in order first */
};

/*
 * The locks of one table, one for each of its shards. They are no recursive locks; what was GOT
 * or ORPHAN is given back by the one who took it. Who dies of an ORPHAN leaves another ORPHAN.
 */
struct sw_locks {
	enum sw_lock_got (*take)(void *arg, uint32_t shard);
	void (*give)(void *arg, uint32_t shard);
	void *arg;
};

static inline enum sw_lock_got sw_locks_take(const struct sw_locks *l, uint32_t shard)
{
	return l->take ? l->take(l->arg, shard) : SW_LOCK_GOT;
}

static inline void sw_locks_give(const struct sw_locks *l, uint32_t shard)
{
	if (l->give)
		l->give(l->arg, shard);
}

#endif
