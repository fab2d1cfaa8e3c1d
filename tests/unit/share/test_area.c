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
#include <sys/wait.h>
#include <unistd.h>

#include "share/area.h"

#define SIZE 10000

static bool is_zero(const struct sw_area *a)
{
	const char *p = a->p;

	for (size_t i = 0; i < a->n; i++)
		if (p[i])
			return false;
	return true;
}

/* What a child that does this ends with: its exit status, or minus the signal. */
static int child_status(void (*act)(void *arg), void *arg)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit none = { 0 };

		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		signal(SIGBUS, SIG_DFL);
		act(arg);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void write_at_its_end(void *arg)
{
	const struct sw_area *a = arg;

	((char *)a->p)[a->n - 1] = 'w';
}

static void a_child_writes_what_its_parent_reads(void **state)
{
	struct sw_area a;

	(void)state;
	assert_true(sw_area_make(&a, SIZE, SW_AREA_SECRET));
	assert_int_equal(a.n, SIZE);
	assert_true(is_zero(&a));
	assert_int_equal(child_status(write_at_its_end, &a), 0);
	assert_int_equal(((char *)a.p)[SIZE - 1], 'w');
	sw_area_close(&a);
	assert_null(a.p);
	sw_area_close(&a);
}

static void memory_is_spent_only_where_somebody_writes(void **state)
{
	struct sw_area a;

	(void)state;
	assert_true(sw_area_make(&a, (size_t)1 << 36, 0));
	((char *)a.p)[(size_t)1 << 35] = 1;
	sw_area_close(&a);
}

static void more_memory_than_there_are_addresses_is_refused(void **state)
{
	struct sw_area a = { 0 };
	int fd = -7;

	(void)state;
	assert_false(sw_area_make(&a, SIZE_MAX / 2, 0));
	assert_false(sw_area_make(&a, 0, 0));
	assert_false(sw_area_make_fd(&a, &fd, "none", 0, 0));
	assert_false(sw_area_make_fd(&a, &fd, "huge", SIZE_MAX / 2, 0));
	assert_null(a.p);
	assert_int_equal(fd, -7);
}

static void two_maps_of_one_descriptor_are_one_memory(void **state)
{
	struct sw_area one, two, look;
	int fd;

	(void)state;
	assert_true(sw_area_make_fd(&one, &fd, "test", SIZE, 0));
	assert_true(is_zero(&one));
	assert_true(sw_area_open(&two, fd, SIZE, SIZE, SW_AREA_WRITE, SW_AREA_SECRET));
	assert_true(sw_area_open(&look, fd, 1, SIZE_MAX, SW_AREA_READ, 0));
	close(fd);
	write_at_its_end(&two);
	assert_int_equal(((char *)one.p)[SIZE - 1], 'w');
	assert_int_equal(((char *)look.p)[SIZE - 1], 'w');
	sw_area_close(&two);
	sw_area_close(&one);
	assert_int_equal(((char *)look.p)[SIZE - 1], 'w');
	sw_area_close(&look);
}

static void who_only_reads_cannot_write(void **state)
{
	struct sw_area a, look;
	int fd;

	(void)state;
	assert_true(sw_area_make_fd(&a, &fd, "test", SIZE, 0));
	assert_true(sw_area_open(&look, fd, SIZE, SIZE, SW_AREA_READ, 0));
	assert_int_not_equal(child_status(write_at_its_end, &look), 0);
	assert_true(is_zero(&a));
	close(fd);
	sw_area_close(&look);
	sw_area_close(&a);
}

static void the_size_of_an_area_never_changes(void **state)
{
	struct sw_area a;
	int fd;

	(void)state;
	assert_true(sw_area_make_fd(&a, &fd, "test", SIZE, 0));
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, SIZE + 1), -1);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	sw_area_close(&a);
}

static int memfd_of(size_t n, int seals)
{
	int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)n), 0);
	assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
	return fd;
}

static void what_could_shrink_or_has_a_wrong_size_is_not_mapped(void **state)
{
	static const struct {
		const char *name;
		size_t n;
		int seals;
	} rows[] = {
		{ "it could shrink", SIZE, F_SEAL_GROW },
		{ "it could grow", SIZE, F_SEAL_SHRINK },
		{ "no seals", SIZE, 0 },
		{ "too short", SIZE - 1, F_SEAL_SHRINK | F_SEAL_GROW },
		{ "too long", SIZE + 1, F_SEAL_SHRINK | F_SEAL_GROW },
		{ "empty", 0, F_SEAL_SHRINK | F_SEAL_GROW },
	};
	struct sw_area a = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int fd = memfd_of(rows[i].n, rows[i].seals);

		print_message("%s\n", rows[i].name);
		assert_false(sw_area_open(&a, fd, SIZE, SIZE, SW_AREA_READ, 0));
		assert_null(a.p);
		close(fd);
	}
}

