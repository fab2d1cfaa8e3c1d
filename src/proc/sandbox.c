/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "proc/cores.h"
#include "proc/landlock.h"
#include "proc/seccomp.h"

/* Sanitizers and the counting of branches need what the layers forbid. */
static const bool is_built = SW_SANDBOX_IS_BUILT;

const char *sw_sandbox_name(enum sw_sandbox_role role)
{
	static const char *const name[SW_BOX_ROLES] = {
		[SW_BOX_NONE] = "nobody",   [SW_BOX_PARENT] = "parent", [SW_BOX_CONF] = "conf",
		[SW_BOX_WORKER] = "worker", [SW_BOX_STORE] = "store",   [SW_BOX_ADMIN] = "admin",
	};

	return role < SW_BOX_ROLES ? name[role] : name[SW_BOX_NONE];
}

static uint32_t landlock_layer(unsigned abi)
{
	unsigned known = abi < SW_LANDLOCK_ABI ? abi : SW_LANDLOCK_ABI;

	return known > 0 ? SW_LAYER_LANDLOCK | known << SW_LAYER_ABI_SHIFT : 0;
}

uint32_t sw_sandbox_look(const struct sw_privileges *who)
{
	uint32_t layers = SW_LAYER_NO_NEW_PRIVS | SW_LAYER_NO_CAPS | SW_LAYER_NO_DUMP;

	if (!is_built)
		return 0;
	if (!who->is_root || who->has_user)
		layers |= SW_LAYER_USER;
	if (sw_seccomp_is_there())
		layers |= SW_LAYER_SECCOMP;
	return layers | landlock_layer(sw_landlock_abi());
}

static void add_missing(struct sw_why *what, const char *sentence)
{
	sw_why_add(what, "%s%s", what->text[0] == '\0' ? "" : "; ", sentence);
}

bool sw_sandbox_is_built(void)
{
	return is_built;
}

bool sw_sandbox_is_short(uint32_t layers, struct sw_why *what)
{
	what->text[0] = '\0';
	if (!is_built) {
		add_missing(what, "this build has no sandbox, it is one for sanitizers or "
				  "coverage: run the released one");
		return true;
	}
	if (!(layers & SW_LAYER_SECCOMP))
		add_missing(what, "seccomp is missing: run a kernel with CONFIG_SECCOMP_FILTER, "
				  "Linux 4.14 or later");
	if (!(layers & SW_LAYER_LANDLOCK))
		add_missing(what, "landlock is missing: run Linux 5.13 or later with landlock in "
				  "its boot parameter lsm=");
	return what->text[0] != '\0';
}

bool sw_sandbox_is_root(const struct sw_privileges *who, struct sw_why *what)
{
	if (!is_built || !who->is_root || who->has_user)
		return false;
	(void)sw_why_say(what, "there is no user " SW_PRIVILEGES_USER
			       ", so the roles stay root, without capabilities: make it with "
			       "systemd-sysusers, or useradd --system " SW_PRIVILEGES_USER);
	return true;
}

bool sw_sandbox_may_start(const struct sw_sandbox_setting *setting, struct sw_why *why)
{
	struct sw_why missing;

	if (setting->is_off || !setting->is_required ||
	    !sw_sandbox_is_short(sw_sandbox_look(&setting->who), &missing))
		return true;
	return sw_why_say(why, "sandbox required, and %s (or set sandbox auto)", missing.text);
}

/* A parent that died before this was asked for sends no signal. */
static bool die_with_parent(const struct sw_sandbox_setting *setting, enum sw_sandbox_role role,
			    struct sw_why *why)
{
	if (setting->parent == 0 || role == SW_BOX_PARENT)
		return true;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == setting->parent)
		return true;
	return sw_why_say(why, "the parent has ended");
}

/* What holds whether the sandbox is on or off: who owns files must not depend on that. */
static bool give_away(const struct sw_sandbox_setting *setting, enum sw_sandbox_role role,
		      struct sw_why *why)
{
	bool is_parent = role == SW_BOX_PARENT;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return sw_why_say(why, "the kernel knows no new privileges only (%s)",
				  sw_why_errno(errno));
	if (!(is_parent ? sw_privileges_keep_few : sw_privileges_drop)(&setting->who, why))
		return false;
	sw_cores_forbid(); /* a change of the user has made it forget */
	return true;
}

/* Asked of the kernel, not remembered. */
static uint32_t given_away(void)
{
	uint32_t layers = 0;

	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		layers |= SW_LAYER_NO_NEW_PRIVS;
	if (sw_privileges_has_none())
		layers |= SW_LAYER_NO_CAPS;
	if (!sw_privileges_is_root())
		layers |= SW_LAYER_USER;
	if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0)
		layers |= SW_LAYER_NO_DUMP;
	return layers;
}

static bool enter_box(const struct sw_sandbox_setting *setting, enum sw_sandbox_role role,
		      uint32_t *layers, struct sw_why *why)
{
	uint32_t landlock = landlock_layer(sw_landlock_abi());
	bool has_seccomp = sw_seccomp_is_there();

	if (landlock && !sw_landlock_enter(role == SW_BOX_STORE ? setting->directory : NULL, why))
		return false;
	*layers |= landlock;
	if (has_seccomp && !sw_seccomp_enter(role, why))
		return false;
	*layers |= has_seccomp ? SW_LAYER_SECCOMP : 0;
	return true;
}

/* What they open at their first use: the time zone, the seed of hashes. */
static void prepare_libraries(void)
{
	tzset();
	json_object_seed(0);
}

bool sw_sandbox_enter(const struct sw_sandbox_setting *setting, enum sw_sandbox_role role,
		      uint32_t *layers, struct sw_why *why)
{
	*layers = 0;
	if (!sw_sandbox_may_start(setting, why))
		return false;
	if (!is_built)
		return die_with_parent(setting, role, why);
	prepare_libraries();
	if (!give_away(setting, role, why) || !die_with_parent(setting, role, why))
		return false;
	*layers = given_away();
	if (setting->is_off || role == SW_BOX_PARENT)
		return true;
	return enter_box(setting, role, layers, why);
}
