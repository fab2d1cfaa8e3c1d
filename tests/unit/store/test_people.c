/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of people: what is taken, and the many things that are not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "people_of.h"

#define CANARY   "hunter2-canary"
#define PASS     "\"password\":\"" CANARY "\""
#define ADD(who) "{\"op\":\"add\",\"name\":\"" who "\",\"trunk\":\"all\"," PASS "}\n"
#define MD5      "0123456789abcdef0123456789ABCDEF"
#define SHA      MD5 MD5
#define NAME64   "0123456789012345678901234567890123456789012345678901234567890123"

static struct sw_store *store(void)
{
	struct sw_store_setting setting = setting_of(NULL);
	struct sw_store *s = open_good(&setting);

	apply_good(s, "{\"op\":\"add\",\"name\":\"zoe\",\"trunk\":\"all\"," PASS
		      ",\"aor\":[\"zoe\",\"boss\"],\"number\":[\"+4930555\"]}\n");
	return s;
}

static const struct {
	const char *name, *line, *want; /* a part of the message */
} bad[] = {
	{ "no JSON", "add,alice,secret-" CANARY, "no object" },
	{ "JSON cut off", "{\"op\":\"add\",\"name\":\"alice\"," PASS, "no object" },
	{ "an array", "[\"add\"]", "no object" },
	{ "a key twice", "{\"op\":\"add\",\"op\":\"add\",\"name\":\"a\"," PASS "}", "no object" },
	{ "not UTF-8", "{\"op\":\"add\",\"name\":\"\xff\"}", "no object" },
	{ "no op", "{\"name\":\"alice\",\"trunk\":\"all\"," PASS "}", "op is missing" },
	{ "another op", "{\"op\":\"upsert\",\"name\":\"alice\"}", "add, set or del" },
	{ "op is a number", "{\"op\":1,\"name\":\"alice\"}", "add, set or del" },
	{ "no name", "{\"op\":\"add\",\"trunk\":\"all\"," PASS "}", "no name" },
	{ "an empty name", "{\"op\":\"del\",\"name\":\"\"}", "no name" },
	{ "a name that is no text", "{\"op\":\"add\",\"name\":7}", "name is not a text" },
	{ "a name with a blank", "{\"op\":\"add\",\"name\":\"a b\",\"trunk\":\"all\"," PASS "}",
	  "no name of a user" },
	{ "a name with @", "{\"op\":\"add\",\"name\":\"a@b\",\"trunk\":\"all\"," PASS "}",
	  "no name of a user" },
	{ "a name with NUL", "{\"op\":\"add\",\"name\":\"a\\u0000b\",\"trunk\":\"all\"," PASS "}",
	  "no name of a user" },
	{ "a name of 65 octets",
	  "{\"op\":\"add\",\"name\":\"" NAME64 "4\",\"trunk\":\"all\"," PASS "}",
	  "no name of a user" },
	{ "an unknown key", "{\"op\":\"add\",\"name\":\"alice\",\"passwrd\":\"" CANARY "\"}",
	  "a key is unknown" },
	{ "row is no number", "{\"op\":\"add\",\"row\":\"7\",\"name\":\"alice\"}", "row is not" },
	{ "row is negative", "{\"op\":\"add\",\"row\":-7,\"name\":\"alice\"}", "row is not" },
	{ "no trunk", "{\"op\":\"add\",\"name\":\"alice\"," PASS "}", "no trunk" },
	{ "an unknown trunk", "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"alle\"," PASS "}",
	  "no trunk or phones of this name" },
	{ "a trunk without digest",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"none\"," PASS "}", "takes no digest" },
	{ "no password", "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"}", "no password" },
	{ "an empty password",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":\"\"}", "empty" },
	{ "a password of two lines",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":\"" CANARY "\\nx\"}",
	  "one line" },
	{ "a password with NUL",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":\"" CANARY
	  "\\u0000\"}",
	  "one line" },
	{ "a password of 257 octets",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":\"" NAME64 NAME64
		  NAME64 NAME64 "4\"}",
	  "256 octets" },
	{ "a password that is no text",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":12345678}",
	  "password is not a text" },
	{ "password and ha1",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"ha1\":{\"md5\":\"" MD5
	  "\"}}",
	  "one of them" },
	{ "an ha1 too short",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":{\"md5\":\"0123\"}}",
	  "32 hexadecimal" },
	{ "an ha1 too long",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":{\"md5\":\"" SHA "\"}}",
	  "32 hexadecimal" },
	{ "an ha1 of another length",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":{\"sha-256\":\"" MD5 "\"}}",
	  "64 hexadecimal" },
	{ "an ha1 that is no hex",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1_at\":{\"md5\":"
	  "\"0123456789abcdef0123456789abcdeg\"}}",
	  "ha1_at of md5" },
	{ "an ha1 that is no text",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":{\"md5\":null}}",
	  "32 hexadecimal" },
	{ "an ha1 of an unknown algorithm",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":{\"sha1\":\"" MD5 "\"}}",
	  "nothing else" },
	{ "an ha1 of a -sess form",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":{\"md5-sess\":\"" MD5
	  "\"}}",
	  "nothing else" },
	{ "an ha1 that is no object",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":\"" MD5 "\"}",
	  "not an object" },
	{ "an empty ha1", "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1\":{}}",
	  "give a password" },
	{ "MD5 alone, and the trunk takes none",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"new\",\"ha1\":{\"md5\":\"" MD5 "\"}}",
	  "takes no algorithm" },
	{ "enabled is no switch", "{\"op\":\"set\",\"name\":\"zoe\",\"enabled\":\"no\"}",
	  "true or false" },
	{ "an aor that is no list",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"aor\":\"alice\"}",
	  "not a list" },
	{ "an aor with its domain",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS
	  ",\"aor\":[\"alice@example.com\"]}",
	  "before the @" },
	{ "an aor twice",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"aor\":[\"a\",\"a\"]}",
	  "twice" },
	{ "an aor in another case",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"aor\":[\"Boss\"]}",
	  "the address Boss belongs to zoe" },
	{ "a name in another case",
	  "{\"op\":\"add\",\"name\":\"Zoe\",\"trunk\":\"all\"," PASS ",\"aor\":[\"z\"]}",
	  "there is zoe already, which differs only in case" },
	{ "an aor that is a name of the configuration",
	  "{\"op\":\"add\",\"name\":\"carol\",\"trunk\":\"all\"," PASS ",\"aor\":[\"conrad\"]}",
	  "the address conrad belongs to conrad of the configuration (a.conf:7)" },
	{ "likewise in another case",
	  "{\"op\":\"add\",\"name\":\"carol\",\"trunk\":\"all\"," PASS
	  ",\"aor\":[\"c\",\"CONRAD\"]}",
	  "belongs to conrad of the configuration" },
	{ "an aor that is a name kept for somebody",
	  "{\"op\":\"add\",\"name\":\"carol\",\"trunk\":\"all\"," PASS ",\"aor\":[\"rita\"]}",
	  "belongs to rita of the configuration (a.conf:9)" },
	{ "a name of the configuration in another case",
	  "{\"op\":\"add\",\"name\":\"Conrad\",\"trunk\":\"all\"," PASS "}",
	  "has conrad (a.conf:7), which differs only in case" },
	{ "an aor of somebody else",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"aor\":[\"boss\"]}",
	  "the address boss belongs to zoe" },
	{ "a name that is somebody's aor",
	  "{\"op\":\"add\",\"name\":\"boss\",\"trunk\":\"all\"," PASS "}",
	  "the address boss belongs to zoe" },
	{ "a number of somebody else",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS
	  ",\"number\":[\"+49 (30) 555\"]}",
	  "the number +4930555 belongs to zoe" },
	{ "a number with letters",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS
	  ",\"number\":[\"+49vanity\"]}",
	  "a number is none" },
	{ "a number of 32 digits",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS
	  ",\"number\":[\"12345678901234567890123456789012\"]}",
	  "a number is none" },
	{ "a name that is a word of the language",
	  "{\"op\":\"add\",\"name\":\"none\",\"trunk\":\"all\"," PASS "}",
	  "a word of the configuration's language" },
	{ "a number that is a plus",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"number\":[\"+\"]}",
	  "a number is none" },
	{ "a plus inside a number",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"number\":[\"4+9\"]}",
	  "a number is none" },
	{ "a number that is a number",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"number\":[4930]}",
	  "a number is none" },
	{ "more aors than fit",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\"," PASS ",\"aor\":[\"" NAME64
	  "\",\"a23456789012345678901234567890123456789012345678901234567890123\","
	  "\"b23456789012345678901234567890123456789012345678901234567890123\","
	  "\"c23456789012345678901234567890123456789012345678901234567890123\"]}",
	  "256 octets" },
	{ "a name that is there", "{\"op\":\"add\",\"name\":\"zoe\",\"trunk\":\"all\"," PASS "}",
	  "already" },
	{ "a name of the configuration",
	  "{\"op\":\"add\",\"name\":\"conrad\",\"trunk\":\"all\"," PASS "}", "(a.conf:7)" },
	{ "a name that is kept for another trunk",
	  "{\"op\":\"add\",\"name\":\"rita\",\"trunk\":\"all\"," PASS "}",
	  "keeps this name for new (a.conf:9)" },
	{ "set of nobody", "{\"op\":\"set\",\"name\":\"nobody\",\"enabled\":true}", "no user" },
	{ "del of nobody", "{\"op\":\"del\",\"name\":\"nobody\"}", "no user" },
	{ "del of a user of the configuration", "{\"op\":\"del\",\"name\":\"conrad\"}",
	  "in the configuration (a.conf:7)" },
	{ "a trunk that takes none of the hashes",
	  "{\"op\":\"set\",\"name\":\"zoe\",\"trunk\":\"none\"}", "takes no digest" },
};

