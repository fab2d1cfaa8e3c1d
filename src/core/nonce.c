/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/nonce.h>

#include "base/addr.h"
#include "base/b64.h"
#include "base/secret.h"

#define VERSION    1
#define TICKS      16 /* a second */
#define SIGNED     16
#define PROOF_HALF 8

#define KEY_ID 0x0f

/* What a proof is over, beside the signed octets and the realm. */
struct proof {
	uint8_t class;
	uint8_t net[SW_ADDR_NET];
	uint8_t boot[8];
};

/* Days of the wall clock, also before 1970: that is where a dead clock battery leaves us. */
static int64_t day_of(struct sw_wall now)
{
	int64_t s = sw_wall_s(now);

	return s / SW_NONCE_KEY_S - (s % SW_NONCE_KEY_S < 0);
}

static bool derive(const uint8_t seed[SW_SEED_LEN], int64_t day, struct sw_nonce_key *out)
{
	static const struct sw_slice what = SW_INIT("sipward nonce ");
	char label[32];
	struct sw_buf b = sw_buf_over(label, sizeof(label));

	sw_buf_put(&b, what);
	for (unsigned i = 0; i < 8; i++)
		sw_buf_char(&b, (char)((uint64_t)day >> (56 - 8 * i)));
	out->day = day;
	return sw_mac_derive(seed, sw_buf_slice(&b), &out->key);
}

bool sw_nonce_keys_init(struct sw_nonce_keys *k, const uint8_t seed[SW_SEED_LEN],
			struct sw_wall now)
{
	int64_t day = day_of(now);

	return derive(seed, day, &k->now) && derive(seed, day - 1, &k->before) &&
	       derive(seed, day + 1, &k->next);
}

bool sw_nonce_keys_turn(struct sw_nonce_keys *k, const uint8_t seed[SW_SEED_LEN],
			struct sw_wall now)
{
	int64_t day = day_of(now);
	struct sw_nonce_keys turned;

	if (day == k->now.day)
		return true;
	bool ok = derive(seed, day, &turned.now) && derive(seed, day + 1, &turned.next);

	turned.before = k->now; /* whatever day it was: its nonces are minutes old */
	if (ok)
		*k = turned;
	sw_secret_wipe(&turned, sizeof(turned));
	return ok;
}

/* The key with this id, or NULL; the one that signs before the others. */
static const struct sw_mac_key *key_of(const struct sw_nonce_keys *k, uint8_t head)
{
	const struct sw_nonce_key *list[] = { &k->now, &k->before, &k->next };

	for (size_t i = 0; i < SW_ARRAY_LEN(list); i++)
		if (((uint8_t)list[i]->day & KEY_ID) == (head & KEY_ID))
			return &list[i]->key;
	return NULL;
}

uint32_t sw_nonce_tick(const struct sw_mono *now)
{
	return (uint32_t)(now->us / (SW_US_PER_S / TICKS));
}

/* Both halves: "ours" over what an earlier start knows too, "here" over everything. */
static bool prove(const struct sw_nonce_maker *m, const struct sw_mac_key *key,
		  const struct sw_nonce_bind *bind, const uint8_t head[SIGNED],
		  uint8_t out[2 * PROOF_HALF])
{
	struct proof p = { .class = (uint8_t)bind->class };
	uint8_t ours[SW_MAC_LEN], here[SW_MAC_LEN];

	sw_addr_net(bind->src, p.net);
	for (unsigned i = 0; i < sizeof(p.boot); i++)
		p.boot[i] = (uint8_t)(m->boot >> 8 * i);
	struct sw_slice part[] = {
		{ (const char *)head, SIGNED },
		{ (const char *)&p, sizeof(p) },
		bind->realm,
	};
	struct sw_slice lasting[] = { part[0], { (const char *)&p.class, 1 }, part[2] };

	if (!sw_mac_parts(m->mac, key, lasting, SW_ARRAY_LEN(lasting), ours) ||
	    !sw_mac_parts(m->mac, key, part, SW_ARRAY_LEN(part), here))
		return false;
	memcpy(out, ours, PROOF_HALF);
	memcpy(out + PROOF_HALF, here, PROOF_HALF);
	return true;
}

static void put_u16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static void put_u32(uint8_t *p, uint32_t v)
{
	put_u16(p, (uint16_t)(v >> 16));
	put_u16(p + 2, (uint16_t)v);
}

static uint32_t get_u32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Modulo 2^32 ticks; another worker may have read its clock a moment after ours, one tick on. */
static uint32_t age_s(uint32_t now, uint32_t issued)
{
	uint32_t ahead = issued - now;

	return ahead == 1 ? 0 : (now - issued) / TICKS;
}

bool sw_nonce_make(const struct sw_nonce_maker *m, const struct sw_nonce_bind *bind,
		   const struct sw_mono *now, unsigned algs, uint64_t random,
		   char out[SW_NONCE_TEXT])
{
	uint8_t nonce[SW_NONCE_LEN];
	struct sw_buf b = sw_buf_over(out, SW_NONCE_TEXT);

	nonce[0] = (uint8_t)(VERSION << 4 | (m->keys->now.day & KEY_ID));
	nonce[1] = (uint8_t)algs;
	put_u16(nonce + 2, (uint16_t)m->boot);
	put_u32(nonce + 4, sw_nonce_tick(now));
	memcpy(nonce + 8, &random, sizeof(random));
	if (!prove(m, &m->keys->now.key, bind, nonce, nonce + SIGNED))
		return false;
	sw_b64_write(&b, nonce, sizeof(nonce));
	return sw_buf_ok(&b);
}

enum sw_reason sw_nonce_check(const struct sw_nonce_maker *m, const struct sw_nonce_bind *bind,
			      const struct sw_mono *now, struct sw_slice text, struct sw_nonce *out)
{
	uint8_t nonce[SW_NONCE_LEN], proof[2 * PROOF_HALF];
	struct sw_nonce n = { 0 };

	if (!sw_b64_parse(text, nonce, sizeof(nonce)) || nonce[0] >> 4 != VERSION)
		return SW_R_DIGEST_NONCE_FORGED;
	const struct sw_mac_key *key = key_of(m->keys, nonce[0]);

	if (!key || !prove(m, key, bind, nonce, proof))
		return SW_R_DIGEST_NONCE_FORGED;
	if (!sw_secret_eq(proof, nonce + SIGNED, PROOF_HALF))
		return SW_R_DIGEST_NONCE_FORGED;
	memcpy(n.octets, nonce, sizeof(n.octets));
	n.algs = nonce[1];
	memcpy(&n.random, nonce + 8, sizeof(n.random));
	n.issued = get_u32(nonce + 4);
	n.age_s = age_s(sw_nonce_tick(now), n.issued);
	*out = n;
	if ((nonce[2] << 8 | nonce[3]) != (uint16_t)m->boot || n.age_s >= m->life_s)
		return SW_R_DIGEST_STALE;
	if (!sw_secret_eq(proof + PROOF_HALF, nonce + SIGNED + PROOF_HALF, PROOF_HALF))
		return SW_R_DIGEST_NONCE_SOURCE;
	return SW_OK;
}
