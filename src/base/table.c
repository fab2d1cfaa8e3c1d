/* SPDX-License-Identifier: Apache-2.0 */
#include "base/table.h"

#include <stdalign.h>
#include <stdatomic.h>

#include "base/secret.h"

#define LINE    64 /* octets that memory is fetched by */
#define IN_LINE (LINE / sizeof(struct sw_table_entry))
#define RESTORE (1u << 31)

/* A line of its own. */
struct sw_table_head {
	_Atomic uint32_t count; /* read by whoever asks how full it is, without the lock */
	uint32_t high, free;    /* free: number of the first free slot + 1, 0 for none */
	uint32_t doubt;         /* number + 1 of the slot in doubt; RESTORE: it was saved */
	uint32_t unused[12];
};

struct sw_table_entry {
	uint32_t tag;   /* low half of the hash: where it would stand can be told from it */
	uint32_t slot1; /* number + 1; 0 = empty */
};

struct slot {
	uint64_t hash;
	uint32_t taken;
	uint32_t next; /* in the free list, number + 1 */
};

static size_t aligned(size_t n, size_t to)
{
	return (n + to - 1) / to * to;
}

static size_t stride_of(size_t slot)
{
	return aligned(sizeof(struct slot) + slot, alignof(max_align_t));
}

/* At most half full, so that probes stay short; no fewer than an even search looks at. */
static uint32_t index_size(uint32_t capacity)
{
	return capacity <= 16 ? 32 : 2u << (32 - __builtin_clz(capacity - 1));
}

/* Reads without the lock too, where a wrong answer costs time and nothing else. */
#define MAY_RACE __attribute__((no_sanitize("thread")))

_Static_assert(SW_TABLE_EVEN % IN_LINE == 0, "an even search looks at whole lines");
_Static_assert(SW_TABLE_EVEN < 32, "whose places are the bits of a number");

size_t sw_table_size(uint32_t capacity, size_t slot)
{
	return sizeof(struct sw_table_head) + index_size(capacity) * sizeof(struct sw_table_entry) +
	       aligned(stride_of(slot), LINE) + aligned(capacity * stride_of(slot), LINE);
}

void sw_table_init(struct sw_table *t, void *memory, uint32_t capacity, size_t slot)
{
	char *p = memory;
	uint32_t entries = index_size(capacity);

	t->head = memory;
	p += sizeof(struct sw_table_head);
	t->index = (void *)p;
	p += entries * sizeof(struct sw_table_entry);
	t->saved = p;
	p += aligned(stride_of(slot), LINE);
	t->slots = p;
	t->capacity = capacity;
	t->mask = entries - 1;
	t->stride = stride_of(slot);
}

static struct slot *at(const struct sw_table *t, uint32_t n)
{
	return n < t->capacity ? (void *)(t->slots + n * t->stride) : NULL;
}

