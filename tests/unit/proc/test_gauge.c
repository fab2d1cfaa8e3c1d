/* SPDX-License-Identifier: Apache-2.0 */
/* Tables of a door without roles; processes of the test's own hold their locks and die with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/gauge.h"

#define PART 0

static struct sw_roles roles;
static struct sw_role role;
static struct sw_gauge gauge;
static struct sw_notes notes;

static int make(void **state)
{
	const struct sw_capacity capacity = { .users = 100, .bindings = 1000, .nonces = 100 };
	const uint8_t seed[SW_SEED_LEN] = { 7 };
	struct sw_why why;

	(void)state;
	if (!sw_shared_make(&roles.shared, &capacity, 1, seed, &why))
		return -1;
	role = (struct sw_role){ .kind = SW_ROLE_WORKER, .number = 1, .name = "worker 1" };
	roles.role = &role;
	roles.n = 1;
	sw_gauge_open(&gauge, &roles);
	notes = (struct sw_notes){ .fd = -1 };
	return 0;
}

static int drop(void **state)
{
	(void)state;
	sw_shared_free(&roles.shared);
	return 0;
}

/* The locks of bindings as this process takes them. */
static struct sw_locks *open_locks(void)
{
	static struct sw_tables_locks locks;
	static struct sw_roll users;
	static struct sw_location location;

	users = roles.shared.tables.users;
	location = roles.shared.tables.location;
	if (!sw_shared_open(&roles.shared, &locks, &users, &location, NULL))
		_exit(EXIT_FAILURE);
	return &location.shards.locks;
}

/* A process that has the part and does not let it go. */
static pid_t hold(void)
{
	int told[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(told), 0);
	pid = fork();
	if (pid == 0) {
		struct sw_locks *l = open_locks();

		if (l->take(l->arg, PART) != SW_LOCK_GOT || write(told[1], "x", 1) != 1)
			_exit(EXIT_FAILURE);
		for (;;)
			pause();
	}
	assert_int_equal(read(told[0], &c, 1), 1);
	close(told[0]);
	close(told[1]);
	return pid;
}

static void end(pid_t pid)
{
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static const struct sw_board_fill *cell(void)
{
	return &roles.shared.board.fill[SW_BOARD_BINDINGS];
}

static void what_lies_still_is_not_told(void **state)
{
	(void)state;
	sw_gauge_look(&gauge, &notes);
	assert_int_equal(notes.n, 0);
	assert_int_equal(sw_metric_read(&cell()->used), 0);
	assert_int_equal(sw_metric_read(&cell()->waits), 0);
}

static void who_holds_a_part_for_long_is_named_once(void **state)
{
	struct sw_locks *l = open_locks();
	pid_t pid = hold();
	char want[64];

	(void)state;
	role.pid = pid;
	for (int i = 0; i < 3; i++)
		assert_int_equal(l->take(l->arg, PART), SW_LOCK_BUSY);
	sw_gauge_look(&gauge, &notes);
	sw_gauge_look(&gauge, &notes);
	assert_int_equal(notes.n, 1);
	assert_int_equal(notes.wait[0].level, SW_LEVEL_ERROR);
	(void)snprintf(want, sizeof(want), "by worker 1 (pid %d)", (int)pid);
	assert_non_null(strstr(notes.wait[0].text, "table: part 0 of "));
	assert_non_null(strstr(notes.wait[0].text, "of the bindings"));
	assert_non_null(strstr(notes.wait[0].text, want));
	assert_int_equal(sw_metric_read(&cell()->waits), 1);
	assert_int_equal(sw_metric_read(&cell()->stuck), 1);
	assert_int_equal(sw_metric_read(&cell()->busy), 3);
	assert_int_equal(sw_metric_read(&cell()->held), 1);
	end(pid);
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_ORPHAN);
	l->give(l->arg, PART);
	sw_gauge_look(&gauge, &notes);
	assert_int_equal(sw_metric_read(&cell()->held), 0);
}

static void a_lock_of_the_dead_is_told_and_counted(void **state)
{
	struct sw_locks *l = open_locks();
	pid_t pid = hold();

	(void)state;
	end(pid);
	sw_gauge_bury(&gauge, (uint32_t)pid);
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_ORPHAN);
	l->give(l->arg, PART);
	sw_gauge_look(&gauge, &notes);
	sw_gauge_look(&gauge, &notes);
	assert_int_equal(notes.n, 1);
	assert_int_equal(notes.wait[0].level, SW_LEVEL_WARN);
	assert_non_null(strstr(notes.wait[0].text, "held 1 lock of the bindings"));
	assert_int_equal(sw_metric_read(&cell()->orphans), 1);
}

/* As after a death of which the kernel could not tell: the holder's list was lost. */
static void who_is_buried_leaves_what_it_held(void **state)
{
	struct sw_locks *l = open_locks();
	pid_t pid = hold();

	(void)state;
	sw_gauge_bury(&gauge, (uint32_t)pid + 1); /* somebody else */
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_BUSY);
	sw_gauge_bury(&gauge, (uint32_t)pid);
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_ORPHAN);
	l->give(l->arg, PART);
	end(pid);
}

/* As a role that was taken over may write, and then end. */
static void a_holder_that_is_no_role_keeps_nothing(void **state)
{
	struct sw_locks *l = open_locks();
	pid_t pid = hold();

	(void)state;
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_BUSY);
	sw_gauge_look(&gauge, &notes); /* roles are threads: it may be one of them */
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_BUSY);
	role.pid = pid;
	sw_gauge_look(&gauge, &notes);
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_BUSY);
	role.pid = pid + 1;
	sw_gauge_look(&gauge, &notes);
	assert_int_equal(l->take(l->arg, PART), SW_LOCK_ORPHAN);
	l->give(l->arg, PART);
	end(pid);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make, drop)
	const struct CMUnitTest tests[] = {
		ROW(what_lies_still_is_not_told),
		ROW(who_holds_a_part_for_long_is_named_once),
		ROW(a_lock_of_the_dead_is_told_and_counted),
		ROW(who_is_buried_leaves_what_it_held),
		ROW(a_holder_that_is_no_role_keeps_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
