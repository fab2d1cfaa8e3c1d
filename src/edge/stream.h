/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker's connections: from a listener to net/conn.h, from there to the engine, and back by
 * the same connection. Who brought a proof makes a connection proven, whatever became of the
 * request; the bindings of one that ended end with it.
 */
#ifndef SIPWARD_STREAM_H
#define SIPWARD_STREAM_H

#include "edge/state.h"

/* Room for as many as the start says. false: no memory. */
SW_MUST bool sw_stream_init(struct sw_worker *w, const uint8_t seed[SW_SEED_LEN]);

/* A listener has somebody; arg: its struct sw_port. */
void sw_stream_accept(void *arg, unsigned what);

/*
 * The way to another generation, before the engine goes over: connections of listeners that the
 * next one lacks get their answers and end. After it: the others belong to its listeners.
 */
void sw_stream_leave(struct sw_worker *w, const struct sw_generation *old,
		     const struct sw_generation *next);
void sw_stream_enter(struct sw_worker *w, const struct sw_generation *old,
		     const struct sw_generation *next);

/* The end: take nobody, answer what has come, and close, within a bounded time. */
void sw_stream_drain(struct sw_worker *w);

#endif
