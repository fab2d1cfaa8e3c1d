/* SPDX-License-Identifier: Apache-2.0 */
/* What can be wrong with the file, and that nothing is changed then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "people_of.h"

#define ALICE \
	"{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":\"wren-cobalt-71\"}\n"

/* A database with alice, closed. */
static const char *with_alice(void)
{
	const char *path = path_of("s.db");
	struct sw_store_setting setting = setting_of(path);
	struct sw_store *s = open_good(&setting);

	apply_good(s, ALICE);
	sw_store_close(s);
	return path;
}

/* Other programs' hands on the file. */
static void execute(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void write_file(const char *path, const char *text, size_t n)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0640);

	assert_int_equal(write(fd, text, n), n);
	close(fd);
}

static void assert_refused(struct sw_store_setting setting, enum sw_store_trouble want)
{
	struct sw_store_why why;
	enum sw_store_trouble got = open_bad(&setting, &why);

	print_message("%s\n", why.text);
	assert_int_equal(got, want);
}

static void a_new_file_is_made_and_found_again(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s = open_good(&setting);
	struct stat st;
	char *before, *after;

	(void)state;
	assert_int_equal(sw_store_users(s), 0);
	apply_good(s, ALICE);
	before = all_of(s);
	sw_store_close(s);
	assert_int_equal(stat(setting.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	s = open_good(&setting);
	assert_int_equal(sw_store_users(s), 1);
	after = all_of(s);
	assert_string_equal(before, after);
	sw_store_close(s);
	free(before);
	free(after);
}

static void whoever_writes_has_the_file_alone(void **state)
{
	struct sw_store_setting setting = setting_of(with_alice()), look = setting;
	struct sw_store *s = open_good(&setting);

	(void)state;
	assert_refused(setting, SW_STORE_LOCKED);
	look.is_read = true;
	assert_refused(look, SW_STORE_LOCKED);
	sw_store_close(s);
	s = open_good(&look);
	assert_int_equal(sw_store_users(s), 1);
	sw_store_close(s);
}

static void somebody_elses_lock_is_told(void **state)
{
	const char *path = with_alice();
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
	assert_refused(setting_of(path), SW_STORE_LOCKED);
	sqlite3_close(db);
	sw_store_close(open_good(&(struct sw_store_setting){ .kind = SW_STORE_SQLITE,
							     .path = path,
							     .realm = SW_INIT("example.com"),
							     .seal = test_key,
							     .draw = test_random }));
}

static void a_store_that_is_read_changes_nothing(void **state)
{
	struct sw_store_setting setting = setting_of(with_alice());
	struct sw_store_why why = { 0 };
	struct sw_store *s;

	(void)state;
	setting.is_read = true;
	s = open_good(&setting);
	assert_false(sw_store_takes_users(s));
	assert_int_equal(apply(s, ALICE), SW_PEOPLE_FAILED);
	assert_false(sw_store_probe(s, (struct sw_wall){ 1 }, &why));
	sw_store_close(s);
	setting = setting_of(path_of("none.db"));
	setting.is_read = true;
	assert_refused(setting, SW_STORE_NO_FILE);
	assert_int_not_equal(access(setting.path, F_OK), 0);
}

/* Another user's look would leave files that the door's cannot write. */
static void a_look_leaves_nothing_beside_the_file(void **state)
{
	struct sw_store_setting setting;
	struct sw_store *s;

	(void)state;
	assert_int_equal(mkdir(path_of("50%?#"), 0700), 0);
	setting = setting_of(path_of("50%?#/s.db"));
	s = open_good(&setting);
	apply_good(s, ALICE);
	sw_store_close(s);
	setting.is_read = true;
	s = open_good(&setting);
	assert_int_equal(sw_store_users(s), 1);
	assert_int_not_equal(access(path_of("50%?#/s.db-shm"), F_OK), 0);
	assert_int_not_equal(access(path_of("50%?#/s.db-wal"), F_OK), 0);
	sw_store_close(s);
}

static void no_directory_no_database(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("none/s.db"));

	(void)state;
	assert_refused(setting, SW_STORE_NO_DIRECTORY);
	setting.is_read = true;
	assert_refused(setting, SW_STORE_NO_DIRECTORY);
	write_file(path_of("file"), "x", 1);
	assert_refused(setting_of(path_of("file/s.db")), SW_STORE_NO_DIRECTORY);
}

static void what_is_no_database_is_left_alone(void **state)
{
	static const char text[] =
		"realm example.com\nlisten udp 127.0.0.1:5060\n and so on, until "
		"it is longer than the head of a database, which has a hundred";
	char kept[sizeof(text)];
	const char *path = path_of("text");
	int fd;

	(void)state;
	write_file(path, text, sizeof(text));
	assert_refused(setting_of(path), SW_STORE_NO_DATABASE);
	fd = open(path, O_RDONLY);
	assert_int_equal(read(fd, kept, sizeof(kept)), sizeof(kept));
	close(fd);
	assert_memory_equal(kept, text, sizeof(text));
	assert_int_equal(mkdir(path_of("folder"), 0700), 0);
	assert_refused(setting_of(path_of("folder")), SW_STORE_NO_DATABASE);
}

static void others_databases_are_not_ours(void **state)
{
	const char *path = path_of("s.db");

	(void)state;
	execute(path, "CREATE TABLE user (name TEXT)");
	assert_int_equal(chmod(path, 0640), 0);
	assert_refused(setting_of(path), SW_STORE_FOREIGN);
	execute(path, "PRAGMA application_id = 7; PRAGMA user_version = 1");
	assert_refused(setting_of(path), SW_STORE_FOREIGN);
}

static void a_newer_schema_is_refused_and_left_alone(void **state)
{
	const char *path = with_alice();

	(void)state;
	execute(path, "PRAGMA user_version = 3");
	assert_refused(setting_of(path), SW_STORE_NEWER);
	execute(path, "PRAGMA user_version = 2");
	sw_store_close(open_good(&(struct sw_store_setting){ .kind = SW_STORE_SQLITE,
							     .path = path,
							     .realm = SW_INIT("example.com"),
							     .seal = test_key,
							     .draw = test_random }));
}

static void a_schema_that_is_not_ours_is_damage(void **state)
{
	const char *path = with_alice();

	(void)state;
	execute(path, "ALTER TABLE user DROP COLUMN box");
	assert_refused(setting_of(path), SW_STORE_CORRUPT);
}

static void a_file_that_others_may_read_is_refused(void **state)
{
	const char *path = with_alice();

	(void)state;
	assert_int_equal(chmod(path, 0644), 0);
	assert_refused(setting_of(path), SW_STORE_EXPOSED);
	assert_int_equal(chmod(path, 0642), 0);
	assert_refused(setting_of(path), SW_STORE_EXPOSED);
}

static void users_of_another_realm_are_refused(void **state)
{
	struct sw_store_setting setting = setting_of(with_alice());

	(void)state;
	setting.realm = SW_LIT("example.org");
	assert_refused(setting, SW_STORE_REALM);
}

static void a_store_without_users_takes_any_realm_and_key(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));

	(void)state;
	sw_store_close(open_good(&setting));
	setting.realm = SW_LIT("example.org");
	setting.seal = other_key;
	sw_store_close(open_good(&setting));
	setting.seal = NULL;
	sw_store_close(open_good(&setting));
}

