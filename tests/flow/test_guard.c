/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow.h"

#include <stdlib.h>

static int setup(void **state)
{
	*state = flow_new();
	return 0;
}

static int teardown(void **state)
{
	flow_free(*state);
	return 0;
}

static const struct {
	const char *method, *uri;
	int challenge;
	enum sw_reason proven;
	int status;
} guarded[] = {
	{ "INVITE", "sip:bob@example.com", 407, SW_R_DESTINATION, 404 },
	{ "MESSAGE", "sip:bob@example.com", 407, SW_R_DESTINATION, 404 },
	{ "OPTIONS", "sip:bob@example.com", 407, SW_R_DESTINATION, 404 },
	{ "BYE", "sip:bob@example.com", 407, SW_R_DESTINATION, 404 },
	{ "FROBNICATE", "sip:bob@example.com", 407, SW_R_DESTINATION, 404 },
	{ "INVITE", "sip:bob@elsewhere.example", 407, SW_R_DOMAIN, 404 },
	{ "OPTIONS", "sip:example.com", 401, SW_OK, 200 },
	{ "INVITE", "sip:example.com", 401, SW_R_METHOD, 405 },
	{ "SUBSCRIBE", "sip:example.com", 401, SW_R_METHOD, 405 },
	{ "register", "sip:example.com", 401, SW_R_METHOD, 405 },
};

static void every_method_needs_proof_and_then_a_place_to_go(void **state)
{
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(guarded); i++) {
		struct login l = { .user = "alice",
				   .method = guarded[i].method,
				   .uri = guarded[i].uri };

		print_message("%s %s\n", guarded[i].method, guarded[i].uri);
		assert_int_equal(flow_request(f, l.method, l.uri, "alice", ""), SW_R_CHALLENGED);
		assert_int_equal(flow_status(f), guarded[i].challenge);
		assert_int_equal(flow_count(f, "Proxy-Authenticate: "),
				 guarded[i].challenge == 407 ? 3 : 0);
		flow_wait(f, 1);
		assert_int_equal(flow_login(f, &l), guarded[i].proven);
		assert_int_equal(flow_status(f), guarded[i].status);
	}
}

static void what_is_served_is_said(void **state)
{
	struct flow *f = *state;
	struct login l = { .user = "alice", .method = "OPTIONS", .uri = "sip:example.com" };

	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_true(flow_says(f, "Allow: REGISTER, OPTIONS\r\n"));
	l.method = "PUBLISH";
	assert_int_equal(flow_login(f, &l), SW_R_METHOD);
	assert_true(flow_says(f, "Allow: REGISTER, OPTIONS\r\n"));
}

static void ack_and_cancel_are_never_challenged(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_request(f, "ACK", "sip:bob@example.com", "alice", ""),
			 SW_R_STRAY_ACK);
	assert_string_equal(f->sent, "");
	assert_int_equal(flow_request(f, "CANCEL", "sip:bob@example.com", "alice", ""),
			 SW_R_NO_TRANSACTION);
	assert_int_equal(flow_status(f), 481);
	assert_int_equal(flow_request(f, "CANCEL", "sip:bob@example.com", "alice",
				      "Require: frobnicate\r\n"),
			 SW_R_NO_TRANSACTION);
}

static void extensions_that_we_lack_are_named(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice",
				      "Require: frobnicate\r\nProxy-Require: defenestrate\r\n"),
			 SW_R_EXTENSION);
	assert_int_equal(flow_status(f), 420);
	assert_true(flow_says(f, "Unsupported: frobnicate\r\n"));
	assert_true(flow_says(f, "Unsupported: defenestrate\r\n"));
}

static void what_is_asked_of_others_is_not_our_business(void **state)
{
	struct flow *f = *state;

	assert_int_equal(
		flow_request(f, "INVITE", "sip:bob@example.com", "alice", "Require: 100rel\r\n"),
		SW_R_CHALLENGED);
	assert_int_equal(
		flow_request(f, "INVITE", "sip:bob@example.com", "alice", "Proxy-Require: foo\r\n"),
		SW_R_EXTENSION);
	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", "Require:\r\n"),
			 SW_R_CHALLENGED);
}

