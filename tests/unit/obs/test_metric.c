/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "obs/metric.h"

static struct sw_metrics metrics;

static int setup(void **state)
{
	(void)state;
	metrics = (struct sw_metrics){ 0 };
	return 0;
}

static uint64_t sum(const _Atomic uint64_t *m, size_t n)
{
	uint64_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += sw_metric_read(&m[i]);
	return all;
}

static void a_decision_counts_once_by_act_and_once_by_reason(void **state)
{
	static const struct {
		enum sw_act act;
		enum sw_reason reason;
		unsigned times;
	} rows[] = {
		{ SW_ACT_ALLOW, SW_OK, 3 },
		{ SW_ACT_CHALLENGE, SW_R_CHALLENGED, 2 },
		{ SW_ACT_REFUSE, SW_R_DIGEST_WRONG, 5 },
		{ SW_ACT_DROP, SW_R_NOT_SIP, 1 },
		{ SW_ACT_REFUSE, SW_R_BUG, 1 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		for (unsigned n = 0; n < rows[i].times; n++) {
			struct sw_account a = { .verdict = { .act = rows[i].act,
							     .reason = rows[i].reason } };

			sw_metric_count(&metrics, &a);
		}
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		assert_int_equal(sw_metric_read(&metrics.reason[rows[i].reason]), rows[i].times);
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_ALLOW]), 3);
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_CHALLENGE]), 2);
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_REFUSE]), 6);
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_DROP]), 1);
	assert_int_equal(sum(metrics.reason, SW_REASON_LIMIT), 12);
	assert_int_equal(sum(metrics.warn, SW_WARN_COUNT), 0);
}

static void each_warning_counts_for_itself(void **state)
{
	struct sw_account a = { .verdict.act = SW_ACT_ALLOW };

	(void)state;
	for (unsigned set = 0; set < 1u << SW_WARN_COUNT; set++) {
		a.warn = set;
		sw_metric_count(&metrics, &a);
	}
	for (unsigned w = 0; w < SW_WARN_COUNT; w++) /* each stands in half of the sets */
		assert_int_equal(sw_metric_read(&metrics.warn[w]), 1u << (SW_WARN_COUNT - 1));
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_ALLOW]), 1u << SW_WARN_COUNT);
}

static void a_retransmission_counts_as_one_and_nothing_else(void **state)
{
	struct sw_account a = { .verdict.act = SW_ACT_ALLOW, .is_again = true, .warn = 1 };

	(void)state;
	sw_metric_count(&metrics, &a);
	assert_int_equal(sw_metric_read(&metrics.again), 1);
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_ALLOW]), 0);
	assert_int_equal(sw_metric_read(&metrics.reason[SW_OK]), 0);
	assert_int_equal(sw_metric_read(&metrics.warn[0]), 0);
}

static void a_counter_adds_one(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		sw_metric_add(&metrics.send_failed);
	assert_int_equal(sw_metric_read(&metrics.send_failed), 1000);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		CASE(a_decision_counts_once_by_act_and_once_by_reason),
		CASE(each_warning_counts_for_itself),
		CASE(a_retransmission_counts_as_one_and_nothing_else),
		CASE(a_counter_adds_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
