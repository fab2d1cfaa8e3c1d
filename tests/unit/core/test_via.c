/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <sipward/msg.h>

/* How a value came apart: transport|sent-by|port|params|branch|rest, and ! where it has rport. */
static const char *apart(const struct sw_via *v, struct sw_slice rest)
{
	static char text[512];

#define TEXT(s) (int)(s).n, (s).p ? (s).p : ""
	snprintf(text, sizeof(text), "%.*s|%.*s|%u|%.*s|%s%.*s|%.*s", TEXT(v->transport),
		 TEXT(v->sent_by.text), (unsigned)v->sent_by.port, TEXT(v->params),
		 v->has_rport ? "!" : "", TEXT(v->branch), TEXT(rest));
	return text;
}

static const struct {
	const char *name;
	struct sw_slice in;
	const char *want; /* NULL: header_syntax */
} rows[] = {
	{ "a good one", SW_INIT("SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1;rport"),
	  "UDP|192.0.2.1|5060|branch=z9hG4bK1;rport|!z9hG4bK1|" },
	{ "without a port", SW_INIT("SIP/2.0/UDP h;branch=x"), "UDP|h|0|branch=x|x|" },
	{ "without a branch (RFC 2543)", SW_INIT("SIP/2.0/UDP h"), "UDP|h|0|||" },
	{ "blanks wherever they may be", SW_INIT(" SIP / 2.0 / UDP \r\n h : 5060 ; branch = x "),
	  "UDP|h|5060|branch = x|x|" },
	{ "any case", SW_INIT("sip/2.0/udp H;BRANCH=x;RPort"), "udp|H|0|BRANCH=x;RPort|!x|" },
	{ "another transport", SW_INIT("SIP/2.0/UNKNOWN h;branch=x"), "UNKNOWN|h|0|branch=x|x|" },
	{ "IPv6", SW_INIT("SIP/2.0/UDP [2001:db8::9:1]:5060;branch=x"),
	  "UDP|2001:db8::9:1|5060|branch=x|x|" },
	{ "received in brackets (RFC 5118 4.5)",
	  SW_INIT("SIP/2.0/UDP h;received=[2001:db8::9:255];branch=x"),
	  "UDP|h|0|received=[2001:db8::9:255];branch=x|x|" },
	{ "received without (RFC 5118 4.5)",
	  SW_INIT("SIP/2.0/UDP h;received=2001:db8::9:255;branch=x"),
	  "UDP|h|0|received=2001:db8::9:255;branch=x|x|" },
	{ "an rport that was filled in", SW_INIT("SIP/2.0/UDP h;rport=9"), "UDP|h|0|rport=9|!|" },
	{ "one of two", SW_INIT("SIP/2.0/UDP a;branch=x , SIP/2.0/TCP b"),
	  "UDP|a|0|branch=x|x|SIP/2.0/TCP b" },
	{ "nothing", SW_INIT(""), NULL },
	{ "blanks", SW_INIT(" \t"), NULL },
	{ "another protocol", SW_INIT("HTTP/2.0/UDP h"), NULL },
	{ "another version", SW_INIT("SIP/3.0/UDP h"), NULL },
	{ "a version of one number", SW_INIT("SIP/2/UDP h"), NULL },
	{ "no transport", SW_INIT("SIP/2.0 h"), NULL },
	{ "an empty transport", SW_INIT("SIP/2.0/ h"), NULL },
	{ "no sent-by", SW_INIT("SIP/2.0/UDP"), NULL },
	{ "no sent-by behind a blank", SW_INIT("SIP/2.0/UDP ;branch=x"), NULL },
	{ "no blank before sent-by", SW_INIT("SIP/2.0/UDP[::1]"), NULL },
	{ "a sent-by that is no host", SW_INIT("SIP/2.0/UDP 192.0.2.256"), NULL },
	{ "a user in sent-by", SW_INIT("SIP/2.0/UDP a@h"), NULL },
	{ "two sent-by", SW_INIT("SIP/2.0/UDP a b"), NULL },
	{ "IPv6 without brackets", SW_INIT("SIP/2.0/UDP 2001:db8::1"), NULL },
	{ "brackets not closed", SW_INIT("SIP/2.0/UDP [2001:db8::1;branch=x"), NULL },
	{ "empty brackets", SW_INIT("SIP/2.0/UDP []:5060"), NULL },
	{ "an empty port", SW_INIT("SIP/2.0/UDP h:;branch=x"), NULL },
	{ "a port too large", SW_INIT("SIP/2.0/UDP h:65536"), NULL },
	{ "a port that is none", SW_INIT("SIP/2.0/UDP h:sip"), NULL },
	{ "two ports", SW_INIT("SIP/2.0/UDP h:1:2"), NULL },
	{ "two semicolons", SW_INIT("SIP/2.0/UDP h;;branch=x"), NULL },
	{ "a semicolon last", SW_INIT("SIP/2.0/UDP h;"), NULL },
	{ "two branches", SW_INIT("SIP/2.0/UDP h;branch=x;branch=y"), NULL },
	{ "two branches in another case", SW_INIT("SIP/2.0/UDP h;branch=x;BRANCH=x"), NULL },
	{ "a branch without a value", SW_INIT("SIP/2.0/UDP h;branch"), NULL },
	{ "an empty branch", SW_INIT("SIP/2.0/UDP h;branch="), NULL },
	{ "an empty branch in quotes", SW_INIT("SIP/2.0/UDP h;branch=\"\""), NULL },
	{ "a second branch behind an empty one", SW_INIT("SIP/2.0/UDP h;branch=\"\";branch=x"),
	  NULL },
	{ "a comma last", SW_INIT("SIP/2.0/UDP h,"), NULL },
	{ "a comma first", SW_INIT(",SIP/2.0/UDP h"), NULL },
	{ "something behind", SW_INIT("SIP/2.0/UDP h;branch=x \"y\""), NULL },
	{ "NUL behind the host", SW_INIT("SIP/2.0/UDP h\0"), NULL },
};

