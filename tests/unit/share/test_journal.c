/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "share/journal.h"

#define RECORDS 5

static char room[SW_JOURNAL_ROOM];
static struct sw_journal_reader reader;

static int file_new(void)
{
	int fd = memfd_create("journal", MFD_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static uint64_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

static struct sw_journal journal_at(int fd)
{
	struct sw_journal j;

	assert_int_equal(sw_journal_start(&j, fd, room), SW_OK);
	return j;
}

/* Bodies of length 0, 7, 14 …, of the letters a, b, c …; sequences that go down. */
static void add_one(struct sw_journal *j, uint32_t i)
{
	char *body = sw_journal_claim(j, 100);

	assert_non_null(body);
	memset(body, 'a' + (int)i, 7u * i);
	sw_journal_add(j, (uint16_t)(1000 + i), UINT64_MAX - i, 7u * i);
}

static void write_some(struct sw_journal *j, uint32_t from, uint32_t n)
{
	uint32_t done = 77;

	for (uint32_t i = from; i < from + n; i++)
		add_one(j, i);
	assert_int_equal(sw_journal_write(j, &done), SW_OK);
	assert_int_equal(done, n);
}

static uint64_t place_of(uint32_t i)
{
	uint64_t at = 0;

	for (uint32_t k = 0; k < i; k++)
		at += SW_JOURNAL_HEAD + 7u * k;
	return at;
}

static void assert_is(const struct sw_journal_record *r, uint32_t i)
{
	char body[100];

	memset(body, 'a' + (int)i, 7u * i);
	assert_int_equal(r->kind, 1000 + i);
	assert_int_equal(r->sequence, UINT64_MAX - i);
	assert_int_equal(r->body.n, 7 * i);
	assert_memory_equal(r->body.p, body, 7u * i);
	assert_int_equal(r->octets, SW_JOURNAL_HEAD + 7 * i);
}

static void assert_gives(struct sw_journal_reader *r, uint32_t from, uint32_t n)
{
	struct sw_journal_record got;

	for (uint32_t i = from; i < from + n; i++) {
		assert_int_equal(sw_journal_read(r, &got), SW_JOURNAL_RECORD);
		assert_is(&got, i);
	}
}

static void assert_got(struct sw_journal_reader *r, enum sw_journal_got want, uint64_t octets)
{
	struct sw_journal_record got = { 0 };

	assert_int_equal(sw_journal_read(r, &got), want);
	assert_int_equal(got.octets, octets);
}

static void an_empty_journal_is_at_its_end(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);
	uint32_t done = 77;

	(void)state;
	sw_journal_read_from(&reader, fd, 0);
	assert_got(&reader, SW_JOURNAL_END, 0);
	assert_int_equal(sw_journal_write(&j, &done), SW_OK);
	assert_int_equal(done, 0);
	assert_got(&reader, SW_JOURNAL_END, 0);
	close(fd);
}

static void what_is_no_file_is_refused(void **state)
{
	struct sw_journal j;
	struct sw_journal_record got;
	int end[2];

	(void)state;
	assert_int_equal(pipe(end), 0);
	assert_int_equal(sw_journal_start(&j, end[1], room), SW_R_JOURNAL_FAILED);
	assert_int_equal(sw_journal_start(&j, -1, room), SW_R_JOURNAL_FAILED);
	assert_int_equal(sw_journal_sync(end[1]), SW_R_JOURNAL_FAILED);
	assert_int_equal(sw_journal_empty(-1), SW_R_JOURNAL_FAILED);
	sw_journal_read_from(&reader, end[0], 0);
	assert_int_equal(sw_journal_read(&reader, &got), SW_JOURNAL_UNREADABLE);
	close(end[0]);
	close(end[1]);
}

static void records_come_back_as_they_were_written(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);

	(void)state;
	write_some(&j, 0, 3);
	sw_journal_read_from(&reader, fd, 0);
	assert_gives(&reader, 0, 3);
	assert_got(&reader, SW_JOURNAL_END, 0);
	write_some(&j, 3, 2);
	assert_gives(&reader, 3, 2);
	assert_got(&reader, SW_JOURNAL_END, 0);
	assert_int_equal(reader.at, size_of(fd));
	assert_int_equal(sw_journal_sync(fd), SW_OK);
	close(fd);
}

static void a_successor_goes_on_where_the_last_one_was(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);

	(void)state;
	write_some(&j, 0, 2);
	j = journal_at(fd);
	write_some(&j, 2, 2);
	sw_journal_read_from(&reader, fd, place_of(1));
	assert_gives(&reader, 1, 3);
	close(fd);
}

