/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/journals.h"
#include "proc/privileges.h"

#define SOMEBODY 61234 /* nobody's on any machine */

static const struct sw_privileges with_user = {
	.is_root = true, .has_user = true, .uid = SOMEBODY, .gid = SOMEBODY
};
static const struct sw_privileges without_user = { .is_root = true };
static const struct sw_privileges not_root = { 0 };

/* What a child finds; 0 is good, else the line. */
#define LOOK(fact)                                 \
	do {                                       \
		if (!(fact))                       \
			_exit(__LINE__ % 250 + 1); \
	} while (0)

static void in_a_child(void (*body)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) != 0)
		fail_msg("the child stops at a line that is %d modulo 250",
			 WEXITSTATUS(status) - 1);
}

static void needs_root(void)
{
	if (geteuid() != 0) {
		print_message("only root has something to give away\n");
		skip();
	}
}

static bool is_bounded_to_nothing(void)
{
	for (int cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) == 1)
			return false;
	return true;
}

static void be_user(void)
{
	struct sw_why why;

	LOOK(sw_privileges_drop(&with_user, &why));
	LOOK(getuid() == SOMEBODY && geteuid() == SOMEBODY && getegid() == SOMEBODY);
	LOOK(getgroups(0, NULL) == 0);
	LOOK(sw_privileges_has_none() && !sw_privileges_is_root());
	LOOK(is_bounded_to_nothing());
	LOOK(setuid(0) != 0 && seteuid(0) != 0 && setgid(0) != 0);
	LOOK(open("/etc/shadow", O_RDONLY | O_CLOEXEC) < 0);
}

static void a_role_of_root_becomes_the_user_for_ever(void **state)
{
	(void)state;
	needs_root();
	in_a_child(be_user);
}

static void be_root_without_anything(void)
{
	char path[] = "/tmp/sipward-privileges-XXXXXX";
	int fd = mkstemp(path);
	struct sw_why why;

	LOOK(fd >= 0 && fchown(fd, SOMEBODY, SOMEBODY) == 0 && fchmod(fd, 0600) == 0);
	LOOK(sw_privileges_drop(&without_user, &why));
	LOOK(sw_privileges_has_none() && sw_privileges_is_root() && is_bounded_to_nothing());
	LOOK(open(path, O_RDONLY | O_CLOEXEC) < 0); /* root, and yet not every file */
	LOOK(setuid(SOMEBODY) != 0);
	unlink(path); /* of another in a directory with the sticky bit: stays */
}

static void without_the_user_root_has_no_capability_left(void **state)
{
	(void)state;
	needs_root();
	in_a_child(be_root_without_anything);
}

static void be_a_parent(void)
{
	struct sw_why why;

	LOOK(sw_privileges_keep_few(&with_user, &why));
	LOOK(!sw_privileges_has_none() && sw_privileges_is_root());
	LOOK(prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0) == 0);
	LOOK(prctl(PR_CAPBSET_READ, CAP_SYS_PTRACE, 0, 0, 0) == 0);
	LOOK(prctl(PR_CAPBSET_READ, CAP_CHOWN, 0, 0, 0) == 0);
	LOOK(prctl(PR_CAPBSET_READ, CAP_NET_BIND_SERVICE, 0, 0, 0) == 1);
	LOOK(open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0); /* keys of others are read */
	be_user();                                            /* and roles can still be started */
}

static void the_parent_keeps_what_it_needs_and_can_start_roles(void **state)
{
	(void)state;
	needs_root();
	in_a_child(be_a_parent);
}

