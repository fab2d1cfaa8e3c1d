/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "base/addr.h"

/* An address as text again: one spelling for what may be written in many. */
static const char *text_of(const struct sw_addr *a)
{
	static char memory[128];
	struct sw_buf b = sw_buf_over(memory, sizeof(memory));

	sw_addr_write(&b, a);
	return sw_buf_text(&b);
}

static struct sw_addr addr(const char *text)
{
	struct sw_addr a;

	assert_true(sw_addr_parse_port(sw_slice_of(text), &a));
	return a;
}

static const struct {
	const char *name;
	struct sw_slice in;
	const char *bare, *with_port; /* as written again; NULL: refused */
} rows[] = {
	{ "IPv4", SW_INIT("192.0.2.1"), "192.0.2.1:0", "192.0.2.1:0" },
	{ "IPv6", SW_INIT("2001:DB8::0:1"), "[2001:db8::1]:0", "[2001:db8::1]:0" },
	{ "any", SW_INIT("::"), "[::]:0", "[::]:0" },
	{ "IPv4 in IPv6 is IPv4", SW_INIT("::ffff:192.0.2.1"), "192.0.2.1:0", "192.0.2.1:0" },
	{ "in hexadecimal too", SW_INIT("::FFFF:c000:201"), "192.0.2.1:0", "192.0.2.1:0" },
	{ "IPv4-compatible is IPv6", SW_INIT("::192.0.2.1"), "[::192.0.2.1]:0", "[::192.0.2.1]:0" },
	{ "IPv4 and port", SW_INIT("192.0.2.1:5060"), NULL, "192.0.2.1:5060" },
	{ "the last port", SW_INIT("192.0.2.1:65535"), NULL, "192.0.2.1:65535" },
	{ "IPv6 in brackets", SW_INIT("[2001:db8::1]"), NULL, "[2001:db8::1]:0" },
	{ "IPv6 and port", SW_INIT("[2001:db8::1]:5060"), NULL, "[2001:db8::1]:5060" },
	{ "IPv4 in IPv6 and port", SW_INIT("[::ffff:192.0.2.1]:5060"), NULL, "192.0.2.1:5060" },
	{ "what looks like a port is none", SW_INIT("2001:db8::10:5070"), "[2001:db8::10:5070]:0",
	  "[2001:db8::10:5070]:0" },
	{ "nothing", SW_INIT(""), NULL, NULL },
	{ "three numbers", SW_INIT("192.0.2"), NULL, NULL },
	{ "five numbers", SW_INIT("192.0.2.1.1"), NULL, NULL },
	{ "a number too large", SW_INIT("192.0.2.256"), NULL, NULL },
	{ "octal", SW_INIT("192.0.2.01"), NULL, NULL },
	{ "hexadecimal", SW_INIT("0xc0.0.2.1"), NULL, NULL },
	{ "one number", SW_INIT("3221225985"), NULL, NULL },
	{ "a blank before", SW_INIT(" 192.0.2.1"), NULL, NULL },
	{ "a blank behind", SW_INIT("192.0.2.1 "), NULL, NULL },
	{ "a dot behind", SW_INIT("192.0.2.1."), NULL, NULL },
	{ "NUL behind", SW_INIT("192.0.2.1\0"), NULL, NULL },
	{ "NUL and more", SW_INIT("192.0.2.1\0.example"), NULL, NULL },
	{ "a name", SW_INIT("localhost"), NULL, NULL },
	{ "a prefix", SW_INIT("192.0.2.0/24"), NULL, NULL },
	{ "IPv6 with a zone", SW_INIT("fe80::1%eth0"), NULL, NULL },
	{ "two gaps", SW_INIT("1::2::3"), NULL, NULL },
	{ "three colons", SW_INIT("1:::2"), NULL, NULL },
	{ "nine groups", SW_INIT("1:2:3:4:5:6:7:8:9"), NULL, NULL },
	{ "five digits in a group", SW_INIT("10000::1"), NULL, NULL },
	{ "longer than any address", SW_INIT("0000:0000:0000:0000:0000:0000:255.255.255.2555"),
	  NULL, NULL },
	{ "port 0", SW_INIT("192.0.2.1:0"), NULL, NULL },
	{ "port too large", SW_INIT("192.0.2.1:65536"), NULL, NULL },
	{ "port missing", SW_INIT("192.0.2.1:"), NULL, NULL },
	{ "port no number", SW_INIT("192.0.2.1:sip"), NULL, NULL },
	{ "port twice", SW_INIT("192.0.2.1:1:2"), NULL, NULL },
	{ "port only", SW_INIT(":5060"), NULL, NULL },
	{ "IPv4 in brackets", SW_INIT("[192.0.2.1]"), NULL, NULL },
	{ "empty brackets", SW_INIT("[]"), NULL, NULL },
	{ "a bracket alone", SW_INIT("["), NULL, NULL },
	{ "brackets not closed", SW_INIT("[2001:db8::1"), NULL, NULL },
	{ "brackets not opened", SW_INIT("2001:db8::1]"), NULL, NULL },
	{ "brackets twice", SW_INIT("[[::1]]"), NULL, NULL },
	{ "no colon behind the bracket", SW_INIT("[::1]5060"), NULL, NULL },
	{ "no port behind the colon", SW_INIT("[::1]:"), NULL, NULL },
	{ "port 0 behind brackets", SW_INIT("[::1]:0"), NULL, NULL },
	{ "a zone in brackets", SW_INIT("[fe80::1%eth0]:5060"), NULL, NULL },
};

