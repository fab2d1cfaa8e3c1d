/* SPDX-License-Identifier: Apache-2.0 */
/* How the store is, for those who ask: written by the store role, read by everybody else. */
#ifndef SIPWARD_KEEP_H
#define SIPWARD_KEEP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/lock.h"

#define SW_KEEP_WHY 512

struct sw_keep {
	const char *name; /* "sqlite /var/lib/sipward/sipward.db"; constant while a door runs */
	_Atomic uint64_t users;
	_Atomic bool is_down;  /* it takes no changes */
	_Atomic bool has_list; /* a list of users is being applied */
	struct sw_lock lock;   /* of why: a sentence, or "" while it is not down */
	char why[SW_KEEP_WHY];
};

#endif
