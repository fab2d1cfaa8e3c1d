/* SPDX-License-Identifier: Apache-2.0 */
#include "import/subscriber.h"

#include <sqlite3.h>
#include <sys/stat.h>

#define FIELD_MAX    (1 << 20) /* octets of a value */
#define STEPS_MIN    10000000  /* of SQLite's machine, whatever the file is */
#define STEPS_OCTET  16        /* and for each octet of it: many times what reading them takes */
#define STEPS_A_TIME 10000

static const struct sw_slice magic = SW_INIT("SQLite format 3");

/* What we read, if the table has it; the rest stays where it is. */
static const char *const wanted[] = {
	"username", "domain", "password", "ha1", "ha1b", "ha1_sha256", "ha1_sha512t256",
};

bool sw_subscriber_is(struct sw_slice start)
{
	return sw_slice_has_prefix(start, magic);
}

/* How much work a file may make: one that is made for it could go round in itself for ever. */
struct work {
	uint64_t done, most;
};

static int count_work(void *arg)
{
	struct work *w = arg;

	w->done += STEPS_A_TIME;
	return w->done > w->most;
}

static struct work work_of(const char *path)
{
	struct stat st;
	uint64_t octets = stat(path, &st) == 0 && st.st_size > 0 ? (uint64_t)st.st_size : 0;

	return (struct work){ .most = STEPS_MIN + STEPS_OCTET * octets };
}

/* The file may be anybody's: what it defines is not run, and nothing in it is long. */
static void guard(sqlite3 *db, struct work *w)
{
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	(void)sqlite3_limit(db, SQLITE_LIMIT_LENGTH, FIELD_MAX);
	sqlite3_progress_handler(db, STEPS_A_TIME, count_work, w);
}

/* SQLite's words are of the file, never of what stands in a row. */
static bool say(struct sw_columns *c, sqlite3 *db)
{
	if (db && sqlite3_errcode(db) == SQLITE_INTERRUPT)
		sw_rows_bad(c->to, 0, SW_ROW_WHOLE,
			    "the database is damaged, or made so that reading it does not end");
	else
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

/* A view, or a table that a module makes up, has no page of its own. */
static bool check_table(struct sw_columns *c, sqlite3 *db)
{
	sqlite3_stmt *q = NULL;
	int step;

	if (sqlite3_prepare_v2(db,
			       "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 "
			       "AND name = 'subscriber' COLLATE NOCASE",
			       -1, &q, NULL) != SQLITE_OK)
		return say(c, db);
	step = sqlite3_step(q);
	(void)sqlite3_finalize(q);
	if (step == SQLITE_ROW)
		return true;
	if (step != SQLITE_DONE)
		return say(c, db);
	sw_rows_bad(c->to, 0, SW_ROW_WHOLE, "the database has no table subscriber");
	return false;
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
	sw_rows_bad(c->to, 0, SW_ROW_WHOLE, "the table subscriber has no column that we know");
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
	struct work work = work_of(path);
	sqlite3 *db = NULL;
	size_t n;
	bool ok;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) !=
	    SQLITE_OK) {
		ok = say(c, db);
		(void)sqlite3_close(db);
		return ok;
	}
	guard(db, &work);
	ok = check_table(c, db) && read_columns(c, db, name, &n) &&
	     sw_columns_read(c, name, n, 0) && read_rows(c, db, name, n);
	(void)sqlite3_close(db);
	return ok;
}
