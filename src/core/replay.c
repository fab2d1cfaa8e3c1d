/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/replay.h>

#include "base/table.h"

/* Of a shard, on a line of its own. */
struct shard_head {
	uint32_t oldest;  /* next slot to go when all are taken: they are taken in order */
	uint32_t horizon; /* tick of the youngest window that was dropped */
	uint32_t dropped; /* has one ever been? */
	uint32_t unused[13];
};

struct window {
	uint8_t nonce[16];
	uint32_t issued;
	uint32_t top;  /* highest nc used */
	uint64_t used; /* bit i: top - i was used */
	uint32_t owner;
	uint32_t unused[3]; /* with the head of its slot a line */
};

/* A shard while it is held. */
struct hold {
	struct shard_head *head;
	struct sw_table table;
};

static size_t part_size(uint32_t capacity)
{
	return sizeof(struct shard_head) +
	       sw_table_size(sw_shards_slots(capacity, true), sizeof(struct window));
}

size_t sw_replay_size(uint32_t capacity)
{
	return sw_shards_size(capacity, part_size(capacity));
}

void sw_replay_init(struct sw_replay *r, void *memory, uint32_t capacity)
{
	r->self = 0;
	sw_shards_init(&r->shards, memory, capacity, true, part_size(capacity));
}

static void view(const struct sw_replay *r, uint32_t shard, struct hold *h)
{
	char *p = sw_shards_part(&r->shards, shard);

	h->head = (void *)p;
	sw_table_init(&h->table, p + sizeof(struct shard_head), r->shards.slots,
		      sizeof(struct window));
}

/* Half of a nonce is random and it was proven to be ours: it hashes itself. */
static uint64_t hash_of(const struct sw_nonce *n)
{
	uint64_t h;

	memcpy(&h, n->octets + 8, sizeof(h));
	return h;
}

static struct window *find(const struct hold *h, const struct sw_nonce *n, uint32_t *at)
{
	uint32_t slot[4];
	size_t found = sw_table_find(&h->table, hash_of(n), slot, SW_ARRAY_LEN(slot));

	for (size_t i = 0; i < found; i++) {
		struct window *w = sw_table_slot(&h->table, slot[i]);

		*at = slot[i];
		if (w && memcmp(w->nonce, n->octets, sizeof(w->nonce)) == 0)
			return w;
	}
	return NULL;
}

#define LIFE (1u << 16) /* ticks: no nonce that is asked for is older */

/*
 * Is tick a at or before tick b? Asked only of nonces that live, so the two are within LIFE of
 * each other; what is further apart comes from a horizon of long ago, round the corner of the 2^32
 * ticks.
 */
static bool is_before(uint32_t a, uint32_t b)
{
	return b - a < LIFE;
}

/* How long before the youngest moment that it can be now, where `live` is of a nonce that lives. */
static uint32_t age_of(uint32_t issued, uint32_t live)
{
	return live + LIFE - issued;
}

/*
 * It never goes back: of windows that go one after the other the second may be hours older. The
 * horizon first: whoever dies after that has made more stale than was needed.
 */
static void move_horizon(struct hold *h, uint32_t issued, uint32_t live)
{
	if (h->head->dropped && age_of(issued, live) >= age_of(h->head->horizon, live))
		return;
	h->head->horizon = issued;
	h->head->dropped = 1;
}

static void drop_oldest(struct hold *h, uint32_t live)
{
	const struct window *w = sw_table_slot(&h->table, h->head->oldest);

	if (w)
		move_horizon(h, w->issued, live);
	sw_table_remove(&h->table, h->head->oldest);
	h->head->oldest = (h->head->oldest + 1) % h->table.capacity;
}

/*
 * Whoever had the shard died. A window may be gone that there was, so all that are as old as the
 * youngest one left count as dropped.
 */
static void repair(struct hold *h, uint32_t live)
{
	sw_table_repair(&h->table);
	for (uint32_t n = 0; n < sw_table_high(&h->table); n++) {
		const struct window *w = sw_table_slot(&h->table, n);

		if (w)
			move_horizon(h, w->issued, live);
	}
	sw_table_settle(&h->table);
}

static bool take_shard(const struct sw_replay *r, const struct sw_nonce *n, struct hold *h)
{
	uint32_t shard = sw_shards_of(&r->shards, hash_of(n));
	enum sw_lock_got got = sw_locks_take(&r->shards.locks, shard);

	if (got == SW_LOCK_BUSY)
		return false;
	view(r, shard, h);
	if (got == SW_LOCK_ORPHAN)
		repair(h, n->issued);
	return true;
}

static void give_shard(const struct sw_replay *r, const struct sw_nonce *n)
{
	sw_locks_give(&r->shards.locks, sw_shards_of(&r->shards, hash_of(n)));
}

