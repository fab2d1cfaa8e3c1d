/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table over memory that the caller hands in: a small index of tags and slot numbers, and
 * dense slots of one size from a free list. Offsets instead of pointers, so the memory may be
 * mapped at different places; memory is touched only as it fills.
 *
 * Several slots may share a hash (the bindings of one address-of-record). The hash must be keyed
 * where peers choose what is hashed. Numbers read from the memory are checked before use: it may
 * have been written by somebody who was taken over. Not locked here: base/shards is.
 *
 * Whoever writes may die between any two instructions. So a slot is noted as being in doubt before
 * it is changed, and what is in doubt has an end: sw_table_settle. The index, the free list and
 * the count follow from the slots: sw_table_repair makes them anew.
 */
#ifndef SIPWARD_TABLE_H
#define SIPWARD_TABLE_H

#include <sipward/slice.h>

#define SW_TABLE_NONE      UINT32_MAX
#define SW_TABLE_SLOTS_MAX (1u << 28)

struct sw_table_head;
struct sw_table_entry;

/* A view on the memory; copied freely, owns nothing. */
struct sw_table {
	struct sw_table_head *head;
	struct sw_table_entry *index;
	char *slots, *saved; /* saved: room for one */
	uint32_t capacity, mask;
	size_t stride;
};

/* Octets of memory for `capacity` slots of `slot` octets; capacity 1 to SW_TABLE_SLOTS_MAX. */
size_t sw_table_size(uint32_t capacity, size_t slot);

/* Make an empty table in memory of that size, which must be zeroed and aligned for any type. */
void sw_table_init(struct sw_table *t, void *memory, uint32_t capacity, size_t slot);

/*
 * A zeroed slot under this hash, or SW_TABLE_NONE when all are taken. It is in doubt until it is
 * settled: repaired before that, the table does not have it.
 */
SW_MUST uint32_t sw_table_add(struct sw_table *t, uint64_t hash);

/*
 * Slot n is going to be changed: its octets are saved, and come back if the table is repaired
 * before it is settled. NULL: it is free or out of bounds.
 */
void *sw_table_change(struct sw_table *t, uint32_t n);

/* Slot n is going to be removed: repaired from now on, the table does not have it. */
void sw_table_give_up(struct sw_table *t, uint32_t n);

/* What was added or is changed is as it should be; what was saved stays behind, or is wiped. */
void sw_table_settle(struct sw_table *t);
void sw_table_settle_wiped(struct sw_table *t);

/* Give slot n back, settled. Numbers of free slots and of none are ignored. */
void sw_table_remove(struct sw_table *t, uint32_t n);

/*
 * Whoever had the table died: what was in doubt is dropped, or as it was saved, and all that
 * follows from the slots is made anew. Settle when what hangs on the slots is in order, too:
 * whoever dies before that leaves it all to be done again.
 */
void sw_table_repair(struct sw_table *t);

/*
 * Numbers of the slots under this hash, at most max of them, into out; the count is returned.
 * Different keys may share a hash: compare the key in the slot.
 */
size_t sw_table_find(const struct sw_table *t, uint64_t hash, uint32_t *out, size_t max);

/*
 * Likewise, for tables where a stranger must not learn what is in them: the same number of places
 * of the index is looked at whether something stands under this hash or not (but where more than
 * SW_TABLE_EVEN taken ones stand in a row, which no peer can bring about), and where nothing does,
 * the number of another slot is given; that one may be free.
 */
#define SW_TABLE_EVEN 24
#define SW_TABLE_SAME 8 /* of one hash, at most so many are given */
size_t sw_table_find_even(const struct sw_table *t, uint64_t hash, uint32_t out[SW_TABLE_SAME]);

/*
 * What stands under this hash will be looked for soon: memory fetches that part of the index
 * meanwhile. Nothing is read by us, so it needs no lock, and takes the same time for all.
 */
void sw_table_expect(const struct sw_table *t, uint64_t hash);

/*
 * Likewise for the first slot that an even search would give, once the index has come. What is
 * read of the index may be changing: then another slot comes, and the search finds out.
 */
void sw_table_expect_slot(const struct sw_table *t, uint64_t hash);

/* The slot, or NULL when n is free or out of bounds. */
void *sw_table_slot(const struct sw_table *t, uint32_t n);

/* What slot n was added under; 0 for no slot. */
uint64_t sw_table_hash(const struct sw_table *t, uint32_t n);

uint32_t sw_table_count(const struct sw_table *t); /* slots taken */
uint32_t sw_table_high(const struct sw_table *t);  /* slots from here on were never taken */

#endif
