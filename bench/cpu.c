/* SPDX-License-Identifier: Apache-2.0 */
#include "cpu.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAMILY 128 /* processes at most */

static bool read_line(const char *path, char *line, size_t room)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(line, (int)room, f);

	if (f)
		(void)fclose(f);
	return ok;
}

static pid_t parent_of(pid_t pid)
{
	char path[64], line[512];
	const char *end;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	if (!read_line(path, line, sizeof(line)))
		return 0;
	end = strrchr(line, ')'); /* the name may have blanks and brackets */
	return end && strlen(end) > 4 ? (pid_t)strtol(end + 4, NULL, 10) : 0;
}

/* The root and all below it; processes are few, so every pass looks at all. */
static size_t family_of(pid_t root, pid_t list[FAMILY])
{
	size_t n = 1, before;

	list[0] = root;
	do {
		DIR *all = opendir("/proc");

		before = n;
		for (struct dirent *e; all && (e = readdir(all)) != NULL;) {
			pid_t pid = (pid_t)strtol(e->d_name, NULL, 10);
			pid_t parent = pid > 0 ? parent_of(pid) : 0;
			bool is_child = false, is_known = false;

			for (size_t i = 0; i < n; i++) {
				is_child |= list[i] == parent;
				is_known |= list[i] == pid;
			}
			if (is_child && !is_known && n < FAMILY)
				list[n++] = pid;
		}
		if (all)
			closedir(all);
	} while (n > before);
	return n;
}

static uint64_t threads_ns(pid_t pid)
{
	char path[400], line[128];
	uint64_t sum = 0;
	DIR *all;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	all = opendir(path);
	for (struct dirent *e; all && (e = readdir(all)) != NULL;) {
		snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", (int)pid, e->d_name);
		if (e->d_name[0] != '.' && read_line(path, line, sizeof(line)))
			sum += strtoull(line, NULL, 10);
	}
	if (all)
		closedir(all);
	return sum;
}

uint64_t bench_cpu_ns(pid_t root)
{
	pid_t list[FAMILY];
	size_t n = family_of(root, list);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += threads_ns(list[i]);
	return sum;
}

uint64_t bench_memory(pid_t root)
{
	pid_t list[FAMILY];
	size_t n = family_of(root, list);
	uint64_t sum = 0;

	for (size_t i = 0; i < n; i++) {
		char path[64], line[256];
		FILE *f;

		snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)list[i]);
		f = fopen(path, "re");
		while (f && fgets(line, sizeof(line), f))
			if (strncmp(line, "Pss:", 4) == 0)
				sum += strtoull(line + 4, NULL, 10) * 1024;
		if (f)
			(void)fclose(f);
	}
	return sum;
}
