/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "proc/title.h"

#define CANNOT_EXECUTE 127 /* as a shell has it */

/*
 * What the parent answers, for all. Those that are the kernel's word that something is wrong here
 * keep their effect.
 */
static void leave_signals(void)
{
	static const int ignored[] = {
		SIGHUP, SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGPIPE, SIGXFSZ
	};
	struct sigaction how = { .sa_handler = SIG_DFL };
	sigset_t none;

	(void)sigaction(SIGCHLD, &how, NULL);
	how.sa_handler = SIG_IGN;
	for (size_t i = 0; i < SW_ARRAY_LEN(ignored); i++)
		(void)sigaction(ignored[i], &how, NULL);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static int by_number(const void *a, const void *b)
{
	const int *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void close_between(unsigned from, unsigned to)
{
	if (from <= to)
		(void)close_range(from, to, 0);
}

static void close_others(const struct sw_spawn *s)
{
	int kept[SW_SPAWN_KEPT + 1];
	unsigned from = STDERR_FILENO + 1;
	size_t n = 0;

	kept[n++] = s->pair;
	for (size_t i = 0; i < s->kept_n; i++)
		kept[n++] = s->kept[i];
	qsort(kept, n, sizeof(kept[0]), by_number);
	for (size_t i = 0; i < n; i++) {
		if (kept[i] < (int)from)
			continue;
		close_between(from, (unsigned)kept[i] - 1);
		from = (unsigned)kept[i] + 1;
	}
	close_between(from, ~0u);
}

/* The kernel's name has 15 octets: "sipward-w0", "sipward-store". */
static void set_title(const struct sw_role *role)
{
	char title[SW_ROLE_NAME + 16], name[16];

	(void)snprintf(title, sizeof(title), "sipward: %s", role->name);
	if (role->kind == SW_ROLE_WORKER)
		(void)snprintf(name, sizeof(name), "sipward-w%u", role->number);
	else
		(void)snprintf(name, sizeof(name), "sipward-%.6s", role->name);
	sw_title_set(title, name, false);
}

/* The parent may be gone before this is asked for, and then nobody would tell. */
static void die_with(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
		_exit(EXIT_FAILURE);
}

/* From where they are to where the program looks for them (share/inherit.h). */
static bool arrange(const struct sw_spawn *s)
{
	int from[SW_SPAWN_KEPT + 1] = { s->pair };
	size_t n = s->kept_n + 1;

	memcpy(from + 1, s->kept, s->kept_n * sizeof(from[0]));
	for (size_t i = 0; i < n; i++) /* none may be where another one has to go */
		from[i] = fcntl(from[i], F_DUPFD, (int)(STDERR_FILENO + 1 + n));
	for (size_t i = 0; i < n; i++)
		if (dup2(from[i], (int)(STDERR_FILENO + 1 + i)) < 0)
			return false;
	return close_range((unsigned)(STDERR_FILENO + 1 + n), ~0u, 0) == 0;
}

/*
 * Of the environment, which may hold passwords (env:NAME), what libraries are found and told by:
 * the linker, the time zone, sanitizers.
 */
static char **keep_environment(void)
{
	static const char *const kept[] = {
		"LD_",           "TZ=",           "FAKETIME", "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
		"LSAN_OPTIONS=", "TSAN_OPTIONS=", "GCOV_"
	};
	size_t n = 0;

	for (char **from = environ; *from; from++) {
		for (size_t i = 0; i < SW_ARRAY_LEN(kept); i++) {
			if (strncmp(*from, kept[i], strlen(kept[i])) != 0)
				continue;
			environ[n++] = *from;
			break;
		}
	}
	environ[n] = NULL;
	return environ;
}

static _Noreturn void execute(const struct sw_spawn *s)
{
	char title[] = "sipward: admin", *const arguments[] = { title, NULL };

	if (arrange(s))
		(void)execve(s->program, arguments, keep_environment());
	_exit(CANNOT_EXECUTE);
}

bool sw_spawn_enter_conf(void *arg, int pair)
{
	const struct sw_spawn_conf *c = arg;
	struct sw_spawn s = { .pair = pair };
	uint32_t layers;
	struct sw_why why;

	leave_signals();
	close_others(&s);
	if (c->forget)
		c->forget(c->arg);
	sw_title_set("sipward: conf", "sipward-conf", true);
	die_with(c->parent);
	if (sw_sandbox_enter(c->box, SW_BOX_CONF, &layers, &why))
		return true;
	sw_why_print(why.text);
	return false;
}

static _Noreturn void be(const struct sw_role *role, const struct sw_spawn *s, pid_t parent)
{
	leave_signals();
	die_with(parent);
	if (s->program)
		execute(s);
	close_others(s);
	set_title(role);
	if (s->forget)
		s->forget(s->forget_arg);
	_exit(s->body(s->arg));
}

static bool fork_one(struct sw_role *role, const struct sw_spawn *s)
{
	pid_t parent = getpid();
	pid_t pid;

	(void)fflush(NULL); /* or both would write it */
	pid = fork();
	if (pid == 0)
		be(role, s, parent);
	if (pid < 0)
		return false;
	role->pid = pid;
	return true;
}

static void *run_thread(void *arg)
{
	struct sw_spawn *s = arg;

	(void)s->body(s->arg);
	close(s->pair);
	return NULL;
}

static bool start_thread(struct sw_role *role, struct sw_spawn *s)
{
	int error = pthread_create(&role->thread, NULL, run_thread, s);

	errno = error;
	role->pid = 0;
	return error == 0;
}

bool sw_spawn(struct sw_role *role, struct sw_spawn *s, struct sw_why *why)
{
	bool is_there = s->is_thread ? start_thread(role, s) : fork_one(role, s);
	int error = errno;

	if (!s->is_thread || !is_there)
		close(s->pair);
	if (is_there) {
		role->state = SW_ROLE_ALIVE;
		return true;
	}
	return sw_why_say(why,
			  "the kernel starts no %s (%s): raise its limits of processes and memory "
			  "(ulimit -u, TasksMax= in the unit)",
			  role->name, sw_why_errno(error));
}
