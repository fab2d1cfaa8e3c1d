/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real list of each role: a child enters it and makes one system call. The parent sees how it
 * ended. Every call that this machine has and that is not on the list is tried, in every role.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/seccomp.h"

#define CALLS_MOST 600
#define GOES_ON    33 /* exit code: the call came back, whatever it gave */
#define NO_FILTER  34

static const enum sw_sandbox_role roles[] = { SW_BOX_CONF, SW_BOX_WORKER, SW_BOX_STORE,
					      SW_BOX_ADMIN };

struct call {
	long number;
	long arg[6];
};

static void quiet_child(void)
{
	const struct rlimit none = { 0, 0 };

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)alarm(10); /* a call that waits has got through */
	(void)signal(SIGILL, SIG_DFL);
	(void)signal(SIGSYS, SIG_DFL);
	(void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void be(enum sw_sandbox_role role, const struct call *c)
{
	struct sw_why why;

	quiet_child();
	if (!sw_seccomp_enter(role, &why)) {
		sw_why_print(why.text);
		_exit(NO_FILTER);
	}
	(void)syscall(c->number, c->arg[0], c->arg[1], c->arg[2], c->arg[3], c->arg[4], c->arg[5]);
	_exit(GOES_ON);
}

static int status_of(enum sw_sandbox_role role, const struct call *c)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		be(role, c);
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_false(WIFEXITED(status) && WEXITSTATUS(status) == NO_FILTER);
	return status;
}

static bool is_killed(enum sw_sandbox_role role, const struct call *c)
{
	int status = status_of(role, c);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
}

/* uprobe and uretprobe are the kernel's own: no list sees them, and from elsewhere they end too. */
static bool is_kernels_own(long number)
{
	return number == 335 || number == 336;
}

static bool is_on_list(enum sw_sandbox_role role, long number, bool *is_narrow)
{
	struct sw_seccomp_row row;

	for (size_t i = 0; sw_seccomp_row(i, &row); i++) {
		if (!(row.roles & 1u << role) ||
		    seccomp_syscall_resolve_name(row.name) != (int)number)
			continue;
		*is_narrow = row.is_narrow;
		return true;
	}
	return false;
}

static void must_kill(enum sw_sandbox_role role, const char *name, const struct call *c)
{
	if (!is_killed(role, c))
		fail_msg("%s goes on after %s", sw_sandbox_name(role), name);
}

static void every_call_that_is_not_on_the_list_ends_the_role(void **state)
{
	size_t tried = 0;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(roles); i++) {
		for (long number = 0; number < CALLS_MOST; number++) {
			char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
								      (int)number);
			bool is_narrow;

			if (!is_on_list(roles[i], number, &is_narrow) && !is_kernels_own(number)) {
				must_kill(roles[i], name ? name : "a call without a name",
					  &(struct call){ .number = number });
				tried++;
			}
			free(name);
		}
	}
	print_message("%zu calls\n", tried);
}

