/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of bindings in any order, and more than once: what is newest counts, and what has ended
 * never comes back. And databases that were made before changes had numbers.
 */
#include "vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "people_of.h"

#define ALICE "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":\"x\"}\n"
#define BOB   "{\"op\":\"add\",\"name\":\"bob\",\"trunk\":\"all\",\"password\":\"x\"}\n"

static struct sw_store_why why;

static struct sw_store_stamp stamp(uint64_t seq, int64_t at_s)
{
	return (struct sw_store_stamp){ seq, { at_s * SW_US_PER_S } };
}

static void put(struct sw_store *s, uint64_t id, uint64_t seq, int64_t expires_s)
{
	struct sw_binding b = binding_of(id, "alice", expires_s);

	assert_true(sw_store_put_binding(s, &b, seq, &why));
}

static void drop(struct sw_store *s, uint64_t id, uint64_t seq, int64_t at_s)
{
	assert_true(sw_store_drop_binding(s, id, stamp(seq, at_s), &why));
}

static bool take_expiry(void *arg, const struct sw_binding *b)
{
	*(int64_t *)arg = b->expires_s;
	return true;
}

/* Of the only binding; 0: there is none. */
static int64_t expiry(struct sw_store *s)
{
	int64_t at_s = 0;

	assert_in_range(bindings_of(s), 0, 1);
	assert_true(sw_store_each_binding(s, take_expiry, &at_s, &why));
	return at_s;
}

static struct sw_store *open_new(void)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));

	return open_good(&setting);
}

enum kind {
	NOTHING,
	PUT,
	END
};

static const struct {
	const char *name;
	struct {
		enum kind kind;
		uint64_t seq;
	} change[4];
	int64_t want; /* number of the put that counts; 0: it has ended */
} rows[] = {
	{ "in their order", { { PUT, 1 }, { PUT, 2 } }, 2 },
	{ "the older one later", { { PUT, 2 }, { PUT, 1 } }, 2 },
	{ "one twice", { { PUT, 1 }, { PUT, 1 } }, 1 },
	{ "an end", { { PUT, 1 }, { END, 2 } }, 0 },
	{ "an end before what it ends", { { END, 2 }, { PUT, 1 } }, 0 },
	{ "an end twice", { { PUT, 1 }, { END, 2 }, { END, 2 } }, 0 },
	{ "an end, and all of it again", { { PUT, 1 }, { END, 2 }, { PUT, 1 }, { END, 2 } }, 0 },
	{ "an end, and an older refresh", { { PUT, 1 }, { END, 3 }, { PUT, 2 } }, 0 },
	{ "an older end", { { PUT, 3 }, { END, 2 } }, 3 },
	{ "an older end later, and older still", { { PUT, 3 }, { END, 2 }, { PUT, 1 } }, 3 },
	{ "two ends, the older one later", { { END, 3 }, { END, 1 }, { PUT, 2 } }, 0 },
	{ "a newer one after an end", { { PUT, 1 }, { END, 2 }, { PUT, 3 } }, 3 },
	{ "numbers at their end", { { PUT, INT64_MAX }, { PUT, 1 } }, INT64_MAX },
};

static void what_is_newest_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_store *s = open_new();

		print_message("%s\n", rows[i].name);
		assert_true(sw_store_begin(s, true, &why));
		for (size_t k = 0; k < 4; k++) {
			uint64_t seq = rows[i].change[k].seq;

			if (rows[i].change[k].kind == PUT)
				put(s, i + 1, seq, (int64_t)seq);
			else if (rows[i].change[k].kind == END)
				drop(s, i + 1, seq, 0);
		}
		assert_int_equal(expiry(s), rows[i].want);
		sw_store_rollback(s);
		sw_store_close(s);
	}
}

static void a_mark_goes_when_it_is_old_in_both_ways(void **state)
{
	static const struct {
		const char *name;
		uint64_t seq;
		int64_t at_s;
		bool is_gone;
	} marks[] = {
		{ "younger in both", 5, 100, false },
		{ "its time is over, but somebody may still name it", 10, 101, false },
		{ "nobody names it, but it is young", 11, 100, false },
		{ "old in both", 11, 101, true },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(marks); i++) {
		struct sw_store *s = open_new();

		print_message("%s\n", marks[i].name);
		assert_true(sw_store_begin(s, true, &why));
		drop(s, 1, 10, 100);
		assert_true(sw_store_drop_marks(s, stamp(marks[i].seq, marks[i].at_s), &why));
		put(s, 1, 9, 7);
		assert_int_equal(expiry(s) > 0, marks[i].is_gone);
		sw_store_rollback(s);
		sw_store_close(s);
	}
}

