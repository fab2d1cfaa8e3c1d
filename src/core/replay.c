/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/replay.h>

#include <stdalign.h>

struct sw_replay_head {
	uint32_t oldest;  /* next slot to go when all are taken: they are taken in order */
	uint32_t horizon; /* tick of the youngest window that was dropped */
	uint32_t dropped; /* has one ever been? */
};

struct window {
	uint8_t nonce[16];
	uint32_t issued;
	uint32_t top;  /* highest nc used */
	uint64_t used; /* bit i: top - i was used */
	uint32_t owner;
};

#define ALIGN alignof(max_align_t)
#define HEAD  ((sizeof(struct sw_replay_head) + ALIGN - 1) / ALIGN * ALIGN)

size_t sw_replay_size(uint32_t capacity)
{
	return HEAD + sw_table_size(capacity, sizeof(struct window));
}

void sw_replay_init(struct sw_replay *r, void *memory, uint32_t capacity)
{
	r->head = memory;
	sw_table_init(&r->table, (char *)memory + HEAD, capacity, sizeof(struct window));
}

/* Half of a nonce is random and it was proven to be ours: it hashes itself. */
static uint64_t hash_of(const struct sw_nonce *n)
{
	uint64_t h;

	memcpy(&h, n->octets + 8, sizeof(h));
	return h;
}

static struct window *find(const struct sw_replay *r, const struct sw_nonce *n)
{
	uint32_t slot[4];
	size_t found = sw_table_find(&r->table, hash_of(n), slot, SW_ARRAY_LEN(slot));

	for (size_t i = 0; i < found; i++) {
		struct window *w = sw_table_slot(&r->table, slot[i]);

		if (w && memcmp(w->nonce, n->octets, sizeof(w->nonce)) == 0)
			return w;
	}
	return NULL;
}

/*
 * Is tick a at or before tick b? Asked only of nonces that live, so the two are within an hour
 * (2^16 ticks) of each other; what is further apart comes from a horizon of long ago, round the
 * corner of the 2^32 ticks.
 */
static bool is_before(uint32_t a, uint32_t b)
{
	return b - a < 1u << 16;
}

static void drop_oldest(struct sw_replay *r)
{
	struct sw_replay_head *h = r->head;
	const struct window *w = sw_table_slot(&r->table, h->oldest);

	if (w && (!h->dropped || !is_before(w->issued, h->horizon))) {
		h->horizon = w->issued;
		h->dropped = 1;
	}
	sw_table_remove(&r->table, h->oldest);
	h->oldest = (h->oldest + 1) % r->table.capacity;
}

/* May the nonce's window be among those that were dropped? */
static bool is_forgotten(const struct sw_replay *r, const struct sw_nonce *n)
{
	return r->head->dropped && is_before(n->issued, r->head->horizon);
}

static enum sw_reason first_use(struct sw_replay *r, const struct sw_nonce *n, uint32_t nc)
{
	uint32_t slot = sw_table_add(&r->table, hash_of(n));

	if (slot == SW_TABLE_NONE) {
		drop_oldest(r);
		slot = sw_table_add(&r->table, hash_of(n));
	}
	struct window *w = sw_table_slot(&r->table, slot);

	if (!w)
		return SW_R_DIGEST_STALE;
	memcpy(w->nonce, n->octets, sizeof(w->nonce));
	w->issued = n->issued;
	w->top = nc == SW_REPLAY_ALL ? UINT32_MAX : nc;
	w->used = nc == SW_REPLAY_ALL ? UINT64_MAX : 1;
	w->owner = r->self;
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

static enum sw_reason look(const struct sw_replay *r, const struct sw_nonce *nonce, uint32_t nc,
			   const struct window *w)
{
	if (!w)
		return is_forgotten(r, nonce) ? SW_R_DIGEST_STALE : SW_OK;
	return is_used(w, nc) ? SW_R_DIGEST_REPLAY : SW_OK;
}

enum sw_reason sw_replay_look(const struct sw_replay *r, const struct sw_nonce *nonce, uint32_t nc)
{
	return look(r, nonce, nc, find(r, nonce));
}

enum sw_reason sw_replay_take(struct sw_replay *r, const struct sw_nonce *nonce, uint32_t nc)
{
	struct window *w = find(r, nonce);
	enum sw_reason is = look(r, nonce, nc, w);

	if (is != SW_OK)
		return is;
	if (!w)
		return first_use(r, nonce, nc);
	use(w, nc);
	w->owner = r->self;
	return SW_OK;
}

uint32_t sw_replay_owner(const struct sw_replay *r, const struct sw_nonce *nonce)
{
	const struct window *w = find(r, nonce);

	return w ? w->owner : 0;
}
