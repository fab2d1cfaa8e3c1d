/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/roll.h"

#include "base/chain.h"
#include "base/secret.h"
#include "base/table.h"

#define BLOCK (56 + SW_CHAIN_HEAD)
#define CHAIN 5 /* blocks that the longest texts take: there are as many for every slot */

_Static_assert(SW_ROLL_TEXT + CHAIN * (BLOCK - SW_CHAIN_HEAD) >= SW_AORS_MAX + SW_NAME_MAX,
	       "the longest user fits");
_Static_assert(sizeof(struct sw_roll_record) == 240, "with the head of its slot four lines");

/* Names are written before they are counted, by one writer, and never again: no lock is needed. */
struct sw_roll_trunks {
	_Atomic uint32_t count;
	struct {
		uint8_t n;
		char octets[SW_NAME_MAX]; /* zeroed behind its end */
	} name[SW_ROLL_TRUNKS];
};

/* A shard while it is held. */
struct hold {
	const struct sw_roll *r;
	uint32_t shard;
	struct sw_table table;
	struct sw_chain chain;
};

/* A change takes new blocks before it gives back the old ones. */
static uint32_t blocks_of(uint32_t slots)
{
	return slots * CHAIN + CHAIN;
}

static size_t part_size(uint32_t capacity)
{
	uint32_t slots = sw_shards_slots(capacity, false);

	return sw_table_size(slots, sizeof(struct sw_roll_record)) +
	       sw_chain_size(blocks_of(slots), BLOCK);
}

static size_t trunks_size(void)
{
	return (sizeof(struct sw_roll_trunks) + 63) / 64 * 64;
}

size_t sw_roll_size(uint32_t capacity)
{
	return trunks_size() + sw_shards_size(capacity, part_size(capacity));
}

void sw_roll_init(struct sw_roll *r, void *memory, uint32_t capacity)
{
	r->trunks = memory;
	sw_shards_init(&r->shards, (char *)memory + trunks_size(), capacity, false,
		       part_size(capacity));
}

struct sw_roll_id sw_roll_id(struct sw_mac *mac, const struct sw_mac_key *key, struct sw_slice name)
{
	struct sw_roll_id id = { 0 };
	uint8_t out[SW_MAC_LEN];

	if (!sw_mac_parts(mac, key, &name, 1, out))
		return id;
	memcpy(&id.hash, out, sizeof(id.hash));
	memcpy(&id.rest, out + sizeof(id.hash), sizeof(id.rest));
	return id;
}

static void view(const struct sw_roll *r, uint32_t shard, struct hold *h)
{
	uint32_t slots = r->shards.slots;
	char *p = sw_shards_part(&r->shards, shard);

	h->r = r;
	h->shard = shard;
	sw_table_init(&h->table, p, slots, sizeof(struct sw_roll_record));
	sw_chain_init(&h->chain, p + sw_table_size(slots, sizeof(struct sw_roll_record)),
		      blocks_of(slots), BLOCK, CHAIN);
}

/* Whoever had the shard died: what follows from the slots is made anew. */
static void repair(struct hold *h)
{
	struct sw_shards shards = h->r->shards;

	sw_shards_repair(&shards, h->shard);
	sw_table_repair(&h->table);
	sw_chain_forget(&h->chain);
	for (uint32_t n = 0; n < sw_table_high(&h->table); n++) {
		struct sw_roll_record *one = sw_table_slot(&h->table, n);

		if (one && !sw_chain_claim(&h->chain, one->more))
			one->more = 0; /* its texts are lost, and it has no address any more */
	}
	sw_chain_collect(&h->chain);
	sw_table_settle_wiped(&h->table);
}

static bool take(const struct sw_roll *r, uint32_t shard, struct hold *h)
{
	enum sw_lock_got got = sw_locks_take(&r->shards.locks, shard);

	if (got == SW_LOCK_BUSY)
		return false;
	view(r, shard, h);
	if (got == SW_LOCK_ORPHAN)
		repair(h);
	return true;
}

static void give(struct hold *h)
{
	struct sw_shards shards = h->r->shards;

	sw_shards_tell(&shards, h->shard, sw_table_count(&h->table));
	sw_locks_give(&shards.locks, h->shard);
}

