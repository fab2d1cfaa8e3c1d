/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roles of the daemon as threads of one process, and what lies between them: tables, the ring
 * of events, counters, hand-over cells, and the socket pair to admin. It starts and stops them;
 * what they work on comes from the parent.
 */
#ifndef SIPWARD_ROLES_H
#define SIPWARD_ROLES_H

#include <pthread.h>

#include "admin/admin.h"
#include "edge/worker.h"
#include "proc/store_role.h"
#include "proc/why.h"

#define SW_ROLES_BINDINGS 100000 /* capacities; memory is touched only as it fills */
#define SW_ROLES_NONCES   100000
#define SW_ROLES_REQUESTS 32768  /* finished ones of the last 32 s: 1,000 a second */
#define SW_ROLES_INVITES  512    /* refused ones that wait for their ACK */
#define SW_ROLES_SOURCES  131072 /* that have proven something: two for a connection */

/* Bits of what has ended. */
#define SW_ROLE_WORKER 1u
#define SW_ROLE_ADMIN  2u
#define SW_ROLE_STORE  4u

/* Owner: the caller; it stays where it is. */
struct sw_roles {
	struct sw_worker *worker;
	struct sw_worker_start worker_start; /* until the worker is made; wiped then */
	struct sw_store_role *store;
	struct sw_admin_start admin;
	struct sw_handover worker_cell, admin_cell;
	int admin_fd; /* our end of the socket pair */
	int ended_fd; /* eventfd: a role has ended */
	int wake_fd;
	_Atomic unsigned ended; /* set of SW_ROLE_ */
	pthread_t worker_thread, admin_thread, store_thread;
	unsigned started; /* set */
};

/* Names of a set: "the worker", "the worker and the admin role". */
const char *sw_roles_name(unsigned set);

/*
 * Make all that lies between them, and the store role, which loads its users; no thread yet. The
 * store is its own from here on. Also after a failure sw_roles_free gives it all back.
 */
SW_MUST bool sw_roles_init(struct sw_roles *r, const uint8_t seed[SW_SEED_LEN],
			   struct sw_store *store, struct sw_why *why);

/* Make the worker with its first generation, and load the bindings. */
SW_MUST bool sw_roles_make_worker(struct sw_roles *r, struct sw_generation *first,
				  struct sw_why *why);

/* Start the threads. admin's first generation is offered before. control_fd is admin's now. */
SW_MUST bool sw_roles_start(struct sw_roles *r, int control_fd,
			    const struct sw_admin_generation *first, struct sw_why *why);

/* Offer another generation to those that are not on it yet; admin then has to be told of it. */
void sw_roles_offer(struct sw_roles *r, const struct sw_generation *g,
		    const struct sw_admin_generation *a);

/* false: admin's socket is full; tell it again later. */
SW_MUST bool sw_roles_tell(struct sw_roles *r, uint32_t number);

/* Set: who has not answered what was offered. Only when all have may a generation go. */
unsigned sw_roles_unanswered(struct sw_roles *r);

/* Set: who is not on this generation. */
unsigned sw_roles_missing(struct sw_roles *r, uint32_t number);

unsigned sw_roles_ended(struct sw_roles *r);

/* Ask them to end; ended_fd tells when they have. */
void sw_roles_stop_worker(struct sw_roles *r);
void sw_roles_stop_store(struct sw_roles *r); /* after the worker: it writes what that left */
void sw_roles_stop_admin(struct sw_roles *r);

/* Wait for the threads that were asked to end. */
void sw_roles_join(struct sw_roles *r);

/* When no thread runs: all that was made. Zeroed is nothing. */
void sw_roles_free(struct sw_roles *r);

#endif
