/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/sandbox.h"

#define LOOK(fact)                                 \
	do {                                       \
		if (!(fact))                       \
			_exit(__LINE__ % 250 + 1); \
	} while (0)

static int status_in_a_child(void (*body)(enum sw_sandbox_role), enum sw_sandbox_role role)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		(void)signal(SIGSYS, SIG_DFL);
		body(role);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return status;
}

static void in_a_child(void (*body)(enum sw_sandbox_role), enum sw_sandbox_role role)
{
	int status = status_in_a_child(body, role);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		fail_msg("%s: status %x; the line is %d modulo 250", sw_sandbox_name(role),
			 (unsigned)status, WEXITSTATUS(status) - 1);
}

static struct sw_sandbox_setting required(void)
{
	struct sw_sandbox_setting s = { .is_required = true, .parent = getppid() };

	sw_privileges_find(&s.who);
	return s;
}

static void needs_all_layers(void)
{
	uint32_t all = SW_LAYER_SECCOMP | SW_LAYER_LANDLOCK;

	if ((sw_sandbox_look(&(struct sw_privileges){ 0 }) & all) != all) {
		print_message("this kernel or this build lacks a layer\n");
		skip();
	}
}

static void enter_all(enum sw_sandbox_role role)
{
	struct sw_sandbox_setting s = required();
	uint32_t layers = 0;
	struct sw_why why;

	LOOK(sw_sandbox_enter(&s, role, &layers, &why));
	LOOK(layers == sw_sandbox_look(&s.who) || getppid() == 0);
}

/* sw_sandbox_look asks the kernel, which a role may not do any more: the parent's number. */
static uint32_t expected;

static void enter_as_expected(enum sw_sandbox_role role)
{
	struct sw_sandbox_setting s = required();
	uint32_t layers = 0;
	struct sw_why why;

	s.directory = role == SW_BOX_STORE ? "/tmp" : NULL;
	if (!sw_sandbox_enter(&s, role, &layers, &why)) {
		sw_why_print(why.text);
		_exit(250);
	}
	LOOK(layers == expected);
}

static void each_role_stands_behind_all_that_this_machine_has(void **state)
{
	struct sw_sandbox_setting s = required();

	(void)state;
	needs_all_layers();
	expected = sw_sandbox_look(&s.who);
	in_a_child(enter_as_expected, SW_BOX_CONF);
	in_a_child(enter_as_expected, SW_BOX_WORKER);
	in_a_child(enter_as_expected, SW_BOX_STORE);
	in_a_child(enter_as_expected, SW_BOX_ADMIN);
}

static void ask_after_entering(enum sw_sandbox_role role)
{
	enter_all(role); /* which asks for the version of Landlock */
}

static void a_role_that_asks_for_more_is_ended(void **state)
{
	int status;

	(void)state;
	needs_all_layers();
	status = status_in_a_child(ask_after_entering, SW_BOX_WORKER);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGSYS);
}

static void be_the_parent(enum sw_sandbox_role role)
{
	struct sw_sandbox_setting s = required();
	uint32_t layers = 0;
	struct rlimit core;
	struct sw_why why;

	LOOK(sw_sandbox_enter(&s, role, &layers, &why));
	LOOK(!(layers & (SW_LAYER_SECCOMP | SW_LAYER_LANDLOCK)));
	LOOK((layers & SW_LAYER_NO_NEW_PRIVS) && (layers & SW_LAYER_NO_DUMP));
	LOOK(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_max == 0);
	LOOK(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
	in_a_child(enter_as_expected, SW_BOX_WORKER); /* and its roles lose the rest */
}

static void the_parent_gives_up_privileges_and_opens_files(void **state)
{
	struct sw_sandbox_setting s = required();

	(void)state;
	needs_all_layers();
	expected = sw_sandbox_look(&s.who);
	in_a_child(be_the_parent, SW_BOX_PARENT);
}

static void be_without(enum sw_sandbox_role role)
{
	struct sw_sandbox_setting s = required();
	uint32_t layers = 0;
	struct sw_why why;

	s.is_required = false;
	s.is_off = true;
	LOOK(sw_sandbox_enter(&s, role, &layers, &why));
	LOOK(!(layers & (SW_LAYER_SECCOMP | SW_LAYER_LANDLOCK)));
	LOOK(!sw_sandbox_is_built() || (layers & SW_LAYER_NO_CAPS));
	LOOK(sw_privileges_has_none() || !sw_sandbox_is_built());
	LOOK(open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0);
}

static void sandbox_off_keeps_the_user_and_no_more(void **state)
{
	(void)state;
	in_a_child(be_without, SW_BOX_WORKER);
}

static void be_an_orphan(enum sw_sandbox_role role)
{
	struct sw_sandbox_setting s = required();
	uint32_t layers;
	struct sw_why why = { "" };

	s.is_required = false;
	s.parent = getppid() + 1;
	LOOK(!sw_sandbox_enter(&s, role, &layers, &why));
	LOOK(strstr(why.text, "parent"));
}

static void a_role_whose_parent_has_ended_does_not_go_on(void **state)
{
	(void)state;
	in_a_child(be_an_orphan, SW_BOX_WORKER);
}

static bool hide(int call, const struct scmp_arg_cmp *arg, unsigned n)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	bool ok = filter &&
		  seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), call, n, arg) == 0 &&
		  seccomp_load(filter) == 0;

	seccomp_release(filter);
	return ok;
}

