/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pulse of a role: does it turn, and how often did it die? Time is counted in looks of the
 * parent (SW_PULSE_LOOK_MS), not by a clock: a parent that was stopped itself must not kill those
 * who were stopped with it.
 */
#ifndef SIPWARD_PULSE_H
#define SIPWARD_PULSE_H

#include "base/time.h"
#include "obs/board.h"

#define SW_PULSE_LOOK_MS 250
#define SW_PULSE_DEATHS  3                            /* so many … */
#define SW_PULSE_SPAN_US (10 * (uint64_t)SW_US_PER_S) /* … within this: back off */

/* How long a role of this kind may stand still, in ms. */
struct sw_pulse_limits {
	unsigned busy_ms; /* while something waits for it */
	unsigned idle_ms; /* at all */
};

/* Owner: the role. Zeroed: it has never lived. */
struct sw_pulse {
	uint64_t turns;       /* as its cell said at the last look */
	unsigned still, busy; /* looks since then; of them those in which something waited */
	unsigned stopped_ms;  /* it was killed because it stood still so long; 0: it was not */
	struct sw_mono begun; /* its life */
	struct sw_mono died[SW_PULSE_DEATHS]; /* the last ones, the latest first */
	struct sw_mono retry_at;              /* when a successor is due; 0: none is */
	uint32_t delay_ms;                    /* of the last back-off */
	bool is_back_said; /* the log has heard of the successor of the last one */
};

/* It begins. */
void sw_pulse_begin(struct sw_pulse *p, const struct sw_board_cell *cell, struct sw_mono now);

/*
 * One look. Gives 0, or for how many ms it has stood still, which is too long. is_pending:
 * something waits for it, whatever it says.
 */
unsigned sw_pulse_look(struct sw_pulse *p, const struct sw_board_cell *cell, bool is_pending,
		       const struct sw_pulse_limits *limits);

/* It has died: sets retry_at, now or later, and gives the delay in ms. */
uint32_t sw_pulse_die(struct sw_pulse *p, struct sw_mono now);

#endif
