/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "reading.h"

#define PW  "canary-Vb4e"
#define MD5 "cafe0000000000000000000000000000"
#define SHA "cafe000000000000000000000000000000000000000000000000000000000000"

static const struct reading_row csv[] = {
	{ "a password", SW_INIT("username,password\nalice," PW "\n"), "2:alice p" },
	{ "no end at the last line", SW_INIT("username,password\nalice," PW), "2:alice p" },
	{ "CR LF", SW_INIT("username,password\r\nalice," PW "\r\n"), "2:alice p" },
	{ "an editor's mark first", SW_INIT("\xef\xbb\xbfusername,password\nalice," PW "\n"),
	  "2:alice p" },
	{ "columns in any order and case", SW_INIT("PASSWORD,Trunk,UserName\n" PW ",staff,alice\n"),
	  "2:alice p t=staff" },
	{ "quotes", SW_INIT("\"username\",\"password\"\n\"alice\",\"canary \"\",\"\"\"\n"),
	  "2:alice p" },
	{ "a blank in quotes belongs to a password",
	  SW_INIT("username,password\nalice,\" " PW "\"\n"), "2:alice p" },
	{ "blanks around a name do not", SW_INIT("username,password\n alice ," PW "\n"),
	  "2:alice p" },
	{ "semicolons", SW_INIT("username;password;aor\nalice;" PW ";\"al;ali\"\n"),
	  "2:alice p a=al;ali" },
	{ "tabs", SW_INIT("username\tpassword\nalice\t" PW "\n"), "2:alice p" },
	{ "lists", SW_INIT("username,password,aor,number\nalice," PW ",al;ali,+4930123;4711\n"),
	  "2:alice p a=al;ali n=+4930123;4711" },
	{ "hashes",
	  SW_INIT("username,ha1_md5,ha1_sha256,ha1_sha512_256\nalice," MD5 "," SHA "," SHA "\n"),
	  "2:alice h123" },
	{ "hashes of name@realm",
	  SW_INIT("username,ha1_md5,ha1b_md5,ha1b_sha256,ha1b_sha512_256\nalice," MD5 "," MD5
		  "," SHA ",\n"),
	  "2:alice h1 H12" },
	{ "one with a password, one with a hash",
	  SW_INIT("username,password,ha1_md5\nalice," PW ",\nbob,," MD5 "\n"),
	  "2:alice p|3:bob h1" },
	{ "empty lines are no rows",
	  SW_INIT("\n\nusername,password\n\nalice," PW "\n ,\n\nbob," PW "\n"),
	  "5:alice p|8:bob p" },
	{ "switched off",
	  SW_INIT("username,password,enabled\nalice," PW ",no\nbob," PW ",yes\ncarl," PW ",\n"),
	  "2:alice p off|3:bob p|4:carl p" },
	{ "weak, and taken", SW_INIT("username,password\nalice,canary\n"), "2~|2:alice p" },
	{ "header only", SW_INIT("username,password\n"), "" },

	{ "nothing", SW_INIT(""), "0!" },
	{ "only empty lines", SW_INIT("\n\r\n\n"), "0!" },
	{ "no header", SW_INIT("alice," PW "\nbob," PW "\n"), "1!" },
	{ "a column that is none", SW_INIT("username,password,canary\nalice," PW ",x\n"), "1!" },
	{ "a column mistyped", SW_INIT("username,pasword\nalice," PW "\n"), "1!" },
	{ "a column without a name", SW_INIT("username,password,\nalice," PW ",\n"), "1!" },
	{ "a column twice", SW_INIT("username,password,username\nalice," PW ",bob\n"), "1!" },
	{ "no column of names", SW_INIT("password,trunk\n" PW ",staff\n"), "1!" },
	{ "no column of secrets", SW_INIT("username,trunk\nalice,staff\n"), "1!" },
	{ "a field too many", SW_INIT("username,password\nalice," PW ",x\nbob," PW "\n"),
	  "2!|3:bob p" },
	{ "a field missing", SW_INIT("username,password\n" PW "\nbob," PW "\n"), "2!|3:bob p" },
	{ "a comma in a password without quotes", SW_INIT("username,password\nalice,canary,more\n"),
	  "2!" },
	{ "no name", SW_INIT("username,password\n," PW "\n"), "2!username" },
	{ "a name with its domain", SW_INIT("username,password\nalice@example.test," PW "\n"),
	  "2!username" },
	{ "a name with a blank", SW_INIT("username,password\nal ice," PW "\n"), "2!username" },
	{ "a name with a slash", SW_INIT("username,password\nal/ice," PW "\n"), "2!username" },
	{ "a name of 65",
	  SW_INIT("username,password\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa," PW
		  "\n"),
	  "2!username" },
	{ "a trunk that is no name", SW_INIT("username,password,trunk\nalice," PW ",the staff\n"),
	  "2!trunk" },
	{ "no secret", SW_INIT("username,password,ha1_md5\nalice,,\n"), "2!" },
	{ "an empty password in quotes", SW_INIT("username,password\nalice,\"\"\n"), "2!" },
	{ "a password and a hash", SW_INIT("username,password,ha1_md5\nalice," PW "," MD5 "\n"),
	  "2!" },
	{ "a blank before a password", SW_INIT("username,password\nalice, " PW "\n"),
	  "2!password" },
	{ "a blank behind a password", SW_INIT("username,password\nalice," PW " \n"),
	  "2!password" },
	{ "a control character in a password", SW_INIT("username,password\nalice,canary\x01x\n"),
	  "2!password" },
	{ "NUL in a password", SW_INIT("username,password\nalice,canary\0x\n"), "2!password" },
	{ "a tab in a password", SW_INIT("username,password\nalice,\"canary\tx\"\n"),
	  "2!password" },
	{ "a line end in a password",
	  SW_INIT("username,password\nalice,\"canary\nx\"\nbob," PW "\n"), "2!password|4:bob p" },
	{ "Latin-1 in a password", SW_INIT("username,password\nalice,canary\xe4\n"), "2!password" },
	{ "a hash too short", SW_INIT("username,ha1_md5\nalice,cafe\n"), "2!ha1_md5" },
	{ "a hash that is none",
	  SW_INIT("username,ha1_md5\nalice,cafe000000000000000000000000000g\n"), "2!ha1_md5" },
	{ "MD5 where SHA-256 belongs", SW_INIT("username,ha1_sha256\nalice," MD5 "\n"),
	  "2!ha1_sha256" },
	{ "SHA-256 where MD5 belongs", SW_INIT("username,ha1_md5\nalice," SHA "\n"), "2!ha1_md5" },
	{ "a hash of name@realm that is none",
	  SW_INIT("username,ha1_md5,ha1b_md5\nalice," MD5 ",x\n"), "2!ha1b_md5" },
	{ "an address with its domain",
	  SW_INIT("username,password,aor\nalice," PW ",alice@example.test\n"), "2!aor" },
	{ "an address as a URI", SW_INIT("username,password,aor\nalice," PW ",sip:alice\n"),
	  "2!aor" },
	{ "a number as people write it",
	  SW_INIT("username,password,number\nalice," PW ",+49 (30) 12-3\n"),
	  "2:alice p n=+49 (30) 12-3" },
	{ "a name that is a word of the language",
	  SW_INIT("username,password\ncert," PW "\nCert," PW "\n"), "2!username|3:Cert p" },
	{ "a plus inside a number", SW_INIT("username,password,number\nalice," PW ",49+30\n"),
	  "2!number" },
	{ "a number that is a plus alone", SW_INIT("username,password,number\nalice," PW ",+\n"),
	  "2!number" },
	{ "a number of letters", SW_INIT("username,password,number\nalice," PW ",canary\n"),
	  "2!number" },
	{ "a number of 32",
	  SW_INIT("username,password,number\nalice," PW ",12345678901234567890123456789012\n"),
	  "2!number" },
	{ "perhaps switched off", SW_INIT("username,password,enabled\nalice," PW ",maybe\n"),
	  "2!enabled" },
	{ "a quote inside", SW_INIT("username,password\nalice,can\"ary\nbob," PW "\n"),
	  "2!password|3:bob p" },
	{ "two quotes inside", SW_INIT("username,password\nalice,can\"\"ary\nbob," PW "\n"),
	  "2!password|3:bob p" },
	{ "something behind a closing quote",
	  SW_INIT("username,password\nalice,\"canary\"x\nbob," PW "\n"), "2!password|3:bob p" },
	{ "a quote that is not closed", SW_INIT("username,password\nalice,\"canary\nbob," PW "\n"),
	  "2!|3:bob p" },
	{ "a quote in the last line that is not closed",
	  SW_INIT("username,password\nbob," PW "\nalice,\"canary"), "2:bob p|3!" },
	{ "a quote in the header that is not closed", SW_INIT("\"username,password\nbob," PW "\n"),
	  "1!" },
	{ "bad ones among good ones",
	  SW_INIT("username,password\nalice," PW "\n/," PW "\nbob," PW "\n,\n@," PW "\n"),
	  "2:alice p|3!username|4:bob p|6!username" },
};

