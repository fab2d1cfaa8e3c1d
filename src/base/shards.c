/* SPDX-License-Identifier: Apache-2.0 */
#include "base/shards.h"

#define LINE 64
#define FEW  1024 /* slots that a part has at least, where there are several */

/* What is written often by all stands on a line of its own. */
struct sw_shards_head {
	struct sw_tally tally;
	char gap[LINE];
	_Atomic uint64_t drawn;
	char unused[LINE - sizeof(uint64_t)];
};

/* Before each part. */
struct part {
	struct sw_tally_cell cell;
	char unused[LINE - sizeof(struct sw_tally_cell)];
};

static size_t aligned(size_t n)
{
	return (n + LINE - 1) / LINE * LINE;
}

uint32_t sw_shards_count(uint32_t capacity)
{
	uint32_t n = 1;

	while (n < SW_SHARDS_MAX && capacity / (2 * n) >= FEW)
		n *= 2;
	return n;
}

/*
 * The spare room is more than ten times the root of a part's mean: that many hashes gather nowhere
 * by chance, not even those of addresses that have several bindings each.
 */
uint32_t sw_shards_slots(uint32_t capacity, bool is_tight)
{
	uint32_t n = sw_shards_count(capacity), mean = (capacity + n - 1) / n;

	return n == 1 || is_tight ? mean : mean + mean / 4 + 64;
}

size_t sw_shards_size(uint32_t capacity, size_t part)
{
	return aligned(sizeof(struct sw_shards_head)) +
	       sw_shards_count(capacity) * (sizeof(struct part) + aligned(part));
}

void sw_shards_init(struct sw_shards *s, void *memory, uint32_t capacity, bool is_tight,
		    size_t part)
{
	*s = (struct sw_shards){
		.head = memory,
		.memory = (char *)memory + aligned(sizeof(struct sw_shards_head)),
		.stride = sizeof(struct part) + aligned(part),
		.capacity = capacity,
		.count = sw_shards_count(capacity),
		.slots = sw_shards_slots(capacity, is_tight),
	};
}

static struct part *part_at(const struct sw_shards *s, uint32_t part)
{
	return (void *)(s->memory + (part & (s->count - 1)) * s->stride);
}

void *sw_shards_part(const struct sw_shards *s, uint32_t part)
{
	return part_at(s, part) + 1;
}

bool sw_shards_reserve(struct sw_shards *s, uint32_t part, uint32_t will_have)
{
	return sw_tally_move(&s->head->tally, &part_at(s, part)->cell, part, will_have,
			     s->capacity);
}

void sw_shards_tell(struct sw_shards *s, uint32_t part, uint32_t has)
{
	struct sw_tally_cell *c = &part_at(s, part)->cell;

	if (c->counted != has)
		(void)!sw_tally_move(&s->head->tally, c, part, has, SW_TALLY_MAX);
}

void sw_shards_repair(struct sw_shards *s, uint32_t part)
{
	sw_tally_repair(&s->head->tally, &part_at(s, part)->cell, part);
}

uint32_t sw_shards_have(const struct sw_shards *s)
{
	return sw_tally_read(&s->head->tally);
}

uint64_t sw_shards_draw(struct sw_shards *s)
{
	return atomic_fetch_add_explicit(&s->head->drawn, 1, memory_order_relaxed) + 1;
}

void sw_shards_skip(struct sw_shards *s, uint64_t drawn)
{
	uint64_t was = atomic_load(&s->head->drawn);

	while (was < drawn && !atomic_compare_exchange_weak(&s->head->drawn, &was, drawn))
		;
}

bool sw_shards_keep_within(struct sw_shards *s, uint64_t least, uint64_t most, uint64_t to)
{
	uint64_t was = atomic_load(&s->head->drawn);

	while (was < least || was > most)
		if (atomic_compare_exchange_weak(&s->head->drawn, &was, to))
			return false;
	return true;
}
