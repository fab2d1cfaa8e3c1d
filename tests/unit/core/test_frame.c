/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdlib.h>

#include "core/frame.h"

#define START "OPTIONS sip:example.com SIP/2.0\r\n"
#define MAX   4096

static const struct {
	const char *name;
	struct sw_slice in;
	enum sw_frame want;
	size_t n;
} rows[] = {
	{ "nothing", SW_INIT(""), SW_FRAME_MORE, 0 },
	{ "a message without a body", SW_INIT(START "Content-Length: 0\r\n\r\n"), SW_FRAME_MESSAGE,
	  54 },
	{ "a body", SW_INIT(START "Content-Length: 3\r\n\r\nabc"), SW_FRAME_MESSAGE, 57 },
	{ "a body and the next message", SW_INIT(START "Content-Length: 3\r\n\r\nabcBYE"),
	  SW_FRAME_MESSAGE, 57 },
	{ "a body that has not all come", SW_INIT(START "Content-Length: 4\r\n\r\nabc"),
	  SW_FRAME_MORE, 0 },
	{ "the compact name", SW_INIT(START "l:1\r\n\r\na"), SW_FRAME_MESSAGE, 41 },
	{ "any case", SW_INIT(START "cOnTeNt-LeNgTh:1\r\n\r\na"), SW_FRAME_MESSAGE, 54 },
	{ "blanks around the colon", SW_INIT(START "l \t: \t1 \r\n\r\na"), SW_FRAME_MESSAGE, 46 },
	{ "folded behind the colon", SW_INIT(START "l:\r\n  1\r\n\r\na"), SW_FRAME_MESSAGE, 45 },
	{ "folded twice, the last one of blanks", SW_INIT(START "l:\r\n 1\r\n \r\n\r\na"),
	  SW_FRAME_MESSAGE, 47 },
	{ "leading zeros", SW_INIT(START "l: 0001\r\n\r\na"), SW_FRAME_MESSAGE, 45 },
	{ "the same length twice is one length",
	  SW_INIT(START "l: 1\r\nContent-Length: 1\r\n\r\na"), SW_FRAME_MESSAGE, 61 },
	{ "other fields may say anything", SW_INIT(START "x\r\nY: l: 7\r\nll: 9\r\nl: 0\r\n\r\n"),
	  SW_FRAME_MESSAGE, 60 },
	{ "a folded line is no field", SW_INIT(START "Y: 1\r\n l: 7\r\nl: 0\r\n\r\n"),
	  SW_FRAME_MESSAGE, 54 },
	{ "nothing to fold under the start line", SW_INIT(START " l: 7\r\nl: 0\r\n\r\n"),
	  SW_FRAME_MESSAGE, 48 },
	{ "a response", SW_INIT("SIP/2.0 200 OK\r\nl: 0\r\n\r\n"), SW_FRAME_MESSAGE, 24 },
	{ "a message that the parser will refuse", SW_INIT("A  sip:b SIP/7.0\r\nl: 0\r\n\r\n"),
	  SW_FRAME_MESSAGE, 26 },

	{ "one line end", SW_INIT("\r\n"), SW_FRAME_BLANK, 2 },
	{ "two line ends: the first of them", SW_INIT("\r\n\r\n"), SW_FRAME_BLANK, 2 },
	{ "half a line end", SW_INIT("\r"), SW_FRAME_MORE, 0 },
	{ "a bare CR first", SW_INIT("\rO"), SW_FRAME_BROKEN, 1 },
	{ "a bare LF first", SW_INIT("\n"), SW_FRAME_BROKEN, 1 },

	{ "no Content-Length (RFC 3261 18.3)", SW_INIT(START "X: 1\r\n\r\n"), SW_FRAME_BROKEN, 41 },
	{ "no field at all", SW_INIT(START "\r\n"), SW_FRAME_BROKEN, 35 },
	{ "two lengths", SW_INIT(START "l: 1\r\nl: 2\r\n\r\na"), SW_FRAME_BROKEN, 47 },
	{ "two lengths, the first repeated", SW_INIT(START "l: 1\r\nl: 2\r\nl: 1\r\n\r\na"),
	  SW_FRAME_BROKEN, 53 },
	{ "a good and a bad one", SW_INIT(START "l: 1\r\nl: x\r\n\r\na"), SW_FRAME_BROKEN, 47 },
	{ "hexadecimal", SW_INIT(START "l: 0x1\r\n\r\na"), SW_FRAME_BROKEN, 43 },
	{ "a sign", SW_INIT(START "l: +5\r\n\r\nabcde"), SW_FRAME_BROKEN, 42 },
	{ "a negative one (RFC 4475 3.1.2.3)", SW_INIT(START "l: -5\r\n\r\n"), SW_FRAME_BROKEN,
	  42 },
	{ "empty", SW_INIT(START "l:\r\n\r\n"), SW_FRAME_BROKEN, 39 },
	{ "a list", SW_INIT(START "l: 1, 1\r\n\r\na"), SW_FRAME_BROKEN, 44 },
	{ "digits parted by a fold", SW_INIT(START "l: 1\r\n 1\r\n\r\n"), SW_FRAME_BROKEN, 45 },
	{ "digits parted by a blank", SW_INIT(START "l: 1 1\r\n\r\n"), SW_FRAME_BROKEN, 43 },
	{ "over 32 bits", SW_INIT(START "l: 4294967296\r\n\r\n"), SW_FRAME_BROKEN, 50 },
	{ "over 64 bits", SW_INIT(START "l: 18446744073709551621\r\n\r\nabcde"), SW_FRAME_BROKEN,
	  60 },
	{ "a fold before the colon is no field", SW_INIT(START "l\r\n : 1\r\n\r\na"),
	  SW_FRAME_BROKEN, 44 },
	{ "longer than a message may be", SW_INIT(START "l: 4055\r\n\r\n"), SW_FRAME_BROKEN, 44 },

	{ "a bare LF ends a line and the trust", SW_INIT(START "X: 1\nl: 0\r\n\r\n"),
	  SW_FRAME_BROKEN, 46 },
	{ "bare LFs end the header and the trust", SW_INIT(START "l: 3\n\nabc"), SW_FRAME_BROKEN,
	  39 },
	{ "a bare CR in a line", SW_INIT(START "X: 1\rl: 0\r\nl: 0\r\n\r\n"), SW_FRAME_BROKEN, 52 },
	{ "a NUL in a line", SW_INIT(START "X: 1\0\r\nl: 0\r\n\r\n"), SW_FRAME_BROKEN, 48 },
	{ "a control character in the start line",
	  SW_INIT("OPTIONS sip:\x01 SIP/2.0\r\nl: 0\r\n\r\n"), SW_FRAME_BROKEN, 31 },

	{ "TLS", SW_INIT("\x16\x03\x01\x02\x00\x01"), SW_FRAME_BROKEN, 1 },
	{ "HTTP", SW_INIT("GET /"), SW_FRAME_BROKEN, 5 },
	{ "HTTP about everything", SW_INIT("OPTIONS *"), SW_FRAME_BROKEN, 9 },
	{ "HTTP with a whole URI", SW_INIT("GET http://a/ HTTP/1.1\r\nHost"), SW_FRAME_BROKEN, 24 },
	{ "an answer of HTTP", SW_INIT("HTTP/"), SW_FRAME_BROKEN, 5 },
	{ "an answer of SSH", SW_INIT("SSH-2.0-OpenSSH_9.2\r\n"), SW_FRAME_BROKEN, 20 },
	{ "a blank first", SW_INIT(" OPTIONS"), SW_FRAME_BROKEN, 1 },
	{ "a line of one word", SW_INIT("HELO\r\n"), SW_FRAME_BROKEN, 5 },
	{ "a line that is not about SIP", SW_INIT("MAIL FROM:<a@b>\r\n"), SW_FRAME_BROKEN, 17 },
	{ "too little to tell", SW_INIT("SIP"), SW_FRAME_MORE, 0 },
	{ "a method and a blank", SW_INIT("OPTIONS "), SW_FRAME_MORE, 0 },
};

