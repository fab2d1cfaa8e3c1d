/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/pulse.h"

#define DELAY_LEAST_MS 1000
#define DELAY_MOST_MS  5000

void sw_pulse_begin(struct sw_pulse *p, const struct sw_board_cell *cell, struct sw_mono now)
{
	p->turns = atomic_load_explicit(&cell->turns, memory_order_relaxed);
	p->still = p->busy = p->stopped_ms = 0;
	p->begun = now;
	p->retry_at.us = 0;
}

unsigned sw_pulse_look(struct sw_pulse *p, const struct sw_board_cell *cell, bool is_pending,
		       const struct sw_pulse_limits *limits)
{
	uint64_t turns = atomic_load_explicit(&cell->turns, memory_order_relaxed);
	bool is_busy = is_pending || !atomic_load_explicit(&cell->is_waiting, memory_order_relaxed);

	if (turns != p->turns) {
		p->turns = turns;
		p->still = p->busy = 0;
		return 0;
	}
	p->still++;
	p->busy = is_busy ? p->busy + 1 : 0;
	/* The first look only begins to count: what it sees may have begun just now. */
	if ((p->busy - (p->busy > 0)) * SW_PULSE_LOOK_MS >= limits->busy_ms ||
	    (p->still - 1) * SW_PULSE_LOOK_MS >= limits->idle_ms)
		return (p->still - 1) * SW_PULSE_LOOK_MS;
	return 0;
}

static bool is_third(const struct sw_pulse *p, struct sw_mono now)
{
	uint64_t third = p->died[SW_PULSE_DEATHS - 1].us;

	return third > 0 && now.us - third < SW_PULSE_SPAN_US + p->delay_ms * 1000ull;
}

uint32_t sw_pulse_die(struct sw_pulse *p, struct sw_mono now)
{
	for (size_t i = SW_PULSE_DEATHS - 1; i > 0; i--)
		p->died[i] = p->died[i - 1];
	p->died[0] = now;
	p->is_back_said = false;
	if (!is_third(p, now))
		p->delay_ms = 0;
	else if (p->delay_ms == 0)
		p->delay_ms = DELAY_LEAST_MS;
	else
		p->delay_ms = p->delay_ms * 2 < DELAY_MOST_MS ? p->delay_ms * 2 : DELAY_MOST_MS;
	p->retry_at.us = now.us + p->delay_ms * 1000ull;
	return p->delay_ms;
}
