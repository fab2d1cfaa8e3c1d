/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of a generation: for each listener one for each worker, which the kernel spreads
 * what comes over by its source. The parent keeps them for ever: what waits in one is taken by the
 * worker's successor, and a listener that was there before keeps its sockets over a reload.
 */
#ifndef SIPWARD_SOCKETS_H
#define SIPWARD_SOCKETS_H

#include "proc/facts.h"

/* Owner: the caller. Zeroed: none. */
struct sw_sockets {
	uint32_t workers, listeners;
	int *fd; /* those of the first listener by worker, then those of the second … */
};

static inline int sw_sockets_of(const struct sw_sockets *s, uint32_t listener, uint32_t worker)
{
	return s->fd[listener * s->workers + worker];
}

/*
 * Those of these facts: from old (NULL: there are none) with its facts where transport and address
 * are the same, else newly opened. All or nothing; *why names the address and, where it can be
 * seen, who has it.
 */
SW_MUST bool sw_sockets_open(struct sw_sockets *s, const struct sw_facts *facts, uint32_t workers,
			     const struct sw_sockets *old, const struct sw_facts *old_facts,
			     struct sw_why *why);

/* The one that `admin ADDR:PORT` names; facts->admin has a port. Likewise. */
SW_MUST bool sw_sockets_open_admin(const struct sw_facts *facts, int *fd, struct sw_why *why);

/* Close those that `kept` (NULL: nobody) does not have, and free s. */
void sw_sockets_close(struct sw_sockets *s, const struct sw_sockets *kept);

/* The smallest receive buffer of UDP sockets, in octets; UINT32_MAX: there are none. */
uint32_t sw_sockets_room(const struct sw_sockets *s, const struct sw_facts *facts);

/* Does something wait in a socket of this worker? */
bool sw_sockets_wait(const struct sw_sockets *s, uint32_t worker);

#endif
