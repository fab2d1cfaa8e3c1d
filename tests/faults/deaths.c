/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/deaths.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

uint32_t deaths_rounds(uint32_t n)
{
	return getenv("SIPWARD_SOAK") ? 100 * n : n;
}

uint32_t dice_throw(struct dice *d, uint32_t n)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (uint32_t)(d->state >> 32) % n;
}

void *deaths_memory(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(p, MAP_FAILED);
	return p;
}

pid_t deaths_child(void (*act)(void *arg, uint32_t number), void *arg, uint32_t number)
{
	pid_t parent = getpid(), child = fork();

	assert_true(child >= 0);
	if (child > 0)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves nobody behind */
	if (getppid() != parent)
		_exit(1);
	act(arg, number);
	_exit(1);
}

void deaths_reap(pid_t child)
{
	int status;

	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

void deaths_kill(pid_t child)
{
	assert_int_equal(kill(child, SIGKILL), 0);
	deaths_reap(child);
}

void deaths_self(void)
{
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

void deaths_check(int holds, const char *what, const char *file, int line)
{
	if (holds)
		return;
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	fflush(stderr);
	_exit(1);
}
