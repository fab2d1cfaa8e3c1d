/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets on their way to the peer of a connection. What the kernel does not take at once waits in
 * a buffer, in its order, up to a bound; for how long is the owner's business.
 */
#ifndef SIPWARD_OUTBOX_H
#define SIPWARD_OUTBOX_H

#include "base/time.h"
#include "net/pool.h"

#define SW_OUTBOX_MAX ((size_t)32 << 10) /* octets that wait for a peer to read */

/* Zeroed: nothing waits. */
struct sw_outbox {
	struct sw_buffer octets;
	struct sw_mono since; /* something waits */
};

enum sw_put {
	SW_PUT_SENT = 0,
	SW_PUT_WAITS,
	SW_PUT_FULL, /* more would wait than may */
	SW_PUT_ROOM, /* the pool has no buffer for it */
	SW_PUT_LOST, /* the connection is broken */
};

static inline bool sw_outbox_waits(const struct sw_outbox *o)
{
	return o->octets.n > o->octets.at;
}

/* Send behind what waits. FULL, ROOM, LOST: this is lost, and the stream with it. */
SW_MUST enum sw_put sw_outbox_put(struct sw_outbox *o, struct sw_pool *pool,
				  struct sw_holder *holder, int fd, struct sw_slice octets,
				  struct sw_mono now);

/* The peer reads again. SENT: nothing waits any more. */
SW_MUST enum sw_put sw_outbox_flush(struct sw_outbox *o, struct sw_pool *pool, int fd);

#endif
