/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generation: one loaded configuration with what the worker needs to serve it. Made by the
 * parent, handed to the worker between two batches, freed when every role has left it.
 */
#ifndef SIPWARD_GENERATION_H
#define SIPWARD_GENERATION_H

#include "conf/conf.h"
#include "net/loop.h"
#include "obs/metric.h"
#include "sip/users.h"

struct sw_worker;

/* A listener while it is served; belongs to the worker from the hand-over on. */
struct sw_port {
	struct sw_watch watch;
	struct sw_worker *worker;
	const struct sw_listener *listener;
	uint32_t number; /* index of the listener */
	bool is_any;     /* bound to every address of its family: answers must name theirs */
};

struct sw_generation {
	uint32_t number; /* 1 for the first */
	struct sw_wall since;
	struct sw_conf *conf;
	void *users_memory;
	struct sw_users users;
	int *fd;              /* one bound socket per policy listener, same order; -1 not yet */
	struct sw_port *port; /* likewise */
	struct sw_metric_map counts; /* the worker's */
	uint32_t *successor;         /* likewise: its index in the next one; the worker's */
};

/*
 * Make one from a configuration, which it owns from then on; seed is the one that the engine got.
 * NULL when memory or libcrypto fail: the configuration stays the caller's.
 */
struct sw_generation *sw_generation_new(struct sw_conf *conf, uint32_t number, struct sw_wall since,
					const uint8_t seed[SW_SEED_LEN]);

/* Everything but its sockets, which may serve the next one. NULL is nothing. */
void sw_generation_free(struct sw_generation *g);

#endif
