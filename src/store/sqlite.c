/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/schema.h"

#define OTHERS 06 /* read or write */

static const char *const text_of[SW_SQL_COUNTED] = {
#define SW_SQL(symbol, text) [SW_SQL_##symbol] = (text),
#include "store/statement.def"
#undef SW_SQL
};

const char *sw_store_library(void)
{
	return sqlite3_libversion();
}

void sw_store_prepare_library(void)
{
	uint8_t octet;

	if (sqlite3_initialize() == SQLITE_OK)
		sqlite3_randomness(sizeof(octet), &octet);
}

bool sw_store_say(struct sw_store_why *why, enum sw_store_trouble trouble, const char *format, ...)
{
	va_list args;

	why->trouble = trouble;
	va_start(args, format);
	(void)vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
	return false;
}

/* The directory of a path, as far as it matters: "." for one without a slash. */
static int directory_n(const char *path)
{
	const char *slash = memrchr(path, '/', strlen(path));

	return slash ? (int)(slash - path) + (slash == path) : 0;
}

static bool say_no_directory(const char *path, struct sw_store_why *why)
{
	int n = directory_n(path);

	return sw_store_say(why, SW_STORE_NO_DIRECTORY,
			    "%s cannot be made: its directory does not exist: mkdir -p -m 0700 "
			    "%.*s, or name another place with store",
			    path, n, path);
}

static bool say_denied(const char *path, struct sw_store_why *why)
{
	return sw_store_say(why, SW_STORE_DENIED,
			    "%s cannot be opened by this user (uid %u): give it and its directory "
			    "to whoever runs the door",
			    path, (unsigned)geteuid());
}

static bool say_full(const char *path, struct sw_store_why *why)
{
	return sw_store_say(why, SW_STORE_FULL,
			    "there is no room for %s on its disk, so nothing was changed: make "
			    "room",
			    path);
}

static bool say_read_only(const char *path, struct sw_store_why *why)
{
	return sw_store_say(why, SW_STORE_READ_ONLY,
			    "%s cannot be written: the file, its directory or its disk is "
			    "read-only for this user",
			    path);
}

static bool say_damaged(const char *path, const char *what, struct sw_store_why *why)
{
	return sw_store_say(why, SW_STORE_CORRUPT,
			    "%s is damaged (%s): put a copy of it back, or move it away and "
			    "import the users again",
			    path, what);
}

static bool say_no_database(const char *path, struct sw_store_why *why)
{
	return sw_store_say(why, SW_STORE_NO_DATABASE,
			    "%s is no database: name another place with store", path);
}

/* By what the kernel said: the codes of SQLite mix up a full disk and a missing one. */
bool sw_sqlite_say_errno(const char *path, int error, const char *words, struct sw_store_why *why)
{
	switch (error) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return say_full(path, why);
	case EROFS:
		return say_read_only(path, why);
	case ENOENT:
	case ENOTDIR:
		return say_no_directory(path, why);
	case EACCES:
	case EPERM:
		return say_denied(path, why);
	default:
		return sw_store_say(why, SW_STORE_BROKEN, "%s cannot be used: %s", path, words);
	}
}

bool sw_sqlite_fail(const struct sw_sqlite *a, struct sw_store_why *why)
{
	int code = sqlite3_extended_errcode(a->db);

	switch (code & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return sw_store_say(why, SW_STORE_LOCKED,
				    "%s is in use by another process (a door that runs, or a "
				    "command): end that first",
				    a->path);
	case SQLITE_CORRUPT:
		return say_damaged(a->path, sqlite3_errmsg(a->db), why);
	case SQLITE_NOTADB:
		return say_no_database(a->path, why);
	case SQLITE_FULL:
		return say_full(a->path, why);
	case SQLITE_READONLY:
		return say_read_only(a->path, why);
	case SQLITE_NOMEM:
		return sw_store_say(why, SW_STORE_MEMORY_OUT, "there is not enough memory for %s",
				    a->path);
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		if (a->is_read && access(a->log, F_OK) == 0)
			return sw_store_say(why, SW_STORE_DENIED,
					    "%s was not closed, so whoever reads it must be able "
					    "to write beside it: look as the user who runs the "
					    "door",
					    a->path);
		/* only of these the kernel's word is the last one */
		return sw_sqlite_say_errno(a->path, sqlite3_system_errno(a->db),
					   sqlite3_errmsg(a->db), why);
	default:
		return sw_sqlite_say_errno(a->path, 0, sqlite3_errmsg(a->db), why);
	}
}

