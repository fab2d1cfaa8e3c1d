/* SPDX-License-Identifier: Apache-2.0 */
/* All could, and are to go over; a role that was taken over has a pulse, and does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/reload.h"
#include "share/clock.h"

static struct sw_running *r;
static struct sw_stage *stage;

static int begin(void **unused)
{
	struct sw_role *role;

	(void)unused;
	r = calloc(1, sizeof(*r));
	stage = calloc(1, sizeof(*stage));
	role = calloc(1, sizeof(*role));
	if (!r || !stage || !role)
		return -1;
	role->pid = fork();
	if (role->pid == 0) {
		(void)pause();
		_exit(0);
	}
	role->kind = SW_ROLE_WORKER;
	role->state = SW_ROLE_ALIVE;
	role->feed = (struct sw_feed){ .stage = stage, .step = SW_FEED_USED };
	role->pulse.begun.us = 1;
	(void)memcpy(role->name, "worker 0", sizeof("worker 0"));
	r->roles.role = role;
	r->roles.n = 1;
	r->now = stage;
	r->phase = SW_PHASE_RUNNING;
	r->reload.step = SW_RELOAD_USING;
	r->reload.deadline.us = 1;
	return role->pid > 0 ? 0 : -1;
}

static int end(void **unused)
{
	(void)unused;
	if (r->roles.role->pid > 0) {
		(void)kill(r->roles.role->pid, SIGKILL);
		(void)waitpid(r->roles.role->pid, NULL, 0);
	}
	free(r->roles.role);
	free(stage);
	free(r);
	return 0;
}

static void a_role_that_does_not_go_over_is_ended(void **unused)
{
	int status = 0;

	(void)unused;
	sw_reload_turn(r);
	assert_int_equal(r->notes.n, 1);
	assert_non_null(strstr(r->notes.wait[0].text, "worker 0"));
	assert_non_null(strstr(r->notes.wait[0].text, "cannot serve: it did not go over"));
	assert_int_equal(waitpid(r->roles.role->pid, &status, 0), r->roles.role->pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	r->roles.role->pid = 0;
	sw_reload_turn(r);
	assert_int_equal(r->notes.n, 1); /* said once in 30 s */
	assert_int_equal(r->reload.step, SW_RELOAD_USING);
}

static void lives_on(void)
{
	sw_reload_turn(r);
	assert_int_equal(r->notes.n, 0);
	assert_int_equal(waitpid(r->roles.role->pid, NULL, WNOHANG), 0);
}

static void a_role_has_30_s_for_it(void **unused)
{
	(void)unused;
	r->reload.deadline.us = sw_clock_mono().us + SW_US_PER_S;
	lives_on();
}

static void a_successor_has_30_s_of_its_own(void **unused)
{
	(void)unused;
	r->roles.role->pulse.begun = sw_clock_mono();
	r->roles.role->feed.step = SW_FEED_ASKED;
	lives_on();
}

static void a_store_that_still_reads_is_left_to_its_pulse(void **unused)
{
	(void)unused;
	r->roles.role->kind = SW_ROLE_STORE;
	r->roles.role->feed.step = SW_FEED_ASKED;
	lives_on();
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_role_that_does_not_go_over_is_ended),
		CASE(a_role_has_30_s_for_it),
		CASE(a_successor_has_30_s_of_its_own),
		CASE(a_store_that_still_reads_is_left_to_its_pulse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