static enum sw_frame frame(struct sw_framer *f, struct sw_slice octets, size_t *n, bool *in_body)
{
	struct sw_slice exact = exact_copy(octets);
	enum sw_frame what = sw_frame_next(f, exact, MAX, n, in_body);

	exact_free(exact);
	return what;
}

static void a_stream_begins_with_what_its_row_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_framer f = { 0 };
		bool in_body;
		size_t n;

		print_message("%s\n", rows[i].name);
		assert_int_equal(frame(&f, rows[i].in, &n, &in_body), rows[i].want);
		assert_int_equal(n, rows[i].n);
	}
}

static void octets_that_trickle_in_give_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_framer f = { 0 };
		enum sw_frame what = SW_FRAME_MORE;
		bool in_body;
		size_t n = 0, end = rows[i].n > 0 ? rows[i].n : rows[i].in.n;

		print_message("%s\n", rows[i].name);
		for (size_t have = 0; have < rows[i].in.n && what == SW_FRAME_MORE; have++) {
			assert_int_equal(n, 0);
			what = frame(&f, (struct sw_slice){ rows[i].in.p, have + 1 }, &n, &in_body);
			/* A bare CR shows only by what follows it. */
			assert_true(what == SW_FRAME_MORE || have + 1 == end ||
				    (have == 1 && n == 1));
		}
		assert_int_equal(what, rows[i].want);
		assert_int_equal(n, rows[i].n);
	}
}

