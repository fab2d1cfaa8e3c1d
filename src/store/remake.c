/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database whose file or log was taken away while it is open. Both live on without a name until
 * they are closed, and all that they hold can be written again to where it was.
 */
#include "store/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool sw_sqlite_note_log(struct sw_sqlite *a, struct sw_store_why *why)
{
	struct stat st;

	if (a->is_memory)
		return true;
	if (stat(a->log, &st) != 0)
		return sw_sqlite_say_errno(a->path, errno, "its log is not there", why);
	a->log_device = st.st_dev;
	a->log_inode = st.st_ino;
	return true;
}

static bool is_file_gone(struct sw_sqlite *a)
{
	int moved = 0;

	return sqlite3_file_control(a->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK &&
	       moved;
}

static bool is_log_gone(const struct sw_sqlite *a)
{
	struct stat st;

	return stat(a->log, &st) != 0 || st.st_dev != a->log_device || st.st_ino != a->log_inode;
}

bool sw_sqlite_is_moved(void *arg)
{
	struct sw_sqlite *a = arg;

	return !a->is_memory && (is_file_gone(a) || is_log_gone(a));
}

/* All of the nameless log into the file, and a new one: it is made when somebody reads. */
static bool remake_log(struct sw_sqlite *a, struct sw_store_why *why)
{
	return sw_sqlite_ask(a, "PRAGMA journal_mode = DELETE", NULL, NULL, why) &&
	       sw_sqlite_begin_wal(a, why) &&
	       sw_sqlite_ask(a, "SELECT count(*) FROM sqlite_schema", NULL, NULL, why) &&
	       sw_sqlite_note_log(a, why);
}

/* VACUUM INTO refuses a file that is not empty. */
static bool copy_out(struct sw_sqlite *a, struct sw_store_why *why)
{
	sqlite3_stmt *s = NULL;
	bool ok;

	if (sqlite3_prepare_v2(a->db, "VACUUM INTO ?1", -1, &s, NULL) != SQLITE_OK)
		return sw_sqlite_fail(a, why);
	sw_sqlite_text(s, 1, sw_slice_of(a->copy));
	ok = sqlite3_step(s) == SQLITE_DONE || sw_sqlite_fail(a, why);
	(void)sqlite3_finalize(s);
	return ok;
}

/* A whole copy on the disk, beside where it belongs; one that an earlier start began goes. */
static bool make_copy(struct sw_sqlite *a, struct sw_store_why *why)
{
	int fd;
	bool ok;

	(void)unlink(a->copy);
	fd = sw_sqlite_make_file(a->copy, why);
	if (fd < 0)
		return false;
	ok = copy_out(a, why) &&
	     (fsync(fd) == 0 || sw_sqlite_say_errno(a->path, errno, "it cannot be synced", why));
	(void)close(fd);
	return ok;
}

/* A name that was removed and one that was made are on the disk only with their directory. */
static void sync_directory(const char *path)
{
	const char *slash = memrchr(path, '/', strlen(path));
	char *directory = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = directory ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	free(directory);
	if (fd < 0)
		return;
	(void)fsync(fd);
	(void)close(fd);
}

/*
 * The copy gets the name, unless somebody else has it by now. First the old log goes: SQLite would
 * take it for the new file's.
 */
static bool put_in_place(const struct sw_sqlite *a, struct sw_store_why *why)
{
	(void)unlink(a->log);
	if (link(a->copy, a->path) != 0)
		return sw_sqlite_say_errno(a->path, errno, "it cannot be made again", why);
	(void)unlink(a->copy);
	sync_directory(a->path);
	return true;
}

/* Go on with the new file; the old one stays open as long as that fails. */
static bool go_over(struct sw_sqlite *a, struct sw_store_why *why)
{
	struct sw_sqlite old = *a;

	a->db = NULL;
	memset(a->stmt, 0, sizeof(a->stmt));
	a->is_lazy = false;
	if (sw_sqlite_connect(a, why)) {
		sw_sqlite_disconnect(&old);
		return true;
	}
	sw_sqlite_disconnect(a);
	*a = old;
	(void)unlink(a->path); /* ours, just made: the next try makes another */
	return false;
}

bool sw_sqlite_remake(void *arg, struct sw_store_why *why)
{
	struct sw_sqlite *a = arg;
	struct stat st;

	if (!is_file_gone(a))
		return remake_log(a, why);
	if (lstat(a->path, &st) == 0)
		return sw_store_say(why, SW_STORE_BROKEN,
				    "another file stands where %s was while the door runs: put the "
				    "old one back, or restart with the new one",
				    a->path);
	if (make_copy(a, why) && put_in_place(a, why))
		return go_over(a, why);
	(void)unlink(a->copy);
	return false;
}
