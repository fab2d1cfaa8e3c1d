/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sockets of a generation: a listener that was there before keeps its socket, so nothing that
 * waits in it is lost by a reload.
 */
#ifndef SIPWARD_SOCKETS_H
#define SIPWARD_SOCKETS_H

#include "edge/generation.h"
#include "proc/why.h"

/*
 * Fill g->fd: from old (NULL: there is none) where transport and address are the same, else newly
 * opened. All or nothing; *why names the address and, where it can be seen, who has it.
 */
SW_MUST bool sw_sockets_open(struct sw_generation *g, const struct sw_generation *old,
			     struct sw_why *why);

/* Close those of g that `kept` (NULL: nobody) does not have. g must not be served any more. */
void sw_sockets_close(const struct sw_generation *g, const struct sw_generation *kept);

#endif
