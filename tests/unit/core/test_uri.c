/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <sipward/uri.h>

/* How a URI came apart, in one line: scheme|user|password|kind host|port|params|headers. */
static const char *apart(const struct sw_uri *u)
{
	static const char *const schemes[] = { "none", "sip", "sips", "tel", "other" };
	static const char *const kinds[] = { "", "name ", "ip4 ", "ip6 " };
	static char text[512];

#define TEXT(s) (int)(s).n, (s).p ? (s).p : ""
	snprintf(text, sizeof(text), "%s|%s%.*s|%.*s|%s%.*s|%u|%.*s|%.*s", schemes[u->scheme],
		 u->has_user ? "@" : "", TEXT(u->user), TEXT(u->password), kinds[u->host.kind],
		 TEXT(u->host.text), (unsigned)u->host.port, TEXT(u->params), TEXT(u->headers));
	return text;
}

static const struct {
	const char *name;
	struct sw_slice in;
	const char *want; /* NULL: refused */
} rows[] = {
	{ "a host", SW_INIT("sip:example.com"), "sip|||name example.com|0||" },
	{ "everything", SW_INIT("SIPS:al%69ce:p%20w@Example.COM:5061;lr;t=tcp?a=b&c="),
	  "sips|@al%69ce|p%20w|name Example.COM|5061|lr;t=tcp|a=b&c=" },
	{ "IPv4", SW_INIT("sip:a@192.0.2.1:5060"), "sip|@a||ip4 192.0.2.1|5060||" },
	{ "IPv6", SW_INIT("sip:a@[2001:db8::1]:5060;lr"), "sip|@a||ip6 2001:db8::1|5060|lr|" },
	{ "what looks like a port is none (RFC 5118 4.3)", SW_INIT("sip:[2001:db8::10:5070]"),
	  "sip|||ip6 2001:db8::10:5070|0||" },
	{ "three colons (RFC 5118 4.10)", SW_INIT("sip:a@[2001:db8:::192.0.2.1]"),
	  "sip|@a||ip6 2001:db8:::192.0.2.1|0||" },
	{ "a user with a semicolon (RFC 4475 3.1.1.9)",
	  SW_INIT("sip:user;par=u%40example.net@example.com"),
	  "sip|@user;par=u%40example.net||name example.com|0||" },
	{ "an empty password", SW_INIT("sip:a:@h"), "sip|@a||name h|0||" },
	{ "a dot behind the host", SW_INIT("sip:example.com."), "sip|||name example.com.|0||" },
	{ "a label that begins with a digit", SW_INIT("sip:1a.3com.example"),
	  "sip|||name 1a.3com.example|0||" },
	{ "leading zeros of a port", SW_INIT("sip:h:0005060"), "sip|||name h|5060||" },
	{ "a number (RFC 3966 3)", SW_INIT("tel:+49-30-1;x=y"), "tel|@+49-30-1|||0|x=y|" },
	{ "a number with all of it", SW_INIT("TEL:+1(201)555.0123;ext=44;isub=a:b;x"),
	  "tel|@+1(201)555.0123|||0|ext=44;isub=a:b;x|" },
	{ "a local number in a domain", SW_INIT("tel:863-1234;phone-context=example.com"),
	  "tel|@863-1234|||0|phone-context=example.com|" },
	{ "a local number in a country", SW_INIT("tel:*21#;phone-context=+49-30"),
	  "tel|@*21#|||0|phone-context=+49-30|" },
	{ "another scheme is not taken apart", SW_INIT("mailto:a@b?c=%20&d"), "other||||0||" },
	{ "a scheme with + - .", SW_INIT("a+b-c.9:x"), "other||||0||" },
	{ "another scheme with nothing behind", SW_INIT("x:"), NULL },
	{ "another scheme and a fragment", SW_INIT("http://a/#b"), NULL },
	{ "another scheme and a quote", SW_INIT("x:\"a\""), NULL },
	{ "another scheme and half an escape", SW_INIT("x:%4"), NULL },
	{ "no number", SW_INIT("tel:"), NULL },
	{ "a plus alone", SW_INIT("tel:+"), NULL },
	{ "separators alone", SW_INIT("tel:+-.()"), NULL },
	{ "letters behind a plus", SW_INIT("tel:+1A"), NULL },
	{ "a number with a blank", SW_INIT("tel:+49 30"), NULL },
	{ "a number with an escape", SW_INIT("tel:+49%2030"), NULL },
	{ "a number with a host", SW_INIT("tel:+4930@example.com"), NULL },
	{ "a local number without context (RFC 3966 5.1.5)", SW_INIT("tel:8631234"), NULL },
	{ "an empty context", SW_INIT("tel:1;phone-context"), NULL },
	{ "a context that is an address", SW_INIT("tel:1;phone-context=192.0.2.1"), NULL },
	{ "a context with a port", SW_INIT("tel:1;phone-context=example.com:5"), NULL },
	{ "a context of letters behind a plus", SW_INIT("tel:1;phone-context=+abc"), NULL },
	{ "a bad context beside a plus", SW_INIT("tel:+1;phone-context=.."), NULL },
	{ "two contexts", SW_INIT("tel:1;phone-context=+1;phone-context=+2"), NULL },
	{ "a parameter of a number twice", SW_INIT("tel:+1;ext=1;x;EXT=2"), NULL },
	{ "a parameter of a number without a name", SW_INIT("tel:+1;=2"), NULL },
	{ "a parameter of a number without a value", SW_INIT("tel:+1;x="), NULL },
	{ "many parameters of a number", SW_INIT("tel:+1;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q"),
	  NULL },
	{ "a semicolon behind a number", SW_INIT("tel:+1;"), NULL },
	{ "a quote in a parameter of a number", SW_INIT("tel:+1;x=\"y\""), NULL },
	{ "a parameter twice", SW_INIT("sip:h;transport=udp;transport=tcp"), NULL },
	{ "a parameter twice, in another case", SW_INIT("sip:h;lr;x;LR"), NULL },
	{ "a parameter twice, once escaped", SW_INIT("sip:h;lr;%6cr"), NULL },
	{ "many parameters",
	  SW_INIT("sip:h;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;r;s;t;u;v;w;x;y;z;0;1;2;3;4;5;6"),
	  NULL },
	{ "nothing", SW_INIT(""), NULL },
	{ "no scheme", SW_INIT("example.com"), NULL },
	{ "a scheme that begins with a digit", SW_INIT("1sip:example.com"), NULL },
	{ "no host", SW_INIT("sip:"), NULL },
	{ "no host behind @", SW_INIT("sip:a@"), NULL },
	{ "an empty user", SW_INIT("sip:@example.com"), NULL },
	{ "an empty user and a password", SW_INIT("sip::pw@example.com"), NULL },
	{ "two @", SW_INIT("sip:a@b@example.com"), NULL },
	{ "a blank before", SW_INIT(" sip:example.com"), NULL },
	{ "a blank behind", SW_INIT("sip:example.com "), NULL },
	{ "a blank inside", SW_INIT("sip:a b@example.com"), NULL },
	{ "in angle brackets (RFC 4475 3.1.2.7)", SW_INIT("<sip:a@example.com>"), NULL },
	{ "NUL in the user", SW_INIT("sip:a\0b@example.com"), NULL },
	{ "NUL behind", SW_INIT("sip:example.com\0"), NULL },
	{ "a line end", SW_INIT("sip:example.com\r\n"), NULL },
	{ "above 127", SW_INIT("sip:\xc3\xa4@example.com"), NULL },
	{ "a quote in the user", SW_INIT("sip:a\"b@example.com"), NULL },
	{ "a slash in the host", SW_INIT("sip://example.com"), NULL },
	{ "an escape in the host", SW_INIT("sip:ex%61mple.com"), NULL },
	{ "an underscore in the host", SW_INIT("sip:ex_ample.com"), NULL },
	{ "an escape cut short in the user", SW_INIT("sip:a%4@example.com"), NULL },
	{ "an escape of no digits", SW_INIT("sip:a%zz@example.com"), NULL },
	{ "an escape cut short by the end", SW_INIT("sip:h;a=%4"), NULL },
	{ "a hyphen before the host", SW_INIT("sip:-example.com"), NULL },
	{ "a dot before the host", SW_INIT("sip:.example.com"), NULL },
	{ "two dots in the host", SW_INIT("sip:example..com"), NULL },
	{ "a dot alone", SW_INIT("sip:."), NULL },
	{ "four numbers that are no address", SW_INIT("sip:192.0.2.256"), NULL },
	{ "three numbers", SW_INIT("sip:192.0.2"), NULL },
	{ "five numbers", SW_INIT("sip:192.0.2.1.1"), NULL },
	{ "one number", SW_INIT("sip:3221225985"), NULL },
	{ "hexadecimal", SW_INIT("sip:0xc0.0x0.0x2.0x1"), NULL },
	{ "an address and a dot", SW_INIT("sip:192.0.2.1."), NULL },
	{ "IPv6 without brackets (RFC 5118 4.2)", SW_INIT("sip:2001:db8::10"), NULL },
	{ "brackets not closed", SW_INIT("sip:[2001:db8::1"), NULL },
	{ "brackets not opened", SW_INIT("sip:2001:db8::1]"), NULL },
	{ "empty brackets", SW_INIT("sip:[]"), NULL },
	{ "IPv4 in brackets", SW_INIT("sip:[192.0.2.1]"), NULL },
	{ "a name in brackets", SW_INIT("sip:[example.com]"), NULL },
	{ "a zone", SW_INIT("sip:[fe80::1%25eth0]"), NULL },
	{ "three colons without an IPv4 address", SW_INIT("sip:[2001:db8:::1]"), NULL },
	{ "four colons", SW_INIT("sip:[2001:db8::::192.0.2.1]"), NULL },
	{ "brackets longer than any address",
	  SW_INIT("sip:[1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb:cccc:192.0.2.1]"),
	  NULL },
	{ "something behind the bracket", SW_INIT("sip:[::1]x"), NULL },
	{ "an empty port", SW_INIT("sip:example.com:"), NULL },
	{ "a port too large", SW_INIT("sip:example.com:65536"), NULL },
	{ "a port of 2 to the 64 and 5060", SW_INIT("sip:h:18446744073709556676"), NULL },
	{ "a port with a sign", SW_INIT("sip:example.com:+5060"), NULL },
	{ "two ports", SW_INIT("sip:example.com:1:2"), NULL },
	{ "a blank before the port", SW_INIT("sip:example.com: 5060"), NULL },
	{ "an empty parameter", SW_INIT("sip:example.com;"), NULL },
	{ "two semicolons", SW_INIT("sip:example.com;;lr"), NULL },
	{ "a parameter without a name", SW_INIT("sip:example.com;=x"), NULL },
	{ "a parameter without a value", SW_INIT("sip:example.com;a="), NULL },
	{ "a parameter with two =", SW_INIT("sip:example.com;a=b=c"), NULL },
	{ "no headers behind ?", SW_INIT("sip:example.com?"), NULL },
	{ "a header without =", SW_INIT("sip:example.com?a"), NULL },
	{ "a header without a name", SW_INIT("sip:example.com?=a"), NULL },
	{ "no header behind &", SW_INIT("sip:example.com?a=b&"), NULL },
	{ "two ?", SW_INIT("sip:example.com?a=b?c=d&e=f;g"), NULL },
	{ "a comma behind the host", SW_INIT("sip:example.com,x"), NULL },
};

