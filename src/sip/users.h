/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users by name, in two tables over memory that is handed in: an index over those of the
 * snapshot, made with it, and those of the store, kept as records that outlive any snapshot and
 * are written while others read. Both are probed for every name, and known and unknown ones cost
 * the same probes, hash calls and copies.
 */
#ifndef SIPWARD_USERS_H
#define SIPWARD_USERS_H

#include <sipward/policy.h>

#include "base/lock.h"
#include "base/mac.h"
#include "base/table.h"

struct sw_users {
	const struct sw_policy *policy;
	struct sw_table configured; /* slots hold indices of policy->user */
	struct sw_table kept;       /* slots are struct sw_user; zeroed: there is none */
	struct sw_mac_key key;
	struct sw_lock lock; /* of kept */
};

size_t sw_users_size(const struct sw_policy *p);

/*
 * Build the index in zeroed memory of sw_users_size octets; nobody is kept yet. The table of
 * kept ones, made with the same key, and its lock are put in by the caller. false only when
 * libcrypto fails.
 */
SW_MUST bool sw_users_init(struct sw_users *u, const struct sw_policy *p, void *memory,
			   struct sw_mac *mac, const struct sw_mac_key *key);

/* Memory for up to `capacity` kept users, and an empty table in it (zeroed). */
size_t sw_users_kept_size(uint32_t capacity);
void sw_users_kept_init(struct sw_table *kept, void *memory, uint32_t capacity);

/*
 * A copy of the user of exactly this name; one of the configuration before one that is kept, but
 * where the configuration only reserves the name: then it is the kept one, with the origin of the
 * reservation, and it is for whoever asks to see that the two trunks are the same.
 * false: there is none, and *out is somebody else, read in the same way, so that memory does not
 * tell the two apart: whoever asks goes on with it and lets the answer decide at the end. Holds
 * secrets: the caller wipes it.
 */
SW_MUST bool sw_users_find(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
			   struct sw_user *out);

/* A copy of the kept user in slot n, below sw_table_high. false: it is free. The caller wipes. */
SW_MUST bool sw_users_kept_at(const struct sw_users *u, uint32_t n, struct sw_user *out);

/* Does the configuration reserve this user's name for another trunk than the user's? */
bool sw_users_is_elsewhere(const struct sw_policy *p, const struct sw_user *user);

/*
 * Could the user of this name prove itself: it is on, and so is its trunk, which is there and not
 * another than its name is reserved for? *out as by sw_users_find.
 */
SW_MUST bool sw_users_may_prove(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
				struct sw_user *out);

/* May a binding of this user and address stay? It could prove itself, and the address is its. */
bool sw_users_may_keep(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
		       struct sw_slice aor);

/*
 * Keep this user, or what is new of it; under the lock. false: the table is full, or libcrypto
 * failed. Its origin is written as 0.
 */
SW_MUST bool sw_users_put(struct sw_users *u, struct sw_mac *mac, const struct sw_user *user);

/* Let go of a kept user, wiped; under the lock. false: there is none of this name. */
bool sw_users_drop(struct sw_users *u, struct sw_mac *mac, struct sw_slice name);

#endif