sqlite3_stmt *sw_sqlite_use(struct sw_sqlite *a, enum sw_sql which)
{
	return a->stmt[which];
}

void sw_sqlite_done(sqlite3_stmt *s)
{
	(void)sqlite3_reset(s);
	(void)sqlite3_clear_bindings(s);
}

bool sw_sqlite_run(struct sw_sqlite *a, sqlite3_stmt *s, struct sw_store_why *why)
{
	int code = sqlite3_step(s);
	bool ok = code == SQLITE_DONE || code == SQLITE_ROW || sw_sqlite_fail(a, why);

	sw_sqlite_done(s);
	return ok;
}

void sw_sqlite_text(sqlite3_stmt *s, int at, struct sw_slice text)
{
	(void)sqlite3_bind_text64(s, at, text.p ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

void sw_sqlite_blob(sqlite3_stmt *s, int at, struct sw_slice octets)
{
	(void)sqlite3_bind_blob64(s, at, octets.p ? octets.p : "", octets.n, SQLITE_STATIC);
}

struct sw_slice sw_sqlite_octets(sqlite3_stmt *s, int column)
{
	const void *p = sqlite3_column_blob(s, column);

	return (struct sw_slice){ p, p ? (size_t)sqlite3_column_bytes(s, column) : 0 };
}

/* Could it be made? */
static bool say_not_there(const char *path, struct sw_store_why *why)
{
	int n = directory_n(path);
	char *directory = strndup(n > 0 ? path : ".", n > 0 ? (size_t)n : 1);
	int error = directory && access(directory, W_OK | X_OK) != 0 ? errno : 0;

	free(directory);
	if (error != 0)
		return sw_sqlite_say_errno(path, error, "its directory cannot be used", why);
	return sw_store_say(why, SW_STORE_NO_FILE, "%s does not exist yet", path);
}

/* SQLite would make it readable for everybody whom the umask does not forbid it. */
int sw_sqlite_make_file(const char *path, struct sw_store_why *why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0640);

	if (fd < 0)
		(void)sw_sqlite_say_errno(path, errno, "the kernel refuses to make it", why);
	return fd;
}

/* What SQLite would say in its own way, or not at all. */
static bool look_at_file(const struct sw_sqlite *a, struct sw_store_why *why)
{
	struct stat st;
	int fd;

	if (stat(a->path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return say_no_database(a->path, why);
		if (st.st_mode & OTHERS)
			return sw_store_say(why, SW_STORE_EXPOSED,
					    "%s is open to every user of this machine (mode "
					    "%04o): chmod o-rwx %s",
					    a->path, st.st_mode & 07777, a->path);
		return true;
	}
	if (errno != ENOENT)
		return sw_sqlite_say_errno(a->path, errno, "the kernel refuses to look at it", why);
	if (a->is_read)
		return say_not_there(a->path, why);
	fd = sw_sqlite_make_file(a->path, why);
	if (fd < 0)
		return false;
	(void)close(fd);
	return true;
}

bool sw_sqlite_execute(struct sw_sqlite *a, const char *sql, struct sw_store_why *why)
{
	return sqlite3_exec(a->db, sql, NULL, NULL, NULL) == SQLITE_OK || sw_sqlite_fail(a, why);
}

/* The first column of the first row, as a number and as text; text may be NULL. */
bool sw_sqlite_ask(struct sw_sqlite *a, const char *sql, int64_t *number, struct sw_buf *text,
		   struct sw_store_why *why)
{
	sqlite3_stmt *s = NULL;
	bool ok = sqlite3_prepare_v2(a->db, sql, -1, &s, NULL) == SQLITE_OK &&
		  sqlite3_step(s) == SQLITE_ROW;

	if (ok && number)
		*number = sqlite3_column_int64(s, 0);
	if (ok && text)
		sw_buf_put(text, sw_sqlite_octets(s, 0));
	if (!ok)
		(void)sw_sqlite_fail(a, why);
	(void)sqlite3_finalize(s);
	return ok;
}

/* Is it ours, and of a version that we know? *from is its version; 0: there is nothing in it. */
static bool check_version(struct sw_sqlite *a, int64_t *from, struct sw_store_why *why)
{
	int64_t application = 0, tables = 0;

	if (!sw_sqlite_ask(a, "PRAGMA application_id", &application, NULL, why) ||
	    !sw_sqlite_ask(a, "PRAGMA user_version", from, NULL, why) ||
	    !sw_sqlite_ask(a, "SELECT count(*) FROM sqlite_schema", &tables, NULL, why))
		return false;
	if (application == 0 && *from == 0 && tables == 0)
		return true;
	if (application != SW_SCHEMA_APPLICATION || *from < 1)
		return sw_store_say(why, SW_STORE_FOREIGN,
				    "%s is a database of another program: name another place with "
				    "store",
				    a->path);
	if (*from > SW_SCHEMA_VERSION)
		return sw_store_say(why, SW_STORE_NEWER,
				    "%s was written by a newer sipward (schema %" PRId64
				    ", and this one knows %d): use that one, or a copy from before",
				    a->path, *from, SW_SCHEMA_VERSION);
	return true;
}

static bool check_pages(struct sw_sqlite *a, struct sw_store_why *why)
{
	char room[160];
	struct sw_buf found = sw_buf_over(room, sizeof(room));

	if (!sw_sqlite_ask(a, "PRAGMA quick_check(1)", NULL, &found, why))
		return false;
	if (sw_slice_eq(sw_buf_slice(&found), SW_LIT("ok")))
		return true;
	return say_damaged(a->path, sw_buf_text(&found), why);
}

bool sw_sqlite_begin_wal(struct sw_sqlite *a, struct sw_store_why *why)
{
	char room[16];
	struct sw_buf mode = sw_buf_over(room, sizeof(room));

	if (a->is_memory)
		return true;
	if (!sw_sqlite_ask(a, "PRAGMA journal_mode = WAL", NULL, &mode, why))
		return false;
	if (sw_slice_eq(sw_buf_slice(&mode), SW_LIT("wal")))
		return true;
	return sw_store_say(why, SW_STORE_BROKEN,
			    "%s stands on a disk that SQLite cannot use for its log: name another "
			    "place with store",
			    a->path);
}

static bool migrate(struct sw_sqlite *a, int64_t from, struct sw_store_why *why)
{
	if (from == SW_SCHEMA_VERSION)
		return true;
	if (!sw_sqlite_execute(a, "BEGIN IMMEDIATE", why))
		return false;
	if (sw_schema_migrate(a->db, (int)from) == SQLITE_OK && sw_sqlite_execute(a, "COMMIT", why))
		return true;
	(void)sw_sqlite_fail(a, why);
	(void)sqlite3_exec(a->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

static bool prepare_all(struct sw_sqlite *a, struct sw_store_why *why)
{
	if (!sw_sqlite_execute(
		    a, "PRAGMA temp_store = MEMORY; CREATE TEMP TABLE gone (name TEXT NOT NULL)",
		    why))
		return false;
	for (int i = 0; i < SW_SQL_COUNTED; i++) {
		int code = sqlite3_prepare_v3(a->db, text_of[i], -1, SQLITE_PREPARE_PERSISTENT,
					      &a->stmt[i], NULL);

		if (code == SQLITE_ERROR && a->is_old)
			continue;
		if (code == SQLITE_ERROR) /* a table or a column is not as our schema has it */
			return say_damaged(a->path, sqlite3_errmsg(a->db), why);
		if (code != SQLITE_OK)
			return sw_sqlite_fail(a, why);
	}
	return true;
}

/*
 * For a look. While nobody has it open there is no log; then SQLite needs no files beside it, which
 * it could not make in a directory of others, or which the door's user could not write.
 */
static char *uri_of(const struct sw_sqlite *a)
{
	bool is_alone = access(a->log, F_OK) != 0;
	size_t cap = sizeof("file:?immutable=1") + 3 * strlen(a->path);
	struct sw_buf b;
	char *uri = malloc(cap);

	if (!uri)
		return NULL;
	b = sw_buf_over(uri, cap);
	sw_buf_put(&b, SW_LIT("file:"));
	for (const char *p = a->path; *p; p++) {
		if (memchr("?#%", *p, 3)) {
			sw_buf_char(&b, '%');
			sw_buf_hex(&b, (const uint8_t *)p, 1);
		} else {
			sw_buf_char(&b, *p);
		}
	}
	if (is_alone)
		sw_buf_put(&b, SW_LIT("?immutable=1"));
	(void)sw_buf_text(&b);
	return uri;
}

static bool connect(struct sw_sqlite *a, struct sw_store_why *why)
{
	int flags = a->is_read ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE;
	char *uri = a->is_read ? uri_of(a) : NULL;
	int code = sqlite3_open_v2(uri ? uri : a->path, &a->db,
				   flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
					   (a->is_memory ? SQLITE_OPEN_MEMORY : 0),
				   NULL);

	free(uri);
	if (!a->db)
		return sw_store_say(why, SW_STORE_MEMORY_OUT, "there is not enough memory for %s",
				    a->path);
	if (code != SQLITE_OK)
		return sw_sqlite_fail(a, why);
	(void)sqlite3_db_config(a->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	(void)sqlite3_db_config(a->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	(void)sqlite3_busy_timeout(a->db, a->wait_ms);
	return true;
}

/*
 * Whoever writes has the file alone until it closes it: the door keeps users in memory and would
 * not see what somebody else changes.
 */
bool sw_sqlite_connect(struct sw_sqlite *a, struct sw_store_why *why)
{
	int64_t version = 0;

	if (!connect(a, why))
		return false;
	/* Before all else: what reads the file first decides how its log is used. */
	if (!a->is_read &&
	    !sw_sqlite_execute(a, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT", why))
		return false;
	if (!sw_sqlite_execute(a, "PRAGMA cell_size_check = ON; PRAGMA cache_size = -65536", why))
		return false;
	if (!check_version(a, &version, why) || (version > 0 && !check_pages(a, why)))
		return false;
	a->is_old = a->is_read && version < SW_SCHEMA_VERSION;
	if (a->is_read)
		return version > 0 ? prepare_all(a, why)
				   : sw_store_say(why, SW_STORE_NO_FILE, "%s is empty", a->path);
	return sw_sqlite_begin_wal(a, why) &&
	       sw_sqlite_execute(
		       a, "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864", why) &&
	       migrate(a, version, why) && prepare_all(a, why) && sw_sqlite_note_log(a, why);
}

static char *beside(const char *path, const char *end)
{
	char *whole;

	return asprintf(&whole, "%s%s", path, end) < 0 ? NULL : whole;
}

static void free_all(struct sw_sqlite *a)
{
	if (!a)
		return;
	free(a->path);
	free(a->log);
	free(a->copy);
	free(a);
}

void *sw_sqlite_open(const struct sw_store_setting *setting, struct sw_store_why *why)
{
	struct sw_sqlite *a = calloc(1, sizeof(*a));
	const char *path = setting->kind == SW_STORE_MEMORY ? ":memory:" : setting->path;

	if (!a || !(a->path = beside(path, "")) || !(a->log = beside(path, "-wal")) ||
	    !(a->copy = beside(path, ".sipward-new"))) {
		free_all(a);
		(void)sw_store_say(why, SW_STORE_MEMORY_OUT, "there is not enough memory for %s",
				   path);
		return NULL;
	}
	a->is_memory = setting->kind == SW_STORE_MEMORY;
	a->is_read = setting->is_read;
	a->wait_ms = setting->wait_ms;
	if ((a->is_memory || look_at_file(a, why)) && sw_sqlite_connect(a, why))
		return a;
	sw_sqlite_close(a);
	return NULL;
}

void sw_sqlite_disconnect(struct sw_sqlite *a)
{
	for (int i = 0; i < SW_SQL_COUNTED; i++) {
		(void)sqlite3_finalize(a->stmt[i]);
		a->stmt[i] = NULL;
	}
	(void)sqlite3_close(a->db);
	a->db = NULL;
	a->is_lazy = false;
}

void sw_sqlite_close(void *arg)
{
	struct sw_sqlite *a = arg;

	sw_sqlite_disconnect(a);
	free_all(a);
}

/* Users are on the disk when they were acknowledged; bindings come again by themselves. */
static bool set_sync(struct sw_sqlite *a, bool is_lazy, struct sw_store_why *why)
{
	if (a->is_lazy == is_lazy)
		return true;
	if (!sw_sqlite_run(a, sw_sqlite_use(a, is_lazy ? SW_SQL_SYNC_NORMAL : SW_SQL_SYNC_FULL),
			   why))
		return false;
	a->is_lazy = is_lazy;
	return true;
}

static bool begin_change(struct sw_sqlite *a, struct sw_store_why *why)
{
	sqlite3_stmt *s = sw_sqlite_use(a, SW_SQL_CHANGE);
	bool ok = sqlite3_step(s) == SQLITE_ROW || sw_sqlite_fail(a, why);

	if (ok)
		a->change = sqlite3_column_int64(s, 0) + 1;
	sw_sqlite_done(s);
	return ok && sw_sqlite_run(a, sw_sqlite_use(a, SW_SQL_DROP_GONE), why);
}

bool sw_sqlite_begin(void *arg, bool bindings, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;

	if (!set_sync(a, bindings, why) || !sw_sqlite_run(a, sw_sqlite_use(a, SW_SQL_BEGIN), why))
		return false;
	if (bindings || begin_change(a, why))
		return true;
	sw_sqlite_rollback(a);
	return false;
}

/* Users go into the file at once, or later: somebody may take its log for litter. */
bool sw_sqlite_commit(void *arg, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	bool ok = sw_sqlite_run(a, sw_sqlite_use(a, SW_SQL_COMMIT), why);

	if (ok && !a->is_lazy)
		(void)sqlite3_wal_checkpoint_v2(a->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL,
						NULL);
	return ok;
}

/* Some errors have rolled back already. */
void sw_sqlite_rollback(void *arg)
{
	struct sw_sqlite *a = arg;
	struct sw_store_why why;

	if (!sqlite3_get_autocommit(a->db) &&
	    !sw_sqlite_run(a, sw_sqlite_use(a, SW_SQL_ROLLBACK), &why))
		return;
}

void sw_sqlite_stamp(void *arg, struct sw_store_stamp stamp)
{
	struct sw_sqlite *a = arg;

	a->stamp = stamp;
}

const struct sw_adapter sw_adapter_sqlite = {
	.open = sw_sqlite_open,
	.close = sw_sqlite_close,
	.begin = sw_sqlite_begin,
	.commit = sw_sqlite_commit,
	.rollback = sw_sqlite_rollback,
	.is_moved = sw_sqlite_is_moved,
	.remake = sw_sqlite_remake,
	.meta = sw_rows_meta,
	.set_meta = sw_rows_set_meta,
	.count = sw_rows_count,
	.user = sw_rows_user,
	.put_user = sw_rows_put_user,
	.drop_user = sw_rows_drop_user,
	.owner = sw_rows_owner,
	.each_user = sw_rows_each_user,
	.each_changed = sw_rows_each_changed,
	.put_binding = sw_bindings_put,
	.drop_binding = sw_bindings_drop,
	.drop_ended = sw_bindings_drop_ended,
	.each_binding = sw_bindings_each,
	.drop_marks = sw_bindings_drop_marks,
	.last_seq = sw_bindings_last_seq,
	.stamp = sw_sqlite_stamp,
};
