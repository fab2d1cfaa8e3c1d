/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "obs/metric.h"

static struct sw_metrics metrics;
static const struct sw_metric_map nothing;

static int setup(void **state)
{
	(void)state;
	memset(&metrics, 0, sizeof(metrics));
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

			sw_metric_count(&metrics, &nothing, &a, 1);
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
		sw_metric_count(&metrics, &nothing, &a, 1);
	}
	for (unsigned w = 0; w < SW_WARN_COUNT; w++) /* each stands in half of the sets */
		assert_int_equal(sw_metric_read(&metrics.warn[w]), 1u << (SW_WARN_COUNT - 1));
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_ALLOW]), 1u << SW_WARN_COUNT);
}

static void a_retransmission_counts_as_one_and_nothing_else(void **state)
{
	struct sw_account a = { .verdict.act = SW_ACT_ALLOW, .is_again = true, .warn = 1 };
	static struct sw_metrics want;

	(void)state;
	sw_metric_count(&metrics, &nothing, &a, 1);
	sw_metric_add(&want.again);
	assert_memory_equal(&metrics, &want, sizeof(want));
}

static void a_counter_adds_one(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		sw_metric_add(&metrics.send_failed);
	assert_int_equal(sw_metric_read(&metrics.send_failed), 1000);
}

static void a_request_counts_by_transport_method_and_verdict(void **state)
{
	struct sw_account a = { .verdict = { .act = SW_ACT_CHALLENGE, .reason = SW_R_CHALLENGED },
				.transport = SW_TCP,
				.method = SW_LIT("INVITE") };

	(void)state;
	sw_metric_count(&metrics, &nothing, &a, 1);
	a.method = SW_LIT("invite"); /* methods have a case (RFC 3261 7.1) */
	sw_metric_count(&metrics, &nothing, &a, 1);
	assert_int_equal(
		sw_metric_read(&metrics.requests[SW_TCP][SW_METHOD_INVITE][SW_ACT_CHALLENGE]), 1);
	assert_int_equal(
		sw_metric_read(&metrics.requests[SW_TCP][SW_METHOD_OTHER][SW_ACT_CHALLENGE]), 1);
	assert_int_equal(sum(&metrics.requests[0][0][0],
			     sizeof(metrics.requests) / sizeof(metrics.requests[0][0][0])),
			 2);
}

static void a_connection_that_was_closed_is_no_request(void **state)
{
	(void)state;
	sw_metric_closed(&metrics, SW_R_NOT_SIP);
	assert_int_equal(sw_metric_read(&metrics.act[SW_ACT_DROP]), 1);
	assert_int_equal(sw_metric_read(&metrics.reason[SW_R_NOT_SIP]), 1);
	assert_int_equal(sum(&metrics.requests[0][0][0],
			     sizeof(metrics.requests) / sizeof(metrics.requests[0][0][0])),
			 0);
}