static void an_emptied_journal_begins_again(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);

	(void)state;
	write_some(&j, 0, RECORDS);
	sw_journal_read_from(&reader, fd, 0);
	assert_gives(&reader, 0, RECORDS);
	assert_int_equal(sw_journal_empty(fd), SW_OK);
	assert_int_equal(size_of(fd), 0);
	assert_got(&reader, SW_JOURNAL_END, 0);
	j = journal_at(fd);
	write_some(&j, 0, 2);
	sw_journal_read_from(&reader, fd, 0);
	assert_gives(&reader, 0, 2);
	close(fd);
}

static void a_room_takes_what_fits_and_no_more(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);
	struct sw_journal_record got;
	uint32_t n = 0, done;

	(void)state;
	assert_null(sw_journal_claim(&j, SW_JOURNAL_BODY + 1));
	assert_null(sw_journal_claim(&j, SIZE_MAX));
	for (char *body; (body = sw_journal_claim(&j, SW_JOURNAL_BODY)) != NULL; n++) {
		memset(body, 0xd7, SW_JOURNAL_BODY);
		sw_journal_add(&j, 1, n, SW_JOURNAL_BODY);
	}
	assert_int_equal(n, SW_JOURNAL_ROOM / (SW_JOURNAL_HEAD + SW_JOURNAL_BODY));
	for (int i = 0; i < 3; i++) { /* more than the reader takes at once */
		for (uint32_t k = 0; i > 0 && k < n; k++) {
			assert_non_null(sw_journal_claim(&j, SW_JOURNAL_BODY));
			sw_journal_add(&j, 1, k, SW_JOURNAL_BODY);
		}
		assert_int_equal(sw_journal_write(&j, &done), SW_OK);
		assert_int_equal(done, n);
	}
	sw_journal_read_from(&reader, fd, 0);
	for (uint32_t i = 0; i < 3 * n; i++) {
		assert_int_equal(sw_journal_read(&reader, &got), SW_JOURNAL_RECORD);
		assert_int_equal(got.sequence, i % n);
		assert_int_equal(got.body.n, SW_JOURNAL_BODY);
	}
	assert_got(&reader, SW_JOURNAL_END, 0);
	close(fd);
}

static void a_journal_cut_short_anywhere_gives_its_whole_records(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);
	uint32_t whole = RECORDS;

	(void)state;
	write_some(&j, 0, RECORDS);
	for (uint64_t n = size_of(fd); n > 0; n--) {
		uint64_t left;

		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		while (place_of(whole) > n)
			whole--;
		left = n - place_of(whole);
		sw_journal_read_from(&reader, fd, 0);
		assert_gives(&reader, 0, whole);
		assert_got(&reader, left ? SW_JOURNAL_NEED_MORE : SW_JOURNAL_END, left);
		assert_int_equal(reader.at, place_of(whole));
	}
	close(fd);
}

static void what_comes_after_a_torn_record_is_found(void **state)
{
	(void)state;
	for (uint64_t n = 1; n < SW_JOURNAL_HEAD + 28; n++) {
		int fd = file_new();
		struct sw_journal j = journal_at(fd);

		write_some(&j, 4, 1);
		assert_int_equal(ftruncate(fd, (off_t)n), 0);
		sw_journal_read_from(&reader, fd, 0);
		assert_got(&reader, SW_JOURNAL_NEED_MORE, n);
		j = journal_at(fd); /* who succeeds the dead one */
		write_some(&j, 0, 2);
		assert_got(&reader, SW_JOURNAL_DAMAGED, n);
		assert_gives(&reader, 0, 2);
		assert_got(&reader, SW_JOURNAL_END, 0);
		close(fd);
	}
}

static void flip(int fd, uint64_t at, unsigned char mask)
{
	unsigned char c;

	assert_int_equal(pread(fd, &c, 1, (off_t)at), 1);
	c ^= mask;
	assert_int_equal(pwrite(fd, &c, 1, (off_t)at), 1);
}

/* One octet of record 2 in every way that one bit or all of them flip: the rest is given. */
static void a_flipped_octet_anywhere_costs_one_record(void **state)
{
	static const unsigned char masks[] = { 1, 2, 4, 8, 16, 32, 64, 128, 255 };
	int fd = file_new();
	struct sw_journal j = journal_at(fd);

	(void)state;
	write_some(&j, 0, RECORDS);
	for (uint64_t at = place_of(2); at < place_of(3); at++) {
		for (size_t i = 0; i < SW_ARRAY_LEN(masks); i++) {
			flip(fd, at, masks[i]);
			sw_journal_read_from(&reader, fd, 0);
			assert_gives(&reader, 0, 2);
			assert_got(&reader, SW_JOURNAL_DAMAGED, place_of(3) - place_of(2));
			assert_gives(&reader, 3, RECORDS - 3);
			assert_got(&reader, SW_JOURNAL_END, 0);
			flip(fd, at, masks[i]);
		}
	}
	close(fd);
}