static void a_uri_comes_apart_or_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in);
		struct sw_uri u = { .host.port = 77 };

		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_uri_parse(in, &u), rows[i].want ? SW_OK : SW_R_URI_SYNTAX);
		if (rows[i].want)
			assert_string_equal(apart(&u), rows[i].want);
		else
			assert_int_equal(u.host.port, 77);
		exact_free(in);
	}
}

/* The octet in the way is behind "^" in the row. */
static const struct {
	const char *name, *in;
	enum sw_rule rule;
} faults[] = {
	{ "nothing", "^", SW_RULE_URI_SCHEME },
	{ "no scheme", "example.com^", SW_RULE_URI_SCHEME },
	{ "a bracket", "^<sip:a>", SW_RULE_URI_SCHEME },
	{ "an underscore in a scheme", "si^_p:a", SW_RULE_URI_SCHEME },
	{ "no host", "sip:^", SW_RULE_HOST_NAME },
	{ "an empty user", "sip:^@h", SW_RULE_URI_USER },
	{ "a quote in a user", "sip:a^\"b@h", SW_RULE_URI_USER },
	{ "a bad escape in a user", "sip:a^%4g@h", SW_RULE_URI_ESCAPE },
	{ "a colon in a password", "sip:a:b^:c@h", SW_RULE_URI_PASSWORD },
	{ "two @", "sip:a@b^@h", SW_RULE_URI_END },
	{ "an underscore in a host", "sip:ex^_ample", SW_RULE_URI_END },
	{ "a hyphen before a label", "sip:a.^-b", SW_RULE_HOST_NAME },
	{ "a hyphen behind a label", "sip:a-^.b", SW_RULE_HOST_NAME },
	{ "two dots", "sip:a.^.b", SW_RULE_HOST_NAME },
	{ "a number over 255", "sip:192.0.2.25^6", SW_RULE_HOST_IP4 },
	{ "three numbers", "sip:192.0.2^", SW_RULE_HOST_IP4 },
	{ "five numbers", "sip:192.0.2.1^.1", SW_RULE_HOST_IP4 },
	{ "a letter in an address", "sip:192.0.2.0^x1", SW_RULE_HOST_IP4 },
	{ "IPv6 without brackets", "sip:a@^2001:db8::1", SW_RULE_HOST_IP6 },
	{ "a zone", "sip:[fe80::1^%25eth0]", SW_RULE_HOST_IP6 },
	{ "a bracket not closed", "sip:[::1^", SW_RULE_HOST_IP6 },
	{ "an address that is too short", "sip:[1:2^]", SW_RULE_HOST_IP6 },
	{ "no port", "sip:h:^", SW_RULE_PORT },
	{ "a port too large", "sip:h:6553^6", SW_RULE_PORT },
	{ "a port with a letter", "sip:h:5^a", SW_RULE_URI_END },
	{ "an empty parameter", "sip:h;a;^;b", SW_RULE_URI_PARAM },
	{ "a parameter twice", "sip:h;ob;x=y;^Ob=1", SW_RULE_URI_PARAM_ONCE },
	{ "the 33rd parameter",
	  "sip:h;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;r;s;t;u;v;w;x;y;z;0;1;2;3;4;5;^6",
	  SW_RULE_URI_PARAM_ONCE },
	{ "no value", "sip:h;a=^", SW_RULE_URI_PARAM },
	{ "two =", "sip:h;a=b^=c", SW_RULE_URI_PARAM },
	{ "a bad escape in a parameter", "sip:h;a=^%zz", SW_RULE_URI_ESCAPE },
	{ "a header without =", "sip:h?a^", SW_RULE_URI_HEADER },
	{ "two ?", "sip:h?a=b?^=", SW_RULE_URI_HEADER },
	{ "a comma", "sip:h^,x", SW_RULE_URI_END },
	{ "no number", "tel:+^", SW_RULE_TEL_NUMBER },
	{ "a letter in a number", "tel:+49^x", SW_RULE_TEL_NUMBER },
	{ "no context", "tel:123^", SW_RULE_TEL_CONTEXT },
	{ "a bad context", "tel:123;phone-context=^1", SW_RULE_TEL_CONTEXT },
	{ "a parameter twice", "tel:+1;a;^A", SW_RULE_TEL_PARAM },
	{ "nothing behind a scheme", "x:^", SW_RULE_URI_OPAQUE },
	{ "a fragment", "http://h/^#a", SW_RULE_URI_OPAQUE },
};

