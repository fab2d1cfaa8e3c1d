/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent: it lets the configuration be loaded, opens every socket and file, starts the roles
 * (role.h), and then waits for signals, for what roles say, and for their ends. It parses nothing.
 *
 * HUP reloads, TERM and INT end (a second one at once), USR1 opens the log again.
 */
#ifndef SIPWARD_PARENT_H
#define SIPWARD_PARENT_H

#include "proc/load.h"

struct sw_admin_start;

/* Outlives the run. */
struct sw_parent_setting {
	struct sw_load_setting load; /* what, and how; the rest is the parent's */
	bool is_quiet;  /* warnings of the configuration are not printed at the start */
	bool is_single; /* the roles are threads of this process */
	int (*admin)(const struct sw_admin_start *start); /* single: the body of admin */
	void (*ready)(void *arg);                         /* all is open and served; or NULL */
	void *arg;
};

enum sw_parent_end {
	SW_PARENT_DONE = 0, /* it was asked to end */
	SW_PARENT_FAILED,   /* a sentence stands on standard error */
	SW_PARENT_CONF,     /* the configuration was refused; standard error says why */
};

/* Run until the end. Once per process: it blocks signals and starts processes or threads. */
SW_MUST enum sw_parent_end sw_parent_run(const struct sw_parent_setting *setting);

/* For the files of the parent alone. */
struct sw_running;
struct sw_role;
void sw_parent_on_role(void *arg, unsigned what); /* a pair has something; arg: its role */
void sw_parent_hear(struct sw_running *r, struct sw_role *role); /* some of what it has said */

#endif