static void is_read_as(bool ok, const struct sw_addr *a, const char *want)
{
	assert_int_equal(ok, want != NULL);
	if (want)
		assert_string_equal(text_of(a), want);
	else
		assert_int_equal(a->port, 77);
}

static void an_address_is_read_whole_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in);
		struct sw_addr bare = { .port = 77 }, with_port = { .port = 77 };

		print_message("%s\n", rows[i].name);
		is_read_as(sw_addr_parse(in, &bare), &bare, rows[i].bare);
		is_read_as(sw_addr_parse_port(in, &with_port), &with_port, rows[i].with_port);
		exact_free(in);
	}
}

static void try_part(struct sw_slice part)
{
	struct sw_addr a;
	bool bare = sw_addr_parse(part, &a);

	assert_true(!bare || sw_addr_parse_port(part, &a));
}

static void an_address_cut_short_anywhere_is_safe(void **state)
{
	(void)state;
	each_beginning(SW_LIT("[2001:db8::ffff:192.0.2.1]:5060"), try_part);
	each_beginning(SW_LIT("192.0.2.1:5060"), try_part);
}

static void no_address_equals_nothing_not_even_itself(void **state)
{
	struct sw_addr zero = { 0 }, a = addr("192.0.2.1:5060");

	(void)state;
	assert_false(sw_addr_eq_ip(&zero, &zero));
	assert_false(sw_addr_eq(&zero, &zero));
	assert_false(sw_addr_eq_ip(&zero, &a));
	assert_false(sw_addr_is_any(&zero));
	assert_string_equal(text_of(&zero), "-:0");
}

static void addresses_are_the_same_by_family_octets_and_scope(void **state)
{
	struct sw_addr a = addr("192.0.2.1:5060"), b = addr("192.0.2.1:5061");
	struct sw_addr six = addr("[c000:201::]:5060"), local = addr("[fe80::1]:5060"), other;

	(void)state;
	assert_true(sw_addr_eq_ip(&a, &b));
	assert_false(sw_addr_eq(&a, &b));
	b.port = 5060;
	assert_true(sw_addr_eq(&a, &b));
	b.ip[3] = 2;
	assert_false(sw_addr_eq_ip(&a, &b));
	assert_false(sw_addr_eq_ip(&a, &six)); /* the same sixteen octets */
	other = local;
	other.scope = 2;
	assert_false(sw_addr_eq_ip(&local, &other));
}

