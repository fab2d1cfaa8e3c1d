/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/metric.h"

void sw_metric_count(struct sw_metrics *m, const struct sw_account *a)
{
	if (a->is_again) {
		sw_metric_add(&m->again);
		return;
	}
	sw_metric_add(&m->act[a->verdict.act]);
	sw_metric_add(&m->reason[a->verdict.reason]);
	for (unsigned i = 0; i < SW_WARN_COUNT; i++)
		if (a->warn & SW_WARN_BIT(i))
			sw_metric_add(&m->warn[i]);
}
