/* SPDX-License-Identifier: Apache-2.0 */
/* What the parent makes of the words of a role that was taken over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "proc/running.h"

static struct sw_running running;
static struct sw_role role;
static int pair[2], screen[2], saved;

static int begin(void **unused)
{
	(void)unused;
	running = (struct sw_running){ .end = SW_PARENT_DONE, .phase = SW_PHASE_RUNNING };
	if (!sw_ipc_pair(pair) || !sw_ipc_pair(screen))
		return -1;
	role = (struct sw_role){ .kind = SW_ROLE_WORKER,
				 .state = SW_ROLE_ALIVE,
				 .owner = &running,
				 .watch.fd = pair[0] };
	saved = dup(STDERR_FILENO);
	return dup2(screen[1], STDERR_FILENO) == STDERR_FILENO ? 0 : -1;
}

static int end(void **unused)
{
	(void)unused;
	(void)dup2(saved, STDERR_FILENO);
	for (int i = 0; i < 2; i++) {
		close(pair[i]);
		close(screen[i]);
	}
	close(saved);
	return 0;
}

static const char *shown(void)
{
	static char text[256];
	ssize_t n = read(screen[0], text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void only_the_store_says_that_something_is_lost(void **unused)
{
	(void)unused;
	assert_true(sw_ipc_send(pair[1], SW_IPC_LOST, 0, SW_LIT("all is lost")));
	sw_parent_hear(&running, &role);
	assert_int_equal(running.end, SW_PARENT_DONE);
	assert_string_equal(shown(), "");
	role.kind = SW_ROLE_STORE;
	assert_true(sw_ipc_send(pair[1], SW_IPC_LOST, 0, SW_LIT("users\x1b[2J\nand more")));
	sw_parent_hear(&running, &role);
	assert_int_equal(running.end, SW_PARENT_FAILED);
	assert_string_equal(shown(), "sipward: users?[2J?and more\n");
}

static void neither_worker_nor_store_reloads_or_stops_the_door(void **unused)
{
	(void)unused;
	for (role.kind = SW_ROLE_STORE; role.kind <= SW_ROLE_WORKER; role.kind++) {
		assert_true(sw_ipc_send(pair[1], SW_IPC_RELOAD, 0, SW_LIT("")));
		assert_true(sw_ipc_send(pair[1], SW_IPC_STOP, 0, SW_LIT("")));
		sw_parent_hear(&running, &role);
	}
	assert_false(running.reload.is_wanted);
	assert_int_equal(running.phase, SW_PHASE_RUNNING);
}

static void one_that_never_stops_talking_is_heard_in_parts(void **unused)
{
	int sent = 0, turns = 0;

	(void)unused;
	while (sent < 150 && sw_ipc_send(pair[1], SW_IPC_ON, 7, SW_LIT("")))
		sent++;
	assert_int_equal(sent, 150);
	close(pair[1]);
	for (; !role.is_gone && turns < 150; turns++)
		sw_parent_hear(&running, &role);
	assert_in_range(turns, 2, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(only_the_store_says_that_something_is_lost, begin,
						end),
		cmocka_unit_test_setup_teardown(neither_worker_nor_store_reloads_or_stops_the_door,
						begin, end),
		cmocka_unit_test_setup_teardown(one_that_never_stops_talking_is_heard_in_parts,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
