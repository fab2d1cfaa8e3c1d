/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/location.h"

#define INLINE 144 /* octets of texts in a slot: what most bindings need; a slot is five lines */
#define BLOCK  (256 + SW_CHAIN_HEAD)
#define CHAIN  4  /* blocks that the longest texts take: there are as many for every slot */
#define STEP   64 /* slots that are looked at while a shard is held, by who looks at all of them */

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
_Static_assert(INLINE + CHAIN * (BLOCK - SW_CHAIN_HEAD) >=
		       2 * SW_NAME_MAX + SW_CONTACT_TEXT + SW_ROUTE_TEXT,
	       "the longest binding fits");

#define FACTS (offsetof(struct sw_binding, path_n) + sizeof(uint16_t))

/* A change takes new blocks before it gives back the old ones. */
static uint32_t blocks_of(uint32_t slots)
{
	return slots * CHAIN + CHAIN;
}

/* Buckets of flows: a power of two, half of the slots at least. */
static uint32_t flows_of(uint32_t slots)
{
	return slots <= 8 ? 4 : 1u << (32 - __builtin_clz(slots / 2 - 1));
}

static size_t flows_size(uint32_t slots)
{
	return ((size_t)flows_of(slots) * sizeof(uint32_t) + 63) / 64 * 64;
}

static size_t part_size(uint32_t slots)
{
	return sw_table_size(slots, sizeof(struct kept)) + flows_size(slots) +
	       sw_chain_size(blocks_of(slots), BLOCK);
}

size_t sw_location_size(uint32_t capacity)
{
	return sw_shards_size(capacity, part_size(sw_shards_slots(capacity, false)));
}

void sw_location_init(struct sw_location *l, void *memory, uint32_t capacity,
		      const struct sw_mac_key *key)
{
	l->key = *key;
	sw_shards_init(&l->shards, memory, capacity, false,
		       part_size(sw_shards_slots(capacity, false)));
}

/*
 * Lengths come from shared memory: whoever reads texts by them must not run past their room. They
 * may change between two looks, so by what is in the slot nothing is copied: only by a copy of it.
 */
#define IS_SOUND(b)                                                        \
	((b)->aor_n <= SW_NAME_MAX && (b)->user_n <= SW_NAME_MAX &&        \
	 (b)->text_n <= SW_CONTACT_TEXT && (b)->path_n <= SW_ROUTE_TEXT && \
	 (b)->uri_at <= (b)->text_n && (b)->uri_n <= (b)->text_n - (b)->uri_at)

/* Slots are numbered within the shard in this file, and in all of them outside. */
static struct kept *at(const struct sw_location_hold *h, uint32_t slot)
{
	struct kept *k = sw_table_slot(&h->table, slot);

	return k && IS_SOUND(k) ? k : NULL;
}

static uint32_t number_of(const struct sw_location_hold *h, uint32_t slot)
{
	return sw_shards_number(&h->l->shards, h->shard, slot);
}

/* SW_TABLE_NONE: it is of another shard. */
static uint32_t slot_of(const struct sw_location_hold *h, uint32_t number)
{
	uint32_t shard, slot;

	return sw_shards_split(&h->l->shards, number, &shard, &slot) && shard == h->shard
		       ? slot
		       : SW_TABLE_NONE;
}

/* A number that names flows evenly: they are counted, so any odd factor will do. */
static uint32_t *bucket(const struct sw_location_hold *h, uint64_t flow)
{
	uint64_t mixed = flow * 0x9e3779b97f4a7c15u;

	return &h->by_flow[(mixed >> 32) & (flows_of(h->table.capacity) - 1)];
}

static void enter_flow(struct sw_location_hold *h, uint32_t n, struct kept *k)
{
	uint32_t *first = bucket(h, k->flow);

	k->before = 0;
	k->next = 0;
	if (k->flow == 0)
		return;
	struct kept *next = *first > 0 ? at(h, *first - 1) : NULL;

	if (next) {
		k->next = *first;
		next->before = n + 1;
	}
	*first = n + 1;
}

static void leave_flow(struct sw_location_hold *h, uint32_t n, const struct kept *k)
{
	struct kept *next = k->next > 0 ? at(h, k->next - 1) : NULL;
	struct kept *before = k->before > 0 ? at(h, k->before - 1) : NULL;
	uint32_t *first = bucket(h, k->flow);

	if (k->flow == 0)
		return;
	if (next)
		next->before = k->before;
	if (before)
		before->next = k->next;
	else if (*first == n + 1)
		*first = k->next;
}

