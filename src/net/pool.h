/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room for the octets of connections that wait for more, or for their peer to read: buffers of
 * three sizes in memory mapped at the start. An idle connection has none. Pages are touched as
 * they are used, the last ones given back first, so memory follows the most that was in use.
 */
#ifndef SIPWARD_POOL_H
#define SIPWARD_POOL_H

#include <sipward/slice.h>

#define SW_POOL_STEPS 3
#define SW_POOL_LEAST ((size_t)4 << 10)
#define SW_POOL_MOST  ((size_t)264 << 10) /* the longest message of a stream, and some */

/* Whom buffers are counted for: a source of strangers, or a user. */
struct sw_holder {
	uint32_t used[SW_POOL_STEPS];
	bool is_proven;
};

/* Octets at..n of size are used. Zeroed: no room yet. */
struct sw_buffer {
	char *p;
	struct sw_holder *holder; /* who has it; stays where it is until it is given back */
	uint32_t size, at, n;
	uint8_t step;
};

static inline struct sw_slice sw_buffer_slice(const struct sw_buffer *b)
{
	return (struct sw_slice){ b->p + b->at, b->n - b->at };
}

struct sw_pool;

/* For so many connections. NULL: no memory. */
struct sw_pool *sw_pool_new(uint32_t connections);
void sw_pool_free(struct sw_pool *p);

/*
 * Make room for `more` octets behind what b holds, which moves to its front or to a larger
 * buffer. There are small ones for all: two for each connection. Of each larger size one holder
 * has at most an eighth, and at least two; the last quarter is for the proven alone, so that
 * strangers cannot take them all. false: there is none now, or it would be more than
 * SW_POOL_MOST; b is as it was.
 */
SW_MUST bool sw_pool_room(struct sw_pool *p, struct sw_buffer *b, size_t more,
			  struct sw_holder *holder);

/* What b holds moves to a small buffer, if it fits. */
void sw_pool_shrink(struct sw_pool *p, struct sw_buffer *b, struct sw_holder *holder);

/* Give it back; b is zeroed. */
void sw_pool_give(struct sw_pool *p, struct sw_buffer *b);

/* So many larger ones have come back so far: where it changes, trying again is worth it. */
uint64_t sw_pool_returned(const struct sw_pool *p);

/* Buffers of a step that are in use. */
uint32_t sw_pool_used(const struct sw_pool *p, unsigned step);

#endif
