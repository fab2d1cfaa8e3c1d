/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/privileges.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define BIT(cap) (1ull << (cap))

/*
 * Low ports, receive buffers of later listeners, keys and secrets of others, the end of roles, and
 * the start of roles as their user with an empty bounding set.
 */
#define FEW                                                                          \
	(BIT(CAP_NET_BIND_SERVICE) | BIT(CAP_NET_ADMIN) | BIT(CAP_DAC_READ_SEARCH) | \
	 BIT(CAP_KILL) | BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP))

struct sets {
	uint64_t permitted, effective, inheritable;
};

static bool get_sets(struct sets *out)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct half[2];

	if (syscall(SYS_capget, &head, half) != 0)
		return false;
	out->permitted = half[0].permitted | (uint64_t)half[1].permitted << 32;
	out->effective = half[0].effective | (uint64_t)half[1].effective << 32;
	out->inheritable = half[0].inheritable | (uint64_t)half[1].inheritable << 32;
	return true;
}

/* Permitted and effective; nothing that a program which is started would inherit. */
static bool set_sets(uint64_t set)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct half[2] = {
		{ .permitted = (uint32_t)set, .effective = (uint32_t)set },
		{ .permitted = (uint32_t)(set >> 32), .effective = (uint32_t)(set >> 32) },
	};

	return syscall(SYS_capset, &head, half) == 0;
}

/* Who may not change the bounding set has it from somebody who could: nothing is lost by that. */
static void bound_to(uint64_t set)
{
	for (unsigned cap = 0; cap < 64; cap++) {
		if (!(set & BIT(cap)) && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	}
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

void sw_privileges_find(struct sw_privileges *out)
{
	const struct passwd *found;

	*out = (struct sw_privileges){ .is_root = geteuid() == 0 };
	if (!out->is_root)
		return;
	found = getpwnam(SW_PRIVILEGES_USER); /* NOLINT(concurrency-mt-unsafe): one thread */
	if (!found || found->pw_uid == 0)
		return;
	out->has_user = true;
	out->uid = found->pw_uid;
	out->gid = found->pw_gid;
}

bool sw_privileges_keep_few(const struct sw_privileges *p, struct sw_why *why)
{
	struct sets now;

	if (!p->is_root)
		return true;
	bound_to(FEW);
	if (get_sets(&now) && set_sets(now.permitted & FEW))
		return true;
	return sw_why_say(why, "capabilities cannot be given away (%s)", sw_why_errno(errno));
}

/* The group first: who is no longer root may not change it. */
static bool become(const struct sw_privileges *p, struct sw_why *why)
{
	if (setgroups(0, NULL) == 0 && setresgid(p->gid, p->gid, p->gid) == 0 &&
	    setresuid(p->uid, p->uid, p->uid) == 0)
		return true;
	return sw_why_say(why,
			  "the user %s cannot be taken on (%s): start the door as root with "
			  "CAP_SETUID and CAP_SETGID, or as that user",
			  SW_PRIVILEGES_USER, sw_why_errno(errno));
}

static bool is_become(const struct sw_privileges *p)
{
	uid_t real, effective, saved;
	gid_t group, egroup, sgroup;

	return getresuid(&real, &effective, &saved) == 0 && real == p->uid && effective == p->uid &&
	       saved == p->uid && getresgid(&group, &egroup, &sgroup) == 0 && group == p->gid &&
	       egroup == p->gid && sgroup == p->gid && getgroups(0, NULL) == 0 &&
	       setresuid((uid_t)-1, 0, (uid_t)-1) != 0 && setresgid((gid_t)-1, 0, (gid_t)-1) != 0;
}

bool sw_privileges_drop(const struct sw_privileges *p, struct sw_why *why)
{
	bool changes = p->is_root && p->has_user;

	bound_to(0);
	if (changes && !become(p, why))
		return false;
	if (set_sets(0) && sw_privileges_has_none() && (!changes || is_become(p)))
		return true;
	return sw_why_say(why, "a role could not give its privileges away (%s)",
			  sw_why_errno(errno));
}

bool sw_privileges_act_as_role(const struct sw_privileges *p, struct sw_why *why)
{
	if (!p->is_root || !p->has_user)
		return true;
	if (setegid(p->gid) == 0 && seteuid(p->uid) == 0)
		return true;
	(void)sw_why_say(why, "files cannot be made as the user %s (%s)", SW_PRIVILEGES_USER,
			 sw_why_errno(errno));
	sw_privileges_act_as_self(p);
	return false;
}

/* The real group is still the one that root started us with: sudo -g, a unit with Group=. */
void sw_privileges_act_as_self(const struct sw_privileges *p)
{
	if (p->is_root && p->has_user && (seteuid(0) != 0 || setegid(getgid()) != 0))
		_exit(EXIT_FAILURE); /* neither who we were nor who we are to be */
}

bool sw_privileges_has_none(void)
{
	struct sets now;

	return get_sets(&now) && (now.permitted | now.effective | now.inheritable) == 0;
}

bool sw_privileges_is_root(void)
{
	return geteuid() == 0;
}

static bool say_unreachable(const char *directory, struct sw_why *why)
{
	if (errno == ENOENT)
		return sw_why_say(why,
				  "the directory of the database is not there: "
				  "install -d -o %s -g %s -m 0750 %s",
				  SW_PRIVILEGES_USER, SW_PRIVILEGES_USER, directory);
	return sw_why_say(
		why,
		"the user %s cannot reach %s (%s): let it enter the directories above, or "
		"keep the database in /var/lib/sipward",
		SW_PRIVILEGES_USER, directory, sw_why_errno(errno));
}

static bool look(const char *directory, const char *file, struct sw_why *why)
{
	if (faccessat(AT_FDCWD, directory, F_OK, AT_EACCESS) != 0)
		return say_unreachable(directory, why);
	if (faccessat(AT_FDCWD, directory, R_OK | W_OK | X_OK, AT_EACCESS) != 0)
		return sw_why_say(why,
				  "the directory of the database must be the user %s's, who keeps "
				  "it: chown %s:%s %s",
				  SW_PRIVILEGES_USER, SW_PRIVILEGES_USER, SW_PRIVILEGES_USER,
				  directory);
	if (faccessat(AT_FDCWD, file, R_OK | W_OK, AT_EACCESS) == 0 || errno == ENOENT)
		return true;
	return sw_why_say(why, "the database must be the user %s's, who keeps it: chown %s:%s %s*",
			  SW_PRIVILEGES_USER, SW_PRIVILEGES_USER, SW_PRIVILEGES_USER, file);
}

bool sw_privileges_may_keep(const struct sw_privileges *p, const char *directory, const char *file,
			    struct sw_why *why)
{
	bool ok;

	if (!p->is_root || !p->has_user)
		return true;
	if (!sw_privileges_act_as_role(p, why))
		return false;
	ok = look(directory, file, why);
	sw_privileges_act_as_self(p);
	return ok;
}