static void a_refusal_names_the_octet_and_the_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(faults); i++) {
		const char *mark = strchr(faults[i].in, '^');
		size_t at = (size_t)(mark - faults[i].in);
		char text[128];
		struct sw_fault why = { 0 };
		struct sw_uri u;

		print_message("%s\n", faults[i].name);
		snprintf(text, sizeof(text), "%.*s%s", (int)at, faults[i].in, mark + 1);
		struct sw_slice in = exact_copy(sw_slice_of(text));

		assert_int_equal(sw_uri_parse_why(in, &u, &why), SW_R_URI_SYNTAX);
		assert_int_equal(why.at - in.p, at);
		assert_string_equal(sw_rule_name(why.rule), sw_rule_name(faults[i].rule));
		exact_free(in);
	}
}

static void parameters_of_a_uri_are_found_whatever_they_hold(void **state)
{
	struct sw_uri u;
	struct sw_slice v;

	(void)state;
	assert_int_equal(sw_uri_parse(SW_LIT("sip:h;a=/(&$);b=[::1]:5;LR;m%61=x"), &u), SW_OK);
	assert_true(sw_uri_param_find(u.params, SW_LIT("a"), &v));
	assert_true(sw_slice_eq(v, SW_LIT("/(&$)")));
	assert_true(sw_uri_param_find(u.params, SW_LIT("B"), &v));
	assert_true(sw_slice_eq(v, SW_LIT("[::1]:5")));
	assert_true(sw_uri_param_find(u.params, SW_LIT("lr"), &v) && v.n == 0);
	assert_false(sw_uri_param_find(u.params, SW_LIT("c"), &v));
	assert_false(sw_uri_param_find((struct sw_slice){ 0 }, SW_LIT("c"), &v));
}

