/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "reading.h"

#define PW                 "canary-Vb4e"
#define MD5                "cafe0000000000000000000000000000"
#define PARAM(name, value) "<param name=\"" name "\" value=\"" value "\"/>"
#define VAR(name, value)   "<variable name=\"" name "\" value=\"" value "\"/>"
#define USER(id, in)       "<user id=\"" id "\">" in "</user>"
#define PASS               "<params>" PARAM("password", PW) "</params>"

static const struct reading_row rows[] = {
	{ "a user in a file of its own", SW_INIT("<include>\n" USER("1000", PASS) "\n</include>"),
	  "2:1000 p" },
	{ "a domain with groups",
	  SW_INIT("<domain name=\"example.test\"><groups><group name=\"g\"><users>\n" USER(
		  "a", PASS) "\n" USER("b", PASS) "</users></group></groups></domain>"),
	  "2:a p|3:b p" },
	{ "a1-hash of our domain",
	  SW_INIT("<domain name=\"Example.test\">" USER(
		  "a", "<params>" PARAM("a1-hash", MD5) "</params>") "</domain>"),
	  "1:a h1" },
	{ "a1-hash of a domain that is not named",
	  SW_INIT("<include>" USER("a", "<params>" PARAM("a1-hash", MD5) "</params>") "</include>"),
	  "1:a h1" },
	{ "a1-hash of a domain that FreeSWITCH fills in",
	  SW_INIT("<domain name=\"$${domain}\">" USER(
		  "a", "<params>" PARAM("a1-hash", MD5) "</params>") "</domain>"),
	  "1:a h1" },
	{ "a password beside a hash counts",
	  SW_INIT(USER("a", "<params>" PARAM("a1-hash", MD5) PARAM("password", PW) "</params>")),
	  "1:a p" },
	{ "a number of its own",
	  SW_INIT(USER("a", PASS
		       "<variables>" VAR("effective_caller_id_number", "+4930123") "</variables>")),
	  "1:a p n=+4930123" },
	{ "its own name as its number",
	  SW_INIT(USER("1000", PASS
		       "<variables>" VAR("effective_caller_id_number", "1000") "</variables>")),
	  "1:1000 p" },
	{ "an alias", SW_INIT("<user id=\"alice\" number-alias=\"1000\">" PASS "</user>"),
	  "1:alice p a=alice;1000" },
	{ "other variables and params",
	  SW_INIT(USER("a", "<params>" PARAM("vm-password", "canary")
				    PARAM("password", PW) "</params><variables>" VAR(
					    "toll_allow", "$${x}") "</variables>")),
	  "1:a p" },
	{ "a gateway has a password of its own",
	  SW_INIT(USER(
		  "a", PASS
		  "<gateways><gateway name=\"g\"><param name=\"password\" value=\"x\"/></gateway></gateways>")),
	  "1:a p" },
	{ "a pointer in a group",
	  SW_INIT("<group><users><user id=\"a\" type=\"pointer\"/></users></group>"), "" },
	{ "nobody", SW_INIT("<include></include>"), "" },
	{ "escapes",
	  SW_INIT(USER("a", "<params>" PARAM("password", "canary&amp;&lt;&#34;x") "</params>")),
	  "1:a p" },
	{ "an editor's mark first", SW_INIT("\xef\xbb\xbf" USER("a", PASS)), "1:a p" },
	{ "weak, and taken", SW_INIT(USER("a", "<params>" PARAM("password", "1234") "</params>")),
	  "1~|1:a p" },
	{ "two dollars in a password",
	  SW_INIT(USER("a", "<params>" PARAM("password", "canary$$x") "</params>")), "1:a p" },

	{ "what a preprocessor sets",
	  SW_INIT("<include><X-PRE-PROCESS cmd=\"set\" data=\"a=b\"/>" USER("a",
									    PASS) "</include>"),
	  "1:a p" },

	{ "other files that are included",
	  SW_INIT("<include>\n<X-PRE-PROCESS cmd=\"include\" data=\"canary/*.xml\"/>\n</include>"),
	  "2!" },
	{ "nothing", SW_INIT(""), "1!" },
	{ "no XML", SW_INIT("canary"), "1!" },
	{ "cut off", SW_INIT("<include>\n" USER("a", PASS) "\n<user id=\"b\">"), "2:a p|3!" },
	{ "elements crossed", SW_INIT("<include>\n<user id=\"canary\"></include></user>"), "2!" },
	{ "a document type", SW_INIT("<!DOCTYPE include>\n<include></include>"), "1!" },
	{ "entities that grow",
	  SW_INIT("<!DOCTYPE a [<!ENTITY a \"canary\"><!ENTITY b \"&a;&a;\">]>\n<include>&b;</include>"),
	  "1!" },
	{ "a file from elsewhere",
	  SW_INIT("<!DOCTYPE a [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>\n<a>&a;</a>"), "1!" },
	{ "an entity of no name", SW_INIT("<include>&canary;</include>"), "1!" },
	{ "no id", SW_INIT("<user>" PASS "</user>"), "1!id" },
	{ "an id that is none", SW_INIT(USER("a b", PASS)), "1!id" },
	{ "no secret", SW_INIT(USER("a", "<params></params>")), "1!" },
	{ "an empty password", SW_INIT(USER("a", "<params>" PARAM("password", "") "</params>")),
	  "1!" },
	{ "a password from elsewhere",
	  SW_INIT(USER("a", "<params>" PARAM("password", "$${canary}") "</params>")),
	  "1!password" },
	{ "a hash from elsewhere",
	  SW_INIT(USER("a", "<params>" PARAM("a1-hash", "$${canary}") "</params>")), "1!a1-hash" },
	{ "an id from elsewhere", SW_INIT(USER("$${canary}", PASS)), "1!id" },
	{ "a number from elsewhere",
	  SW_INIT(USER("a", PASS "<variables>" VAR("effective_caller_id_number",
						   "$${canary}") "</variables>")),
	  "1!effective_caller_id_number" },
	{ "a number that is none",
	  SW_INIT(USER("a", PASS
		       "<variables>" VAR("effective_caller_id_number", "canary") "</variables>")),
	  "1!effective_caller_id_number" },
	{ "a1-hash of another domain",
	  SW_INIT("<domain name=\"canary.test\">" USER(
		  "a", "<params>" PARAM("a1-hash", MD5) "</params>") "</domain>"),
	  "1!domain" },
	{ "a1-hash that is none",
	  SW_INIT(USER("a", "<params>" PARAM("a1-hash", "cafe") "</params>")), "1!a1-hash" },
	{ "a line end in a password",
	  SW_INIT(USER("a", "<params>" PARAM("password", "canary&#10;x") "</params>")),
	  "1!password" },
	{ "bad ones among good ones",
	  SW_INIT("<a>" USER("a", PASS) "\n" USER("b", "") "\n" USER("c", PASS) "</a>"),
	  "1:a p|2!|3:c p" },
};

