/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/proven.h"

struct sw_proven_cell {
	uint64_t hash; /* 0: never used */
	uint64_t at_us;
};

size_t sw_proven_size(uint32_t cells)
{
	return (size_t)cells * sizeof(struct sw_proven_cell);
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

static void write_cell(struct sw_proven *p, uint64_t hash, struct sw_mono now)
{
	p->cell[hash % p->cells] = (struct sw_proven_cell){ hash, now.us };
}

/* NULL also where libcrypto fails, which gives 0. */
static const struct sw_proven_cell *read_cell(const struct sw_proven *p, uint64_t hash)
{
	const struct sw_proven_cell *c = &p->cell[hash % p->cells];

	return hash != 0 && c->hash == hash ? c : NULL;
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
	const struct sw_proven_cell *c;

	if (p->cells == 0)
		return SW_KNOWN_NOT;
	/* A connection is not another one later: what it has shown holds until its end. */
	if (src->flow > 0 && read_cell(p, hash_of_flow(p, mac, src->flow)))
		return SW_KNOWN_FLOW;
	c = read_cell(p, hash_of_addr(p, mac, src));
	return c && now.us - c->at_us < (uint64_t)SW_PROVEN_S * SW_US_PER_S ? SW_KNOWN_ADDRESS
									    : SW_KNOWN_NOT;
}
