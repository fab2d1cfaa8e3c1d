/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of users into an empty database file, and out of it again: seconds and rows a second, as
 * JSON, one fact a line. Each row has a password, whose hashes are made for three algorithms and
 * both forms of the name, and a number.
 * Usage: bench_people FILE [USERS]      (FILE must not exist; default 1000000)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <unistd.h>

#include "share/clock.h"
#include "store/people.h"

static const struct sw_way way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST), .algs = SW_ALG_ALL };
static const struct sw_trunk trunk = { .name = SW_INIT("staff"), .way = &way, .ways = 1 };
static const struct sw_policy policy = { .realm = SW_INIT("example.com"),
					 .trunk = &trunk,
					 .trunks = 1 };
static struct sw_people_report report;

static bool draw(void *out, size_t n)
{
	return getrandom(out, n, 0) == (ssize_t)n;
}

static double now_s(void)
{
	return (double)sw_clock_mono().us / 1e6;
}

/* In no order: each name lands somewhere else in the index. */
static int write_list(uint32_t users)
{
	int fd = memfd_create("people", MFD_CLOEXEC);
	FILE *out = fdopen(dup(fd), "w");

	for (uint32_t i = 0; i < users; i++) {
		uint32_t n = (uint32_t)((uint64_t)i * 2654435761u % 4294967291u);

		fprintf(out,
			"{\"op\":\"add\",\"row\":%" PRIu32 ",\"name\":\"user%010" PRIu32
			"\",\"trunk\":\"staff\",\"password\":\"wren-cobalt-%" PRIu32
			"\",\"number\":[\"+49%010" PRIu32 "\"]}\n",
			i + 2, n, n, n);
	}
	fclose(out);
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static bool count(void *arg, const struct sw_user *u)
{
	(void)u;
	++*(uint64_t *)arg;
	return true;
}

static void print(const char *fact, double value)
{
	printf("{\"bench\":\"people\",\"fact\":\"%s\",\"value\":%.3f}\n", fact, value);
}

static struct sw_store *open_store(const char *path)
{
	static const uint8_t key[SW_SEAL_KEY] = { 1 };
	struct sw_store_setting setting = {
		.kind = SW_STORE_SQLITE,
		.path = path,
		.realm = policy.realm,
		.seal = key,
		.draw = draw,
	};
	struct sw_store_why why;
	struct sw_store *s = sw_store_open(&setting, &why);

	if (!s) {
		fprintf(stderr, "bench_people: %s\n", why.text);
		exit(1);
	}
	return s;
}

static void run(const char *path, uint32_t users)
{
	struct sw_people_rules rules = { .policy = &policy, .hash = sw_hash_new() };
	struct sw_store *s = open_store(path);
	int fd = write_list(users);
	struct sw_store_why why;
	struct rusage usage;
	uint64_t n = 0;
	double begun = now_s(), took;

	if (sw_people_apply(s, fd, &rules, &report) != SW_PEOPLE_DONE) {
		fprintf(stderr, "bench_people: %s\n", report.why.text);
		exit(1);
	}
	took = now_s() - begun;
	print("rows", (double)report.added);
	print("import_s", took);
	print("import_rows_per_s", (double)report.added / took);
	begun = now_s();
	sw_store_close(s);
	print("close_s", now_s() - begun);
	begun = now_s();
	s = open_store(path);
	print("open_s", now_s() - begun);
	begun = now_s();
	if (!sw_store_each_user(s, SW_LIT(""), count, &n, &why))
		exit(1);
	print("load_s", now_s() - begun);
	sw_store_close(s);
	getrusage(RUSAGE_SELF, &usage);
	print("resident_mib", (double)usage.ru_maxrss / 1024); /* without the list, a memfd */
	sw_hash_free(rules.hash);
	close(fd);
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: bench_people FILE [USERS]\n");
		return 2;
	}
	run(argv[1], argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 1000000);
	return 0;
}
