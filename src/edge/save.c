/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/save.h"

#include <unistd.h>

static bool has_store(const struct sw_saver *s)
{
	return s->way.changes.records != NULL;
}

bool sw_saver_takes(const struct sw_saver *s)
{
	return !has_store(s) || (!atomic_load_explicit(s->way.is_down, memory_order_relaxed) &&
				 sw_ring_room(&s->way.changes) >= SW_SAVE_ROOM);
}

static void put_one(struct sw_saver *s, const struct sw_save *save)
{
	struct sw_change *to = sw_ring_claim(&s->way.changes);

	/*
	 * Only what ends comes when the ring is full. With a user it went from the store in one
	 * transaction; what remains goes at its time, or at a start when it was a connection's.
	 */
	if (!to)
		return;
	to->is_gone = save->gone;
	if (!save->gone)
		to->binding = *save->binding;
	to->binding.id = save->id;
	sw_ring_publish(&s->way.changes);
	s->has_changes = true;
}

void sw_saver_put(struct sw_saver *s, const struct sw_actions *a)
{
	if (!has_store(s) || a->saves == 0)
		return;
	while (atomic_exchange_explicit(s->way.writing, 1, memory_order_acquire))
		;
	for (size_t i = 0; i < a->saves; i++)
		put_one(s, &a->save[i]);
	atomic_store_explicit(s->way.writing, 0, memory_order_release);
}

void sw_saver_flush(struct sw_saver *s)
{
	const uint64_t one = 1;

	if (!s->has_changes)
		return;
	s->has_changes = false;
	if (write(s->way.changes_fd, &one, sizeof(one)) < 0)
		return; /* the counter is full, so it is readable */
}

/* A copy: the record is the writer's again once it is dropped. */
bool sw_saver_next(struct sw_saver *s, struct sw_forget *out)
{
	const struct sw_forget *one = has_store(s) ? sw_ring_peek(&s->way.forgets) : NULL;

	if (!one)
		return false;
	*out = *one;
	if (out->aor_n > sizeof(out->aor))
		out->aor_n = sizeof(out->aor);
	sw_ring_drop(&s->way.forgets);
	return true;
}
