/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The n-th write, sync or allocation fails, for all n: a list of users is there as a whole or not
 * at all, nothing that was there before is lost, and it can be applied later.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "people_of.h"
#include "shim.h"
#include "store/person.h"

#define MOST 5000 /* more calls than any of the runs makes */

#define LIST                                                                     \
	"{\"op\":\"add\",\"name\":\"b\",\"trunk\":\"all\",\"password\":\"x\"}\n" \
	"{\"op\":\"set\",\"name\":\"a\",\"enabled\":false}\n"                    \
	"{\"op\":\"del\",\"name\":\"z\"}\n"

static const struct fault {
	const char *name;
	enum shim_fault fault;
} faults[] = {
	{ "the disk is full", SHIM_FULL },  { "a write fails", SHIM_WRITE },
	{ "a sync fails", SHIM_SYNC },      { "an allocation fails", SHIM_MEMORY },
	{ "memory is out", SHIM_MEMORIES }, { "an allocation of JSON fails", SHIM_JSON },
};

static char *before, *after;

/* A database with a and z, closed; its octets, to begin each run with. */
static char base[1 << 17];
static size_t base_n;

static void make_base(void)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s = open_good(&setting);
	int fd;

	apply_good(s, "{\"op\":\"add\",\"name\":\"a\",\"trunk\":\"all\",\"password\":\"x\"}\n"
		      "{\"op\":\"add\",\"name\":\"z\",\"trunk\":\"all\",\"password\":\"x\"}\n");
	before = all_of(s);
	sw_store_close(s);
	fd = open(setting.path, O_RDONLY);
	base_n = (size_t)read(fd, base, sizeof(base));
	close(fd);
	assert_in_range(base_n, 1000, sizeof(base) - 1);
}

static void prepare(void)
{
	int fd;

	(void)unlink(path_of("s.db-wal"));
	fd = open(path_of("s.db"), O_WRONLY | O_CREAT | O_TRUNC, 0640);
	assert_int_equal(write(fd, base, base_n), base_n);
	close(fd);
}

static void finish(struct sw_store *s)
{
	apply_good(s, LIST);
	if (!after)
		after = all_of(s);
}

/* What a start finds after it. Gives whether the list was applied. */
static bool look(void)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s = open_good(&setting);
	char *now = all_of(s);
	bool is_after = strcmp(now, after) == 0;

	if (!is_after)
		assert_string_equal(now, before);
	free(now);
	if (!is_after)
		finish(s);
	now = all_of(s);
	assert_string_equal(now, after);
	free(now);
	sw_store_close(s);
	return is_after;
}

/* Open, apply, write a binding, close. Gives whether the list was said to be applied. */
static bool run(void)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_binding b = binding_of(1, "a", 100);
	struct sw_store_why why = { 0 };
	struct sw_store *s = sw_store_open(&setting, &why);
	enum sw_people end = s ? apply(s, LIST) : SW_PEOPLE_FAILED;

	if (s && !(sw_store_begin(s, true, &why) && sw_store_put_binding(s, &b, 1, &why) &&
		   sw_store_commit(s, &why)))
		sw_store_rollback(s);
	if (!s)
		assert_true(why.trouble != SW_STORE_OK && why.text[0] != '\0');
	if (s && end == SW_PEOPLE_FAILED)
		assert_true(report.why.trouble != SW_STORE_OK && report.why.text[0] != '\0');
	sw_store_close(s);
	return end == SW_PEOPLE_DONE;
}

static void try_all(const struct fault *f)
{
	unsigned n = 1, failed = 0;

	for (;; n++) {
		bool was_said, came;

		prepare();
		shim_fail(f->fault, n);
		was_said = run();
		came = shim_end();
		if (look() != was_said && was_said)
			fail_msg("n = %u: said to be applied, and is not", n);
		failed += !was_said;
		if (!came)
			break;
		assert_true(n < MOST);
	}
	print_message("%s: %u places, %u of them stopped the list\n", f->name, n - 1, failed);
	assert_true(n > 1);
}

static void whatever_fails_a_list_is_whole_or_not_there(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s;

	(void)state;
	make_base();
	s = open_good(&setting);
	finish(s);
	sw_store_close(s);
	for (size_t i = 0; i < SW_ARRAY_LEN(faults); i++)
		try_all(&faults[i]);
	free(before);
	free(after);
}

