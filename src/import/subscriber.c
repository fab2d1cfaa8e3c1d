/* SPDX-License-Identifier: Apache-2.0 */
#include "import/subscriber.h"

#include <sqlite3.h>

static const struct sw_slice magic = SW_INIT("SQLite format 3");

/* What we read, if the table has it; the rest stays where it is. */
static const char *const wanted[] = {
	"username", "domain", "password", "ha1", "ha1b", "ha1_sha256", "ha1_sha512t256",
};

bool sw_subscriber_is(struct sw_slice start)
{
	return sw_slice_has_prefix(start, magic);
}

/* SQLite's words are of the file, never of what stands in a row. */
static bool say(struct sw_columns *c, sqlite3 *db)
{
	sw_rows_bad(c->to, 0, SW_ROW_WHOLE, "the database cannot be read: %s",
		    db ? sqlite3_errmsg(db) : "no memory");
	return false;
}

static struct sw_slice text_of(sqlite3_stmt *q, int at)
{
	const char *p = (const char *)sqlite3_column_text(q, at);
	int n = sqlite3_column_bytes(q, at);

	return (struct sw_slice){ p, p && n > 0 ? (size_t)n : 0 };
}

/* Which of the wanted columns there are. */
static bool read_columns(struct sw_columns *c, sqlite3 *db, struct sw_slice *name, size_t *n)
{
	sqlite3_stmt *q = NULL;
	int step;

	*n = 0;
	if (sqlite3_prepare_v2(db, "SELECT name FROM pragma_table_info('subscriber')", -1, &q,
			       NULL) != SQLITE_OK)
		return say(c, db);
	while ((step = sqlite3_step(q)) == SQLITE_ROW)
		for (size_t i = 0; i < SW_ARRAY_LEN(wanted); i++)
			if (sw_slice_eq_nocase(text_of(q, 0), sw_slice_of(wanted[i])) &&
			    *n < SW_ARRAY_LEN(wanted))
				name[(*n)++] = sw_slice_of(wanted[i]);
	(void)sqlite3_finalize(q);
	if (step != SQLITE_DONE)
		return say(c, db);
	if (*n > 0)
		return true;
	sw_rows_bad(c->to, 0, SW_ROW_WHOLE, "the database has no table subscriber");
	return false;
}

/* Of our own words alone: no text of the file gets into it. */
static sqlite3_stmt *select_all(sqlite3 *db, const struct sw_slice *name, size_t n)
{
	sqlite3_str *s = sqlite3_str_new(db);
	sqlite3_stmt *q = NULL;
	char *text;

	sqlite3_str_appendall(s, "SELECT rowid");
	for (size_t i = 0; i < n; i++) {
		sqlite3_str_appendall(s, ",");
		sqlite3_str_append(s, name[i].p, (int)name[i].n);
	}
	sqlite3_str_appendall(s, " FROM subscriber");
	text = sqlite3_str_finish(s);
	if (text)
		(void)sqlite3_prepare_v2(db, text, -1, &q, NULL);
	sqlite3_free(text);
	return q;
}

static bool read_rows(struct sw_columns *c, sqlite3 *db, const struct sw_slice *name, size_t n)
{
	sqlite3_stmt *q = select_all(db, name, n);
	int step;

	if (!q)
		return say(c, db);
	while ((step = sqlite3_step(q)) == SQLITE_ROW) {
		struct sw_slice field[SW_ARRAY_LEN(wanted)];
		bool quoted[SW_ARRAY_LEN(wanted)];

		for (size_t i = 0; i < n; i++) {
			field[i] = text_of(q, (int)i + 1);
			quoted[i] = true;
		}
		sw_columns_row(c, field, quoted, n, (uint64_t)sqlite3_column_int64(q, 0));
	}
	(void)sqlite3_finalize(q);
	return step == SQLITE_DONE || say(c, db);
}

bool sw_subscriber_file(struct sw_columns *c, const char *path)
{
	struct sw_slice name[SW_ARRAY_LEN(wanted)];
	sqlite3 *db = NULL;
	size_t n;
	bool ok;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		ok = say(c, db);
		(void)sqlite3_close(db);
		return ok;
	}
	ok = read_columns(c, db, name, &n) && sw_columns_read(c, name, n, 0) &&
	     read_rows(c, db, name, n);
	(void)sqlite3_close(db);
	return ok;
}
