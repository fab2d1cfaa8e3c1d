/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a role gets on to another generation: the parent offers, the role takes it between two
 * pieces of work and answers with what it works with from then on, which is its old one when it
 * cannot. Only when it has answered all that was offered may a generation go. One cell per role.
 */
#ifndef SIPWARD_HANDOVER_H
#define SIPWARD_HANDOVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sw_handover {
	_Atomic(const void *) offered; /* NULL: nothing new */
	_Atomic uint32_t on;           /* generation that the role works with; 0 none yet */
	_Atomic uint32_t answers;
	uint32_t offers; /* that need an answer; the parent's own */
};

/* Parent: offer, also in place of what was not taken yet; wake the role by its own means. */
static inline void sw_handover_offer(struct sw_handover *h, const void *generation)
{
	if (!atomic_exchange_explicit(&h->offered, generation, memory_order_acq_rel))
		h->offers++;
}

/* Role: what is offered, or NULL; and, when it is through with that, what it works with. */
static inline const void *sw_handover_take(struct sw_handover *h)
{
	return atomic_exchange_explicit(&h->offered, NULL, memory_order_acq_rel);
}

static inline void sw_handover_answer(struct sw_handover *h, uint32_t on)
{
	atomic_store_explicit(&h->on, on, memory_order_relaxed);
	atomic_fetch_add_explicit(&h->answers, 1, memory_order_release);
}

/* Parent: nothing is on its way; and does the role work with this one? */
static inline bool sw_handover_is_answered(struct sw_handover *h)
{
	return atomic_load_explicit(&h->answers, memory_order_acquire) == h->offers;
}

static inline bool sw_handover_is_on(struct sw_handover *h, uint32_t number)
{
	return sw_handover_is_answered(h) &&
	       atomic_load_explicit(&h->on, memory_order_relaxed) == number;
}

#endif
