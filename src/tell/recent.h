/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The recent decisions, for `explain`: a ring per kind over memory that outlives its writer, so
 * that a flood of challenges or garbage pushes out its own kind only and never a proven request or
 * a refusal. Full means that the oldest of the kind goes. It is searched newest first and looks at
 * every record; that is for a person who asks, not for a hot path.
 */
#ifndef SIPWARD_RECENT_H
#define SIPWARD_RECENT_H

#include "obs/board.h"
#include "tell/decision.h"

enum sw_recent_kind {
	SW_RECENT_JUDGED,   /* proven or refused */
	SW_RECENT_UNPROVEN, /* challenged, or no readable request */
	SW_RECENT_SILENT,   /* nothing was answered: no id */
	SW_RECENT_KINDS,
};

struct sw_recent_shelf {
	uint32_t first, size; /* in the memory */
	uint64_t put;         /* so far */
};

struct sw_recent {
	struct sw_board_decision *memory;
	struct sw_recent_shelf shelf[SW_RECENT_KINDS];
	uint64_t put; /* so far: the number of the next one */
};

/* Decisions of each kind on the board: SW_BOARD_RECENT in all. */
extern const uint32_t sw_recent_board[SW_RECENT_KINDS];

/*
 * Memory for size[k] decisions of each kind, at least 1. What a predecessor has left there is taken
 * over, record by record: one that is unsound, half written, or of another kind than its shelf is
 * cleared.
 */
void sw_recent_init(struct sw_recent *s, struct sw_board_decision *memory,
		    const uint32_t size[SW_RECENT_KINDS]);

void sw_recent_put(struct sw_recent *s, const struct sw_event *e);

/*
 * The newest of this id, or NULL. Crockford base32 as people read it aloud: any case, O is 0,
 * I and L are 1, "-" is skipped. What is no id at all is not found.
 */
const struct sw_event *sw_recent_find_id(const struct sw_recent *s, struct sw_slice id);

/* The newest with this Call-ID; one longer than a record keeps is compared by its beginning. */
const struct sw_event *sw_recent_find_call(const struct sw_recent *s, struct sw_slice call_id);

/* The i-th place, or NULL: nothing is there. For who looks at all, in no order. */
const struct sw_event *sw_recent_at(const struct sw_recent *s, size_t i);

/* The newest of all, or NULL. */
const struct sw_event *sw_recent_newest(const struct sw_recent *s);

/*
 * Decisions with the Call-ID of e, which is one that a function above gave, that came before it,
 * newest first; how many of `most`.
 */
size_t sw_recent_before(const struct sw_recent *s, const struct sw_event *e,
			const struct sw_event **out, size_t most);

#endif
