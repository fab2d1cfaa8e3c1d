/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <sipward/msg.h>

/* How a value came apart: display|uri|params|tag|rest, and < where it had brackets. */
static const char *apart(const struct sw_nameaddr *a, struct sw_slice rest)
{
	static char text[512];

#define TEXT(s) (int)(s).n, (s).p ? (s).p : ""
	snprintf(text, sizeof(text), "%.*s|%s%.*s|%.*s|%.*s|%.*s", TEXT(a->display),
		 a->bracketed ? "<" : "", TEXT(a->uri_text), TEXT(a->params), TEXT(a->tag),
		 TEXT(rest));
	return text;
}

static const struct {
	const char *name;
	struct sw_slice in;
	const char *want;
	enum sw_reason reason;
} rows[] = {
	{ "an address", SW_INIT("sip:a@h"), "|sip:a@h|||", SW_OK },
	{ "in brackets", SW_INIT("<sip:a@h>"), "|<sip:a@h|||", SW_OK },
	{ "a name", SW_INIT("Bob <sip:a@h>;tag=1"), "Bob|<sip:a@h|tag=1|1|", SW_OK },
	{ "a name of some words", SW_INIT("Bob \t the\r\n Builder <sip:a@h>"),
	  "Bob \t the\r\n Builder|<sip:a@h|||", SW_OK },
	{ "a quoted name", SW_INIT("\"B, \\\"<b>;\" <sip:a@h>"), "\"B, \\\"<b>;\"|<sip:a@h|||",
	  SW_OK },
	{ "no blank behind the name (RFC 4475 3.1.1.6)", SW_INIT("caller<sip:a@h>"),
	  "caller|<sip:a@h|||", SW_OK },
	{ "an empty name", SW_INIT("\"\"<sip:a@h>"), "\"\"|<sip:a@h|||", SW_OK },
	{ "a bare address ends at a semicolon", SW_INIT("sip:a@h;tag=x;lr"), "|sip:a@h|tag=x;lr|x|",
	  SW_OK },
	{ "parameters inside stay with the URI", SW_INIT("<sip:a@h;tag=x>;q=1"),
	  "|<sip:a@h;tag=x|q=1||", SW_OK },
	{ "headers inside brackets", SW_INIT("<sip:a@h?b=c>"), "|<sip:a@h?b=c|||", SW_OK },
	{ "a tag in another case, with blanks", SW_INIT("<sip:a@h> ; TAG = x"),
	  "|<sip:a@h|TAG = x|x|", SW_OK },
	{ "another scheme", SW_INIT("<tel:+1>"), "|<tel:+1|||", SW_OK },
	{ "one of two", SW_INIT("<sip:a@h>;x , <sip:b@h>"), "|<sip:a@h|x||<sip:b@h>", SW_OK },
	{ "a comma in quotes parts nothing", SW_INIT("\"a,b\" <sip:a@h>,sip:c@h"),
	  "\"a,b\"|<sip:a@h|||sip:c@h", SW_OK },
	{ "a bare address ends at a comma", SW_INIT("sip:a@h,sip:b@h"), "|sip:a@h|||sip:b@h",
	  SW_OK },
	{ "blanks before and behind", SW_INIT(" sip:a@h \r\n "), "|sip:a@h|||", SW_OK },
	{ "nothing", SW_INIT(""), NULL, SW_R_HEADER_SYNTAX },
	{ "blanks", SW_INIT("  "), NULL, SW_R_HEADER_SYNTAX },
	{ "a star is no address", SW_INIT("*"), NULL, SW_R_HEADER_SYNTAX },
	{ "a comma first", SW_INIT(",sip:a@h"), NULL, SW_R_HEADER_SYNTAX },
	{ "empty brackets", SW_INIT("<>"), NULL, SW_R_URI_SYNTAX },
	{ "no URI in brackets", SW_INIT("<a@h>"), NULL, SW_R_URI_SYNTAX },
	{ "blanks in brackets (RFC 4475 3.1.2.14)", SW_INIT("\"W\" < sip:a@h >"), NULL,
	  SW_R_URI_SYNTAX },
	{ "brackets in brackets", SW_INIT("<<sip:a@h>>"), NULL, SW_R_URI_SYNTAX },
	{ "a name and no brackets", SW_INIT("Bob sip:a@h"), NULL, SW_R_HEADER_SYNTAX },
	{ "a name that is no token (RFC 4475 3.1.2.15)", SW_INIT("Bell, Alexander <sip:a@h>"), NULL,
	  SW_R_HEADER_SYNTAX },
	{ "a quoted name and a word", SW_INIT("\"Bob\" B <sip:a@h>"), NULL, SW_R_HEADER_SYNTAX },
	{ "a name not closed (RFC 4475 3.1.2.6)", SW_INIT("\"Bob <sip:a@h>"), NULL,
	  SW_R_HEADER_SYNTAX },
	{ "brackets not closed", SW_INIT("<sip:a@h;tag=1"), NULL, SW_R_HEADER_SYNTAX },
	{ "headers without brackets (RFC 4475 3.1.2.13)", SW_INIT("sip:a@h?b=c"), NULL,
	  SW_R_HEADER_SYNTAX },
	{ "something behind the brackets", SW_INIT("<sip:a@h> x"), NULL, SW_R_HEADER_SYNTAX },
	{ "a comma last", SW_INIT("<sip:a@h>,"), NULL, SW_R_HEADER_SYNTAX },
	{ "a comma and blanks last", SW_INIT("<sip:a@h> , "), NULL, SW_R_HEADER_SYNTAX },
	{ "a semicolon last", SW_INIT("<sip:a@h>;"), NULL, SW_R_HEADER_SYNTAX },
	{ "a parameter without a name", SW_INIT("<sip:a@h>;=x"), NULL, SW_R_HEADER_SYNTAX },
	{ "a parameter without a value", SW_INIT("<sip:a@h>;x="), NULL, SW_R_HEADER_SYNTAX },
	{ "a value not closed", SW_INIT("<sip:a@h>;x=\"y"), NULL, SW_R_HEADER_SYNTAX },
	{ "two tags", SW_INIT("<sip:a@h>;tag=1;x;Tag=2"), NULL, SW_R_HEADER_SYNTAX },
	{ "two tags, the same", SW_INIT("<sip:a@h>;tag=1;tag=1"), NULL, SW_R_HEADER_SYNTAX },
	{ "a tag without a value", SW_INIT("<sip:a@h>;tag"), NULL, SW_R_HEADER_SYNTAX },
	{ "an empty tag", SW_INIT("<sip:a@h>;tag=\"\""), NULL, SW_R_HEADER_SYNTAX },
	{ "a NUL in the name", SW_INIT("B\0b <sip:a@h>"), NULL, SW_R_HEADER_SYNTAX },
	{ "a NUL behind", SW_INIT("<sip:a@h>\0"), NULL, SW_R_HEADER_SYNTAX },
};

