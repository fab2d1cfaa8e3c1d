/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that are longer than the room beside their record: they go on in blocks of one size, each
 * of which names the next one, over memory that the caller hands in. Numbers instead of pointers;
 * memory is touched only as it fills. Numbers read from it are checked. Not locked here.
 *
 * Whoever dies while writing may leave the free list torn: it is made anew from the chains that
 * are known (sw_chain_forget, then claim for each, then collect).
 */
#ifndef SIPWARD_CHAIN_H
#define SIPWARD_CHAIN_H

#include <sipward/slice.h>

struct sw_chain_head;

/* A view on the memory; copied freely, owns nothing. */
struct sw_chain {
	struct sw_chain_head *head;
	char *blocks;
	uint32_t count;   /* of all blocks */
	uint32_t octets;  /* of a block, with its own head of SW_CHAIN_HEAD */
	uint32_t longest; /* blocks that one text may take */
};

#define SW_CHAIN_HEAD 8

size_t sw_chain_size(uint32_t count, uint32_t octets);

/* Zeroed memory, aligned for any type. */
void sw_chain_init(struct sw_chain *c, void *memory, uint32_t count, uint32_t octets,
		   uint32_t longest);

/* A place in a text: first beside the record, then block for block. */
struct sw_chain_at {
	char *p;
	size_t left;
	uint32_t *more; /* number + 1 of the block that follows; 0: none */
};

/* Write on; blocks are taken as they are needed. false: none is left. */
bool sw_chain_put(struct sw_chain *c, struct sw_chain_at *at, const void *from, size_t n);

/* Read on. false: the text ends before. */
SW_MUST bool sw_chain_get(const struct sw_chain *c, struct sw_chain_at *at, void *to, size_t n);

/* Give the chain that begins at block `more` back. */
void sw_chain_free(struct sw_chain *c, uint32_t more);

/* The free list anew. claim: false, this chain cannot be: it is too long, or not its own. */
void sw_chain_forget(struct sw_chain *c);
SW_MUST bool sw_chain_claim(struct sw_chain *c, uint32_t more);
void sw_chain_collect(struct sw_chain *c);

#endif