static void a_bad_row_is_named_and_nothing_is_changed(void **state)
{
	struct sw_store *s = store();
	char *before = all_of(s);

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(bad); i++) {
		char lines[4096], *after;

		(void)snprintf(lines, sizeof(lines), "%s%s\n%s", ADD("first"), bad[i].line,
			       ADD("last"));
		print_message("%s: ", bad[i].name);
		assert_int_equal(apply(s, lines), SW_PEOPLE_BAD_ROWS);
		print_message("%s\n", report.first[0].message);
		assert_int_equal(report.bad, 1);
		assert_int_equal(report.first[0].row, 2);
		assert_non_null(strstr(report.first[0].message, bad[i].want));
		assert_null(strstr(report.first[0].message, CANARY));
		assert_int_equal(report.added + report.changed + report.deleted, 0);
		after = all_of(s);
		assert_string_equal(before, after);
		free(after);
	}
	free(before);
	sw_store_close(s);
}

static void bad_rows_can_be_skipped(void **state)
{
	struct sw_store *s = store();

	(void)state;
	assert_int_equal(apply_some(s, ADD("a") ADD("a") "\n" ADD("b c") ADD("d")), SW_PEOPLE_DONE);
	assert_int_equal(report.added, 2);
	assert_int_equal(report.bad, 2);
	assert_int_equal(report.rows, 5);
	assert_int_equal(report.first[0].row, 2);
	assert_string_equal(report.first[0].name, "a");
	assert_int_equal(report.first[1].row, 4);
	assert_int_equal(sw_store_users(s), 3);
	sw_store_close(s);
}

