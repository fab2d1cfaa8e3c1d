/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/location.h"

#include <stdalign.h>

#define INLINE 152 /* octets of texts in a slot: what most bindings need */
#define BLOCK  252
#define CHAIN  4 /* blocks that the longest texts take: there are as many for every slot */

struct sw_location_head {
	uint32_t free; /* number of the first free block + 1 */
	uint32_t high; /* blocks from here on were never taken */
};

struct sw_location_block {
	uint32_t next; /* number + 1 */
	char octets[BLOCK];
};

/* A slot. The texts stand one behind the other: aor, user where it is another, text, path. */
struct kept {
	SW_BINDING_FACTS
	uint32_t next, before; /* of the same bucket of flows: number + 1 */
	uint32_t more;         /* first block, number + 1 */
	char octets[INLINE];
};

_Static_assert(offsetof(struct kept, path_n) == offsetof(struct sw_binding, path_n),
	       "facts are copied as a whole");
_Static_assert(INLINE >= SW_NAME_MAX, "the aor is compared where it stands");
_Static_assert(INLINE + CHAIN * BLOCK >= 2 * SW_NAME_MAX + SW_CONTACT_TEXT + SW_ROUTE_TEXT,
	       "the longest binding fits");

#define FACTS (offsetof(struct sw_binding, path_n) + sizeof(uint16_t))

static size_t aligned(size_t n)
{
	size_t a = alignof(max_align_t);

	return (n + a - 1) / a * a;
}

static size_t flows_size(const struct sw_table *t)
{
	return aligned(((size_t)t->mask + 1) / 2 * sizeof(uint32_t));
}

size_t sw_location_size(uint32_t capacity)
{
	struct sw_table t;
	char nowhere;

	sw_table_init(&t, &nowhere, capacity, sizeof(struct kept)); /* for its mask alone */
	return aligned(sizeof(struct sw_location_head)) + flows_size(&t) +
	       aligned(sw_table_size(capacity, sizeof(struct kept))) +
	       (size_t)capacity * CHAIN * sizeof(struct sw_location_block);
}

void sw_location_init(struct sw_location *l, void *memory, uint32_t capacity,
		      const struct sw_mac_key *key)
{
	char *p = memory;

	l->key = *key;
	l->head = memory;
	p += aligned(sizeof(struct sw_location_head));
	sw_table_init(&l->table, p, capacity, sizeof(struct kept));
	p += aligned(sw_table_size(capacity, sizeof(struct kept)));
	l->by_flow = (void *)p;
	p += flows_size(&l->table);
	l->block = (void *)p;
}

/* Lengths come from shared memory: whoever reads texts by them must not run past their room. */
#define IS_SOUND(b)                                                        \
	((b)->aor_n <= SW_NAME_MAX && (b)->user_n <= SW_NAME_MAX &&        \
	 (b)->text_n <= SW_CONTACT_TEXT && (b)->path_n <= SW_ROUTE_TEXT && \
	 (b)->uri_at <= (b)->text_n && (b)->uri_n <= (b)->text_n - (b)->uri_at)

static struct kept *at(const struct sw_location *l, uint32_t n)
{
	struct kept *k = sw_table_slot(&l->table, n);

	return k && IS_SOUND(k) ? k : NULL;
}

size_t sw_location_find(const struct sw_location *l, struct sw_mac *mac, struct sw_slice aor,
			uint32_t out[SW_CONTACTS_MAX])
{
	size_t n = sw_table_find(&l->table, sw_mac_u64(mac, &l->key, aor), out, SW_CONTACTS_MAX);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct kept *k = at(l, out[i]);

		if (k && sw_slice_eq((struct sw_slice){ k->octets, k->aor_n }, aor))
			out[kept++] = out[i];
	}
	return kept;
}

/* Block number + 1 → block; NULL for none, and for what cannot be. */
static struct sw_location_block *block(const struct sw_location *l, uint32_t n1)
{
	return n1 > 0 && n1 <= l->table.capacity * CHAIN ? &l->block[n1 - 1] : NULL;
}

static uint32_t take_block(struct sw_location *l)
{
	struct sw_location_head *h = l->head;
	struct sw_location_block *b = block(l, h->free);
	uint32_t n1 = h->free;

	if (b) {
		h->free = b->next;
		b->next = 0;
		return n1;
	}
	return h->high < l->table.capacity * CHAIN ? ++h->high : 0;
}

static void free_chain(struct sw_location *l, struct kept *k)
{
	for (unsigned i = 0; i < CHAIN; i++) {
		struct sw_location_block *b = block(l, k->more);
		uint32_t n1 = k->more;

		if (!b)
			break;
		k->more = b->next;
		b->next = l->head->free;
		l->head->free = n1;
	}
	k->more = 0;
}

/* A place in the texts of a slot. */
struct cursor {
	char *p;
	size_t left;
	uint32_t *more;
};

static struct cursor cursor_of(struct kept *k)
{
	return (struct cursor){ k->octets, INLINE, &k->more };
}

/* On into the next block, which is there or, if it may be taken, taken. */
static bool go_on(struct sw_location *l, struct cursor *c, bool take)
{
	if (*c->more == 0 && take)
		*c->more = take_block(l);
	struct sw_location_block *b = block(l, *c->more);

	if (!b)
		return false;
	*c = (struct cursor){ b->octets, BLOCK, &b->next };
	return true;
}

static void put(struct sw_location *l, struct cursor *c, const char *from, size_t n)
{
	while (n > 0 && (c->left > 0 || go_on(l, c, true))) {
		size_t part = n < c->left ? n : c->left;

		memcpy(c->p, from, part);
		c->p += part;
		c->left -= part;
		from += part;
		n -= part;
	}
}

