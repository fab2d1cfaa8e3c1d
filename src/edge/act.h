/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Performs what the engine asks for: answers leave by their connection at once, or are collected
 * for one system call a batch; decisions are counted and kept, and those that admin
 * wants put into the ring that it reads. It
 * decides nothing and allocates nothing.
 */
#ifndef SIPWARD_ACT_H
#define SIPWARD_ACT_H

#include <sipward/engine.h>

#include "edge/generation.h"
#include "edge/hold.h"
#include "edge/save.h"
#include "net/conn.h"
#include "net/udp.h"
#include "obs/board.h"
#include "share/ring.h"

#define SW_ACT_CLOSED_MOST 20 /* closed connections that are logged in one second */

/* Owner: the worker, which fills it. */
struct sw_actor {
	struct sw_udp_out *out;
	struct sw_conns *conns;
	const struct sw_generation *generation;
	struct sw_saver saver;
	struct sw_hold hold;   /* answers that wait; with durability power */
	struct sw_trace trace; /* every decision */
	struct sw_ring events; /* those that are wanted; this is its writer */
	const struct sw_board_want *want;
	int ring_fd; /* eventfd that wakes their reader */
	struct sw_metrics *metrics;
	struct sw_mono now; /* of the batch in hand */
	int fd;             /* that waiting answers leave by */
	uint32_t promised;  /* set: which of them tell of bindings */
	bool has_events;    /* since the last flush */
	bool has_bound;     /* bindings have changed; who counts them clears it */
	int64_t closed_s;   /* second that `closed` counts in */
	unsigned closed;
};

/*
 * Octets of datagrams stay the caller's until they are sent; what goes by a connection that is
 * gone is dropped and counted. took_us: of the decision. What tells of bindings leaves when the
 * journal has them, and is dropped when it does not take them.
 */
void sw_act_perform(struct sw_actor *a, const struct sw_actions *actions, uint32_t took_us);

/*
 * A connection was closed for a reason that no answer tells: counted always, logged a bounded
 * number of times a second.
 */
void sw_act_closed(struct sw_actor *a, const struct sw_conn_peer *peer, enum sw_reason why,
		   struct sw_wall now);

/* May the engine change a binding now, and promise it? */
bool sw_act_takes(struct sw_actor *a);

/* Write what was saved, and send the datagrams that wait. */
void sw_act_send(struct sw_actor *a);

/* What waited until it outlives a loss of power goes, as far as that is. */
void sw_act_release(struct sw_actor *a);

/* End of a batch: that, and wake the readers of events. */
void sw_act_flush(struct sw_actor *a);

#endif
