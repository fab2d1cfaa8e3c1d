/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/users.h"

#include "base/secret.h"

/* A name with nothing behind it, so that all comparisons are of one length. */
struct padded {
	char name[SW_NAME_MAX];
	size_t n;
};

static struct padded pad(struct sw_slice name)
{
	struct padded p = { .n = name.n };

	if (name.n > 0 && name.n <= sizeof(p.name))
		memcpy(p.name, name.p, name.n);
	return p;
}

static bool is_called(const struct sw_user *user, const struct padded *name)
{
	return (sw_secret_eq(user->name, name->name, SW_NAME_MAX) & (user->name_n == name->n)) == 1;
}

static uint32_t capacity_of(const struct sw_policy *p)
{
	return p->users > 0 ? (uint32_t)p->users : 1;
}

size_t sw_users_size(const struct sw_policy *p)
{
	return sw_table_size(capacity_of(p), sizeof(uint32_t));
}

bool sw_users_init(struct sw_users *u, const struct sw_policy *p, void *memory, struct sw_mac *mac,
		   const struct sw_mac_key *key)
{
	*u = (struct sw_users){ .policy = p, .key = *key };
	sw_table_init(&u->configured, memory, capacity_of(p), sizeof(uint32_t));
	for (uint32_t i = 0; i < p->users; i++) {
		uint64_t hash = sw_mac_u64(mac, key, sw_user_name(&p->user[i]));
		uint32_t *slot = sw_table_slot(&u->configured, sw_table_add(&u->configured, hash));

		if (hash == 0 || !slot)
			return false;
		*slot = i;
	}
	return true;
}

size_t sw_users_kept_size(uint32_t capacity)
{
	return sw_table_size(capacity, sizeof(struct sw_user));
}

void sw_users_kept_init(struct sw_table *kept, void *memory, uint32_t capacity)
{
	sw_table_init(kept, memory, capacity, sizeof(struct sw_user));
}

/* What stands in a slot: the user itself, or the number of one of the configuration. */
static const struct sw_user *at(const struct sw_users *u, const struct sw_table *t, uint32_t slot)
{
	const void *p = sw_table_slot(t, slot);

	if (!p || t == &u->kept)
		return p;
	uint32_t i = *(const uint32_t *)p;

	return i < u->policy->users ? &u->policy->user[i] : NULL;
}

/* The user of this name in one table; else somebody of it, where there is anybody. */
static const struct sw_user *seek(const struct sw_users *u, const struct sw_table *t, uint64_t hash,
				  const struct padded *name, bool *found)
{
	const struct sw_user *user = NULL;
	uint32_t slot[SW_TABLE_SAME + 1];
	size_t n = sw_table_find_even(t, hash, slot);

	*found = false;
	for (size_t i = 0; i < n && !*found; i++) {
		const struct sw_user *one = at(u, t, slot[i]);

		if (!one)
			continue;
		user = one;
		*found = is_called(one, name);
	}
	return user;
}

/* Which of two, by their place and not by a branch that would take longer one way. */
static const struct sw_user *choose(bool second, const struct sw_user *a, const struct sw_user *b)
{
	const struct sw_user *const both[2] = { a, b };

	return both[second];
}

/* Every line of the record into the cache, as if it were copied: the other one is. */
static void read_through(const struct sw_user *u)
{
	const volatile char *p = (const volatile char *)u;

	for (size_t i = 0; i < sizeof(*u); i += 64)
		(void)p[i];
}

bool sw_users_find(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
		   struct sw_user *out)
{
	static const struct sw_user nobody;
	uint64_t hash = sw_mac_u64(mac, &u->key, name);
	struct padded padded = pad(name);
	bool is_configured, is_kept = false;
	const struct sw_user *one = seek(u, &u->configured, hash, &padded, &is_configured);
	const struct sw_user *other = NULL;

	one = choose(!one, one, &nobody);
	sw_lock_take(&u->lock);
	if (u->kept.head)
		other = seek(u, &u->kept, hash, &padded, &is_kept);
	const struct sw_user *configured = choose(is_configured, &nobody, one);
	bool is_whole = is_configured & !configured->is_reserved;

	bool is_first = is_whole | !other;

	read_through(choose(is_first & (other != NULL), one, other));
	memcpy(out, choose(is_first, other, one), sizeof(*out));
	sw_lock_give(&u->lock);
	out->origin = configured->origin;
	return is_whole | is_kept;
}

bool sw_users_kept_at(const struct sw_users *u, uint32_t n, struct sw_user *out)
{
	const struct sw_user *user;

	sw_lock_take(&u->lock);
	user = at(u, &u->kept, n);
	if (user)
		memcpy(out, user, sizeof(*out));
	sw_lock_give(&u->lock);
	return user != NULL;
}

bool sw_users_is_elsewhere(const struct sw_policy *p, const struct sw_user *user)
{
	bool is_written = user->origin > 0;
	const struct sw_user *const list[2] = { user, p->user };
	const struct sw_user *mine = &list[is_written][user->origin - is_written];

	return sw_secret_eq(mine->trunk, user->trunk, sizeof(mine->trunk)) == 0;
}

bool sw_users_may_prove(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
			struct sw_user *out)
{
	bool found = sw_users_find(u, mac, name, out);
	const struct sw_trunk *trunk = sw_policy_find_trunk(u->policy, sw_user_trunk(out));

	return found && trunk && trunk->enabled && !out->is_off &&
	       !sw_users_is_elsewhere(u->policy, out);
}

bool sw_users_may_keep(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
		       struct sw_slice aor)
{
	struct sw_user user;
	bool ok = sw_users_may_prove(u, mac, name, &user) && sw_user_has_aor(&user, aor);

	sw_secret_wipe(&user, sizeof(user));
	return ok;
}

/* The slot of a kept user, or SW_TABLE_NONE. */
static uint32_t slot_of(const struct sw_users *u, uint64_t hash, struct sw_slice name)
{
	uint32_t slot[SW_TABLE_SAME];
	struct padded padded = pad(name);
	size_t n = sw_table_find(&u->kept, hash, slot, SW_ARRAY_LEN(slot));

	for (size_t i = 0; i < n; i++) {
		const struct sw_user *one = at(u, &u->kept, slot[i]);

		if (one && is_called(one, &padded))
			return slot[i];
	}
	return SW_TABLE_NONE;
}

bool sw_users_put(struct sw_users *u, struct sw_mac *mac, const struct sw_user *user)
{
	struct sw_slice name = sw_user_name(user);
	uint64_t hash = sw_mac_u64(mac, &u->key, name);

	if (hash == 0 || !u->kept.head)
		return false;
	sw_lock_take(&u->lock);
	uint32_t slot = slot_of(u, hash, name);

	if (slot == SW_TABLE_NONE)
		slot = sw_table_add(&u->kept, hash);
	struct sw_user *to = sw_table_slot(&u->kept, slot);

	if (to) {
		memcpy(to, user, sizeof(*to));
		to->origin = 0;
		to->is_reserved = false;
	}
	sw_lock_give(&u->lock);
	return to != NULL;
}

bool sw_users_drop(struct sw_users *u, struct sw_mac *mac, struct sw_slice name)
{
	uint64_t hash = sw_mac_u64(mac, &u->key, name);

	if (!u->kept.head)
		return false;
	sw_lock_take(&u->lock);
	uint32_t slot = slot_of(u, hash, name);
	struct sw_user *user = sw_table_slot(&u->kept, slot);

	if (user) {
		sw_secret_wipe(user, sizeof(*user));
		sw_table_remove(&u->kept, slot);
	}
	sw_lock_give(&u->lock);
	return user != NULL;
}
