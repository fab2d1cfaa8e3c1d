/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of the parent for the log, which admin writes. While admin is not there they wait, in
 * their order; what finds no room any more, or is still there at the end, goes to standard error.
 * Remarks of a start that failed are no news: what failed is said alone.
 */
#ifndef SIPWARD_NOTES_H
#define SIPWARD_NOTES_H

#include "conf/conf.h"

#define SW_NOTES_WAIT 32
#define SW_NOTE_TEXT  1200

struct sw_note {
	enum sw_level level;
	char text[SW_NOTE_TEXT];
};

/* Owner: the caller. Zeroed: none waits, and nobody listens. */
struct sw_notes {
	int fd; /* sw_ipc to admin, where it listens; else 0 or below */
	size_t n;
	struct sw_note wait[SW_NOTES_WAIT];
};

/* Admin listens there from now on; -1: it does not. */
void sw_notes_to(struct sw_notes *n, int fd);

void sw_notes_say(struct sw_notes *n, enum sw_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Send what waits, as much as is taken now. */
void sw_notes_push(struct sw_notes *n);

/* Nobody will listen any more. What waits and matters less than `least` is dropped. */
void sw_notes_end(struct sw_notes *n, enum sw_level least);

#endif
