/* SPDX-License-Identifier: Apache-2.0 */
#include "faults/steps.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUDGET 16000u /* instructions that the deaths of one operation step through */

static const struct sw_locks *real;
static volatile uint32_t *walked; /* of the child, in memory of both; NULL: this is no child */
static uint32_t last;

static void on_step(int signal)
{
	(void)signal;
	if (++*walked >= last)
		kill(getpid(), SIGKILL);
}

#if defined(__x86_64__)
/* The trap flag; what lies below the stack pointer is the function's (System V ABI). */
#define TRAP(set)                                        \
	__asm__ volatile("lea -128(%%rsp), %%rsp\n\t"    \
			 "pushfq\n\t" set " (%%rsp)\n\t" \
			 "popfq\n\t"                     \
			 "lea 128(%%rsp), %%rsp" ::      \
				 : "cc", "memory")

static void go_stepwise(void)
{
	TRAP("orq $0x100,");
}

static void go_on(void)
{
	TRAP("andq $~0x100,");
}
#else
static void go_stepwise(void)
{
}

static void go_on(void)
{
}
#endif

static enum sw_lock_got take(void *arg, uint32_t shard)
{
	(void)arg;
	if (walked && *walked == 0)
		go_stepwise();
	return sw_locks_take(real, shard);
}

static void give(void *arg, uint32_t shard)
{
	(void)arg;
	sw_locks_give(real, shard);
}

struct sw_locks steps_watch(const struct sw_locks *locks)
{
	real = locks;
	return (struct sw_locks){ .take = take, .give = give };
}

/* Gives how far it came; *killed: no further than it was to. */
static uint32_t walk(void (*act)(void *arg), void *arg, uint32_t instructions, int *killed)
{
	uint32_t *memory = deaths_memory(sizeof(*memory)), n;
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct sigaction trap = { .sa_handler = on_step };

		walked = memory;
		last = instructions;
		sigaction(SIGTRAP, &trap, NULL);
		act(arg);
		go_on();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	*killed = WIFSIGNALED(status);
	assert_true(*killed ? WTERMSIG(status) == SIGKILL : WEXITSTATUS(status) == 0);
	n = *memory;
	munmap(memory, sizeof(*memory));
	return n;
}

int steps_kill_at(void (*act)(void *arg), void *arg, uint32_t instruction)
{
	int killed;

	walk(act, arg, instruction, &killed);
	return killed;
}

uint32_t steps_count(void (*act)(void *arg), void *arg)
{
	int killed;

	return walk(act, arg, UINT32_MAX, &killed);
}

/* n deaths step through n * count / 2 instructions. */
uint32_t steps_stride(uint32_t count)
{
	uint32_t deaths = count > 0 ? 2 * BUDGET / count : 0;

	if (getenv("SIPWARD_SOAK"))
		return 1;
	if (deaths < 10)
		deaths = 10;
	return deaths < count ? count / deaths : 1;
}