/* What a role that was taken over would want first, as it would ask for it. */
static void nobody_starts_programs_or_gets_out(void **state)
{
	static char shell[] = "/bin/sh";
	char *argv[] = { shell, NULL };
	const long text = (long)(uintptr_t)shell, list = (long)(uintptr_t)argv;
	const struct {
		const char *name;
		struct call call;
	} rows[] = {
		{ "a shell", { SYS_execve, { text, list, 0 } } },
		{ "a shell by descriptor", { SYS_execveat, { AT_FDCWD, text, list, 0, 0 } } },
		{ "a copy of itself", { SYS_clone, { SIGCHLD, 0 } } },
		{ "a copy with clone3", { SYS_clone3, { 0, 0 } } },
		{ "a TCP socket", { SYS_socket, { AF_INET, SOCK_STREAM, 0 } } },
		{ "a Unix socket", { SYS_socket, { AF_UNIX, SOCK_STREAM, 0 } } },
		{ "a raw socket", { SYS_socket, { AF_INET, SOCK_RAW, IPPROTO_ICMP } } },
		{ "a netlink socket", { SYS_socket, { AF_NETLINK, SOCK_RAW, 0 } } },
		{ "a connection", { SYS_connect, { 0, 0, 0 } } },
		{ "a bind", { SYS_bind, { 0, 0, 0 } } },
		{ "listening", { SYS_listen, { 0, 1 } } },
		{ "ptrace", { SYS_ptrace, { PTRACE_ATTACH, (long)getppid(), 0, 0 } } },
		{ "memory of others",
		  { SYS_process_vm_readv, { (long)getppid(), 0, 0, 0, 0, 0 } } },
		{ "a descriptor of others", { SYS_pidfd_getfd, { 0, 0, 0 } } },
		{ "a signal", { SYS_kill, { (long)getppid(), 0 } } },
		{ "a signal to a thread of others", { SYS_tgkill, { 1, 1, 0 } } },
		{ "root", { SYS_setuid, { 0 } } },
		{ "capabilities", { SYS_capset, { 0, 0 } } },
		{ "dumpable", { SYS_prctl, { PR_SET_DUMPABLE, 1, 0, 0, 0 } } },
		{ "who may trace", { SYS_prctl, { PR_SET_PTRACER, -1, 0, 0, 0 } } },
		{ "io_uring", { SYS_io_uring_setup, { 1, 0 } } },
		{ "BPF", { SYS_bpf, { 0, 0, 0 } } },
		{ "a user namespace", { SYS_unshare, { CLONE_NEWUSER } } },
		{ "a mount", { SYS_mount, { 0, 0, 0, 0, 0 } } },
		{ "another root", { SYS_chroot, { text } } },
		{ "keys", { SYS_keyctl, { 0, 0, 0, 0, 0 } } },
		{ "a module", { SYS_finit_module, { 0, text, 0 } } },
		{ "userfaultfd", { SYS_userfaultfd, { 0 } } },
		{ "typing at the terminal", { SYS_ioctl, { 0, TIOCSTI, text } } },
		{ "memory that runs",
		  { SYS_mmap,
		    { 0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 } } },
		{ "memory that runs later", { SYS_mprotect, { 0, 4096, PROT_READ | PROT_EXEC } } },
		{ "memory that runs, by key", { SYS_pkey_mprotect, { 0, 4096, PROT_EXEC, -1 } } },
		{ "another personality", { SYS_personality, { 0x0400000 } } },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(roles); i++) {
		for (size_t k = 0; k < SW_ARRAY_LEN(rows); k++)
			must_kill(roles[i], rows[k].name, &rows[k].call);
	}
}