static void a_password_in_a_uri_is_not_in_the_account(void **state)
{
	static const char *const uris[] = { "sip:alice:hunter2@example.com",
					    "sip:alice:hunter2@bad_host!",
					    "sip:a:hunter2:hunter2@example.com" };
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(uris); i++) {
		struct sw_slice shown;

		flow_request(f, "OPTIONS", uris[i], "alice", "");
		shown = f->out.account.ruri;
		assert_true(shown.n > 0 && !memmem(shown.p, shown.n, "hunter2", 7));
	}
}

static void seconds_to_wait_differ(void **state)
{
	struct flow *f = *state;
	unsigned long first = 0, differ = 0;

	for (int i = 0; i < 8; i++) {
		flow_register(f, "alice",
			      "Contact: <sip:a@b.example>,<sip:b@b.example>,<sip:c@b.example>,"
			      "<sip:d@b.example>\r\n");
		assert_int_equal(flow_status(f), 503);
		unsigned long s = strtoul(strstr(f->sent, "Retry-After: ") + 13, NULL, 10);

		assert_in_range(s, 5, 30);
		first = i == 0 ? s : first;
		differ += s != first;
		flow_wait(f, 1);
	}
	assert_true(differ > 0);
}

static void keepalives_leave_no_trace(void **state)
{
	static const char *const alive[] = { "\r\n", "\r\n\r\n", "\0", "\0\0\0\0" };
	static const size_t n[] = { 2, 4, 1, 4 };
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(alive); i++) {
		flow_take(f, alive[i], n[i]);
		assert_int_equal(f->out.n, 0);
	}
}

/* Rows of octets that get no answer, or one that says what is wrong. */
#define HEAD "REGISTER sip:example.com SIP/2.0\r\n"
#define REST                                                             \
	"Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK1;rport\r\n"   \
	"From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\n" \
	"Call-ID: 1\r\nCSeq: 1 REGISTER\r\n"
/* Without it a request is so short that a challenge would be more than three times as long. */
#define LONG                                                                         \
	"User-Agent: a phone of some length whose name is long enough for an answer" \
	" that is challenged\r\n"
#define ROW(name, text, want, status)             \
	{                                         \
		name, SW_INIT(text), want, status \
	}

