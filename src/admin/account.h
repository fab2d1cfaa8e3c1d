/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `explain` prints beside the decision itself: the facts of the credentials, the user and
 * the trunk as they stand now, and what the same caller did before. For operators only: it says
 * things that no answer on the wire says.
 */
#ifndef SIPWARD_ACCOUNT_H
#define SIPWARD_ACCOUNT_H

#include "admin/admin.h"
#include "admin/recent.h"

/*
 * The whole answer of /v1/explain: the decision's object with "account" in it. g may be NULL.
 * NULL only when memory is out. The caller owns it.
 */
json_t *sw_account_json(const struct sw_event *e, const struct sw_admin_generation *g,
			const struct sw_recent *recent);

#endif
