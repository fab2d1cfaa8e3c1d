/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The board: one piece of shared memory where each role says how it is, for the parent, which
 * watches, and for admin, which shows it. Made by the parent before its first fork (a memfd, sealed
 * against another size) and mapped by all; it stays when a role dies, and its successor goes on
 * with the same numbers, so that no counter ever falls.
 *
 * The layout is fixed, without a pointer; zeroed is "nobody is there". Each field has one writer,
 * or is added to atomically; nobody waits. Whoever reads bounds-checks: another role may have been
 * taken over. What is judged or paid for is not here: users, bindings and replay windows have
 * their own memory, which admin does not map.
 */
#ifndef SIPWARD_BOARD_H
#define SIPWARD_BOARD_H

#include "obs/event.h"
#include "obs/keep.h"
#include "obs/metric.h"
#include "obs/trace.h"
#include "share/ring.h"

#define SW_BOARD_VERSION 1
#define SW_BOARD_WORKERS 64   /* at most */
#define SW_BOARD_EVENTS  4096 /* of a worker's ring */

/* Roles that there is one of; worker i has the cell behind them: sw_board_worker(). */
enum sw_board_role {
	SW_BOARD_PARENT = 0,
	SW_BOARD_CONF,
	SW_BOARD_STORE,
	SW_BOARD_ADMIN,
	SW_BOARD_ROLES,
};

const char *sw_board_role_name(enum sw_board_role r); /* "parent" "conf" "store" "admin" */

/* One cache line per role. Written by the role itself, but what is marked. */
struct sw_board_cell {
	_Alignas(64) _Atomic uint32_t pid; /* parent: 0 nobody is there */
	_Atomic uint32_t starts;           /* parent: of all its lives */
	_Atomic uint32_t ended;            /* parent: how its last life ended, as waitpid says */
	_Atomic uint32_t generation;       /* that it is on; 0 none yet */
	_Atomic uint32_t is_waiting;       /* in poll: it needs no turn */
	_Atomic uint32_t layers;           /* of its sandbox (obs/layer.h) */
	_Atomic uint64_t turns;
	_Atomic uint64_t turned_us; /* mono, when the turn in hand began */
	_Atomic uint64_t busy_us;   /* between two waits, of all its lives */
	_Atomic int64_t started_us; /* parent: wall, of its last life */
};

/*
 * How full a table is, and how its locks fare. The parent writes it several times a second; how
 * many bindings there are a worker writes as well.
 */
enum sw_board_table {
	SW_BOARD_USERS = 0,
	SW_BOARD_BINDINGS,
	SW_BOARD_NONCES, /* replay windows */
	SW_BOARD_TABLES,
};

const char *sw_board_table_name(enum sw_board_table t); /* "users" "bindings" "nonces" … */

struct sw_board_fill {
	_Alignas(64) _Atomic uint64_t used;
	_Atomic uint64_t capacity; /* 0: there is no such table */
	_Atomic uint64_t waits;    /* times that somebody slept for a lock of it */
	_Atomic uint64_t stuck;    /* times that one did not come free within 50 ms */
	_Atomic uint64_t busy;     /* times that one was refused, then and while it stays so */
	_Atomic uint64_t held;     /* parts that do not move now */
	_Atomic uint64_t orphans;  /* times that one came from a holder that had died */
};

/* The parent's: what serves, and what became of the last load. */
struct sw_board_load {
	_Atomic uint32_t generation;
	_Atomic uint32_t has_failed;      /* the last load, or its hand-over */
	_Atomic uint32_t loads, failures; /* those that came to serve, and the others */
	_Atomic int64_t since_us;         /* wall, of that generation */
	_Atomic int64_t loaded_us;        /* wall, of the last load that became one */
	_Atomic int64_t tried_us;         /* wall, of the last load */
	struct sw_sentence why;           /* it failed: the first error; "" else */
};

/* What admin counts, and goes on with when it begins anew. */
struct sw_board_log {
	_Atomic uint64_t lines_lost;             /* that the log did not take */
	_Atomic uint64_t unsound;                /* records of rings that were no events */
	_Atomic uint64_t said[SW_BOARD_WORKERS]; /* of the events that its ring refused */
};

/* Which decisions admin takes from the rings of workers, for the log or a follower. */
struct sw_board_want {
	_Alignas(64) _Atomic uint32_t levels; /* those below it; 0: it has not said so: all */
};

/* A view, filled by init or open; copied freely. Nothing of it lies in the memory itself. */
struct sw_board {
	uint32_t workers;
	_Atomic int64_t *started_us; /* wall, of the door; the parent's */
	struct sw_board_cell *cell;  /* SW_BOARD_ROLES + workers */
	struct sw_board_fill *fill;  /* SW_BOARD_TABLES */
	struct sw_board_load *load;
	struct sw_keep *keep;
	struct sw_board_log *log;
	struct sw_metrics *metrics; /* of each worker */
	struct sw_board_want *want;
	void *trace; /* of each worker: see sw_board_trace */
	void *ring;  /* of each worker: see sw_board_events */
};

/* Octets for so many workers, 1 to SW_BOARD_WORKERS; a multiple of the page. */
size_t sw_board_size(uint32_t workers);

/* Make it of zeroed memory that is aligned to a page. */
void sw_board_init(struct sw_board *b, void *memory, uint32_t workers);

/*
 * A board that somebody else made: false when the memory is none of this version and layout, or
 * shorter than it says.
 */
SW_MUST bool sw_board_open(struct sw_board *b, void *memory, size_t size);

static inline struct sw_board_cell *sw_board_worker(const struct sw_board *b, uint32_t worker)
{
	return &b->cell[SW_BOARD_ROLES + worker];
}

/* A turn of a role's loop begins: it has something to do; and ends: it waits for more. */
static inline void sw_board_begin_turn(struct sw_board_cell *c, struct sw_mono now)
{
	atomic_store_explicit(&c->turned_us, now.us, memory_order_relaxed);
	atomic_store_explicit(&c->is_waiting, 0, memory_order_relaxed);
	sw_metric_add(&c->turns);
}

static inline void sw_board_end_turn(struct sw_board_cell *c, struct sw_mono now)
{
	uint64_t begun = sw_metric_read(&c->turned_us);
	uint64_t busy = sw_metric_read(&c->busy_us) + (now.us > begun ? now.us - begun : 0);

	atomic_store_explicit(&c->busy_us, busy, memory_order_relaxed);
	atomic_store_explicit(&c->is_waiting, 1, memory_order_relaxed);
}

/* Admin's: the workers are to put into their rings what is of this level or graver. */
static inline void sw_board_want(const struct sw_board *b, enum sw_level level)
{
	atomic_store_explicit(&b->want->levels, level + 1u, memory_order_relaxed);
}

static inline bool sw_board_wants(const struct sw_board_want *want, enum sw_level level)
{
	uint32_t levels = atomic_load_explicit(&want->levels, memory_order_relaxed);

	return levels == 0 || level < levels;
}

/* Counters of a worker. */
static inline struct sw_metrics *sw_board_metrics(const struct sw_board *b, uint32_t worker)
{
	return &b->metrics[worker];
}

/* Decisions that are kept of each worker, by kind. */
extern const uint32_t sw_board_traces[SW_TRACE_KINDS];

/* Where this worker keeps its decisions, and others read them. */
struct sw_trace sw_board_trace(const struct sw_board *b, uint32_t worker);

/* The ring of those struct sw_event that admin wants: this worker writes and admin reads it. */
struct sw_ring sw_board_events(const struct sw_board *b, uint32_t worker);

#endif