static void the_row_is_that_of_the_callers_file(void **state)
{
	struct sw_store *s = store();

	(void)state;
	assert_int_equal(apply(s, "{\"op\":\"del\",\"row\":12,\"name\":\"nobody\"}"),
			 SW_PEOPLE_BAD_ROWS);
	assert_int_equal(report.first[0].row, 12);
	assert_string_equal(report.first[0].name, "nobody");
	sw_store_close(s);
}

static const struct {
	const char *name, *line, *want;
} good[] = {
	{ "a user", ADD("alice"),
	  "{\"algorithms\":[\"sha-256\",\"sha-512-256\",\"md5\"],\"aor\":[\"alice\"],\"enabled\":"
	  "true,\"name\":\"alice\",\"number\":[],\"trunk\":\"all\"}" },
	{ "one algorithm",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"new\"," PASS ",\"enabled\":false}",
	  "{\"algorithms\":[\"sha-256\"],\"aor\":[\"alice\"],\"enabled\":false,\"name\":\"alice\","
	  "\"number\":[],\"trunk\":\"new\"}" },
	{ "a -sess form starts from the plain hash",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"old\"," PASS "}",
	  "{\"algorithms\":[\"md5\"],\"aor\":[\"alice\"],\"enabled\":true,\"name\":\"alice\","
	  "\"number\":[],\"trunk\":\"old\"}" },
	{ "hashes, one of them left out",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"new\",\"ha1\":{\"md5\":\"" MD5
	  "\",\"sha-256\":\"" SHA "\"}}",
	  "{\"algorithms\":[\"sha-256\"],\"aor\":[\"alice\"],\"enabled\":true,\"name\":\"alice\","
	  "\"number\":[],\"trunk\":\"new\"}" },
	{ "aors and numbers",
	  "{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"ha1_at\":{\"md5\":\"" MD5
	  "\"},\"aor\":[\"a\",\"b\"],\"number\":[\"+49 (0)30/12-3\",\"112\"]}",
	  "{\"algorithms\":[\"md5\"],\"aor\":[\"a\",\"b\"],\"enabled\":true,\"name\":\"alice\","
	  "\"number\":[\"+4903012"
	  "3\",\"112\"],\"trunk\":\"all\"}" },
	{ "a name that is kept for this trunk",
	  "{\"op\":\"add\",\"name\":\"rita\",\"trunk\":\"new\"," PASS "}",
	  "{\"algorithms\":[\"sha-256\"],\"aor\":[\"rita\"],\"enabled\":true,\"name\":\"rita\","
	  "\"number\":[],\"trunk\":\"new\"}" },
};