static void bindings_that_go_with_their_user_stay_away(void **state)
{
	struct sw_store *s = open_new();
	struct sw_binding of_bob = binding_of(3, "bob", 300);

	(void)state;
	apply_good(s, ALICE BOB);
	assert_true(sw_store_begin(s, true, &why));
	put(s, 1, 1, 100);
	put(s, 2, 2, 200);
	assert_true(sw_store_put_binding(s, &of_bob, 3, &why));
	assert_true(sw_store_commit(s, &why));
	sw_store_stamp(s, stamp(9, 0));
	apply_good(s, "{\"op\":\"del\",\"name\":\"alice\"}\n" ALICE);
	assert_int_equal(bindings_of(s), 1);
	put(s, 1, 1, 100); /* what a worker wrote before it heard of it */
	put(s, 2, 8, 200);
	assert_int_equal(bindings_of(s), 1);
	put(s, 4, 10, 200); /* of the new alice */
	assert_int_equal(bindings_of(s), 2);
	sw_store_close(s);
}

static void numbers_go_on_after_a_start(void **state)
{
	struct sw_store *s = open_new();

	(void)state;
	assert_int_equal(sw_store_seq(s), 0);
	put(s, 1, 41, 100);
	drop(s, 2, 42, 0);
	assert_int_equal(sw_store_seq(s), 42);
	sw_store_close(s);
	s = open_new();
	assert_int_equal(sw_store_seq(s), 42);
	assert_true(sw_store_begin(s, true, &why) && sw_store_keep_seq(s, 77, &why) &&
		    sw_store_commit(s, &why));
	assert_true(sw_store_drop_marks(s, stamp(100, 100), &why));
	assert_true(sw_store_begin(s, true, &why) && sw_store_keep_seq(s, 5, &why) &&
		    sw_store_commit(s, &why));
	sw_store_close(s);
	s = open_new();
	assert_int_equal(sw_store_seq(s), 77);
	sw_store_close(s);
}

/* As the first version left it: see the file. */
static void make_version_1(void)
{
	struct vectors v;
	char *sql;
	sqlite3 *db;

	vectors_open(&v, "store/version-1.sql");
	sql = strndup(v.text.p, v.text.n);
	assert_int_equal(sqlite3_open(path_of("s.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_int_equal(chmod(path_of("s.db"), 0640), 0);
	vectors_close(&v);
	free(sql);
}

static int64_t ask(const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *row;
	int64_t n;

	assert_int_equal(sqlite3_open(path_of("s.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	n = sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	sqlite3_close(db);
	return n;
}

static void a_database_of_version_1_goes_on(void **state)
{
	struct sw_store *s;
	struct sw_user u;

	(void)state;
	make_version_1();
	assert_int_equal(ask("PRAGMA user_version"), 1);
	s = open_new();
	assert_int_equal(sw_store_users(s), 2);
	assert_int_equal(sw_store_user(s, SW_LIT("alice"), &u, &why), SW_STORE_ROW);
	assert_int_equal(sw_store_user(s, SW_LIT("bob"), &u, &why), SW_STORE_ROW);
	assert_int_equal(expiry(s), 2000000000);
	assert_int_equal(sw_store_seq(s), 0);
	put(s, 4247979875942380595u, 1, 2000000001);
	assert_int_equal(expiry(s), 2000000001);
	sw_store_close(s);
	assert_int_equal(ask("PRAGMA user_version"), 2);
	assert_int_equal(
		ask("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
	s = open_new();
	assert_int_equal(expiry(s), 2000000001);
	assert_int_equal(sw_store_seq(s), 1);
	sw_store_close(s);
}

/* Whoever only looks must not change it. */
static void a_database_of_version_1_that_is_read_is_left_alone(void **state)
{
	struct sw_store_setting look = setting_of(path_of("s.db"));
	struct sw_store *s;
	struct sw_user u;

	(void)state;
	make_version_1();
	look.is_read = true;
	s = open_good(&look);
	assert_int_equal(sw_store_users(s), 2);
	assert_int_equal(sw_store_user(s, SW_LIT("alice"), &u, &why), SW_STORE_ROW);
	assert_int_equal(expiry(s), 2000000000);
	sw_store_close(s);
	assert_int_equal(ask("PRAGMA user_version"), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, folder_begin, folder_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_is_newest_counts),
		CASE(a_mark_goes_when_it_is_old_in_both_ways),
		CASE(bindings_that_go_with_their_user_stay_away),
		CASE(numbers_go_on_after_a_start),
		CASE(a_database_of_version_1_goes_on),
		CASE(a_database_of_version_1_that_is_read_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