static void view(struct sw_location *l, uint32_t shard, struct sw_location_hold *h)
{
	uint32_t slots = l->shards.slots;
	char *p = sw_shards_part(&l->shards, shard);

	h->l = l;
	h->shard = shard;
	sw_table_init(&h->table, p, slots, sizeof(struct kept));
	p += sw_table_size(slots, sizeof(struct kept));
	h->by_flow = (void *)p;
	sw_chain_init(&h->chain, p + flows_size(slots), blocks_of(slots), BLOCK, CHAIN);
}

/* Whoever had the shard died: what follows from the slots is made anew. */
static void repair(struct sw_location_hold *h)
{
	sw_shards_repair(&h->l->shards, h->shard);
	sw_table_repair(&h->table);
	memset(h->by_flow, 0, flows_size(h->table.capacity));
	sw_chain_forget(&h->chain);
	for (uint32_t n = 0; n < sw_table_high(&h->table); n++) {
		struct kept *k = sw_table_slot(&h->table, n);

		if (!k)
			continue;
		if (!sw_chain_claim(&h->chain, k->more))
			k->more = 0; /* its texts cannot be read, so it is not found any more */
		enter_flow(h, n, k);
	}
	sw_chain_collect(&h->chain);
	sw_table_settle(&h->table);
}

static bool take(struct sw_location *l, uint32_t shard, struct sw_location_hold *h)
{
	enum sw_lock_got got = sw_locks_take(&l->shards.locks, shard);

	if (got == SW_LOCK_BUSY)
		return false;
	view(l, shard, h);
	if (got == SW_LOCK_ORPHAN)
		repair(h);
	return true;
}

uint64_t sw_location_hash(const struct sw_location *l, struct sw_mac *mac, struct sw_slice aor)
{
	return sw_mac_u64(mac, &l->key, aor);
}

void sw_location_expect(const struct sw_location *l, uint64_t hash)
{
	struct sw_table table;

	sw_table_init(&table, sw_shards_part(&l->shards, sw_shards_of(&l->shards, hash)),
		      l->shards.slots, sizeof(struct kept));
	sw_table_expect(&table, hash);
}

enum sw_reason sw_location_take_hash(struct sw_location *l, uint64_t hash,
				     struct sw_location_hold *out)
{
	if (hash == 0)
		return SW_R_BUG;
	if (!take(l, sw_shards_of(&l->shards, hash), out))
		return SW_R_TABLE_BUSY;
	out->hash = hash;
	return SW_OK;
}

enum sw_reason sw_location_take(struct sw_location *l, struct sw_mac *mac, struct sw_slice aor,
				struct sw_location_hold *out)
{
	return sw_location_take_hash(l, sw_location_hash(l, mac, aor), out);
}

void sw_location_give(struct sw_location_hold *h)
{
	sw_shards_tell(&h->l->shards, h->shard, sw_table_count(&h->table));
	sw_locks_give(&h->l->shards.locks, h->shard);
}

size_t sw_location_find(const struct sw_location_hold *h, struct sw_slice aor,
			uint32_t out[SW_CONTACTS_MAX])
{
	size_t n = sw_table_find(&h->table, h->hash, out, SW_CONTACTS_MAX);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct kept *k = at(h, out[i]);

		if (k && sw_slice_eq((struct sw_slice){ k->octets, k->aor_n }, aor))
			out[kept++] = number_of(h, out[i]);
	}
	return kept;
}

static struct sw_chain_at text_of(struct kept *k)
{
	return (struct sw_chain_at){ k->octets, INLINE, &k->more };
}

static bool read_slot(const struct sw_location_hold *h, uint32_t slot, struct sw_binding *out)
{
	struct kept *k = at(h, slot);

	if (!k)
		return false;
	struct sw_chain_at c = text_of(k);

	memcpy(out, k, FACTS);
	if (!IS_SOUND(out) || !sw_chain_get(&h->chain, &c, out->aor, out->aor_n))
		return false;
	if (out->user_n == 0) {
		out->user_n = out->aor_n;
		memcpy(out->user, out->aor, out->aor_n);
	} else if (!sw_chain_get(&h->chain, &c, out->user, out->user_n)) {
		return false;
	}
	return sw_chain_get(&h->chain, &c, out->text, out->text_n) &&
	       sw_chain_get(&h->chain, &c, out->path, out->path_n);
}