static void user_elements_are_users(void **state)
{
	(void)state;
	reading_check(SW_FORMAT_FREESWITCH, rows, SW_ARRAY_LEN(rows));
}

static void elements_that_stand_too_deep_are_refused(void **state)
{
	static struct reading r;
	char text[1024] = "";

	(void)state;
	for (int i = 0; i < 200; i++)
		memcpy(text + 3 * i, "<a>", 4);
	reading_of(&r, SW_FORMAT_FREESWITCH, sw_slice_of(text));
	assert_int_equal(r.end, SW_FORMAT_REFUSED);
	assert_non_null(strstr(r.faults, "64"));
}

static void a_value_that_is_too_long_is_refused(void **state)
{
	static struct reading r;
	char text[4096], value[2048];

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	(void)snprintf(
		text, sizeof(text),
		"<user id=\"a\"><params><param name=\"password\" value=\"%s\"/></params></user>",
		value);
	reading_of(&r, SW_FORMAT_FREESWITCH, sw_slice_of(text));
	assert_string_equal(r.text, "1!");
}

/* Parts that expat could only read again and again, and a long text, which it takes in pieces. */
static void a_tag_or_a_comment_without_end_is_refused(void **state)
{
	static const struct {
		const char *name, *begin;
		enum sw_format_end end;
	} parts[] = {
		{ "a comment", "<a>\n<!-- ", SW_FORMAT_REFUSED },
		{ "a value", "<a>\n<user id=\"", SW_FORMAT_REFUSED },
		{ "the first of all", "<", SW_FORMAT_REFUSED },
		{ "a text", "<a>", SW_FORMAT_READ },
	};
	const size_t n = (size_t)3 << 20;
	static struct reading r;
	char *text = malloc(n);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < SW_ARRAY_LEN(parts); i++) {
		print_message("%s\n", parts[i].name);
		memset(text, 'x', n);
		memcpy(text, parts[i].begin, strlen(parts[i].begin));
		memcpy(text + n - 4, "</a>", 4);
		reading_of(&r, SW_FORMAT_FREESWITCH, (struct sw_slice){ text, n });
		assert_int_equal(r.end, parts[i].end);
		assert_int_equal(strstr(r.faults, "1 MiB") != NULL, r.end == SW_FORMAT_REFUSED);
	}
	free(text);
}