/* The file is removed while the store is open, and made again: gives whether that was said. */
static bool remake(const struct fault *f, unsigned n, bool *came)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s = open_good(&setting);
	struct sw_store_why why = { 0 };
	bool ok;

	assert_int_equal(unlink(path_of("s.db")), 0);
	shim_fail(f->fault, n);
	ok = sw_store_remake(s, &why);
	*came = shim_end();
	assert_int_equal(access(path_of("s.db"), F_OK) == 0, ok);
	assert_int_not_equal(access(path_of("s.db.sipward-new"), F_OK), 0);
	if (!ok) {
		assert_true(why.trouble != SW_STORE_OK && why.text[0] != '\0');
		assert_false(sw_store_is_there(s, &why));
		assert_true(sw_store_remake(s, &why));
	}
	assert_true(sw_store_is_there(s, &why));
	assert_true(sw_store_probe(s, (struct sw_wall){ n }, &why));
	sw_store_close(s);
	return ok;
}

static void whatever_fails_a_removed_file_is_made_again_later(void **state)
{
	(void)state;
	make_base();
	for (size_t i = 0; i < SW_ARRAY_LEN(faults); i++) {
		unsigned step = faults[i].fault >= SHIM_MEMORY ? 17 : 1, failed = 0;
		bool came = true;

		if (faults[i].fault == SHIM_JSON)
			continue;
		for (unsigned n = 1; came; n += step) {
			struct sw_store_setting setting;
			struct sw_store *s;
			char *now;

			prepare();
			failed += !remake(&faults[i], n, &came);
			setting = setting_of(path_of("s.db"));
			s = open_good(&setting);
			now = all_of(s);
			assert_string_equal(now, before);
			free(now);
			sw_store_close(s);
			assert_true(n < MOST);
		}
		print_message("%s: %u of the places stopped it\n", faults[i].name, failed);
		assert_true(failed > 0);
	}
	free(before);
}

/* The same store goes on once there is room again. */
static void a_store_goes_on_when_there_is_room_again(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("t.db"));
	struct sw_store *s = open_good(&setting);
	struct sw_store_why why = { 0 };

	(void)state;
	for (unsigned n = 1; n < 40; n++) {
		struct sw_binding b = binding_of(n, "a", 100);
		bool ok;

		shim_fail(SHIM_FULL, n % 7 + 1);
		ok = sw_store_probe(s, (struct sw_wall){ n }, &why);
		(void)shim_end();
		if (!ok)
			assert_int_equal(why.trouble, SW_STORE_FULL);
		assert_true(sw_store_probe(s, (struct sw_wall){ n }, &why));
		assert_true(sw_store_begin(s, true, &why) && sw_store_put_binding(s, &b, 1, &why) &&
			    sw_store_commit(s, &why));
	}
	assert_int_equal(bindings_of(s), 39);
	sw_store_close(s);
}

/* What the file does not say is not believed either. */
static void a_realm_that_is_not_written_is_not_changed(void **state)
{
	(void)state;
	for (unsigned n = 1; n < 3; n++) {
		struct sw_store_setting setting = setting_of(path_of("r.db"));
		struct sw_store *s = open_good(&setting);
		struct sw_store_why why = { 0 };

		shim_fail(SHIM_FULL, n);
		if (sw_store_set_realm(s, SW_LIT("example.org"), &why))
			fail_msg("n = %u: it was written", n);
		assert_true(shim_end());
		apply_good(s, "{\"op\":\"add\",\"name\":\"a\",\"trunk\":\"all\","
			      "\"password\":\"x\"}\n");
		sw_store_close(s);
		sw_store_close(open_good(&setting));
		assert_int_equal(unlink(setting.path), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_fails_a_list_is_whole_or_not_there,
						folder_begin, folder_end),
		cmocka_unit_test_setup_teardown(whatever_fails_a_removed_file_is_made_again_later,
						folder_begin, folder_end),
		cmocka_unit_test_setup_teardown(a_store_goes_on_when_there_is_room_again,
						folder_begin, folder_end),
		cmocka_unit_test_setup_teardown(a_realm_that_is_not_written_is_not_changed,
						folder_begin, folder_end),
	};

	sw_person_guard();
	shim_install();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