static void parameters_of_a_field_are_found_whatever_they_hold(void **state)
{
	struct sw_slice list = SW_LIT(
		"a=\"x;b=\\\"y\" ; received=[2001:db8::1]:5 ;h=2001:db8::1;\r\n b = z;c");
	static const struct {
		const char *name, *value;
	} wants[] = {
		{ "a", "x;b=\\\"y" },
		{ "Received", "[2001:db8::1]:5" },
		{ "h", "2001:db8::1" },
		{ "B", "z" },
		{ "c", "" },
	};
	struct sw_slice v;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(wants); i++) {
		print_message("%s\n", wants[i].name);
		assert_true(sw_param_find(list, sw_slice_of(wants[i].name), &v));
		assert_true(sw_slice_eq(v, sw_slice_of(wants[i].value)));
	}
	assert_false(sw_param_find(list, SW_LIT("d"), &v));
	assert_false(sw_param_find(list, SW_LIT("x"), &v));
	assert_false(sw_param_find((struct sw_slice){ 0 }, SW_LIT("a"), &v));
}

static void try_part(struct sw_slice part)
{
	struct sw_uri u;
	struct sw_host h;

	if (sw_uri_parse(part, &u) == SW_OK && sw_uri_is_sip(&u))
		assert_true(u.host.text.n > 0 && u.text.n == part.n);
	if (sw_host_parse(part, &h) == SW_OK)
		assert_true(h.kind != SW_HOST_NONE);
}

