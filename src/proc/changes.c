/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of bindings on their way into the database. The ring between the worker and this role is
 * short; while a long list of users has the database, it is emptied into a backlog, which is
 * written first afterwards. Both are lost when the process dies: phones register again.
 */
#include <stdlib.h>

#include "proc/store_own.h"
#include "share/clock.h"

#define BATCH       1024 /* changes in one transaction */
#define BACKLOG_MIN 1024
#define BACKLOG_MAX (1u << 18)

static size_t waiting_in(const struct sw_backlog *b)
{
	return b->n - b->written;
}

size_t sw_changes_waiting(const struct sw_store_role *r)
{
	return waiting_in(&r->backlog) + (SW_STORE_CHANGES - sw_ring_room(&r->way.changes));
}

static bool has_room(struct sw_backlog *b)
{
	size_t max = b->max ? 2 * b->max : BACKLOG_MIN;
	struct sw_change *list;

	if (b->n < b->max)
		return true;
	if (b->max >= BACKLOG_MAX)
		return false;
	list = realloc(b->list, max * sizeof(*list));
	if (!list)
		return false;
	b->list = list;
	b->max = max;
	return true;
}

/* What finds no room stays in the ring; a full ring makes the worker refuse. */
void sw_changes_set_aside(struct sw_store_role *r)
{
	const struct sw_change *c;

	while ((c = sw_ring_peek(&r->way.changes)) != NULL && has_room(&r->backlog)) {
		r->backlog.list[r->backlog.n++] = *c;
		sw_ring_drop(&r->way.changes);
	}
}

void sw_changes_free(struct sw_store_role *r)
{
	free(r->backlog.list);
	r->backlog = (struct sw_backlog){ 0 };
}

/* The n-th that waits, the backlog first. */
static const struct sw_change *change_at(const struct sw_store_role *r, size_t n)
{
	const struct sw_backlog *b = &r->backlog;

	if (n < waiting_in(b))
		return &b->list[b->written + n];
	return sw_ring_peek_at(&r->way.changes, (uint32_t)(n - waiting_in(b)));
}

static void drop_some(struct sw_store_role *r, size_t n)
{
	size_t of_backlog = waiting_in(&r->backlog) < n ? waiting_in(&r->backlog) : n;

	r->backlog.written += of_backlog;
	if (waiting_in(&r->backlog) == 0)
		sw_changes_free(r);
	sw_ring_drop_some(&r->way.changes, (uint32_t)(n - of_backlog));
}

static bool apply(struct sw_store_role *r, const struct sw_change *c, struct sw_store_why *why)
{
	struct sw_store_stamp stamp = { sw_store_seq(r->store) + 1, sw_clock_wall() };

	if (c->is_gone)
		return sw_store_drop_binding(r->store, c->binding.id, stamp, why);
	return sw_store_put_binding(r->store, &c->binding, stamp.seq, why);
}

/* Up to a batch in one transaction; they stop waiting when the database has them. */
static bool write_batch(struct sw_store_role *r, size_t *n, struct sw_store_why *why)
{
	const struct sw_change *c;
	bool ok;

	*n = 0;
	if (!sw_store_begin(r->store, true, why))
		return false;
	for (ok = true; ok && *n < BATCH && (c = change_at(r, *n)) != NULL; (*n)++)
		ok = apply(r, c, why);
	if (ok && sw_store_commit(r->store, why)) {
		drop_some(r, *n);
		return true;
	}
	sw_store_rollback(r->store);
	return false;
}

bool sw_changes_write(struct sw_store_role *r)
{
	struct sw_store_why why = { 0 };
	size_t n;

	if (!change_at(r, 0))
		return false;
	if (!write_batch(r, &n, &why)) {
		sw_store_role_fail(r, &why);
		return false;
	}
	return n == BATCH;
}
