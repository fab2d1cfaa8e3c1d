/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/seen.h"

#include <stdlib.h>

static int order(struct sw_slice a, struct sw_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static struct sw_slice name_of(const struct sw_seen_trunk *t)
{
	return (struct sw_slice){ t->name, t->n };
}

static int compare(const void *a, const void *b)
{
	return order(name_of(a), name_of(b));
}

static struct sw_seen_trunk *find(const struct sw_seen *s, struct sw_slice name)
{
	size_t low = 0, high = s->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = order(name, name_of(&s->list[middle]));

		if (c == 0)
			return &s->list[middle];
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static struct sw_seen_trunk of_trunk(struct sw_slice name)
{
	struct sw_seen_trunk t = { 0 };

	t.n = (uint16_t)(name.n < sizeof(t.name) ? name.n : sizeof(t.name));
	memcpy(t.name, name.p, t.n);
	return t;
}

bool sw_seen_use(struct sw_seen *s, const struct sw_policy *p)
{
	struct sw_seen next = { .list = calloc(p->trunks + 1, sizeof(*next.list)) };

	if (!next.list)
		return false;
	for (size_t i = 0; i < p->trunks; i++)
		next.list[next.n++] = of_trunk(p->trunk[i].name);
	qsort(next.list, next.n, sizeof(*next.list), compare);
	for (size_t i = 0; i < p->users; i++) {
		struct sw_seen_trunk *t = find(&next, sw_user_trunk(&p->user[i]));

		if (t)
			t->users++;
	}
	sw_seen_free(s);
	*s = next;
	return true;
}

void sw_seen_free(struct sw_seen *s)
{
	free(s->list);
	*s = (struct sw_seen){ 0 };
}

static uint32_t load32(const _Atomic uint32_t *m)
{
	return atomic_load_explicit(m, memory_order_relaxed);
}

static bool is_later(const struct sw_metric_last *last, int64_t *at_us)
{
	int64_t us = atomic_load_explicit(&last->at_us, memory_order_relaxed);

	if (us <= *at_us)
		return false;
	*at_us = us;
	return true;
}

/* Who wrote it may have been taken over: what is on no list is the first of its list. */
static uint8_t within(uint32_t n, uint32_t limit)
{
	return (uint8_t)(n < limit ? n : 0);
}

static void look_at(struct sw_seen_trunk *t, const struct sw_metric_trunk *m)
{
	if (is_later(&m->last_accepted, &t->allowed_us)) {
		uint32_t how = load32(&m->last_accepted.how);

		t->factor = within(how & 0xff, SW_FACTOR_COUNT);
		t->alg = within(how >> 8 & 0xff, SW_ALG_COUNT);
		t->sess = how >> 16 & 1;
	}
	if (is_later(&m->last_refused, &t->refused_us)) {
		uint64_t id = sw_metric_read(&m->last_refused.id);

		t->reason = within(load32(&m->last_refused.how), SW_REASON_LIMIT);
		memcpy(t->id, &id, sizeof(t->id));
	}
}

bool sw_seen_find(const struct sw_seen *s, const struct sw_board *board, struct sw_slice name,
		  struct sw_seen_trunk *out)
{
	const struct sw_seen_trunk *t = name.n > 0 ? find(s, name) : NULL;

	if (!t)
		return false;
	*out = *t;
	for (uint32_t i = 0; i < board->workers; i++) {
		const struct sw_metric_trunk *m = sw_metric_find_trunk(sw_board_metrics(board, i),
								       name);

		if (m)
			look_at(out, m);
	}
	return true;
}
