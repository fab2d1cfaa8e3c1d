/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counters of a worker, in the board: written by it alone, read by admin at any time. No locks;
 * each number is whole, two numbers need not be of the same moment. A worker's successor goes on
 * with them: they never fall.
 *
 * What is counted for a trunk or a listener has a place that goes by its name or address, not by
 * its number in a generation: over a reload the same name keeps its counts, and one that comes
 * back finds them again. Only where there are more names than places does a new one take the place
 * of one that the configuration does not have any more; what finds none at all is counted in
 * place 0, together with what belongs to no trunk.
 */
#ifndef SIPWARD_METRIC_H
#define SIPWARD_METRIC_H

#include <stdatomic.h>

#include <sipward/msg.h>
#include <sipward/policy.h>

#include "core/verdict.h"

#define SW_METRIC_METHODS   (SW_METHOD_OPTIONS + 1)
#define SW_METRIC_TRUNKS    1024
#define SW_METRIC_LISTENERS 128

/* Upper ends of the buckets of a decision's time, in microseconds; the last has none. */
#define SW_METRIC_BUCKETS 12
extern const uint32_t sw_metric_bucket_us[SW_METRIC_BUCKETS - 1];

/* Name of a trunk. Words, so that a reader sees whole ones while they change. */
struct sw_metric_name {
	_Atomic uint32_t n; /* octets; 0: nobody's place */
	_Atomic uint64_t word[SW_NAME_MAX / 8];
};

/* The last of its kind. Fields of two decisions may stand together for a moment. */
struct sw_metric_last {
	_Atomic int64_t at_us; /* wall; 0: there was none */
	_Atomic uint32_t how;  /* accepted: factor, alg << 8, sess << 16; refused: the reason */
	_Atomic uint64_t id;   /* its octets, as an integer of this machine */
};

struct sw_metric_trunk {
	struct sw_metric_name name;
	_Atomic uint32_t generation;                                 /* the last that has it */
	_Atomic uint64_t accepted[SW_FACTOR_COUNT][SW_ALG_COUNT][2]; /* 1: the -sess form */
	_Atomic uint64_t refused[SW_REASON_LIMIT];
	_Atomic uint64_t warned[SW_WARN_COUNT];
	struct sw_metric_last last_accepted, last_refused;
};

struct sw_metric_listener {
	_Atomic uint64_t at[4]; /* transport and address; at[0] is 0: nobody's place */
	_Atomic uint32_t generation;
	_Atomic uint32_t kernel_seen;  /* drops of its socket, as the kernel said last */
	_Atomic uint64_t kernel_drops; /* of all its sockets */
	_Atomic uint64_t challenges;
	_Atomic uint64_t stale;
};

struct sw_metric_time {
	_Atomic uint64_t bucket[SW_METRIC_BUCKETS];
	_Atomic uint64_t us; /* of all */
};

struct sw_metrics {
	_Atomic uint64_t act[SW_ACT_COUNT];
	_Atomic uint64_t reason[SW_REASON_LIMIT];
	_Atomic uint64_t warn[SW_WARN_COUNT];
	_Atomic uint64_t again;       /* retransmissions: they count nowhere else */
	_Atomic uint64_t send_failed; /* answers that the kernel did not take */
	_Atomic uint64_t handed;      /* copies that another worker was given */
	_Atomic uint64_t handed_lost; /* and that it had no room for */
	_Atomic uint64_t flow_gone;   /* sends by a connection that was gone */
	_Atomic uint32_t registrations;
	_Atomic uint32_t connections;     /* that are open */
	_Atomic uint32_t proven;          /* of them: those that proved something */
	_Atomic uint32_t connections_max; /* how many may be */
	_Atomic uint32_t transactions;    /* INVITEs that wait for their ACK */
	_Atomic uint64_t requests[SW_TRANSPORT_COUNT][SW_METRIC_METHODS][SW_ACT_COUNT];
	struct sw_metric_time time[SW_TRANSPORT_COUNT];
	struct sw_metric_listener listener[SW_METRIC_LISTENERS];
	struct sw_metric_trunk trunk[SW_METRIC_TRUNKS];
};

/* Places of a generation's trunks and listeners; private memory of who counts. */
struct sw_metric_map {
	const struct sw_policy *policy;
	uint16_t *trunk, *listener; /* place of each; NULL: everything is in place 0 */
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

/* Memory for a map of this policy, which outlives it; all in place 0. false: there is none. */
SW_MUST bool sw_metric_map_init(struct sw_metric_map *map, const struct sw_policy *policy);
void sw_metric_map_free(struct sw_metric_map *map);

/*
 * The generation is used from now on: give each name of the map its place, the one that it has or a
 * new one. Cannot fail. To be called between two batches, by the writer.
 */
void sw_metric_map_use(const struct sw_metric_map *map, struct sw_metrics *m, uint32_t generation);

/*
 * Count a decision that took so long; of a retransmission only that it was one. The map may be
 * zeroed.
 */
void sw_metric_count(struct sw_metrics *m, const struct sw_metric_map *map,
		     const struct sw_account *a, uint32_t took_us);

/* Note the last accepted or refused request of a trunk: a part of sw_metric_count. */
void sw_metric_see(struct sw_metric_trunk *t, const struct sw_account *a);

/* A connection was closed: no request, but a verdict and its reason. */
void sw_metric_closed(struct sw_metrics *m, enum sw_reason why);

/*
 * What the kernel counts as dropped at the socket of this listener (SO_MEMINFO: whoever has the
 * socket may ask, in any sandbox): a number that starts again with each socket.
 */
void sw_metric_kernel_drops(struct sw_metrics *m, const struct sw_metric_map *map, size_t listener,
			    uint32_t drops);

/* For readers: the place of this name or listener, or NULL. */
const struct sw_metric_trunk *sw_metric_find_trunk(const struct sw_metrics *m,
						   struct sw_slice name);
const struct sw_metric_listener *sw_metric_find_listener(const struct sw_metrics *m,
							 const struct sw_listener *l);

/* The place of this trunk in what sw_metric_map_use gave; 0: none. */
struct sw_metric_trunk *sw_metric_place(struct sw_metrics *m, const struct sw_metric_map *map,
					const struct sw_trunk *trunk);

#endif
