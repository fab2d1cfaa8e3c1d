/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The worker: an engine, and the sockets that it serves. It reads clocks and sockets, gives the
 * engine what came, performs what it asks for, and goes on to a new generation between two
 * batches when the parent says so (order.h). After its start it opens nothing and allocates
 * nothing but generations.
 */
#ifndef SIPWARD_WORKER_H
#define SIPWARD_WORKER_H

#include <sipward/engine.h>

#include "edge/generation.h"
#include "edge/save.h"
#include "obs/board.h"
#include "share/post.h"
#include "share/ring.h"

struct sw_worker;

/* What it is given at its start; outlives it. */
struct sw_worker_start {
	uint32_t number;    /* which worker, from 0 */
	uint32_t start;     /* which life of it, from 1: a part of the names of its flows */
	uint64_t turned_us; /* mono: when the last turn of the life before began; or 0 */
	int parent_fd;      /* sw_ipc: orders; closed by the worker at its end */
	struct sw_board_cell *cell;
	struct sw_conf_maker maker;
	uint8_t key_seed[SW_SEED_LEN];    /* all workers' */
	uint8_t random_seed[SW_SEED_LEN]; /* of this life alone */
	uint64_t boot;
	int64_t ahead_us; /* of the wall's clock when the door began: see struct sw_engine_parts */
	struct sw_location location; /* shared with all */
	struct sw_replay replay;
	struct sw_proven proven;
	struct sw_roll users;       /* that are kept */
	uint32_t connections;       /* that there is room for */
	uint32_t requests, invites; /* finished ones that it remembers: see sw_txns_init */
	struct sw_trace trace;      /* its own */
	struct sw_ring events;      /* of struct sw_event: those that are wanted */
	const struct sw_board_want *want;
	int ring_fd; /* eventfd: rung after publishing */
	struct sw_metrics *metrics;
	const struct sw_metrics *all; /* of all workers, in their order */
	uint32_t workers;
	struct sw_board_fill *fill; /* of all tables */
	struct sw_save_way saves;   /* zeroed: there is no store */
	struct sw_post post;        /* zeroed: it is the only worker; else replay.self names it */
	int wake_fd;                /* eventfd: what answers wait for has come; below 0: never */
};

/* Its whole life: until STOP, or the parent is gone. Gives the exit code of its process. */
int sw_worker_main(const struct sw_worker_start *start);

#endif