/* To whoever reads the memory after our death, stores come in this order. */
static void in_order(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

static void doubt(struct sw_table *t, uint32_t mark)
{
	in_order();
	t->head->doubt = mark;
	in_order();
}

void sw_table_settle(struct sw_table *t)
{
	doubt(t, 0);
}

void sw_table_settle_wiped(struct sw_table *t)
{
	sw_table_settle(t);
	sw_secret_wipe(t->saved, t->stride);
}

static void count(struct sw_table *t, uint32_t n)
{
	atomic_store_explicit(&t->head->count, n, memory_order_relaxed);
}

/* The slot that is taken next; NONE: there is none. */
static uint32_t next_slot(const struct sw_table *t)
{
	const struct sw_table_head *h = t->head;
	uint32_t n = h->free > 0 ? h->free - 1 : h->high;
	const struct slot *s = at(t, n);

	return s && !s->taken ? n : SW_TABLE_NONE;
}

/*
 * Where the way of a hash through the index begins: at a line of memory, so that most ways end
 * in the line that they began in.
 */
static uint32_t home(const struct sw_table *t, uint32_t tag)
{
	return tag & t->mask & ~(uint32_t)(IN_LINE - 1);
}

/* Where slot1 stands in the index, else the first empty place; NONE: no place is empty. */
static uint32_t seek(const struct sw_table *t, uint64_t hash, uint32_t slot1)
{
	uint32_t i = home(t, (uint32_t)hash);

	for (uint32_t probes = 0; probes <= t->mask; probes++, i = (i + 1) & t->mask)
		if (t->index[i].slot1 == slot1 || t->index[i].slot1 == 0)
			return i;
	return SW_TABLE_NONE;
}

uint32_t sw_table_add(struct sw_table *t, uint64_t hash)
{
	struct sw_table_head *h = t->head;
	uint32_t n = next_slot(t);
	uint32_t i = n != SW_TABLE_NONE ? seek(t, hash, 0) : SW_TABLE_NONE;
	struct slot *s = at(t, n);

	if (!s || i == SW_TABLE_NONE)
		return SW_TABLE_NONE;
	doubt(t, n + 1);
	if (h->free > 0)
		h->free = s->next;
	else
		h->high = n + 1;
	memset(s, 0, t->stride);
	s->hash = hash;
	s->taken = 1;
	t->index[i] = (struct sw_table_entry){ (uint32_t)hash, n + 1 };
	count(t, sw_table_count(t) + 1);
	return n;
}

void *sw_table_change(struct sw_table *t, uint32_t n)
{
	struct slot *s = at(t, n);

	if (!s || !s->taken)
		return NULL;
	memcpy(t->saved, s, t->stride);
	doubt(t, (n + 1) | RESTORE);
	return s + 1;
}

void sw_table_give_up(struct sw_table *t, uint32_t n)
{
	if (sw_table_slot(t, n))
		doubt(t, n + 1);
}

/* Close the gap at i: entries behind it that may move nearer to their home do. */
static void close_gap(struct sw_table *t, uint32_t i)
{
	uint32_t j = i;

	for (uint32_t probes = 0; probes < t->mask; probes++) {
		j = (j + 1) & t->mask;
		if (t->index[j].slot1 == 0)
			break;
		if (((j - home(t, t->index[j].tag)) & t->mask) < ((j - i) & t->mask))
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

	doubt(t, n + 1);
	if (i != SW_TABLE_NONE && t->index[i].slot1 == n + 1)
		close_gap(t, i);
	s->taken = 0;
	s->next = t->head->free;
	t->head->free = n + 1;
	count(t, sw_table_count(t) - 1);
	sw_table_settle(t);
}

/* The slot in doubt as it was, or nothing at all: whoever was to go may have had secrets. */
static void decide_doubt(struct sw_table *t)
{
	uint32_t mark = t->head->doubt;
	struct slot *s = at(t, (mark & ~RESTORE) - 1);

	if (s && (mark & RESTORE))
		memcpy(s, t->saved, t->stride);
	else if (s)
		sw_secret_wipe(s, t->stride);
}

void sw_table_repair(struct sw_table *t)
{
	struct sw_table_head *h = t->head;
	uint32_t taken = 0;

	decide_doubt(t);
	memset(t->index, 0, ((size_t)t->mask + 1) * sizeof(*t->index));
	h->free = 0;
	for (uint32_t n = sw_table_high(t); n-- > 0;) {
		struct slot *s = at(t, n);
		uint32_t i = s ? seek(t, s->hash, 0) : SW_TABLE_NONE;

		if (!s)
			continue;
		if (s->taken && i != SW_TABLE_NONE) {
			t->index[i] = (struct sw_table_entry){ (uint32_t)s->hash, n + 1 };
			taken++;
			continue;
		}
		s->taken = 0;
		s->next = h->free;
		h->free = n + 1;
	}
	count(t, taken);
}

size_t sw_table_find(const struct sw_table *t, uint64_t hash, uint32_t *out, size_t max)
{
	uint32_t first = home(t, (uint32_t)hash);
	size_t found = 0;

	for (uint32_t probes = 0; found < max && probes <= t->mask; probes++) {
		const struct sw_table_entry *e = &t->index[(first + probes) & t->mask];

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

/* Of a line of the index, as bits from place `from` on: which are taken, and which fit. */
MAY_RACE static void look_at(const struct sw_table_entry e[IN_LINE], uint32_t tag, unsigned from,
			     uint32_t *taken, uint32_t *same)
{
	for (unsigned i = 0; i < IN_LINE; i++) {
		*taken |= (uint32_t)(e[i].slot1 != 0) << (from + i);
		*same |= (uint32_t)(e[i].tag == tag) << (from + i);
	}
}

/* Which places up to the first empty one fit. */
MAY_RACE static uint32_t fitting(const struct sw_table *t, uint64_t hash, bool *is_row)
{
	uint32_t first = home(t, (uint32_t)hash), taken = 0, same = 0;

	for (unsigned from = 0; from < SW_TABLE_EVEN; from += IN_LINE)
		look_at(&t->index[(first + from) & t->mask], (uint32_t)hash, from, &taken, &same);
	*is_row = taken == (1u << SW_TABLE_EVEN) - 1;
	return same & ((~taken & (taken + 1)) - 1);
}

/* Where all those are taken, which is nobody's doing: what fits behind them. */
MAY_RACE static size_t find_behind(const struct sw_table *t, uint64_t hash, size_t found,
				   uint32_t out[SW_TABLE_SAME])
{
	uint32_t first = home(t, (uint32_t)hash);

	for (uint32_t i = SW_TABLE_EVEN; i <= t->mask && found < SW_TABLE_SAME; i++) {
		const struct sw_table_entry *e = &t->index[(first + i) & t->mask];

		if (e->slot1 == 0)
			break;
		if (e->tag == (uint32_t)hash)
			out[found++] = e->slot1 - 1;
	}
	return found;
}

/* One step is made where nothing fits, as for the one that does: it gives the other slot. */
MAY_RACE size_t sw_table_find_even(const struct sw_table *t, uint64_t hash,
				   uint32_t out[SW_TABLE_SAME])
{
	uint32_t high = sw_table_high(t), first = home(t, (uint32_t)hash);
	uint32_t another = (uint32_t)(hash >> 32) % (high + (high == 0));
	bool is_row;
	uint32_t same = fitting(t, hash, &is_row);
	uint32_t has = 0 - (uint32_t)(same != 0);
	size_t found = 0;

	do {
		uint32_t i = (uint32_t)__builtin_ctz(same | ~has);
		uint32_t n = t->index[(first + i) & t->mask].slot1 - 1;

		out[found++] = (n & has) | (another & ~has);
		same &= same - 1;
	} while (same != 0 && found < SW_TABLE_SAME);
	if (!is_row)
		return found;
	found = find_behind(t, hash, found & has, out);
	return found + (found == 0);
}

void sw_table_expect(const struct sw_table *t, uint64_t hash)
{
	uint32_t first = home(t, (uint32_t)hash);

	for (unsigned from = 0; from < SW_TABLE_EVEN; from += IN_LINE)
		__builtin_prefetch(&t->index[(first + from) & t->mask]);
}

MAY_RACE void sw_table_expect_slot(const struct sw_table *t, uint64_t hash)
{
	uint32_t slot[SW_TABLE_SAME];
	size_t n = sw_table_find_even(t, hash, slot);
	size_t there = slot[0] < t->capacity ? slot[0] : 0;
	const char *p = t->slots + there * t->stride;

	for (size_t at = 0; n > 0 && at < t->stride; at += LINE)
		__builtin_prefetch(p + at);
}

void *sw_table_slot(const struct sw_table *t, uint32_t n)
{
	struct slot *s = at(t, n);

	return s && s->taken ? s + 1 : NULL;
}

uint64_t sw_table_hash(const struct sw_table *t, uint32_t n)
{
	const struct slot *s = at(t, n);

	return s ? s->hash : 0;
}

uint32_t sw_table_count(const struct sw_table *t)
{
	return atomic_load_explicit(&t->head->count, memory_order_relaxed);
}

MAY_RACE uint32_t sw_table_high(const struct sw_table *t)
{
	uint32_t high = t->head->high;

	return high < t->capacity ? high : t->capacity;
}
