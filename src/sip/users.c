/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/users.h"

size_t sw_users_size(const struct sw_policy *p)
{
	uint32_t n = p->users > 0 ? (uint32_t)p->users : 1;

	return sw_table_size(n, sizeof(uint32_t));
}

bool sw_users_init(struct sw_users *u, const struct sw_policy *p, void *memory, struct sw_mac *mac,
		   const struct sw_mac_key *key)
{
	u->policy = p;
	u->key = *key;
	sw_table_init(&u->table, memory, p->users > 0 ? (uint32_t)p->users : 1, sizeof(uint32_t));
	for (uint32_t i = 0; i < p->users; i++) {
		uint64_t hash = sw_mac_u64(mac, key, p->user[i].name);
		uint32_t *slot = sw_table_slot(&u->table, sw_table_add(&u->table, hash));

		if (hash == 0 || !slot)
			return false;
		*slot = i;
	}
	return true;
}

const struct sw_user *sw_users_find(const struct sw_users *u, struct sw_mac *mac,
				    struct sw_slice name, bool *found)
{
	uint64_t hash = sw_mac_u64(mac, &u->key, name);
	const struct sw_user *user = NULL;
	uint32_t slot[8];
	size_t n = sw_table_find(&u->table, hash, slot, SW_ARRAY_LEN(slot));

	*found = false;
	if (n == 0 && u->policy->users > 0)
		slot[n++] = (uint32_t)(hash % u->policy->users);
	for (size_t i = 0; i < n && !*found; i++) {
		const uint32_t *at = sw_table_slot(&u->table, slot[i]);

		if (!at || *at >= u->policy->users)
			continue;
		user = &u->policy->user[*at];
		*found = sw_slice_eq(user->name, name);
	}
	return user;
}