static bool get(const struct sw_location *l, struct cursor *c, char *to, size_t n)
{
	struct sw_location view = *l;

	while (n > 0) {
		if (c->left == 0 && !go_on(&view, c, false))
			return false;
		size_t part = n < c->left ? n : c->left;

		memcpy(to, c->p, part);
		c->p += part;
		c->left -= part;
		to += part;
		n -= part;
	}
	return true;
}

bool sw_location_read(const struct sw_location *l, uint32_t n, struct sw_binding *out)
{
	struct kept *k = at(l, n);

	if (!k)
		return false;
	struct cursor c = cursor_of(k);

	memcpy(out, k, FACTS);
	if (!get(l, &c, out->aor, out->aor_n))
		return false;
	if (out->user_n == 0) {
		out->user_n = out->aor_n;
		memcpy(out->user, out->aor, out->aor_n);
	} else if (!get(l, &c, out->user, out->user_n)) {
		return false;
	}
	return get(l, &c, out->text, out->text_n) && get(l, &c, out->path, out->path_n);
}

/* A number that names flows evenly: they are counted, so any odd factor will do. */
static uint32_t *bucket(const struct sw_location *l, uint64_t flow)
{
	uint64_t mixed = flow * 0x9e3779b97f4a7c15u;

	return &l->by_flow[(mixed >> 32) & (l->table.mask >> 1)];
}

static void enter_flow(struct sw_location *l, uint32_t n, struct kept *k)
{
	uint32_t *first = bucket(l, k->flow);

	k->before = 0;
	k->next = 0;
	if (k->flow == 0)
		return;
	struct kept *next = *first > 0 ? at(l, *first - 1) : NULL;

	if (next) {
		k->next = *first;
		next->before = n + 1;
	}
	*first = n + 1;
}

static void leave_flow(struct sw_location *l, uint32_t n, struct kept *k)
{
	struct kept *next = k->next > 0 ? at(l, k->next - 1) : NULL;
	struct kept *before = k->before > 0 ? at(l, k->before - 1) : NULL;
	uint32_t *first = bucket(l, k->flow);

	if (k->flow == 0)
		return;
	if (next)
		next->before = k->before;
	if (before)
		before->next = k->next;
	else if (*first == n + 1)
		*first = k->next;
}

uint32_t sw_location_of_flow(const struct sw_location *l, uint64_t flow)
{
	uint32_t n1 = flow > 0 ? *bucket(l, flow) : 0;

	for (uint32_t i = 0; n1 > 0 && i < l->table.capacity; i++) {
		const struct kept *k = at(l, n1 - 1);

		if (!k)
			break;
		if (k->flow == flow)
			return n1 - 1;
		n1 = k->next;
	}
	return SW_TABLE_NONE;
}

static bool speaks_for_itself(const struct sw_binding *b)
{
	return sw_slice_eq((struct sw_slice){ b->aor, b->aor_n },
			   (struct sw_slice){ b->user, b->user_n });
}

static void keep(struct sw_location *l, struct kept *k, const struct sw_binding *b)
{
	struct cursor c = cursor_of(k);

	free_chain(l, k);
	memcpy(k, b, FACTS);
	put(l, &c, b->aor, b->aor_n);
	if (speaks_for_itself(b))
		k->user_n = 0;
	put(l, &c, b->user, k->user_n);
	put(l, &c, b->text, b->text_n);
	put(l, &c, b->path, b->path_n);
}

void sw_location_change(struct sw_location *l, uint32_t n, const struct sw_binding *b)
{
	struct kept *k = at(l, n);

	if (!k || !IS_SOUND(b))
		return;
	bool moves = k->flow != b->flow;

	if (moves)
		leave_flow(l, n, k);
	keep(l, k, b);
	if (moves)
		enter_flow(l, n, k);
}

uint32_t sw_location_add(struct sw_location *l, struct sw_mac *mac, const struct sw_binding *b)
{
	if (!IS_SOUND(b))
		return SW_TABLE_NONE;
	uint32_t n = sw_table_add(&l->table,
				  sw_mac_u64(mac, &l->key, (struct sw_slice){ b->aor, b->aor_n }));
	struct kept *k = at(l, n);

	if (!k)
		return SW_TABLE_NONE;
	keep(l, k, b);
	enter_flow(l, n, k);
	return n;
}

bool sw_location_put(struct sw_location *l, struct sw_mac *mac, const struct sw_binding *b)
{
	return sw_location_add(l, mac, b) != SW_TABLE_NONE;
}

void sw_location_remove(struct sw_location *l, uint32_t n)
{
	struct kept *k = sw_table_slot(&l->table, n);

	if (!k)
		return;
	leave_flow(l, n, k);
	free_chain(l, k);
	sw_table_remove(&l->table, n);
}

int64_t sw_location_end_s(int64_t expires_s, uint32_t granted_s, struct sw_wall now)
{
	int64_t most = sw_wall_s(now) + granted_s;

	return expires_s > most ? most : expires_s;
}

void sw_location_sweep(struct sw_location *l, struct sw_wall now, uint32_t *from, uint32_t most)
{
	uint32_t high = sw_table_high(&l->table);

	for (uint32_t i = 0; i < most && i < high; i++) {
		if (*from >= high)
			*from = 0;
		struct kept *k = sw_table_slot(&l->table, *from);

		if (k)
			k->expires_s = sw_location_end_s(k->expires_s, k->granted_s, now);
		if (k && k->expires_s <= sw_wall_s(now))
			sw_location_remove(l, *from);
		(*from)++;
	}
}

uint32_t sw_location_count(const struct sw_location *l)
{
	return sw_table_count(&l->table);
}