static char *shown(struct sw_store *s, const char *name)
{
	struct sw_store_why why;
	json_t *o = sw_people_show(s, sw_slice_of(name), &why);
	char *text = o ? json_dumps(o, JSON_COMPACT | JSON_SORT_KEYS) : NULL;

	json_decref(o);
	assert_non_null(text);
	return text;
}

static void a_good_row_is_told_as_it_was_meant(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(good); i++) {
		struct sw_store *s = store();
		char *text;

		print_message("%s\n", good[i].name);
		apply_good(s, good[i].line);
		assert_int_equal(report.added, 1);
		text = shown(s, strstr(good[i].want, "rita") ? "rita" : "alice");
		assert_string_equal(text, good[i].want);
		free(text);
		sw_store_close(s);
	}
}

static void assert_ha1(struct sw_store *s, const char *username, enum sw_form form, bool want)
{
	struct sw_hash *h = sw_hash_new();
	struct sw_store_why why;
	struct sw_user u;
	struct sw_ha1 ha1;

	assert_true(sw_digest_ha1(h, SW_ALG_SHA256, sw_slice_of(username), SW_LIT("example.com"),
				  SW_LIT(CANARY), &ha1));
	assert_int_equal(sw_store_user(s, SW_LIT("alice"), &u, &why), SW_STORE_ROW);
	assert_int_equal(memcmp(&u.ha1[form][SW_ALG_SHA256], &ha1, sizeof(ha1)) == 0, want);
	sw_hash_free(h);
}

