/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hashed timer wheel (Varghese and Lauck, scheme 6): adding and cancelling cost the same however
 * many timers there are. Timers belong to their owners and lie in a list per slot; a deadline
 * beyond one turn of the wheel waits in its slot until its time. The time is always an argument.
 *
 * A timer never fires early, and up to one tick late beside what the caller's own wait adds.
 */
#ifndef SIPWARD_WHEEL_H
#define SIPWARD_WHEEL_H

#include <sipward/slice.h>

#include "base/time.h"

#define SW_WHEEL_TICK_US 10000 /* length of a tick */
#define SW_WHEEL_SLOTS   512   /* a power of two: one turn is 5.12 s */

typedef void (*sw_timer_fn)(void *arg, struct sw_mono now);

/* Owner: the caller, who sets fn and arg. Zeroed: not running. Stays where it is while it runs. */
struct sw_timer {
	sw_timer_fn fn;
	void *arg;
	struct sw_timer *next, **link; /* the wheel's own */
	uint64_t tick;
};

struct sw_wheel {
	uint64_t tick;     /* everything up to here has fired */
	uint64_t earliest; /* no timer is due before this tick */
	struct sw_timer *slot[SW_WHEEL_SLOTS];
};

void sw_wheel_init(struct sw_wheel *w, struct sw_mono now);

/* Start a timer, or move one that runs. A deadline that has passed fires at the next tick. */
void sw_wheel_add(struct sw_wheel *w, struct sw_timer *t, struct sw_mono due);

/* Nothing happens if it does not run. */
void sw_wheel_cancel(struct sw_timer *t);

static inline bool sw_timer_is_running(const struct sw_timer *t)
{
	return t->link != NULL;
}

/*
 * Fire all that is due; each timer stops before its function is called, which may add and cancel
 * any timer. Order is that of ticks as long as the wheel runs at least once a turn.
 */
void sw_wheel_run(struct sw_wheel *w, struct sw_mono now);

/* Milliseconds until sw_wheel_run may have something to do: 0 to most. */
int sw_wheel_wait_ms(const struct sw_wheel *w, struct sw_mono now, int most);

#endif