static void write_file(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void remove_file(const char *folder, const char *name)
{
	char path[256];

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	(void)remove(path);
}

static void a_folder_is_all_its_files_of_xml(void **state)
{
	static struct reading r;
	char folder[] = "/tmp/sipward-fs-XXXXXX", inner[64];

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(inner, sizeof(inner), "%s/default", folder);
	assert_int_equal(mkdir(inner, 0700), 0);
	reading_of_path(&r, SW_FORMAT_UNKNOWN, folder);
	assert_int_equal(r.end, SW_FORMAT_FAILED);
	write_file(inner, "1001.xml", USER("1001", PASS));
	write_file(inner, "1000.xml", USER("1000", PASS));
	write_file(inner, "1002.xml.noload", USER("1002", PASS));
	write_file(folder, "default.xml", "<domain name=\"$${domain}\"></domain>");
	reading_of_path(&r, SW_FORMAT_UNKNOWN, folder);
	assert_int_equal(r.end, SW_FORMAT_READ);
	assert_int_equal(r.format, SW_FORMAT_FREESWITCH);
	assert_string_equal(r.text, "1:1000 p|1:1001 p");
	write_file(inner, "1000.xml", "canary");
	reading_of_path(&r, SW_FORMAT_UNKNOWN, folder);
	assert_int_equal(r.end, SW_FORMAT_REFUSED);
	assert_string_equal(r.text, "1!|1:1001 p");
	reading_of_path(&r, SW_FORMAT_CSV, folder);
	assert_int_equal(r.end, SW_FORMAT_FAILED);
	remove_file(inner, "1000.xml");
	remove_file(inner, "1001.xml");
	remove_file(inner, "1002.xml.noload");
	remove_file(folder, "default.xml");
	(void)rmdir(inner);
	assert_int_equal(rmdir(folder), 0);
}

/* What default.xml includes is of its domain, wherever a link leads. */
static void files_of_a_folder_are_of_the_domain_that_includes_them(void **state)
{
	static const char hash[] = USER("a", "<params>" PARAM("a1-hash", MD5) "</params>");
	static struct reading r;
	char folder[] = "/tmp/sipward-fs-XXXXXX", inner[64], other[64], link[64], entry[80];

	(void)state;
	assert_non_null(mkdtemp(folder));
	(void)snprintf(inner, sizeof(inner), "%s/default", folder);
	(void)snprintf(other, sizeof(other), "%s/ours", folder);
	(void)snprintf(entry, sizeof(entry), "%s/linked.xml", inner);
	(void)snprintf(link, sizeof(link), "%s-link", folder);
	assert_int_equal(mkdir(inner, 0700), 0);
	assert_int_equal(mkdir(other, 0700), 0);
	write_file(folder, "default.xml",
		   "<domain name=\"canary.test\"><X-PRE-PROCESS cmd=\"include\" "
		   "data=\"./default/*.xml\"/></domain>");
	write_file(folder, "ours.xml",
		   "<domain name=\"" READING_REALM "\"><X-PRE-PROCESS cmd=\"include\" "
		   "data=\"ours/*.xml\"/></domain>");
	write_file(inner, "a.xml", hash);
	write_file(other, "a.xml", hash);
	assert_int_equal(symlink("../ours/a.xml", entry), 0);
	assert_int_equal(symlink(folder, link), 0);
	reading_of_path(&r, SW_FORMAT_UNKNOWN, link);
	assert_int_equal(r.end, SW_FORMAT_READ);
	assert_string_equal(r.text, "1!domain|1!domain|1:a h1");
	remove_file(other, "a.xml");
	reading_of_path(&r, SW_FORMAT_UNKNOWN, folder);
	assert_int_equal(r.end, SW_FORMAT_FAILED);
	assert_int_equal(remove(entry), 0);
	remove_file(inner, "a.xml");
	remove_file(folder, "default.xml");
	remove_file(folder, "ours.xml");
	assert_int_equal(remove(link), 0);
	assert_int_equal(rmdir(inner), 0);
	assert_int_equal(rmdir(other), 0);
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(user_elements_are_users),
		cmocka_unit_test(elements_that_stand_too_deep_are_refused),
		cmocka_unit_test(a_value_that_is_too_long_is_refused),
		cmocka_unit_test(a_tag_or_a_comment_without_end_is_refused),
		cmocka_unit_test(a_folder_is_all_its_files_of_xml),
		cmocka_unit_test(files_of_a_folder_are_of_the_domain_that_includes_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
