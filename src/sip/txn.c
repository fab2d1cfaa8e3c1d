/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/txn.h"

#include "sip/evidence.h"
#include "sip/state.h"

#define T1_US   500000u /* RFC 3261 17.1.1.1 */
#define T2_US   4000000u
#define T4_US   5000000u
#define LONG_US 32000000u /* timers H and J: 64 times T1 */
#define CHAIN   16        /* records looked at: one proven client cannot make us walk */
#define RECORD  64

/* A position counts records for ever; it is alive while the ring has not gone round since. */
struct sw_txn_head {
	uint32_t next; /* position of the next record */
	uint32_t used; /* records written, up to the capacity */
};

/*
 * A finished request. It is found by the response of its credentials, which nobody without the
 * password can choose, so that no further hash is needed. Records of one bucket form a chain from
 * young to old: where one is dead, so are all behind it, and nothing needs to be unlinked.
 */
struct sw_txn_record {
	char proof[16]; /* how the response begins */
	uint8_t id[SW_MAC_LEN];
	uint8_t ip[16];
	uint16_t port;
	uint8_t family;
	uint8_t was;   /* enum sw_reason */
	uint32_t fork; /* hash of what forks of one request share */
	uint32_t before;
	uint32_t at_ms;
};

_Static_assert(sizeof(struct sw_txn_record) == RECORD, "a record is a cache line");

/* An INVITE that was refused and waits for its ACK. */
struct held {
	uint8_t id[SW_MAC_LEN];
	struct sw_path path;
	struct sw_addr src;
	uint64_t end_us;   /* timer H, then I */
	uint32_t again_us; /* timer G; 0: not sent again */
	bool is_confirmed; /* the ACK has come */
	uint16_t n;
	char octets[SW_TXN_ANSWER];
};

static size_t aligned(size_t n)
{
	return (n + RECORD - 1) / RECORD * RECORD;
}

static uint32_t buckets_of(uint32_t records)
{
	uint32_t n = 8;

	while (n < records)
		n *= 2;
	return n;
}

size_t sw_txns_size(uint32_t records, uint32_t invites)
{
	return aligned(sizeof(struct sw_txn_head)) +
	       aligned(buckets_of(records) * sizeof(uint32_t)) + (size_t)records * RECORD +
	       aligned(invites * sizeof(uint64_t)) + sw_table_size(invites, sizeof(struct held));
}

void sw_txns_init(struct sw_txns *t, void *memory, uint32_t records, uint32_t invites)
{
	char *p = memory;

	t->head = memory;
	t->records = records;
	t->mask = buckets_of(records) - 1;
	p += aligned(sizeof(struct sw_txn_head));
	t->bucket = (void *)p;
	p += aligned(((size_t)t->mask + 1) * sizeof(uint32_t));
	t->record = (void *)p;
	p += (size_t)records * RECORD;
	t->due_us = (void *)p;
	p += aligned(invites * sizeof(uint64_t));
	sw_table_init(&t->invites, p, invites, sizeof(struct held));
}

/* Position p, or NULL: it was overwritten, never written, or its time is over. */
static struct sw_txn_record *record_at(const struct sw_txns *t, uint32_t p, uint32_t now_ms)
{
	uint32_t age = t->head->next - p;

	if (age == 0 || age > t->head->used || t->head->used > t->records)
		return NULL;
	struct sw_txn_record *r = &t->record[p % t->records];

	return now_ms - r->at_ms < LONG_US / 1000 ? r : NULL;
}

static uint32_t ms_of(struct sw_mono t)
{
	return (uint32_t)(t.us / 1000);
}

#define PROOF sizeof(((struct sw_txn_record *)0)->proof)

static uint32_t *bucket_of(const struct sw_txns *t, const struct step *s)
{
	uint64_t n;

	memcpy(&n, s->digest.response.p, sizeof(n));
	return &t->bucket[(n * 0x9e3779b97f4a7c15u >> 32) & t->mask];
}

static uint64_t mix(uint64_t h, struct sw_slice text)
{
	uint64_t word;

	for (; text.n >= sizeof(word); text = sw_slice_from(text, sizeof(word))) {
		memcpy(&word, text.p, sizeof(word));
		h = (h ^ word) * 0x9e3779b97f4a7c15u;
		h ^= h >> 32;
	}
	for (size_t i = 0; i < text.n; i++)
		h = (h ^ (uint8_t)text.p[i]) * 0x100000001b3u;
	return h;
}

