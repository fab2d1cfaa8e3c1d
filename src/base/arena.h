/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once. For what is built once and lives long (a snapshot of
 * the configuration), never for what a peer sends.
 */
#ifndef SIPWARD_ARENA_H
#define SIPWARD_ARENA_H

#include <sipward/slice.h>

struct sw_arena_chunk;

/* Zeroed is an empty arena. Owner: whoever holds the struct; free by sw_arena_free. */
struct sw_arena {
	struct sw_arena_chunk *chunks;
	size_t used, cap; /* of the newest chunk */
};

/* Zeroed memory, aligned for any type; NULL when memory is out or count * size overflows. */
void *sw_arena_alloc(struct sw_arena *a, size_t count, size_t size);

/* A copy with a NUL behind it (n does not count it); p is NULL when memory is out. */
struct sw_slice sw_arena_copy(struct sw_arena *a, struct sw_slice s);

/* Wipes (secrets may have lived here) and frees all; the arena is empty and usable again. */
void sw_arena_free(struct sw_arena *a);

#endif