static void a_flipped_octet_of_the_last_record_leaves_it_out(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);
	uint64_t n = place_of(RECORDS) - place_of(RECORDS - 1);

	(void)state;
	write_some(&j, 0, RECORDS);
	for (uint64_t i = 0; i < n; i++) {
		flip(fd, place_of(RECORDS - 1) + i, 0x10);
		sw_journal_read_from(&reader, fd, 0);
		assert_gives(&reader, 0, RECORDS - 1);
		assert_got(&reader, SW_JOURNAL_NEED_MORE, n);
		flip(fd, place_of(RECORDS - 1) + i, 0x10);
	}
	close(fd);
}

static void garbage_between_records_is_skipped(void **state)
{
	static const struct {
		const char *name;
		char octet;
		uint32_t n;
	} rows[] = {
		{ "one octet", 0, 1 },
		{ "zeros, as after a loss of power", 0, 4096 },
		{ "beginnings of a magic", '\xd7', 999 },
		{ "longer than a record can be", 'x', 40000 },
		{ "longer than the reader's room", '\xd7', 3 * SW_JOURNAL_ROOM + 5 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = file_new();
		struct sw_journal j = journal_at(fd);
		struct sw_journal_record got;
		uint64_t skipped = 0;

		print_message("%s\n", rows[i].name);
		write_some(&j, 0, 2);
		for (uint32_t k = 0; k < rows[i].n; k++)
			assert_int_equal(pwrite(fd, &rows[i].octet, 1, (off_t)(j.end + k)), 1);
		j = journal_at(fd);
		write_some(&j, 2, 2);
		sw_journal_read_from(&reader, fd, 0);
		assert_gives(&reader, 0, 2);
		while (sw_journal_read(&reader, &got) == SW_JOURNAL_DAMAGED)
			skipped += got.octets;
		assert_int_equal(skipped, rows[i].n);
		assert_is(&got, 2);
		assert_gives(&reader, 3, 1);
		close(fd);
	}
}

/* What a phone may choose is text; this is more than it may, and still no record. */
static void a_record_inside_of_a_torn_body_is_none(void **state)
{
	char inner[SW_JOURNAL_HEAD + 7];
	int fd = file_new();
	struct sw_journal j = journal_at(fd);
	char *body;

	(void)state;
	write_some(&j, 0, 2);
	assert_int_equal(pread(fd, inner, sizeof(inner), (off_t)place_of(1)), sizeof(inner));
	assert_int_equal(sw_journal_empty(fd), SW_OK);
	j = journal_at(fd);
	body = sw_journal_claim(&j, 200);
	assert_non_null(body);
	memset(body, 0, 200);
	memcpy(body + 50, inner, sizeof(inner));
	sw_journal_add(&j, 1, 1, 200);
	add_one(&j, 9);
	assert_int_equal(sw_journal_write(&j, &(uint32_t){ 0 }), SW_OK);
	flip(fd, 190, 1);
	sw_journal_read_from(&reader, fd, 0);
	assert_got(&reader, SW_JOURNAL_DAMAGED, SW_JOURNAL_HEAD + 200);
	assert_gives(&reader, 9, 1);
	close(fd);
}

static void a_length_beyond_the_longest_is_damage(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);
	static const char huge[4] = { 1, 64, 0, 0 }; /* one more than the longest */

	(void)state;
	write_some(&j, 0, 3);
	assert_int_equal(pwrite(fd, huge, sizeof(huge), (off_t)place_of(1) + 8), sizeof(huge));
	sw_journal_read_from(&reader, fd, 0);
	assert_gives(&reader, 0, 1);
	assert_got(&reader, SW_JOURNAL_DAMAGED, place_of(2) - place_of(1));
	assert_gives(&reader, 2, 1);
	close(fd);
}

/* In a child, whose limit it is. */
static int with_file_limit(uint64_t most, int (*act)(int fd), int fd)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit limit = { most, most };

		signal(SIGXFSZ, SIG_IGN);
		_exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 ? act(fd) : 99);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int write_all_of_them(int fd)
{
	struct sw_journal j;
	uint32_t done;

	if (sw_journal_start(&j, fd, room) != SW_OK)
		return 50;
	for (uint32_t i = 0; i < RECORDS; i++)
		add_one(&j, i);
	if (sw_journal_write(&j, &done) != SW_R_JOURNAL_FULL)
		return 51;
	return (int)done;
}

