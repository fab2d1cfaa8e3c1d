/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine tells of a message that it refused: the octet, the rule, what is near. */
#include "flow.h"

#include "core/frame.h"
#include "vectors.h"

/* Every refusal for what a message is names its octet and rule, and what an answer is sent for. */
static void is_explained(struct flow *f, struct sw_slice octets)
{
	const struct sw_account *a = &f->out.account;
	enum sw_reason why = a->verdict.reason;

	if (sw_reason_row(why)->class != SW_CLASS_PARSE) {
		assert_true(a->rule == SW_RULE_NONE || sw_reason_row(why)->status == 400);
		return;
	}
	assert_int_not_equal(a->rule, SW_RULE_NONE);
	assert_true(a->fault_at <= octets.n);
	assert_true(a->excerpt.line > 0 && a->excerpt.column > 0);
	assert_true(a->excerpt.n <= SW_EXCERPT_MAX && a->excerpt.mark <= SW_EXCERPT_MAX);
}

static void read_row(struct flow *f, struct vectors *v)
{
	char path[80], octet[24];

	snprintf(path, sizeof(path), "sip/%.*s", (int)v->field[0].n, v->field[0].p);
	struct sw_slice octets = exact_file(path);
	const struct sw_account *a = &f->out.account;
	enum sw_reason r = flow_take(f, octets.p, octets.n);

	if (f->out.n > 0)
		is_explained(f, octets);
	if (!vectors_is(v, 1, "ok") && f->out.n > 0) {
		bool answered = vectors_is(v, 2, "yes") && sw_reason_row(r)->status > 0;

		if (r != SW_R_STRAY_RESPONSE) {
			snprintf(octet, sizeof(octet), "%zu", a->fault_at);
			assert_true(vectors_is(v, 1, sw_reason_slug(r)));
			assert_true(vectors_is(v, 3, octet));
			assert_true(vectors_is(v, 4, sw_rule_name(a->rule)));
		}
		assert_int_equal(flow_status(f) > 0, answered);
	}
	exact_free(octets);
}

static void every_refused_message_of_the_sets_is_explained(void **state)
{
	static const char *const tables[] = { "sip/edge.txt", "sip/rfc4475.txt", "sip/rfc5118.txt",
					      "sip/flows.txt" };
	struct vectors v;

	for (size_t i = 0; i < SW_ARRAY_LEN(tables); i++) {
		vectors_open(&v, tables[i]);
		while (vectors_next(&v, 8))
			read_row(*state, &v);
		vectors_close(&v);
	}
}

static bool shows(const struct flow *f, const char *text)
{
	const struct sw_excerpt *x = &f->out.account.excerpt;

	return memmem(x->text, x->n, text, strlen(text)) != NULL;
}

static void an_extension_and_credentials_are_named_too(void **state)
{
	struct flow *f = *state;
	const struct sw_account *a = &f->out.account;

	assert_int_equal(
		flow_request(f, "INVITE", "sip:bob@example.com", "alice", "Proxy-Require: foo\r\n"),
		SW_R_EXTENSION);
	assert_int_equal(a->rule, SW_RULE_EXTENSION);
	assert_true(shows(f, "Proxy-Require: foo") && a->excerpt.text[a->excerpt.mark] == 'f');
	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice",
				      "Authorization: Digest realm=\"example.com\", secret\r\n"),
			 SW_R_DIGEST_SYNTAX);
	assert_int_equal(a->rule, SW_RULE_AUTH_PARAM);
	assert_true(a->excerpt.column > 40 && a->excerpt.n == 0);
	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", ""),
			 SW_R_CHALLENGED);
	assert_int_equal(a->rule, SW_RULE_NONE);
}

#define HEAD "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bK1\r\n"
#define REST                                                             \
	"From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\n" \
	"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n"

/* RFC 3261 18.3 */
static void a_stream_without_length_is_answered(void **state)
{
	struct flow *f = *state;
	struct sw_input in = { .octets = SW_LIT(HEAD REST "\r\n"),
			       .src = f->src,
			       .transport = SW_TCP,
			       .flow = 7,
			       .is_broken = true,
			       .mono = f->mono,
			       .wall = f->wall };

	sw_engine_take(f->e, &in, f->room, &f->out);
	assert_int_equal(f->out.account.verdict.reason, SW_R_LENGTH_GONE);
	assert_int_equal(f->out.account.rule, SW_RULE_LENGTH_NEEDED);
	assert_int_equal(f->out.account.status, 400);
	in.octets = SW_LIT(HEAD REST "l: 9999999\r\n\r\n");
	sw_engine_take(f->e, &in, f->room, &f->out);
	assert_int_equal(f->out.account.verdict.reason, SW_R_BODY_TOO_LARGE);
	assert_int_equal(f->out.account.status, 413);
}

static void is_answered(struct flow *f, const char *text, int status, const char *const says[4],
			const char *never)
{
	flow_take(f, text, strlen(text));
	assert_int_equal(flow_status(f), status);
	for (size_t i = 0; i < 4 && says[i]; i++)
		assert_non_null(strstr(f->sent, says[i]));
	assert_null(strstr(f->sent, never));
}

/* RFC 4475 3.1.2.1, 3.1.2.16, 3.3.1, 3.1.1.2 */
static void answers_repeat_what_can_be_repeated(void **state)
{
	static const char *const seven[4] = { "SIP/2.0 505 ",
					      "Via: SIP/7.0/UDP c.example.com;branch=b1" };
	static const char *const junk[4] = {
		"SIP/2.0 400 ", "Via: SIP/2.0/UDP 192.0.2.15;x=y;received=198.51.100.7\r\n"
	};
	static const char *const less[4] = { "SIP/2.0 400 Missing Header Field\r\n",
					     "CSeq: 1 OPTIONS\r\n" };
	static const char *const bell[4] = { "SIP/2.0 400 ", "\r\nTo: <sip:b@h>;x=y;tag=",
					     "\r\nFrom: <sip:a@h>;tag=1\r\n" };
	struct flow *f = *state;

	is_answered(f,
		    "OPTIONS sip:h SIP/7.0\r\nVia: SIP/7.0/UDP c.example.com;branch=b1\r\n" REST
		    "\r\n",
		    505, seven, "SIP/2.0/UDP c");
	is_answered(f,
		    "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.15;x=y;,;,,\r\n" REST "\r\n",
		    400, junk, ",");
	is_answered(f, HEAD "CSeq: 1 OPTIONS\r\n\r\n", 400, less, "Call-ID");
	is_answered(f,
		    HEAD "From: \"a\\\x07\" <sip:a@h>;tag=1\r\nTo: \"b\\\x07\" <sip:b@h>;x=y\r\n"
			 "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		    400, bell, "\x07");
}

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

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(every_refused_message_of_the_sets_is_explained),
		CASE(an_extension_and_credentials_are_named_too),
		CASE(a_stream_without_length_is_answered),
		CASE(answers_repeat_what_can_be_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
