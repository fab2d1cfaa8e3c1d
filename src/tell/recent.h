/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recent decisions of all workers, for `explain`: searched where the workers keep them
 * (obs/trace.h), newest first, and by looking at every record; that is for a person who asks, not
 * for a hot path. What is found is a copy.
 */
#ifndef SIPWARD_RECENT_H
#define SIPWARD_RECENT_H

#include "obs/board.h"
#include "tell/decision.h"

/* Zeroed: there are none. */
struct sw_recent {
	struct sw_trace trace[SW_BOARD_WORKERS];
	uint32_t traces;
};

/* A decision, and its place in the order of all: what is newer has a higher number. */
struct sw_recent_one {
	uint64_t number;
	struct sw_event event;
};

/* Those of all workers of a board. */
void sw_recent_init(struct sw_recent *s, const struct sw_board *board);

/*
 * The newest of this id. Crockford base32 as people read it aloud: any case, O is 0, I and L are 1,
 * "-" is skipped. What is no id at all is not found.
 */
SW_MUST bool sw_recent_find_id(const struct sw_recent *s, struct sw_slice id,
			       struct sw_recent_one *out);

/* The newest with this Call-ID; one longer than a record keeps is compared by its beginning. */
SW_MUST bool sw_recent_find_call(const struct sw_recent *s, struct sw_slice call_id,
				 struct sw_recent_one *out);

/* The newest of all. */
SW_MUST bool sw_recent_newest(const struct sw_recent *s, struct sw_recent_one *out);

/*
 * Decisions with the Call-ID of this one that came before it, newest first; how many of `most`.
 */
size_t sw_recent_before(const struct sw_recent *s, const struct sw_recent_one *of,
			struct sw_recent_one *out, size_t most);

#endif
