/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory: users by the same statements over a database that has no file, so that a list is applied
 * as a whole here too. Bindings are in the location already, and nothing outlives the door.
 */
#include "store/sqlite.h"

static bool put_no_binding(void *a, const struct sw_binding *b, uint64_t seq,
			   struct sw_store_why *why)
{
	(void)a;
	(void)b;
	(void)seq;
	(void)why;
	return true;
}

static bool drop_no_binding(void *a, uint64_t id, struct sw_store_stamp stamp,
			    struct sw_store_why *why)
{
	(void)a;
	(void)id;
	(void)stamp;
	(void)why;
	return true;
}

static bool drop_none_ended(void *a, struct sw_wall now, bool flows, struct sw_store_why *why)
{
	(void)a;
	(void)now;
	(void)flows;
	(void)why;
	return true;
}

static bool drop_no_marks(void *a, struct sw_store_stamp before, struct sw_store_why *why)
{
	(void)a;
	(void)before;
	(void)why;
	return true;
}

static bool each_of_none(void *a, sw_store_binding_fn fn, void *arg, struct sw_store_why *why)
{
	(void)a;
	(void)fn;
	(void)arg;
	(void)why;
	return true;
}

static bool is_never_moved(void *a)
{
	(void)a;
	return false;
}

static bool remake_nothing(void *a, struct sw_store_why *why)
{
	(void)a;
	(void)why;
	return true;
}

const struct sw_adapter sw_adapter_memory = {
	.open = sw_sqlite_open,
	.close = sw_sqlite_close,
	.begin = sw_sqlite_begin,
	.commit = sw_sqlite_commit,
	.rollback = sw_sqlite_rollback,
	.is_moved = is_never_moved,
	.remake = remake_nothing,
	.meta = sw_rows_meta,
	.set_meta = sw_rows_set_meta,
	.count = sw_rows_count,
	.user = sw_rows_user,
	.put_user = sw_rows_put_user,
	.drop_user = sw_rows_drop_user,
	.owner = sw_rows_owner,
	.each_user = sw_rows_each_user,
	.each_changed = sw_rows_each_changed,
	.put_binding = put_no_binding,
	.drop_binding = drop_no_binding,
	.drop_ended = drop_none_ended,
	.each_binding = each_of_none,
	.drop_marks = drop_no_marks,
	.last_seq = sw_bindings_last_seq,
	.stamp = sw_sqlite_stamp,
};
