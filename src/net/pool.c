/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pool.h"

#include <stdlib.h>
#include <sys/mman.h>

#define SHARE 8 /* one holder has a buffer of so many, but for the small ones */

/* Buffers of one size: which are free, the last one given back on top. */
struct step {
	char *memory;
	size_t size;
	uint32_t count, fresh; /* from fresh on they were never used */
	uint32_t frees;
	uint32_t *free;
};

struct sw_pool {
	struct step step[SW_POOL_STEPS];
	uint64_t returned;
};

static uint32_t clamp(uint32_t n, uint32_t least, uint32_t most)
{
	if (n < least)
		return least;
	return n < most ? n : most;
}

static bool make_step(struct step *s, size_t size, uint32_t count)
{
	void *memory = mmap(NULL, size * count, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	s->memory = memory == MAP_FAILED ? NULL : memory;
	s->size = size;
	s->count = count;
	s->free = calloc(count, sizeof(*s->free));
	return s->memory && s->free;
}

/* All may have begun a message and have answers that wait; few have long ones at once. */
struct sw_pool *sw_pool_new(uint32_t connections)
{
	struct sw_pool *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	if (make_step(&p->step[0], SW_POOL_LEAST, 2 * connections + 1) &&
	    make_step(&p->step[1], (size_t)32 << 10, clamp(connections / 8, 32, 1024)) &&
	    make_step(&p->step[2], SW_POOL_MOST, clamp(connections / 64, 16, 64)))
		return p;
	sw_pool_free(p);
	return NULL;
}

void sw_pool_free(struct sw_pool *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < SW_POOL_STEPS; i++) {
		if (p->step[i].memory)
			munmap(p->step[i].memory, p->step[i].size * p->step[i].count);
		free(p->step[i].free);
	}
	free(p);
}

static uint32_t used(const struct step *s)
{
	return s->fresh - s->frees;
}

uint64_t sw_pool_returned(const struct sw_pool *p)
{
	return p->returned;
}

uint32_t sw_pool_used(const struct sw_pool *p, unsigned step)
{
	return step < SW_POOL_STEPS ? used(&p->step[step]) : 0;
}

static bool may_take(const struct sw_pool *p, unsigned step, const struct sw_holder *holder)
{
	const struct step *s = &p->step[step];
	uint32_t most = holder->is_proven ? s->count : s->count - s->count / 4;

	if (step == 0)
		return used(s) < s->count;
	return used(s) < most && holder->used[step] < clamp(s->count / SHARE, 2, s->count);
}

static char *take(struct step *s)
{
	if (s->frees > 0)
		return s->memory + s->size * s->free[--s->frees];
	return s->memory + s->size * s->fresh++;
}

/* To a buffer of that step, with what b holds. */
static bool move(struct sw_pool *p, struct sw_buffer *b, unsigned step, struct sw_holder *holder)
{
	struct sw_buffer new = { .step = (uint8_t)step, .holder = holder, .n = b->n - b->at };

	if (!may_take(p, step, holder))
		return false;
	new.p = take(&p->step[step]);
	new.size = (uint32_t)p->step[step].size;
	holder->used[step]++;
	if (new.n > 0)
		memcpy(new.p, b->p + b->at, new.n);
	sw_pool_give(p, b);
	*b = new;
	return true;
}

static void to_front(struct sw_buffer *b)
{
	memmove(b->p, b->p + b->at, b->n - b->at);
	b->n -= b->at;
	b->at = 0;
}

bool sw_pool_room(struct sw_pool *p, struct sw_buffer *b, size_t more, struct sw_holder *holder)
{
	size_t held = b->n - b->at;
	unsigned step = 0;

	if (b->p && b->size - b->n >= more)
		return true;
	if (b->p && b->size - held >= more) {
		to_front(b);
		return true;
	}
	if (more > SW_POOL_MOST || held + more > SW_POOL_MOST)
		return false;
	while (p->step[step].size < held + more)
		step++;
	return move(p, b, step, holder);
}

void sw_pool_shrink(struct sw_pool *p, struct sw_buffer *b, struct sw_holder *holder)
{
	if (b->step > 0 && b->n - b->at <= SW_POOL_LEAST && !move(p, b, 0, holder))
		return; /* then it stays */
}

void sw_pool_give(struct sw_pool *p, struct sw_buffer *b)
{
	if (b->p) {
		struct step *s = &p->step[b->step];

		s->free[s->frees++] = (uint32_t)((size_t)(b->p - s->memory) / s->size);
		b->holder->used[b->step]--;
		p->returned += b->step > 0;
	}
	*b = (struct sw_buffer){ 0 };
}