static void a_uri_cut_short_anywhere_is_safe(void **state)
{
	(void)state;
	each_beginning(rows[1].in, try_part);
	each_beginning(rows[5].in, try_part);
	each_beginning(SW_LIT("[2001:db8:::192.0.2.1]:5060"), try_part);
	each_beginning(SW_LIT("192.0.2.1:5060"), try_part);
}

static const struct {
	const char *name;
	struct sw_slice in;
	enum sw_host_kind kind; /* NONE: refused */
	uint16_t port;
} hosts[] = {
	{ "a name", SW_INIT("example.com"), SW_HOST_NAME, 0 },
	{ "a name and a port", SW_INIT("example.com:5061"), SW_HOST_NAME, 5061 },
	{ "blanks round the colon, as in Via", SW_INIT("example.com : 5061"), SW_HOST_NAME, 5061 },
	{ "IPv4", SW_INIT("192.0.2.1:1"), SW_HOST_IP4, 1 },
	{ "IPv6", SW_INIT("[::1]:65535"), SW_HOST_IP6, 65535 },
	{ "port 0 is as none", SW_INIT("h:0"), SW_HOST_NAME, 0 },
	{ "nothing", SW_INIT(""), SW_HOST_NONE, 0 },
	{ "a port only", SW_INIT(":5060"), SW_HOST_NONE, 0 },
	{ "a blank before", SW_INIT(" h"), SW_HOST_NONE, 0 },
	{ "a blank behind", SW_INIT("h "), SW_HOST_NONE, 0 },
	{ "an empty port", SW_INIT("h:"), SW_HOST_NONE, 0 },
	{ "a port too large", SW_INIT("h:65536"), SW_HOST_NONE, 0 },
	{ "a user", SW_INIT("a@h"), SW_HOST_NONE, 0 },
	{ "a parameter", SW_INIT("h;x"), SW_HOST_NONE, 0 },
	{ "IPv6 without brackets", SW_INIT("2001:db8::1"), SW_HOST_NONE, 0 },
	{ "digits and letters that look like an address", SW_INIT("192.0.2.0x1"), SW_HOST_NONE, 0 },
};

