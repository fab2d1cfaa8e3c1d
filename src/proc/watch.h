/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lives of the roles. A role that stands still is killed: a worker after 1 s while something
 * waits for it and after 3 s at all, admin after 5 s, the store after 10 s. One that has died, for
 * whatever reason, has its event, and a successor: at once, or after three deaths in 10 s with a
 * delay that grows to 5 s. One that holds a part of a table and does not move is killed after 1 s,
 * whatever it is.
 *
 * Threads (--single) are not killed and have no successors: one that ends by itself ends the door.
 */
#ifndef SIPWARD_WATCH_H
#define SIPWARD_WATCH_H

#include "proc/running.h"

/* The pair of a role is closed: it is on its way out. */
void sw_watch_gone(struct sw_running *r, struct sw_role *role);

/* A process has ended: see which. */
void sw_watch_reap(struct sw_running *r);

/* Once a turn: look when it is time, and let successors begin that are due. */
void sw_watch_turn(struct sw_running *r, struct sw_mono now);
int sw_watch_wait_ms(const struct sw_running *r, struct sw_mono now);

/* It serves: if it is a successor, the log hears that it is back. */
void sw_watch_back(struct sw_running *r, struct sw_role *role);

/* It cannot even have the generation that counts. */
void sw_watch_unable(struct sw_running *r, struct sw_role *role, struct sw_slice why);

/* The end of all of them, at once; until none is left. */
void sw_watch_kill(struct sw_running *r);

#endif
