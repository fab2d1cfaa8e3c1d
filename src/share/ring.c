/* SPDX-License-Identifier: Apache-2.0 */
#include "share/ring.h"

#include <stdatomic.h>

#define LINE 64 /* octets that two cores fight over together */

/* Positions only grow and wrap at 2^32; their difference is the number of records inside. */
struct sw_ring_head {
	_Alignas(LINE) _Atomic uint32_t written; /* by the writer */
	_Atomic uint64_t lost;
	_Alignas(LINE) _Atomic uint32_t dropped; /* by the reader */
};

static size_t stride_of(size_t record)
{
	return (record + 15) & ~(size_t)15;
}

size_t sw_ring_size(uint32_t count, size_t record)
{
	return sizeof(struct sw_ring_head) + count * stride_of(record);
}

void sw_ring_init(struct sw_ring *r, void *memory, uint32_t count, size_t record)
{
	r->head = memory;
	r->records = (char *)memory + sizeof(struct sw_ring_head);
	r->mask = count - 1;
	r->record = stride_of(record);
}

static void *record_at(const struct sw_ring *r, uint32_t position)
{
	return r->records + (position & r->mask) * r->record;
}

void *sw_ring_claim(struct sw_ring *r)
{
	uint32_t written = atomic_load_explicit(&r->head->written, memory_order_relaxed);
	uint32_t dropped = atomic_load_explicit(&r->head->dropped, memory_order_acquire);
	uint64_t lost;

	if (written - dropped <= r->mask)
		return record_at(r, written);
	lost = atomic_load_explicit(&r->head->lost, memory_order_relaxed);
	atomic_store_explicit(&r->head->lost, lost + 1, memory_order_relaxed);
	return NULL;
}

void sw_ring_publish(struct sw_ring *r)
{
	uint32_t written = atomic_load_explicit(&r->head->written, memory_order_relaxed);

	atomic_store_explicit(&r->head->written, written + 1, memory_order_release);
}

uint32_t sw_ring_room(const struct sw_ring *r)
{
	uint32_t written = atomic_load_explicit(&r->head->written, memory_order_relaxed);
	uint32_t dropped = atomic_load_explicit(&r->head->dropped, memory_order_acquire);
	uint32_t inside = written - dropped;

	return inside <= r->mask ? r->mask + 1 - inside : 0;
}

const void *sw_ring_peek_at(const struct sw_ring *r, uint32_t n)
{
	uint32_t dropped = atomic_load_explicit(&r->head->dropped, memory_order_relaxed);
	uint32_t written = atomic_load_explicit(&r->head->written, memory_order_acquire);
	uint32_t inside = written - dropped;

	if (inside <= r->mask + 1)
		return inside <= n ? NULL : record_at(r, dropped + n);
	atomic_store_explicit(&r->head->dropped, written, memory_order_release);
	return NULL;
}

const void *sw_ring_peek(const struct sw_ring *r)
{
	return sw_ring_peek_at(r, 0);
}

void sw_ring_drop_some(struct sw_ring *r, uint32_t n)
{
	uint32_t dropped = atomic_load_explicit(&r->head->dropped, memory_order_relaxed);

	atomic_store_explicit(&r->head->dropped, dropped + n, memory_order_release);
}

void sw_ring_drop(struct sw_ring *r)
{
	sw_ring_drop_some(r, 1);
}

uint64_t sw_ring_lost(const struct sw_ring *r)
{
	return atomic_load_explicit(&r->head->lost, memory_order_relaxed);
}
