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

#define SW_LOAD_LOOK_MS   5000  /* between looks */
#define SW_LOAD_SETTLE_MS 1000  /* between the look that saw a change and the one that trusts it */
#define SW_LOAD_PATHS     16384 /* that one load may ask for */

struct sw_load_seen; /* one path or pattern */

/* Owner: the caller. Zeroed is empty. */
struct sw_load_watch {
	struct sw_load_seen *list;
	size_t n, cap;
	uint64_t pending; /* what changed at the last look, hashed; 0: nothing had */
};

/* What a load saw: st is NULL when it could not be opened, error then says why. false: no memory. */
SW_MUST bool sw_load_watch_note(struct sw_load_watch *w, const char *path, const struct stat *st,
				int error);

/* Likewise of a pattern: what it matched, NUL-ended paths one behind the other. */
SW_MUST bool sw_load_watch_note_glob(struct sw_load_watch *w, const char *pattern,
				     struct sw_slice paths);

enum sw_load_change {
	SW_LOAD_SAME = 0,
	SW_LOAD_CHANGING, /* look again in SW_LOAD_SETTLE_MS */
	SW_LOAD_CHANGED,  /* load again */
};

/* Look at all of them. After CHANGED the state that was seen is the one to compare with. */
enum sw_load_change sw_load_watch_look(struct sw_load_watch *w);

/*
 * A load has ended, and `seen` (emptied) is what it looked at. Where it was refused, what earlier
 * loads looked at stays too, because it may not have come so far.
 */
void sw_load_watch_take(struct sw_load_watch *w, struct sw_load_watch *seen, bool is_loaded);

void sw_load_watch_free(struct sw_load_watch *w);

#endif