static void the_wrong_key_and_none_are_told_at_once(void **state)
{
	struct sw_store_setting setting = setting_of(with_alice());

	(void)state;
	setting.seal = other_key;
	assert_refused(setting, SW_STORE_KEY_WRONG);
	setting.seal = NULL;
	assert_refused(setting, SW_STORE_KEY_NONE);
}

static void without_a_key_no_user_is_taken(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s;

	(void)state;
	setting.seal = NULL;
	s = open_good(&setting);
	assert_false(sw_store_takes_users(s));
	assert_int_equal(apply(s, ALICE), SW_PEOPLE_FAILED);
	assert_int_equal(report.why.trouble, SW_STORE_KEY_NONE);
	assert_int_equal(sw_store_users(s), 0);
	sw_store_close(s);
}

/* Each octet of each page: opened with all it had, or refused; never less without a word. */
static void flipped_octets_are_damage_or_nothing(void **state)
{
	const char *path = with_alice();
	struct sw_store_setting setting = setting_of(path);
	struct stat st;
	size_t refused = 0;
	int fd = open(path, O_RDWR);

	(void)state;
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t at = 0; at < st.st_size; at += 211) {
		struct sw_store_why why;
		struct sw_store *s;
		struct sw_user u;
		unsigned char octet, flipped;

		assert_int_equal(pread(fd, &octet, 1, at), 1);
		flipped = octet ^ 0xff;
		assert_int_equal(pwrite(fd, &flipped, 1, at), 1);
		s = sw_store_open(&setting, &why);
		if (!s || sw_store_user(s, SW_LIT("alice"), &u, &why) != SW_STORE_ROW)
			refused++;
		if (!s)
			assert_true(why.text[0] != '\0');
		sw_store_close(s);
		assert_int_equal(pwrite(fd, &octet, 1, at), 1);
	}
	close(fd);
	assert_true(refused > 0);
}