static const struct {
	const char *name;
	struct sw_slice in;
	enum sw_reason want;
	int status;
} crooked[] = {
	ROW("nothing", "", SW_R_NOT_SIP, 0),
	ROW("five NULs", "\0\0\0\0\0", SW_R_NOT_SIP, 0),
	ROW("noise", "\x01\x02\x03\xff\xfe garbage", SW_R_NOT_SIP, 0),
	ROW("HTTP", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", SW_R_NOT_SIP, 0),
	ROW("start line alone", HEAD, SW_R_HEADER_MISSING, 0),
	ROW("no empty line", HEAD REST, SW_R_HEADER_MISSING, 400),
	ROW("an answer", "SIP/2.0 200 OK\r\n" REST "\r\n", SW_R_STRAY_RESPONSE, 0),
	ROW("half an answer", "SIP/2.0 200", SW_R_NOT_SIP, 0),
	ROW("status 099", "SIP/2.0 099 X\r\n" REST "\r\n", SW_R_STRAY_RESPONSE, 0),
	ROW("two blanks", "REGISTER  sip:example.com SIP/2.0\r\n" REST "\r\n", SW_R_START_LINE,
	    400),
	ROW("blank behind", "REGISTER sip:example.com SIP/2.0 \r\n" REST "\r\n", SW_R_START_LINE,
	    400),
	ROW("version 3", "REGISTER sip:example.com SIP/3.0\r\n" REST "\r\n", SW_R_VERSION, 505),
	ROW("brackets", "REGISTER <sip:example.com> SIP/2.0\r\n" REST "\r\n", SW_R_URI_SYNTAX, 400),
	ROW("tel", "REGISTER tel:+4930123456 SIP/2.0\r\n" REST "\r\n", SW_R_SCHEME, 416),
	ROW("bare LF", "REGISTER sip:example.com SIP/2.0\n" REST "\r\n", SW_R_LINE_END, 400),
	ROW("bare CR", HEAD REST "X: a\rb\r\n\r\n", SW_R_LINE_END, 400),
	ROW("NUL in a value", HEAD REST "X: a\0b\r\n\r\n", SW_R_LINE_END, 400),
	ROW("no colon", HEAD REST "Nonsense\r\n\r\n", SW_R_HEADER_SYNTAX, 400),
	ROW("blank in a name", HEAD REST "X Y: 1\r\n\r\n", SW_R_HEADER_SYNTAX, 400),
	ROW("two Call-ID", HEAD REST "i: 2\r\n\r\n", SW_R_HEADER_TWICE, 400),
	ROW("two From", HEAD REST "f: <sip:b@example.com>;tag=2\r\n\r\n", SW_R_HEADER_TWICE, 400),
	ROW("no Via",
	    "REGISTER sip:example.com SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n",
	    SW_R_HEADER_MISSING, 0),
	ROW("no To",
	    "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP a.example;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n",
	    SW_R_HEADER_MISSING, 400),
	ROW("CSeq of another method", "OPTIONS sip:example.com SIP/2.0\r\n" REST "\r\n",
	    SW_R_CSEQ_METHOD, 400),
	ROW("length is a word", HEAD REST "Content-Length: x\r\n\r\n", SW_R_LENGTH, 400),
	ROW("length below zero", HEAD REST "Content-Length: -1\r\n\r\n", SW_R_LENGTH, 400),
	ROW("length too long", HEAD REST "Content-Length: 9\r\n\r\nshort", SW_R_LENGTH, 400),
	ROW("length wraps", HEAD REST "Content-Length: 18446744073709551617\r\n\r\n", SW_R_LENGTH,
	    400),
	ROW("Max-Forwards 256", HEAD REST "Max-Forwards: 256\r\n\r\n", SW_R_HEADER_SYNTAX, 400),
	ROW("Contact with headers and without brackets",
	    HEAD REST "Contact: sip:a@b.example?x=y\r\n\r\n", SW_R_HEADER_SYNTAX, 400),
	ROW("Route without brackets", HEAD REST "Route: sip:b.example;lr\r\n\r\n",
	    SW_R_HEADER_SYNTAX, 400),
	ROW("Via of another version",
	    HEAD
	    "Via: SIP/7.0/UDP a.example;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 REGISTER\r\n\r\n",
	    SW_R_HEADER_SYNTAX, 400),
	ROW("folded before any field", HEAD " x\r\n" REST "\r\n", SW_R_HEADER_SYNTAX, 400),
};

static void crooked_octets_are_refused_by_name_and_keep_nothing(void **state)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(crooked); i++) {
		struct flow *f = *state;

		print_message("%s\n", crooked[i].name);
		assert_int_equal(flow_take(f, crooked[i].in.p, crooked[i].in.n), crooked[i].want);
		assert_int_equal(flow_status(f), crooked[i].status);
		assert_int_equal(f->out.account.verdict.act,
				 crooked[i].status ? SW_ACT_REFUSE : SW_ACT_DROP);
		assert_int_equal(sw_engine_bindings(f->e), 0);
	}
}

static void a_request_cut_short_anywhere_is_never_served(void **state)
{
	static const char whole[] = HEAD REST LONG "Content-Length: 0\r\n\r\n";
	struct flow *f = *state;

	for (size_t n = 0; n < sizeof(whole) - 1; n++) {
		char *cut = malloc(n + 1); /* of its own, so that reading past it is seen */

		assert_non_null(cut);
		memcpy(cut, whole, n);
		assert_int_not_equal(flow_take(f, cut, n), SW_R_CHALLENGED);
		free(cut);
	}
	assert_int_equal(flow_take(f, whole, sizeof(whole) - 1), SW_R_CHALLENGED);
}

#define SIPP                                                                \
	"REGISTER sip:127.0.0.1:45155 SIP/2.0\r\n"                          \
	"Via: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-1234-1-0;rport\r\n" \
	"Max-Forwards: 70\r\nFrom: <sip:alice@127.0.0.1>;tag=1\r\n"         \
	"To: <sip:alice@127.0.0.1>\r\nCall-ID: 1-1234@127.0.0.1\r\n"        \
	"CSeq: 1 REGISTER\r\nContact: <sip:alice@127.0.0.1:5061>\r\n"       \
	"Expires: 60\r\nUser-Agent: SIPp\r\nContent-Length: 0\r\n\r\n"

