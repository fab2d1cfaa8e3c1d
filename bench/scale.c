/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a second core brings: recorded datagrams, fed from memory into engines over shared tables
 * with their real locks, one process per core, no socket. One process and two take turns; printed
 * are messages a second of all together and the ratio of each pair, as JSON, one fact a line.
 * Work: proven REGISTERs, each with a nonce of its own, of users that the two have in common.
 * Usage: bench_scale [USERS [PAIRS]]      (default 100000 9)
 */
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "door.h"

#define MESSAGES 20000u
#define CORES    2u
#define PAIRS    99

struct text {
	char p[1024];
	size_t n;
};

/* Between the processes of one measurement. */
struct meeting {
	_Atomic unsigned ready, busy;
	_Atomic bool go;
};

static struct bench_tables tables;
static struct meeting *meeting;

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void pin(unsigned core)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(core, &set);
	if (sched_setaffinity(0, sizeof(set), &set) != 0)
		bench_die("there is no such core");
}

/* Users are drawn all over the table, by both alike; seq makes every request another one. */
static void record(struct bench_door *d, struct text *t, unsigned worker, unsigned round)
{
	for (unsigned i = 0; i < MESSAGES; i++) {
		unsigned seq = (round * CORES + worker) * MESSAGES + i + 1;
		char user[BENCH_NAME], auth[512];

		bench_name((uint32_t)(seq * 7919ull % tables.users), user);
		t[i].n = bench_request(t[i].p, sizeof(t[i].p), user, seq, "");
		if (bench_take(d, t[i].p, t[i].n) != SW_R_CHALLENGED)
			bench_die("no challenge came");
		bench_answer(d, user, "password", auth, sizeof(auth));
		t[i].n = bench_request(t[i].p, sizeof(t[i].p), user, seq, auth);
	}
}

static _Noreturn void work(unsigned worker, unsigned round)
{
	static struct bench_door d;
	static struct text t[MESSAGES];
	unsigned refused = 0;

	pin(worker);
	bench_door_open(&d, &tables, worker, true);
	d.in.wall.us += round * (int64_t)SW_US_PER_S;
	d.in.mono.us += round * (uint64_t)SW_US_PER_S; /* windows of older nonces may go */
	record(&d, t, worker, round);
	atomic_fetch_add(&meeting->ready, 1);
	while (!atomic_load(&meeting->go))
		;
	for (unsigned i = 0; i < MESSAGES; i++) {
		enum sw_reason r = bench_take(&d, t[i].p, t[i].n);

		if (r == SW_R_TABLE_BUSY) /* the holder of a lock was put off its core */
			atomic_fetch_add(&meeting->busy, 1);
		else if (r != SW_OK && r != SW_R_CSEQ_OLD) /* the other served a later one */
			refused++;
	}
	_exit(refused == 0 ? 0 : 1);
}

/* Messages a second of so many processes together. */
static double measure(unsigned processes)
{
	static unsigned round;
	double began;

	atomic_store(&meeting->ready, 0);
	atomic_store(&meeting->go, false);
	for (unsigned i = 0; i < processes; i++)
		if (fork() == 0)
			work(i, round);
	round++;
	while (atomic_load(&meeting->ready) < processes)
		usleep(1000);
	began = now_s();
	atomic_store(&meeting->go, true);
	for (unsigned i = 0; i < processes; i++) {
		int status;

		if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
			bench_die("a request was not served");
	}
	return processes * MESSAGES / (now_s() - began);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	unsigned long users = argc > 1 ? strtoul(argv[1], NULL, 10) : 100000;
	unsigned long pairs = argc > 2 ? strtoul(argv[2], NULL, 10) : 9;
	double ratio[PAIRS], one[PAIRS], two[PAIRS];

	if (users == 0 || users > 10000000 || pairs == 0 || pairs > PAIRS)
		bench_die("usage: bench_scale [USERS [PAIRS]]");
	meeting = bench_memory_shared(sizeof(*meeting));
	bench_tables_make(&tables, (uint32_t)users);
	for (unsigned i = 0; i < pairs; i++) {
		one[i] = measure(1);
		two[i] = measure(2);
		ratio[i] = two[i] / one[i];
	}
	qsort(ratio, pairs, sizeof(*ratio), by_value);
	qsort(one, pairs, sizeof(*one), by_value);
	qsort(two, pairs, sizeof(*two), by_value);
	printf("{\"bench\":\"scale\",\"users\":%lu,\"pairs\":%lu,\"one_per_s\":%.0f,"
	       "\"two_per_s\":%.0f,\"ratio\":%.3f,\"min\":%.3f,\"max\":%.3f,\"busy\":%u}\n",
	       users, pairs, one[pairs / 2], two[pairs / 2], ratio[pairs / 2], ratio[0],
	       ratio[pairs - 1], atomic_load(&meeting->busy));
	return 0;
}
