/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `explain` prints beside the decision itself: the facts of the credentials, the user and
 * the trunk as they stand now, and what the same caller did before. For operators only: it says
 * things that no answer on the wire says.
 */
#ifndef SIPWARD_ACCOUNT_H
#define SIPWARD_ACCOUNT_H

#include "conf/conf.h"
#include "tell/recent.h"

/* What serves now, which need not be what the decision was made by. */
struct sw_account_now {
	const struct sw_conf *conf; /* NULL: nothing yet */
	uint32_t generation;
	bool is_demo;
};

/*
 * The whole answer of /v1/explain: the decision's object with "account" in it. NULL only when
 * memory is out. The caller owns it.
 */
json_t *sw_account_json(const struct sw_recent_one *one, const struct sw_account_now *now,
			const struct sw_recent *recent);

#endif
