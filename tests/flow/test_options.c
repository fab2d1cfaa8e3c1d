/* SPDX-License-Identifier: Apache-2.0 */
/* OPTIONS to the door itself (RFC 3261 11.2): who is answered without a proof of its own. */
#include "flow.h"

#include <stdlib.h>

#define DOOR "sip:example.com"
#define HOUR 3600

static enum sw_reason ping(struct flow *f)
{
	return flow_request(f, "OPTIONS", DOOR, "nobody", "");
}

static void is_let_be(struct flow *f, enum sw_known known)
{
	const struct sw_account *a = &f->out.account;

	assert_int_equal(ping(f), SW_OK);
	assert_int_equal(flow_status(f), 200);
	assert_int_equal(a->verdict.act, SW_ACT_ALLOW);
	assert_int_equal(a->evidence.known, known);
	assert_null(a->verdict.subject.user);
	assert_null(a->verdict.subject.trunk);
	assert_null(a->verdict.way);
	assert_int_equal(a->verdict.subject.factor, SW_FACTOR_NONE);
	assert_int_equal(f->out.saves, 0);
	assert_false(flow_says(f, "Authentication-Info"));
}

static void is_challenged(struct flow *f)
{
	assert_int_equal(ping(f), SW_R_CHALLENGED);
	assert_int_equal(flow_status(f), 401);
}

static void prove(struct flow *f)
{
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a@b.example>\r\n"), SW_OK);
}

static void by_connection(struct flow *f, uint64_t flow)
{
	f->transport = flow > 0 ? SW_TCP : SW_UDP;
	f->flow = flow;
}

static void a_stranger_is_challenged(void **state)
{
	struct flow *f = *state;

	is_challenged(f);
	is_challenged(f); /* having asked is no proof */
	assert_int_equal(flow_request(f, "OPTIONS", DOOR, "alice", ""), SW_R_CHALLENGED);
}

static void what_the_door_can_is_told_where_somebody_has_proven_itself(void **state)
{
	struct flow *f = *state;

	prove(f);
	is_let_be(f, SW_KNOWN_ADDRESS);
	assert_true(flow_says(f, "\r\nAllow: REGISTER, OPTIONS\r\n"));
	assert_true(flow_says(f, "\r\nAccept: application/sdp\r\n"));
	assert_true(flow_says(f, "\r\nSupported: path, outbound\r\n"));
	flow_from(f, "198.51.100.7:40000"); /* ports are no matter */
	is_let_be(f, SW_KNOWN_ADDRESS);
}

static void another_address_is_challenged(void **state)
{
	static const char *const others[] = { "198.51.100.8:5062", "198.51.101.7:5062",
					      "[2001:db8::7]:5062", "[c633:6407::]:5062" };
	struct flow *f = *state;

	prove(f);
	for (size_t i = 0; i < SW_ARRAY_LEN(others); i++) {
		print_message("%s\n", others[i]);
		flow_from(f, others[i]);
		is_challenged(f);
	}
}

static void an_hour_later_a_source_is_a_stranger(void **state)
{
	struct flow *f = *state;

	prove(f);
	flow_wait(f, HOUR - 1);
	is_let_be(f, SW_KNOWN_ADDRESS); /* which is not another proof */
	flow_wait(f, 1);
	is_challenged(f);
	flow_wait(f, 1);
	is_challenged(f);
	prove(f);
	is_let_be(f, SW_KNOWN_ADDRESS);
}

/* The time of day says nothing: it may be set back. */
static void a_clock_that_is_set_back_makes_nobody_known_for_longer(void **state)
{
	struct flow *f = *state;

	prove(f);
	flow_wait(f, HOUR);
	f->wall.us -= 2ll * HOUR * SW_US_PER_S;
	is_challenged(f);
}

static void whatever_is_refused_after_its_proof_has_proven_itself(void **state)
{
	struct login l = { .user = "alice", .method = "INVITE", .uri = "sip:bob@example.com" };
	struct flow *f = *state;

	assert_int_equal(flow_login(f, &l), SW_R_DESTINATION);
	is_let_be(f, SW_KNOWN_ADDRESS);
}

static void what_proves_nothing_makes_nobody_known(void **state)
{
	static const struct {
		struct login login;
		enum sw_reason want;
	} rows[] = {
		{ { .user = "alice", .password = "other" }, SW_R_DIGEST_WRONG },
		{ { .user = "nobody" }, SW_R_DIGEST_NO_USER },
		{ { .user = "erin" }, SW_R_DIGEST_USER_OFF },
		{ { .user = "alice", .realm = "elsewhere.example" }, SW_R_DIGEST_REALM },
		{ { .user = "alice", .nonce = "made up" }, SW_R_DIGEST_NONCE_FORGED },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", sw_reason_slug(rows[i].want));
		assert_int_equal(flow_login(f, &rows[i].login), rows[i].want);
		is_challenged(f);
	}
}