static void a_time_stands_in_the_first_bucket_that_reaches_it(void **state)
{
	static const struct {
		uint32_t us;
		size_t bucket;
	} rows[] = {
		{ 0, 0 },
		{ 2, 0 },
		{ 3, 1 },
		{ 50, 4 },
		{ 51, 5 },
		{ 20000, SW_METRIC_BUCKETS - 2 },
		{ 20001, SW_METRIC_BUCKETS - 1 },
		{ UINT32_MAX, SW_METRIC_BUCKETS - 1 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_account a = { .transport = SW_UDP };
		uint64_t before = sw_metric_read(&metrics.time[SW_UDP].bucket[rows[i].bucket]);

		sw_metric_count(&metrics, &nothing, &a, rows[i].us);
		assert_int_equal(sw_metric_read(&metrics.time[SW_UDP].bucket[rows[i].bucket]),
				 before + 1);
	}
	assert_true(sw_metric_read(&metrics.time[SW_UDP].us) > UINT32_MAX);
}

/* Trunks of the names; freed by drop(). */
struct door {
	struct sw_policy policy;
	struct sw_trunk trunk[2000];
	char name[2000][8];
	struct sw_listener listener[200];
	struct sw_metric_map map;
};

static struct door *door_of(unsigned first, unsigned n)
{
	struct door *d = calloc(1, sizeof(*d));

	assert_non_null(d);
	for (unsigned i = 0; i < n; i++) {
		int len = snprintf(d->name[i], sizeof(d->name[i]), "t%u", first + i);

		d->trunk[i].name = (struct sw_slice){ d->name[i], (size_t)len };
	}
	d->policy.trunk = d->trunk;
	d->policy.trunks = n;
	d->policy.listener = d->listener;
	assert_true(sw_metric_map_init(&d->map, &d->policy));
	return d;
}

static void drop(struct door *d)
{
	sw_metric_map_free(&d->map);
	free(d);
}

static void refuse(const struct door *d, unsigned i, unsigned times)
{
	struct sw_account a = { .verdict = { .act = SW_ACT_REFUSE, .reason = SW_R_DIGEST_WRONG },
				.evidence.digest.trunk = &d->trunk[i] };

	while (times--)
		sw_metric_count(&metrics, &d->map, &a, 1);
}

static uint64_t refused(const char *name)
{
	const struct sw_metric_trunk *t = sw_metric_find_trunk(&metrics, sw_slice_of(name));

	return t ? sw_metric_read(&t->refused[SW_R_DIGEST_WRONG]) : UINT64_MAX;
}

static void a_trunk_is_there_with_zero_as_soon_as_it_is_used(void **state)
{
	struct door *d = door_of(0, 3);

	(void)state;
	assert_null(sw_metric_find_trunk(&metrics, SW_LIT("t1")));
	sw_metric_map_use(&d->map, &metrics, 1);
	assert_int_equal(refused("t1"), 0);
	refuse(d, 1, 4);
	assert_int_equal(refused("t1"), 4);
	assert_int_equal(refused("t0"), 0);
	assert_null(sw_metric_find_trunk(&metrics, SW_LIT("t")));
	assert_null(sw_metric_find_trunk(&metrics, SW_LIT("")));
	drop(d);
}

static void an_acceptance_counts_by_factor_and_algorithm_of_its_trunk(void **state)
{
	struct door *d = door_of(0, 2);
	struct sw_account a = { .verdict = { .act = SW_ACT_ALLOW,
					     .subject = { .trunk = &d->trunk[1],
							  .factor = SW_FACTOR_DIGEST,
							  .alg = SW_ALG_MD5,
							  .sess = true } },
				.warn = SW_WARN_BIT(SW_WARN_DIGEST_MD5) };
	const struct sw_metric_trunk *t;

	(void)state;
	sw_metric_map_use(&d->map, &metrics, 1);
	sw_metric_count(&metrics, &d->map, &a, 1);
	t = sw_metric_find_trunk(&metrics, SW_LIT("t1"));
	assert_int_equal(sw_metric_read(&t->accepted[SW_FACTOR_DIGEST][SW_ALG_MD5][1]), 1);
	assert_int_equal(sw_metric_read(&t->warned[SW_WARN_DIGEST_MD5]), 1);
	assert_int_equal(sw_metric_read(&t->accepted[SW_FACTOR_DIGEST][SW_ALG_MD5][0]), 0);
	drop(d);
}

static void a_name_keeps_its_counts_over_reloads_wherever_it_stands(void **state)
{
	struct door *first = door_of(0, 3), *second = door_of(2, 3), *third = door_of(0, 3);

	(void)state;
	sw_metric_map_use(&first->map, &metrics, 1);
	refuse(first, 0, 1);
	refuse(first, 2, 3);
	sw_metric_map_use(&second->map, &metrics, 2);
	refuse(second, 0, 1);
	assert_int_equal(refused("t2"), 4);
	assert_int_equal(refused("t4"), 0);
	sw_metric_map_use(&third->map, &metrics, 3);
	assert_int_equal(refused("t0"), 1);
	refuse(third, 0, 1);
	assert_int_equal(refused("t0"), 2);
	drop(first);
	drop(second);
	drop(third);
}

static void a_worker_that_starts_anew_goes_on_with_the_counts_of_its_predecessor(void **state)
{
	struct door *before = door_of(0, 3), *after = door_of(0, 3);

	(void)state;
	sw_metric_map_use(&before->map, &metrics, 1);
	refuse(before, 1, 5);
	sw_metric_map_use(&after->map, &metrics, 1);
	refuse(after, 1, 1);
	assert_int_equal(refused("t1"), 6);
	drop(before);
	drop(after);
}

static void a_place_goes_to_a_new_name_only_when_its_own_is_gone(void **state)
{
	struct door *all = door_of(0, SW_METRIC_TRUNKS - 1);
	struct door *later = door_of(1, SW_METRIC_TRUNKS - 1);

	(void)state;
	sw_metric_map_use(&all->map, &metrics, 1);
	refuse(all, 0, 9);
	refuse(all, 1, 7);
	sw_metric_map_use(&later->map, &metrics, 2);
	assert_int_equal(refused("t1"), 7);
	assert_int_equal(refused("t1023"), 0);
	assert_null(sw_metric_find_trunk(&metrics, SW_LIT("t0")));
	drop(all);
	drop(later);
}

static void trunks_without_a_place_are_counted_together(void **state)
{
	struct door *d = door_of(0, 1500);

	(void)state;
	sw_metric_map_use(&d->map, &metrics, 1);
	refuse(d, 1400, 2);
	refuse(d, 1499, 1);
	refuse(d, 0, 1);
	assert_int_equal(refused("t0"), 1);
	assert_int_equal(sw_metric_read(&metrics.trunk[0].refused[SW_R_DIGEST_WRONG]), 3);
	drop(d);
}

static void a_trunk_of_another_generation_is_counted_in_no_foreign_place(void **state)
{
	struct door *d = door_of(0, 2), *other = door_of(0, 2);
	struct sw_account a = { .verdict = { .act = SW_ACT_REFUSE, .reason = SW_R_DIGEST_WRONG },
				.evidence.digest.trunk = &other->trunk[1] };

	(void)state;
	sw_metric_map_use(&d->map, &metrics, 1);
	sw_metric_count(&metrics, &d->map, &a, 1);
	assert_int_equal(refused("t1"), 0);
	assert_int_equal(sw_metric_read(&metrics.trunk[0].refused[SW_R_DIGEST_WRONG]), 1);
	drop(d);
	drop(other);
}

static void listen_at(struct door *d, size_t i, enum sw_transport t, uint16_t port)
{
	d->listener[i] = (struct sw_listener){
		.transport = t,
		.addr = { .family = SW_FAMILY_4, .port = port, .ip = { 127, 0, 0, 1 } },
	};
	if (d->policy.listeners <= i)
		d->policy.listeners = i + 1;
}

static void remap(struct door *d, uint32_t generation)
{
	sw_metric_map_free(&d->map);
	assert_true(sw_metric_map_init(&d->map, &d->policy));
	sw_metric_map_use(&d->map, &metrics, generation);
}

static void a_listener_counts_by_its_transport_and_address(void **state)
{
	struct door *d = door_of(0, 1);
	struct sw_account a = { .verdict = { .act = SW_ACT_CHALLENGE }, .listener = 1 };

	(void)state;
	listen_at(d, 0, SW_UDP, 5060);
	listen_at(d, 1, SW_TCP, 5060);
	remap(d, 1);
	sw_metric_count(&metrics, &d->map, &a, 1);
	a.stale = true;
	sw_metric_count(&metrics, &d->map, &a, 1);
	listen_at(d, 0, SW_TCP, 5060); /* the other way round */
	listen_at(d, 1, SW_UDP, 5060);
	remap(d, 2);
	sw_metric_count(&metrics, &d->map, &a, 1);

	const struct sw_metric_listener *tcp = sw_metric_find_listener(&metrics, &d->listener[0]);
	const struct sw_metric_listener *udp = sw_metric_find_listener(&metrics, &d->listener[1]);
	assert_int_equal(sw_metric_read(&tcp->challenges), 2);
	assert_int_equal(sw_metric_read(&tcp->stale), 1);
	assert_int_equal(sw_metric_read(&udp->challenges), 1);
	drop(d);
}

static void what_the_kernel_dropped_adds_up_over_sockets(void **state)
{
	struct door *d = door_of(0, 1);
	const struct sw_metric_listener *l;

	(void)state;
	listen_at(d, 0, SW_UDP, 5060);
	remap(d, 1);
	l = sw_metric_find_listener(&metrics, &d->listener[0]);
	sw_metric_kernel_drops(&metrics, &d->map, 0, 10);
	sw_metric_kernel_drops(&metrics, &d->map, 0, 10);
	sw_metric_kernel_drops(&metrics, &d->map, 0, 15);
	assert_int_equal(sw_metric_read(&l->kernel_drops), 15);
	sw_metric_kernel_drops(&metrics, &d->map, 0, 2); /* a new socket */
	assert_int_equal(sw_metric_read(&l->kernel_drops), 17);
	sw_metric_kernel_drops(&metrics, &d->map, 7, 2); /* there is no such listener */
	assert_int_equal(sw_metric_read(&metrics.listener[0].kernel_drops), 0);
	drop(d);
}

static void more_listeners_than_places_are_counted_together(void **state)
{
	struct door *d = door_of(0, 1);
	struct sw_account a = { .verdict = { .act = SW_ACT_CHALLENGE }, .listener = 150 };

	(void)state;
	for (uint16_t i = 0; i < 200; i++)
		listen_at(d, i, SW_UDP, (uint16_t)(5060 + i));
	remap(d, 1);
	sw_metric_count(&metrics, &d->map, &a, 1);
	assert_int_equal(sw_metric_read(&metrics.listener[0].challenges), 1);
	assert_null(sw_metric_find_listener(&metrics, &d->listener[150]));
	drop(d);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		CASE(a_decision_counts_once_by_act_and_once_by_reason),
		CASE(each_warning_counts_for_itself),
		CASE(a_retransmission_counts_as_one_and_nothing_else),
		CASE(a_counter_adds_one),
		CASE(a_request_counts_by_transport_method_and_verdict),
		CASE(a_connection_that_was_closed_is_no_request),
		CASE(a_time_stands_in_the_first_bucket_that_reaches_it),
		CASE(a_trunk_is_there_with_zero_as_soon_as_it_is_used),
		CASE(an_acceptance_counts_by_factor_and_algorithm_of_its_trunk),
		CASE(a_name_keeps_its_counts_over_reloads_wherever_it_stands),
		CASE(a_worker_that_starts_anew_goes_on_with_the_counts_of_its_predecessor),
		CASE(a_place_goes_to_a_new_name_only_when_its_own_is_gone),
		CASE(trunks_without_a_place_are_counted_together),
		CASE(a_trunk_of_another_generation_is_counted_in_no_foreign_place),
		CASE(a_listener_counts_by_its_transport_and_address),
		CASE(what_the_kernel_dropped_adds_up_over_sockets),
		CASE(more_listeners_than_places_are_counted_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