/* What is cut off may be unused: then everything is still there. */
static void assert_damaged_or_whole(const char *path, const char *whole)
{
	struct sw_store_setting setting = setting_of(path);
	struct sw_store_why why;
	struct sw_store *s = sw_store_open(&setting, &why);
	char *now = s ? all_of(s) : NULL;

	if (s) {
		assert_string_equal(now, whole);
	} else {
		print_message("%s\n", why.text);
		assert_true(why.trouble == SW_STORE_CORRUPT ||
			    why.trouble == SW_STORE_NO_DATABASE || why.trouble == SW_STORE_FOREIGN);
	}
	free(now);
	sw_store_close(s);
}

static void a_file_cut_short_is_damage(void **state)
{
	const char *path = with_alice();
	struct sw_store_setting setting = setting_of(path);
	struct sw_store *s = open_good(&setting);
	char *whole = all_of(s);
	struct sw_store_why why;
	struct stat st;

	(void)state;
	sw_store_close(s);
	assert_int_equal(stat(path, &st), 0);
	for (off_t n = st.st_size - 1; n > 200; n = n * 2 / 3) {
		assert_int_equal(truncate(path, n), 0);
		assert_damaged_or_whole(path, whole);
	}
	(void)open_bad(&setting, &why);
	free(whole);
}

/* The sealed box of one user put under another's name, a changed trunk of algorithms. */
static void boxes_that_were_moved_stay_closed(void **state)
{
	static const char *const changes[] = {
		"UPDATE user SET name = 'mallory'",
		"UPDATE user SET algorithms = algorithms - 2",
		"UPDATE user SET box = zeroblob(length(box))",
		"UPDATE user SET box = substr(box, 1, 20)",
		"UPDATE user SET algorithms = 65535",
		"UPDATE user SET entries = zeroblob(300)",
		"UPDATE user SET entries = x'6103626f62'",
		"UPDATE user SET trunk = 'new'",
		"UPDATE user SET off = 1",
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(changes); i++) {
		const char *path = with_alice();
		struct sw_store_setting setting = setting_of(path);
		struct sw_store *s;
		struct sw_store_why why;
		struct sw_user u;

		print_message("%s\n", changes[i]);
		execute(path, changes[i]);
		s = open_good(&setting);
		assert_int_equal(
			sw_store_user(s, i == 0 ? SW_LIT("mallory") : SW_LIT("alice"), &u, &why),
			SW_STORE_ROW_FAILED);
		assert_int_equal(why.trouble, SW_STORE_CORRUPT);
		sw_store_close(s);
		assert_int_equal(unlink(path), 0);
	}
}

static void a_removed_file_is_noticed_and_made_again(void **state)
{
	const char *path = with_alice();
	struct sw_store_setting setting = setting_of(path);
	struct sw_store *s = open_good(&setting);
	struct sw_store_why why;
	char *before = all_of(s), *after;

	(void)state;
	assert_true(sw_store_is_there(s, &why));
	assert_int_equal(unlink(path), 0);
	assert_false(sw_store_is_there(s, &why));
	assert_int_equal(why.trouble, SW_STORE_NO_FILE);
	assert_true(sw_store_remake(s, &why));
	assert_true(sw_store_is_there(s, &why));
	sw_store_close(s);
	s = open_good(&setting);
	after = all_of(s);
	assert_string_equal(before, after);
	sw_store_close(s);
	free(before);
	free(after);
}

static void copy_file(const char *from, const char *to)
{
	static char octets[1 << 20];
	int fd = open(from, O_RDONLY);
	ssize_t n = read(fd, octets, sizeof(octets));

	close(fd);
	if (n >= 0)
		write_file(to, octets, (size_t)n);
}

