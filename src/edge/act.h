/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Performs what the engine asks for: answers are collected for one system call a batch, decisions
 * are counted and put into the ring that admin reads. It decides nothing and allocates nothing.
 */
#ifndef SIPWARD_ACT_H
#define SIPWARD_ACT_H

#include <sipward/engine.h>

#include "net/udp.h"
#include "obs/metric.h"
#include "share/ring.h"

/* Owner: the worker, which fills it. */
struct sw_actor {
	struct sw_udp_out *out;
	struct sw_ring events; /* of struct sw_event; this is its writer */
	int ring_fd;           /* eventfd that wakes their reader */
	struct sw_metrics *metrics;
	uint32_t generation;
	bool has_events; /* since the last flush */
};

/* Of one message. `in` is what the engine was given, fd its socket, at the listener's address. */
struct sw_act_context {
	const struct sw_input *in;
	const struct sw_addr *at;
	int fd;
	bool is_any; /* the socket is bound to every address: name the one that was asked */
	uint32_t took_us;
};

/* Octets to send stay the caller's until the flush. */
void sw_act_perform(struct sw_actor *a, const struct sw_act_context *c,
		    const struct sw_actions *actions);

/* End of a batch: send what waits from this socket, wake the reader of events. */
void sw_act_flush(struct sw_actor *a, int fd);

#endif
