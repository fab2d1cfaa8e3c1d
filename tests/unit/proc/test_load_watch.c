/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "proc/load_watch.h"

#define S UINT64_C(1000000)

static char directory[] = "/tmp/sipward-watch-XXXXXX";

static const char *in(const char *name)
{
	static char path[16][128];
	static unsigned at;
	char *p = path[at++ % 16];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", directory, name);
	return p;
}

static void put(const char *name, const char *text)
{
	FILE *f = fopen(in(name), "w");

	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void write_again(const char *name, const char *text)
{
	int fd = open(in(name), O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void set_time(const char *name, time_t s)
{
	struct timespec t[2] = { { s, 0 }, { s, 0 } };

	assert_int_equal(utimensat(AT_FDCWD, in(name), t, 0), 0);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(directory) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "a", "b", "c.conf", "d.conf", "one", "two", "link" };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(names); i++)
		(void)unlink(in(names[i]));
	return rmdir(directory);
}

static int files(void **state)
{
	(void)state;
	put("a", "1");
	put("b", "1");
	put("c.conf", "1");
	put("one", "1");
	put("two", "1");
	set_time("a", 1000000000);
	(void)unlink(in("link"));
	(void)unlink(in("d.conf"));
	return symlink("one", in("link"));
}

static void note(struct sw_load_watch *w, const char *name)
{
	struct stat st;
	bool is_there = stat(in(name), &st) == 0;

	assert_true(sw_load_watch_note(w, in(name), is_there ? &st : NULL));
}

static void note_all(struct sw_load_watch *w)
{
	const char *one = in("c.conf");

	note(w, "a");
	note(w, "b");
	note(w, "link");
	note(w, "gone");
	assert_true(sw_load_watch_note_glob(w, in("*.conf"), &one, 1));
}

static void take(struct sw_load_watch *w, bool is_loaded)
{
	struct sw_load_watch seen = { 0 };

	note_all(&seen);
	sw_load_watch_take(w, &seen, is_loaded, (struct sw_mono){ 0 });
	assert_int_equal(seen.n, 0);
}

static bool look(struct sw_load_watch *w, uint64_t s)
{
	return sw_load_watch_look(w, (struct sw_mono){ s * S });
}

static void change_content(void)
{
	put("a", "23");
}

static void change_in_place(void)
{
	write_again("a", "9");
}

static void change_time_alone(void)
{
	set_time("a", 1000000001);
}

static void rename_over(void)
{
	put("new", "1");
	assert_int_equal(rename(in("new"), in("a")), 0);
}

static void swap_link(void)
{
	assert_int_equal(symlink("two", in("new")), 0);
	assert_int_equal(rename(in("new"), in("link")), 0);
}

static void change_behind_link(void)
{
	put("one", "23");
}

static void take_away(void)
{
	assert_int_equal(unlink(in("b")), 0);
}

static void change_rights(void)
{
	assert_int_equal(chmod(in("b"), 0644), 0);
}

static void put_missing(void)
{
	put("gone", "1");
}

static void add_match(void)
{
	put("d.conf", "1");
}

static void rename_match(void)
{
	assert_int_equal(rename(in("c.conf"), in("d.conf")), 0);
}

static const struct {
	const char *name;
	void (*change)(void);
} changes[] = {
	{ "other content", change_content },
	{ "as many octets in the same file", change_in_place },
	{ "another time", change_time_alone },
	{ "another file of that name", rename_over },
	{ "a link that leads elsewhere", swap_link },
	{ "what a link leads to", change_behind_link },
	{ "a file that goes", take_away },
	{ "other rights", change_rights },
	{ "a file that comes", put_missing },
	{ "one more match", add_match },
	{ "another match", rename_match },
};

static void each_change_is_seen_once_it_has_settled(void **state)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(changes); i++) {
		struct sw_load_watch w = { 0 };

		(void)files(state);
		print_message("%s\n", changes[i].name);
		take(&w, true);
		assert_false(look(&w, 5));
		assert_false(look(&w, 10));
		changes[i].change();
		assert_false(look(&w, 15)); /* perhaps it goes on */
		assert_false(look(&w, 15));
		assert_true(look(&w, 16));
		assert_false(look(&w, 21)); /* told once */
		assert_false(look(&w, 26));
		sw_load_watch_free(&w);
		(void)unlink(in("gone"));
	}
}

