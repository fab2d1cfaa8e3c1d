/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/seen.h"

#include <stdlib.h>

#include "tell/decision.h"

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

static struct sw_seen_trunk of_trunk(const struct sw_seen *old, struct sw_slice name)
{
	const struct sw_seen_trunk *known = find(old, name);
	struct sw_seen_trunk t = { 0 };

	if (known)
		t = *known;
	t.n = (uint16_t)(name.n < sizeof(t.name) ? name.n : sizeof(t.name));
	memcpy(t.name, name.p, t.n);
	t.users = 0;
	return t;
}

bool sw_seen_use(struct sw_seen *s, const struct sw_policy *p)
{
	struct sw_seen next = { .list = calloc(p->trunks + 1, sizeof(*next.list)) };

	if (!next.list)
		return false;
	for (size_t i = 0; i < p->trunks; i++)
		next.list[next.n++] = of_trunk(s, p->trunk[i].name);
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

void sw_seen_note(struct sw_seen *s, const struct sw_event *e)
{
	struct sw_seen_trunk *t = e->trunk.n > 0 ? find(s, SW_EVENT_SLICE(e->trunk)) : NULL;

	if (!t)
		return;
	if (e->act == SW_ACT_ALLOW) {
		t->allowed_us = e->at_us;
		t->factor = e->factor;
		t->alg = e->alg;
		t->sess = e->sess;
	} else if (e->act == SW_ACT_REFUSE) {
		t->refused_us = e->at_us;
		t->reason = e->reason;
		memcpy(t->id, e->id, sizeof(t->id));
	}
}

static bool is_later(const struct sw_seen *s, const struct sw_event *e)
{
	const struct sw_seen_trunk *t = e->trunk.n > 0 ? find(s, SW_EVENT_SLICE(e->trunk)) : NULL;

	return t && e->at_us > (e->act == SW_ACT_ALLOW ? t->allowed_us : t->refused_us);
}

void sw_seen_recall(struct sw_seen *s, const struct sw_recent *recent)
{
	for (size_t i = 0; i < SW_BOARD_RECENT; i++) {
		const struct sw_event *e = sw_recent_at(recent, i);

		if (e && is_later(s, e))
			sw_seen_note(s, e);
	}
}

const struct sw_seen_trunk *sw_seen_find(const struct sw_seen *s, struct sw_slice name)
{
	return find(s, name);
}
