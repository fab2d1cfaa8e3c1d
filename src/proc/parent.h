/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent: it loads the configuration, opens every socket, starts the roles, and then waits
 * for signals and for admin. It parses nothing that a peer sent.
 *
 * HUP reloads, TERM and INT end (a second one at once), USR1 opens the log again.
 */
#ifndef SIPWARD_PARENT_H
#define SIPWARD_PARENT_H

#include "proc/stage.h"

/* Outlives the run. */
struct sw_parent_setting {
	struct sw_stage_source source;
	bool is_quiet; /* warnings of the configuration are not printed at the start */
	void (*ready)(void *arg, const struct sw_conf *conf); /* all is open and served; or NULL */
	void *arg;
};

enum sw_parent_end {
	SW_PARENT_DONE = 0, /* it was asked to end */
	SW_PARENT_FAILED,   /* a sentence stands on standard error */
	SW_PARENT_CONF,     /* the configuration was refused; standard error says why */
};

/* Run until the end. Once per process: it blocks signals and starts threads. */
SW_MUST enum sw_parent_end sw_parent_run(const struct sw_parent_setting *setting);

#endif