static void only_the_store_opens(void **state)
{
	static const char path[] = "/dev/null";
	const long text = (long)(uintptr_t)path;
	const struct call calls[] = {
		{ SYS_openat, { AT_FDCWD, text, O_RDONLY, 0 } },
		{ SYS_openat2, { AT_FDCWD, text, 0, 0 } },
		{ SYS_open_by_handle_at, { 0, 0, 0 } },
		{ SYS_unlinkat, { AT_FDCWD, text, 0 } },
		{ SYS_renameat2, { AT_FDCWD, text, AT_FDCWD, text, 0 } },
		{ SYS_mkdirat, { AT_FDCWD, text, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(roles); i++) {
		for (size_t k = 0; k < SW_ARRAY_LEN(calls); k++) {
			bool may = roles[i] == SW_BOX_STORE && (calls[k].number == SYS_openat ||
								calls[k].number == SYS_unlinkat);

			if (!may)
				must_kill(roles[i], "opening", &calls[k]);
		}
	}
}

static void a_call_of_the_list_with_other_arguments_ends_the_role(void **state)
{
	const struct {
		enum sw_sandbox_role role;
		struct call call;
	} rows[] = {
		{ SW_BOX_WORKER, { SYS_fcntl, { 0, F_SETOWN, 1 } } },
		{ SW_BOX_WORKER, { SYS_fcntl, { 0, F_DUPFD, 0 } } },
		{ SW_BOX_WORKER, { SYS_fcntl, { 0, F_SETLK, 0 } } },
		{ SW_BOX_CONF, { SYS_fcntl, { 0, F_SETFL, 0 } } },
		{ SW_BOX_STORE, { SYS_fcntl, { 0, F_SETSIG, 0 } } },
		{ SW_BOX_ADMIN, { SYS_fcntl, { 0, F_NOTIFY, 0 } } },
		{ SW_BOX_WORKER, { SYS_setsockopt, { 0, SOL_SOCKET, SO_BINDTODEVICE, 0, 0 } } },
		{ SW_BOX_WORKER, { SYS_setsockopt, { 0, SOL_SOCKET, SO_ATTACH_FILTER, 0, 0 } } },
		{ SW_BOX_WORKER, { SYS_setsockopt, { 0, IPPROTO_IP, IP_TRANSPARENT, 0, 0 } } },
		{ SW_BOX_WORKER, { SYS_setsockopt, { 0, IPPROTO_TCP, SO_LINGER, 0, 0 } } },
		{ SW_BOX_ADMIN, { SYS_setsockopt, { 0, SOL_SOCKET, SO_LINGER, 0, 0 } } },
		{ SW_BOX_STORE, { SYS_tgkill, { (long)getpid(), (long)getpid(), 0 } } },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		must_kill(rows[i].role, "other arguments", &rows[i].call);
}

#ifdef __x86_64__
#define X32 0x40000000

static void calls_of_another_machine_end_the_role(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(roles); i++) {
		must_kill(roles[i], "x32 read", &(struct call){ SYS_read | X32, { -1, 0, 0 } });
		must_kill(roles[i], "x32 write", &(struct call){ SYS_write | X32, { -1, 0, 0 } });
	}
}
#endif

/* Arguments are nothing on purpose: that the kernel refuses them is that the call got through. */
static void what_is_on_the_list_goes_through(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(roles); i++) {
		for (long number = 0; number < CALLS_MOST; number++) {
			struct call c = { .number = number, .arg = { -1, -1, -1, -1, -1, -1 } };
			bool is_narrow;

			if (number == SYS_exit || number == SYS_exit_group ||
			    number == SYS_rt_sigreturn || number == SYS_restart_syscall ||
			    number == SYS_close || /* its own standard error, which is harmless */
			    !is_on_list(roles[i], number, &is_narrow) || is_narrow)
				continue;
			if (is_killed(roles[i], &c))
				fail_msg("%s ends at call %ld of its list",
					 sw_sandbox_name(roles[i]), number);
		}
	}
}

static void each_row_has_a_call_and_a_reason(void **state)
{
	struct sw_seccomp_row row;

	(void)state;
	for (size_t i = 0; sw_seccomp_row(i, &row); i++) {
		assert_int_not_equal(seccomp_syscall_resolve_name(row.name), __NR_SCMP_ERROR);
		assert_true(row.reason[0] != '\0');
		assert_int_not_equal(row.roles, 0);
	}
}

static void abort_looks_like_abort(void **state)
{
	pid_t pid = fork();
	struct sw_why why;
	int status = 0;

	(void)state;
	if (pid == 0) {
		quiet_child();
		if (!sw_seccomp_enter(SW_BOX_WORKER, &why))
			_exit(NO_FILTER);
		abort();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_that_is_not_on_the_list_ends_the_role),
		cmocka_unit_test(nobody_starts_programs_or_gets_out),
		cmocka_unit_test(only_the_store_opens),
		cmocka_unit_test(a_call_of_the_list_with_other_arguments_ends_the_role),
#ifdef __x86_64__
		cmocka_unit_test(calls_of_another_machine_end_the_role),
#endif
		cmocka_unit_test(what_is_on_the_list_goes_through),
		cmocka_unit_test(each_row_has_a_call_and_a_reason),
		cmocka_unit_test(abort_looks_like_abort),
	};

	if (!sw_seccomp_is_there()) {
		print_message("the kernel has no seccomp filters: nothing is tested\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
