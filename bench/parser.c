/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser alone over messages of the test vectors: nanoseconds of processor time per message and
 * per octet, framing beside it, as JSON, one fact a line. Refused messages are measured too: they
 * must not cost more than good ones of their length.
 * Usage: bench_parser FILE ...
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sipward/msg.h>

#include "core/frame.h"

#define ROUNDS 7
#define TIMES  2000u
#define MOST   65536

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static size_t read_file(const char *path, char text[MOST])
{
	FILE *f = fopen(path, "re");
	size_t n = f ? fread(text, 1, MOST, f) : 0;

	if (f)
		(void)fclose(f);
	if (n == 0) {
		fprintf(stderr, "bench_parser: %s cannot be read, or is empty\n", path);
		exit(1);
	}
	return n;
}

static enum sw_reason parse(struct sw_slice octets)
{
	static struct sw_msg msg;

	return sw_msg_parse(octets, &msg);
}

static enum sw_reason frame(struct sw_slice octets)
{
	struct sw_framer f = { 0 };
	bool in_body;
	size_t n;

	return sw_frame_next(&f, octets, MOST, &n, &in_body) == SW_FRAME_MESSAGE ? SW_OK
										 : SW_R_LENGTH;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const char *name, const char *work, enum sw_reason (*fn)(struct sw_slice),
		    struct sw_slice octets)
{
	double ns[ROUNDS];
	enum sw_reason was = fn(octets);

	for (int r = 0; r < ROUNDS; r++) {
		uint64_t start = now_ns();

		for (unsigned i = 0; i < TIMES; i++)
			if (fn(octets) != was)
				exit(1);
		ns[r] = (double)(now_ns() - start) / TIMES;
	}
	qsort(ns, ROUNDS, sizeof(ns[0]), by_size);
	printf("{\"bench\":\"parser\",\"work\":\"%s\",\"message\":\"%s\",\"octets\":%zu,"
	       "\"reason\":\"%s\",\"ns\":%.0f,\"min\":%.0f,\"max\":%.0f,\"ns_octet\":%.2f}\n",
	       work, name, octets.n, sw_reason_row(was)->slug, ns[ROUNDS / 2], ns[0],
	       ns[ROUNDS - 1], ns[ROUNDS / 2] / (double)octets.n);
}

int main(int argc, char **argv)
{
	static char text[MOST];

	if (argc < 2) {
		fprintf(stderr, "usage: bench_parser FILE ...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		const char *slash = strrchr(argv[i], '/');
		const char *name = slash ? slash + 1 : argv[i];
		struct sw_slice octets = { text, read_file(argv[i], text) };

		measure(name, "parse", parse, octets);
		measure(name, "frame", frame, octets);
	}
	return 0;
}
