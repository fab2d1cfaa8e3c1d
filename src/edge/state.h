/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a worker holds: worker.c makes and turns it, order.c hears the parent, stream.c serves its
 * connections.
 */
#ifndef SIPWARD_EDGE_STATE_H
#define SIPWARD_EDGE_STATE_H

#include "edge/act.h"
#include "edge/worker.h"
#include "net/conn.h"
#include "net/udp.h"
#include "net/wheel.h"
#include "share/ipc.h"

struct sw_worker {
	const struct sw_worker_start *start;
	struct sw_loop loop;
	struct sw_wheel wheel;
	struct sw_timer engine_timer; /* its next tick */
	struct sw_timer accept_timer; /* listeners that were paused go on */
	struct sw_watch parent, wake, handed;
	struct sw_post post;
	struct sw_post_message message;   /* that was handed over: the one in hand */
	struct sw_generation *generation; /* that is served; NULL: none yet */
	struct sw_generation *next;       /* that is being prepared, or is */
	uint32_t lacking;                 /* its sockets that have not come */
	struct sw_engine *engine;         /* from the first generation on, as is conns */
	struct sw_conns *conns;
	void *txns_memory;
	size_t txns_n;
	struct sw_udp_in *in;
	struct sw_actor actor;
	struct sw_mono engine_due; /* that the timer is set to */
	struct sw_mono drops_due;  /* when the kernel is asked again */
	struct sw_mono gauge_due;  /* when bindings are counted again */
	int64_t left_since_us;     /* what an earlier life may not have written is as new … */
	uint32_t left_at;          /* … and looked for from there on */
	bool has_left;
	uint32_t old_at; /* of the look for bindings of flows of an earlier life */
	bool has_old_flows;
	bool is_over;
	struct sw_ipc order;                   /* of the parent: the one in hand */
	char room[SW_UDP_BATCH][SW_ROOM + 64]; /* not a power of two: see BUFFER in net/udp.c */
};

/* What is counted at any moment, for those who ask: before the answer that makes them ask. */
void sw_worker_gauge(struct sw_worker *w);

/* With the first generation: the engine and all that is of its size. false: no memory. */
SW_MUST bool sw_worker_make(struct sw_worker *w, const struct sw_generation *first);

/* Serve this one from now on; what is served now is not freed. Its ports are still deaf. */
void sw_worker_use(struct sw_worker *w, struct sw_generation *next);

/* What serves a port of its transport. */
sw_loop_fn sw_worker_port(const struct sw_port *p);

#endif