/*
 * Call-ID, From tag, CSeq (RFC 3261 8.2.2.2). Not keyed: it is compared only where the proof is
 * the same, and then decides between two ways to say no.
 */
static uint32_t fork_of(const struct step *s)
{
	uint64_t h = mix(mix(s->msg->cseq.number, s->msg->call_id), s->msg->from.tag);

	return (uint32_t)(h ^ h >> 32);
}

static bool has_id(const struct step *s, const struct sw_txn_record *r)
{
	return memcmp(r->id, s->id, SW_MAC_LEN) == 0;
}

/* Only an exact copy counts: by the same branch, from the same source, with the same proof. */
static bool is_same(const struct step *s, const struct sw_txn_record *r)
{
	return has_id(s, r) && r->family == s->in->src.family && r->port == s->in->src.port &&
	       memcmp(r->ip, s->in->src.ip, sizeof(r->ip)) == 0;
}

/*
 * Forks of one request carry the same credentials. In a dialog a request is routed by its To tag,
 * and forks are no matter.
 */
static bool is_fork(const struct step *s, const struct sw_txn_record *r)
{
	return !has_id(s, r) && s->msg->to.tag.n == 0 && r->fork == fork_of(s);
}

static bool has_records(const struct step *s)
{
	return s->e->txns.records > 0 && s->in->transport == SW_UDP &&
	       s->digest.response.n >= PROOF;
}

void sw_txn_expect(const struct step *s)
{
	const struct sw_txns *t = &s->e->txns;

	if (!has_records(s))
		return;
	__builtin_prefetch(bucket_of(t, s), 1);
	__builtin_prefetch(&t->record[t->head->next % t->records], 1);
}

enum sw_txn_copy sw_txn_find(struct step *s, enum sw_reason *was)
{
	const struct sw_txns *t = &s->e->txns;
	uint32_t now_ms = ms_of(s->in->mono);

	if (!has_records(s))
		return SW_TXN_NONE;
	(void)sw_state_id(s);
	const struct sw_txn_record *r = record_at(t, *bucket_of(t, s), now_ms);

	for (unsigned i = 0; i < CHAIN && r; i++, r = record_at(t, r->before, now_ms)) {
		if (memcmp(r->proof, s->digest.response.p, PROOF) != 0)
			continue;
		*was = (enum sw_reason)r->was;
		return is_same(s, r) ? SW_TXN_SAME : is_fork(s, r) ? SW_TXN_MERGED : SW_TXN_NONE;
	}
	return SW_TXN_NONE;
}

void sw_txn_record(struct step *s, enum sw_reason was)
{
	struct sw_txns *t = &s->e->txns;

	if (!has_records(s))
		return;
	uint32_t p = t->head->next, *bucket = bucket_of(t, s);
	struct sw_txn_record *r = &t->record[p % t->records];

	memcpy(r->proof, s->digest.response.p, PROOF);
	memcpy(r->id, sw_state_id(s), sizeof(r->id));
	memcpy(r->ip, s->in->src.ip, sizeof(r->ip));
	r->port = s->in->src.port;
	r->family = s->in->src.family;
	r->was = (uint8_t)was;
	r->fork = fork_of(s);
	r->before = *bucket;
	r->at_ms = ms_of(s->in->mono);
	*bucket = p;
	t->head->next = p + 1;
	if (t->head->used < t->records)
		t->head->used++;
}

static uint64_t hash_of(struct step *s)
{
	uint64_t hash;

	memcpy(&hash, sw_state_id(s), sizeof(hash));
	return hash;
}

static bool came_from_there(const struct step *s, const struct held *h)
{
	return s->in->flow == h->path.flow && sw_addr_eq(&s->in->src, &h->src);
}

/* The slot of this INVITE, or of that which an ACK or CANCEL names. */
static uint32_t find_held(struct step *s)
{
	const struct sw_table *t = &s->e->txns.invites;
	uint32_t slot[4];

	if (t->capacity == 0 || sw_table_count(t) == 0)
		return SW_TABLE_NONE;
	size_t n = sw_table_find(t, hash_of(s), slot, SW_ARRAY_LEN(slot));

	for (size_t i = 0; i < n; i++) {
		const struct held *h = sw_table_slot(t, slot[i]);

		if (h && memcmp(h->id, sw_state_id(s), SW_MAC_LEN) == 0 && came_from_there(s, h))
			return slot[i];
	}
	return SW_TABLE_NONE;
}

