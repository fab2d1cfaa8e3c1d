/* SPDX-License-Identifier: Apache-2.0 */
/* Whether users of the store can go on with another configuration. */
#include "base/secret.h"
#include "conf/conf.h"
#include "proc/store_own.h"
#include "store/survey.h"

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

/* The table has what the database has, and may be read by everybody. */
static bool see_users(struct sw_store_role *r, const struct sw_policy *p, struct sw_survey *s,
		      struct sw_why *why)
{
	enum sw_reason is;
	struct sw_user u;
	uint32_t at = 0;

	if (!sw_survey_begin(s, p))
		return sw_why_say(why, "there is not enough memory");
	while ((is = sw_users_next(&r->users, &at, &u)) == SW_OK)
		sw_survey_see(s, &u);
	sw_secret_wipe(&u, sizeof(u));
	sw_survey_end(s);
	return is != SW_R_TABLE_BUSY ||
	       sw_why_say(why, "a part of the table of users is held by a process that does not "
			       "move: reload again in a moment");
}

static bool check_both(const struct sw_store_role *r, const struct sw_survey *s, struct sw_why *why)
{
	char text[SW_SURVEY_TEXT];

	return !sw_survey_tell_both(s, r->keep->name, text) ||
	       sw_why_say(why, "SW%03d: %s", SW_LINT_USER_BOTH, text);
}

static void warn(struct sw_store_role *r, const struct sw_survey *s)
{
	char text[SW_SURVEY_TEXT];

	if (sw_survey_tell_trunkless(s, text))
		sw_store_role_note(r, SW_LEVEL_WARN, text);
	if (sw_survey_tell_hashless(s, text))
		sw_store_role_note(r, SW_LEVEL_WARN, text);
}

bool sw_follow_may(struct sw_store_role *r, const struct sw_policy *next)
{
	struct sw_survey survey;
	struct sw_store_why why;

	if (atomic_load(&r->keep->has_list))
		return check_list(&(r->next ? r->next : r->rules)->policy, next, &r->refusal);
	if (!see_users(r, next, &survey, &r->refusal) || !check_both(r, &survey, &r->refusal))
		return false;
	if (!sw_store_set_realm(r->store, next->realm, &why))
		return sw_why_say(&r->refusal, "%s", why.text);
	warn(r, &survey);
	return true;
}
