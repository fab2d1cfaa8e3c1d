/* SPDX-License-Identifier: Apache-2.0 */
#include "step.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define STEPS_MAX 3000000 /* more are made by tools that run the program in their own way */

void *step_memory(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(p != MAP_FAILED);
	return p;
}

void step_free(void *memory, size_t n)
{
	munmap(memory, n);
}

static pid_t start(void (*work)(void *arg), void *arg)
{
	pid_t child = fork();

	if (child != 0)
		return child;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0)
		_exit(1);
	(void)raise(SIGSTOP);
	work(arg);
	_exit(0);
}

static bool is_stopped(pid_t child)
{
	int status;

	return waitpid(child, &status, 0) == child && WIFSTOPPED(status);
}

unsigned step_through(void *memory, size_t n, void (*work)(void *arg), step_look_fn look, void *arg)
{
	char *before = malloc(n), *copy = malloc(n);
	pid_t child = start(work, arg);
	unsigned states = 0, steps = 0;

	assert_true(before && copy && child > 0);
	memcpy(before, memory, n);
	bool is_going = is_stopped(child);

	if (!is_going)
		print_message("nobody may be followed here\n");
	while (is_going && steps++ < STEPS_MAX) {
		is_going = ptrace(PTRACE_SINGLESTEP, child, NULL, NULL) == 0 && is_stopped(child);
		if (memcmp(before, memory, n) == 0)
			continue;
		memcpy(before, memory, n);
		memcpy(copy, memory, n);
		look(copy, false, arg);
		states++;
	}
	if (is_going) {
		kill(child, SIGKILL);
		(void)is_stopped(child);
		print_message("left after %u steps\n", steps);
	}
	memcpy(copy, memory, n);
	look(copy, !is_going && steps > 1, arg);
	free(before);
	free(copy);
	return states;
}
