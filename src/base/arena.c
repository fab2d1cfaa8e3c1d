/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

#include "base/secret.h"

#define CHUNK 16384u
#define ALIGN alignof(max_align_t)

struct sw_arena_chunk {
	struct sw_arena_chunk *next;
	size_t cap;
	alignas(max_align_t) char octets[];
};

static bool grow(struct sw_arena *a, size_t want)
{
	size_t cap = want > CHUNK ? want : CHUNK;
	struct sw_arena_chunk *c = calloc(1, sizeof(*c) + cap);

	if (!c)
		return false;
	c->next = a->chunks;
	c->cap = cap;
	a->chunks = c;
	a->cap = cap;
	a->used = 0;
	return true;
}

void *sw_arena_alloc(struct sw_arena *a, size_t count, size_t size)
{
	size_t want;

	if (__builtin_mul_overflow(count, size, &want) || want > SIZE_MAX / 2)
		return NULL;
	want = (want + ALIGN - 1) / ALIGN * ALIGN;
	if (want > a->cap - a->used && !grow(a, want))
		return NULL;
	a->used += want;
	return a->chunks ? a->chunks->octets + a->used - want : NULL;
}

struct sw_slice sw_arena_copy(struct sw_arena *a, struct sw_slice s)
{
	char *p = sw_arena_alloc(a, s.n + 1, 1);

	if (!p)
		return (struct sw_slice){ 0 };
	if (s.n > 0)
		memcpy(p, s.p, s.n);
	return (struct sw_slice){ p, s.n };
}

void sw_arena_free(struct sw_arena *a)
{
	while (a->chunks) {
		struct sw_arena_chunk *c = a->chunks;

		a->chunks = c->next;
		sw_secret_wipe(c->octets, c->cap);
		free(c);
	}
	*a = (struct sw_arena){ 0 };
}