void sw_replay_expect(const struct sw_replay *r, const struct sw_nonce *nonce)
{
	uint64_t hash = hash_of(nonce);
	struct hold h;

	view(r, sw_shards_of(&r->shards, hash), &h);
	sw_table_expect(&h.table, hash);
}

/* May the nonce's window be among those that were dropped? */
static bool is_forgotten(const struct hold *h, const struct sw_nonce *n)
{
	return h->head->dropped && is_before(n->issued, h->head->horizon);
}

static enum sw_reason first_use(struct hold *h, const struct sw_nonce *n, uint32_t nc,
				uint32_t self)
{
	uint32_t slot = sw_table_add(&h->table, hash_of(n));

	if (slot == SW_TABLE_NONE) {
		drop_oldest(h, n->issued);
		slot = sw_table_add(&h->table, hash_of(n));
	}
	struct window *w = sw_table_slot(&h->table, slot);

	if (!w)
		return SW_R_DIGEST_STALE;
	memcpy(w->nonce, n->octets, sizeof(w->nonce));
	w->issued = n->issued;
	w->top = nc == SW_REPLAY_ALL ? UINT32_MAX : nc;
	w->used = nc == SW_REPLAY_ALL ? UINT64_MAX : 1;
	w->owner = self;
	sw_table_settle(&h->table);
	return SW_OK;
}

static bool is_used(const struct window *w, uint32_t nc)
{
	uint32_t behind = w->top - nc;

	if (nc == SW_REPLAY_ALL)
		return true;
	if (nc > w->top)
		return false;
	return behind >= SW_REPLAY_WINDOW || (w->used >> behind & 1);
}

static void use(struct window *w, uint32_t nc)
{
	if (nc <= w->top) {
		w->used |= (uint64_t)1 << (w->top - nc);
		return;
	}
	uint32_t by = nc - w->top;

	w->used = by < SW_REPLAY_WINDOW ? w->used << by | 1 : 1;
	w->top = nc;
}

static enum sw_reason look(const struct hold *h, const struct sw_nonce *nonce, uint32_t nc,
			   const struct window *w)
{
	if (!w)
		return is_forgotten(h, nonce) ? SW_R_DIGEST_STALE : SW_OK;
	return is_used(w, nc) ? SW_R_DIGEST_REPLAY : SW_OK;
}

/* Where there is no window, one will be made, and the oldest one may have to go. */
static void expect_take(const struct hold *h)
{
	uint32_t oldest = h->head->oldest;

	if (sw_table_slot(&h->table, oldest))
		sw_table_expect(&h->table, sw_table_hash(&h->table, oldest));
}

enum sw_reason sw_replay_look(const struct sw_replay *r, const struct sw_nonce *nonce, uint32_t nc)
{
	enum sw_reason is;
	struct hold h;
	uint32_t slot;

	if (!take_shard(r, nonce, &h))
		return SW_R_TABLE_BUSY;
	is = look(&h, nonce, nc, find(&h, nonce, &slot));
	expect_take(&h);
	give_shard(r, nonce);
	return is;
}

static enum sw_reason take(struct hold *h, const struct sw_nonce *nonce, uint32_t nc, uint32_t self)
{
	uint32_t slot;
	struct window *w = find(h, nonce, &slot);
	enum sw_reason is = look(h, nonce, nc, w);

	if (is != SW_OK)
		return is;
	if (!w)
		return first_use(h, nonce, nc, self);
	w = sw_table_change(&h->table, slot);
	if (!w)
		return SW_R_DIGEST_STALE;
	use(w, nc);
	w->owner = self;
	sw_table_settle(&h->table);
	return SW_OK;
}

enum sw_reason sw_replay_take(struct sw_replay *r, const struct sw_nonce *nonce, uint32_t nc)
{
	enum sw_reason is;
	struct hold h;

	if (!take_shard(r, nonce, &h))
		return SW_R_TABLE_BUSY;
	is = take(&h, nonce, nc, r->self);
	give_shard(r, nonce);
	return is;
}

uint32_t sw_replay_owner(const struct sw_replay *r, const struct sw_nonce *nonce)
{
	const struct window *w;
	struct hold h;
	uint32_t slot, owner = 0;

	if (!take_shard(r, nonce, &h))
		return 0;
	w = find(&h, nonce, &slot);
	if (w)
		owner = w->owner;
	give_shard(r, nonce);
	return owner;
}

struct sw_fill sw_replay_fill(const struct sw_replay *r)
{
	struct sw_fill fill = { 0, r->shards.capacity };

	for (uint32_t shard = 0; shard < r->shards.count; shard++) {
		struct hold h;

		view(r, shard, &h);
		fill.used += sw_table_count(&h.table);
	}
	return fill;
}
