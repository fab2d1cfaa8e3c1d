/* SPDX-License-Identifier: Apache-2.0 */
#include "net/wheel.h"

#define MASK (SW_WHEEL_SLOTS - 1)

static uint64_t tick_before(struct sw_mono t)
{
	return t.us / SW_WHEEL_TICK_US;
}

static uint64_t tick_after(struct sw_mono t)
{
	return t.us / SW_WHEEL_TICK_US + (t.us % SW_WHEEL_TICK_US != 0);
}

void sw_wheel_init(struct sw_wheel *w, struct sw_mono now)
{
	*w = (struct sw_wheel){ .tick = tick_before(now), .earliest = UINT64_MAX };
}

static void push(struct sw_timer **list, struct sw_timer *t)
{
	t->next = *list;
	t->link = list;
	if (t->next)
		t->next->link = &t->next;
	*list = t;
}

void sw_wheel_cancel(struct sw_timer *t)
{
	if (!t->link)
		return;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	t->next = NULL;
	t->link = NULL;
}

void sw_wheel_add(struct sw_wheel *w, struct sw_timer *t, struct sw_mono due)
{
	sw_wheel_cancel(t);
	t->tick = tick_after(due);
	if (t->tick <= w->tick) /* its slot of this turn is behind us */
		t->tick = w->tick + 1;
	if (t->tick < w->earliest)
		w->earliest = t->tick;
	push(&w->slot[t->tick & MASK], t);
}

/*
 * Fire what is due in one slot. The due ones first move to a list of their own, which cancel works
 * on like on any other: what a function adds to this slot is then not seen before the next turn.
 */
static void run_slot(struct sw_wheel *w, size_t slot, struct sw_mono now)
{
	struct sw_timer *due = NULL;

	for (struct sw_timer *t = w->slot[slot], *next; t; t = next) {
		next = t->next;
		if (t->tick > w->tick)
			continue;
		sw_wheel_cancel(t);
		push(&due, t);
	}
	while (due) {
		struct sw_timer *t = due;

		sw_wheel_cancel(t);
		t->fn(t->arg, now);
	}
}

/* The tick of the first timer of the coming turn; the end of that turn if it has none. */
static uint64_t find_earliest(const struct sw_wheel *w)
{
	bool is_empty = true;

	for (uint64_t ahead = 1; ahead <= SW_WHEEL_SLOTS; ahead++) {
		for (const struct sw_timer *t = w->slot[(w->tick + ahead) & MASK]; t; t = t->next) {
			is_empty = false;
			if (t->tick == w->tick + ahead)
				return t->tick;
		}
	}
	return is_empty ? UINT64_MAX : w->tick + SW_WHEEL_SLOTS;
}

void sw_wheel_run(struct sw_wheel *w, struct sw_mono now)
{
	uint64_t from = w->tick, to = tick_before(now);
	uint64_t slots = to - from < SW_WHEEL_SLOTS ? to - from : SW_WHEEL_SLOTS;

	if (to <= from)
		return;
	w->tick = to;
	if (to < w->earliest)
		return;
	for (uint64_t i = 1; i <= slots; i++)
		run_slot(w, (from + i) & MASK, now);
	w->earliest = find_earliest(w);
}

int sw_wheel_wait_ms(const struct sw_wheel *w, struct sw_mono now, int most)
{
	uint64_t us, ms, due_us;

	if (w->earliest > UINT64_MAX / SW_WHEEL_TICK_US)
		return most;
	due_us = w->earliest * SW_WHEEL_TICK_US;
	us = due_us > now.us ? due_us - now.us : 0;
	ms = us / 1000 + (us % 1000 != 0); /* rounded up, or the last turns would spin */
	return ms < (uint64_t)most ? (int)ms : most;
}
