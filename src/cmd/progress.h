/* SPDX-License-Identifier: Apache-2.0 */
/* How far a long command is: one line on a terminal that is drawn over; nothing anywhere else. */
#ifndef SIPWARD_PROGRESS_H
#define SIPWARD_PROGRESS_H

#include <sipward/slice.h>

struct sw_progress {
	bool is_shown; /* standard error is a terminal */
	uint64_t began_ms, drawn_ms;
	const char *doing; /* "reading" */
};

void sw_progress_begin(struct sw_progress *p, const char *doing);

/* of 0: it is not known of how many. rows 0: they are not counted. Draws ten times a second. */
void sw_progress_show(struct sw_progress *p, uint64_t done, uint64_t of, uint64_t rows);

/* Take the line away. */
void sw_progress_end(struct sw_progress *p);

/* "1,000,000"; room of 32. */
const char *sw_progress_number(char room[32], uint64_t n);

#endif
