/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/generation.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret.h"

static bool make_users(struct sw_generation *g)
{
	size_t n = sw_users_size(&g->conf->policy);
	void *memory = mmap(NULL, n, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (memory == MAP_FAILED)
		return false;
	g->users_memory = memory;
	g->users_n = n;
	return true;
}

static bool index_users(struct sw_generation *g, const uint8_t seed[SW_SEED_LEN])
{
	const struct sw_policy *policy = &g->conf->policy;
	struct sw_mac *mac = sw_mac_new();
	struct sw_mac_key key;
	bool ok;

	ok = mac && make_users(g) && sw_mac_derive(seed, SW_LIT("users"), &key) &&
	     sw_users_init(&g->users, policy, g->users_memory, mac, &key);
	sw_secret_wipe(&key, sizeof(key));
	sw_mac_free(mac);
	return ok;
}

static bool make_ports(struct sw_generation *g)
{
	const struct sw_policy *policy = &g->conf->policy;

	g->fd = calloc(policy->listeners + 1, sizeof(*g->fd));
	g->port = calloc(policy->listeners + 1, sizeof(*g->port));
	g->successor = calloc(policy->listeners + 1, sizeof(*g->successor));
	if (!g->fd || !g->port || !g->successor)
		return false;
	for (size_t i = 0; i < policy->listeners; i++) {
		g->fd[i] = -1;
		g->port[i].listener = &policy->listener[i];
		g->port[i].number = (uint32_t)i;
		g->port[i].is_any = sw_addr_is_any(&policy->listener[i].addr);
	}
	return true;
}

struct sw_generation *sw_generation_new(struct sw_conf *conf, uint32_t number, struct sw_wall since,
					const uint8_t seed[SW_SEED_LEN])
{
	struct sw_generation *g = calloc(1, sizeof(*g));

	if (!g)
		return NULL;
	g->number = number;
	g->since = since;
	g->conf = conf;
	if (!index_users(g, seed) || !make_ports(g) ||
	    !sw_metric_map_init(&g->counts, &conf->policy)) {
		g->conf = NULL;
		sw_generation_free(g);
		return NULL;
	}
	return g;
}

static void close_sockets(struct sw_generation *g)
{
	for (size_t i = 0; g->fd && g->conf && i < g->conf->policy.listeners; i++)
		if (g->fd[i] >= 0)
			close(g->fd[i]);
}

void sw_generation_free(struct sw_generation *g)
{
	if (!g)
		return;
	close_sockets(g);
	if (g->conf)
		sw_conf_free(g->conf);
	sw_metric_map_free(&g->counts);
	if (g->users_memory)
		munmap(g->users_memory, g->users_n);
	free(g->fd);
	free(g->port);
	free(g->successor);
	sw_secret_wipe(&g->users, sizeof(g->users));
	free(g);
}