static void a_password_opens_by_both_forms_of_the_name(void **state)
{
	struct sw_store *s = store();

	(void)state;
	apply_good(s, ADD("alice"));
	assert_ha1(s, "alice", SW_FORM_NAME, true);
	assert_ha1(s, "alice@example.com", SW_FORM_NAME_AT_REALM, true);
	sw_store_close(s);
}

static void a_new_secret_leaves_no_old_one(void **state)
{
	struct sw_store *s = store();
	struct sw_store_why why;
	struct sw_user u;

	(void)state;
	apply_good(s, ADD("alice"));
	apply_good(s, "{\"op\":\"set\",\"name\":\"alice\",\"ha1\":{\"md5\":\"" MD5 "\"}}");
	assert_int_equal(sw_store_user(s, SW_LIT("alice"), &u, &why), SW_STORE_ROW);
	assert_int_equal(u.algs[SW_FORM_NAME], SW_ALG_BIT(SW_ALG_MD5));
	assert_int_equal(u.algs[SW_FORM_NAME_AT_REALM], 0);
	assert_ha1(s, "alice", SW_FORM_NAME, false);
	assert_ha1(s, "alice@example.com", SW_FORM_NAME_AT_REALM, false);
	sw_store_close(s);
}

static void set_changes_what_is_given_and_nothing_else(void **state)
{
	struct sw_store *s = store();
	char *text;

	(void)state;
	apply_good(s, "{\"op\":\"set\",\"name\":\"zoe\",\"number\":[\"110\"]}\n"
		      "{\"op\":\"set\",\"name\":\"zoe\",\"enabled\":false}\n"
		      "{\"op\":\"set\",\"name\":\"zoe\",\"trunk\":\"new\"}\n");
	assert_int_equal(report.changed, 3);
	text = shown(s, "zoe");
	assert_string_equal(text, "{\"algorithms\":[\"sha-256\"],\"aor\":[\"zoe\",\"boss\"],"
				  "\"enabled\":false,\"name\":\"zoe\",\"number\":[\"110\"],"
				  "\"trunk\":\"new\"}");
	free(text);
	sw_store_close(s);
}

static void what_a_user_lets_go_of_is_free(void **state)
{
	struct sw_store *s = store();

	(void)state;
	apply_good(s, "{\"op\":\"set\",\"name\":\"zoe\",\"aor\":[],\"number\":[]}\n" ADD("boss"));
	apply_good(s, "{\"op\":\"del\",\"name\":\"zoe\"}\n" ADD("zoe"));
	assert_int_equal(sw_store_users(s), 2);
	sw_store_close(s);
}

static void a_list_ends_with_its_last_line_or_without(void **state)
{
	struct sw_store *s = store();

	(void)state;
	apply_good(s, "");
	assert_int_equal(report.rows, 0);
	apply_good(s, "\r\n\n{\"op\":\"del\",\"name\":\"zoe\"}\r");
	assert_int_equal(report.deleted, 1);
	sw_store_close(s);
}

static void a_line_without_end_is_one_bad_row(void **state)
{
	static char lines[3 * SW_PEOPLE_LINE];
	struct sw_store *s = store();

	(void)state;
	memset(lines, 'x', sizeof(lines) - 1);
	assert_int_equal(apply(s, lines), SW_PEOPLE_BAD_ROWS);
	assert_int_equal(report.bad, 1);
	memcpy(lines + SW_PEOPLE_LINE + 10, "\n" ADD("a"), strlen("\n" ADD("a")));
	memcpy(lines + SW_PEOPLE_LINE + 10 + strlen("\n" ADD("a")), "", 1);
	assert_int_equal(apply_some(s, lines), SW_PEOPLE_DONE);
	assert_int_equal(report.bad, 1);
	assert_int_equal(report.added, 1);
	sw_store_close(s);
}

