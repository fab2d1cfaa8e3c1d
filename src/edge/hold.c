/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/hold.h"

#include <stdlib.h>

bool sw_hold_init(struct sw_hold *h)
{
	*h = (struct sw_hold){ .held = calloc(SW_HOLD_MAX, sizeof(*h->held)),
			       .octets = calloc(1, SW_HOLD_OCTETS) };
	return h->held && h->octets;
}

void sw_hold_free(struct sw_hold *h)
{
	free(h->held);
	free(h->octets);
	*h = (struct sw_hold){ 0 };
}

static const struct sw_held *at(const struct sw_hold *h, uint32_t i)
{
	return &h->held[(h->first + i) % SW_HOLD_MAX];
}

/* Where so many octets may stand; SW_HOLD_OCTETS: nowhere. Free is what lies before the oldest. */
static size_t place_for(const struct sw_hold *h, size_t n)
{
	size_t oldest = h->n > 0 ? (size_t)(at(h, 0)->octets.p - h->octets) : 0;

	if (h->n == 0)
		return 0;
	if (h->free_at <= oldest)
		return n < oldest - h->free_at ? h->free_at : SW_HOLD_OCTETS;
	if (n <= SW_HOLD_OCTETS - h->free_at)
		return h->free_at;
	return n < oldest ? 0 : SW_HOLD_OCTETS;
}

bool sw_hold_takes(const struct sw_hold *h)
{
	return h->held && h->n < SW_HOLD_MAX && place_for(h, SW_ROOM) < SW_HOLD_OCTETS;
}

bool sw_hold_put(struct sw_hold *h, const struct sw_path *path, struct sw_slice octets,
		 uint64_t until)
{
	struct sw_held *to = &h->held[(h->first + h->n) % SW_HOLD_MAX];
	size_t place;

	if (!h->held || h->n == SW_HOLD_MAX || octets.n == 0 || octets.n > SW_ROOM)
		return false;
	place = place_for(h, octets.n);
	if (place == SW_HOLD_OCTETS)
		return false;
	memcpy(h->octets + place, octets.p, octets.n);
	*to = (struct sw_held){ *path, until, { h->octets + place, octets.n } };
	h->free_at = place + octets.n;
	h->n++;
	return true;
}

const struct sw_held *sw_hold_at(const struct sw_hold *h, uint32_t i)
{
	return i < h->n ? at(h, i) : NULL;
}

void sw_hold_drop(struct sw_hold *h, uint32_t n)
{
	n = n < h->n ? n : h->n;
	h->first = (h->first + n) % SW_HOLD_MAX;
	h->n -= n;
}

uint32_t sw_hold_cut(struct sw_hold *h, uint64_t above)
{
	uint32_t n = 0;

	for (; h->n > 0 && at(h, h->n - 1)->until > above; n++) {
		const struct sw_held *last = at(h, --h->n);

		h->free_at = (size_t)(last->octets.p - h->octets);
	}
	return n;
}
