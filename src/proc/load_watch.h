/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of the configuration: what a load has opened or looked for, and whether it still is as
 * the load saw it. Device, inode, size and the times of content and state tell, so that a link that
 * now leads elsewhere is seen, rights that were repaired, and a file that is there at last. A
 * pattern is looked at by the list of paths that it matches.
 *
 * A change counts only when it has lasted from one look to the next: an editor that writes a file
 * in pieces is not read in the middle. The parent's alone.
 */
#ifndef SIPWARD_LOAD_WATCH_H
#define SIPWARD_LOAD_WATCH_H

#include <sys/stat.h>

#include <sipward/slice.h>

#include "base/arena.h"
#include "base/time.h"

#define SW_LOAD_LOOK_MS   5000 /* between looks */
#define SW_LOAD_SETTLE_MS 1000 /* between the look that saw a change and the one that trusts it */

struct sw_load_seen; /* one path or pattern */

/* Owner: the caller. Zeroed is empty, and looks at once. */
struct sw_load_watch {
	struct sw_arena arena; /* of paths */
	struct sw_load_seen *list;
	size_t n, cap;
	struct sw_mono next; /* look */
	uint64_t pending;    /* hash of what the last look saw where that was a change; else 0 */
};

/* A load wants this path; st is what it got, NULL: nothing. false: no memory. */
SW_MUST bool sw_load_watch_note(struct sw_load_watch *w, const char *path, const struct stat *st);

/* Likewise of a pattern, and the paths that it matched. */
SW_MUST bool sw_load_watch_note_glob(struct sw_load_watch *w, const char *pattern,
				     const char *const *paths, size_t n);

/*
 * When it is time, look at all of them. true: something has changed for good, so load again; from
 * then on that state is the one to compare with, so that a bad file is told once.
 */
SW_MUST bool sw_load_watch_look(struct sw_load_watch *w, struct sw_mono now);

/* How long until the next look; -1: nothing is watched. */
int sw_load_watch_wait_ms(const struct sw_load_watch *w, struct sw_mono now);

/*
 * A load has ended, and `seen` (emptied) is what it looked at. Where it was not loaded, what
 * earlier ones looked at stays too, because it may not have come so far.
 */
void sw_load_watch_take(struct sw_load_watch *w, struct sw_load_watch *seen, bool is_loaded,
			struct sw_mono now);

void sw_load_watch_free(struct sw_load_watch *w);

#endif
