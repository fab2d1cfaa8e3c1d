/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table in parts that know nothing of each other, each under a lock of its own, so that several
 * processes work in it at once, and whoever dies or stops in one part spoils no other. Which part
 * something belongs to says its keyed hash. What is in a part is the table's business.
 *
 * The capacity is exact although hashes spread unevenly: parts have room to spare, and one tally
 * counts them all. Slots are named by one number, which says part and slot.
 */
#ifndef SIPWARD_SHARDS_H
#define SIPWARD_SHARDS_H

#include "base/lock.h"
#include "base/tally.h"

#define SW_SHARDS_MAX SW_TALLY_CELLS

struct sw_shards_head;

/* A view on the memory; copied freely, owns nothing. */
struct sw_shards {
	struct sw_shards_head *head;
	char *memory;          /* of the first part */
	size_t stride;         /* octets of a part */
	uint32_t capacity;     /* of all */
	uint32_t count, slots; /* parts, a power of two; slots of each */
	struct sw_locks locks; /* put in by whoever shares the memory; zeroed: nobody else does */
};

/* How many parts, and so locks, a table of this capacity has. */
uint32_t sw_shards_count(uint32_t capacity);

/* Slots that each part needs; is_tight: without room to spare, where a full part makes room. */
uint32_t sw_shards_slots(uint32_t capacity, bool is_tight);

/* Memory for parts of so many octets. */
size_t sw_shards_size(uint32_t capacity, size_t part);

/* Zeroed memory, aligned for any type; by 64 it is faster. */
void sw_shards_init(struct sw_shards *s, void *memory, uint32_t capacity, bool is_tight,
		    size_t part);

/* The part that a hash belongs to, and the memory of one. */
static inline uint32_t sw_shards_of(const struct sw_shards *s, uint64_t hash)
{
	return (uint32_t)(hash >> 58) & (s->count - 1);
}

void *sw_shards_part(const struct sw_shards *s, uint32_t part);

/* Numbers of slots. false: there is no such part. */
static inline uint32_t sw_shards_number(const struct sw_shards *s, uint32_t part, uint32_t slot)
{
	return part * s->slots + slot;
}

static inline bool sw_shards_split(const struct sw_shards *s, uint32_t number, uint32_t *part,
				   uint32_t *slot)
{
	*part = number / s->slots;
	*slot = number % s->slots;
	return *part < s->count;
}

/*
 * This part has so many, or will have. Under its lock. false: more than before, and the capacity
 * has no room for them.
 */
SW_MUST bool sw_shards_reserve(struct sw_shards *s, uint32_t part, uint32_t will_have);

/* This part has so many: to be told before its lock is given back. */
void sw_shards_tell(struct sw_shards *s, uint32_t part, uint32_t has);

/* Whoever had the part's lock died: before its table is repaired. */
void sw_shards_repair(struct sw_shards *s, uint32_t part);

/* How many all parts have, reserved ones too. */
uint32_t sw_shards_have(const struct sw_shards *s);

/* The next number of a row that all processes draw from: 1 and up, and above what was skipped. */
uint64_t sw_shards_draw(struct sw_shards *s);
void sw_shards_skip(struct sw_shards *s, uint64_t drawn);

/*
 * Where the last number drawn is not among these, whoever set it was no drawer: the row goes on
 * behind `to`, and false is given.
 */
SW_MUST bool sw_shards_keep_within(struct sw_shards *s, uint64_t least, uint64_t most, uint64_t to);

/* How full a table is. */
struct sw_fill {
	uint32_t used, capacity;
};

#endif
