/* SPDX-License-Identifier: Apache-2.0 */
#include "base/chain.h"

struct sw_chain_head {
	uint32_t free; /* number of the first free block + 1 */
	uint32_t high; /* blocks from here on were never taken */
	uint32_t unused[14];
};

struct block {
	uint32_t next; /* number + 1 */
	uint32_t is_claimed;
	char octets[];
};

_Static_assert(sizeof(struct block) == SW_CHAIN_HEAD, "the head of a block");

size_t sw_chain_size(uint32_t count, uint32_t octets)
{
	return sizeof(struct sw_chain_head) + (size_t)count * octets;
}

void sw_chain_init(struct sw_chain *c, void *memory, uint32_t count, uint32_t octets,
		   uint32_t longest)
{
	*c = (struct sw_chain){
		.head = memory,
		.blocks = (char *)memory + sizeof(struct sw_chain_head),
		.count = count,
		.octets = octets,
		.longest = longest,
	};
}

/* Block number + 1 → block; NULL for none, and for what cannot be. */
static struct block *block(const struct sw_chain *c, uint32_t n1)
{
	return n1 > 0 && n1 <= c->count ? (void *)(c->blocks + (size_t)(n1 - 1) * c->octets) : NULL;
}

static uint32_t high_of(const struct sw_chain *c)
{
	uint32_t high = c->head->high;

	return high < c->count ? high : c->count;
}

static uint32_t take(struct sw_chain *c)
{
	uint32_t n1 = c->head->free;
	struct block *b = block(c, n1);

	if (b) {
		c->head->free = b->next;
		b->next = 0;
		return n1;
	}
	return c->head->high < c->count ? ++c->head->high : 0;
}

/* On into the next block. */
static bool go_on(const struct sw_chain *c, struct sw_chain_at *at)
{
	struct block *b = block(c, *at->more);

	if (!b)
		return false;
	*at = (struct sw_chain_at){ b->octets, c->octets - SW_CHAIN_HEAD, &b->next };
	return true;
}

bool sw_chain_put(struct sw_chain *c, struct sw_chain_at *at, const void *from, size_t n)
{
	const char *p = from;

	while (n > 0) {
		if (at->left == 0 && *at->more == 0)
			*at->more = take(c);
		if (at->left == 0 && !go_on(c, at))
			return false;
		size_t part = n < at->left ? n : at->left;

		memcpy(at->p, p, part);
		at->p += part;
		at->left -= part;
		p += part;
		n -= part;
	}
	return true;
}

bool sw_chain_get(const struct sw_chain *c, struct sw_chain_at *at, void *to, size_t n)
{
	char *p = to;

	while (n > 0) {
		if (at->left == 0 && !go_on(c, at))
			return false;
		size_t part = n < at->left ? n : at->left;

		memcpy(p, at->p, part);
		at->p += part;
		at->left -= part;
		p += part;
		n -= part;
	}
	return true;
}

void sw_chain_free(struct sw_chain *c, uint32_t more)
{
	for (unsigned i = 0; i < c->longest; i++) {
		struct block *b = block(c, more);
		uint32_t n1 = more;

		if (!b)
			return;
		more = b->next;
		b->next = c->head->free;
		c->head->free = n1;
	}
}

void sw_chain_forget(struct sw_chain *c)
{
	uint32_t high = high_of(c);

	for (uint32_t n1 = 1; n1 <= high; n1++) {
		struct block *b = block(c, n1);

		if (b)
			b->is_claimed = 0;
	}
	c->head->free = 0;
}

bool sw_chain_claim(struct sw_chain *c, uint32_t more)
{
	for (unsigned i = 0; i < c->longest && more != 0; i++) {
		struct block *b = block(c, more);

		if (!b || more > high_of(c) || b->is_claimed == 1)
			return false;
		b->is_claimed = 1;
		more = b->next;
	}
	return more == 0;
}

void sw_chain_collect(struct sw_chain *c)
{
	for (uint32_t n1 = high_of(c); n1 > 0; n1--) {
		struct block *b = block(c, n1);

		if (!b || b->is_claimed == 1)
			continue;
		b->next = c->head->free;
		c->head->free = n1;
	}
}
