/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journals of bindings as files: two for each worker, beside the database, of which it writes
 * one while the store role empties the other. Only the parent opens them, also where one was
 * removed; what stands in them is edge/save.h's and proc/intake.h's business.
 */
#ifndef SIPWARD_JOURNALS_H
#define SIPWARD_JOURNALS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <sipward/slice.h>

#include "proc/why.h"

#define SW_JOURNALS 2 /* of each worker */

/* Of one worker, for reading and writing. */
struct sw_journal_pair {
	int fd[SW_JOURNALS]; /* -1: none */
};

struct sw_journals_setting {
	const char *store; /* path of the database */
	uint32_t workers;
	bool has_owner; /* they are given to this user and group: whoever the roles will be */
	uid_t uid;
	gid_t gid;
};

/*
 * Open, or make, the journals of all workers: 0600, close-on-exec. What stands in them stays. out:
 * `workers` of them. false: *why names the file, and none is open.
 */
SW_MUST bool sw_journals_open(const struct sw_journals_setting *setting,
			      struct sw_journal_pair *out, struct sw_why *why);

/* Likewise one of them: in place of one that was removed. */
SW_MUST bool sw_journals_open_one(const struct sw_journals_setting *setting, uint32_t worker,
				  uint32_t file, int *fd, struct sw_why *why);
void sw_journals_close(struct sw_journal_pair *pair, uint32_t workers);

/* "DATABASE.bindings-3-a"; false: it does not fit, and out is cut. */
#define SW_JOURNALS_PATH 4200
bool sw_journals_path(const char *store, uint32_t worker, uint32_t file,
		      char out[SW_JOURNALS_PATH]);

/* Does this descriptor still have the name? Where the kernel does not say, it does. */
bool sw_journals_is_there(const char *path, int fd);

/*
 * Every journal that lies beside the database, also of workers that there are no more; fn gives
 * false to stop. false: the directory cannot be read.
 */
typedef bool (*sw_journals_fn)(void *arg, const char *path, uint32_t worker, uint32_t file);
SW_MUST bool sw_journals_each(const char *store, sw_journals_fn fn, void *arg, struct sw_why *why);

#endif
