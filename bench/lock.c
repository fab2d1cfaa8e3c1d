/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lock costs that nobody else wants, as JSON, one fact a line: nanoseconds of a take and a
 * give, of ours and of a robust mutex of the C library, both in memory that processes share.
 * Usage: bench_lock
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "share/clock.h"
#include "share/robust.h"

#define PAIRS  10000000u
#define SHARDS 64u

static void die(const char *what)
{
	fprintf(stderr, "bench_lock: %s\n", what);
	exit(1);
}

static void *shared(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("no memory");
	return p;
}

static void say(const char *what, uint64_t us)
{
	printf("{\"bench\":\"lock\",\"work\":\"%s\",\"ns\":%.1f}\n", what,
	       (double)us * 1000.0 / PAIRS);
}

static void ours(void)
{
	struct sw_robust r;
	uint64_t start_us;

	if (!sw_robust_open(&r, shared(sw_robust_size(SHARDS)), SHARDS))
		die("no robust futexes");
	struct sw_locks l = sw_robust_locks(&r);

	start_us = sw_clock_mono().us;
	for (uint32_t i = 0; i < PAIRS; i++) {
		if (sw_locks_take(&l, i % SHARDS) != SW_LOCK_GOT)
			die("a free lock is not free");
		sw_locks_give(&l, i % SHARDS);
	}
	say("sw_robust", sw_clock_mono().us - start_us);
}

static void theirs(void)
{
	pthread_mutex_t *m = shared(SHARDS * sizeof(*m));
	pthread_mutexattr_t how;
	uint64_t start_us;

	pthread_mutexattr_init(&how);
	pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
	for (uint32_t i = 0; i < SHARDS; i++)
		if (pthread_mutex_init(&m[i], &how) != 0)
			die("no robust mutexes");
	start_us = sw_clock_mono().us;
	for (uint32_t i = 0; i < PAIRS; i++) {
		if (pthread_mutex_lock(&m[i % SHARDS]) != 0)
			die("a free mutex is not free");
		pthread_mutex_unlock(&m[i % SHARDS]);
	}
	say("robust mutex", sw_clock_mono().us - start_us);
}

int main(void)
{
	theirs();
	ours();
	return 0;
}
