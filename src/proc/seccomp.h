/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system calls of a role: a list (proc/syscall.def), and the end of the process for every
 * other one, for those of foreign machines (x32, 32 bits), and for calls of the list with other
 * arguments than a role has use for.
 */
#ifndef SIPWARD_SECCOMP_H
#define SIPWARD_SECCOMP_H

#include "proc/sandbox.h"

/* Does the kernel have what the filter needs: filters, and the end of the whole process? */
bool sw_seccomp_is_there(void);

/*
 * From now on, for all threads of the process; wants no_new_privs. Roles with a list: conf,
 * worker, store, admin. false: *why.
 */
SW_MUST bool sw_seccomp_enter(enum sw_sandbox_role role, struct sw_why *why);

/* Row i of the list, for tests and documents; false: there are no more. */
struct sw_seccomp_row {
	const char *name, *reason;
	unsigned roles; /* 1 << enum sw_sandbox_role */
	bool is_narrow; /* with some arguments only */
};
SW_MUST bool sw_seccomp_row(size_t i, struct sw_seccomp_row *out);

#endif
