/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include "share/post.h"

#define WORKERS 3

static struct sw_post_message got;

struct office {
	void *memory;
	int wake[WORKERS];
	struct sw_post at[WORKERS];
};

static struct office *office_new(void)
{
	struct office *o = calloc(1, sizeof(*o));

	assert_non_null(o);
	o->memory = mmap(NULL, sw_post_size(WORKERS), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(o->memory, MAP_FAILED);
	for (uint32_t i = 0; i < WORKERS; i++) {
		o->wake[i] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		assert_true(o->wake[i] >= 0);
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		sw_post_open(&o->at[i], o->memory, WORKERS, i, o->wake);
	return o;
}

static void office_free(struct office *o)
{
	for (uint32_t i = 0; i < WORKERS; i++)
		close(o->wake[i]);
	munmap(o->memory, sw_post_size(WORKERS));
	free(o);
}

static uint64_t calls(int fd)
{
	uint64_t n = 0;

	return read(fd, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static struct sw_post_message head_of(uint32_t number)
{
	return (struct sw_post_message){
		.src = { .family = SW_FAMILY_4, .port = (uint16_t)number, .ip = { 192, 0, 2, 1 } },
		.local = { .family = SW_FAMILY_4, .port = 5060, .ip = { 192, 0, 2, 2 } },
		.listener = number,
		.generation = 7,
	};
}

static bool send_number(struct sw_post *p, uint32_t to, uint32_t number)
{
	const struct sw_post_message head = head_of(number);

	return sw_post_send(p, to, &head, (struct sw_slice){ (const char *)&number, 4 });
}

static void assert_gets(struct sw_post *p, uint32_t number)
{
	const struct sw_post_message head = head_of(number);

	assert_true(sw_post_receive(p, &got));
	assert_true(sw_addr_eq(&got.src, &head.src));
	assert_true(sw_addr_eq(&got.local, &head.local));
	assert_int_equal(got.listener, number);
	assert_int_equal(got.generation, 7);
	assert_int_equal(got.n, 4);
	assert_memory_equal(got.octets, &number, 4);
}

static void a_message_reaches_the_one_it_is_for(void **state)
{
	struct office *o = office_new();

	(void)state;
	assert_true(send_number(&o->at[0], 2, 42));
	assert_false(sw_post_receive(&o->at[0], &got));
	assert_false(sw_post_receive(&o->at[1], &got));
	assert_gets(&o->at[2], 42);
	assert_false(sw_post_receive(&o->at[2], &got));
	office_free(o);
}

static void a_batch_wakes_each_of_its_readers_once(void **state)
{
	struct office *o = office_new();

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		assert_true(send_number(&o->at[0], 1, i));
	assert_int_equal(calls(o->wake[1]), 0);
	sw_post_flush(&o->at[0]);
	assert_int_equal(calls(o->wake[1]), 1);
	sw_post_flush(&o->at[0]);
	assert_int_equal(calls(o->wake[0]) + calls(o->wake[1]) + calls(o->wake[2]), 0);
	office_free(o);
}

static void nobody_sends_to_itself_nor_to_nobody(void **state)
{
	struct office *o = office_new();
	struct sw_post zeroed = { 0 };

	(void)state;
	assert_false(send_number(&o->at[0], 0, 1));
	assert_false(send_number(&o->at[0], WORKERS, 1));
	assert_false(send_number(&o->at[0], UINT32_MAX, 1));
	assert_false(send_number(&zeroed, 1, 1));
	assert_false(sw_post_receive(&zeroed, &got));
	sw_post_flush(&zeroed);
	office_free(o);
}

static void the_longest_datagram_passes_and_a_longer_one_does_not(void **state)
{
	static const char octets[SW_POST_OCTETS + 1] = "REGISTER";
	const struct sw_post_message head = head_of(1);
	struct office *o = office_new();

	(void)state;
	assert_false(
		sw_post_send(&o->at[0], 1, &head, (struct sw_slice){ octets, SW_POST_OCTETS + 1 }));
	assert_true(sw_post_send(&o->at[0], 1, &head, (struct sw_slice){ octets, SW_POST_OCTETS }));
	assert_true(sw_post_receive(&o->at[1], &got));
	assert_int_equal(got.n, SW_POST_OCTETS);
	assert_memory_equal(got.octets, octets, SW_POST_OCTETS);
	office_free(o);
}

static void a_full_ring_refuses_and_counts(void **state)
{
	struct office *o = office_new();

	(void)state;
	for (uint32_t i = 0; i < SW_POST_SLOTS; i++)
		assert_true(send_number(&o->at[0], 1, i));
	assert_false(send_number(&o->at[0], 1, 100));
	assert_false(send_number(&o->at[0], 1, 101));
	assert_true(send_number(&o->at[0], 2, 102)); /* another ring */
	assert_true(send_number(&o->at[2], 1, 103));
	assert_int_equal(sw_post_lost(&o->at[1]), 2);
	assert_gets(&o->at[2], 102);
	assert_gets(&o->at[1], 103); /* no sender keeps the others out */
	for (uint32_t i = 0; i < SW_POST_SLOTS; i++)
		assert_gets(&o->at[1], i);
	assert_true(send_number(&o->at[0], 1, 104));
	assert_gets(&o->at[1], 104);
	office_free(o);
}

static void what_waits_for_a_dead_reader_is_its_successors(void **state)
{
	struct office *o = office_new();
	struct sw_post heir;

	(void)state;
	assert_true(send_number(&o->at[0], 1, 1));
	assert_true(send_number(&o->at[0], 1, 2));
	assert_gets(&o->at[1], 1); /* gone with it */
	sw_post_open(&heir, o->memory, WORKERS, 1, o->wake);
	assert_gets(&heir, 2);
	assert_false(sw_post_receive(&heir, &got));
	assert_true(send_number(&heir, 0, 3));
	assert_gets(&o->at[0], 3);
	office_free(o);
}

/* Numbers that no honest worker writes. */
static void garbage_in_the_memory_is_no_message(void **state)
{
	struct office *o = office_new();

	(void)state;
	for (int octet = 1; octet < 256; octet += 127) {
		memset(o->memory, octet, sw_post_size(WORKERS));
		for (uint32_t i = 0; i < WORKERS; i++)
			for (uint32_t k = 0; k < 2 * WORKERS * SW_POST_SLOTS; k++)
				if (sw_post_receive(&o->at[i], &got))
					assert_true(got.n <= SW_POST_OCTETS);
		for (uint32_t i = 0; i < WORKERS; i++)
			assert_false(sw_post_receive(&o->at[i], &got));
		assert_true(send_number(&o->at[0], 1, 5));
		assert_gets(&o->at[1], 5);
	}
	office_free(o);
}

/* Each ring by itself: counts that are far apart, and lengths beyond the slot. */
static void counts_that_cannot_be_end_in_an_empty_ring(void **state)
{
	struct office *o = office_new();
	uint32_t *written, *dropped;

	(void)state;
	assert_true(send_number(&o->at[0], 1, 1));
	written = (uint32_t *)((char *)o->memory + sw_post_size(WORKERS) / 9);
	dropped = written + 16;
	assert_int_equal(*written, 1);
	*written = 1000000;
	assert_false(sw_post_receive(&o->at[1], &got));
	assert_int_equal(*dropped, 1000000);
	*dropped = 1000000 - SW_POST_SLOTS - 1; /* the reader's, which the sender reads */
	assert_false(send_number(&o->at[0], 1, 2));
	assert_false(sw_post_receive(&o->at[1], &got));
	assert_true(send_number(&o->at[0], 1, 3));
	assert_gets(&o->at[1], 3);
	office_free(o);
}

#define MANY 5000

static void *send_many(void *arg)
{
	struct sw_post *p = arg;

	for (uint32_t i = 1; i <= MANY;) {
		if (send_number(p, 0, i))
			i++;
		else
			sched_yield();
		sw_post_flush(p);
	}
	return NULL;
}

static void threads_lose_and_tear_nothing(void **state)
{
	struct office *o = office_new();
	uint32_t last[WORKERS] = { 0 };
	pthread_t thread[WORKERS];

	(void)state;
	for (uint32_t i = 1; i < WORKERS; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, send_many, &o->at[i]), 0);
	while (last[1] < MANY || last[2] < MANY) {
		uint32_t number;

		if (!sw_post_receive(&o->at[0], &got)) {
			sched_yield();
			continue;
		}
		memcpy(&number, got.octets, sizeof(number));
		assert_int_equal(number, got.listener);
		assert_true(number == last[1] + 1 || number == last[2] + 1);
		last[number == last[1] + 1 ? 1 : 2] = number;
	}
	for (uint32_t i = 1; i < WORKERS; i++)
		pthread_join(thread[i], NULL);
	assert_false(sw_post_receive(&o->at[0], &got));
	office_free(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_reaches_the_one_it_is_for),
		cmocka_unit_test(a_batch_wakes_each_of_its_readers_once),
		cmocka_unit_test(nobody_sends_to_itself_nor_to_nobody),
		cmocka_unit_test(the_longest_datagram_passes_and_a_longer_one_does_not),
		cmocka_unit_test(a_full_ring_refuses_and_counts),
		cmocka_unit_test(what_waits_for_a_dead_reader_is_its_successors),
		cmocka_unit_test(garbage_in_the_memory_is_no_message),
		cmocka_unit_test(counts_that_cannot_be_end_in_an_empty_ring),
		cmocka_unit_test(threads_lose_and_tear_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
