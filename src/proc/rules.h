/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What lists of users are judged by, copied out of a generation: a long list goes on with it
 * while the generation itself has gone.
 */
#ifndef SIPWARD_RULES_H
#define SIPWARD_RULES_H

#include "base/arena.h"
#include "conf/conf.h"

/* Owner: whoever made it. Of the policy: realm, trunks with their algorithms, names of users. */
struct sw_rules {
	struct sw_arena arena;
	struct sw_policy policy;
};

/* NULL: no memory. */
struct sw_rules *sw_rules_new(const struct sw_policy *p);
void sw_rules_free(struct sw_rules *r); /* NULL is nothing */

#endif
