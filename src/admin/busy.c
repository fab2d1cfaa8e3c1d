/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/busy.h"

#define LOOK_US  ((uint64_t)2 * SW_US_PER_S)
#define STUCK_US ((uint64_t)2 * SW_US_PER_S)

static double share_of(uint64_t busy_us, uint64_t all_us)
{
	return busy_us >= all_us ? 1.0 : (double)busy_us / (double)all_us;
}

void sw_busy_look(struct sw_busy *b, const struct sw_board *board, struct sw_mono now)
{
	uint64_t all = now.us - b->at.us;

	if (now.us < b->at.us + LOOK_US)
		return;
	for (uint32_t i = 0; i < board->workers; i++) {
		uint64_t us = sw_metric_read(&sw_board_worker(board, i)->busy_us);

		b->share[i] = b->at.us > 0 && us >= b->us[i] ? share_of(us - b->us[i], all) : 0.0;
		b->us[i] = us;
	}
	b->at = now;
}

uint32_t sw_busy_generation(const struct sw_board *board, uint32_t worker)
{
	return atomic_load_explicit(&sw_board_worker(board, worker)->generation,
				    memory_order_relaxed);
}

enum sw_busy_state sw_busy_state(const struct sw_board_cell *c, uint32_t generation,
				 struct sw_mono now)
{
	uint64_t turned = sw_metric_read(&c->turned_us);

	if (atomic_load_explicit(&c->pid, memory_order_relaxed) == 0)
		return SW_BUSY_DOWN;
	if (generation == 0)
		return SW_BUSY_STARTING;
	if (turned > 0 && !atomic_load_explicit(&c->is_waiting, memory_order_relaxed) &&
	    now.us > turned + STUCK_US)
		return SW_BUSY_STUCK;
	return SW_BUSY_OK;
}

const char *sw_busy_state_name(enum sw_busy_state s)
{
	static const char *const names[] = { "down", "starting", "stuck", "ok" };

	return s < SW_ARRAY_LEN(names) ? names[s] : "down";
}
