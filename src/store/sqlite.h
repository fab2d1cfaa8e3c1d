/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite adapter share. Nothing else includes this. */
#ifndef SIPWARD_SQLITE_H
#define SIPWARD_SQLITE_H

#include <sqlite3.h>

#include "store/adapter.h"

enum sw_sql {
#define SW_SQL(symbol, text) SW_SQL_##symbol,
#include "store/statement.def"
#undef SW_SQL
	SW_SQL_COUNTED,
};

struct sw_sqlite {
	sqlite3 *db;
	sqlite3_stmt *stmt[SW_SQL_COUNTED];
	char *path, *log, *copy; /* of the file; of its log; of a copy that is being made */
	int wait_ms;
	bool is_read, is_memory;
	bool is_old;  /* read, and of an earlier schema, which lacks what only writing needs */
	bool is_lazy; /* synchronous is NORMAL */
	uint64_t log_device, log_inode; /* of the log as it was opened */
	int64_t change;              /* number of the transaction that runs, or of the last one */
	struct sw_store_stamp stamp; /* of bindings that go with their users */
};

/* What SQLite has just said, as a sentence. Gives false. */
bool sw_sqlite_fail(const struct sw_sqlite *a, struct sw_store_why *why);

/* A statement with nothing bound. The caller resets it by sw_sqlite_done. */
sqlite3_stmt *sw_sqlite_use(struct sw_sqlite *a, enum sw_sql which);

/* Let go of what it holds, and of secrets that were bound. */
void sw_sqlite_done(sqlite3_stmt *s);

/* Run it to its end, which must come at once; done. */
bool sw_sqlite_run(struct sw_sqlite *a, sqlite3_stmt *s, struct sw_store_why *why);

/* Borrowed until done. */
void sw_sqlite_text(sqlite3_stmt *s, int at, struct sw_slice text);
void sw_sqlite_blob(sqlite3_stmt *s, int at, struct sw_slice octets);

/* Borrowed until the next step. */
struct sw_slice sw_sqlite_octets(sqlite3_stmt *s, int column);

/* sqlite.c */
void *sw_sqlite_open(const struct sw_store_setting *setting, struct sw_store_why *why);
void sw_sqlite_close(void *arg);
bool sw_sqlite_begin(void *arg, bool bindings, struct sw_store_why *why);
bool sw_sqlite_commit(void *arg, struct sw_store_why *why);
void sw_sqlite_rollback(void *arg);
void sw_sqlite_stamp(void *arg, struct sw_store_stamp stamp);

/* For remake.c: what opening is made of. */
bool sw_sqlite_say_errno(const char *path, int error, const char *words, struct sw_store_why *why);
int sw_sqlite_make_file(const char *path, struct sw_store_why *why); /* below 0: *why */
bool sw_sqlite_connect(struct sw_sqlite *a, struct sw_store_why *why);
void sw_sqlite_disconnect(struct sw_sqlite *a);
bool sw_sqlite_begin_wal(struct sw_sqlite *a, struct sw_store_why *why);
bool sw_sqlite_execute(struct sw_sqlite *a, const char *sql, struct sw_store_why *why);

/* The first column of the first row, as a number and as text; either may be NULL. */
bool sw_sqlite_ask(struct sw_sqlite *a, const char *sql, int64_t *number, struct sw_buf *text,
		   struct sw_store_why *why);

/* remake.c: a file, or its log, that was taken away while it is open */
bool sw_sqlite_note_log(struct sw_sqlite *a, struct sw_store_why *why);
bool sw_sqlite_is_moved(void *arg);
bool sw_sqlite_remake(void *arg, struct sw_store_why *why);

/* rows.c */
bool sw_rows_meta(void *arg, const char *key, struct sw_buf *out, struct sw_store_why *why);
bool sw_rows_set_meta(void *arg, const char *key, struct sw_slice value, struct sw_store_why *why);
bool sw_rows_count(void *arg, uint64_t *users, struct sw_store_why *why);
enum sw_store_row sw_rows_user(void *arg, struct sw_slice name, sw_row_fn fn, void *fn_arg,
			       struct sw_store_why *why);
bool sw_rows_put_user(void *arg, const struct sw_row *row, bool is_new, struct sw_store_why *why);
bool sw_rows_drop_user(void *arg, struct sw_slice name, struct sw_store_why *why);
enum sw_store_row sw_rows_owner(void *arg, char kind, struct sw_slice text, struct sw_buf *name,
				struct sw_store_why *why);
bool sw_rows_each_user(void *arg, struct sw_slice after, sw_row_fn fn, void *fn_arg,
		       struct sw_store_why *why);
bool sw_rows_each_changed(void *arg, sw_row_fn changed, sw_store_name_fn gone, void *row_arg,
			  void *name_arg, struct sw_store_why *why);

/* bindings.c */
bool sw_bindings_put(void *arg, const struct sw_binding *b, uint64_t seq, struct sw_store_why *why);
bool sw_bindings_drop(void *arg, uint64_t id, struct sw_store_stamp stamp,
		      struct sw_store_why *why);
bool sw_bindings_drop_marks(void *arg, struct sw_store_stamp before, struct sw_store_why *why);
bool sw_bindings_last_seq(void *arg, uint64_t *seq, struct sw_store_why *why);
bool sw_bindings_drop_ended(void *arg, struct sw_wall now, bool flows, struct sw_store_why *why);
bool sw_bindings_each(void *arg, sw_store_binding_fn fn, void *fn_arg, struct sw_store_why *why);

#endif
