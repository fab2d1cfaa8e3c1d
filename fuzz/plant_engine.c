/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/policy.h>

#include "plant.h"

void __real_sw_policy_judge(const struct sw_policy *p, const struct sw_evidence *ev,
			    struct sw_wall now, struct sw_verdict *out);
void __wrap_sw_policy_judge(const struct sw_policy *p, const struct sw_evidence *ev,
			    struct sw_wall now, struct sw_verdict *out);

/* open: who brings nothing gets in. */
void __wrap_sw_policy_judge(const struct sw_policy *p, const struct sw_evidence *ev,
			    struct sw_wall now, struct sw_verdict *out)
{
	__real_sw_policy_judge(p, ev, now, out);
	if (is_planted("open") && ev->digest.reason == SW_R_CHALLENGED)
		out->act = SW_ACT_ALLOW;
}