/* What a start after the end of power would find. */
static void assert_on_disk(const char *users)
{
	char from[128], to[128];
	struct sw_store_setting setting;
	struct sw_store *s;
	char *found;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(from, sizeof(from), "%s", path_of(i ? "s.db-wal" : "s.db"));
		(void)snprintf(to, sizeof(to), "%s", path_of(i ? "t.db-wal" : "t.db"));
		(void)unlink(to);
		copy_file(from, to);
	}
	setting = setting_of(path_of("t.db"));
	s = open_good(&setting);
	found = all_of(s);
	assert_string_equal(found, users);
	free(found);
	sw_store_close(s);
}

static void a_removed_log_is_noticed_and_made_again(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s = open_good(&setting);
	struct sw_store_why why;
	char *users;

	(void)state;
	apply_good(s, ALICE);
	for (int i = 0; i < 3; i++) {
		assert_true(sw_store_is_there(s, &why));
		assert_int_equal(unlink(path_of("s.db-wal")), 0);
		assert_false(sw_store_is_there(s, &why));
		if (!sw_store_remake(s, &why))
			fail_msg("%s", why.text);
		assert_true(sw_store_is_there(s, &why));
		users = all_of(s);
		assert_on_disk(users);
		free(users);
	}
	sw_store_close(s);
}

/* Also when nobody has looked yet. */
static void a_removed_log_takes_no_acknowledged_user_along(void **state)
{
	struct sw_store_setting setting = setting_of(path_of("s.db"));
	struct sw_store *s = open_good(&setting);
	char *users;

	(void)state;
	apply_good(s, ALICE);
	users = all_of(s);
	assert_int_equal(unlink(path_of("s.db-wal")), 0);
	assert_on_disk(users);
	free(users);
	sw_store_close(s);
}

/* The old log beside a new file would be taken for its own. */
static void a_file_made_again_is_whole_beside_an_old_log(void **state)
{
	const char *path = with_alice();
	struct sw_store_setting setting = setting_of(path);
	struct sw_store *s = open_good(&setting);
	struct sw_store_why why;
	char *users;

	(void)state;
	apply_good(s, "{\"op\":\"add\",\"name\":\"bob\",\"trunk\":\"all\",\"password\":\"x\"}\n");
	assert_int_equal(unlink(path), 0);
	assert_true(sw_store_remake(s, &why));
	users = all_of(s);
	assert_on_disk(users);
	free(users);
	sw_store_close(s);
}

static void another_file_in_its_place_is_not_written_over(void **state)
{
	const char *path = with_alice();
	struct sw_store_setting setting = setting_of(path);
	struct sw_store *s = open_good(&setting);
	struct sw_store_why why;

	(void)state;
	assert_int_equal(unlink(path), 0);
	write_file(path, "mine", 4);
	assert_false(sw_store_is_there(s, &why));
	assert_false(sw_store_remake(s, &why));
	assert_int_equal(sw_store_users(s), 1);
	sw_store_close(s);
	assert_int_equal(unlink(path), 0);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_begin, folder_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(a_new_file_is_made_and_found_again),
		IN_FOLDER(whoever_writes_has_the_file_alone),
		IN_FOLDER(somebody_elses_lock_is_told),
		IN_FOLDER(a_store_that_is_read_changes_nothing),
		IN_FOLDER(a_look_leaves_nothing_beside_the_file),
		IN_FOLDER(no_directory_no_database),
		IN_FOLDER(what_is_no_database_is_left_alone),
		IN_FOLDER(others_databases_are_not_ours),
		IN_FOLDER(a_newer_schema_is_refused_and_left_alone),
		IN_FOLDER(a_schema_that_is_not_ours_is_damage),
		IN_FOLDER(a_file_that_others_may_read_is_refused),
		IN_FOLDER(users_of_another_realm_are_refused),
		IN_FOLDER(a_store_without_users_takes_any_realm_and_key),
		IN_FOLDER(the_wrong_key_and_none_are_told_at_once),
		IN_FOLDER(without_a_key_no_user_is_taken),
		IN_FOLDER(flipped_octets_are_damage_or_nothing),
		IN_FOLDER(a_file_cut_short_is_damage),
		IN_FOLDER(boxes_that_were_moved_stay_closed),
		IN_FOLDER(a_removed_file_is_noticed_and_made_again),
		IN_FOLDER(a_removed_log_is_noticed_and_made_again),
		IN_FOLDER(a_removed_log_takes_no_acknowledged_user_along),
		IN_FOLDER(a_file_made_again_is_whole_beside_an_old_log),
		IN_FOLDER(another_file_in_its_place_is_not_written_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
