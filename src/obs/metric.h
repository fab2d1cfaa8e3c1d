/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of a worker: written by it alone, read by admin at any time. No locks; each number
 * is whole, two numbers need not be of the same moment.
 */
#ifndef SIPWARD_METRIC_H
#define SIPWARD_METRIC_H

#include <stdatomic.h>

#include <sipward/reason.h>

#include "core/verdict.h"

struct sw_metrics {
	_Atomic uint64_t act[SW_ACT_COUNT];
	_Atomic uint64_t reason[SW_REASON_LIMIT];
	_Atomic uint64_t warn[SW_WARN_COUNT];
	_Atomic uint64_t again;       /* retransmissions: they count nowhere else */
	_Atomic uint64_t send_failed; /* answers that the kernel did not take */
	_Atomic uint64_t flow_gone;   /* sends by a connection that was gone */
	_Atomic uint32_t registrations;
	_Atomic uint32_t connections;     /* that are open */
	_Atomic uint32_t proven;          /* of them: those that proved something */
	_Atomic uint32_t connections_max; /* how many may be */
	_Atomic uint32_t generation;      /* that the worker is on */
};

/* One more; for the single writer only. */
static inline void sw_metric_add(_Atomic uint64_t *m)
{
	atomic_store_explicit(m, atomic_load_explicit(m, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

static inline uint64_t sw_metric_read(const _Atomic uint64_t *m)
{
	return atomic_load_explicit(m, memory_order_relaxed);
}

/* Count a decision: its act, reason and warnings; of a retransmission only that it was one. */
void sw_metric_count(struct sw_metrics *m, const struct sw_account *a);

#endif
