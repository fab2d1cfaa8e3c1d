/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The events of all workers, taken from their rings by turns, so that no worker's flood keeps the
 * others' waiting. A record is copied, and looked at as a copy: who wrote it may have been taken
 * over. What is no event is counted and dropped.
 */
#ifndef SIPWARD_DRAIN_H
#define SIPWARD_DRAIN_H

#include "obs/board.h"

#define SW_DRAIN_BATCH 512 /* records of all workers between two looks at everything else */

struct sw_drain {
	struct sw_ring ring[SW_BOARD_WORKERS];
	struct sw_board_log *log;
	uint32_t workers, next;
};

typedef void (*sw_drain_fn)(void *arg, const struct sw_event *e);

void sw_drain_init(struct sw_drain *d, const struct sw_board *board);

/* Up to a batch; true: there is more. */
bool sw_drain_some(struct sw_drain *d, sw_drain_fn take, void *arg);

/* As much as the rings can hold: a writer that goes on for ever keeps nobody from ending. */
void sw_drain_rest(struct sw_drain *d, sw_drain_fn take, void *arg);

/* Events that the ring of this worker refused. */
uint64_t sw_drain_dropped(const struct sw_drain *d, uint32_t worker);

#endif