/* A copy of what was proven elsewhere proves nothing here. */
static void a_replay_makes_nobody_known(void **state)
{
	struct flow *f = *state;
	char copy[4096];

	prove(f);
	memcpy(copy, f->request, sizeof(copy));
	copy[sizeof(copy) - 1] = '\0';
	flow_from(f, "198.51.100.8:5062");
	assert_int_equal(flow_take(f, copy, strlen(copy)), SW_R_DIGEST_REPLAY);
	is_challenged(f);
}

static void nothing_else_is_allowed_by_it(void **state)
{
	static const struct {
		const char *method, *uri;
		int status;
	} rows[] = {
		{ "REGISTER", DOOR, 401 },
		{ "INVITE", DOOR, 401 },
		{ "MESSAGE", DOOR, 401 },
		{ "SUBSCRIBE", DOOR, 401 },
		{ "BYE", DOOR, 401 },
		{ "FROBNICATE", DOOR, 401 },
		{ "options", DOOR, 401 },
		{ "OPTIONS", "sip:bob@example.com", 407 },
		{ "OPTIONS", "sip:bob@192.0.2.1", 407 },
		{ "OPTIONS", "sip:elsewhere.example", 407 },
		{ "INVITE", "sip:bob@example.com", 407 },
	};
	struct flow *f = *state;

	prove(f);
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s %s\n", rows[i].method, rows[i].uri);
		assert_int_equal(flow_request(f, rows[i].method, rows[i].uri, "alice",
					      "Contact: <sip:a@b.example>\r\n"),
				 SW_R_CHALLENGED);
		assert_int_equal(flow_status(f), rows[i].status);
	}
	by_connection(f, 9);
	prove(f);
	assert_int_equal(flow_request(f, "REGISTER", DOOR, "alice", ""), SW_R_CHALLENGED);
}

/* Who shows something is judged by it. */
static void credentials_are_judged_wherever_they_come_from(void **state)
{
	struct login wrong = {
		.user = "alice", .method = "OPTIONS", .uri = DOOR, .password = "other"
	};
	struct login right = { .user = "alice", .method = "OPTIONS", .uri = DOOR };
	struct flow *f = *state;
	char nonce[64];

	assert_int_equal(ping(f), SW_R_CHALLENGED);
	flow_nonce(f, nonce);
	wrong.nonce = right.nonce = nonce;
	prove(f);
	assert_int_equal(flow_answer(f, &wrong), SW_R_DIGEST_WRONG);
	assert_int_equal(flow_status(f), 403);
	assert_int_equal(flow_answer(f, &right), SW_OK);
	assert_non_null(f->out.account.verdict.subject.user);
	assert_true(flow_says(f, "Authentication-Info"));
	assert_int_equal(flow_answer(f, &right), SW_R_DIGEST_REPLAY);
	assert_int_equal(flow_status(f), 401);
	right.realm = "elsewhere.example"; /* as if there were none */
	assert_int_equal(flow_answer(f, &right), SW_OK);
	assert_null(f->out.account.verdict.subject.user);
}

static void a_connection_is_known_until_its_end(void **state)
{
	struct flow *f = *state;

	by_connection(f, 7);
	is_challenged(f);
	prove(f);
	flow_from(f, "198.51.100.7:5063");
	is_let_be(f, SW_KNOWN_FLOW);
	flow_wait(f, 5 * HOUR);
	is_let_be(f, SW_KNOWN_FLOW);
	by_connection(f, 8); /* from the same address */
	is_challenged(f);
}

static void an_address_is_known_over_other_connections_and_datagrams(void **state)
{
	struct flow *f = *state;

	by_connection(f, 7);
	prove(f);
	by_connection(f, 8);
	is_let_be(f, SW_KNOWN_ADDRESS);
	by_connection(f, 0);
	is_let_be(f, SW_KNOWN_ADDRESS);
	f->transport = SW_WS; /* where pages of anybody speak */
	is_challenged(f);
	f->transport = SW_WSS;
	is_challenged(f);
}

/* The shortest request there is. Its source may be anybody's. */
static size_t write_short(char *out, size_t cap, const char *more)
{
	return (size_t)snprintf(out, cap,
				"OPTIONS sip:x SIP/2.0\r\nv:SIP/2.0/UDP h;rport\r\n"
				"f:sip:a\r\nt:sip:a\r\ni:1\r\nCSeq:1 OPTIONS\r\n%s\r\n",
				more);
}

