/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "import/lines.h"
#include "reading.h"

static const struct {
	const char *name;
	struct sw_slice start;
	enum sw_format want;
} starts[] = {
	{ "our own columns", SW_INIT("username,password\n"), SW_FORMAT_CSV },
	{ "our own columns with a mark", SW_INIT("\xef\xbb\xbf\"username\";\"password\"\r\n"),
	  SW_FORMAT_CSV },
	{ "our own hashes", SW_INIT("username,ha1_md5,ha1_sha256\n"), SW_FORMAT_CSV },
	{ "a subscriber", SW_INIT("id\tusername\tdomain\tpassword\tha1\tha1b\n"),
	  SW_FORMAT_KAMAILIO },
	{ "a subscriber without passwords", SW_INIT("username,ha1\n"), SW_FORMAT_KAMAILIO },
	{ "a database", SW_INIT("SQLite format 3\0\x10\0"), SW_FORMAT_KAMAILIO },
	{ "a section", SW_INIT("\n\n[alice]\ntype=auth\n"), SW_FORMAT_ASTERISK },
	{ "a comment", SW_INIT("; users\n[alice]\n"), SW_FORMAT_ASTERISK },
	{ "an include", SW_INIT("#include pjsip.d/*.conf\n"), SW_FORMAT_ASTERISK },
	{ "XML", SW_INIT("  <include>\n"), SW_FORMAT_FREESWITCH },
	{ "XML with a declaration", SW_INIT("<?xml version=\"1.0\"?>\n"), SW_FORMAT_FREESWITCH },
	{ "nothing", SW_INIT(""), SW_FORMAT_UNKNOWN },
	{ "empty lines", SW_INIT("\n \n\n"), SW_FORMAT_UNKNOWN },
	{ "no header", SW_INIT("alice,secret\n"), SW_FORMAT_UNKNOWN },
	{ "a shell's comment", SW_INIT("# users\n"), SW_FORMAT_UNKNOWN },
	{ "JSON", SW_INIT("{\"username\":\"alice\"}\n"), SW_FORMAT_UNKNOWN },
	{ "zeros", SW_INIT("\0\0\0\0"), SW_FORMAT_UNKNOWN },
};

static void a_format_is_told_by_its_beginning(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(starts); i++) {
		print_message("%s\n", starts[i].name);
		assert_int_equal(sw_format_guess(starts[i].start), starts[i].want);
	}
}

static void formats_have_names(void **state)
{
	(void)state;
	for (enum sw_format f = SW_FORMAT_CSV; f <= SW_FORMAT_FREESWITCH; f++)
		assert_int_equal(sw_format_named(sw_slice_of(sw_format_name(f))), f);
	assert_int_equal(sw_format_named(SW_LIT("")), SW_FORMAT_UNKNOWN);
	assert_int_equal(sw_format_named(SW_LIT("CSV")), SW_FORMAT_UNKNOWN);
}

static void what_cannot_be_read_is_said(void **state)
{
	static struct reading r;

	(void)state;
	reading_of_path(&r, SW_FORMAT_UNKNOWN, "/nowhere/users.csv");
	assert_int_equal(r.end, SW_FORMAT_FAILED);
	assert_non_null(strstr(r.faults, "/nowhere/users.csv: "));
	reading_of(&r, SW_FORMAT_UNKNOWN, SW_LIT("alice canary\n"));
	assert_int_equal(r.end, SW_FORMAT_FAILED);
	assert_non_null(strstr(r.faults, "--format"));
	reading_of(&r, SW_FORMAT_CSV, SW_LIT("SQLite format 3\0"));
	assert_int_equal(r.end, SW_FORMAT_FAILED);
	reading_of(&r, SW_FORMAT_KAMAILIO, SW_LIT("SQLite format 3\0canary"));
	assert_int_equal(r.end, SW_FORMAT_REFUSED);
}