bool sw_location_read(const struct sw_location_hold *h, uint32_t n, struct sw_binding *out)
{
	return read_slot(h, slot_of(h, n), out);
}

static bool speaks_for_itself(const struct sw_binding *b)
{
	return sw_slice_eq((struct sw_slice){ b->aor, b->aor_n },
			   (struct sw_slice){ b->user, b->user_n });
}

static void keep(struct sw_location_hold *h, struct kept *k, const struct sw_binding *b)
{
	struct sw_chain_at c = text_of(k);
	uint16_t user_n = speaks_for_itself(b) ? 0 : b->user_n;

	k->more = 0;
	memcpy(k, b, FACTS);
	k->user_n = user_n;
	sw_chain_put(&h->chain, &c, b->aor, b->aor_n);
	sw_chain_put(&h->chain, &c, b->user, user_n);
	sw_chain_put(&h->chain, &c, b->text, b->text_n);
	sw_chain_put(&h->chain, &c, b->path, b->path_n);
}

enum sw_reason sw_location_reserve(struct sw_location_hold *h, size_t add, size_t go)
{
	size_t will_have = sw_table_count(&h->table) + add - go;

	if (will_have > h->table.capacity ||
	    !sw_shards_reserve(&h->l->shards, h->shard, (uint32_t)will_have))
		return SW_R_TABLE_FULL;
	return SW_OK;
}

uint32_t sw_location_add(struct sw_location_hold *h, const struct sw_binding *b)
{
	uint32_t slot = IS_SOUND(b) ? sw_table_add(&h->table, h->hash) : SW_TABLE_NONE;
	struct kept *k = at(h, slot);

	if (!k)
		return SW_TABLE_NONE;
	keep(h, k, b);
	enter_flow(h, slot, k);
	sw_table_settle(&h->table);
	return number_of(h, slot);
}

/* The old texts are given back when the new ones stand: until then they may have to come back. */
void sw_location_change(struct sw_location_hold *h, uint32_t n, const struct sw_binding *b)
{
	uint32_t slot = slot_of(h, n);

	if (!at(h, slot) || !IS_SOUND(b))
		return;
	struct kept *k = sw_table_change(&h->table, slot);
	uint32_t old = k->more;
	bool moves = k->flow != b->flow;

	if (moves)
		leave_flow(h, slot, k);
	keep(h, k, b);
	if (moves)
		enter_flow(h, slot, k);
	sw_table_settle(&h->table);
	sw_chain_free(&h->chain, old);
}

static void remove_slot(struct sw_location_hold *h, uint32_t slot)
{
	struct kept *k = sw_table_slot(&h->table, slot);

	if (!k)
		return;
	sw_table_give_up(&h->table, slot);
	leave_flow(h, slot, k);
	sw_chain_free(&h->chain, k->more);
	sw_table_remove(&h->table, slot);
}

void sw_location_remove(struct sw_location_hold *h, uint32_t n)
{
	remove_slot(h, slot_of(h, n));
}

uint64_t sw_location_draw(struct sw_location *l)
{
	return sw_shards_draw(&l->shards);
}

void sw_location_skip(struct sw_location *l, uint64_t seq)
{
	sw_shards_skip(&l->shards, seq);
}

bool sw_location_keep_within(struct sw_location *l, uint64_t least, uint64_t most, uint64_t to)
{
	return sw_shards_keep_within(&l->shards, least, most, to);
}

enum sw_reason sw_location_put(struct sw_location *l, struct sw_mac *mac,
			       const struct sw_binding *b)
{
	struct sw_slice aor = { b->aor, b->aor_n };
	struct sw_location_hold h;
	enum sw_reason r;

	if (!IS_SOUND(b))
		return SW_R_BUG;
	r = sw_location_take(l, mac, aor, &h);
	if (r != SW_OK)
		return r;
	r = sw_location_reserve(&h, 1, 0);
	if (r == SW_OK && sw_location_add(&h, b) == SW_TABLE_NONE)
		r = SW_R_TABLE_FULL;
	sw_location_give(&h);
	return r;
}

/* Hold the shard of a slot. false: there is no such slot, or the shard is busy. */
static bool take_of(struct sw_location *l, uint32_t n, struct sw_location_hold *h, uint32_t *slot)
{
	uint32_t shard;

	return sw_shards_split(&l->shards, n, &shard, slot) && take(l, shard, h);
}

