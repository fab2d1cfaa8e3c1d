/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <stdalign.h>

struct sw_table_head {
	uint32_t count, high, free; /* free: number of the first free slot + 1, 0 for none */
};

struct sw_table_entry {
	uint32_t tag;   /* low half of the hash: its home in the index can be told from it */
	uint32_t slot1; /* number + 1; 0 = empty */
};

struct slot {
	uint64_t hash;
	uint32_t taken;
	uint32_t next; /* in the free list, number + 1 */
};

#define ALIGN alignof(max_align_t)

static size_t aligned(size_t n)
{
	return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* At most half full, so that probes stay short. */
static uint32_t index_size(uint32_t capacity)
{
	uint32_t n = 8;

	while (n < 2 * capacity)
		n *= 2;
	return n;
}

size_t sw_table_size(uint32_t capacity, size_t slot)
{
	return aligned(sizeof(struct sw_table_head)) +
	       aligned(index_size(capacity) * sizeof(struct sw_table_entry)) +
	       capacity * aligned(sizeof(struct slot) + slot);
}

void sw_table_init(struct sw_table *t, void *memory, uint32_t capacity, size_t slot)
{
	char *p = memory;
	uint32_t entries = index_size(capacity);

	t->head = memory;
	p += aligned(sizeof(struct sw_table_head));
	t->index = (void *)p;
	p += aligned(entries * sizeof(struct sw_table_entry));
	t->slots = p;
	t->capacity = capacity;
	t->mask = entries - 1;
	t->stride = aligned(sizeof(struct slot) + slot);
}

static struct slot *at(const struct sw_table *t, uint32_t n)
{
	return n < t->capacity ? (void *)(t->slots + n * t->stride) : NULL;
}

static uint32_t take_slot(struct sw_table *t)
{
	struct sw_table_head *h = t->head;

	if (h->free > 0) {
		uint32_t n = h->free - 1;
		struct slot *s = at(t, n);

		h->free = s && !s->taken ? s->next : 0;
		return s && !s->taken ? n : SW_TABLE_NONE;
	}
	return h->high < t->capacity ? h->high++ : SW_TABLE_NONE;
}

/* Where slot1 stands in the index, else the first empty place; NONE: no place is empty. */
static uint32_t seek(const struct sw_table *t, uint64_t hash, uint32_t slot1)
{
	uint32_t i = (uint32_t)hash & t->mask;

	for (uint32_t probes = 0; probes <= t->mask; probes++, i = (i + 1) & t->mask)
		if (t->index[i].slot1 == slot1 || t->index[i].slot1 == 0)
			return i;
	return SW_TABLE_NONE;
}

uint32_t sw_table_add(struct sw_table *t, uint64_t hash)
{
	uint32_t i = seek(t, hash, 0);
	uint32_t n = i != SW_TABLE_NONE ? take_slot(t) : SW_TABLE_NONE;
	struct slot *s = at(t, n);

	if (!s)
		return SW_TABLE_NONE;
	memset(s, 0, t->stride);
	s->hash = hash;
	s->taken = 1;
	t->index[i] = (struct sw_table_entry){ (uint32_t)hash, n + 1 };
	t->head->count++;
	return n;
}

/* Close the gap at i: entries behind it that may move nearer to their home do. */
static void close_gap(struct sw_table *t, uint32_t i)
{
	uint32_t j = i;

	for (uint32_t probes = 0; probes < t->mask; probes++) {
		j = (j + 1) & t->mask;
		if (t->index[j].slot1 == 0)
			break;
		uint32_t home = t->index[j].tag & t->mask;

		if (((j - home) & t->mask) < ((j - i) & t->mask))
			continue;
		t->index[i] = t->index[j];
		i = j;
	}
	t->index[i] = (struct sw_table_entry){ 0 };
}

void sw_table_remove(struct sw_table *t, uint32_t n)
{
	struct slot *s = at(t, n);

	if (!s || !s->taken)
		return;
	uint32_t i = seek(t, s->hash, n + 1);

	if (i != SW_TABLE_NONE && t->index[i].slot1 == n + 1)
		close_gap(t, i);
	s->taken = 0;
	s->next = t->head->free;
	t->head->free = n + 1;
	t->head->count--;
}

size_t sw_table_find(const struct sw_table *t, uint64_t hash, uint32_t *out, size_t max)
{
	size_t found = 0;

	for (uint32_t probes = 0; found < max && probes <= t->mask; probes++) {
		const struct sw_table_entry *e = &t->index[((uint32_t)hash + probes) & t->mask];

		if (e->slot1 == 0)
			break;
		if (e->tag != (uint32_t)hash)
			continue;
		const struct slot *s = at(t, e->slot1 - 1);

		if (s && s->taken && s->hash == hash)
			out[found++] = e->slot1 - 1;
	}
	return found;
}

/*
 * Each place is written down, and counts only where it fits: no step is left out for what is not
 * there. The last place of out is for what does not count.
 */
size_t sw_table_find_even(const struct sw_table *t, uint64_t hash, uint32_t out[SW_TABLE_SAME + 1])
{
	uint32_t high = sw_table_high(t);
	unsigned is_row = 1; /* no empty place was met yet */
	size_t found = 0;

	if (high == 0)
		return 0;
	for (uint32_t probes = 0; probes < SW_TABLE_EVEN || is_row; probes++) {
		const struct sw_table_entry *e = &t->index[((uint32_t)hash + probes) & t->mask];

		is_row &= (unsigned)(e->slot1 != 0) & (unsigned)(probes <= t->mask);
		out[found] = e->slot1 - 1;
		found += is_row & (unsigned)(e->tag == (uint32_t)hash) &
			 (unsigned)(found < SW_TABLE_SAME);
	}
	uint32_t another = (uint32_t)(hash >> 32) % high;

	out[found] = another;
	return found + (found == 0);
}

void *sw_table_slot(const struct sw_table *t, uint32_t n)
{
	struct slot *s = at(t, n);

	return s && s->taken ? s + 1 : NULL;
}

uint32_t sw_table_count(const struct sw_table *t)
{
	return t->head->count;
}

uint32_t sw_table_high(const struct sw_table *t)
{
	return t->head->high < t->capacity ? t->head->high : t->capacity;
}