static const struct {
	const char *name, *sql, *want;
	enum sw_format_end end;
} databases[] = {
	{ "all columns",
	  "CREATE TABLE subscriber (id INTEGER PRIMARY KEY, username, domain, password, ha1, ha1b);"
	  "INSERT INTO subscriber VALUES (7,'alice','example.test','','cafe0000000000000000000000000000','cafe0000000000000000000000000001')",
	  "7:alice h1 H1", SW_FORMAT_READ },
	{ "a blank at the end of a password",
	  "CREATE TABLE subscriber (username, password);"
	  "INSERT INTO subscriber VALUES ('alice','canary-Vb4e ')",
	  "1:alice p", SW_FORMAT_READ },
	{ "nobody", "CREATE TABLE subscriber (username, password)", "", SW_FORMAT_READ },
	{ "NULL",
	  "CREATE TABLE subscriber (username, password, ha1);"
	  "INSERT INTO subscriber VALUES ('alice',NULL,NULL),(NULL,'canary-Vb4e',NULL)",
	  "1!|2!username", SW_FORMAT_READ },
	{ "another domain",
	  "CREATE TABLE subscriber (username, domain, password);"
	  "INSERT INTO subscriber VALUES ('alice','canary.test','canary-Vb4e'),('bob','example.test','canary-Vb4e')",
	  "1!domain|2:bob p", SW_FORMAT_READ },
	{ "a blob",
	  "CREATE TABLE subscriber (username, password); INSERT INTO subscriber VALUES ('alice',x'00ff00')",
	  "1!password", SW_FORMAT_READ },
	{ "no such table", "CREATE TABLE users (username, password)", "0!", SW_FORMAT_REFUSED },
	{ "a view that goes on for ever",
	  "CREATE VIEW subscriber AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) "
	  "SELECT 'v'||x AS username, 'canary-'||x AS password FROM c",
	  "0!", SW_FORMAT_REFUSED },
	{ "a view that looks for ever",
	  "CREATE VIEW subscriber AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM c) "
	  "SELECT x AS username, x AS password FROM c WHERE x<0",
	  "0!", SW_FORMAT_REFUSED },
	{ "a table that is made up as it is read",
	  "CREATE VIRTUAL TABLE subscriber USING fts5(username, password)", "0!",
	  SW_FORMAT_REFUSED },
	{ "a column that is computed",
	  "CREATE TABLE subscriber (username, password AS (hex(zeroblob(100000000))));"
	  "INSERT INTO subscriber (username) VALUES ('alice')",
	  "0!", SW_FORMAT_REFUSED },
	{ "no column of names", "CREATE TABLE subscriber (domain, password)", "0!",
	  SW_FORMAT_REFUSED },
	{ "no column of secrets", "CREATE TABLE subscriber (username, domain)", "0!",
	  SW_FORMAT_REFUSED },
};

static void a_subscriber_in_a_database_is_read(void **state)
{
	static struct reading r;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(databases); i++) {
		char path[] = "/tmp/sipward-sub-XXXXXX";
		int fd = mkstemp(path);
		sqlite3 *db;

		print_message("%s\n", databases[i].name);
		assert_true(fd >= 0);
		close(fd);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		assert_int_equal(sqlite3_exec(db, databases[i].sql, NULL, NULL, NULL), SQLITE_OK);
		(void)sqlite3_close(db);
		reading_of_path(&r, SW_FORMAT_UNKNOWN, path);
		(void)unlink(path);
		assert_int_equal(r.format, SW_FORMAT_KAMAILIO);
		assert_int_equal(r.end, databases[i].end);
		assert_string_equal(r.text, databases[i].want);
	}
}

