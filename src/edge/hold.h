/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers that wait until what they promise outlives a loss of power: first in, first out, bounded
 * in number and octets. What they wait for is a number that grows (edge/save.h).
 */
#ifndef SIPWARD_HOLD_H
#define SIPWARD_HOLD_H

#include <sipward/engine.h>

#define SW_HOLD_MAX    4096                      /* answers */
#define SW_HOLD_OCTETS ((size_t)4 * 1024 * 1024) /* of all */

struct sw_held {
	struct sw_path path;
	uint64_t until;         /* it may go when the number is not below */
	struct sw_slice octets; /* in the hold */
};

/* Owner: the worker. Zeroed: there is no room. */
struct sw_hold {
	struct sw_held *held; /* a ring */
	char *octets;         /* likewise; none of them goes over its end */
	uint32_t first, n;
	size_t free_at; /* where the next one goes */
};

SW_MUST bool sw_hold_init(struct sw_hold *h); /* false: no memory */
void sw_hold_free(struct sw_hold *h);

/* Is there room for any answer? */
bool sw_hold_takes(const struct sw_hold *h);

/* Keep a copy. until is not below that of the last one. false: there is no room. */
SW_MUST bool sw_hold_put(struct sw_hold *h, const struct sw_path *path, struct sw_slice octets,
			 uint64_t until);

/* The i-th that waits, the oldest is 0; NULL: there are not so many. */
const struct sw_held *sw_hold_at(const struct sw_hold *h, uint32_t i);
void sw_hold_drop(struct sw_hold *h, uint32_t n); /* the n oldest */

/* What can never go, because its number was not reached: the youngest, with a higher one. */
uint32_t sw_hold_cut(struct sw_hold *h, uint64_t above); /* gives how many */

#endif
