/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/seccomp.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	C = 1u << SW_BOX_CONF,
	W = 1u << SW_BOX_WORKER,
	S = 1u << SW_BOX_STORE,
	A = 1u << SW_BOX_ADMIN,
	EVERY = C | W | S | A,
};

static const struct sw_seccomp_row rows[] = {
#define SW_SYSCALL(call, set, why)         { #call, why, set, false },
#define SW_SYSCALL_IF(call, set, why, ...) { #call, why, set, true },
#include "proc/syscall.def"
#undef SW_SYSCALL
#undef SW_SYSCALL_IF
};

bool sw_seccomp_row(size_t i, struct sw_seccomp_row *out)
{
	if (i >= SW_ARRAY_LEN(rows))
		return false;
	*out = rows[i];
	return true;
}

bool sw_seccomp_is_there(void)
{
	uint32_t action = SECCOMP_RET_KILL_PROCESS;

	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* A name that this machine has no call for is no fault: another row has the one that it has. */
static bool allow(scmp_filter_ctx filter, const char *name, const struct scmp_arg_cmp *arg,
		  unsigned n)
{
	int number = seccomp_syscall_resolve_name(name);

	return number != __NR_SCMP_ERROR &&
	       seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, number, n, arg) == 0;
}

static bool allow_all_of(scmp_filter_ctx filter, unsigned role)
{
	bool ok = true;

#define SW_SYSCALL(call, set, why) ok = ok && (!((set)&role) || allow(filter, #call, NULL, 0));
#define SW_SYSCALL_IF(call, set, why, ...)                                                  \
	{                                                                                   \
		const struct scmp_arg_cmp arg[] = { __VA_ARGS__ };                          \
		ok = ok && (!((set)&role) || allow(filter, #call, arg, SW_ARRAY_LEN(arg))); \
	}
#include "proc/syscall.def"
#undef SW_SYSCALL
#undef SW_SYSCALL_IF
	return ok;
}

/* A tree instead of a chain of comparisons: no call is far from its answer. */
static bool set_up(scmp_filter_ctx filter)
{
	return seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) == 0 &&
	       seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
	       seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2) == 0;
}

bool sw_seccomp_enter(enum sw_sandbox_role role, struct sw_why *why)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);
	bool ok = filter && set_up(filter) && allow_all_of(filter, 1u << role);

	if (!ok)
		(void)sw_why_say(why, "the list of system calls cannot be made: there is not "
				      "enough memory, or libseccomp does not fit this machine");
	else if (seccomp_load(filter) != 0)
		ok = sw_why_say(why, "the kernel takes no list of system calls: run one that has "
				     "seccomp filters, or set sandbox auto");
	seccomp_release(filter);
	return ok;
}