static void a_host_is_a_name_or_an_address(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(hosts); i++) {
		struct sw_slice in = exact_copy(hosts[i].in);
		struct sw_host h = { .port = 77 };
		bool ok = hosts[i].kind != SW_HOST_NONE;

		print_message("%s\n", hosts[i].name);
		assert_int_equal(sw_host_parse(in, &h), ok ? SW_OK : SW_R_URI_SYNTAX);
		assert_int_equal(h.kind, hosts[i].kind);
		assert_int_equal(h.port, ok ? hosts[i].port : 77);
		exact_free(in);
	}
}

static struct sw_uri parse(struct sw_slice text)
{
	struct sw_uri u;

	assert_int_equal(sw_uri_parse(text, &u), SW_OK);
	return u;
}

static void uris_are_the_same_as_the_table_says(void **state)
{
	struct vectors v;

	(void)state;
	vectors_open(&v, "uri/equality.txt");
	while (vectors_next(&v, 4)) {
		struct sw_uri a = parse(v.field[1]), b = parse(v.field[2]);
		bool same = vectors_is(&v, 0, "equal");

		assert_true(same || vectors_is(&v, 0, "different"));
		assert_int_equal(sw_uri_eq(&a, &b), same);
		assert_int_equal(sw_uri_eq(&b, &a), same);
		assert_true(sw_uri_eq(&a, &a) && sw_uri_eq(&b, &b));
	}
	vectors_close(&v);
}

static void numbers_are_the_same_without_their_separators(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice a, b;
		bool same;
	} pairs[] = {
		{ "separators (RFC 3966 4)", SW_INIT("tel:+1-201-555-0123"),
		  SW_INIT("tel:+1(201)555.0123"), true },
		{ "case and order", SW_INIT("tel:*a;phone-context=A.example;ext=1"),
		  SW_INIT("TEL:*A;EXT=1;phone-context=a.Example"), true },
		{ "separators of an extension", SW_INIT("tel:+1;ext=2-3"), SW_INIT("tel:+1;ext=23"),
		  true },
		{ "another number", SW_INIT("tel:+12"), SW_INIT("tel:+13"), false },
		{ "a longer number", SW_INIT("tel:+12"), SW_INIT("tel:+123"), false },
		{ "a parameter that lacks", SW_INIT("tel:+1;a"), SW_INIT("tel:+1"), false },
		{ "another value", SW_INIT("tel:+1;a=b"), SW_INIT("tel:+1;a=c"), false },
		{ "another context", SW_INIT("tel:1;phone-context=+1"),
		  SW_INIT("tel:1;phone-context=+2"), false },
		{ "another scheme", SW_INIT("tel:+1"), SW_INIT("sip:h"), false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(pairs); i++) {
		struct sw_uri a = parse(pairs[i].a), b = parse(pairs[i].b);

		print_message("%s\n", pairs[i].name);
		assert_int_equal(sw_uri_eq(&a, &b), pairs[i].same);
		assert_int_equal(sw_uri_eq(&b, &a), pairs[i].same);
		assert_true(sw_uri_eq(&a, &a) && sw_uri_eq(&b, &b));
	}
}

