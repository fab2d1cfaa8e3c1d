/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kill_at PID [fork] WHERE [N] WHAT: let something happen to a live process at a place that is chosen.
 *
 *   fork   not to that one, but to the next child that it forks
 *   WHERE  call       the N-th system call that it begins, before the kernel does it
 *          return     the N-th system call that it has done, before it sees the result
 *          0xADDRESS  the N-th time that it comes to this instruction
 *          now        at once, wherever it is
 *   WHAT   kill  SIGKILL    stop  SIGSTOP    loop  it goes on for ever at that instruction
 *
 * Says "at CALL" or "at 0xADDRESS" and ends with 0 when it is done; 1: the process ended before, or
 * cannot be traced; 2: wrong usage. One thread is traced: the one whose number PID is (x86-64).
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <elf.h>

#define SYSCALL_STOP (SIGTRAP | 0x80)
#define TRAP         0xccu   /* int3 */
#define LOOP         0xfeebu /* jmp to itself */
#define OPTIONS      ((uintptr_t)PTRACE_O_TRACESYSGOOD)

enum where {
	AT_CALL,
	AT_RETURN,
	AT_ADDRESS,
	AT_NOW
};

static pid_t pid;

static void fail(const char *what)
{
	(void)fprintf(stderr, "kill_at: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void trace(enum __ptrace_request request, uintptr_t address, uintptr_t data,
		  const char *what)
{
	if (ptrace(request, pid, address, data) < 0)
		fail(what);
}

/* Its next stop, as waitpid says. */
static int wait_stop(void)
{
	int status;

	if (waitpid(pid, &status, __WALL) < 0)
		fail("wait");
	if (WIFSTOPPED(status))
		return status;
	(void)fprintf(stderr, "kill_at: the process has ended\n");
	exit(1);
}

static struct user_regs_struct registers(void)
{
	struct user_regs_struct r;
	struct iovec to = { &r, sizeof(r) };

	trace(PTRACE_GETREGSET, NT_PRSTATUS, (uintptr_t)&to, "read registers");
	return r;
}

static void set_registers(struct user_regs_struct *r)
{
	struct iovec from = { r, sizeof(*r) };

	trace(PTRACE_SETREGSET, NT_PRSTATUS, (uintptr_t)&from, "write registers");
}

/* Two octets of its program, of which `mask` are written; gives what stood there. */
static unsigned long plant(uintptr_t address, unsigned long code, unsigned long mask)
{
	unsigned long was;

	errno = 0;
	was = (unsigned long)ptrace(PTRACE_PEEKTEXT, pid, address, 0);
	if (errno != 0)
		fail("read the program");
	trace(PTRACE_POKETEXT, address, (was & ~mask) | code, "write the program");
	return was;
}

/* Go on; signals that come meanwhile are delivered. Gives the status of a stop that is no signal's. */
static int go_on(enum __ptrace_request request)
{
	int signal = 0;

	for (;;) {
		int status, event;

		trace(request, 0, (uintptr_t)signal, "go on");
		status = wait_stop();
		event = status >> 16;
		signal = WSTOPSIG(status);
		if (event == 0 && (signal == SYSCALL_STOP || signal == SIGTRAP))
			return signal;
		if (event != 0)
			signal = 0;
	}
}

static void run_to_call(unsigned long n, bool returns)
{
	for (;;) {
		struct __ptrace_syscall_info info = { 0 };

		if (go_on(PTRACE_SYSCALL) != SYSCALL_STOP)
			continue;
		trace(PTRACE_GET_SYSCALL_INFO, sizeof(info), (uintptr_t)&info, "ask for the call");
		if (info.op != (returns ? PTRACE_SYSCALL_INFO_EXIT : PTRACE_SYSCALL_INFO_ENTRY))
			continue;
		if (--n > 0)
			continue;
		(void)printf("at %llu\n", (unsigned long long)registers().orig_rax);
		return;
	}
}

static void run_to_address(unsigned long n, uintptr_t address)
{
	for (;;) {
		unsigned long was = plant(address, TRAP, 0xff);
		struct user_regs_struct r;

		while (go_on(PTRACE_CONT) != SIGTRAP)
			;
		r = registers();
		if (r.rip != address + 1) {
			(void)fprintf(stderr, "kill_at: a trap that is not ours\n");
			exit(1);
		}
		r.rip = address;
		set_registers(&r);
		trace(PTRACE_POKETEXT, address, was, "write the program");
		if (--n == 0)
			break;
		(void)go_on(PTRACE_SINGLESTEP);
	}
	(void)printf("at %#lx\n", (unsigned long)address);
}

static void stop_now(void)
{
	trace(PTRACE_INTERRUPT, 0, 0, "interrupt");
	(void)wait_stop();
}

/* A call that was interrupted would be begun again two octets before. */
static void make_loop(void)
{
	struct user_regs_struct r = registers();

	r.orig_rax = ~0ull;
	set_registers(&r);
	(void)plant(r.rip, LOOP, 0xffff);
}

/* The next child is traced from its first instruction on, and its parent let go. */
static void follow_fork(void)
{
	unsigned long child = 0;
	int status, signal = 0;

	stop_now();
	trace(PTRACE_SETOPTIONS, 0, OPTIONS | PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE, "set");
	do {
		trace(PTRACE_CONT, 0, (uintptr_t)signal, "go on");
		status = wait_stop();
		signal = status >> 16 == 0 ? WSTOPSIG(status) : 0;
	} while (status >> 16 != PTRACE_EVENT_FORK && status >> 16 != PTRACE_EVENT_CLONE);
	trace(PTRACE_GETEVENTMSG, 0, (uintptr_t)&child, "ask for the child");
	trace(PTRACE_SETOPTIONS, 0, OPTIONS, "set");
	trace(PTRACE_DETACH, 0, 0, "let the parent go");
	pid = (pid_t)child;
	(void)wait_stop();
	trace(PTRACE_SETOPTIONS, 0, OPTIONS, "set");
}

static int usage(void)
{
	(void)fprintf(stderr,
		      "usage: kill_at PID [fork] call|return|0xADDRESS|now [N] kill|stop|loop\n");
	return 2;
}

static enum where where_is(const char *word, uintptr_t *address)
{
	*address = strtoul(word, NULL, 16);
	if (strcmp(word, "call") == 0)
		return AT_CALL;
	if (strcmp(word, "return") == 0)
		return AT_RETURN;
	return strncmp(word, "0x", 2) == 0 ? AT_ADDRESS : AT_NOW;
}

static void run_to(enum where where, unsigned long n, uintptr_t address)
{
	if (where == AT_CALL || where == AT_RETURN)
		run_to_call(n, where == AT_RETURN);
	else if (where == AT_ADDRESS)
		run_to_address(n, address);
	else
		(void)printf("at %#llx\n", (unsigned long long)registers().rip);
}

int main(int argc, char **argv)
{
	bool forks = argc > 2 && strcmp(argv[2], "fork") == 0;
	char **words = argv + 2 + forks;
	int n_words = argc - 2 - forks;
	const char *what = n_words > 1 ? words[n_words - 1] : "";
	unsigned long n = n_words == 3 ? strtoul(words[1], NULL, 10) : 1;
	uintptr_t address;
	enum where where;

	if (n_words < 2 || n_words > 3 || n == 0 || !strchr("ksl", what[0]))
		return usage();
	pid = (pid_t)strtol(argv[1], NULL, 10);
	trace(PTRACE_SEIZE, 0, OPTIONS, "trace it");
	if (forks)
		follow_fork();
	else
		stop_now();
	where = where_is(words[0], &address);
	run_to(where, n, address);
	if (what[0] == 'l')
		make_loop();
	else if (kill(pid, what[0] == 'k' ? SIGKILL : SIGSTOP) < 0)
		fail("kill");
	if (what[0] != 'k')
		trace(PTRACE_DETACH, 0, 0, "let it go");
	return fflush(stdout) == 0 ? 0 : 1;
}