static void be_nobody_special(void)
{
	struct sw_why why;

	LOOK(geteuid() != 0 || setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
	LOOK(sw_privileges_keep_few(&not_root, &why));
	LOOK(sw_privileges_drop(&not_root, &why));
	LOOK(sw_privileges_has_none());
}

static void who_is_not_root_has_nothing_to_give_away(void **state)
{
	(void)state;
	in_a_child(be_nobody_special);
}

/* A service manager may start the door as its user, with a capability for low ports. */
static void be_somebody_with_a_capability(void)
{
	struct sw_why why;

	LOOK(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0);
	LOOK(setresuid(SOMEBODY, SOMEBODY, SOMEBODY) == 0);
	LOOK(!sw_privileges_has_none());
	LOOK(sw_privileges_drop(&not_root, &why) && sw_privileges_has_none());
}

static void what_somebody_was_given_a_role_gives_away_too(void **state)
{
	(void)state;
	needs_root();
	in_a_child(be_somebody_with_a_capability);
}

static void be_unable(void)
{
	const struct sw_privileges to_root = { .is_root = true, .has_user = true };
	struct sw_why why = { "" };

	LOOK(!sw_privileges_drop(&to_root, &why)); /* root is a way back */
	LOOK(why.text[0] != '\0');
}

static void a_way_back_is_a_failure(void **state)
{
	(void)state;
	needs_root();
	in_a_child(be_unable);
}

static void be_unable_to_become(void)
{
	struct sw_why why = { "" };

	LOOK(setresuid(SOMEBODY + 1, SOMEBODY + 1, SOMEBODY + 1) == 0);
	LOOK(!sw_privileges_drop(&with_user, &why));
	LOOK(strstr(why.text, "CAP_SETUID"));
}

static void who_cannot_become_the_user_does_not_go_on(void **state)
{
	(void)state;
	needs_root();
	in_a_child(be_unable_to_become);
}

static char folder[] = "/tmp/sipward-keep-XXXXXX";
static char file[64], log_file[64];

static int make_folder(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(file, sizeof(file), "%s/sipward.db", folder);
	(void)snprintf(log_file, sizeof(log_file), "%s/journal", folder);
	return 0;
}

static int remove_folder(void **state)
{
	(void)state;
	unlink(file);
	unlink(log_file);
	return rmdir(folder);
}

static void a_file_that_is_made_for_a_role_is_its_own(void **state)
{
	struct sw_why why;
	struct stat st;
	int fd;

	(void)state;
	needs_root();
	assert_int_equal(chown(folder, SOMEBODY, SOMEBODY), 0);
	assert_true(sw_privileges_act_as_role(&with_user, &why));
	fd = open(log_file, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	sw_privileges_act_as_self(&with_user);
	assert_int_equal(geteuid(), 0);
	assert_int_equal(getegid(), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_uid, SOMEBODY);
	assert_int_equal(st.st_gid, SOMEBODY);
	close(fd);
}

static void act_in_a_group(void)
{
	struct sw_why why;

	LOOK(setgid(SOMEBODY + 1) == 0);
	LOOK(sw_privileges_act_as_role(&with_user, &why));
	LOOK(getegid() == SOMEBODY && geteuid() == SOMEBODY);
	sw_privileges_act_as_self(&with_user);
	LOOK(getegid() == SOMEBODY + 1 && geteuid() == 0);
}

static void who_acted_as_a_role_has_its_own_group_again(void **state)
{
	(void)state;
	needs_root();
	in_a_child(act_in_a_group);
}

static void make_journals(void)
{
	struct sw_journals_setting setting = {
		.store = file, .workers = 1, .has_owner = true, .uid = SOMEBODY, .gid = SOMEBODY
	};
	struct sw_journal_pair pair;
	struct sw_why why;
	struct stat st;

	LOOK(sw_privileges_keep_few(&with_user, &why));
	LOOK(open(log_file, O_RDWR | O_CREAT | O_CLOEXEC, 0600) < 0); /* root may not here */
	LOOK(sw_journals_open(&setting, &pair, &why));
	LOOK(fstat(pair.fd[0], &st) == 0 && st.st_uid == SOMEBODY && st.st_gid == SOMEBODY);
	LOOK(geteuid() == 0 && open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0);
}

static void the_parent_makes_journals_where_only_their_owner_may(void **state)
{
	char name[SW_JOURNALS_PATH];

	(void)state;
	needs_root();
	assert_int_equal(chown(folder, SOMEBODY, SOMEBODY), 0);
	assert_int_equal(chmod(folder, 0700), 0);
	unlink(log_file);
	in_a_child(make_journals);
	for (uint32_t k = 0; k < SW_JOURNALS; k++) {
		assert_true(sw_journals_path(file, 0, k, name));
		assert_int_equal(unlink(name), 0);
	}
}

static void a_directory_of_another_is_named_with_the_chown_line(void **state)
{
	struct sw_why why;

	(void)state;
	needs_root();
	assert_int_equal(chown(folder, 0, 0), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_false(sw_privileges_may_keep(&with_user, folder, file, &why));
	assert_non_null(strstr(why.text, "chown sipward:sipward /tmp/sipward-keep-"));
	assert_int_equal(geteuid(), 0);
}

static void a_database_of_another_is_named_with_the_chown_line(void **state)
{
	struct sw_why why;
	int fd;

	(void)state;
	needs_root();
	assert_int_equal(chown(folder, SOMEBODY, SOMEBODY), 0);
	assert_true(sw_privileges_may_keep(&with_user, folder, file, &why));
	fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
	assert_true(fd >= 0);
	close(fd);
	assert_false(sw_privileges_may_keep(&with_user, folder, file, &why));
	assert_non_null(strstr(why.text, "/sipward.db*"));
	assert_true(sw_privileges_may_keep(&without_user, folder, file, &why));
	assert_int_equal(chown(file, SOMEBODY, SOMEBODY), 0);
	assert_true(sw_privileges_may_keep(&with_user, folder, file, &why));
}

static void a_directory_that_is_not_there_is_named_with_the_line_that_makes_it(void **state)
{
	struct sw_why why;

	(void)state;
	needs_root();
	assert_false(sw_privileges_may_keep(&with_user, "/nowhere/lib", "/nowhere/lib/db", &why));
	assert_non_null(strstr(why.text, "install -d -o sipward -g sipward -m 0750 /nowhere/lib"));
}

static void a_directory_behind_a_closed_one_is_told_from_a_wrong_owner(void **state)
{
	char below[80];
	struct sw_why why;

	(void)state;
	needs_root();
	(void)snprintf(below, sizeof(below), "%s/lib", folder);
	assert_int_equal(mkdir(below, 0755), 0);
	assert_int_equal(chown(folder, 0, 0), 0);
	assert_int_equal(chmod(folder, 0700), 0);
	assert_false(sw_privileges_may_keep(&with_user, below, file, &why));
	assert_non_null(strstr(why.text, "cannot reach"));
	assert_int_equal(rmdir(below), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_of_root_becomes_the_user_for_ever),
		cmocka_unit_test(without_the_user_root_has_no_capability_left),
		cmocka_unit_test(the_parent_keeps_what_it_needs_and_can_start_roles),
		cmocka_unit_test(who_is_not_root_has_nothing_to_give_away),
		cmocka_unit_test(what_somebody_was_given_a_role_gives_away_too),
		cmocka_unit_test(a_way_back_is_a_failure),
		cmocka_unit_test(who_cannot_become_the_user_does_not_go_on),
		cmocka_unit_test(a_file_that_is_made_for_a_role_is_its_own),
		cmocka_unit_test(who_acted_as_a_role_has_its_own_group_again),
		cmocka_unit_test(the_parent_makes_journals_where_only_their_owner_may),
		cmocka_unit_test(a_directory_of_another_is_named_with_the_chown_line),
		cmocka_unit_test(a_database_of_another_is_named_with_the_chown_line),
		cmocka_unit_test(
			a_directory_that_is_not_there_is_named_with_the_line_that_makes_it),
		cmocka_unit_test(a_directory_behind_a_closed_one_is_told_from_a_wrong_owner),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