static void a_full_disk_leaves_whole_records_and_says_how_many(void **state)
{
	uint32_t whole = 0;

	(void)state;
	for (uint64_t most = 0; most < place_of(RECORDS); most++) {
		int fd = file_new();
		struct sw_journal j;

		if (most >= place_of(whole + 1))
			whole++;
		assert_int_equal(with_file_limit(most, write_all_of_them, fd), whole);
		j = journal_at(fd); /* there is room again */
		write_some(&j, 1, 1);
		sw_journal_read_from(&reader, fd, 0);
		assert_gives(&reader, 0, whole);
		if (most > place_of(whole))
			assert_got(&reader, SW_JOURNAL_DAMAGED, most - place_of(whole));
		assert_gives(&reader, 1, 1);
		close(fd);
	}
}

static int reserve_one(int fd)
{
	struct sw_journal j;

	if (sw_journal_start(&j, fd, room) != SW_OK)
		return 50;
	return sw_journal_reserve(&j, 1) == SW_R_JOURNAL_FULL ? 1 : 0;
}

static void a_full_disk_is_known_before_anything_is_promised(void **state)
{
	int fd = file_new();

	(void)state;
	assert_int_equal(with_file_limit(SW_JOURNAL_STEP - 1, reserve_one, fd), 1);
	assert_int_equal(with_file_limit(SW_JOURNAL_STEP, reserve_one, fd), 0);
	close(fd);
}

static void reserving_takes_steps_and_makes_no_record(void **state)
{
	int fd = file_new();
	struct sw_journal j = journal_at(fd);

	(void)state;
	assert_int_equal(sw_journal_reserve(&j, 0), SW_OK);
	assert_int_equal(j.reserved, 0);
	assert_int_equal(sw_journal_reserve(&j, 1), SW_OK);
	assert_int_equal(j.reserved, SW_JOURNAL_STEP);
	assert_int_equal(sw_journal_reserve(&j, SW_JOURNAL_STEP), SW_OK);
	assert_int_equal(j.reserved, SW_JOURNAL_STEP);
	assert_int_equal(sw_journal_reserve(&j, SW_JOURNAL_STEP + 1), SW_OK);
	assert_int_equal(j.reserved, 2 * SW_JOURNAL_STEP);
	assert_int_equal(size_of(fd), 0);
	write_some(&j, 0, 2);
	sw_journal_read_from(&reader, fd, 0);
	assert_gives(&reader, 0, 2);
	assert_got(&reader, SW_JOURNAL_END, 0);
	close(fd);
}

static void a_file_that_takes_no_writes_fails(void **state)
{
	char path[] = "/tmp/sipward-journal-XXXXXX";
	int made = mkstemp(path), fd;
	struct sw_journal j;
	uint32_t done = 77;

	(void)state;
	assert_true(made >= 0);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	unlink(path);
	j = journal_at(fd);
	assert_int_equal(sw_journal_reserve(&j, 1), SW_R_JOURNAL_FAILED);
	add_one(&j, 3);
	assert_int_equal(sw_journal_write(&j, &done), SW_R_JOURNAL_FAILED);
	assert_int_equal(done, 0);
	assert_int_equal(sw_journal_empty(fd), SW_R_JOURNAL_FAILED);
	close(fd);
	close(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_journal_is_at_its_end),
		cmocka_unit_test(what_is_no_file_is_refused),
		cmocka_unit_test(records_come_back_as_they_were_written),
		cmocka_unit_test(a_successor_goes_on_where_the_last_one_was),
		cmocka_unit_test(an_emptied_journal_begins_again),
		cmocka_unit_test(a_room_takes_what_fits_and_no_more),
		cmocka_unit_test(a_journal_cut_short_anywhere_gives_its_whole_records),
		cmocka_unit_test(what_comes_after_a_torn_record_is_found),
		cmocka_unit_test(a_flipped_octet_anywhere_costs_one_record),
		cmocka_unit_test(a_flipped_octet_of_the_last_record_leaves_it_out),
		cmocka_unit_test(garbage_between_records_is_skipped),
		cmocka_unit_test(a_record_inside_of_a_torn_body_is_none),
		cmocka_unit_test(a_length_beyond_the_longest_is_damage),
		cmocka_unit_test(a_full_disk_leaves_whole_records_and_says_how_many),
		cmocka_unit_test(a_full_disk_is_known_before_anything_is_promised),
		cmocka_unit_test(reserving_takes_steps_and_makes_no_record),
		cmocka_unit_test(a_file_that_takes_no_writes_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
