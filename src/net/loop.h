/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loop of one thread: descriptors that are watched, and a function for each. It has no timers
 * (net/wheel.h says how long a turn may wait) and reads nothing itself.
 */
#ifndef SIPWARD_LOOP_H
#define SIPWARD_LOOP_H

#include <sipward/slice.h>

#include <sys/epoll.h>

/* What is watched for and what is reported. GONE is always reported: hang-up or an error. */
#define SW_LOOP_IN   1u
#define SW_LOOP_OUT  2u
#define SW_LOOP_GONE 4u

typedef void (*sw_loop_fn)(void *arg, unsigned what);

/* One descriptor. Owner: the caller; stays where it is while it is watched. */
struct sw_watch {
	int fd;
	sw_loop_fn fn;
	void *arg;
};

#define SW_LOOP_READY 64 /* descriptors that one turn serves */

struct sw_loop {
	int fd;
	int ready, at; /* of this turn, and how far it is */
	struct epoll_event event[SW_LOOP_READY];
};

SW_MUST bool sw_loop_init(struct sw_loop *l);
void sw_loop_close(struct sw_loop *l);

/* Level-triggered. what may be 0: GONE alone. false: the kernel refuses the descriptor. */
SW_MUST bool sw_loop_add(struct sw_loop *l, struct sw_watch *w, unsigned what);
SW_MUST bool sw_loop_change(struct sw_loop *l, struct sw_watch *w, unsigned what);

/* Before the descriptor is closed. Its function is not called again, also not in this turn. */
void sw_loop_remove(struct sw_loop *l, struct sw_watch *w);

/*
 * Wait up to wait_ms (below 0: for ever) for something, then call the functions of all that is
 * ready once. They may add, change and remove any watch. No memory is allocated. A signal ends
 * the wait early.
 */
void sw_loop_turn(struct sw_loop *l, int wait_ms);

/* Its two halves, for who has something to do between them. Nothing is removed before serve. */
void sw_loop_wait(struct sw_loop *l, int wait_ms);
void sw_loop_serve(struct sw_loop *l);

#endif
