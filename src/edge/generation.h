/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A generation as one worker has it: its own copy of the configuration with what it needs to serve
 * that. Prepared beside the one that is served, and used between two batches.
 */
#ifndef SIPWARD_GENERATION_H
#define SIPWARD_GENERATION_H

#include "conf/conf.h"
#include "net/loop.h"
#include "obs/metric.h"
#include "sip/users.h"

struct sw_worker;

/*
 * How a role makes its configuration of a document, which stays the caller's; below 0: there is
 * none. NULL: no memory for it, or it is none.
 */
struct sw_conf_maker {
	struct sw_conf *(*make)(void *arg, int document);
	void *arg;
};

/* A listener of a generation, and the worker's own socket for it. */
struct sw_port {
	struct sw_watch watch;
	struct sw_worker *worker;
	const struct sw_listener *listener;
	uint32_t number; /* index of the listener */
	bool is_any;     /* bound to every address of its family: answers must name theirs */
	bool is_served;  /* its generation is in use */
};

struct sw_generation {
	uint32_t number; /* 1 for the first */
	struct sw_wall since;
	struct sw_conf *conf;
	void *users_memory; /* pages of its own: hashes go back to the kernel with them */
	size_t users_n;
	struct sw_users users;
	uint32_t connections; /* that may be open at once */
	int *fd;              /* one bound socket per policy listener, same order; -1 not yet */
	struct sw_port *port; /* likewise */
	struct sw_metric_map counts;
	uint32_t *successor; /* of each listener: its index in the next one */
};

/*
 * Make one from a configuration, which it owns from then on; seed is the one that the engine got.
 * NULL when memory or libcrypto fail: the configuration stays the caller's.
 */
struct sw_generation *sw_generation_new(struct sw_conf *conf, uint32_t number, struct sw_wall since,
					const uint8_t seed[SW_SEED_LEN]);

/* With its sockets. NULL is nothing. */
void sw_generation_free(struct sw_generation *g);

#endif