static void whoever_forges_a_known_source_gets_no_more_than_three_times(void **state)
{
	struct flow *f = *state;
	unsigned silent = 0, answered = 0;
	char text[2048];

	flow_from(f, "[2001:db8:1111:2222:3333:4444:5555:6666]:5060");
	prove(f);
	f->policy.realm = SW_LIT("x"); /* a name that costs them little */
	for (unsigned pad = 0; pad < 400; pad++) {
		char more[512] = "";

		if (pad > 0)
			snprintf(more, sizeof(more), "X:%0*u\r\n", (int)pad, 0u);
		size_t n = write_short(text, sizeof(text), more);
		enum sw_reason r = flow_take(f, text, n);

		assert_true(r == SW_OK || r == SW_R_AMPLIFICATION);
		assert_int_equal(flow_status(f), r == SW_OK ? 200 : 0);
		assert_true(strlen(f->sent) <= 3 * n);
		silent += r != SW_OK;
		answered += r == SW_OK;
	}
	assert_true(silent > 0 && answered > 0);
}

/* Nothing makes the answer grow faster than the request. */
static void what_an_answer_repeats_is_in_the_request_too(void **state)
{
	struct flow *f = *state;
	char text[4096], more[2048] = "";

	prove(f);
	f->policy.realm = SW_LIT("x");
	for (unsigned i = 0; i < 25; i++) {
		strcat(more, "v:SIP/2.0/UDP h;rport\r\n");
		size_t n = write_short(text, sizeof(text), more);

		assert_int_equal(flow_take(f, text, n), SW_OK);
		assert_true(strlen(f->sent) <= 3 * n);
	}
}

static void what_was_let_be_is_kept_nowhere(void **state)
{
	struct flow *f = *state;

	prove(f);
	void *before = malloc(f->memory_n[4] + f->memory_n[5]);

	assert_non_null(before);
	memcpy(before, f->memory[4], f->memory_n[4]);
	memcpy((char *)before + f->memory_n[4], f->memory[5], f->memory_n[5]);
	for (unsigned i = 0; i < 100; i++)
		is_let_be(f, SW_KNOWN_ADDRESS);
	assert_memory_equal(before, f->memory[4], f->memory_n[4]);
	assert_memory_equal((char *)before + f->memory_n[4], f->memory[5], f->memory_n[5]);
	free(before);
}

/* Cells are few here: whoever comes last has its cell, and nobody becomes known by another. */
static void full_cells_make_nobody_known(void **state)
{
	struct flow *f = *state;
	unsigned known = 0;
	char addr[32];

	for (unsigned i = 0; i < 200; i++) {
		snprintf(addr, sizeof(addr), "203.0.113.%u:5060", i);
		flow_from(f, addr);
		flow_wait(f, 2);
		prove(f);
		is_let_be(f, SW_KNOWN_ADDRESS);
	}
	for (unsigned i = 0; i < 200; i++) {
		snprintf(addr, sizeof(addr), "203.0.113.%u:5060", i);
		flow_from(f, addr);
		known += ping(f) == SW_OK;
		snprintf(addr, sizeof(addr), "203.0.112.%u:5060", i);
		flow_from(f, addr);
		is_challenged(f);
	}
	assert_in_range(known, FLOW_SOURCES / 2, FLOW_SOURCES);
}

static void a_reload_forgets_nobody(void **state)
{
	struct flow *f = *state;

	prove(f);
	flow_reload(f);
	is_let_be(f, SW_KNOWN_ADDRESS);
}

static void without_memory_nobody_is_known(void **state)
{
	struct flow *f = flow_new();

	(void)state;
	prove(f);
	is_challenged(f);
	flow_free(f);
}

static int setup(void **state)
{
	*state = flow_new_knowing();
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
		CASE(a_stranger_is_challenged),
		CASE(what_the_door_can_is_told_where_somebody_has_proven_itself),
		CASE(another_address_is_challenged),
		CASE(an_hour_later_a_source_is_a_stranger),
		CASE(a_clock_that_is_set_back_makes_nobody_known_for_longer),
		CASE(whatever_is_refused_after_its_proof_has_proven_itself),
		CASE(what_proves_nothing_makes_nobody_known),
		CASE(a_replay_makes_nobody_known),
		CASE(nothing_else_is_allowed_by_it),
		CASE(credentials_are_judged_wherever_they_come_from),
		CASE(a_connection_is_known_until_its_end),
		CASE(an_address_is_known_over_other_connections_and_datagrams),
		CASE(whoever_forges_a_known_source_gets_no_more_than_three_times),
		CASE(what_an_answer_repeats_is_in_the_request_too),
		CASE(what_was_let_be_is_kept_nowhere),
		CASE(full_cells_make_nobody_known),
		CASE(a_reload_forgets_nobody),
		CASE(without_memory_nobody_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
