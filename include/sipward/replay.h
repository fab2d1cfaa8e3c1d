/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which nonce counts were used: a window of 64 per nonce over memory that is handed in and that
 * several workers may share, in shards by the random half of the nonce.
 *
 * Taken only after a request was proven, so nobody without a password takes a slot. When all slots
 * of a shard are taken its oldest window goes, and every nonce of that shard that is as old as the
 * youngest one that ever went is stale from then on: forgetting never makes a replay good. Nor
 * does the death of a worker: what it was doing is undone, and whatever nonce has no window, and
 * is no younger than all that have one, is stale.
 */
#ifndef SIPWARD_REPLAY_H
#define SIPWARD_REPLAY_H

#include <sipward/nonce.h>

#include "base/shards.h"

#define SW_REPLAY_WINDOW 64

/* A view on the memory; copied freely, owns nothing. */
struct sw_replay {
	struct sw_shards shards; /* its locks are put in by whoever shares the memory */
	uint32_t self; /* who takes by this view: a worker's index + 1; 0: there is one alone */
};

size_t sw_replay_size(uint32_t capacity);
void sw_replay_init(struct sw_replay *r, void *memory, uint32_t capacity); /* zeroed memory */

/* Every count of a nonce at once: a response without qop has none, so its nonce is good once. */
#define SW_REPLAY_ALL 0u

/*
 * Would sw_replay_take take it? Changes nothing, so it may be asked before there is a proof.
 */
SW_MUST enum sw_reason sw_replay_look(const struct sw_replay *r, const struct sw_nonce *nonce,
				      uint32_t nc);

/* The nonce will be asked for soon: see sw_table_expect. */
void sw_replay_expect(const struct sw_replay *r, const struct sw_nonce *nonce);

/*
 * Use nc of this nonce up. SW_OK: it was new. SW_R_DIGEST_REPLAY: used before, or so far behind
 * that nobody can tell. SW_R_DIGEST_STALE: its window may have been dropped. SW_R_TABLE_BUSY:
 * nobody can tell now, and nothing was changed. nc is 1 or more, or SW_REPLAY_ALL, which is new
 * only where none was used. The nonce is one that sw_nonce_check found good: at most an hour old.
 */
SW_MUST enum sw_reason sw_replay_take(struct sw_replay *r, const struct sw_nonce *nonce,
				      uint32_t nc);

/*
 * Who took the last count of this nonce: its self. 0: none was, its window was dropped, or nobody
 * can tell now.
 */
uint32_t sw_replay_owner(const struct sw_replay *r, const struct sw_nonce *nonce);

struct sw_fill sw_replay_fill(const struct sw_replay *r); /* windows */

#endif