static void a_value_comes_apart_or_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in), rest = in;
		struct sw_via v = { .branch.n = 77 };

		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_via_next(&rest, &v), rows[i].want ? SW_OK : SW_R_HEADER_SYNTAX);
		if (rows[i].want) {
			assert_string_equal(apart(&v, rest), rows[i].want);
		} else {
			assert_int_equal(v.branch.n, 77);
			assert_true(rest.p == in.p && rest.n == in.n);
		}
		exact_free(in);
	}
}

static void try_part(struct sw_slice part)
{
	struct sw_slice rest = part;
	struct sw_via v;

	while (rest.n > 0) {
		size_t before = rest.n;

		if (sw_via_next(&rest, &v) != SW_OK)
			return;
		assert_true(rest.n < before && v.sent_by.kind != SW_HOST_NONE);
	}
}

static void a_list_cut_short_anywhere_is_safe(void **state)
{
	(void)state;
	each_beginning(SW_LIT("SIP / 2.0 /\r\n UDP [2001:db8::1] : 5060;branch=z9hG4bK;x=\"\\\"\" ,"
			      "SIP/2.0/TCP h.example:1;rport;received=[::1],SIP/2.0/TLS 192.0.2.1"),
		       try_part);
}

static const struct {
	const char *name, *in; /* "^" before the octet in the way */
	enum sw_rule rule;
	const char *text; /* what an answer can repeat; "" nothing */
} faults[] = {
	{ "nothing", "^", SW_RULE_VIA_PROTOCOL, "" },
	{ "no transport", "SIP/2.0/^", SW_RULE_VIA_PROTOCOL, "" },
	{ "no blank", "SIP/2.0/UDP^", SW_RULE_VIA_PROTOCOL, "" },
	{ "another protocol", "^HTTP/2.0/UDP h;a", SW_RULE_VIA_PROTOCOL, "HTTP/2.0/UDP h;a" },
	{ "another version", "SIP/^7.0/UDP h;a", SW_RULE_VIA_PROTOCOL, "SIP/7.0/UDP h;a" },
	{ "the first of two faults", "SIP/^7.0/UDP h;;", SW_RULE_VIA_PROTOCOL, "SIP/7.0/UDP h" },
	{ "no host", "SIP/2.0/UDP ^;a", SW_RULE_HOST_NAME, "SIP/2.0/UDP ;a" },
	{ "no port", "SIP/2.0/UDP h:^;a", SW_RULE_PORT, "" },
	{ "a port too large", "SIP/2.0/UDP h:6553^6;a", SW_RULE_PORT, "SIP/2.0/UDP h:65536;a" },
	{ "brackets not closed", "SIP/2.0/UDP [::1^;a", SW_RULE_HOST_IP6, "SIP/2.0/UDP [::1;a" },
	{ "an underscore", "SIP/2.0/UDP a^_b;a", SW_RULE_LIST, "SIP/2.0/UDP a" },
	{ "two semicolons", "SIP/2.0/UDP h;a;^;b", SW_RULE_PARAM, "SIP/2.0/UDP h;a" },
	{ "a value not closed", "SIP/2.0/UDP h;a=\"^", SW_RULE_QUOTED, "SIP/2.0/UDP h" },
	{ "no branch", "SIP/2.0/UDP h;branch^;b", SW_RULE_BRANCH, "SIP/2.0/UDP h;branch;b" },
	{ "two branches", "SIP/2.0/UDP h;branch=a;^branch=b", SW_RULE_BRANCH,
	  "SIP/2.0/UDP h;branch=a;branch=b" },
	{ "a comma last", "SIP/2.0/UDP h,^", SW_RULE_LIST, "SIP/2.0/UDP h" },
};

static void a_refusal_names_the_octet_and_keeps_what_an_answer_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(faults); i++) {
		const char *mark = strchr(faults[i].in, '^');
		size_t at = (size_t)(mark - faults[i].in);
		struct sw_fault why = { 0 };
		struct sw_via v;
		char text[128];

		print_message("%s\n", faults[i].name);
		snprintf(text, sizeof(text), "%.*s%s", (int)at, faults[i].in, mark + 1);
		struct sw_slice in = exact_copy(sw_slice_of(text)), rest = in;

		assert_int_equal(sw_via_next_why(&rest, &v, &why), SW_R_HEADER_SYNTAX);
		assert_int_equal(why.at - in.p, at);
		assert_string_equal(sw_rule_name(why.rule), sw_rule_name(faults[i].rule));
		assert_true(sw_slice_eq(v.text, sw_slice_of(faults[i].text)));
		exact_free(in);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_comes_apart_or_is_refused),
		cmocka_unit_test(a_refusal_names_the_octet_and_keeps_what_an_answer_needs),
		cmocka_unit_test(a_list_cut_short_anywhere_is_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
