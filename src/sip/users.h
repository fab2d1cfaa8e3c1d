/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users by name: an index over the snapshot's users in memory that is handed in. Known and
 * unknown names cost the same probes and hash calls.
 */
#ifndef SIPWARD_USERS_H
#define SIPWARD_USERS_H

#include <sipward/policy.h>

#include "base/mac.h"
#include "base/table.h"

struct sw_users {
	struct sw_table table; /* slots hold indices of policy->user */
	const struct sw_policy *policy;
	struct sw_mac_key key;
};

size_t sw_users_size(const struct sw_policy *p);

/* Build the index in zeroed memory of sw_users_size octets. false only when libcrypto fails. */
SW_MUST bool sw_users_init(struct sw_users *u, const struct sw_policy *p, void *memory,
			   struct sw_mac *mac, const struct sw_mac_key *key);

/*
 * The user of exactly this name; *found says whether there is one. For an unknown name another
 * user is given, read in the same way, so that memory does not tell the two apart: whoever asks
 * goes on with it and lets *found decide at the end. NULL only when there are no users at all.
 */
const struct sw_user *sw_users_find(const struct sw_users *u, struct sw_mac *mac,
				    struct sw_slice name, bool *found);

#endif
