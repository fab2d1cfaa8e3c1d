/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the store is, for those who ask: written by the store role, read by everybody else. It lies
 * in shared memory: no pointer in it, and nobody waits for anybody.
 */
#ifndef SIPWARD_KEEP_H
#define SIPWARD_KEEP_H

#include "obs/sentence.h"

#define SW_KEEP_NAME 256

/* What the store role does with its database, for how long it takes. */
enum sw_keep_op {
	SW_KEEP_READ,  /* users or bindings are read */
	SW_KEEP_WRITE, /* bindings are written */
	SW_KEEP_USERS, /* users are asked for, or changed */
	SW_KEEP_SYNC,  /* journals are synced */
	SW_KEEP_OPS,
};

struct sw_keep_took {
	_Atomic uint64_t n, us;
};

struct sw_keep {
	char name[SW_KEEP_NAME]; /* "sqlite /var/lib/sipward/sipward.db", ends with NUL; constant */
	_Atomic uint64_t users;
	_Atomic bool is_down;   /* it takes no changes */
	_Atomic bool has_list;  /* a list of users is being applied */
	struct sw_sentence why; /* it is down; "" while it is not */

	/* Journals of the workers: what the database does not have yet. */
	_Atomic uint64_t journal_waiting;  /* octets */
	_Atomic int64_t journal_oldest_us; /* wall, since when there was always some; 0 none */
	_Atomic int64_t synced_us;         /* wall, when they were last synced; 0 never */
	struct sw_keep_took took[SW_KEEP_OPS];
};

/* Its name, whoever wrote the memory. */
static inline struct sw_slice sw_keep_name(const struct sw_keep *k)
{
	return (struct sw_slice){ k->name, strnlen(k->name, SW_KEEP_NAME) };
}

/* One more of this kind took so long; for the writer only. */
static inline void sw_keep_took(struct sw_keep *k, enum sw_keep_op op, uint64_t us)
{
	struct sw_keep_took *t = &k->took[op];

	atomic_store_explicit(&t->n, atomic_load_explicit(&t->n, memory_order_relaxed) + 1,
			      memory_order_relaxed);
	atomic_store_explicit(&t->us, atomic_load_explicit(&t->us, memory_order_relaxed) + us,
			      memory_order_relaxed);
}

#endif