static void set_due(struct sw_txns *t, uint32_t n, uint64_t us)
{
	t->due_us[n] = us;
	if (us < t->next_us || t->next_us == 0)
		t->next_us = us;
}

void sw_txn_hold(struct step *s, const struct sw_path *path, struct sw_slice answer)
{
	struct sw_txns *t = &s->e->txns;
	bool again = s->in->transport == SW_UDP && sw_evidence_has_shown_address(s);

	if (t->invites.capacity == 0 || answer.n > SW_TXN_ANSWER || find_held(s) != SW_TABLE_NONE)
		return;
	uint32_t n = sw_table_add(&t->invites, hash_of(s));
	struct held *h = sw_table_slot(&t->invites, n);

	if (!h)
		return;
	memcpy(h->id, sw_state_id(s), sizeof(h->id));
	h->path = *path;
	h->src = s->in->src;
	h->end_us = s->in->mono.us + LONG_US;
	h->again_us = again ? T1_US : 0;
	h->is_confirmed = false;
	h->n = (uint16_t)answer.n;
	memcpy(h->octets, answer.p, answer.n);
	set_due(t, n, again ? s->in->mono.us + T1_US : h->end_us);
}

bool sw_txn_acknowledge(struct step *s)
{
	struct sw_txns *t = &s->e->txns;
	uint32_t n = find_held(s);
	struct held *h = sw_table_slot(&t->invites, n);

	if (!h)
		return false;
	if (!h->is_confirmed) { /* what else comes of it is absorbed for timer I */
		h->is_confirmed = true;
		h->again_us = 0;
		h->end_us = s->in->mono.us + (s->in->transport == SW_UDP ? T4_US : 0);
	}
	set_due(t, n, h->end_us);
	return true;
}

bool sw_txn_is_held(struct step *s)
{
	return find_held(s) != SW_TABLE_NONE;
}

bool sw_txn_is_confirmed(struct step *s)
{
	const struct held *h = sw_table_slot(&s->e->txns.invites, find_held(s));

	return h && h->is_confirmed;
}

/* Its time is over, or it is to be sent again: true for the latter. due_us of no slot is 0. */
static bool is_sent_again(struct sw_txns *t, uint32_t n, struct held *h, struct sw_mono now)
{
	if (now.us >= h->end_us) {
		sw_table_remove(&t->invites, n);
		t->due_us[n] = 0;
		return false;
	}
	if (h->again_us == 0) {
		t->due_us[n] = h->end_us;
		return false;
	}
	h->again_us = h->again_us >= T2_US / 2 ? T2_US : 2 * h->again_us;
	t->due_us[n] = now.us + h->again_us;
	if (t->due_us[n] > h->end_us)
		t->due_us[n] = h->end_us;
	return h->n <= SW_TXN_ANSWER;
}

struct sw_slice sw_txn_next(struct sw_txns *t, struct sw_mono now, char room[SW_ROOM],
			    struct sw_path *path)
{
	uint32_t high = t->next_us > 0 && now.us >= t->next_us ? sw_table_high(&t->invites) : 0;
	struct sw_slice out = { 0 };
	uint64_t next = UINT64_MAX;

	for (uint32_t n = 0; n < high; n++) {
		bool is_due = t->due_us[n] > 0 && now.us >= t->due_us[n];
		struct held *h = is_due && out.n == 0 ? sw_table_slot(&t->invites, n) : NULL;

		if (h && is_sent_again(t, n, h, now)) {
			memcpy(room, h->octets, h->n);
			out = (struct sw_slice){ room, h->n };
			*path = h->path;
		}
		if (t->due_us[n] > 0 && t->due_us[n] < next)
			next = t->due_us[n];
	}
	if (high > 0)
		t->next_us = next == UINT64_MAX ? 0 : next;
	return out;
}

void sw_txn_forget_paths(struct sw_txns *t)
{
	uint32_t high = t->invites.capacity > 0 ? sw_table_high(&t->invites) : 0;

	for (uint32_t n = 0; n < high; n++) {
		struct held *h = sw_table_slot(&t->invites, n);

		if (h)
			h->again_us = 0;
	}
}