static void any_is_recognised(void **state)
{
	static const struct {
		const char *text;
		bool any;
	} kinds[] = {
		{ "0.0.0.0", true },  { "::", true },   { "127.0.0.1", false }, { "::1", false },
		{ "0.0.0.1", false }, { "1::", false }, { "7f00::", false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(kinds); i++) {
		struct sw_addr a = addr(kinds[i].text);

		print_message("%s\n", kinds[i].text);
		assert_int_equal(sw_addr_is_any(&a), kinds[i].any);
	}
}

static void loopback_is_recognised(void **state)
{
	static const struct {
		const char *text;
		bool is;
	} kinds[] = {
		{ "127.0.0.1", true },  { "127.255.255.254", true },
		{ "::1", true },        { "::ffff:127.0.0.1", true },
		{ "128.0.0.1", false }, { "126.0.0.1", false },
		{ "0.0.0.0", false },   { "::", false },
		{ "::2", false },       { "7f00::1", false },
		{ "7f00:1::", false },  { "fe80::1", false },
	};
	struct sw_addr none = { 0 };

	(void)state;
	assert_false(sw_addr_is_loopback(&none));
	for (size_t i = 0; i < SW_ARRAY_LEN(kinds); i++) {
		struct sw_addr a = addr(kinds[i].text);

		print_message("%s\n", kinds[i].text);
		assert_int_equal(sw_addr_is_loopback(&a), kinds[i].is);
	}
}

static void a_network_is_24_bits_of_ipv4_and_56_of_ipv6(void **state)
{
	static const struct {
		const char *name, *a, *b;
		bool same;
	} nets[] = {
		{ "port", "192.0.2.1:1", "192.0.2.1:2", true },
		{ "last octet", "192.0.2.1", "192.0.2.254", true },
		{ "third octet", "192.0.2.1", "192.0.3.1", false },
		{ "mapped", "192.0.2.1", "::ffff:192.0.2.9", true },
		{ "last 72 bits", "2001:db8:1:2ff::1", "2001:db8:1:200:f::f", true },
		{ "bit 56", "2001:db8:1:200::", "2001:db8:1:300::", false },
		{ "family", "32.1.13.1", "2001:d01::", false },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(nets); i++) {
		struct sw_addr a = addr(nets[i].a), b = addr(nets[i].b);
		uint8_t x[SW_ADDR_NET], y[SW_ADDR_NET];

		print_message("%s\n", nets[i].name);
		sw_addr_net(&a, x);
		sw_addr_net(&b, y);
		assert_int_equal(memcmp(x, y, sizeof(x)) == 0, nets[i].same);
	}
}

static void a_host_is_written_in_brackets_only_where_it_needs_them(void **state)
{
	char memory[64];
	struct sw_buf b = sw_buf_over(memory, sizeof(memory));
	struct sw_addr four = addr("192.0.2.1:9"), six = addr("[2001:db8::1]:9");

	(void)state;
	sw_addr_write_ip(&b, &six);
	sw_buf_char(&b, ' ');
	sw_addr_write_host(&b, &six);
	sw_buf_char(&b, ' ');
	sw_addr_write_host(&b, &four);
	assert_string_equal(sw_buf_text(&b), "2001:db8::1 [2001:db8::1] 192.0.2.1");
	b = sw_buf_over(memory, 5);
	sw_addr_write(&b, &six);
	assert_false(sw_buf_ok(&b));
}

static void transports_have_one_word_each(void **state)
{
	(void)state;
	for (unsigned i = SW_UDP; i < SW_TRANSPORT_COUNT; i++)
		for (unsigned k = SW_TRANSPORT_NONE; k < i; k++)
			assert_string_not_equal(sw_transport_name((enum sw_transport)i),
						sw_transport_name((enum sw_transport)k));
	assert_string_equal(sw_transport_name(SW_TRANSPORT_NONE), "none");
	assert_string_equal(sw_transport_name(SW_TRANSPORT_COUNT), "none");
	assert_string_equal(sw_transport_name((enum sw_transport) - 1), "none");
}

/* What a text goes on with is for the caller to judge. */
static void an_ipv4_address_is_read_up_to_where_it_ends(void **state)
{
	static const struct {
		struct sw_slice text;
		size_t n; /* 0: none */
	} texts[] = {
		{ SW_INIT("192.0.2.1"), 9 },
		{ SW_INIT("192.0.2.1:5060"), 9 },
		{ SW_INIT("192.0.2.1.example"), 9 },
		{ SW_INIT("192.0.2.1234"), 11 },
		{ SW_INIT("0.0.0.00"), 7 },
		{ SW_INIT("192.0.2.256"), 0 },
		{ SW_INIT("192.00.2.1"), 0 },
		{ SW_INIT("192.0.2."), 0 },
		{ SW_INIT("192.0.2"), 0 },
		{ SW_INIT("192..2.1"), 0 },
		{ SW_INIT("1920.0.2.1"), 0 },
		{ SW_INIT(".1.2.3.4"), 0 },
		{ SW_INIT(""), 0 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(texts); i++) {
		struct sw_slice s = texts[i].text;
		uint8_t ip[4];
		const char *end = sw_addr_read_ip4(s.p, s.p + s.n, ip);

		print_message("%s\n", s.p);
		assert_ptr_equal(end, texts[i].n > 0 ? s.p + texts[i].n : NULL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_address_is_read_whole_or_not_at_all),
		cmocka_unit_test(an_address_cut_short_anywhere_is_safe),
		cmocka_unit_test(no_address_equals_nothing_not_even_itself),
		cmocka_unit_test(addresses_are_the_same_by_family_octets_and_scope),
		cmocka_unit_test(an_ipv4_address_is_read_up_to_where_it_ends),
		cmocka_unit_test(any_is_recognised),
		cmocka_unit_test(loopback_is_recognised),
		cmocka_unit_test(a_network_is_24_bits_of_ipv4_and_56_of_ipv6),
		cmocka_unit_test(a_host_is_written_in_brackets_only_where_it_needs_them),
		cmocka_unit_test(transports_have_one_word_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
