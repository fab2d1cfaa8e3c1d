/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a role that has died: how, with what, and when it is back. */
#ifndef SIPWARD_OBITUARY_H
#define SIPWARD_OBITUARY_H

#include "proc/role.h"

struct sw_obituary {
	const struct sw_role *role;
	const struct sw_board *board;
	pid_t pid;
	int status;          /* as waitpid says */
	unsigned stopped_ms; /* it was killed because it stood still so long; else 0 */
	bool is_running;     /* the door serves, and a successor comes after delay_ms */
	uint32_t delay_ms;
};

/* One sentence, ends with NUL: "worker 0 (pid 4711) was killed by SIGSEGV; …". */
void sw_obituary_write(const struct sw_obituary *o, char *out, size_t n);

#endif
