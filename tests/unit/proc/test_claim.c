/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/claim.h"

#define STRANGER 12345

static char top[32], path[64], lock[64];
static struct sw_facts facts;
static struct sw_privileges who;
static struct sw_why why;

static bool take(struct sw_claim *c, bool is_demo)
{
	facts.is_demo = is_demo;
	return sw_claim_take(c, &facts, &who, &why);
}

static void a_claim_that_was_dropped_can_be_taken_again(void **state)
{
	struct sw_claim c;

	(void)state;
	for (int demo = 0; demo < 2; demo++)
		for (int i = 0; i < 3; i++) {
			sw_claim_init(&c);
			assert_true(take(&c, demo));
			sw_claim_drop(&c);
			assert_int_equal(access(path, F_OK), -1);
		}
}

static void a_second_demo_of_ours_is_told_how_to_end_the_first(void **state)
{
	struct sw_claim first, second;
	char want[64];

	(void)state;
	sw_claim_init(&first);
	sw_claim_init(&second);
	assert_true(take(&first, true));
	assert_false(take(&second, true));
	(void)snprintf(want, sizeof(want), "a demo of yours runs already (pid %d)", (int)getpid());
	assert_non_null(strstr(why.text, want));
	(void)snprintf(want, sizeof(want), "kill %d", (int)getpid());
	assert_non_null(strstr(why.text, want));
	sw_claim_drop(&first);
}

/* Else nobody but root could ask a door of root how it is. */
static void the_group_of_the_roles_may_talk_to_the_door_but_not_to_a_demo(void **state)
{
	struct sw_claim c;
	struct stat st;

	(void)state;
	if (geteuid() != 0)
		skip();
	who = (struct sw_privileges){
		.is_root = true, .has_user = true, .uid = STRANGER, .gid = STRANGER
	};
	for (int demo = 0; demo < 2; demo++) {
		sw_claim_init(&c);
		assert_true(take(&c, demo));
		assert_int_equal(lstat(path, &st), 0);
		assert_int_equal(st.st_uid, 0);
		assert_int_equal(st.st_gid, demo ? 0 : STRANGER);
		assert_int_equal(st.st_mode & 0777, demo ? 0600 : 0660);
		sw_claim_drop(&c);
	}
	who = (struct sw_privileges){ 0 };
}

/* Listens there as another user until it is killed. */
static pid_t squat(uid_t uid)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	pid_t child;

	memcpy(at.sun_path, path, sw_slice_of(path).n);
	assert_int_equal(bind(fd, (const struct sockaddr *)&at, sizeof(at)), 0);
	child = fork();
	if (child == 0) {
		if (setuid(uid) == 0 && listen(fd, 5) == 0)
			(void)pause();
		_exit(1);
	}
	close(fd);
	(void)usleep(100000);
	return child;
}

/* What the kernel says to this user, in a process of its own that gave up root. */
static void as_user(uid_t uid)
{
	int fd[2], status;
	pid_t child;
	ssize_t n;

	assert_int_equal(pipe(fd), 0);
	child = fork();
	if (child == 0) {
		struct sw_claim c;

		sw_claim_init(&c);
		if (setuid(uid) == 0 && !take(&c, true) &&
		    write(fd[1], why.text, sizeof(why.text)) > 0)
			_exit(0);
		_exit(1);
	}
	close(fd[1]);
	n = read(fd[0], why.text, sizeof(why.text));
	close(fd[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(n, sizeof(why.text));
}

static void assert_not_ours(void)
{
	assert_null(strstr(why.text, "of yours"));
	assert_null(strstr(why.text, "kill"));
	assert_null(strstr(why.text, "pid 0"));
	assert_null(strstr(why.text, "set control"));
	assert_non_null(strstr(why.text, path));
	assert_non_null(strstr(why.text, "a demo has no other place"));
}

static void a_stranger_in_the_place_of_a_demo_is_not_called_ours(void **state)
{
	struct sw_claim c;
	char want[64];
	pid_t child;

	(void)state;
	if (geteuid() != 0)
		skip(); /* only root can be two users */
	child = squat(STRANGER);
	sw_claim_init(&c);
	assert_false(take(&c, true));
	assert_not_ours();
	(void)snprintf(want, sizeof(want), "(pid %d, uid %d)", (int)child, STRANGER);
	assert_non_null(strstr(why.text, want));

	assert_int_equal(chmod(top, 0755), 0);
	assert_int_equal(chmod(path, 0600), 0); /* not even to be asked */
	as_user(STRANGER + 1);
	assert_not_ours();
	assert_null(strstr(why.text, "pid"));
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	unlink(path);
}

static void a_file_in_the_place_of_a_demo_is_left_alone(void **state)
{
	struct sw_claim c;

	(void)state;
	close(open(path, O_WRONLY | O_CREAT, 0600));
	sw_claim_init(&c);
	assert_false(take(&c, true));
	assert_not_ours();
	assert_non_null(strstr(why.text, "is no socket"));
	assert_false(take(&c, false));
	assert_non_null(strstr(why.text, "set control to another path"));
	assert_null(strstr(why.text, "demo"));
	sw_claim_drop(&c);
	assert_int_equal(unlink(path), 0); /* still there */
}

/* As the conf role writes it: a NUL behind each. */
static struct sw_facts_text put(const char *text)
{
	struct sw_facts_text t = { facts.used, (uint32_t)strlen(text) };

	memcpy(facts.room + t.at, text, t.n + 1);
	facts.used += t.n + 1;
	return t;
}

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(top, sizeof(top), "/tmp/sipward-claim-XXXXXX");
	if (!mkdtemp(top))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/control.sock", top);
	(void)snprintf(lock, sizeof(lock), "%s/lock", top);
	facts.run = put(top);
	facts.control = put(path);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(lock);
	return rmdir(top);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claim_that_was_dropped_can_be_taken_again),
		cmocka_unit_test(the_group_of_the_roles_may_talk_to_the_door_but_not_to_a_demo),
		cmocka_unit_test(a_second_demo_of_ours_is_told_how_to_end_the_first),
		cmocka_unit_test(a_stranger_in_the_place_of_a_demo_is_not_called_ours),
		cmocka_unit_test(a_file_in_the_place_of_a_demo_is_left_alone),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