/* The record of this name; else another, or what *other was, in the same way. */
static bool seek(const struct hold *h, struct sw_roll_id id, const struct sw_roll_record **other)
{
	uint32_t slot[SW_TABLE_SAME];
	size_t n = sw_table_find_even(&h->table, id.hash, slot);
	bool found = false;

	for (size_t i = 0; i < n && !found; i++) {
		const struct sw_roll_record *one = sw_table_slot(&h->table, slot[i]);

		if (!one)
			continue;
		*other = one;
		found = (one->rest == id.rest) & (sw_table_hash(&h->table, slot[i]) == id.hash);
	}
	return found;
}

void sw_roll_expect(const struct sw_roll *r, struct sw_roll_id id)
{
	struct hold h;

	if (!r->trunks)
		return;
	view(r, sw_shards_of(&r->shards, id.hash), &h);
	sw_table_expect(&h.table, id.hash);
}

void sw_roll_expect_record(const struct sw_roll *r, struct sw_roll_id id)
{
	struct hold h;

	if (!r->trunks)
		return;
	view(r, sw_shards_of(&r->shards, id.hash), &h);
	sw_table_expect_slot(&h.table, id.hash);
}

enum sw_reason sw_roll_find(const struct sw_roll *r, struct sw_roll_id id,
			    struct sw_roll_record *out)
{
	static const enum sw_reason said[2] = { SW_R_DIGEST_NO_USER, SW_OK };
	static const struct sw_roll_record nobody;
	const struct sw_roll_record *one = &nobody;
	struct hold h;
	bool found = false;

	if (!r->trunks) {
		*out = nobody;
		return SW_R_DIGEST_NO_USER;
	}
	if (!take(r, sw_shards_of(&r->shards, id.hash), &h))
		return SW_R_TABLE_BUSY;
	found = seek(&h, id, &one);
	memcpy(out, one, sizeof(*out));
	give(&h);
	return said[found];
}

/* The name of a trunk, in full length; one that was never written is empty. */
static void read_trunk(const struct sw_roll *r, uint32_t n, struct sw_user *out)
{
	static const struct sw_roll_trunks none;
	const struct sw_roll_trunks *t = r->trunks ? r->trunks : &none;
	uint32_t count = atomic_load_explicit(&((struct sw_roll_trunks *)(uintptr_t)t)->count,
					      memory_order_acquire);

	n = n < count && n < SW_ROLL_TRUNKS ? n : SW_ROLL_TRUNKS - 1;
	memcpy(out->trunk, t->name[n].octets, SW_NAME_MAX);
	out->trunk_n = t->name[n].n;
	if (out->trunk_n > SW_NAME_MAX)
		out->trunk_n = SW_NAME_MAX;
}

static void read_hashes(const struct sw_roll_record *record, struct sw_user *out)
{
	for (unsigned f = 0; f < SW_FORM_COUNT; f++) {
		struct sw_ha1 *to = out->ha1[f];

		out->algs[f] = record->algs[f];
		memcpy(to[SW_ALG_MD5].octets, record->md5[f], sizeof(record->md5[f]));
		memcpy(to[SW_ALG_SHA256].octets, record->sha256[f], sizeof(record->sha256[f]));
		memcpy(to[SW_ALG_SHA512_256].octets, record->sha512_256[f],
		       sizeof(record->sha512_256[f]));
	}
}

void sw_roll_read(const struct sw_roll *r, const struct sw_roll_record *record,
		  struct sw_slice name, struct sw_user *out)
{
	memset(out, 0, sizeof(*out));
	out->is_off = record->flags & SW_ROLL_OFF;
	out->is_reserved = record->flags & SW_ROLL_RESERVED;
	out->origin = record->origin;
	out->name_n = (uint8_t)(name.n < SW_NAME_MAX ? name.n : SW_NAME_MAX);
	if (name.n > 0)
		memcpy(out->name, name.p, out->name_n);
	read_trunk(r, record->trunk, out);
	read_hashes(record, out);
	memcpy(out->aors, record->text, SW_ROLL_TEXT);
	out->is_cut = record->aors_n > SW_ROLL_TEXT;
	out->aors_n = out->is_cut ? SW_ROLL_TEXT : record->aors_n;
}