static void a_message_cut_in_two_anywhere_is_the_same_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		for (size_t cut = 0; cut < rows[i].in.n; cut++) {
			struct sw_slice part = { rows[i].in.p, cut };
			struct sw_framer f = { 0 };
			bool in_body;
			size_t n;
			enum sw_frame what = frame(&f, part, &n, &in_body);

			if (what == SW_FRAME_MORE)
				what = frame(&f, rows[i].in, &n, &in_body);
			assert_int_equal(what, rows[i].want);
			assert_int_equal(n, rows[i].n);
		}
	}
}

static void two_line_ends_are_a_ping_however_they_come(void **state)
{
	struct sw_slice s = SW_LIT("\r\n\r\n\r\nSIP/2.0 200 OK\r\nl:0\r\n\r\n\r\n\r\n");
	static const enum sw_frame want[] = { SW_FRAME_BLANK,   SW_FRAME_PING,  SW_FRAME_BLANK,
					      SW_FRAME_MESSAGE, SW_FRAME_BLANK, SW_FRAME_PING };
	struct sw_framer f = { 0 };
	bool in_body;
	size_t n;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(want); i++) {
		assert_int_equal(frame(&f, s, &n, &in_body), want[i]);
		s = sw_slice_from(s, n);
	}
	assert_int_equal(s.n, 0);
}

static void a_message_between_two_line_ends_makes_no_ping(void **state)
{
	struct sw_slice s = SW_LIT("\r\nSIP/2.0 200 OK\r\nl:0\r\n\r\n\r\n");
	static const enum sw_frame want[] = { SW_FRAME_BLANK, SW_FRAME_MESSAGE, SW_FRAME_BLANK };
	struct sw_framer f = { 0 };
	bool in_body;
	size_t n;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(want); i++) {
		assert_int_equal(frame(&f, s, &n, &in_body), want[i]);
		s = sw_slice_from(s, n);
	}
}

static void the_body_is_said_to_be_waited_for(void **state)
{
	struct sw_slice s = SW_LIT(START "l: 3\r\n\r\nabc");
	size_t header = s.n - 3, n;
	struct sw_framer f = { 0 };
	bool in_body;

	(void)state;
	for (size_t have = 0; have <= s.n; have++) {
		(void)!frame(&f, (struct sw_slice){ s.p, have }, &n, &in_body);
		assert_int_equal(in_body, have >= header);
	}
}