/*
 * Nobody can make us send more than three times what he sent to an address that is not his. The
 * shortest REGISTER of a real phone, sipp's, gets its three challenges all the same.
 */
static void nobody_is_flooded_by_our_answers(void **state)
{
	static const char short_one[] = HEAD REST "\r\n";
	struct flow *f = *state;

	assert_int_equal(flow_take(f, short_one, sizeof(short_one) - 1), SW_R_AMPLIFICATION);
	assert_string_equal(f->sent, "");
	assert_int_equal(f->out.account.verdict.act, SW_ACT_DROP);
	assert_int_equal(f->out.account.status, 0);
	assert_int_equal(f->out.account.offered, 0);
	assert_string_equal(f->out.account.id, "");
	f->transport = SW_TCP; /* who completes a handshake is where he says */
	static const char framed[] = HEAD REST "Content-Length: 0\r\n\r\n";

	assert_int_equal(flow_take(f, framed, sizeof(framed) - 1), SW_R_CHALLENGED);
	assert_int_equal(flow_count(f, "WWW-Authenticate: "), 3);
	f->transport = SW_UDP;
	assert_int_equal(flow_take(f, SIPP, sizeof(SIPP) - 1), SW_R_CHALLENGED);
	assert_int_equal(flow_count(f, "WWW-Authenticate: "), 3);
	assert_true(strlen(f->sent) <= 3 * (sizeof(SIPP) - 1));
}

/* Each length that a request may have: what is sent stays below three times of it. */
static void no_length_of_a_request_gets_more(void **state)
{
	struct flow *f = *state;
	unsigned silent = 0, answered = 0;

	for (int pad = 0; pad < 200; pad++) {
		char text[1024];
		int n = snprintf(text, sizeof(text), HEAD REST "X: %0*d\r\n\r\n", pad, 0);

		flow_take(f, text, (size_t)n);
		assert_true(strlen(f->sent) <= 3 * (size_t)n);
		*(f->sent[0] ? &answered : &silent) += 1;
	}
	assert_true(silent > 0 && answered > 0);
}

static void limits_have_their_reasons(void **state)
{
	struct flow *f = *state;
	static char text[70000];
	size_t n;

	n = (size_t)snprintf(text, sizeof(text), "REGISTER sip:%03000d SIP/2.0\r\n" REST "\r\n", 0);
	assert_int_equal(flow_take(f, text, n), SW_R_URI_SYNTAX);
	n = (size_t)snprintf(text, sizeof(text),
			     "REGISTER sip:a@%03000d.example SIP/2.0\r\n" REST "\r\n", 0);
	assert_int_equal(flow_take(f, text, n), SW_R_URI_TOO_LONG);
	assert_int_equal(flow_status(f), 414);
	n = (size_t)snprintf(text, sizeof(text), HEAD REST "X: %011000d\r\n\r\n", 0);
	assert_int_equal(flow_take(f, text, n), SW_R_TOO_LARGE);
	assert_int_equal(flow_status(f), 513);
	n = (size_t)snprintf(text, sizeof(text), HEAD REST);
	for (int i = 0; i < 100; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "X-a: y\r\n");
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
	assert_int_equal(flow_take(f, text, n), SW_R_TOO_MANY);
	n = (size_t)snprintf(text, sizeof(text), HEAD REST "\r\n%01000d", 0);
	f->policy.message_max = 512;
	assert_int_equal(flow_take(f, text, n), SW_R_TOO_LARGE);
	assert_int_equal(flow_status(f), 513);
	/* What comes is cut one octet past the limit: it lacks octets, but that is not the cause. */
	(void)snprintf(text, sizeof(text), HEAD REST "Content-Length: 1000\r\n\r\n%01000d", 0);
	assert_int_equal(flow_take(f, text, 513), SW_R_TOO_LARGE);
	assert_int_equal(flow_status(f), 513);
	assert_int_equal(flow_take(f, text, 512), SW_R_LENGTH);
	memset(text, 'x', 513);
	assert_int_equal(flow_take(f, text, 513), SW_R_NOT_SIP);
}