static void a_value_comes_apart_or_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in), rest = in;
		struct sw_nameaddr a = { .tag.n = 77 };

		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_nameaddr_next(&rest, &a), rows[i].reason);
		if (rows[i].want) {
			assert_string_equal(apart(&a, rest), rows[i].want);
		} else {
			assert_int_equal(a.tag.n, 77);
			assert_true(rest.p == in.p && rest.n == in.n);
		}
		exact_free(in);
	}
}

static const struct {
	const char *name, *in; /* "^" before the octet in the way */
	enum sw_rule rule;
} faults[] = {
	{ "nothing", "^", SW_RULE_NAME_ADDR },
	{ "a comma first", "^,sip:a@h", SW_RULE_NAME_ADDR },
	{ "a comma in a name", "Bell^, Alexander <sip:a@h>", SW_RULE_NAME_ADDR },
	{ "a name and no brackets", "Bob sip^:a@h", SW_RULE_NAME_ADDR },
	{ "no scheme", "a^@h", SW_RULE_NAME_ADDR },
	{ "a quoted name and a word", "\"Bob\" ^B <sip:a@h>", SW_RULE_NAME_ADDR },
	{ "a name not closed", "\"Bob <sip:a@h>^", SW_RULE_QUOTED },
	{ "an umlaut behind a backslash", "\"B\\^\xc3\xb6\" <sip:a@h>", SW_RULE_QUOTED },
	{ "a blank in brackets", "<^ sip:a@h>", SW_RULE_URI_SCHEME },
	{ "brackets not closed", "<sip:a@h^", SW_RULE_NAME_ADDR },
	{ "headers without brackets", "sip:a@h^?b=c", SW_RULE_BRACKETS },
	{ "a word behind", "<sip:a@h> ^x", SW_RULE_LIST },
	{ "a comma last", "<sip:a@h>,^", SW_RULE_LIST },
	{ "two semicolons", "<sip:a@h>;^;x", SW_RULE_PARAM },
	{ "no value", "<sip:a@h>;x=^;y", SW_RULE_PARAM },
	{ "a value not closed", "<sip:a@h>;x=\"y^", SW_RULE_QUOTED },
	{ "a second tag", "<sip:a@h>;tag=1;^tag=2", SW_RULE_TAG },
	{ "no tag", "<sip:a@h>;tag^;x", SW_RULE_TAG },
};

