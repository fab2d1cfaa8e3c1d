/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store that a configuration names, opened with the seal key that it names: for a door that
 * starts, and for commands while none runs.
 */
#ifndef SIPWARD_DATABASE_H
#define SIPWARD_DATABASE_H

#include "conf/conf.h"
#include "proc/why.h"
#include "store/store.h"

enum sw_database {
	SW_DATABASE_OPEN = 0,
	SW_DATABASE_FAILED, /* exit code 1: locked, corrupt, no directory, … */
	SW_DATABASE_CONF,   /* exit code 4: what the configuration says of it is wrong */
};

/* The configuration was loaded with SW_CONF_RUNTIME. Else than OPEN: *why, and *store is NULL. */
SW_MUST enum sw_database sw_database_open(const struct sw_conf *conf, bool is_read,
					  struct sw_store **store, struct sw_why *why);

/* Likewise, and what is wrong. */
SW_MUST enum sw_database sw_database_try(const struct sw_conf *conf, bool is_read,
					 struct sw_store **store, enum sw_store_trouble *trouble,
					 struct sw_why *why);

/* An empty store of that realm that is nowhere: for trials while there is none yet. */
SW_MUST enum sw_database sw_database_open_empty(const struct sw_conf *conf, struct sw_store **store,
						struct sw_why *why);

#endif
