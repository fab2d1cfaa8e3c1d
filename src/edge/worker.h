/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker: one thread that owns an engine and serves the sockets of a generation. It reads
 * clocks and sockets, gives the engine what came, performs what it asks for, and goes on to a new
 * generation between two batches. After its start it opens nothing and allocates nothing.
 */
#ifndef SIPWARD_WORKER_H
#define SIPWARD_WORKER_H

#include <sipward/engine.h>

#include "edge/generation.h"
#include "edge/save.h"
#include "obs/metric.h"
#include "share/handover.h"
#include "share/post.h"
#include "share/ring.h"

struct sw_worker;

/* What it is made with; everything but the seeds outlives it. */
struct sw_worker_start {
	uint8_t key_seed[SW_SEED_LEN];    /* copied; all workers' */
	uint8_t random_seed[SW_SEED_LEN]; /* copied; this worker's alone */
	uint64_t boot;
	struct sw_location location;
	struct sw_replay replay;
	struct sw_txns txns;
	struct sw_proven proven;
	struct sw_handover *handover; /* of const struct sw_generation; the first is in it */
	int wake_fd;                  /* eventfd: written after an offer */
	struct sw_ring events;        /* of struct sw_event */
	int ring_fd;
	struct sw_metrics *metrics;
	struct sw_save_way saves; /* zeroed: there is no store */
	struct sw_post post;      /* zeroed: it is the only worker; else replay.self names it */
};

/* NULL when memory, libcrypto or the kernel refuse. */
struct sw_worker *sw_worker_new(const struct sw_worker_start *start);

/* Body of its thread; arg: the worker. Ends after sw_worker_stop, with the batch in hand done. */
void *sw_worker_main(void *arg);

/* From any thread. */
void sw_worker_stop(struct sw_worker *w);

/* When its thread has ended, or was never started. NULL is nothing. */
void sw_worker_free(struct sw_worker *w);

#endif
