/* SPDX-License-Identifier: Apache-2.0 */
#include "net/crowd.h"

#include <stdlib.h>

struct sw_crowd {
	struct sw_mac *mac;
	struct sw_mac_key key;
	uint32_t count[SW_CROWD_CELLS];
	struct sw_crowd_place *newest[SW_CROWD_CELLS], *oldest[SW_CROWD_CELLS];
	struct sw_holder holder[SW_CROWD_CELLS];
};

struct sw_crowd *sw_crowd_new(const uint8_t seed[SW_SEED_LEN], bool is_proven)
{
	struct sw_crowd *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	for (size_t i = 0; i < SW_CROWD_CELLS; i++)
		c->holder[i].is_proven = is_proven;
	c->mac = sw_mac_new();
	if (c->mac && sw_mac_derive(seed, SW_LIT("crowd"), &c->key))
		return c;
	sw_crowd_free(c);
	return NULL;
}

void sw_crowd_free(struct sw_crowd *c)
{
	if (!c)
		return;
	sw_mac_free(c->mac);
	free(c);
}

uint32_t sw_crowd_cell(const struct sw_crowd *c, struct sw_slice name)
{
	return (uint32_t)(sw_mac_u64(c->mac, &c->key, name) % SW_CROWD_CELLS);
}

uint32_t sw_crowd_cell_of_source(const struct sw_crowd *c, const struct sw_addr *src)
{
	char network[9];

	network[0] = (char)src->family;
	memcpy(network + 1, src->ip, 8); /* IPv4: its four octets, then zeros */
	return sw_crowd_cell(c, (struct sw_slice){ network, sizeof(network) });
}

struct sw_holder *sw_crowd_holder(struct sw_crowd *c, uint32_t cell)
{
	return &c->holder[cell];
}

uint32_t sw_crowd_count(const struct sw_crowd *c, uint32_t cell)
{
	return c->count[cell];
}

void sw_crowd_enter(struct sw_crowd *c, struct sw_crowd_place *p, uint32_t cell)
{
	sw_crowd_leave(c, p);
	*p = (struct sw_crowd_place){ .older = c->newest[cell], .cell = cell, .is_taken = true };
	if (p->older)
		p->older->newer = p;
	else
		c->oldest[cell] = p;
	c->newest[cell] = p;
	c->count[cell]++;
}

void sw_crowd_leave(struct sw_crowd *c, struct sw_crowd_place *p)
{
	if (!p->is_taken)
		return;
	if (p->newer)
		p->newer->older = p->older;
	else
		c->newest[p->cell] = p->older;
	if (p->older)
		p->older->newer = p->newer;
	else
		c->oldest[p->cell] = p->newer;
	c->count[p->cell]--;
	*p = (struct sw_crowd_place){ 0 };
}

struct sw_crowd_place *sw_crowd_newest(const struct sw_crowd *c, uint32_t cell)
{
	return c->newest[cell];
}

struct sw_crowd_place *sw_crowd_oldest(const struct sw_crowd *c, uint32_t cell)
{
	return c->oldest[cell];
}

uint32_t sw_crowd_fullest(const struct sw_crowd *c)
{
	uint32_t most = 0;

	for (uint32_t i = 1; i < SW_CROWD_CELLS; i++)
		if (c->count[i] > c->count[most])
			most = i;
	return most;
}
