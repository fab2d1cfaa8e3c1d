/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "obs/board.h"

#define WORKERS 3

static char *memory;
static size_t size;

static int make(void **state)
{
	(void)state;
	size = sw_board_size(WORKERS);
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return memory == MAP_FAILED ? -1 : 0;
}

static int unmake(void **state)
{
	(void)state;
	return munmap(memory, size);
}

static void zeroed_memory_is_no_board_and_a_new_one_has_nobody(void **state)
{
	struct sw_board b;

	(void)state;
	assert_false(sw_board_open(&b, memory, size));
	sw_board_init(&b, memory, WORKERS);
	for (size_t i = 0; i < SW_BOARD_ROLES + WORKERS; i++)
		assert_int_equal(atomic_load(&b.cell[i].pid), 0);
	for (uint32_t i = 0; i < WORKERS; i++) {
		struct sw_ring r = sw_board_events(&b, i);

		assert_null(sw_ring_peek(&r));
		assert_int_equal(sw_ring_room(&r), SW_BOARD_EVENTS);
	}
	assert_int_equal(atomic_load(&b.load->generation), 0);
}

static void what_one_writes_the_other_reads(void **state)
{
	struct sw_board ours, theirs;
	char room[SW_SENTENCE];
	int status = -1;

	(void)state;
	sw_board_init(&ours, memory, WORKERS);
	pid_t pid = fork();
	if (pid == 0) {
		struct sw_ring r;

		if (!sw_board_open(&theirs, memory, size) || theirs.workers != WORKERS)
			_exit(1);
		atomic_store(&sw_board_worker(&theirs, 2)->pid, 77);
		atomic_store(&sw_board_metrics(&theirs, 2)->again, 5);
		sw_sentence_write(&theirs.keep->why, SW_LIT("the disk is full"));
		r = sw_board_events(&theirs, 1);
		struct sw_event *e = sw_ring_claim(&r);
		e->status = 403;
		sw_ring_publish(&r);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(atomic_load(&sw_board_worker(&ours, 2)->pid), 77);
	assert_int_equal(atomic_load(&sw_board_worker(&ours, 1)->pid), 0);
	assert_int_equal(sw_metric_read(&sw_board_metrics(&ours, 2)->again), 5);
	assert_true(
		sw_slice_eq(sw_sentence_read(&ours.keep->why, room), SW_LIT("the disk is full")));

	struct sw_ring r = sw_board_events(&ours, 1);
	const struct sw_event *e = sw_ring_peek(&r);
	assert_non_null(e);
	assert_int_equal(e->status, 403);
	r = sw_board_events(&ours, 0);
	assert_null(sw_ring_peek(&r));
}

static void parts_do_not_overlap_and_stay_inside(void **state)
{
	struct sw_board b;

	(void)state;
	sw_board_init(&b, memory, WORKERS);
	struct sw_trace last = sw_board_trace(&b, WORKERS - 1);
	char *end[] = {
		(char *)&b.cell[SW_BOARD_ROLES + WORKERS],
		(char *)&b.fill[SW_BOARD_TABLES],
		(char *)(b.load + 1),
		(char *)(b.keep + 1),
		(char *)&b.metrics[WORKERS],
		(char *)&last.slot[last.slots],
	};
	char *begin[] = { (char *)b.fill,    (char *)b.load,  (char *)b.keep,
			  (char *)b.metrics, (char *)b.trace, (char *)b.ring };

	for (size_t i = 0; i < SW_ARRAY_LEN(end); i++)
		assert_true(end[i] <= begin[i]);
	assert_int_equal((uintptr_t)b.cell % 64, 0);
	assert_int_equal((uintptr_t)b.fill % 64, 0);
	assert_int_equal((uintptr_t)b.ring % 64, 0);
	assert_int_equal(sizeof(struct sw_board_cell), 64);
	assert_int_equal(size % 4096, 0);
	memset(memory + size - 64, 1, 64);
}

/* Each octet of the head that is not the moment of the start. */
static void a_board_of_another_layout_is_not_opened(void **state)
{
	struct sw_board b;

	(void)state;
	sw_board_init(&b, memory, WORKERS);
	for (size_t i = 0; i < 32; i++) {
		memory[i] ^= 1;
		assert_false(sw_board_open(&b, memory, size));
		memory[i] ^= 1;
	}
	assert_true(sw_board_open(&b, memory, size));
}

static void a_board_that_is_shorter_than_it_says_is_not_opened(void **state)
{
	struct sw_board b;
	static const size_t short_of[] = { 0, 1, 39, 40, 64, 4096 };

	(void)state;
	sw_board_init(&b, memory, WORKERS);
	for (size_t i = 0; i < SW_ARRAY_LEN(short_of); i++)
		assert_false(sw_board_open(&b, memory, short_of[i]));
	assert_false(sw_board_open(&b, memory, size - 1));
	assert_false(sw_board_open(&b, memory + 64, size - 64));
}

static void a_sentence_is_cut_and_cleaned(void **state)
{
	static struct sw_sentence s;
	char room[SW_SENTENCE], text[SW_SENTENCE + 9];

	(void)state;
	assert_int_equal(sw_sentence_read(&s, room).n, 0);
	memset(text, 'x', sizeof(text));
	sw_sentence_write(&s, (struct sw_slice){ text, sizeof(text) });
	assert_int_equal(sw_sentence_read(&s, room).n, SW_SENTENCE);
	sw_sentence_write(&s, SW_LIT("two\nlines\x1b[2J"));
	assert_true(sw_slice_eq(sw_sentence_read(&s, room), SW_LIT("two lines [2J")));
	sw_sentence_write(&s, (struct sw_slice){ 0 });
	assert_int_equal(sw_sentence_read(&s, room).n, 0);
	atomic_store(&s.n, SW_SENTENCE + 1);
	assert_int_equal(sw_sentence_read(&s, room).n, 0);
}

static void a_sentence_whose_writer_died_in_the_middle_is_empty_until_the_next(void **state)
{
	static struct sw_sentence s;
	char room[SW_SENTENCE];

	(void)state;
	sw_sentence_write(&s, SW_LIT("old"));
	atomic_fetch_add(&s.turn, 1);
	assert_int_equal(sw_sentence_read(&s, room).n, 0);
	sw_sentence_write(&s, SW_LIT("new"));
	assert_true(sw_slice_eq(sw_sentence_read(&s, room), SW_LIT("new")));
}

static struct sw_sentence shared;

static void *write_often(void *arg)
{
	char text[400];

	for (int i = 0; i < 20000; i++) {
		memset(text, 'a' + i % 26, sizeof(text));
		sw_sentence_write(&shared, (struct sw_slice){ text, 100 + (size_t)i % 300 });
	}
	return arg;
}

static void a_sentence_is_never_half_of_one_and_half_of_another(void **state)
{
	pthread_t thread;
	char room[SW_SENTENCE];

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, write_often, NULL), 0);
	for (int i = 0; i < 20000; i++) {
		struct sw_slice s = sw_sentence_read(&shared, room);

		for (size_t k = 1; k < s.n; k++)
			assert_int_equal(s.p[k], s.p[0]);
	}
	assert_int_equal(pthread_join(thread, NULL), 0);
}

