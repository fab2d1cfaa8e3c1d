/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox: what a role gives away before it takes anything from outside. The layers, in the
 * order in which they are entered (obs/layer.def has their names):
 *
 *   no core file and no look into the process     proc/cores.h
 *   no new privileges
 *   the user `sipward`, no capability             proc/privileges.h
 *   Landlock: no file, no connection              proc/landlock.h
 *   seccomp: a short list of system calls         proc/seccomp.h, proc/syscall.def
 *
 * The hook stands in each role behind its start descriptors and before the first octet from
 * outside:
 *
 *   parent   sw_sandbox_look before it does anything else, and again when it knows what the
 *            configuration asks for; sw_sandbox_enter when its sockets, journals and log are open
 *            and before it starts a role that listens (conf is started before)
 *   others   sw_sandbox_enter as their first act, once the setting is there
 *
 * Before the hook: what opens files for itself, which are libraries at their first use: OpenSSL's
 * configuration (make an sw_hash), a terminal as log (admin), SQLite (sw_store_prepare_library).
 * The time zone and jansson are the hook's. After it: the role's memory, its loop (epoll_create1),
 * everything that comes by descriptor; the store opens its database. Threads are not made, no
 * program is started, and no descriptor is opened but by who may: see syscall.def.
 *
 * --single has no sandbox: its roles share one process, and what one of them may do all can.
 */
#ifndef SIPWARD_SANDBOX_H
#define SIPWARD_SANDBOX_H

#include "obs/layer.h"
#include "proc/privileges.h"

enum sw_sandbox_role {
	SW_BOX_NONE = 0,
	SW_BOX_PARENT,
	SW_BOX_CONF,
	SW_BOX_WORKER,
	SW_BOX_STORE,
	SW_BOX_ADMIN,
	SW_BOX_ROLES,
};

/* Made by the parent, handed to each role; outlives the hook. No pointer but directory. */
struct sw_sandbox_setting {
	bool is_off;      /* sandbox off */
	bool is_required; /* sandbox required: a layer that is missing is an error */
	struct sw_privileges who;
	pid_t parent;          /* who a role dies with; 0: nobody */
	const char *directory; /* store: where its database is, ends with NUL; NULL: in memory */
};

/* "worker" */
const char *sw_sandbox_name(enum sw_sandbox_role role);

/*
 * What this machine and this build have: the layers that a role (not the parent) would stand
 * behind. Enters nothing. For -vv, check --runtime and the parent.
 */
uint32_t sw_sandbox_look(const struct sw_privileges *who);

/* false: made for sanitizers or coverage, which need what the layers forbid; nothing is entered. */
bool sw_sandbox_is_built(void);

/* Is a layer missing in these? What, why and what to do, as the end of a sentence. */
bool sw_sandbox_is_short(uint32_t layers, struct sw_why *what);

/* Does root start the door, and there is no user for its roles? Likewise. */
bool sw_sandbox_is_root(const struct sw_privileges *who, struct sw_why *what);

/*
 * May the door start? false: `sandbox required`, and a layer is missing; *why names it. A user
 * that is not there is no such layer: status, check and the log say so, but root without a
 * capability, a file and most system calls can do no more than another user.
 */
SW_MUST bool sw_sandbox_may_start(const struct sw_sandbox_setting *setting, struct sw_why *why);

/*
 * Enter, for ever. *layers is what is active then, for the board. false: *why, and the process has
 * to end: a layer that is there could not be entered, or one is missing and required, or the
 * parent is gone.
 */
SW_MUST bool sw_sandbox_enter(const struct sw_sandbox_setting *setting, enum sw_sandbox_role role,
			      uint32_t *layers, struct sw_why *why);

#endif