/* "sip:h" and n headers in this order or the other. */
static struct sw_slice with_headers(char *room, size_t cap, unsigned n, bool back)
{
	size_t at = (size_t)snprintf(room, cap, "sip:h");

	for (unsigned i = 0; i < n; i++)
		at += (size_t)snprintf(room + at, cap - at, "%cp%u=", i > 0 ? '&' : '?',
				       back ? n - i : i + 1);
	return (struct sw_slice){ room, at };
}

static void many_headers_are_compared_as_they_stand(void **state)
{
	char one[512], two[512];

	(void)state;
	for (unsigned n = 33; n <= 34; n++) {
		struct sw_uri a = parse(with_headers(one, sizeof(one), n, false));
		struct sw_uri b = parse(with_headers(two, sizeof(two), n, true));

		assert_true(sw_uri_eq(&a, &a));
		assert_int_equal(sw_uri_eq(&a, &b), n == 33);
	}
}

static void nothing_equals_a_zeroed_uri_or_host(void **state)
{
	struct sw_uri zero = { 0 }, a = parse(SW_LIT("sip:example.com"));

	(void)state;
	assert_false(sw_uri_eq(&zero, &zero));
	assert_false(sw_uri_eq(&zero, &a));
	assert_false(sw_host_eq(&zero.host, &zero.host));
	assert_false(sw_host_eq(&a.host, &zero.host));
	assert_false(sw_host_eq(&zero.host, &a.host));
}

static void hosts_are_the_same_by_kind(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice a, b;
		bool same;
	} pairs[] = {
		{ "case", SW_INIT("EXAMPLE.com"), SW_INIT("example.COM"), true },
		{ "ports are not compared", SW_INIT("h:1"), SW_INIT("h:2"), true },
		{ "IPv4", SW_INIT("192.0.2.1"), SW_INIT("192.0.2.1"), true },
		{ "IPv6 spelled in two ways", SW_INIT("[2001:db8::1]"),
		  SW_INIT("[2001:0DB8:0:0::0:1]"), true },
		{ "three colons and two", SW_INIT("[::FFFF:0:::192.0.2.1]"),
		  SW_INIT("[::ffff:0::192.0.2.1]"), false },
		{ "IPv4 and the same in IPv6", SW_INIT("192.0.2.1"), SW_INIT("[::ffff:192.0.2.1]"),
		  false },
		{ "another name", SW_INIT("example.com"), SW_INIT("example.org"), false },
		{ "a longer name", SW_INIT("example.com"), SW_INIT("example.com."), false },
		{ "another address", SW_INIT("[::1]"), SW_INIT("[::2]"), false },
		{ "a name and an address", SW_INIT("example.com"), SW_INIT("192.0.2.1"), false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(pairs); i++) {
		struct sw_host a, b;

		print_message("%s\n", pairs[i].name);
		if (sw_host_parse(pairs[i].a, &a) != SW_OK ||
		    sw_host_parse(pairs[i].b, &b) != SW_OK) {
			assert_false(pairs[i].same);
			continue;
		}
		assert_int_equal(sw_host_eq(&a, &b), pairs[i].same);
		assert_int_equal(sw_host_eq(&b, &a), pairs[i].same);
	}
}