/* Before admin has said what it needs, nothing may be missing in the log. */
static void workers_are_asked_for_all_decisions_until_admin_says_which(void **state)
{
	struct sw_board b;

	(void)state;
	sw_board_init(&b, memory, WORKERS);
	assert_true(sw_board_wants(b.want, SW_LEVEL_ERROR));
	assert_true(sw_board_wants(b.want, SW_LEVEL_DEBUG));
	sw_board_want(&b, SW_LEVEL_NOTICE);
	assert_true(sw_board_wants(b.want, SW_LEVEL_ERROR));
	assert_true(sw_board_wants(b.want, SW_LEVEL_NOTICE));
	assert_false(sw_board_wants(b.want, SW_LEVEL_INFO));
	sw_board_want(&b, SW_LEVEL_ERROR);
	assert_true(sw_board_wants(b.want, SW_LEVEL_ERROR));
	assert_false(sw_board_wants(b.want, SW_LEVEL_WARN));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, make, unmake)
	const struct CMUnitTest tests[] = {
		CASE(zeroed_memory_is_no_board_and_a_new_one_has_nobody),
		CASE(what_one_writes_the_other_reads),
		CASE(parts_do_not_overlap_and_stay_inside),
		CASE(a_board_of_another_layout_is_not_opened),
		CASE(a_board_that_is_shorter_than_it_says_is_not_opened),
		CASE(workers_are_asked_for_all_decisions_until_admin_says_which),
		CASE(a_sentence_is_cut_and_cleaned),
		CASE(a_sentence_whose_writer_died_in_the_middle_is_empty_until_the_next),
		CASE(a_sentence_is_never_half_of_one_and_half_of_another),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
