/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one door has for itself: the lock of its run directory and its control socket. A demo has
 * no run directory; the socket alone is its claim.
 */
#ifndef SIPWARD_CLAIM_H
#define SIPWARD_CLAIM_H

#include "proc/facts.h"
#include "proc/privileges.h"
#include "proc/sockfile.h"

/* Owner: the caller. */
struct sw_claim {
	int lock_fd;
	struct sw_sockfile control;
};

/* Nothing yet; dropping it does nothing. */
void sw_claim_init(struct sw_claim *c);

/*
 * Waits up to 5 s for a door that ends. Whoever is in the group of the roles' user may talk to the
 * door, but for a demo. Before there are threads: see sw_sockfile_open.
 */
SW_MUST bool sw_claim_take(struct sw_claim *c, const struct sw_facts *facts,
			   const struct sw_privileges *who, struct sw_why *why);

/*
 * The socket first, then the lock: who finds no socket any more, or waits for the lock, finds
 * neither. So nothing else that a next door needs may be open by then.
 */
void sw_claim_drop(struct sw_claim *c);

#endif
