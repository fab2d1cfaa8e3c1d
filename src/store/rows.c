/* SPDX-License-Identifier: Apache-2.0 */
/* Users, and values of the store itself, as rows of SQLite. */
#include "store/sqlite.h"

bool sw_rows_meta(void *arg, const char *key, struct sw_buf *out, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	sqlite3_stmt *s = sw_sqlite_use(a, SW_SQL_META);
	int code;

	sw_sqlite_text(s, 1, sw_slice_of(key));
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		sw_buf_put(out, sw_sqlite_octets(s, 0));
	else if (code != SQLITE_DONE)
		(void)sw_sqlite_fail(a, why);
	sw_sqlite_done(s);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

bool sw_rows_set_meta(void *arg, const char *key, struct sw_slice value, struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(arg, SW_SQL_SET_META);

	sw_sqlite_text(s, 1, sw_slice_of(key));
	sw_sqlite_blob(s, 2, value);
	return sw_sqlite_run(arg, s, why);
}

bool sw_rows_count(void *arg, uint64_t *users, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	sqlite3_stmt *s = sw_sqlite_use(a, SW_SQL_COUNT);
	bool ok = sqlite3_step(s) == SQLITE_ROW || sw_sqlite_fail(a, why);

	if (ok)
		*users = (uint64_t)sqlite3_column_int64(s, 0);
	sw_sqlite_done(s);
	return ok;
}

static struct sw_row read_row(sqlite3_stmt *s)
{
	return (struct sw_row){
		.name = sw_sqlite_octets(s, 0),
		.trunk = sw_sqlite_octets(s, 1),
		.is_off = sqlite3_column_int(s, 2) != 0,
		.algs = (uint32_t)sqlite3_column_int64(s, 3),
		.box = sw_sqlite_octets(s, 4),
		.entries = sw_sqlite_octets(s, 5),
	};
}

/* All rows of a statement that is bound; done. */
static bool each(struct sw_sqlite *a, sqlite3_stmt *s, sw_row_fn fn, void *arg, bool *found,
		 struct sw_store_why *why)
{
	int code;

	while ((code = sqlite3_step(s)) == SQLITE_ROW) {
		struct sw_row row = read_row(s);

		*found = true;
		if (!fn(arg, &row))
			break;
	}
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		(void)sw_sqlite_fail(a, why);
	sw_sqlite_done(s);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

enum sw_store_row sw_rows_user(void *arg, struct sw_slice name, sw_row_fn fn, void *fn_arg,
			       struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(arg, SW_SQL_USER);
	bool found = false;

	sw_sqlite_text(s, 1, name);
	if (!each(arg, s, fn, fn_arg, &found, why))
		return SW_STORE_ROW_FAILED;
	return found ? SW_STORE_ROW : SW_STORE_NO_ROW;
}

bool sw_rows_each_user(void *arg, struct sw_slice after, sw_row_fn fn, void *fn_arg,
		       struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(arg, SW_SQL_USERS);
	bool found = false;

	sw_sqlite_text(s, 1, after);
	return each(arg, s, fn, fn_arg, &found, why);
}

static bool each_gone(struct sw_sqlite *a, sw_store_name_fn fn, void *arg, struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(a, SW_SQL_GONE);
	int code;

	while ((code = sqlite3_step(s)) == SQLITE_ROW && fn(arg, sw_sqlite_octets(s, 0)))
		;
	if (code != SQLITE_ROW && code != SQLITE_DONE)
		(void)sw_sqlite_fail(a, why);
	sw_sqlite_done(s);
	return code == SQLITE_ROW || code == SQLITE_DONE;
}

/* Gone ones first: a name may have gone and come again in one list. */
bool sw_rows_each_changed(void *arg, sw_row_fn changed, sw_store_name_fn gone, void *row_arg,
			  void *name_arg, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	sqlite3_stmt *s;
	bool found = false;

	if (!each_gone(a, gone, name_arg, why))
		return false;
	s = sw_sqlite_use(a, SW_SQL_CHANGED);
	(void)sqlite3_bind_int64(s, 1, a->change);
	return each(a, s, changed, row_arg, &found, why) &&
	       sw_sqlite_run(a, sw_sqlite_use(a, SW_SQL_DROP_GONE), why);
}

static bool run_entry(struct sw_sqlite *a, enum sw_sql which, struct sw_slice text, int64_t user,
		      struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(a, which);

	sw_sqlite_text(s, 1, text);
	(void)sqlite3_bind_int64(s, 2, user);
	return sw_sqlite_run(a, s, why);
}

/* Add or drop what a user owns: its name is its AoR where there is no other. */
static bool run_entries(struct sw_sqlite *a, bool is_add, struct sw_slice name,
			struct sw_slice entries, int64_t user, struct sw_store_why *why)
{
	enum sw_sql aor = is_add ? SW_SQL_ADD_AOR : SW_SQL_DROP_AOR;
	enum sw_sql number = is_add ? SW_SQL_ADD_NUMBER : SW_SQL_DROP_NUMBER;
	bool has_aor = false;
	struct sw_slice text;
	char kind;

	while (sw_entry_next(&entries, &kind, &text)) {
		has_aor |= kind == SW_AOR_USER;
		if (!run_entry(a, kind == SW_AOR_USER ? aor : number, text, user, why))
			return false;
	}
	return has_aor || run_entry(a, aor, name, user, why);
}

/* Which row this user has; what it owns by now goes. *id: 0, there is none. */
static bool drop_entries(struct sw_sqlite *a, struct sw_slice name, int64_t *id,
			 struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(a, SW_SQL_USER_KEYS);
	int code;
	bool ok;

	sw_sqlite_text(s, 1, name);
	code = sqlite3_step(s);
	ok = code == SQLITE_ROW || code == SQLITE_DONE || sw_sqlite_fail(a, why);
	*id = code == SQLITE_ROW ? sqlite3_column_int64(s, 0) : 0;
	if (*id > 0)
		ok = run_entries(a, false, name, sw_sqlite_octets(s, 2), *id, why);
	sw_sqlite_done(s);
	return ok;
}

static bool run_user(struct sw_sqlite *a, enum sw_sql which, const struct sw_row *row,
		     struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(a, which);

	sw_sqlite_text(s, 1, row->name);
	sw_sqlite_text(s, 2, row->trunk);
	(void)sqlite3_bind_int(s, 3, row->is_off);
	(void)sqlite3_bind_int64(s, 4, row->algs);
	sw_sqlite_blob(s, 5, row->box);
	sw_sqlite_blob(s, 6, row->entries);
	(void)sqlite3_bind_int64(s, 7, a->change);
	return sw_sqlite_run(a, s, why);
}

static sqlite3_stmt *use_lost(struct sw_sqlite *a, enum sw_sql which, struct sw_slice name,
			      int64_t id, bool all)
{
	sqlite3_stmt *s = sw_sqlite_use(a, which);

	sw_sqlite_text(s, 1, name);
	(void)sqlite3_bind_int64(s, 2, id);
	(void)sqlite3_bind_int(s, 3, all);
	return s;
}

/* Bindings that the user has no more, or all of them: whoever has its name next has none. */
static bool drop_lost(struct sw_sqlite *a, struct sw_slice name, int64_t id, bool all,
		      struct sw_store_why *why)
{
	sqlite3_stmt *s = use_lost(a, SW_SQL_MARK_LOST, name, id, all);

	(void)sqlite3_bind_int64(s, 4, (int64_t)a->stamp.seq);
	(void)sqlite3_bind_int64(s, 5, sw_wall_s(a->stamp.at));
	return sw_sqlite_run(a, s, why) &&
	       sw_sqlite_run(a, use_lost(a, SW_SQL_DROP_LOST, name, id, all), why);
}

bool sw_rows_put_user(void *arg, const struct sw_row *row, bool is_new, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	int64_t id;

	if (!is_new && !drop_entries(a, row->name, &id, why))
		return false;
	if (!run_user(a, is_new ? SW_SQL_ADD_USER : SW_SQL_SET_USER, row, why))
		return false;
	if (is_new)
		id = sqlite3_last_insert_rowid(a->db);
	return run_entries(a, true, row->name, row->entries, id, why) &&
	       drop_lost(a, row->name, id, is_new || row->is_off, why);
}

static bool run_name(struct sw_sqlite *a, enum sw_sql which, struct sw_slice name,
		     struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(a, which);

	sw_sqlite_text(s, 1, name);
	return sw_sqlite_run(a, s, why);
}

bool sw_rows_drop_user(void *arg, struct sw_slice name, struct sw_store_why *why)
{
	int64_t id;

	return drop_entries(arg, name, &id, why) && run_name(arg, SW_SQL_DROP_USER, name, why) &&
	       run_name(arg, SW_SQL_ADD_GONE, name, why) && drop_lost(arg, name, id, true, why);
}

enum sw_store_row sw_rows_owner(void *arg, char kind, struct sw_slice text, struct sw_buf *name,
				struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	sqlite3_stmt *s = sw_sqlite_use(a, kind == 0             ? SW_SQL_NAME_OWNER
					   : kind == SW_AOR_USER ? SW_SQL_AOR_OWNER
								 : SW_SQL_NUMBER_OWNER);
	int code;

	sw_sqlite_text(s, 1, text);
	code = sqlite3_step(s);
	if (code == SQLITE_ROW)
		sw_buf_put(name, sw_sqlite_octets(s, 0));
	else if (code != SQLITE_DONE)
		(void)sw_sqlite_fail(a, why);
	sw_sqlite_done(s);
	if (code == SQLITE_ROW)
		return SW_STORE_ROW;
	return code == SQLITE_DONE ? SW_STORE_NO_ROW : SW_STORE_ROW_FAILED;
}
