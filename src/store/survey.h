/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A look at all users of a store beside a configuration: is somebody in both, and who could not
 * log in with it? Whoever has the users shows them one by one.
 */
#ifndef SIPWARD_SURVEY_H
#define SIPWARD_SURVEY_H

#include "store/claims.h"

#define SW_SURVEY_TEXT 512

/* Of one kind, how many, and the first of them. */
struct sw_survey_some {
	uint64_t n;
	char name[SW_NAME_MAX + 1], trunk[SW_NAME_MAX + 1];
};

struct sw_survey {
	const struct sw_policy *policy;
	struct sw_claims *claims;
	const struct sw_user *both; /* NULL: nobody */
	bool is_address;            /* an address of both, not a name */
	char who[SW_NAME_MAX + 1];  /* in the store */
	struct sw_survey_some trunkless, hashless;
};

/* false: no memory. The policy outlives it. */
SW_MUST bool sw_survey_begin(struct sw_survey *s, const struct sw_policy *p);
void sw_survey_end(struct sw_survey *s);

void sw_survey_see(struct sw_survey *s, const struct sw_user *u);

/* What is in both, as a sentence without its beginning; false: nobody. */
bool sw_survey_tell_both(const struct sw_survey *s, const char *store, char text[SW_SURVEY_TEXT]);

/* Who cannot log in, as a sentence; false: everybody can. */
bool sw_survey_tell_trunkless(const struct sw_survey *s, char text[SW_SURVEY_TEXT]);
bool sw_survey_tell_hashless(const struct sw_survey *s, char text[SW_SURVEY_TEXT]);

#endif
