/* SPDX-License-Identifier: Apache-2.0 */
/* The run directory: made when it is missing, and locked so that one door runs in it. */
#ifndef SIPWARD_RUNDIR_H
#define SIPWARD_RUNDIR_H

#include "proc/why.h"

#define SW_RUNDIR_WAIT_MS 5000 /* for a door that is about to end */

/*
 * Make the directory (its last part only, 0755) if need be, look whether others could put
 * something into it, and lock DIR/lock, which then holds our pid; wait so long for who has it.
 * The lock lasts as long as *fd is open in any process.
 */
SW_MUST bool sw_rundir_lock(struct sw_slice dir, int64_t pid, unsigned wait_ms, int *fd,
			    struct sw_why *why);

#endif
