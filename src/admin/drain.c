/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/drain.h"

#define TURN 32 /* records of one worker before the next has its turn */

void sw_drain_init(struct sw_drain *d, const struct sw_board *board)
{
	*d = (struct sw_drain){ .log = board->log, .workers = board->workers };
	for (uint32_t i = 0; i < d->workers; i++)
		d->ring[i] = sw_board_events(board, i);
}

static unsigned take_turn(struct sw_drain *d, struct sw_ring *ring, sw_drain_fn take, void *arg)
{
	unsigned n = 0;

	for (; n < TURN; n++) {
		const struct sw_event *place = sw_ring_peek(ring);
		struct sw_event e;

		if (!place)
			break;
		e = *place;
		sw_ring_drop(ring);
		if (sw_event_is_sound(&e))
			take(arg, &e);
		else
			sw_metric_add(&d->log->unsound);
	}
	return n;
}

bool sw_drain_some(struct sw_drain *d, sw_drain_fn take, void *arg)
{
	uint32_t empty = 0;

	for (unsigned n = 0; n < SW_DRAIN_BATCH && empty < d->workers;) {
		unsigned got = take_turn(d, &d->ring[d->next], take, arg);

		d->next = (d->next + 1) % d->workers;
		empty = got < TURN ? empty + 1 : 0;
		n += got;
	}
	return empty < d->workers;
}

void sw_drain_rest(struct sw_drain *d, sw_drain_fn take, void *arg)
{
	uint32_t batches = d->workers * (SW_BOARD_EVENTS / SW_DRAIN_BATCH) + 1;

	while (batches-- > 0 && sw_drain_some(d, take, arg))
		;
}

uint64_t sw_drain_dropped(const struct sw_drain *d, uint32_t worker)
{
	return sw_ring_lost(&d->ring[worker]);
}