static void what_is_no_memfd_is_not_mapped(void **state)
{
	struct sw_area a = { 0 };
	FILE *f = tmpfile();
	int end[2];

	(void)state;
	assert_non_null(f);
	assert_int_equal(pipe(end), 0);
	assert_int_equal(ftruncate(fileno(f), SIZE), 0);
	assert_false(sw_area_open(&a, fileno(f), SIZE, SIZE, SW_AREA_READ, 0));
	assert_false(sw_area_read(&a, fileno(f), SIZE));
	assert_false(sw_area_open(&a, end[0], 0, SIZE, SW_AREA_READ, 0));
	assert_false(sw_area_read(&a, end[0], SIZE));
	assert_false(sw_area_read(&a, -1, SIZE));
	assert_false(sw_area_is_sealed(-1));
	assert_null(a.p);
	close(end[0]);
	close(end[1]);
	fclose(f);
}

static void a_document_says_what_was_sealed(void **state)
{
	static const char text[] = "listen udp:127.0.0.1:5060\n";
	struct sw_area a;
	int fd = sw_area_seal("document", (struct sw_slice){ text, sizeof(text) - 1 });

	(void)state;
	assert_true(fd >= 0);
	assert_true(sw_area_is_sealed(fd));
	assert_true(sw_area_read(&a, fd, sizeof(text) - 1));
	assert_int_equal(a.n, sizeof(text) - 1);
	assert_memory_equal(a.p, text, a.n);
	assert_int_not_equal(child_status(write_at_its_end, &a), 0);
	assert_memory_equal(a.p, text, a.n);
	sw_area_close(&a);
	assert_false(sw_area_read(&a, fd, sizeof(text) - 2));
	close(fd);
}

static void an_empty_document_is_one(void **state)
{
	struct sw_area a = { &a, 7 };
	int fd = sw_area_seal("document", (struct sw_slice){ 0 });

	(void)state;
	assert_true(fd >= 0);
	assert_true(sw_area_read(&a, fd, 0));
	assert_null(a.p);
	assert_int_equal(a.n, 0);
	close(fd);
}

static void a_document_never_changes_again(void **state)
{
	int fd = sw_area_seal("document", (struct sw_slice){ "abc", 3 });

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, "x", 1, 0), -1);
	assert_int_equal(ftruncate(fd, 0), -1);
	assert_int_equal(ftruncate(fd, 9), -1);
	assert_ptr_equal(mmap(NULL, 3, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
	close(fd);
}

static void a_document_that_could_change_is_not_read(void **state)
{
	static const int all[] = { F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE };
	struct sw_area a = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(all); i++) {
		int fd = memfd_of(3, (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) & ~all[i]);

		assert_false(sw_area_is_sealed(fd));
		assert_false(sw_area_read(&a, fd, 3));
		close(fd);
	}
}

/* The limit of the size of files holds for a memfd as well. */
static void seal_with_a_small_limit(void *arg)
{
	struct rlimit small = { 2, 2 };

	(void)arg;
	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &small);
	if (sw_area_seal("document", (struct sw_slice){ "abc", 3 }) >= 0)
		_exit(1);
}

static void a_document_that_does_not_fit_is_refused(void **state)
{
	(void)state;
	assert_int_equal(child_status(seal_with_a_small_limit, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_child_writes_what_its_parent_reads),
		cmocka_unit_test(memory_is_spent_only_where_somebody_writes),
		cmocka_unit_test(more_memory_than_there_are_addresses_is_refused),
		cmocka_unit_test(two_maps_of_one_descriptor_are_one_memory),
		cmocka_unit_test(who_only_reads_cannot_write),
		cmocka_unit_test(the_size_of_an_area_never_changes),
		cmocka_unit_test(what_could_shrink_or_has_a_wrong_size_is_not_mapped),
		cmocka_unit_test(what_is_no_memfd_is_not_mapped),
		cmocka_unit_test(a_document_says_what_was_sealed),
		cmocka_unit_test(an_empty_document_is_one),
		cmocka_unit_test(a_document_never_changes_again),
		cmocka_unit_test(a_document_that_could_change_is_not_read),
		cmocka_unit_test(a_document_that_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
