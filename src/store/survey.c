/* SPDX-License-Identifier: Apache-2.0 */
#include "store/survey.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/person.h"

/* Of a slice in a message. */
#define S(slice) (int)(slice).n, (slice).p

bool sw_survey_begin(struct sw_survey *s, const struct sw_policy *p)
{
	*s = (struct sw_survey){ .policy = p, .claims = sw_claims_new(p) };
	return s->claims != NULL;
}

void sw_survey_end(struct sw_survey *s)
{
	sw_claims_free(s->claims);
	s->claims = NULL;
}

static void set(char room[SW_NAME_MAX + 1], struct sw_slice text)
{
	(void)snprintf(room, SW_NAME_MAX + 1, "%.*s", S(text));
}

static void count(struct sw_survey_some *some, const struct sw_user *u)
{
	if (some->n++ > 0)
		return;
	set(some->name, sw_user_name(u));
	set(some->trunk, sw_user_trunk(u));
}

static void look_for_both(struct sw_survey *s, const struct sw_user *u)
{
	const struct sw_user *by = NULL;
	struct sw_slice text;
	enum sw_clash clash = sw_claims_check(s->claims, u, &by, &text);

	/* A name that is kept for another trunk is refused when it comes, and no reason to end. */
	if (clash == SW_CLASH_NONE || clash == SW_CLASH_TRUNK || s->both)
		return;
	s->both = by;
	s->is_address = clash == SW_CLASH_ADDRESS;
	set(s->who, sw_user_name(u));
}

void sw_survey_see(struct sw_survey *s, const struct sw_user *u)
{
	const struct sw_trunk *t = sw_policy_find_trunk(s->policy, sw_user_trunk(u));

	look_for_both(s, u);
	if (!t)
		count(&s->trunkless, u);
	else if (!(sw_person_algs(t) & (u->algs[SW_FORM_NAME] | u->algs[SW_FORM_NAME_AT_REALM])))
		count(&s->hashless, u);
}

bool sw_survey_tell_both(const struct sw_survey *s, const char *store, char text[SW_SURVEY_TEXT])
{
	struct sw_slice name;
	const struct sw_origin *at = s->both ? sw_policy_origin(s->policy, s->both) : NULL;
	char place[128] = "";

	if (!s->both)
		return false;
	name = sw_user_name(s->both);
	if (at)
		(void)snprintf(place, sizeof(place), " (%.*s:%" PRIu32 ")", S(at->file), at->line);
	if (s->is_address)
		(void)snprintf(text, SW_SURVEY_TEXT,
			       "the user %.*s stands in the configuration%s, and %s of the store "
			       "(%s) has that address: give it another (sipward user set %s "
			       "--aor NAME), or take the line away",
			       S(name), place, s->who, store, s->who);
	else
		(void)snprintf(text, SW_SURVEY_TEXT,
			       "the user %.*s stands in the configuration%s and %s in the store "
			       "(%s): delete it there (sipward user del %s), or take its line away",
			       S(name), place, s->who, store, s->who);
	return true;
}

bool sw_survey_tell_trunkless(const struct sw_survey *s, char text[SW_SURVEY_TEXT])
{
	const struct sw_survey_some *some = &s->trunkless;

	(void)snprintf(text, SW_SURVEY_TEXT,
		       "users of the store who cannot log in, for the configuration does not have "
		       "their trunk: %" PRIu64 ", the first is %s of %s",
		       some->n, some->name, some->trunk);
	return some->n > 0;
}

bool sw_survey_tell_hashless(const struct sw_survey *s, char text[SW_SURVEY_TEXT])
{
	const struct sw_survey_some *some = &s->hashless;

	(void)snprintf(text, SW_SURVEY_TEXT,
		       "users of the store who cannot log in, for their trunk takes no algorithm "
		       "that there is a hash for: %" PRIu64 ", the first is %s of %s; give them a "
		       "new password",
		       some->n, some->name, some->trunk);
	return some->n > 0;
}
