/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From "load again" to "all are on it", in two steps: every role builds the new stage beside the
 * one that it serves, and says whether it could; when all could, it counts, and all go over. If
 * one cannot, or not within 5 s, all forget it, the old one stays, and who asked and the log get
 * the reason. A role that dies meanwhile is no obstacle: its successor takes what counts then, and
 * after that what is prepared. One that does not go over within 30 s is ended for it.
 *
 * The first stage comes by the same way.
 */
#ifndef SIPWARD_RELOAD_H
#define SIPWARD_RELOAD_H

#include "proc/running.h"

/* Load again, or once more after what is under way. callers: how many of admin wait for it. */
void sw_reload_want(struct sw_running *r, uint32_t callers);

/* The first stage is in r->next: bring all to it. */
void sw_reload_begin(struct sw_running *r);

/* Once a turn: go on. */
void sw_reload_turn(struct sw_running *r);

/* Send each living role what it still lacks. */
void sw_reload_push(struct sw_running *r);

/* A role has answered what it was sent; *why is for UNABLE and REFUSES. */
void sw_reload_hear(struct sw_running *r, struct sw_role *role, const struct sw_ipc *m);

/* How long a turn may wait for it. */
int sw_reload_wait_ms(const struct sw_running *r, struct sw_mono now);

/* Nobody is to be brought anywhere any more. */
void sw_reload_end(struct sw_running *r);

/* The lines of a load, each behind the word what: into the log. */
void sw_reload_log(struct sw_running *r, const char *lines, const char *what);

#endif
