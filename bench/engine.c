/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine without sockets: nanoseconds of processor time per message, as JSON, one fact a
 * line. Work: parse alone, REGISTER to 401, proven REGISTER to 200 of a phone that was not here
 * and of one that was, wrong password to 403.
 * Usage: bench_engine [USERS]              (at least, and by default, MESSAGES of them)
 *        bench_engine only WORK N          does that N times, for bench/instructions
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sipward/msg.h>

#include "door.h"

#define ROUNDS   7
#define BATCH    2000u
#define MESSAGES (ROUNDS * BATCH) /* of one work; each is of another user */

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static uint32_t users;

struct text {
	char p[1024];
	size_t n;
};

enum work {
	PARSE,
	CHALLENGE,
	REGISTER,
	REFRESH,
	WRONG,
	WORKS
};

static const struct {
	const char *name, *password;
	enum sw_reason want;
} works[WORKS] = {
	[PARSE] = { "parse", NULL, SW_OK },
	[CHALLENGE] = { "challenge", NULL, SW_R_CHALLENGED },
	[REGISTER] = { "register", "password", SW_OK },
	[REFRESH] = { "refresh", "password", SW_OK },
	[WRONG] = { "wrong password", "wrong", SW_R_DIGEST_WRONG },
};

/* The next requests, made before anything is counted; with a password they answer challenges. */
static void prepare(struct bench_door *d, struct text *t, unsigned n, enum work w)
{
	static unsigned seq, turn[WORKS];
	const char *password = works[w].password;
	char auth[512] = "";

	for (unsigned i = 0; i < n; i++, seq++) {
		char user[BENCH_NAME];

		bench_name((uint32_t)(turn[w]++ * 7919ull % users), user);

		if (password) {
			t[i].n = bench_request(t[i].p, sizeof(t[i].p), user, seq, "");
			bench_take(d, t[i].p, t[i].n);
			bench_answer(d, user, password, auth, sizeof(auth));
		}
		t[i].n = bench_request(t[i].p, sizeof(t[i].p), user, seq + 1, auth);
	}
}

static void parse_all(const struct text *t, unsigned n)
{
	static struct sw_msg m;

	for (unsigned i = 0; i < n; i++)
		if (sw_msg_parse((struct sw_slice){ t[i].p, t[i].n }, &m) != SW_OK)
			bench_die("a request does not parse");
}

static void take_all(struct bench_door *d, const struct text *t, unsigned n, enum sw_reason want)
{
	for (unsigned i = 0; i < n; i++)
		if (bench_take(d, t[i].p, t[i].n) != want)
			bench_die(sw_reason_slug(d->out.account.verdict.reason));
}

/* Called by nobody else and by its name: bench/instructions counts what happens in it. */
__attribute__((noinline)) static void do_all(struct bench_door *d, const struct text *t, unsigned n,
					     enum work w)
{
	if (w == PARSE)
		parse_all(t, n);
	else
		take_all(d, t, n, works[w].want);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *what, double ns[ROUNDS])
{
	qsort(ns, ROUNDS, sizeof(*ns), by_value);
	printf("{\"bench\":\"engine\",\"work\":\"%s\",\"ns\":%.0f,\"min\":%.0f,\"max\":%.0f}\n",
	       what, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
}

static void measure(struct bench_door *d, enum work w)
{
	static struct text t[BATCH];
	double ns[ROUNDS];

	for (unsigned r = 0; r < ROUNDS; r++) {
		prepare(d, t, BATCH, w);
		uint64_t start = now_ns();

		do_all(d, t, BATCH, w);
		ns[r] = (double)(now_ns() - start) / BATCH;
		d->in.mono.us += SW_US_PER_S;
	}
	report(works[w].name, ns);
}

static void do_only(struct bench_door *d, enum work w, unsigned n)
{
	static struct text t[MESSAGES];

	if (w == REFRESH) { /* of what is registered, by the same users */
		prepare(d, t, n, REGISTER);
		take_all(d, t, n, SW_OK);
		d->in.mono.us += SW_US_PER_S; /* windows of older nonces may go */
	}
	prepare(d, t, n, w);
	do_all(d, t, n, w);
}

static enum work work_of(const char *name)
{
	for (unsigned w = 0; w < WORKS; w++)
		if (strcmp(name, works[w].name) == 0)
			return (enum work)w;
	return WORKS;
}

int main(int argc, char **argv)
{
	static struct bench_door d;
	struct bench_tables t;
	bool is_only = argc == 4 && strcmp(argv[1], "only") == 0;
	enum work only = is_only ? work_of(argv[2]) : PARSE;
	uint64_t n = MESSAGES;

	if (argc > 1 && !(is_only || argc == 2))
		bench_die("usage: bench_engine [USERS] | only WORK N");
	if (argc > 1 &&
	    !sw_slice_u64(sw_slice_of(argv[argc - 1]), is_only ? MESSAGES : 10000000, &n))
		bench_die("the number is too large, or none");
	if (only == WORKS)
		bench_die("there is no such work");
	users = n < MESSAGES ? MESSAGES : (uint32_t)n;
	bench_tables_make(&t, users);
	bench_door_open(&d, &t, 0, true);
	if (is_only)
		do_only(&d, only, (unsigned)n);
	for (unsigned w = 0; !is_only && w < WORKS; w++)
		measure(&d, (enum work)w);
	sw_engine_free(d.e);
	return 0;
}
