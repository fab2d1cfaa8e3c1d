/* SPDX-License-Identifier: Apache-2.0 */
#include "store/schema.h"

#include <sipward/slice.h>

/*
 * Steps are never changed once they were released: a file may stand at any of them.
 *
 * user.entries holds AoRs and numbers in their order, so that a user is read as one row; the
 * tables aor and number say whose each of them is, once over all users.
 */
static const char *const step[SW_SCHEMA_VERSION] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE user ("
	"  id         INTEGER PRIMARY KEY,"
	"  name       TEXT NOT NULL UNIQUE,"
	"  trunk      TEXT NOT NULL,"
	"  off        INTEGER NOT NULL,"
	"  algorithms INTEGER NOT NULL," /* octet i: set of those with an HA1 of form i */
	"  box        BLOB NOT NULL,"
	"  entries    BLOB NOT NULL,"
	"  change     INTEGER NOT NULL" /* number of the transaction that wrote it */
	") STRICT;"
	"CREATE INDEX user_change ON user (change);"
	"CREATE UNIQUE INDEX user_alike ON user (name COLLATE NOCASE);"
	"CREATE TABLE aor (text TEXT PRIMARY KEY COLLATE NOCASE, user INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE number (text TEXT PRIMARY KEY, user INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE TABLE binding ("
	"  id        INTEGER PRIMARY KEY,"
	"  aor       TEXT NOT NULL,"
	"  user      TEXT NOT NULL,"
	"  expires   INTEGER NOT NULL," /* seconds since 1970 */
	"  refreshed INTEGER NOT NULL," /* microseconds since 1970 */
	"  granted   INTEGER NOT NULL," /* seconds */
	"  cseq      INTEGER NOT NULL,"
	"  reg_id    INTEGER NOT NULL,"
	"  q         INTEGER NOT NULL,"
	"  call_id   BLOB NOT NULL," /* keyed hashes */
	"  instance  BLOB NOT NULL,"
	"  transport INTEGER NOT NULL,"
	"  source    TEXT NOT NULL,"
	"  local     TEXT NOT NULL,"
	"  flow      INTEGER NOT NULL,"
	"  contact   TEXT NOT NULL,"
	"  uri_at    INTEGER NOT NULL,"
	"  uri_n     INTEGER NOT NULL,"
	"  path      TEXT NOT NULL"
	") STRICT;"
	"CREATE INDEX binding_user ON binding (user);"
	"PRAGMA application_id = 0x53495057;"
	"PRAGMA user_version = 1;",
	/* Changes of bindings come by several ways, maybe twice: numbers tell the newer one. */
	"ALTER TABLE binding ADD COLUMN seq INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE ended ("
	"  id  INTEGER PRIMARY KEY," /* of a binding that is gone */
	"  seq INTEGER NOT NULL,"
	"  at  INTEGER NOT NULL" /* seconds since 1970 */
	") STRICT;"
	"PRAGMA user_version = 2;",
};

int sw_schema_migrate(sqlite3 *db, int from)
{
	int code = SQLITE_OK;

	for (int i = from; i < SW_SCHEMA_VERSION && code == SQLITE_OK; i++)
		code = sqlite3_exec(db, step[i], NULL, NULL, NULL);
	return code;
}