static void more_bad_rows_are_counted_than_told(void **state)
{
	static char lines[300 * 32];
	struct sw_store *s = store();
	json_t *o;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < 250; i++)
		n += (size_t)snprintf(lines + n, sizeof(lines) - n, "{\"op\":\"del\"}\n");
	assert_int_equal(apply(s, lines), SW_PEOPLE_BAD_ROWS);
	assert_int_equal(report.bad, 250);
	o = sw_people_report_json(&report);
	assert_int_equal(json_integer_value(json_object_get(o, "bad")), 250);
	assert_int_equal(json_array_size(json_object_get(o, "rows")), SW_PEOPLE_BAD);
	json_decref(o);
	sw_store_close(s);
}

static void a_full_door_takes_no_more(void **state)
{
	struct sw_store *s = store();
	struct sw_hash *hash = sw_hash_new();
	const struct sw_people_rules rules = { .policy = &test_policy,
					       .hash = hash,
					       .users_max = 2 };
	FILE *list = tmpfile();

	(void)state;
	(void)fputs(ADD("a") ADD("b"), list);
	rewind(list);
	assert_int_equal(sw_people_apply(s, fileno(list), &rules, &report), SW_PEOPLE_BAD_ROWS);
	assert_int_equal(report.first[0].row, 2);
	assert_non_null(strstr(report.first[0].message, "is full"));
	(void)fclose(list);
	sw_hash_free(hash);
	sw_store_close(s);
}

static void a_list_that_cannot_be_read_changes_nothing(void **state)
{
	struct sw_store *s = store();
	struct sw_hash *hash = sw_hash_new();
	const struct sw_people_rules rules = { .policy = &test_policy, .hash = hash };

	(void)state;
	assert_int_equal(sw_people_apply(s, -1, &rules, &report), SW_PEOPLE_FAILED);
	assert_true(strlen(report.why.text) > 0);
	apply_good(s, ADD("a"));
	sw_hash_free(hash);
	sw_store_close(s);
}

static void a_listing_goes_on_where_it_stopped(void **state)
{
	struct sw_store *s = store();
	struct sw_store_why why;
	json_t *o;

	(void)state;
	apply_good(s, ADD("a") ADD("b") ADD("c"));
	o = sw_people_list(s, SW_LIT("a"), 2, &why);
	assert_int_equal(json_array_size(json_object_get(o, "users")), 2);
	assert_string_equal(json_string_value(json_object_get(o, "next")), "c");
	json_decref(o);
	o = sw_people_list(s, SW_LIT("c"), 2, &why);
	assert_int_equal(json_array_size(json_object_get(o, "users")), 1);
	assert_true(json_is_null(json_object_get(o, "next")));
	json_decref(o);
	assert_null(sw_people_show(s, SW_LIT("nobody"), &why));
	assert_int_equal(why.trouble, SW_STORE_OK);
	sw_store_close(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bad_row_is_named_and_nothing_is_changed),
		cmocka_unit_test(bad_rows_can_be_skipped),
		cmocka_unit_test(the_row_is_that_of_the_callers_file),
		cmocka_unit_test(a_good_row_is_told_as_it_was_meant),
		cmocka_unit_test(a_password_opens_by_both_forms_of_the_name),
		cmocka_unit_test(a_new_secret_leaves_no_old_one),
		cmocka_unit_test(set_changes_what_is_given_and_nothing_else),
		cmocka_unit_test(what_a_user_lets_go_of_is_free),
		cmocka_unit_test(a_list_ends_with_its_last_line_or_without),
		cmocka_unit_test(a_line_without_end_is_one_bad_row),
		cmocka_unit_test(more_bad_rows_are_counted_than_told),
		cmocka_unit_test(a_full_door_takes_no_more),
		cmocka_unit_test(a_list_that_cannot_be_read_changes_nothing),
		cmocka_unit_test(a_listing_goes_on_where_it_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
