/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/sibling.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/program.h"

#define NAME "sipward-admin"

static bool start(const char *path, int out, pid_t *pid)
{
	char name[] = NAME, version[] = "--version";
	char *const argv[] = { name, version, NULL };
	char *const env[] = { NULL };
	posix_spawn_file_actions_t a;
	bool ok = posix_spawn_file_actions_init(&a) == 0;

	if (!ok)
		return false;
	ok = posix_spawn_file_actions_adddup2(&a, out, STDOUT_FILENO) == 0 &&
	     posix_spawn(pid, path, &a, NULL, argv, env) == 0;
	(void)posix_spawn_file_actions_destroy(&a);
	return ok;
}

/* The one line that it prints. */
static void hear(int in, char *out, size_t n)
{
	size_t at = 0;
	ssize_t got;

	while (at < n - 1 && (got = read(in, out + at, n - 1 - at)) > 0)
		at += (size_t)got;
	out[at] = '\0';
	out[strcspn(out, "\n")] = '\0';
}

static void ask(const char *path, char *out, size_t n)
{
	int way[2];
	pid_t pid;
	int status;

	out[0] = '\0';
	if (pipe2(way, O_CLOEXEC) != 0)
		return;
	if (start(path, way[1], &pid)) {
		close(way[1]);
		way[1] = -1;
		hear(way[0], out, n);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(way[0]);
	if (way[1] >= 0)
		close(way[1]);
}

void sw_sibling_version(char *out, size_t n)
{
	char path[PATH_MAX];
	struct sw_why why = { "" };

	if (!sw_program_find(NAME, path, &why)) {
		(void)snprintf(out, n, "%s", why.text);
		return;
	}
	ask(path, out, n);
	if (strncmp(out, NAME " ", strlen(NAME " ")) != 0)
		(void)snprintf(out, n, "%s does not say its version: install it anew", path);
}
