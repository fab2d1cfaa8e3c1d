/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "share/ring.h"

#define COUNT  8
#define HAMMER 200000

struct record {
	uint64_t number;
	uint64_t twice; /* always 2 * number: a torn record shows */
	char rest[21];  /* an odd size */
};

static void *ring_memory(uint32_t count)
{
	size_t n = (sw_ring_size(count, sizeof(struct record)) + 63) & ~(size_t)63;
	void *memory = aligned_alloc(64, n);

	assert_non_null(memory);
	memset(memory, 0, n);
	return memory;
}

static bool put(struct sw_ring *r, uint64_t number)
{
	struct record *rec = sw_ring_claim(r);

	if (!rec)
		return false;
	rec->number = number;
	rec->twice = 2 * number;
	sw_ring_publish(r);
	return true;
}

static void an_empty_ring_gives_nothing(void **state)
{
	void *memory = ring_memory(COUNT);
	struct sw_ring r;

	(void)state;
	sw_ring_init(&r, memory, COUNT, sizeof(struct record));
	assert_null(sw_ring_peek(&r));
	assert_int_equal(sw_ring_lost(&r), 0);
	free(memory);
}

static void a_claimed_record_is_unseen_until_it_is_published(void **state)
{
	void *memory = ring_memory(COUNT);
	struct sw_ring r;

	(void)state;
	sw_ring_init(&r, memory, COUNT, sizeof(struct record));
	assert_non_null(sw_ring_claim(&r));
	assert_null(sw_ring_peek(&r));
	assert_true(put(&r, 7));
	assert_int_equal(((const struct record *)sw_ring_peek(&r))->number, 7);
	free(memory);
}

static void a_peeked_record_stays_until_it_is_dropped(void **state)
{
	void *memory = ring_memory(COUNT);
	struct sw_ring r;

	(void)state;
	sw_ring_init(&r, memory, COUNT, sizeof(struct record));
	assert_true(put(&r, 1));
	assert_true(put(&r, 2));
	assert_ptr_equal(sw_ring_peek(&r), sw_ring_peek(&r));
	sw_ring_drop(&r);
	assert_int_equal(((const struct record *)sw_ring_peek(&r))->number, 2);
	sw_ring_drop(&r);
	assert_null(sw_ring_peek(&r));
	free(memory);
}

static void a_full_ring_refuses_and_counts_and_keeps_what_it_has(void **state)
{
	void *memory = ring_memory(COUNT);
	struct sw_ring r;

	(void)state;
	sw_ring_init(&r, memory, COUNT, sizeof(struct record));
	for (uint64_t i = 0; i < COUNT; i++)
		assert_true(put(&r, i));
	assert_false(put(&r, 100));
	assert_false(put(&r, 101));
	assert_int_equal(sw_ring_lost(&r), 2);
	for (uint64_t i = 0; i < COUNT; i++) {
		assert_int_equal(((const struct record *)sw_ring_peek(&r))->number, i);
		sw_ring_drop(&r);
	}
	assert_null(sw_ring_peek(&r));
	assert_true(put(&r, 102));
	assert_int_equal(sw_ring_lost(&r), 2);
	free(memory);
}

static void two_views_of_one_memory_are_one_ring(void **state)
{
	void *memory = ring_memory(COUNT);
	struct sw_ring writer, reader;

	(void)state;
	sw_ring_init(&writer, memory, COUNT, sizeof(struct record));
	reader = writer;
	for (uint64_t i = 0; i < 5 * COUNT; i++) {
		assert_true(put(&writer, i));
		assert_int_equal(((const struct record *)sw_ring_peek(&reader))->number, i);
		sw_ring_drop(&reader);
	}
	free(memory);
}

static void *write_many(void *arg)
{
	struct sw_ring *r = arg;

	for (uint64_t i = 0; i < HAMMER;) {
		if (put(r, i))
			i++;
		else
			sched_yield();
	}
	return NULL;
}

static void two_threads_lose_and_tear_nothing(void **state)
{
	void *memory = ring_memory(64);
	struct sw_ring writer, reader;
	pthread_t thread;
	uint64_t next = 0;

	(void)state;
	sw_ring_init(&writer, memory, 64, sizeof(struct record));
	reader = writer;
	assert_int_equal(pthread_create(&thread, NULL, write_many, &writer), 0);
	while (next < HAMMER) {
		const struct record *rec = sw_ring_peek(&reader);

		if (!rec) {
			sched_yield();
			continue;
		}
		assert_int_equal(rec->number, next);
		assert_int_equal(rec->twice, 2 * next);
		sw_ring_drop(&reader);
		next++;
	}
	pthread_join(thread, NULL);
	assert_null(sw_ring_peek(&reader));
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_ring_gives_nothing),
		cmocka_unit_test(a_claimed_record_is_unseen_until_it_is_published),
		cmocka_unit_test(a_peeked_record_stays_until_it_is_dropped),
		cmocka_unit_test(a_full_ring_refuses_and_counts_and_keeps_what_it_has),
		cmocka_unit_test(two_views_of_one_memory_are_one_ring),
		cmocka_unit_test(two_threads_lose_and_tear_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