static void csv_gives_users_and_names_what_is_bad(void **state)
{
	(void)state;
	reading_check(SW_FORMAT_CSV, csv, SW_ARRAY_LEN(csv));
}

/* username,password and a row of n octets, then a good one. */
static void read_long(struct reading *r, size_t n, const char *before)
{
	char *text = malloc(n + 256);
	size_t at;

	assert_non_null(text);
	at = (size_t)snprintf(text, 256, "username,password\nalice,%s", before);
	memset(text + at, 'x', n);
	at += n;
	at += (size_t)snprintf(text + at, 128, "\nbob,%s\n", PW);
	reading_of(r, SW_FORMAT_CSV, (struct sw_slice){ text, at });
	free(text);
}

static void a_row_that_is_too_long_is_bad_and_the_next_one_is_read(void **state)
{
	static const size_t lengths[] = { 257, 16384, 20000, 300000, 1000000 };
	static struct reading r;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(lengths); i++) {
		print_message("%zu\n", lengths[i]);
		read_long(&r, lengths[i], "");
		assert_non_null(strstr(r.text, "3:bob p"));
		assert_int_equal(r.bads, 1);
		read_long(&r, lengths[i], "\"canary");
		assert_non_null(strstr(r.text, "3:bob p"));
		assert_int_equal(r.bads, 1);
	}
}

