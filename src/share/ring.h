/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of records of one size from one writer to one reader, over memory that is handed in.
 * No pointer in it, no lock, nobody waits: a full ring refuses the record and counts it.
 *
 * The other side may have been taken over: counts that cannot be are a full ring to the writer,
 * and to the reader an empty one, which it is from then on. What is in a record is the reader's to
 * check.
 */
#ifndef SIPWARD_RING_H
#define SIPWARD_RING_H

#include <sipward/slice.h>

struct sw_ring_head;

/* A view; copied freely. */
struct sw_ring {
	struct sw_ring_head *head;
	char *records;
	uint32_t mask;
	size_t record;
};

/* count: a power of two. Memory must be zeroed and aligned to 64 octets. */
size_t sw_ring_size(uint32_t count, size_t record);
void sw_ring_init(struct sw_ring *r, void *memory, uint32_t count, size_t record);

/* Writer: the place for the next record, or NULL (counted) when full; then make it visible. */
void *sw_ring_claim(struct sw_ring *r);
void sw_ring_publish(struct sw_ring *r);

/* Writer: how many records it takes before it is full. */
uint32_t sw_ring_room(const struct sw_ring *r);

/* Reader: the oldest record, or NULL; it stays until it is dropped. */
const void *sw_ring_peek(const struct sw_ring *r);
void sw_ring_drop(struct sw_ring *r);

/* Reader: the record that is n younger than the oldest, or NULL; and drop the n oldest. */
const void *sw_ring_peek_at(const struct sw_ring *r, uint32_t n);
void sw_ring_drop_some(struct sw_ring *r, uint32_t n);

/* Records that were refused so far; either side may ask. */
uint64_t sw_ring_lost(const struct sw_ring *r);

#endif
