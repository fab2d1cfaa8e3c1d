/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the database and how they came to be: one step a version. */
#ifndef SIPWARD_SCHEMA_H
#define SIPWARD_SCHEMA_H

#include <sqlite3.h>

#define SW_SCHEMA_APPLICATION 0x53495057 /* "SIPW", in the head of the file */
#define SW_SCHEMA_VERSION     2

/* From this version to the newest, inside a transaction of the caller; 0: an empty file. */
int sw_schema_migrate(sqlite3 *db, int from);

#endif