static struct sw_chain_at text_of(struct sw_roll_record *one)
{
	return (struct sw_chain_at){ one->text, SW_ROLL_TEXT, &one->more };
}

/* Lengths come from shared memory, and are read once. What cannot be read is left as it was. */
static bool read_texts(const struct hold *h, struct sw_roll_record *one, struct sw_user *out,
		       bool with_name)
{
	struct sw_chain_at c = text_of(one);
	struct sw_user u;

	u.aors_n = *(const volatile uint16_t *)&one->aors_n;
	u.name_n = *(const volatile uint8_t *)&one->name_n;
	if (u.aors_n > SW_AORS_MAX || u.name_n > SW_NAME_MAX ||
	    !sw_chain_get(&h->chain, &c, u.aors, u.aors_n) ||
	    !sw_chain_get(&h->chain, &c, u.name, u.name_n))
		return false;
	out->aors_n = u.aors_n;
	memcpy(out->aors, u.aors, u.aors_n);
	out->is_cut = false;
	if (!with_name)
		return true;
	out->name_n = u.name_n;
	memcpy(out->name, u.name, u.name_n);
	return true;
}

/* The slot of this name, or SW_TABLE_NONE. */
static uint32_t slot_of(const struct hold *h, struct sw_roll_id id)
{
	uint32_t slot[SW_TABLE_SAME];
	size_t n = sw_table_find(&h->table, id.hash, slot, SW_ARRAY_LEN(slot));

	for (size_t i = 0; i < n; i++) {
		const struct sw_roll_record *one = sw_table_slot(&h->table, slot[i]);

		if (one && one->rest == id.rest)
			return slot[i];
	}
	return SW_TABLE_NONE;
}

enum sw_reason sw_roll_complete(const struct sw_roll *r, struct sw_roll_id id, struct sw_user *out)
{
	struct hold h;

	if (!r->trunks)
		return SW_R_DIGEST_NO_USER;
	if (!take(r, sw_shards_of(&r->shards, id.hash), &h))
		return SW_R_TABLE_BUSY;
	struct sw_roll_record *one = sw_table_slot(&h.table, slot_of(&h, id));
	bool found = one && read_texts(&h, one, out, false);

	give(&h);
	return found ? SW_OK : SW_R_DIGEST_NO_USER;
}

/* The number of a trunk's name, which is written where it was never seen; false: no room. */
static bool name_trunk(struct sw_roll_trunks *t, struct sw_slice name, uint16_t *out)
{
	uint32_t count = atomic_load(&t->count);

	count = count < SW_ROLL_TRUNKS ? count : SW_ROLL_TRUNKS;
	for (uint32_t i = 0; i < count; i++)
		if (t->name[i].n == name.n && memcmp(t->name[i].octets, name.p, name.n) == 0) {
			*out = (uint16_t)i;
			return true;
		}
	if (count + 1 >= SW_ROLL_TRUNKS) /* the last one stays empty */
		return false;
	t->name[count].n = (uint8_t)name.n;
	memset(t->name[count].octets, 0, SW_NAME_MAX);
	memcpy(t->name[count].octets, name.p, name.n);
	atomic_store_explicit(&t->count, count + 1, memory_order_release);
	*out = (uint16_t)count;
	return true;
}

static void write_hashes(const struct sw_user *user, struct sw_roll_record *to)
{
	for (unsigned f = 0; f < SW_FORM_COUNT; f++) {
		const struct sw_ha1 *from = user->ha1[f];

		to->algs[f] = user->algs[f];
		memcpy(to->md5[f], from[SW_ALG_MD5].octets, sizeof(to->md5[f]));
		memcpy(to->sha256[f], from[SW_ALG_SHA256].octets, sizeof(to->sha256[f]));
		memcpy(to->sha512_256[f], from[SW_ALG_SHA512_256].octets,
		       sizeof(to->sha512_256[f]));
	}
}

