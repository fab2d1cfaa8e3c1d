/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/proven.h"

/* A cell: a mark of who it is (36 bits of the hash), and the second when it was shown. */
#define SECOND_BITS 28 /* eight years until they come round */
#define SECONDS     (((uint64_t)1 << SECOND_BITS) - 1)

size_t sw_proven_size(uint32_t cells)
{
	return (size_t)cells * sizeof(_Atomic uint64_t);
}

void sw_proven_init(struct sw_proven *p, void *memory, uint32_t cells, const struct sw_mac_key *key)
{
	*p = (struct sw_proven){ .cell = memory, .cells = cells, .key = *key };
}

static uint64_t hash_of_addr(const struct sw_proven *p, struct sw_mac *mac,
			     const struct sw_proven_source *src)
{
	bool is_web = src->transport == SW_WS || src->transport == SW_WSS;
	char text[3 + sizeof(src->addr->scope) + sizeof(src->addr->ip)];

	text[0] = 'a';
	text[1] = (char)src->addr->family;
	text[2] = is_web;
	memcpy(text + 3, &src->addr->scope, sizeof(src->addr->scope));
	memcpy(text + 3 + sizeof(src->addr->scope), src->addr->ip, sizeof(src->addr->ip));
	return sw_mac_u64(mac, &p->key, (struct sw_slice){ text, sizeof(text) });
}

static uint64_t hash_of_flow(const struct sw_proven *p, struct sw_mac *mac, uint64_t flow)
{
	char text[1 + sizeof(flow)] = "f";

	memcpy(text + 1, &flow, sizeof(flow));
	return sw_mac_u64(mac, &p->key, (struct sw_slice){ text, sizeof(text) });
}

/* Which cell a hash has, and its mark there: from either end of it. */
static _Atomic uint64_t *cell_of(const struct sw_proven *p, uint64_t hash)
{
	return &p->cell[(uint32_t)hash % p->cells];
}

static uint64_t second_of(struct sw_mono now)
{
	return now.us / SW_US_PER_S & SECONDS;
}

static void write_cell(struct sw_proven *p, uint64_t hash, struct sw_mono now)
{
	atomic_store_explicit(cell_of(p, hash), (hash & ~SECONDS) | second_of(now),
			      memory_order_relaxed);
}

/* Is this it? Then *age_s says for how long. Not where libcrypto fails, which gives 0. */
static bool read_cell(const struct sw_proven *p, uint64_t hash, struct sw_mono now, uint64_t *age_s)
{
	uint64_t word = atomic_load_explicit(cell_of(p, hash), memory_order_relaxed);

	*age_s = (second_of(now) - word) & SECONDS;
	return hash != 0 && word != 0 && (word & ~SECONDS) == (hash & ~SECONDS);
}

void sw_proven_note(struct sw_proven *p, struct sw_mac *mac, const struct sw_proven_source *src,
		    struct sw_mono now)
{
	if (p->cells == 0)
		return;
	write_cell(p, hash_of_addr(p, mac, src), now);
	if (src->flow > 0)
		write_cell(p, hash_of_flow(p, mac, src->flow), now);
}

enum sw_known sw_proven_find(const struct sw_proven *p, struct sw_mac *mac,
			     const struct sw_proven_source *src, struct sw_mono now)
{
	uint64_t age_s;

	if (p->cells == 0)
		return SW_KNOWN_NOT;
	/* A connection is not another one later: what it has shown holds until its end. */
	if (src->flow > 0 && read_cell(p, hash_of_flow(p, mac, src->flow), now, &age_s))
		return SW_KNOWN_FLOW;
	return read_cell(p, hash_of_addr(p, mac, src), now, &age_s) && age_s < SW_PROVEN_S
		       ? SW_KNOWN_ADDRESS
		       : SW_KNOWN_NOT;
}