static void a_refusal_names_the_octet_and_the_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(faults); i++) {
		const char *mark = strchr(faults[i].in, '^');
		size_t at = (size_t)(mark - faults[i].in);
		struct sw_nameaddr a;
		struct sw_fault why = { 0 };
		char text[128];

		print_message("%s\n", faults[i].name);
		snprintf(text, sizeof(text), "%.*s%s", (int)at, faults[i].in, mark + 1);
		struct sw_slice in = exact_copy(sw_slice_of(text)), rest = in;

		assert_int_not_equal(sw_nameaddr_next_why(&rest, &a, &why), SW_OK);
		assert_int_equal(why.at - in.p, at);
		assert_string_equal(sw_rule_name(why.rule), sw_rule_name(faults[i].rule));
		exact_free(in);
	}
}

static void a_list_is_read_to_its_end(void **state)
{
	struct sw_slice rest = SW_LIT("<sip:a@h>, \"B,\" <sip:b@h>;q=0.1\r\n , sip:c@h");
	struct sw_nameaddr a;
	const char *users = "abc";

	(void)state;
	for (size_t i = 0; rest.n > 0; i++) {
		assert_int_equal(sw_nameaddr_next(&rest, &a), SW_OK);
		assert_int_equal(a.uri.user.p[0], users[i]);
	}
	assert_string_equal(apart(&a, rest), "|sip:c@h|||");
}

static void try_part(struct sw_slice part)
{
	struct sw_slice rest = part;
	struct sw_nameaddr a;

	while (rest.n > 0) {
		struct sw_slice before = rest;

		if (sw_nameaddr_next(&rest, &a) != SW_OK)
			return;
		assert_true(rest.n < before.n && rest.p + rest.n == part.p + part.n);
		assert_true(a.text.p >= before.p && a.text.p + a.text.n <= part.p + part.n);
	}
}

static void a_list_cut_short_anywhere_is_safe(void **state)
{
	(void)state;
	each_beginning(SW_LIT("\"B\\\"\\\\b\" <sip:a:p%20@[::1]:5;x?b=c>;tag=1;q=\"\\\"\"\r\n , "
			      "a b<sip:h> , sip:a@h:1;x = y,*"),
		       try_part);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_comes_apart_or_is_refused),
		cmocka_unit_test(a_refusal_names_the_octet_and_the_rule),
		cmocka_unit_test(a_list_is_read_to_its_end),
		cmocka_unit_test(a_list_cut_short_anywhere_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