bool sw_location_copy(struct sw_location *l, uint32_t n, struct sw_binding *out)
{
	struct sw_location_hold h;
	uint32_t slot;
	bool ok;

	if (!take_of(l, n, &h, &slot))
		return false;
	ok = read_slot(&h, slot, out);
	sw_location_give(&h);
	return ok;
}

/* A step over the slots of one shard: *at goes on to where the next one begins. */
struct step_over {
	struct sw_location_hold h;
	uint32_t slot, end;
};

/* The slot where the next shard begins. */
static uint32_t next_shard(const struct sw_location *l, uint32_t at)
{
	return (at / l->shards.slots + 1) * l->shards.slots;
}

/* false: the shard is busy, or there is none; *at stays. */
static bool begin_step(struct sw_location *l, uint32_t *at, uint32_t most, struct step_over *s)
{
	uint32_t high;

	if (!take_of(l, *at, &s->h, &s->slot))
		return false;
	high = sw_table_high(&s->h.table);

	s->end = high > s->slot && high - s->slot > most ? s->slot + most : high;
	*at = s->end < high ? number_of(&s->h, s->end) : next_shard(l, *at);
	return true;
}

static bool is_behind(const struct sw_location *l, uint32_t at)
{
	return at / l->shards.slots >= l->shards.count;
}

/* From that time on; *seq is drawn while the shard is held, unless seq is NULL. */
static enum sw_walk walk(struct sw_location *l, uint32_t *from, int64_t since_us, uint32_t *n,
			 struct sw_binding *out, uint64_t *seq)
{
	enum sw_walk is = SW_WALK_ON;
	struct step_over s;

	if (is_behind(l, *from))
		return SW_WALK_END;
	if (!begin_step(l, from, STEP, &s))
		return SW_WALK_BUSY;
	for (; s.slot < s.end && is == SW_WALK_ON; s.slot++) {
		const struct kept *k = sw_table_slot(&s.h.table, s.slot);

		if (!k || k->refreshed_us < since_us || !read_slot(&s.h, s.slot, out))
			continue;
		is = SW_WALK_ONE;
		*n = number_of(&s.h, s.slot);
		*from = *n + 1;
		if (seq)
			*seq = sw_location_draw(l);
	}
	sw_location_give(&s.h);
	return is;
}

enum sw_walk sw_location_walk(struct sw_location *l, uint32_t *from, uint32_t *n,
			      struct sw_binding *out)
{
	return walk(l, from, INT64_MIN, n, out, NULL);
}

enum sw_walk sw_location_walk_since(struct sw_location *l, uint32_t *from, int64_t since_us,
				    struct sw_binding *out, struct sw_save *save)
{
	uint64_t seq = 0;
	uint32_t n = SW_TABLE_NONE;
	enum sw_walk is = walk(l, from, since_us, &n, out, &seq);

	*save = (struct sw_save){ .id = out->id, .seq = seq, .slot = n, .binding = out };
	return is;
}

/* End it, and say so. */
static void end(struct sw_location_hold *h, uint32_t slot, struct sw_save *out)
{
	const struct kept *k = sw_table_slot(&h->table, slot);

	*out = (struct sw_save){
		.id = k ? k->id : 0,
		.seq = sw_location_draw(h->l),
		.slot = SW_TABLE_NONE,
		.gone = true,
	};
	remove_slot(h, slot);
}

enum sw_reason sw_location_end(struct sw_location *l, uint32_t n, uint64_t id, struct sw_save *out,
			       size_t *ended)
{
	struct sw_location_hold h;
	uint32_t slot;

	*ended = 0;
	if (!take_of(l, n, &h, &slot))
		return SW_R_TABLE_BUSY;
	const struct kept *k = at(&h, slot);

	if (k && k->id == id) {
		end(&h, slot, out);
		*ended = 1;
	}
	sw_location_give(&h);
	return SW_OK;
}

enum sw_reason sw_location_end_aor(struct sw_location *l, struct sw_mac *mac, struct sw_slice aor,
				   struct sw_save out[SW_CONTACTS_MAX], size_t *n)
{
	uint32_t all[SW_CONTACTS_MAX];
	struct sw_location_hold h;
	enum sw_reason r = sw_location_take(l, mac, aor, &h);