static void write_record(struct hold *h, struct sw_roll_id id, const struct sw_user *user,
			 uint16_t trunk, struct sw_roll_record *to)
{
	struct sw_slice name = sw_user_name(user);
	uint16_t aors_n = user->aors_n < SW_AORS_MAX ? user->aors_n : SW_AORS_MAX;
	struct sw_chain_at c = text_of(to);

	to->rest = id.rest;
	to->origin = user->origin;
	to->more = 0;
	to->trunk = trunk;
	to->aors_n = aors_n;
	to->name_n = (uint8_t)name.n;
	to->flags = (uint8_t)(SW_ROLL_THERE | (user->is_off ? SW_ROLL_OFF : 0) |
			      (user->is_reserved ? SW_ROLL_RESERVED : 0));
	write_hashes(user, to);
	sw_chain_put(&h->chain, &c, user->aors, aors_n);
	sw_chain_put(&h->chain, &c, name.p, name.n);
}

static enum sw_reason put(struct hold *h, struct sw_roll_id id, const struct sw_user *user,
			  uint16_t trunk)
{
	struct sw_shards shards = h->r->shards;
	uint32_t slot = slot_of(h, id), old = 0;
	struct sw_roll_record *to = sw_table_change(&h->table, slot);

	if (to) {
		old = to->more;
	} else {
		if (!sw_shards_reserve(&shards, h->shard, sw_table_count(&h->table) + 1))
			return SW_R_TABLE_FULL;
		to = sw_table_slot(&h->table, sw_table_add(&h->table, id.hash));
	}
	if (!to)
		return SW_R_TABLE_FULL;
	write_record(h, id, user, trunk, to);
	sw_table_settle_wiped(&h->table);
	sw_chain_free(&h->chain, old); /* until now they might have had to come back */
	return SW_OK;
}

enum sw_reason sw_roll_put(struct sw_roll *r, struct sw_roll_id id, const struct sw_user *user)
{
	enum sw_reason is;
	struct hold h;
	uint16_t trunk;

	if (!r->trunks || id.hash == 0)
		return SW_R_BUG;
	if (!name_trunk(r->trunks, sw_user_trunk(user), &trunk))
		return SW_R_TABLE_FULL;
	if (!take(r, sw_shards_of(&r->shards, id.hash), &h))
		return SW_R_TABLE_BUSY;
	is = put(&h, id, user, trunk);
	give(&h);
	return is;
}

enum sw_reason sw_roll_drop(struct sw_roll *r, struct sw_roll_id id)
{
	struct hold h;

	if (!r->trunks)
		return SW_R_DIGEST_NO_USER;
	if (!take(r, sw_shards_of(&r->shards, id.hash), &h))
		return SW_R_TABLE_BUSY;
	uint32_t slot = slot_of(&h, id);
	struct sw_roll_record *one = sw_table_slot(&h.table, slot);

	if (one) {
		uint32_t old = one->more;

		sw_table_give_up(&h.table, slot);
		sw_secret_wipe(one, sizeof(*one));
		sw_table_remove(&h.table, slot);
		sw_chain_free(&h.chain, old);
	}
	give(&h);
	return one ? SW_OK : SW_R_DIGEST_NO_USER;
}

/* The first user of the shard from a slot on, which moves behind it. */
static bool next_of(const struct hold *h, uint32_t *slot, struct sw_user *out)
{
	for (; *slot < sw_table_high(&h->table); (*slot)++) {
		struct sw_roll_record *one = sw_table_slot(&h->table, *slot);

		if (!one)
			continue;
		sw_roll_read(h->r, one, (struct sw_slice){ 0 }, out);
		if (!read_texts(h, one, out, true))
			continue;
		(*slot)++;
		return true;
	}
	return false;
}

enum sw_reason sw_roll_next(const struct sw_roll *r, uint32_t *at, struct sw_user *out)
{
	uint32_t shard, slot;
	struct hold h;

	while (r->trunks && sw_shards_split(&r->shards, *at, &shard, &slot)) {
		if (!take(r, shard, &h))
			return SW_R_TABLE_BUSY;
		bool found = next_of(&h, &slot, out);

		give(&h);
		*at = found && slot < r->shards.slots ? sw_shards_number(&r->shards, shard, slot)
						      : (shard + 1) * r->shards.slots;
		if (found)
			return SW_OK;
	}
	return SW_R_DIGEST_NO_USER;
}

struct sw_fill sw_roll_fill(const struct sw_roll *r)
{
	return (struct sw_fill){ r->trunks ? sw_shards_have(&r->shards) : 0, r->shards.capacity };
}
