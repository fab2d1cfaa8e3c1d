/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/excerpt.h"

/* "^" stands before the octet, "|" in what is shown. NULL: nothing is. */
static const struct {
	const char *name, *in, *want;
	unsigned line, column;
} rows[] = {
	{ "the first octet", "^OPTIONS sip:a SIP/2.0\r\n", "|OPTIONS sip:a SIP/2.0", 1, 1 },
	{ "in a line", "A\r\nSubject: x^;y\r\nB\r\n", "Subject: x|;y", 2, 11 },
	{ "the end of a line", "A\r\nSubject: x^\r\nB\r\n", "Subject: x|", 2, 11 },
	{ "the end of all", "A\r\nSubject: x^", "Subject: x|", 2, 11 },
	{ "an empty line", "A\r\nB\r\n^\r\n", "|", 3, 1 },
	{ "nothing", "^", "|", 1, 1 },
	{ "only what is near",
	  "A\r\nSubject: 0123456789012345678901234567890123456789^0123456789012345678901234567890123",
	  "89012345678901234567890123456789|0123456789012345", 2, 50 },
	{ "a bare CR ends what is shown", "A\r\nX: a^\rAuthorization: Digest x\r\n", "X: a|", 2,
	  5 },
	{ "behind a bare CR", "A\r\nX: a\rAuthorization: Digest ^x\r\n", NULL, 2, 23 },
	{ "a bare LF ends a line", "A\nSubject^\nB\r\n", "Subject|", 2, 8 },

	{ "credentials", "A\r\nAuthorization: Digest ^,\r\n", NULL, 2, 23 },
	{ "credentials of a proxy, in capitals", "A\r\nPROXY-AUTHORIZATION: Digest ^,\r\n", NULL, 2,
	  29 },
	{ "credentials that are folded", "A\r\nAuthorization: Digest\r\n\ta=b,\r\n ^=\r\n", NULL, 4,
	  2 },
	{ "credentials folded by bare LFs", "A\nAuthorization: Digest\n ^=\n", NULL, 3, 2 },
	{ "credentials in a name that is none", "A\r\nMy Author^ization: x\r\n", NULL, 2, 10 },
	{ "the field behind them", "A\r\nAuthorization: a\r\nSubject: ^x\r\n", "Subject: |x", 3,
	  10 },
	{ "a fold at the start of all", " ^x", " |x", 1, 2 },
	{ "credentials folded behind the start line",
	  "OPTIONS sip:a SIP/2.0\r\n Authorization: Basic ^YWxp\r\n", NULL, 2, 23 },
	{ "credentials folded behind another field",
	  "A\r\nSubject: x\r\n Authorization: Digest response=^\r\n", NULL, 3, 33 },
	{ "and behind those", "A\r\nSubject: x\r\n\tAUTHORIZATION : D\r\n  r=^\r\n", NULL, 4, 5 },
	{ "before those", "A\r\nSubject: ^x\r\n Authorization: D\r\n", "Subject: |x", 2, 10 },
	{ "credentials without a colon", "A\r\nAuthorization Digest ^x\r\n", NULL, 2, 22 },
	{ "a host that is called so", "A\r\nContact: <sip:x@auth.example.com>^;;\r\n",
	  "ontact: <sip:x@auth.example.com>|;;", 2, 34 },
	{ "a host that is called so, folded", "A\r\nRoute: <sip:a>,\r\n <sip:x@auth.h>^;;\r\n",
	  " <sip:x@auth.h>|;;", 3, 16 },
	{ "a body", "A\r\nl: 9\r\n\r\na=crypto:1 inline:^secret", NULL, 4, 19 },
	{ "the end of a body", "A\r\nl: 9\r\n\r\nsecret^", NULL, 4, 7 },
	{ "empty lines before the message", "\r\n\r\nA^\r\n", "A|", 3, 2 },

	{ "a password", "A\r\nTo: <sip:a:hunter2@h>;^;\r\n", "To: <sip:a:*******@h>;|;", 2, 23 },
	{ "a password with octets it may not have", "A sip:a:hun^ter\"2@h", "A sip:a:***|*****@h",
	  1, 12 },
	{ "a password with a colon", "A sip:a:hun^:2@h", "A sip:a:***|**@h", 1, 12 },
	{ "a user called sip", "A SIPS:sip:pw^@h", "A SIPS:sip:**|@h", 1, 14 },
	{ "no password", "A sip:alice@^h:5060", "A sip:alice@|h:5060", 1, 13 },
	{ "a password with an at", "A <sip:a:p@canary@h>^;", "A <sip:a:********@h>|;", 1, 21 },
	{ "a user with an at, and a password", "A <sip:a@b:canary@h>^;", "A <sip:a@b:******@h>|;",
	  1, 21 },
	{ "a password with a scheme", "A <sip:a:sip:canary@h>^;", "A <sip:a:**********@h>|;", 1,
	  23 },
	{ "a password that is folded", "A: <sip:a:canary^\r\n 2@h>", "A: <sip:a:******|", 1, 17 },
	{ "its other half", "A: <sip:a:canary\r\n 2^2@h>;x", "**|*@h>;x", 2, 3 },
	{ "digits that are folded", "A: <sip:a:4711^\r\n 2@h>", "A: <sip:a:****|", 1, 15 },
	{ "digits, then what no port has", "A: sip:a:4711^,x@h", "A: sip:a:****|**@h", 1, 14 },
	{ "a password without an end", "A: <sip:a:canary^", "A: <sip:a:******|", 1, 17 },
	{ "of two passwords both", "<sip:a:one@h>, <sip:b:canary@h>^;",
	  "<sip:a:*********************@h>|;", 1, 32 },
	{ "a port", "A: sip:h:5060^;x", "A: sip:h:5060|;x", 1, 14 },
	{ "a port of an IPv6 address", "A: <sip:a@[2001:db8::1]:5060>^;",
	  "A: <sip:a@[2001:db8::1]:5060>|;", 1, 30 },
	{ "brackets that are no address", "A: <sip:[a:canary]@h>^;", "A: <sip:[a:*******@h>|;", 1,
	  22 },
	{ "a name behind a URI", "A: <sip:a@h>;i=\"<urn:uuid:1>\"^;",
	  "A: <sip:a@h>;i=\"<urn:uuid:1>\"|;", 1, 30 },
	{ "a port, then another user", "A <sip:h:5060>, <sip:b@^h>", "A <sip:h:5060>, <sip:b@|h>",
	  1, 24 },
	{ "a password before what is near", "A sip:a:0123456789012345678901234567890123456789@h^;",
	  "******************************@h|;", 1, 51 },
};

static void an_octet_is_shown_with_what_is_near(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		const char *mark = strchr(rows[i].in, '^');
		size_t at = (size_t)(mark - rows[i].in);
		struct sw_excerpt x;
		char text[256], got[SW_EXCERPT_MAX + 2];

		print_message("%s\n", rows[i].name);
		snprintf(text, sizeof(text), "%.*s%s", (int)at, rows[i].in, mark + 1);
		struct sw_slice in = exact_copy(sw_slice_of(text));

		sw_excerpt_make(&x, in, at);
		exact_free(in);
		assert_int_equal(x.line, rows[i].line);
		assert_int_equal(x.column, rows[i].column);
		if (!rows[i].want) {
			assert_int_equal(x.n, 0);
			continue;
		}
		snprintf(got, sizeof(got), "%.*s|%.*s", x.mark, x.text, x.n - x.mark,
			 x.text + x.mark);
		assert_string_equal(got, rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_octet_is_shown_with_what_is_near),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
