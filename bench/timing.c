/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does the time of a failed login tell its cause? Each cause is timed in turn with an unknown
 * name, both orders alternating; the difference of the two is resampled (paired bootstrap) for
 * the 95 % interval of its mean, after the slowest twentieth of pairs is cut from both ends, which
 * is the scheduler's. JSON, one fact a line.
 * Usage: bench_timing [PAIRS [KEPT]]      (default 20000 pairs, 100000 kept users)
 */
#include "alike.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define RESAMPLES 2000u
#define CUT       20u

static uint64_t state = 7;

static uint64_t draw(void)
{
	uint64_t z = (state += 0x9e3779b97f4a7c15u);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static double time_one(struct alike *a, enum alike_cause cause)
{
	alike_prepare(a, cause);
	double start = now_ns();

	alike_fail(a);
	double took = now_ns() - start;

	alike_check(a, cause);
	return took;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double mean(const double *v, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += v[i];
	return sum / (double)n;
}

static void report(const char *what, double *v, size_t n)
{
	static double means[RESAMPLES];

	qsort(v, n, sizeof(*v), by_value);
	v += n / CUT;
	n -= 2 * (n / CUT);
	for (size_t r = 0; r < RESAMPLES; r++) {
		double sum = 0;

		for (size_t i = 0; i < n; i++)
			sum += v[draw() % n];
		means[r] = sum / (double)n;
	}
	qsort(means, RESAMPLES, sizeof(*means), by_value);
	printf("{\"bench\":\"timing\",\"against\":\"%s\",\"cause\":\"%s\",\"pairs\":%zu,"
	       "\"difference_ns\":%.1f,\"low_ns\":%.1f,\"high_ns\":%.1f}\n",
	       alike_name[ALIKE_UNKNOWN], what, n, mean(v, n), means[RESAMPLES * 25 / 1000],
	       means[RESAMPLES * 975 / 1000]);
}

static void compare(struct alike *a, enum alike_cause cause, double *difference, size_t pairs)
{
	for (size_t i = 0; i < pairs; i++) {
		bool first = draw() & 1;
		double x = 0, y;

		if (first)
			x = time_one(a, cause);
		y = time_one(a, ALIKE_UNKNOWN);
		if (!first)
			x = time_one(a, cause);
		difference[i] = x - y;
	}
	report(alike_name[cause], difference, pairs);
}

int main(int argc, char **argv)
{
	uint64_t pairs = 20000, kept = 100000;

	if (argc > 3 || (argc > 1 && !sw_slice_u64(sw_slice_of(argv[1]), 10000000, &pairs)) ||
	    (argc > 2 && !sw_slice_u64(sw_slice_of(argv[2]), 9999999, &kept)) || pairs < CUT) {
		fprintf(stderr, "usage: bench_timing [PAIRS [KEPT]]\n");
		return 2;
	}
	struct alike *a = alike_open((uint32_t)kept);
	double *difference = calloc(pairs, sizeof(*difference));

	for (unsigned c = 0; difference && c < ALIKE_CAUSES; c++)
		if (c != ALIKE_UNKNOWN)
			compare(a, (enum alike_cause)c, difference, pairs);
	compare(a, ALIKE_UNKNOWN, difference, pairs); /* what chance alone gives */
	free(difference);
	alike_close(a);
	return 0;
}
