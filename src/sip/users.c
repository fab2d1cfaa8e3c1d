/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/users.h"

#include "base/secret.h"

static uint32_t capacity_of(const struct sw_policy *p)
{
	return p->users > 0 ? (uint32_t)p->users : 1;
}

size_t sw_users_size(const struct sw_policy *p)
{
	return sw_roll_size(capacity_of(p));
}

bool sw_users_init(struct sw_users *u, const struct sw_policy *p, void *memory, struct sw_mac *mac,
		   const struct sw_mac_key *key)
{
	*u = (struct sw_users){ .policy = p, .key = *key };
	sw_roll_init(&u->configured, memory, capacity_of(p));
	for (size_t i = 0; i < p->users; i++) {
		struct sw_roll_id id = sw_roll_id(mac, key, sw_user_name(&p->user[i]));

		if (sw_roll_put(&u->configured, id, &p->user[i]) != SW_OK)
			return false;
	}
	return true;
}

size_t sw_users_kept_size(uint32_t capacity)
{
	return sw_roll_size(capacity);
}

void sw_users_kept_init(struct sw_roll *kept, void *memory, uint32_t capacity)
{
	*kept = (struct sw_roll){ 0 };
	sw_roll_init(kept, memory, capacity);
}

/* Of two records the one that counts, by its place: a branch would take longer one way. */
static enum sw_reason choose(const struct sw_users *u, const struct sw_roll_record record[2],
			     const enum sw_reason is[2], struct sw_slice name, struct sw_user *out)
{
	static const enum sw_reason said[2] = { SW_R_DIGEST_NO_USER, SW_OK };
	const struct sw_roll *const roll[2] = { &u->configured, &u->kept };
	bool is_written = is[0] == SW_OK, is_kept = is[1] == SW_OK;
	bool is_whole = is_written & !(record[0].flags & SW_ROLL_RESERVED);
	unsigned which = !(is_whole | !(record[1].flags & SW_ROLL_THERE));

	sw_roll_read(roll[which], &record[which], name, out);
	out->origin = record[0].origin * is_written;
	return said[is_whole | is_kept];
}

struct sw_roll_id sw_users_expect(const struct sw_users *u, struct sw_mac *mac,
				  struct sw_slice name)
{
	struct sw_roll_id id = sw_roll_id(mac, &u->key, name);

	sw_roll_expect(&u->configured, id);
	sw_roll_expect(&u->kept, id);
	return id;
}

void sw_users_expect_record(const struct sw_users *u, struct sw_roll_id id)
{
	sw_roll_expect_record(&u->configured, id);
	sw_roll_expect_record(&u->kept, id);
}

enum sw_reason sw_users_find_id(const struct sw_users *u, struct sw_roll_id id,
				struct sw_slice name, struct sw_user *out)
{
	struct sw_roll_record record[2];
	const enum sw_reason is[2] = {
		sw_roll_find(&u->configured, id, &record[0]),
		sw_roll_find(&u->kept, id, &record[1]),
	};
	enum sw_reason r = SW_R_TABLE_BUSY;

	if (is[0] != SW_R_TABLE_BUSY && is[1] != SW_R_TABLE_BUSY)
		r = choose(u, record, is, name, out);
	sw_secret_wipe(record, sizeof(record));
	return r;
}

enum sw_reason sw_users_find(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
			     struct sw_user *out)
{
	return sw_users_find_id(u, sw_roll_id(mac, &u->key, name), name, out);
}

/* Is the rest of this user among those that are kept? */
static bool is_of_kept(const struct sw_users *u, const struct sw_user *user)
{
	return user->origin == 0 || user->origin > u->policy->users ||
	       u->policy->user[user->origin - 1].is_reserved;
}

enum sw_reason sw_users_complete(const struct sw_users *u, struct sw_mac *mac, struct sw_user *user)
{
	if (!user->is_cut)
		return SW_OK;
	return sw_roll_complete(is_of_kept(u, user) ? &u->kept : &u->configured,
				sw_roll_id(mac, &u->key, sw_user_name(user)), user);
}

enum sw_reason sw_users_read(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
			     struct sw_user *out)
{
	enum sw_reason r = sw_users_find(u, mac, name, out);

	return r == SW_OK ? sw_users_complete(u, mac, out) : r;
}

enum sw_reason sw_users_next(const struct sw_users *u, uint32_t *at, struct sw_user *out)
{
	return sw_roll_next(&u->kept, at, out);
}

bool sw_users_is_elsewhere(const struct sw_policy *p, const struct sw_user *user)
{
	bool is_written = user->origin > 0;
	const struct sw_user *const list[2] = { user, p->user };
	const struct sw_user *mine = &list[is_written][user->origin - is_written];

	return sw_secret_eq(mine->trunk, user->trunk, sizeof(mine->trunk)) == 0;
}

/* Could it, from what is known of it? */
static enum sw_reason weigh(const struct sw_users *u, const struct sw_user *user)
{
	const struct sw_trunk *trunk = sw_policy_find_trunk(u->policy, sw_user_trunk(user));

	if (!trunk)
		return SW_R_DIGEST_NO_TRUNK;
	if (sw_users_is_elsewhere(u->policy, user))
		return SW_R_DIGEST_OTHER_TRUNK;
	return trunk->enabled && !user->is_off ? SW_OK : SW_R_DIGEST_USER_OFF;
}

enum sw_reason sw_users_may_prove(const struct sw_users *u, struct sw_mac *mac,
				  struct sw_slice name, struct sw_user *out)
{
	enum sw_reason r = sw_users_find(u, mac, name, out);

	return r == SW_OK ? weigh(u, out) : r;
}

enum sw_reason sw_users_may_keep(const struct sw_users *u, struct sw_mac *mac, struct sw_slice name,
				 struct sw_slice aor)
{
	struct sw_user user;
	enum sw_reason r;

	if (sw_roll_id(mac, &u->key, name).hash == 0)
		return SW_R_TABLE_BUSY; /* libcrypto failed: as little can anybody tell now */
	r = sw_users_read(u, mac, name, &user);
	if (r == SW_OK)
		r = weigh(u, &user);
	if (r == SW_OK && !sw_user_has_aor(&user, aor))
		r = SW_R_IDENTITY_AOR;
	sw_secret_wipe(&user, sizeof(user));
	return r;
}

enum sw_reason sw_users_put(struct sw_users *u, struct sw_mac *mac, const struct sw_user *user)
{
	struct sw_user kept = *user;
	enum sw_reason r;

	kept.origin = 0;
	kept.is_reserved = false;
	r = sw_roll_put(&u->kept, sw_roll_id(mac, &u->key, sw_user_name(user)), &kept);
	sw_secret_wipe(&kept, sizeof(kept));
	return r;
}

enum sw_reason sw_users_drop(struct sw_users *u, struct sw_mac *mac, struct sw_slice name)
{
	return sw_roll_drop(&u->kept, sw_roll_id(mac, &u->key, name));
}

struct sw_fill sw_users_fill(const struct sw_users *u)
{
	return sw_roll_fill(&u->kept);
}