static void an_answer_that_would_be_huge_is_silence(void **state)
{
	struct flow *f = *state;
	static char text[40000];
	size_t n = (size_t)snprintf(text, sizeof(text), HEAD REST);

	for (int i = 0; i < 3; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "Via: SIP/2.0/UDP a.example;x=%09000d\r\n", 0);
	n += (size_t)snprintf(text + n, sizeof(text) - n, "\r\n");
	assert_int_equal(flow_take(f, text, n), SW_R_TOO_LARGE);
	assert_string_equal(f->sent, "");
	assert_int_equal(f->out.account.verdict.act, SW_ACT_DROP);
}

/* RFC 3261 18.3: by a stream nobody else can tell where a message ends. */
static void by_a_stream_a_message_says_how_long_it_is(void **state)
{
	static const struct {
		const char *name, *end;
		bool is_broken;
		enum sw_reason tcp, udp;
	} rows[] = {
		{ "says it", "Content-Length: 0\r\n\r\n", false, SW_R_CHALLENGED, SW_R_CHALLENGED },
		{ "does not", "\r\n", false, SW_R_LENGTH_GONE, SW_R_CHALLENGED },
		{ "lies", "Content-Length: 5\r\n\r\n", false, SW_R_LENGTH, SW_R_LENGTH },
		{ "is no number", "Content-Length: x\r\n\r\n", true, SW_R_LENGTH, SW_R_LENGTH },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < 2 * SW_ARRAY_LEN(rows); i++) {
		char text[512];
		size_t row = i / 2;
		int n = snprintf(text, sizeof(text),
				 "REGISTER sip:example.com SIP/2.0\r\n"
				 "Via: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bKx;rport\r\n"
				 "From: <sip:a@b.example>;tag=1\r\nTo: <sip:a@b.example>\r\n"
				 "Call-ID: 1\r\nCSeq: 1 REGISTER\r\n"
				 "Subject: %0200d\r\n%s",
				 0, rows[row].end);

		print_message("%s\n", rows[row].name);
		f->transport = i % 2 ? SW_UDP : SW_TCP;
		f->flow = i % 2 ? 0 : 5;
		f->is_broken = rows[row].is_broken && i % 2 == 0;
		assert_int_equal(flow_take(f, text, (size_t)n),
				 i % 2 ? rows[row].udp : rows[row].tcp);
		assert_int_equal(f->out.a[0].path.flow, f->flow);
	}
}

/* The set that check warns of: who asks shortly and forges nothing can use TCP. */
static void a_short_request_gets_no_challenge_that_offers_everything(void **state)
{
	static const struct sw_way every = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
					     .algs = SW_ALG_EVERY };
	struct flow *f = *state;

	f->trunk[0].way = &every;
	assert_int_equal(flow_take(f, SIPP, sizeof(SIPP) - 1), SW_R_AMPLIFICATION);
	f->transport = SW_TCP;
	f->flow = 3;
	assert_int_equal(flow_take(f, SIPP, sizeof(SIPP) - 1), SW_R_CHALLENGED);
	assert_int_equal(flow_count(f, "WWW-Authenticate: "), SW_ALG_FORMS);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(every_method_needs_proof_and_then_a_place_to_go),
		CASE(what_is_served_is_said),
		CASE(ack_and_cancel_are_never_challenged),
		CASE(extensions_that_we_lack_are_named),
		CASE(what_is_asked_of_others_is_not_our_business),
		CASE(a_password_in_a_uri_is_not_in_the_account),
		CASE(seconds_to_wait_differ),
		CASE(keepalives_leave_no_trace),
		CASE(crooked_octets_are_refused_by_name_and_keep_nothing),
		CASE(a_request_cut_short_anywhere_is_never_served),
		CASE(nobody_is_flooded_by_our_answers),
		CASE(no_length_of_a_request_gets_more),
		CASE(limits_have_their_reasons),
		CASE(an_answer_that_would_be_huge_is_silence),
		CASE(by_a_stream_a_message_says_how_long_it_is),
		CASE(a_short_request_gets_no_challenge_that_offers_everything),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
