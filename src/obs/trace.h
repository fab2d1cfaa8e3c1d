/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decisions of one worker, kept for whoever explains them: a ring per kind in the board, so
 * that a flood of challenges or garbage pushes out its own kind only and never a proven request or
 * a refusal. Full means that the oldest of the kind goes. They outlive the worker and whoever
 * reads; the successor goes on behind them.
 *
 * The worker alone writes, and waits for nobody. Others read at any time: a record that changes
 * meanwhile is read again, one that is no event is not there. Records lie packed, so that one
 * costs as much as is in it.
 */
#ifndef SIPWARD_TRACE_H
#define SIPWARD_TRACE_H

#include <stdatomic.h>

#include "base/time.h"
#include "obs/event.h"

enum sw_trace_kind {
	SW_TRACE_JUDGED,   /* proven or refused */
	SW_TRACE_UNPROVEN, /* challenged, or no readable request */
	SW_TRACE_SILENT,   /* nothing was answered: no id */
	SW_TRACE_KINDS,
};

#define SW_TRACE_WORDS \
	((sizeof(struct sw_event) + SW_EVENT_TEXTS * sizeof(uint16_t)) / sizeof(uint64_t) + 1)

struct sw_trace_slot {
	_Alignas(64) _Atomic uint64_t number; /* from 1; 0: none, or it is being written */
	_Atomic uint64_t word[SW_TRACE_WORDS];
};

struct sw_trace_shelf {
	uint32_t first, size; /* in the memory */
	uint64_t put;         /* so far; the writer's */
};

/* A view; filled by init. */
struct sw_trace {
	struct sw_trace_slot *slot;
	uint32_t slots;
	struct sw_trace_shelf shelf[SW_TRACE_KINDS];
	uint64_t number; /* of the newest; the writer's */
};

/* Memory for size[k] decisions of each kind, at least 1. */
void sw_trace_init(struct sw_trace *t, struct sw_trace_slot *memory,
		   const uint32_t size[SW_TRACE_KINDS]);

/*
 * The writer's, once: go on behind what a predecessor has left, record by record; one that is
 * unsound, half written, of another kind than its shelf, or of a number that is still to come is
 * cleared: a predecessor that was taken over hides nothing of its successor's.
 */
void sw_trace_adopt(struct sw_trace *t, struct sw_mono now);

/*
 * Keep one. Numbers grow with time, so that those of several workers stand in one order; what comes
 * in the same microsecond is in order within its worker.
 */
void sw_trace_keep(struct sw_trace *t, const struct sw_event_view *v, struct sw_mono now);
void sw_trace_put(struct sw_trace *t, const struct sw_event *e, struct sw_mono now);

/* Number of the i-th place, below slots, in no order; 0: nothing is there. */
uint64_t sw_trace_number(const struct sw_trace *t, uint32_t i);

/* What stands there. false: nothing, or what is there is no event. Gives its number. */
SW_MUST bool sw_trace_read(const struct sw_trace *t, uint32_t i, struct sw_event *out,
			   uint64_t *number);

/* The newest of all. false: there is none. */
SW_MUST bool sw_trace_newest(const struct sw_trace *t, struct sw_event *out);

#endif