static void a_user_has_256_octets_of_addresses_and_numbers(void **state)
{
	static struct reading r;
	char text[1024] = "username,password,aor,number\nalice," PW ",";
	struct sw_buf b = sw_buf_over(text + strlen(text), 600);

	(void)state;
	for (int i = 0; i < 15; i++)
		sw_buf_str(&b, "abcdefghijklmn;"); /* 16 octets each */
	sw_buf_str(&b, ",12345678901234");
	reading_of(&r, SW_FORMAT_CSV, sw_slice_of(text));
	assert_int_equal(r.bads, 0);
	sw_buf_str(&b, "5");
	reading_of(&r, SW_FORMAT_CSV, sw_slice_of(text));
	assert_string_equal(r.text, "2!");
}

/* Wherever the file ends: users of whole rows, one fault for the last, and nothing worse. */
static void a_file_cut_anywhere_is_read_as_far_as_it_goes(void **state)
{
	static const struct sw_slice text = SW_INIT(
		"username,password,aor\r\nalice,\"can\"\"ary, x\",al;ali\nbob," PW ",\n");
	static struct reading r;

	(void)state;
	for (size_t n = 0; n < text.n; n++) {
		reading_of(&r, SW_FORMAT_CSV, (struct sw_slice){ text.p, n });
		assert_true(r.bads <= 1);
		assert_true(r.rows <= 2);
	}
}

static void a_header_is_refused_with_the_nearest_word(void **state)
{
	static struct reading r;

	(void)state;
	reading_of(&r, SW_FORMAT_CSV, SW_LIT("usrname,password\n"));
	assert_non_null(strstr(r.faults, "column 1"));
	assert_non_null(strstr(r.faults, "username"));
	assert_int_equal(r.end, SW_FORMAT_REFUSED);
}

