/* SPDX-License-Identifier: Apache-2.0 */
/* Whether users of the store can go on with another configuration. */
#include <inttypes.h>

#include "base/secret.h"
#include "conf/conf.h"
#include "proc/store_own.h"

/* But for its password: nobody is judged by that. */
static bool is_same_user(const struct sw_user *a, const struct sw_user *b)
{
	return a->is_reserved == b->is_reserved && a->aors_n == b->aors_n &&
	       sw_slice_eq(sw_user_name(a), sw_user_name(b)) &&
	       sw_slice_eq(sw_user_trunk(a), sw_user_trunk(b)) &&
	       memcmp(a->aors, b->aors, sizeof(a->aors)) == 0;
}

static bool has_same_users(const struct sw_policy *now, const struct sw_policy *next)
{
	if (now->users != next->users)
		return false;
	for (size_t i = 0; i < now->users; i++)
		if (!is_same_user(&now->user[i], &next->user[i]))
			return false;
	return true;
}

static bool check_list(const struct sw_policy *now, const struct sw_policy *next,
		       struct sw_why *why)
{
	return (sw_slice_eq(now->realm, next->realm) && has_same_users(now, next)) ||
	       sw_why_say(why, "a list of users is being applied, and realm and users of the "
			       "configuration cannot change meanwhile: reload again in a moment");
}

static bool say_both(const struct sw_store_role *r, const struct sw_policy *p,
		     const struct sw_user *u, struct sw_why *why)
{
	const struct sw_origin *at = sw_policy_origin(p, u);
	struct sw_slice name = sw_user_name(u);

	(void)sw_why_say(why, "SW%03d: the user %.*s stands in the configuration",
			 SW_LINT_USER_BOTH, (int)name.n, name.p);
	if (at)
		sw_why_add(why, " (%.*s:%" PRIu32 ")", (int)at->file.n, at->file.p, at->line);
	sw_why_add(why,
		   " and in the store (%s): delete it there (sipward user del %.*s), or take its "
		   "line away",
		   r->keep.name, (int)name.n, name.p);
	return false;
}

static bool check_both(struct sw_store_role *r, struct sw_mac *mac, const struct sw_policy *p,
		       struct sw_why *why)
{
	const struct sw_user *both = NULL;
	struct sw_user copy;

	for (size_t i = 0; i < p->users && !both; i++)
		if (!p->user[i].is_reserved &&
		    sw_users_find(&r->users, mac, sw_user_name(&p->user[i]), &copy))
			both = &p->user[i];
	sw_secret_wipe(&copy, sizeof(copy));
	return !both || say_both(r, p, both, why);
}

bool sw_store_role_may_follow(struct sw_store_role *r, const struct sw_policy *now,
			      const struct sw_policy *next, struct sw_why *why)
{
	struct sw_mac *mac;
	bool ok;

	if (atomic_load(&r->keep.has_list))
		return check_list(now, next, why);
	mac = sw_mac_new(); /* the role's own is its thread's */
	ok = mac ? check_both(r, mac, next, why) : sw_why_say(why, "there is not enough memory");
	sw_mac_free(mac);
	return ok;
}

bool sw_follow_may(struct sw_store_role *r, const struct sw_policy *next)
{
	struct sw_store_why why;

	if (atomic_load(&r->keep.has_list))
		return check_list(&r->rules->policy, next, &r->refusal);
	return check_both(r, r->mac, next, &r->refusal) &&
	       (sw_store_set_realm(r->store, next->realm, &why) ||
		sw_why_say(&r->refusal, "%s", why.text));
}
