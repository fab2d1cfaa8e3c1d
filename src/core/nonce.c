/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/nonce.h>

#include "base/addr.h"
#include "base/b64.h"
#include "base/mac.h"
#include "base/secret.h"
#include "base/time.h"

#define VERSION    1
#define TICKS      16 /* a second */
#define SIGNED     16
#define PROOF_HALF 8

/* What a proof is over, beside the signed octets. */
struct proof {
	uint8_t class;
	uint8_t net[SW_ADDR_NET];
};

uint32_t sw_nonce_tick(const struct sw_mono *now)
{
	return (uint32_t)(now->us / (SW_US_PER_S / TICKS));
}

/* Both halves: "ours" over everything but the network, "here" over everything. */
static bool prove(const struct sw_nonce_maker *m, const struct sw_nonce_bind *bind,
		  const uint8_t head[SIGNED], uint8_t out[2 * PROOF_HALF])
{
	struct proof p = { .class = (uint8_t)bind->class };
	uint8_t ours[SW_MAC_LEN], here[SW_MAC_LEN];

	sw_addr_net(bind->src, p.net);
	struct sw_slice part[] = {
		{ (const char *)head, SIGNED },
		{ (const char *)&p.class, 1 },
		{ (const char *)p.net, sizeof(p.net) },
		bind->realm,
	};
	struct sw_slice no_net[] = { part[0], part[1], part[3] };

	if (!sw_mac_parts(m->mac, m->key, no_net, SW_ARRAY_LEN(no_net), ours) ||
	    !sw_mac_parts(m->mac, m->key, part, SW_ARRAY_LEN(part), here))
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

	nonce[0] = VERSION << 4;
	nonce[1] = (uint8_t)algs;
	put_u16(nonce + 2, m->boot);
	put_u32(nonce + 4, sw_nonce_tick(now));
	memcpy(nonce + 8, &random, sizeof(random));
	if (!prove(m, bind, nonce, nonce + SIGNED))
		return false;
	sw_b64_write(&b, nonce, sizeof(nonce));
	return sw_buf_ok(&b);
}

enum sw_reason sw_nonce_check(const struct sw_nonce_maker *m, const struct sw_nonce_bind *bind,
			      const struct sw_mono *now, struct sw_slice text, struct sw_nonce *out)
{
	uint8_t nonce[SW_NONCE_LEN], proof[2 * PROOF_HALF];
	struct sw_nonce n = { 0 };

	if (!sw_b64_parse(text, nonce, sizeof(nonce)) || nonce[0] != VERSION << 4)
		return SW_R_DIGEST_NONCE_FORGED;
	if (!prove(m, bind, nonce, proof))
		return SW_R_DIGEST_NONCE_FORGED;
	if (!sw_secret_eq(proof, nonce + SIGNED, PROOF_HALF))
		return SW_R_DIGEST_NONCE_FORGED;
	memcpy(n.octets, nonce, sizeof(n.octets));
	n.algs = nonce[1];
	n.other_boot = (nonce[2] << 8 | nonce[3]) != m->boot;
	n.issued = get_u32(nonce + 4);
	n.age_s = age_s(sw_nonce_tick(now), n.issued);
	*out = n;
	if (n.other_boot || n.age_s >= m->life_s)
		return SW_R_DIGEST_STALE;
	if (!sw_secret_eq(proof + PROOF_HALF, nonce + SIGNED + PROOF_HALF, PROOF_HALF))
		return SW_R_DIGEST_NONCE_SOURCE;
	return SW_OK;
}
