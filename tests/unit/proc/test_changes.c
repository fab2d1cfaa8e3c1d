/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of bindings wait out of the ring while a list has the database, and none is lost. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "proc/store_own.h"

#define MANY (3 * SW_STORE_CHANGES)

static struct sw_store_role *role;
static void *ring;

static bool draw(void *out, size_t n)
{
	memset(out, 7, n);
	return true;
}

static int begin(void **state)
{
	size_t n = sw_ring_size(SW_STORE_CHANGES, sizeof(struct sw_change));
	const struct sw_store_setting setting = { .kind = SW_STORE_MEMORY,
						  .realm = SW_INIT("example.com"),
						  .draw = draw };
	struct sw_store_why why;
	void *memory = ring = aligned_alloc(64, (n + 63) / 64 * 64);

	(void)state;
	role = calloc(1, sizeof(*role));
	assert_non_null(role);
	assert_non_null(memory);
	memset(memory, 0, n);
	sw_ring_init(&role->way.changes, memory, SW_STORE_CHANGES, sizeof(struct sw_change));
	role->store = sw_store_open(&setting, &why);
	return role->store ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	sw_store_close(role->store);
	sw_changes_free(role);
	free(ring);
	free(role);
	return 0;
}

static bool add(uint64_t id)
{
	struct sw_change *c = sw_ring_claim(&role->way.changes);

	if (!c)
		return false;
	*c = (struct sw_change){ .is_gone = true, .binding = { .id = id } };
	sw_ring_publish(&role->way.changes);
	return true;
}

/* The worker adds; now and then the list looks aside. */
static void add_many(void)
{
	for (uint64_t id = 0; id < MANY; id++) {
		if (id % 1000 == 0)
			sw_changes_set_aside(role);
		assert_true(add(id));
	}
}

static void a_long_list_lets_more_wait_than_the_ring_holds(void **state)
{
	(void)state;
	add_many();
	assert_int_equal(sw_changes_waiting(role), MANY);
	sw_changes_set_aside(role);
	assert_int_equal(sw_ring_room(&role->way.changes), SW_STORE_CHANGES);
	for (uint64_t id = 0; id < MANY; id++)
		assert_int_equal(role->backlog.list[id].binding.id, id);
}

static void what_waited_first_is_written_first_and_all_of_it(void **state)
{
	size_t before, batches = 1;

	(void)state;
	add_many();
	while (sw_changes_write(role))
		batches++;
	assert_true(batches > MANY / 2048);
	assert_int_equal(sw_changes_waiting(role), 0);
	assert_null(role->backlog.list);
	assert_false(sw_changes_write(role));
	assert_true(add(1));
	before = sw_changes_waiting(role);
	assert_int_equal(before, 1);
	assert_false(sw_changes_write(role));
	assert_int_equal(sw_changes_waiting(role), 0);
}

static void without_memory_the_ring_keeps_them_and_refuses(void **state)
{
	size_t n = 0;

	(void)state;
	role->backlog.max = role->backlog.n = SIZE_MAX / 2; /* more than it may have */
	role->backlog.written = role->backlog.n;
	while (add(n)) {
		n++;
		sw_changes_set_aside(role);
	}
	assert_int_equal(n, SW_STORE_CHANGES);
	role->backlog = (struct sw_backlog){ 0 };
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_long_list_lets_more_wait_than_the_ring_holds,
						begin, end),
		cmocka_unit_test_setup_teardown(what_waited_first_is_written_first_and_all_of_it,
						begin, end),
		cmocka_unit_test_setup_teardown(without_memory_the_ring_keeps_them_and_refuses,
						begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