static const struct reading_row subscriber[] = {
	{ "as MySQL's client prints it",
	  SW_INIT("id\tusername\tdomain\tpassword\tha1\tha1b\n1\talice\texample.test\t\t" MD5
		  "\t" MD5 "\n"),
	  "2:alice h1 H1" },
	{ "quotes and commas",
	  SW_INIT("\"username\",\"domain\",\"ha1\",\"ha1b\"\n\"alice\",\"example.test\",\"" MD5
		  "\",\"" MD5 "\"\n"),
	  "2:alice h1 H1" },
	{ "our domain in another case",
	  SW_INIT("username,domain,ha1\nalice,EXAMPLE.test," MD5 "\n"), "2:alice h1" },
	{ "no domain", SW_INIT("username,domain,ha1\nalice,," MD5 "\n"), "2:alice h1" },
	{ "a password alone", SW_INIT("username,domain,password,ha1\nalice,example.test," PW ",\n"),
	  "2:alice p" },
	{ "a password and the hash of another",
	  SW_INIT("username,password,ha1\nalice," PW "," MD5 "\n"), "2!ha1" },
	{ "NULL is nothing", SW_INIT("username\tpassword\tha1\nalice\tNULL\t" MD5 "\n"),
	  "2:alice h1" },
	{ "a backslash in a password", SW_INIT("username\tpassword\nalice\tcanary\\\\x\n"),
	  "2:alice p" },
	{ "a quote in a password", SW_INIT("username\tpassword\nalice\tcan\"ary-x\n"),
	  "2:alice p" },
	{ "longer hashes",
	  SW_INIT("username,ha1,ha1_sha256,ha1_sha512t256\nalice," MD5 "," SHA "," SHA "\n"),
	  "2:alice h123" },

	{ "another domain",
	  SW_INIT("username,domain,ha1\nalice,canary.test," MD5 "\nbob,example.test," MD5 "\n"),
	  "2!domain|3:bob h1" },
	{ "another domain, with a password",
	  SW_INIT("username,domain,password\nalice,canary.test," PW "\n"), "2!domain" },
	{ "a tab in a password", SW_INIT("username\tpassword\nalice\tcanary\\tx\n"), "2!password" },
	{ "a line end in a password", SW_INIT("username\tpassword\nalice\tcanary\\nx\n"),
	  "2!password" },
	{ "NUL in a password", SW_INIT("username\tpassword\nalice\tcanary\\0x\n"), "2!password" },
	{ "no secret", SW_INIT("username\tpassword\tha1\nalice\t\t\n"), "2!" },
	{ "a hash that is none", SW_INIT("username\tha1\nalice\tcafe\n"), "2!ha1" },
	{ "a second hash that is none", SW_INIT("username\tha1\tha1b\nalice\t" MD5 "\tcafe\n"),
	  "2!ha1b" },
	{ "no column of names", SW_INIT("domain\tha1\nexample.test\t" MD5 "\n"), "1!" },
	{ "no column of secrets", SW_INIT("username\tdomain\nalice\texample.test\n"), "1!" },
	{ "ha1 twice", SW_INIT("username\tha1\tha1\nalice\t" MD5 "\t" MD5 "\n"), "1!" },
	{ "no header", SW_INIT("1\talice\texample.test\t" MD5 "\n"), "1!" },
	{ "a field missing", SW_INIT("username\tha1\nalice\nbob\t" MD5 "\n"), "2!|3:bob h1" },
	{ "nothing", SW_INIT(""), "0!" },
};

static void a_subscriber_gives_users_and_names_what_is_bad(void **state)
{
	(void)state;
	reading_check(SW_FORMAT_KAMAILIO, subscriber, SW_ARRAY_LEN(subscriber));
}

/* The hash is made here as Kamailio makes it; then the password is what is kept. */
static void a_password_counts_where_its_hash_is_of_it(void **state)
{
	static struct reading r;
	struct sw_hash *hash = sw_hash_new();
	struct sw_ha1 ha1;
	char text[512];
	struct sw_buf b = sw_buf_over(text, sizeof(text));

	(void)state;
	assert_true(sw_digest_ha1(hash, SW_ALG_MD5, SW_LIT("alice"), SW_LIT(READING_REALM),
				  SW_LIT(PW), &ha1));
	sw_buf_str(&b, "username,password,ha1,ha1b\nalice," PW ",");
	sw_buf_hex(&b, ha1.octets, 16);
	sw_buf_str(&b, "," MD5 "\n");
	reading_of(&r, SW_FORMAT_KAMAILIO, sw_buf_slice(&b));
	assert_string_equal(r.text, "2:alice p");
	sw_hash_free(hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_gives_users_and_names_what_is_bad),
		cmocka_unit_test(a_row_that_is_too_long_is_bad_and_the_next_one_is_read),
		cmocka_unit_test(a_user_has_256_octets_of_addresses_and_numbers),
		cmocka_unit_test(a_file_cut_anywhere_is_read_as_far_as_it_goes),
		cmocka_unit_test(a_header_is_refused_with_the_nearest_word),
		cmocka_unit_test(a_subscriber_gives_users_and_names_what_is_bad),
		cmocka_unit_test(a_password_counts_where_its_hash_is_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