static void what_goes_on_changing_is_waited_for(void **state)
{
	struct sw_load_watch w = { 0 };

	(void)state;
	take(&w, true);
	put("a", "12");
	assert_false(look(&w, 5));
	put("a", "123");
	assert_false(look(&w, 6));
	put("a", "1234");
	assert_false(look(&w, 7));
	assert_true(look(&w, 8));
	sw_load_watch_free(&w);
}

static void what_is_taken_back_is_no_change(void **state)
{
	struct sw_load_watch w = { 0 };

	(void)state;
	take(&w, true);
	put("d.conf", "an editor's own");
	assert_false(look(&w, 5));
	assert_int_equal(unlink(in("d.conf")), 0);
	assert_false(look(&w, 6));
	assert_false(look(&w, 11));
	sw_load_watch_free(&w);
}

static void nothing_is_looked_at_before_its_time(void **state)
{
	struct sw_load_watch w = { 0 };

	(void)state;
	assert_int_equal(sw_load_watch_wait_ms(&w, (struct sw_mono){ S }), -1);
	assert_false(look(&w, 1));
	take(&w, true);
	assert_int_equal(sw_load_watch_wait_ms(&w, (struct sw_mono){ 0 }), SW_LOAD_LOOK_MS);
	put("a", "12");
	assert_false(look(&w, 4));
	assert_int_equal(w.pending, 0);
	assert_false(look(&w, 5));
	assert_int_equal(sw_load_watch_wait_ms(&w, (struct sw_mono){ 5 * S }), SW_LOAD_SETTLE_MS);
	assert_int_equal(sw_load_watch_wait_ms(&w, (struct sw_mono){ 9 * S }), 0);
	sw_load_watch_free(&w);
}

/* The refused one stopped at a: what stood behind that is watched all the same. */
static void a_load_that_was_refused_forgets_nothing(void **state)
{
	for (int is_loaded = 0; is_loaded < 2; is_loaded++) {
		struct sw_load_watch w = { 0 }, seen = { 0 };

		(void)files(state);
		take(&w, true);
		note(&seen, "a");
		sw_load_watch_take(&w, &seen, is_loaded, (struct sw_mono){ 0 });
		assert_int_equal(w.n, is_loaded ? 1 : 5);
		assert_int_equal(chmod(in("b"), 0640), 0);
		assert_false(look(&w, 5));
		assert_int_equal(look(&w, 6), !is_loaded);
		sw_load_watch_free(&w);
	}
}

static void a_file_of_many_users_is_watched_once(void **state)
{
	struct sw_load_watch w = { 0 };

	(void)state;
	for (size_t i = 0; i < 100; i++)
		note(&w, "a");
	assert_int_equal(w.n, 1);
	sw_load_watch_free(&w);
}

static void a_change_while_it_was_loaded_is_seen(void **state)
{
	struct sw_load_watch w = { 0 }, seen = { 0 };

	(void)state;
	note(&seen, "a");
	put("a", "after it was read");
	sw_load_watch_take(&w, &seen, true, (struct sw_mono){ 0 });
	assert_false(look(&w, 5));
	assert_true(look(&w, 6));
	sw_load_watch_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_change_is_seen_once_it_has_settled, files),
		cmocka_unit_test_setup(what_goes_on_changing_is_waited_for, files),
		cmocka_unit_test_setup(what_is_taken_back_is_no_change, files),
		cmocka_unit_test_setup(nothing_is_looked_at_before_its_time, files),
		cmocka_unit_test_setup(a_load_that_was_refused_forgets_nothing, files),
		cmocka_unit_test_setup(a_file_of_many_users_is_watched_once, files),
		cmocka_unit_test_setup(a_change_while_it_was_loaded_is_seen, files),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