/* A stream of `n` octets: a start line, then fields, without an end. */
static struct sw_slice endless(size_t n)
{
	static const char field[] = "X-Padding: 0123456789abcdef\r\n";
	char *p = malloc(n);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = i < sizeof(START) - 1 ? START[i]
					     : field[(i - sizeof(START) + 1) % (sizeof(field) - 1)];
	return (struct sw_slice){ p, n };
}

static void a_header_without_an_end_is_given_up(void **state)
{
	struct sw_slice s = endless(2 * SW_FRAME_HEADER_MAX);
	struct sw_framer f = { 0 };
	bool in_body;
	size_t n;

	(void)state;
	s.n = SW_FRAME_HEADER_MAX - 1;
	assert_int_equal(sw_frame_next(&f, s, SIZE_MAX, &n, &in_body), SW_FRAME_MORE);
	s.n = 2 * SW_FRAME_HEADER_MAX;
	assert_int_equal(sw_frame_next(&f, s, SIZE_MAX, &n, &in_body), SW_FRAME_BROKEN);
	assert_int_equal(n, SW_FRAME_HEADER_MAX);

	f = (struct sw_framer){ 0 };
	assert_int_equal(sw_frame_next(&f, s, 1000, &n, &in_body), SW_FRAME_BROKEN);
	assert_int_equal(n, 1000);
	free((char *)(uintptr_t)s.p);
}

static void a_first_line_without_an_end_is_given_up(void **state)
{
	static const char *const begins[] = { "", "OPTIONS " };
	bool in_body;
	size_t n;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(begins); i++) {
		char *p = malloc(MAX);
		struct sw_framer f = { 0 };

		assert_non_null(p);
		memset(p, 'a', MAX);
		memcpy(p, begins[i], strlen(begins[i]));
		struct sw_slice s = { p, MAX - 1 };

		assert_int_equal(sw_frame_next(&f, s, MAX, &n, &in_body), SW_FRAME_MORE);
		s.n = MAX;
		assert_int_equal(sw_frame_next(&f, s, MAX, &n, &in_body), SW_FRAME_BROKEN);
		assert_int_equal(n, MAX);
		free(p);
	}
}

static void a_message_of_the_greatest_length_is_taken(void **state)
{
	struct sw_slice s = SW_LIT(START "l: 3\r\n\r\nabc");
	struct sw_framer f = { 0 };
	bool in_body;
	size_t n;

	(void)state;
	assert_int_equal(sw_frame_next(&f, s, s.n, &n, &in_body), SW_FRAME_MESSAGE);
	assert_int_equal(sw_frame_next(&f, s, s.n - 1, &n, &in_body), SW_FRAME_BROKEN);
	assert_int_equal(n, s.n - 3);
}

/* What was scanned is not scanned again: a line of n octets that comes octet by octet. */
static void a_slow_stream_costs_no_more_than_a_fast_one(void **state)
{
	struct sw_slice s = endless(SW_FRAME_HEADER_MAX - 1);
	struct sw_framer f = { 0 };
	size_t n, before = 0;
	bool in_body;

	(void)state;
	for (size_t have = 1; have <= s.n; have++) {
		struct sw_slice part = { s.p, have };

		assert_int_equal(sw_frame_next(&f, part, SIZE_MAX, &n, &in_body), SW_FRAME_MORE);
		assert_true(f.scanned >= before && have - f.scanned <= 1);
		before = f.scanned;
	}
	free((char *)(uintptr_t)s.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stream_begins_with_what_its_row_says),
		cmocka_unit_test(octets_that_trickle_in_give_the_same),
		cmocka_unit_test(a_message_cut_in_two_anywhere_is_the_same_message),
		cmocka_unit_test(two_line_ends_are_a_ping_however_they_come),
		cmocka_unit_test(a_message_between_two_line_ends_makes_no_ping),
		cmocka_unit_test(the_body_is_said_to_be_waited_for),
		cmocka_unit_test(a_header_without_an_end_is_given_up),
		cmocka_unit_test(a_first_line_without_an_end_is_given_up),
		cmocka_unit_test(a_message_of_the_greatest_length_is_taken),
		cmocka_unit_test(a_slow_stream_costs_no_more_than_a_fast_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