/* A kernel that answers as one without Landlock does. */
static void be_without_landlock(enum sw_sandbox_role role)
{
	struct sw_sandbox_setting s = required();
	uint32_t layers = 0, before;
	struct sw_why why;

	LOOK(hide(444, NULL, 0));
	before = sw_sandbox_look(&s.who);
	LOOK(!(before & SW_LAYER_LANDLOCK) && (before & SW_LAYER_SECCOMP));
	LOOK(!sw_sandbox_may_start(&s, &why));
	LOOK(strstr(why.text, "sandbox required") && strstr(why.text, "landlock is missing"));
	LOOK(!sw_sandbox_enter(&s, role, &layers, &why) && layers == 0);
	s.is_required = false;
	LOOK(sw_sandbox_may_start(&s, &why) && sw_sandbox_is_short(before, &why));
	LOOK(strstr(why.text, "landlock is missing") && strstr(why.text, "Linux 5.13"));
	LOOK(sw_sandbox_enter(&s, role, &layers, &why));
	LOOK(layers == before);
}

static void a_kernel_without_landlock_is_said_or_is_an_error(void **state)
{
	(void)state;
	needs_all_layers();
	in_a_child(be_without_landlock, SW_BOX_WORKER);
}

static void be_without_seccomp(enum sw_sandbox_role role)
{
	struct sw_sandbox_setting s = required();
	uint32_t layers = 0;
	struct sw_why why;

	LOOK(hide(SYS_seccomp, NULL, 0));
	LOOK(!sw_sandbox_may_start(&s, &why));
	LOOK(strstr(why.text, "seccomp is missing"));
	s.is_required = false;
	LOOK(sw_sandbox_enter(&s, role, &layers, &why));
	LOOK(!(layers & SW_LAYER_SECCOMP) && (layers & SW_LAYER_LANDLOCK));
}

static void a_kernel_without_seccomp_is_said_or_is_an_error(void **state)
{
	(void)state;
	needs_all_layers();
	in_a_child(be_without_seccomp, SW_BOX_WORKER);
}

static void root_without_the_user_is_told_how_to_make_it(void **state)
{
	const struct sw_privileges who = { .is_root = true },
				   user = { .is_root = true, .has_user = true };
	struct sw_why what;

	(void)state;
	if (!sw_sandbox_is_built())
		skip();
	assert_true(sw_sandbox_is_root(&who, &what));
	assert_non_null(strstr(what.text, "systemd-sysusers"));
	assert_false(sw_sandbox_look(&who) & SW_LAYER_USER);
	assert_false(sw_sandbox_is_root(&user, &what));
	assert_false(sw_sandbox_is_root(&(struct sw_privileges){ 0 }, &what));
}

static void a_build_for_sanitizers_says_that_it_has_none(void **state)
{
	const struct sw_sandbox_setting s = { .is_required = true };
	struct sw_why what;

	(void)state;
	if (sw_sandbox_is_built())
		skip();
	assert_true(sw_sandbox_is_short(0, &what));
	assert_non_null(strstr(what.text, "this build has no sandbox"));
	assert_false(sw_sandbox_may_start(&s, &what));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_role_stands_behind_all_that_this_machine_has),
		cmocka_unit_test(a_role_that_asks_for_more_is_ended),
		cmocka_unit_test(the_parent_gives_up_privileges_and_opens_files),
		cmocka_unit_test(sandbox_off_keeps_the_user_and_no_more),
		cmocka_unit_test(a_role_whose_parent_has_ended_does_not_go_on),
		cmocka_unit_test(a_kernel_without_landlock_is_said_or_is_an_error),
		cmocka_unit_test(a_kernel_without_seccomp_is_said_or_is_an_error),
		cmocka_unit_test(root_without_the_user_is_told_how_to_make_it),
		cmocka_unit_test(a_build_for_sanitizers_says_that_it_has_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
