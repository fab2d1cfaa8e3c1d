/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the users of the configuration have: their names and addresses, which nobody of the store
 * may have too. Letters are the same in either case, for people and phones mix them up.
 */
#ifndef SIPWARD_CLAIMS_H
#define SIPWARD_CLAIMS_H

#include <sipward/policy.h>

struct sw_claims;

/* Borrows from the policy. NULL: no memory. */
struct sw_claims *sw_claims_new(const struct sw_policy *p);
void sw_claims_free(struct sw_claims *c); /* NULL is nothing */

enum sw_clash {
	SW_CLASH_NONE = 0,
	SW_CLASH_USER,    /* of this very name */
	SW_CLASH_TRUNK,   /* likewise, but only the name is kept, for another trunk */
	SW_CLASH_ALIKE,   /* of a name that differs in case only */
	SW_CLASH_ADDRESS, /* somebody whose name or address is one of its addresses */
};

/* Against whom of the configuration: *by and *text are set unless it is NONE. */
enum sw_clash sw_claims_check(const struct sw_claims *c, const struct sw_user *u,
			      const struct sw_user **by, struct sw_slice *text);

#endif