	*n = 0;
	if (r != SW_OK)
		return r;
	size_t found = sw_location_find(&h, aor, all);

	for (; *n < found; (*n)++)
		end(&h, slot_of(&h, all[*n]), &out[*n]);
	sw_location_give(&h);
	return SW_OK;
}

/* A binding of this connection in the shard, or SW_TABLE_NONE. */
static uint32_t find_flow(const struct sw_location_hold *h, uint64_t flow)
{
	uint32_t n1 = flow > 0 ? *bucket(h, flow) : 0;

	for (uint32_t i = 0; n1 > 0 && i < h->table.capacity; i++) {
		const struct kept *k = at(h, n1 - 1);

		if (!k)
			break;
		if (k->flow == flow)
			return n1 - 1;
		n1 = k->next;
	}
	return SW_TABLE_NONE;
}

bool sw_location_has_flow(struct sw_location *l, uint64_t flow)
{
	struct sw_location_hold h;
	bool has = false;

	for (uint32_t shard = 0; flow > 0 && !has && shard < l->shards.count; shard++) {
		if (!take(l, shard, &h))
			return true;
		has = find_flow(&h, flow) != SW_TABLE_NONE;
		sw_location_give(&h);
	}
	return has;
}

size_t sw_location_end_flow(struct sw_location *l, uint64_t flow, struct sw_save *out, size_t most)
{
	struct sw_location_hold h;
	size_t n = 0;
	uint32_t slot;

	for (uint32_t shard = 0; flow > 0 && n < most && shard < l->shards.count; shard++) {
		if (!take(l, shard, &h))
			continue;
		while (n < most && (slot = find_flow(&h, flow)) != SW_TABLE_NONE)
			end(&h, slot, &out[n++]);
		sw_location_give(&h);
	}
	return n;
}

bool sw_location_end_flows(struct sw_location *l, uint8_t worker, uint16_t start, uint32_t *from,
			   struct sw_save *out, size_t most, size_t *n)
{
	struct step_over s;

	*n = 0;
	if (is_behind(l, *from))
		return false;
	if (!begin_step(l, from, most < STEP ? (uint32_t)most : STEP, &s))
		return true;
	for (; s.slot < s.end; s.slot++) {
		const struct kept *k = sw_table_slot(&s.h.table, s.slot);

		if (k && k->flow > 0 && k->flow >> 56 == worker &&
		    (uint16_t)(k->flow >> 40) != start)
			end(&s.h, s.slot, &out[(*n)++]);
	}
	sw_location_give(&s.h);
	return true;
}

int64_t sw_location_end_s(int64_t expires_s, uint32_t granted_s, struct sw_wall now)
{
	int64_t most = sw_wall_s(now) + granted_s;

	return expires_s > most ? most : expires_s;
}

static void sweep_slot(struct sw_location_hold *h, uint32_t slot, struct sw_wall now)
{
	struct kept *k = sw_table_slot(&h->table, slot);

	if (k)
		k->expires_s = sw_location_end_s(k->expires_s, k->granted_s, now);
	if (k && k->expires_s <= sw_wall_s(now))
		remove_slot(h, slot);
}

/* One shard or a part of it. A busy one is left out: nothing that has ended is found by anybody. */
static uint32_t sweep_some(struct sw_location *l, struct sw_wall now, uint32_t *from, uint32_t most)
{
	struct step_over s;
	uint32_t looked;

	if (!begin_step(l, from, most, &s)) {
		*from = next_shard(l, *from);
		return 0;
	}
	looked = s.end > s.slot ? s.end - s.slot : 0;
	for (; s.slot < s.end; s.slot++)
		sweep_slot(&s.h, s.slot, now);
	sw_location_give(&s.h);
	return looked;
}

void sw_location_sweep(struct sw_location *l, struct sw_wall now, uint32_t *from, uint32_t most)
{
	uint32_t shards = 0;

	while (most > 0 && shards <= l->shards.count) {
		if (is_behind(l, *from))
			*from = 0;
		uint32_t was = *from / l->shards.slots;

		most -= sweep_some(l, now, from, most < STEP ? most : STEP);
		shards += was != *from / l->shards.slots;
	}
}

struct sw_fill sw_location_fill(const struct sw_location *l)
{
	return (struct sw_fill){ sw_shards_have(&l->shards), l->shards.capacity };
}