static void a_list_is_lines_of_json(void **state)
{
	static const char want[] =
		"{\"op\":\"add\",\"name\":\"alice\",\"row\":7,\"trunk\":\"staff\","
		"\"password\":\"a\\\"\\\\\\u0001\xc3\xa4\",\"aor\":[\"al\",\"ali\"],"
		"\"number\":[\"+49\"],\"enabled\":false}\n"
		"{\"op\":\"set\",\"name\":\"bob\",\"row\":8,\"ha1\":{\"md5\":\"00\",\"sha-512-256\":\"22\"},"
		"\"ha1_at\":{\"sha-256\":\"11\"}}\n"
		"{\"op\":\"del\",\"name\":\"carl\"}\n"
		"{\"op\":\"set\",\"name\":\"dora\",\"enabled\":true}\n";
	const struct sw_row alice = {
		.name = SW_LIT("alice"),
		.trunk = SW_LIT("staff"),
		.has_password = true,
		.password = SW_LIT("a\"\\\x01\xc3\xa4"),
		.aors = SW_LIT("al; ali;"),
		.numbers = SW_LIT("+49"),
		.is_off = true,
	};
	struct sw_row bob = { .name = SW_LIT("bob") };
	struct sw_lines l;
	char got[1024] = "";

	(void)state;
	bob.ha1[SW_ALG_MD5] = SW_LIT("00");
	bob.ha1[SW_ALG_SHA512_256] = SW_LIT("22");
	bob.ha1_at[SW_ALG_SHA256] = SW_LIT("11");
	assert_true(sw_lines_init(&l));
	sw_lines_user(&l, "add", &alice, 7);
	sw_lines_user(&l, "set", &bob, 8);
	sw_lines_del(&l, SW_LIT("carl"));
	sw_lines_enable(&l, SW_LIT("dora"), true);
	assert_true(sw_lines_end(&l));
	assert_int_equal(l.lines, 4);
	assert_int_equal(l.octets, sizeof(want) - 1);
	assert_int_equal(read(l.fd, got, sizeof(got) - 1), (ssize_t)sizeof(want) - 1);
	assert_string_equal(got, want);
	sw_lines_free(&l);
}

static void a_long_list_is_written_whole(void **state)
{
	struct sw_lines l;
	uint64_t lines = 0, octets = 0;
	char piece[4096];
	ssize_t n;

	(void)state;
	assert_true(sw_lines_init(&l));
	for (int i = 0; i < 50000; i++)
		sw_lines_del(&l, SW_LIT("somebody"));
	assert_true(sw_lines_end(&l));
	while ((n = read(l.fd, piece, sizeof(piece))) > 0) {
		octets += (uint64_t)n;
		for (ssize_t i = 0; i < n; i++)
			lines += piece[i] == '\n';
	}
	assert_int_equal(lines, 50000);
	assert_int_equal(octets, l.octets);
	sw_lines_free(&l);
}

static const struct {
	const char *name, *password, *want;
} passwords[] = {
	{ "alice", "Vb4e-tQ9m-Zk2x-77Ls", NULL },
	{ "alice", "correct horse battery", NULL },
	{ "al", "albatross9", NULL },
	{ "1000", "492817463528", NULL },
	{ "alice", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", NULL },
	{ "alice", "Vb4etQ9", "less than 8" },
	{ "alice", "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f", "less than 8" },
	{ "switchboard", "SwitchBoard", "name itself" },
	{ "alice", "xxalice99", "name in it" },
	{ "alice", "ALICE-2026", "name in it" },
	{ "alice", "password", "guessers" },
	{ "alice", "Passw0rd", "guessers" },
	{ "alice", "aaaaaaaaaaaa", "one character" },
	{ "alice", "12345678", "short number" },
	{ "alice", "49281746352", "short number" },
};

static void weak_passwords_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(passwords); i++) {
		const char *got = sw_row_weakness(sw_slice_of(passwords[i].name),
						  sw_slice_of(passwords[i].password));

		print_message("%s\n", passwords[i].password);
		if (passwords[i].want) {
			assert_non_null(got);
			assert_non_null(strstr(got, passwords[i].want));
		} else {
			assert_null(got);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_format_is_told_by_its_beginning),
		cmocka_unit_test(formats_have_names),
		cmocka_unit_test(what_cannot_be_read_is_said),
		cmocka_unit_test(a_subscriber_in_a_database_is_read),
		cmocka_unit_test(a_list_is_lines_of_json),
		cmocka_unit_test(a_long_list_is_written_whole),
		cmocka_unit_test(weak_passwords_are_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