static void users_are_the_same_octet_by_octet(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice a, b;
		bool same;
	} pairs[] = {
		{ "the same", SW_INIT("alice"), SW_INIT("alice"), true },
		{ "escaped", SW_INIT("%61lic%65"), SW_INIT("alice"), true },
		{ "either case of an escape", SW_INIT("%C3%A4"), SW_INIT("%c3%a4"), true },
		{ "a reserved octet escaped", SW_INIT("a%3Bb"), SW_INIT("a;b"), true },
		{ "nobody", SW_INIT(""), SW_INIT(""), true },
		{ "unescaped once only (RFC 4475 3.1.1.3)", SW_INIT("%2561lice"), SW_INIT("alice"),
		  false },
		{ "another case", SW_INIT("Alice"), SW_INIT("alice"), false },
		{ "longer", SW_INIT("alice%00"), SW_INIT("alice"), false },
		{ "NUL does not end it (RFC 4475 3.1.1.4)", SW_INIT("null-%00-null"),
		  SW_INIT("null-"), false },
		{ "shorter", SW_INIT("alic"), SW_INIT("alice"), false },
		{ "nobody and somebody", SW_INIT(""), SW_INIT("a"), false },
		{ "a broken escape stands for itself", SW_INIT("%6"), SW_INIT("a"), false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(pairs); i++) {
		struct sw_slice a = exact_copy(pairs[i].a), b = exact_copy(pairs[i].b);

		print_message("%s\n", pairs[i].name);
		assert_int_equal(sw_user_eq(a, b), pairs[i].same);
		assert_int_equal(sw_user_eq(b, a), pairs[i].same);
		exact_free(a);
		exact_free(b);
	}
}

static const struct {
	const char *name;
	struct sw_slice params, want;
	bool found;
} finds[] = {
	{ "first", SW_INIT("q=1;expires=9"), SW_INIT("1"), true },
	{ "last", SW_INIT("expires=9;q=1"), SW_INIT("1"), true },
	{ "another case", SW_INIT("Q=1"), SW_INIT("1"), true },
	{ "without a value", SW_INIT("a;q;b"), SW_INIT(""), true },
	{ "quoted", SW_INIT("a=\";q=2\";q=\"1\""), SW_INIT("1"), true },
	{ "twice: the first", SW_INIT("q=1;q=2"), SW_INIT("1"), true },
	{ "not there", SW_INIT("a=q;qq=1;b=\";q=1\""), SW_INIT(""), false },
	{ "no list", SW_INIT(""), SW_INIT(""), false },
	{ "behind a fault", SW_INIT("a=;q=1"), SW_INIT(""), false },
	{ "its own value missing", SW_INIT("q="), SW_INIT(""), false },
};

static void a_parameter_is_found_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(finds); i++) {
		struct sw_slice params = exact_copy(finds[i].params), value;

		print_message("%s\n", finds[i].name);
		assert_int_equal(sw_param_find(params, SW_LIT("q"), &value), finds[i].found);
		if (finds[i].found)
			assert_true(sw_slice_eq(value, finds[i].want));
		exact_free(params);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_uri_comes_apart_or_is_refused),
		cmocka_unit_test(a_refusal_names_the_octet_and_the_rule),
		cmocka_unit_test(parameters_of_a_uri_are_found_whatever_they_hold),
		cmocka_unit_test(parameters_of_a_field_are_found_whatever_they_hold),
		cmocka_unit_test(a_uri_cut_short_anywhere_is_safe),
		cmocka_unit_test(a_host_is_a_name_or_an_address),
		cmocka_unit_test(uris_are_the_same_as_the_table_says),
		cmocka_unit_test(numbers_are_the_same_without_their_separators),
		cmocka_unit_test(many_headers_are_compared_as_they_stand),
		cmocka_unit_test(nothing_equals_a_zeroed_uri_or_host),
		cmocka_unit_test(hosts_are_the_same_by_kind),
		cmocka_unit_test(users_are_the_same_octet_by_octet),
		cmocka_unit_test(a_parameter_is_found_by_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
