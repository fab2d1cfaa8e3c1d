/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a role comes into being: as a process that the parent forks, or as a thread (--single). Of a
 * process the parent keeps what it must have: a role leaves the signals that end and reload to the
 * parent, so that Ctrl-C in a terminal, which goes to all of them, drains in order; it has only
 * the descriptors that are named here; it dies with the parent.
 */
#ifndef SIPWARD_SPAWN_H
#define SIPWARD_SPAWN_H

#include "proc/role.h"
#include "proc/sandbox.h"
#include "proc/why.h"

#define SW_SPAWN_KEPT (3 * SW_BOARD_WORKERS + 16)

/* Owner: the caller; a thread needs it until it has ended. */
struct sw_spawn {
	int (*body)(void *arg); /* its whole life; gives its exit code */
	void *arg;
	void (*forget)(void *arg); /* process: wipe what this role must not know; or NULL */
	void *forget_arg;
	bool is_thread;
	int pair;                /* its end: closed here, and by a thread when its body ends */
	int kept[SW_SPAWN_KEPT]; /* process: descriptors that stay open beside 0, 1, 2 and pair */
	size_t kept_n;
	const char *program; /* execute this instead of body; kept are 4, 5, 6 … in their order */
};

/* For sw_load_setting.enter: the conf role, which the load forks. */
struct sw_spawn_conf {
	const struct sw_sandbox_setting *box;
	pid_t parent;
	void (*forget)(void *arg); /* wipe and unmap what it must not know; or NULL */
	void *arg;
};
SW_MUST bool sw_spawn_enter_conf(void *arg, int pair);

/* Set state, pid or thread of the role. false: the kernel refuses; *why. The pair is closed. */
SW_MUST bool sw_spawn(struct sw_role *role, struct sw_spawn *s, struct sw_why *why);

#endif
