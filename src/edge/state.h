/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker holds: worker.c starts, turns and reloads it, stream.c serves its connections. */
#ifndef SIPWARD_EDGE_STATE_H
#define SIPWARD_EDGE_STATE_H

#include "edge/act.h"
#include "edge/worker.h"
#include "net/conn.h"
#include "net/udp.h"
#include "net/wheel.h"

struct sw_worker {
	struct sw_loop loop;
	struct sw_wheel wheel;
	struct sw_timer engine_timer; /* its next tick */
	struct sw_timer accept_timer; /* listeners that were paused go on */
	struct sw_watch wake, handed;
	struct sw_post post;
	struct sw_post_message message; /* that was handed over: the one in hand */
	struct sw_handover *handover;
	const struct sw_generation *generation;
	struct sw_engine *engine;
	struct sw_conns *conns;
	struct sw_udp_in *in;
	struct sw_actor actor;
	struct sw_mono engine_due; /* that the timer is set to */
	struct sw_mono drops_due;  /* when the kernel is asked again */
	_Atomic bool is_stopped;
	char room[SW_UDP_BATCH][SW_ROOM + 64]; /* not a power of two: see BUFFER in net/udp.c */
};

/* What is counted at any moment, for those who ask: before the answer that makes them ask. */
void sw_worker_gauge(struct sw_worker *w);

#endif
