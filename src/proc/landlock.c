/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proc/landlock_abi.h"

#define DIRECTORY \
	(LL_READ_FILE | LL_WRITE_FILE | LL_READ_DIR | LL_MAKE_REG | LL_REMOVE_FILE | LL_TRUNCATE)

/* What each version added: what is not forbidden by name is allowed. */
static const struct {
	struct ll_ruleset forbidden;
	size_t size; /* of struct ll_ruleset as that version knows it */
} added[SW_LANDLOCK_ABI + 1] = {
	[1] = { { .fs = LL_EXECUTE | LL_WRITE_FILE | LL_READ_FILE | LL_READ_DIR | LL_REMOVE_DIR |
			LL_REMOVE_FILE | LL_MAKE_CHAR | LL_MAKE_DIR | LL_MAKE_REG | LL_MAKE_SOCK |
			LL_MAKE_FIFO | LL_MAKE_BLOCK | LL_MAKE_SYM },
		offsetof(struct ll_ruleset, net) },
	[2] = { { .fs = LL_REFER }, 0 },
	[3] = { { .fs = LL_TRUNCATE }, 0 },
	[4] = { { .net = LL_BIND_TCP | LL_CONNECT_TCP }, offsetof(struct ll_ruleset, scoped) },
	[5] = { { .fs = LL_IOCTL_DEV }, 0 },
	[6] = { { .scoped = LL_SCOPE_ABSTRACT_UNIX | LL_SCOPE_SIGNAL }, sizeof(struct ll_ruleset) },
};

unsigned sw_landlock_abi(void)
{
	long got = syscall(LL_CREATE_RULESET, NULL, 0, LL_ASK_VERSION);

	return got > 0 ? (unsigned)got : 0;
}

static int make_ruleset(unsigned abi, struct ll_ruleset *all)
{
	size_t size = 0;

	*all = (struct ll_ruleset){ 0 };
	for (unsigned i = 1; i <= abi && i <= SW_LANDLOCK_ABI; i++) {
		all->fs |= added[i].forbidden.fs;
		all->net |= added[i].forbidden.net;
		all->scoped |= added[i].forbidden.scoped;
		if (added[i].size)
			size = added[i].size;
	}
	return (int)syscall(LL_CREATE_RULESET, all, size, 0);
}

static bool allow(int ruleset, const struct ll_ruleset *all, const char *directory,
		  struct sw_why *why)
{
	struct ll_beneath rule = { .allowed = DIRECTORY & all->fs };
	bool ok;

	rule.fd = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (rule.fd < 0)
		return sw_why_say(why, "the directory of the database, %s, cannot be opened (%s)",
				  directory, sw_why_errno(errno));
	ok = syscall(LL_ADD_RULE, ruleset, LL_RULE_BENEATH, &rule, 0) == 0;
	if (!ok)
		(void)sw_why_say(why, "Landlock takes no rule for %s (%s)", directory,
				 sw_why_errno(errno));
	close(rule.fd);
	return ok;
}

bool sw_landlock_enter(const char *directory, struct sw_why *why)
{
	struct ll_ruleset all;
	int ruleset = make_ruleset(sw_landlock_abi(), &all);
	bool ok;

	if (ruleset < 0)
		return sw_why_say(why, "the kernel gives no Landlock rules (%s)",
				  sw_why_errno(errno));
	ok = !directory || allow(ruleset, &all, directory, why);
	if (ok && syscall(LL_RESTRICT_SELF, ruleset, 0) != 0)
		ok = sw_why_say(why, "the kernel refuses Landlock rules (%s)", sw_why_errno(errno));
	close(ruleset);
	return ok;
}
