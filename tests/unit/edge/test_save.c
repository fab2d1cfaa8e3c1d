/* SPDX-License-Identifier: Apache-2.0 */
/* What was changed gets into the journal, also by way of a disk that is full for a while. */
#include "vectors.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "edge/save.h"

static bool has_no_blocks, takes_nothing;

/* In the place of libc's. */
int fallocate(int fd, int mode, off_t from, off_t n)
{
	if (!has_no_blocks)
		return (int)syscall(SYS_fallocate, fd, mode, from, n);
	errno = ENOSPC;
	return -1;
}

ssize_t pwrite(int fd, const void *p, size_t n, off_t at)
{
	if (!takes_nothing)
		return syscall(SYS_pwrite64, fd, p, n, at);
	errno = EIO;
	return -1;
}

static struct sw_save_state state_of;
static _Atomic bool is_down;
static struct sw_save_way way;
static struct sw_saver saver;
static struct sw_actions actions;
static struct sw_journal_reader reader;

static int begin(void **state)
{
	(void)state;
	has_no_blocks = takes_nothing = false;
	memset(&state_of, 0, sizeof(state_of));
	way = (struct sw_save_way){ .state = &state_of,
				    .fd = { memfd_create("a", 0), memfd_create("b", 0) },
				    .ring_fd = eventfd(0, EFD_NONBLOCK),
				    .is_down = &is_down };
	if (!sw_saver_init(&saver, &way))
		return -1;
	sw_saver_turn(&saver, (struct sw_mono){ 1 });
	return 0;
}

static int end(void **state)
{
	(void)state;
	sw_saver_free(&saver);
	close(way.fd[0]);
	close(way.fd[1]);
	close(way.ring_fd);
	return 0;
}

/* The end of a binding, which is told whatever the disk says. */
static void put(uint64_t seq)
{
	actions.saves = 1;
	actions.save[0] =
		(struct sw_save){ .id = seq, .seq = seq, .slot = SW_TABLE_NONE, .gone = true };
	sw_saver_put(&saver, &actions);
}

/* All of them up to that one, in their order. */
static void is_written(uint64_t last)
{
	struct sw_journal_record record;

	sw_journal_read_from(&reader, way.fd[0], 0);
	for (uint64_t i = 1; i <= last; i++) {
		assert_int_equal(sw_journal_read(&reader, &record), SW_JOURNAL_RECORD);
		assert_int_equal(record.sequence, i);
	}
	assert_int_equal(sw_journal_read(&reader, &record), SW_JOURNAL_END);
}

/* The disk is found to be full while there is something in the room. */
static uint64_t fill_up(void)
{
	uint64_t seq = 0;

	has_no_blocks = true;
	while (sw_saver_takes(&saver)) {
		assert_true(sw_saver_write(&saver));
		put(++seq);
	}
	assert_false(sw_saver_write(&saver));
	assert_int_equal(atomic_load(&state_of.error), SW_R_JOURNAL_FULL);
	return seq;
}

static void what_is_in_the_room_of_a_full_disk_is_not_lost(void **state)
{
	uint64_t seq = fill_up();

	(void)state;
	takes_nothing = true;
	put(++seq);
	sw_saver_turn(&saver, (struct sw_mono){ SW_US_PER_S });
	assert_false(sw_saver_takes(&saver));
	put(++seq);
	has_no_blocks = takes_nothing = false;
	sw_saver_turn(&saver, (struct sw_mono){ 2 * SW_US_PER_S });
	assert_true(sw_saver_takes(&saver));
	put(++seq);
	assert_true(sw_saver_write(&saver));
	assert_int_equal(atomic_load(&state_of.error), 0);
	is_written(seq);
}

static void what_the_disk_does_not_take_is_in_hand_until_it_does(void **state)
{
	uint64_t seq = 0;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		put(++seq);
	takes_nothing = true;
	assert_false(sw_saver_write(&saver));
	assert_int_equal(atomic_load(&state_of.held), 1);
	put(++seq);
	assert_false(sw_saver_write(&saver));
	takes_nothing = false;
	assert_false(sw_saver_takes(&saver)); /* until its next turn */
	sw_saver_turn(&saver, (struct sw_mono){ SW_US_PER_S });
	assert_true(sw_saver_takes(&saver));
	assert_int_equal(atomic_load(&state_of.held), 0);
	is_written(seq);
}

static void a_store_that_is_down_takes_nothing(void **state)
{
	(void)state;
	atomic_store(&is_down, true);
	assert_false(sw_saver_takes(&saver));
	atomic_store(&is_down, false);
	assert_true(sw_saver_takes(&saver));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_in_the_room_of_a_full_disk_is_not_lost),
		CASE(what_the_disk_does_not_take_is_in_hand_until_it_does),
		CASE(a_store_that_is_down_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
