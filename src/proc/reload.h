/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reload: load again, and let the roles go over to what was loaded. Until all have, the old
 * stage stays; any error leaves it as it is, and the caller and the log get the text. A role that
 * cannot go over, or not in time, makes the other one come back.
 */
#ifndef SIPWARD_RELOAD_H
#define SIPWARD_RELOAD_H

#include "proc/running.h"

/* The roles were offered r->now: see sw_reload_look. Admin is not heard meanwhile. */
void sw_reload_begin(struct sw_running *r);

enum sw_taking {
	SW_TAKING,        /* not yet */
	SW_TAKING_DONE,   /* all are on it; admin is heard again */
	SW_TAKING_FAILED, /* one is not and will not be, or not within 5 s; that is said once */
};

enum sw_taking sw_reload_look(struct sw_running *r);

/* Reload now. has_caller: admin waits for the answer. Only while r->phase is RUNNING. */
void sw_reload_start(struct sw_running *r, bool has_caller);

/* What follows on DONE and FAILED of a reload: the answer, or first the way back. */
void sw_reload_finish(struct sw_running *r);
void sw_reload_go_back(struct sw_running *r);

/* Warnings of the load into the log, each behind the word what. They are forgotten then. */
void sw_reload_log_warnings(struct sw_running *r, const char *what);

#endif
