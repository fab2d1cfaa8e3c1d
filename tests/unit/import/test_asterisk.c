/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "reading.h"

#define PW   "canary-Vb4e"
#define MD5  "cafe0000000000000000000000000000"
#define SHA  "cafe000000000000000000000000000000000000000000000000000000000000"
#define AUTH "[alice]\ntype=auth\nusername=alice\n"

static const struct reading_row rows[] = {
	{ "userpass", SW_INIT(AUTH "auth_type=userpass\npassword=" PW "\n"), "1:alice p" },
	{ "blanks, arrows and case",
	  SW_INIT("[ alice ]\n Type = auth \nUsername => alice\nPASSWORD =" PW "\n"), "1:alice p" },
	{ "the name of the section is not that of the user",
	  SW_INIT("[6001-auth]\ntype=auth\nusername=alice\npassword=" PW "\n"), "1:alice p" },
	{ "three sections of one name",
	  SW_INIT("[6001]\ntype=endpoint\nauth=6001\naors=6001\n[6001]\ntype=auth\nusername=6001\npassword=" PW
		  "\n[6001]\ntype=aor\n"),
	  "5:6001 p" },
	{ "the address of the endpoint",
	  SW_INIT("[e]\ntype=endpoint\nauth=a\naors=6001,6002\n[a]\ntype=auth\nusername=alice\npassword=" PW
		  "\n"),
	  "5:alice p a=6001;6002" },
	{ "md5 of our realm", SW_INIT(AUTH "auth_type=md5\nrealm=example.test\nmd5_cred=" MD5 "\n"),
	  "1:alice h1" },
	{ "md5 of our realm by default",
	  SW_INIT("[global]\ntype=global\ndefault_realm=example.test\n" AUTH
		  "auth_type=md5\nmd5_cred=" MD5 "\n"),
	  "4:alice h1" },
	{ "digests",
	  SW_INIT(AUTH "auth_type=digest\nrealm=example.test\npassword_digest=MD5:" MD5
		       "\npassword_digest=SHA-256:" SHA "\npassword_digest=SHA-512-256:" SHA "\n"),
	  "1:alice h123" },
	{ "a password beside a digest counts",
	  SW_INIT(AUTH "auth_type=digest\npassword=" PW "\npassword_digest=MD5:" MD5 "\n"),
	  "1:alice p" },
	{ "a template",
	  SW_INIT("[t](!)\ntype=auth\nauth_type=userpass\n[alice](t)\nusername=alice\npassword=" PW
		  "\n"),
	  "4:alice p" },
	{ "a template of a template, and two",
	  SW_INIT("[t](!)\ntype=auth\n[u](!,t)\npassword=" PW
		  "\n[v](!)\nusername=bob\n[alice](u,v)\nusername=alice\n"),
	  "7:alice p" },
	{ "a template alone is no user",
	  SW_INIT("[t](!)\ntype=auth\nusername=t\npassword=" PW "\n" AUTH "password=" PW "\n"),
	  "5:alice p" },
	{ "added to", SW_INIT(AUTH "[alice](+)\npassword=" PW "\n"), "1:alice p" },
	{ "the last one counts", SW_INIT(AUTH "username=bob\npassword=" PW "\n"), "1:bob p" },
	{ "comments", SW_INIT("; one\n" AUTH "password=" PW " ; two\n;password=x\n"), "2:alice p" },
	{ "long comments",
	  SW_INIT(";-- a\n[x]\ntype=auth\n--;\n" AUTH "password=" PW ";-- b --;\n"), "5:alice p" },
	{ "a line of dashes is no long comment", SW_INIT(";------\n" AUTH "password=" PW "\n"),
	  "2:alice p" },
	{ "a semicolon in a password", SW_INIT(AUTH "password=canary\\;x\n"), "1:alice p" },
	{ "an equals sign in a password", SW_INIT(AUTH "password=canary=x\n"), "1:alice p" },
	{ "no user of ours",
	  SW_INIT("[r]\ntype=registration\noutbound_auth=a\n[a]\ntype=auth\nusername=me\npassword=" PW
		  "\n" AUTH "password=" PW "\n"),
	  "4-|8:alice p" },
	{ "named by both",
	  SW_INIT("[r]\ntype=endpoint\nauth=a\noutbound_auth=a\n[a]\ntype=auth\nusername=me\npassword=" PW
		  "\n"),
	  "5:me p" },
	{ "CR LF and a mark",
	  SW_INIT("\xef\xbb\xbf[alice]\r\ntype=auth\r\nusername=alice\r\npassword=" PW "\r\n"),
	  "1:alice p" },

	{ "nothing", SW_INIT(""), "0!" },
	{ "no auth", SW_INIT("[6001]\ntype=endpoint\n"), "0!" },
	{ "an include", SW_INIT(AUTH "password=" PW "\n#include canary.conf\n"), "5!" },
	{ "an include that may be missing", SW_INIT("#tryinclude \"canary.conf\"\n" AUTH), "1!" },
	{ "a program", SW_INIT("#exec /canary\n" AUTH), "1!" },
	{ "a section that is not closed", SW_INIT("[canary\ntype=auth\n"), "1!" },
	{ "something behind a section", SW_INIT("[alice] canary\ntype=auth\n"), "1!" },
	{ "a bracket that is not closed", SW_INIT("[alice](canary\ntype=auth\n"), "1!" },
	{ "a template that is not there", SW_INIT("[alice](canary)\ntype=auth\n"), "1!" },
	{ "a template that stands below",
	  SW_INIT("[alice](t)\nusername=alice\n[t](!)\ntype=auth\n"), "1!" },
	{ "added to what is not there", SW_INIT("[alice](+)\npassword=" PW "\n"), "1!" },
	{ "a setting before all sections", SW_INIT("password=" PW "\n" AUTH), "1!" },
	{ "a line that is none", SW_INIT(AUTH "canary\n"), "4!" },
	{ "no username", SW_INIT("[alice]\ntype=auth\npassword=" PW "\n"), "1!username" },
	{ "a username that is none", SW_INIT("[alice]\ntype=auth\nusername=a/b\npassword=" PW "\n"),
	  "1!username" },
	{ "no secret", SW_INIT(AUTH), "1!" },
	{ "auth_type md5 and a password", SW_INIT(AUTH "auth_type=md5\npassword=" PW "\n"), "1!" },
	{ "md5 of another realm",
	  SW_INIT(AUTH "auth_type=md5\nrealm=canary.test\nmd5_cred=" MD5 "\n"), "1!realm" },
	{ "md5 of Asterisk's own realm", SW_INIT(AUTH "auth_type=md5\nmd5_cred=" MD5 "\n"),
	  "1!realm" },
	{ "a digest of another realm",
	  SW_INIT(AUTH "realm=canary.test\npassword_digest=SHA-256:" SHA "\n"), "1!realm" },
	{ "md5 that is none", SW_INIT(AUTH "realm=example.test\nmd5_cred=cafe\n"), "1!md5_cred" },
	{ "a digest of no name", SW_INIT(AUTH "realm=example.test\npassword_digest=" MD5 "\n"),
	  "1!password_digest" },
	{ "a digest too short",
	  SW_INIT(AUTH "realm=example.test\npassword_digest=SHA-256:" MD5 "\n"),
	  "1!password_digest" },
	{ "a login at Google", SW_INIT(AUTH "auth_type=google_oauth\n"), "1!" },
	{ "a control character in a password", SW_INIT(AUTH "password=canary\x01\n"),
	  "1!password" },
	{ "an address that is none",
	  SW_INIT("[e]\ntype=endpoint\nauth=alice\naors=a/b\n" AUTH "password=" PW "\n"),
	  "5!aors" },
	{ "bad ones among good ones",
	  SW_INIT(AUTH "password=" PW
		       "\n[b]\ntype=auth\nusername=b\n[c]\ntype=auth\nusername=c\npassword=" PW
		       "\n"),
	  "1:alice p|5!|8:c p" },
};

static void auth_sections_are_users(void **state)
{
	(void)state;
	reading_check(SW_FORMAT_ASTERISK, rows, SW_ARRAY_LEN(rows));
}

/* Each template doubles what it builds on: that ends, before memory does. */
static void templates_that_double_each_other_are_refused(void **state)
{
	static struct reading r;
	char *text = malloc(8192);
	struct sw_buf b = sw_buf_over(text, 8192);

	(void)state;
	assert_non_null(text);
	sw_buf_str(&b, "[t0](!)\ntype=auth\nusername=alice\n");
	for (unsigned i = 1; i < 60; i++) {
		sw_buf_str(&b, "[t");
		sw_buf_u64(&b, i);
		sw_buf_str(&b, "](!,t");
		sw_buf_u64(&b, i - 1);
		sw_buf_str(&b, ",t");
		sw_buf_u64(&b, i - 1);
		sw_buf_str(&b, ")\n");
	}
	reading_of(&r, SW_FORMAT_ASTERISK, sw_buf_slice(&b));
	assert_int_equal(r.end, SW_FORMAT_REFUSED);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(auth_sections_are_users),
		cmocka_unit_test(templates_that_double_each_other_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
