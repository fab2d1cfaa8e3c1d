/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What workers write into their journals, into the database: read in batches, synced at least once
 * a second, and a journal is emptied only when the database has all of it on the disk. At a start
 * what is left of earlier ones is taken first, also of workers that there are no more. It belongs
 * to the store role; edge/save.h is the other side.
 */
#ifndef SIPWARD_INTAKE_H
#define SIPWARD_INTAKE_H

#include "edge/save.h"
#include "conf/conf.h"
#include "proc/journals.h"
#include "store/store.h"

struct sw_intake;

struct sw_intake_start {
	struct sw_store *store; /* the caller's */
	const char *path;       /* of the database; copied. NULL: there are no journals */
	uint32_t workers;
	struct sw_journal_pair *journal; /* of each worker; the caller's, as is all below */
	struct sw_save_state *state;     /* likewise; in shared memory */
	struct sw_location *location;    /* it gives out the numbers */
	const int *worker_fd; /* eventfd of each worker: rung when what it waits for is synced */
	bool is_power;
	bool is_first; /* life of the store role: journals hold what an earlier start left */

	/* A sentence for the log. */
	void (*say)(void *arg, enum sw_level level, const char *text);
	void (*turn)(
		void *arg); /* for each change or damage, of which there may be many. Or NULL */
	/*
	 * A journal was removed: ask for another one, by twice the worker and its number; it comes
	 * by sw_intake_given. Until then its worker goes on in the other. NULL: the worker is in
	 * this process, and a new file is made here. false: not asked.
	 */
	bool (*ask)(void *arg, uint32_t number);
	void *arg;
};

struct sw_intake *sw_intake_new(const struct sw_intake_start *start); /* NULL: no memory */
void sw_intake_free(struct sw_intake *in);                            /* NULL is nothing */

/*
 * Take what an earlier start has left, or what an earlier store role of this one has not seen.
 * Numbers of changes go on behind the highest one. false: *why; nothing is lost by that.
 */
SW_MUST bool sw_intake_recover(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why);

/*
 * While no door runs: what journals have, so that whoever changes users sees all bindings; the
 * journals stay. memory: path is NULL, and there is nothing.
 */
SW_MUST bool sw_intake_read_left(struct sw_store *store, const char *path,
				 struct sw_store_why *why);

/* A batch into the database. false: it refuses, *why. *more: there was enough for another one. */
SW_MUST bool sw_intake_take(struct sw_intake *in, struct sw_wall now, bool *more,
			    struct sw_store_why *why);

/*
 * Sync journals, where something was written since: at once with is_power, else once a second. A
 * journal that cannot be synced is taken into the database, and that is synced. false: *why.
 */
SW_MUST bool sw_intake_sync(struct sw_intake *in, struct sw_mono mono, struct sw_wall now,
			    struct sw_store_why *why);

/* Is all that was written by now on the disk? */
bool sw_intake_is_synced(const struct sw_intake *in);

/* Likewise while the database is somebody else's: what does not let itself be synced waits. */
void sw_intake_sync_alone(struct sw_intake *in, struct sw_mono mono);

/*
 * Ask workers to go on in the other journal when the one they use is long or old, and empty those
 * that nobody uses and that were taken; put new ones where some were removed.
 */
SW_MUST bool sw_intake_turn(struct sw_intake *in, struct sw_mono mono, struct sw_wall now,
			    struct sw_store_why *why);

/*
 * What was asked for; fd below 0: there is none, text says why. true: fd is the intake's now, as
 * one of start's journals.
 */
SW_MUST bool sw_intake_given(struct sw_intake *in, uint32_t number, int fd, const char *text);

/* Is there a journal that its worker cannot write? *why says which, and what to do. */
bool sw_intake_is_stuck(const struct sw_intake *in, struct sw_store_why *why);

/* Octets in journals that the database does not have yet, at most. */
uint64_t sw_intake_waiting(const struct sw_intake *in);

/* Has a worker something in hand, or lost, that its journal did not take? */
bool sw_intake_has_held(const struct sw_intake *in);

/* Everything, when nobody writes any more: journals are empty then. */
SW_MUST bool sw_intake_finish(struct sw_intake *in, struct sw_wall now, struct sw_store_why *why);

/*
 * Forget marks of bindings that ended so long ago that nothing can name them any more. That is
 * known only when all was taken: *done is false, and nothing happens, while workers have written
 * something since.
 */
SW_MUST bool sw_intake_sweep(struct sw_intake *in, struct sw_wall now, bool *done,
			     struct sw_store_why *why);

#endif
