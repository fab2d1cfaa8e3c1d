/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Journals that an earlier start has left beside the database: all of them into it, in the order
 * of their numbers, before anything is loaded. What is damaged is left out and counted, also a
 * last record that is cut short, though nobody was promised that, and what stands behind the end
 * that a journal may have (SW_SAVE_FILE_END).
 */
#ifndef SIPWARD_LEFTOVER_H
#define SIPWARD_LEFTOVER_H

#include "proc/damage.h"
#include "proc/journals.h"
#include "share/journal.h"
#include "store/store.h"

struct sw_leftover_start {
	struct sw_store *store;
	const char *path; /* of the database */
	const struct sw_journal_pair *journal;
	uint32_t workers; /* whose journals are open */
	bool with_own;    /* theirs too: nobody writes them yet */
	bool is_kept; /* they stay: the next start takes them once more, which changes nothing */
	/* *is_good: it was a change. false: the database refuses, *why. */
	bool (*apply)(void *arg, const struct sw_journal_record *record, bool *is_good,
		      struct sw_store_why *why);
	void (*turn)(void *arg); /* for each damaged place: there may be many */
	void *arg;
	struct sw_damage *damage;
};

/*
 * Take them, and then, when the database is on the disk, empty those that are open and remove the
 * others. false: *why; what was not taken stays.
 */
SW_MUST bool sw_leftover_take(const struct sw_leftover_start *start, struct sw_store_why *why);

/* Gives false. */
bool sw_leftover_say_unreadable(const char *store, uint32_t worker, uint32_t file,
				struct sw_store_why *why);

#endif
