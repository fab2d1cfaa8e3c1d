/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_keep: what a worker pays to count a decision and to keep it for explain; min and max of 31
 * rounds beside the median. The account is the engine's, of a challenge and of a refused password.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "door.h"
#include "obs/board.h"

#define ROUNDS 31
#define TIMES  20000

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static struct sw_metric_map counts;
static struct sw_metrics *metrics;
static struct sw_trace trace;

static void count(const struct sw_account *a, uint64_t us)
{
	sw_metric_count(metrics, &counts, a, (uint32_t)us % 8);
}

static void keep(const struct sw_account *a, uint64_t us)
{
	struct sw_event_view v;

	sw_event_see(&v, a, &a->src, 2, 1);
	sw_trace_keep(&trace, &v, (struct sw_mono){ us });
}

static void measure(const char *work, const char *what, const struct sw_account *a,
		    void (*fn)(const struct sw_account *a, uint64_t us))
{
	double ns[ROUNDS];

	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t start = now_ns();

		for (unsigned i = 0; i < TIMES; i++)
			fn(a, i);
		ns[r] = (double)(now_ns() - start) / TIMES;
	}
	qsort(ns, ROUNDS, sizeof(*ns), by_value);
	printf("{\"bench\":\"keep\",\"work\":\"%s %s\",\"ns\":%.1f,\"min\":%.1f,\"max\":%.1f}\n",
	       work, what, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
}

static void measure_both(const char *what, const struct sw_account *a)
{
	measure("count", what, a, count);
	measure("keep", what, a, keep);
}

int main(void)
{
	static struct bench_door d;
	static struct bench_tables t;
	struct sw_board board;
	char text[2048], auth[512];
	size_t n;

	bench_tables_make(&t, 1000);
	bench_door_open(&d, &t, 0, false);
	sw_board_init(&board, bench_memory_shared(sw_board_size(1)), 1);
	metrics = sw_board_metrics(&board, 0);
	trace = sw_board_trace(&board, 0);
	if (!sw_metric_map_init(&counts, &d.policy))
		bench_die("no memory");
	sw_metric_map_use(&counts, metrics, 1);
	n = bench_request(text, sizeof(text), "user1", 1, "");
	if (bench_take(&d, text, n) != SW_R_CHALLENGED)
		bench_die("a challenge was due");
	measure_both("challenge", &d.out.account);
	bench_answer(&d, "user1", "wrong", auth, sizeof(auth));
	n = bench_request(text, sizeof(text), "user1", 2, auth);
	if (bench_take(&d, text, n) != SW_R_DIGEST_WRONG)
		bench_die("a refusal was due");
	measure_both("refusal", &d.out.account);
	sw_metric_map_free(&counts);
	sw_engine_free(d.e);
	return 0;
}
