/* SPDX-License-Identifier: Apache-2.0 */
/* Server transactions: copies of proven requests, refused INVITEs, their ACK and CANCEL. */
#include "flow/flow.h"

#include <stdlib.h>

#define A "Contact: <sip:a@b.example>\r\n"

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

/* The last request once more, octet for octet. */
static enum sw_reason again(struct flow *f)
{
	return flow_take(f, f->request, strlen(f->request));
}

/* The last request with another piece of text in it. */
static enum sw_reason changed(struct flow *f, const char *from, const char *to)
{
	static char text[SW_ROOM + 64];
	const char *at = strstr(f->request, from);

	assert_non_null(at);
	int n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - f->request), f->request, to,
			 at + strlen(from));

	return flow_take(f, text, (size_t)n);
}

static void copy_text(char out[SW_ROOM], const char *text)
{
	size_t n = strlen(text);

	assert_in_range(n, 1, SW_ROOM - 1);
	memcpy(out, text, n + 1);
}

/* RFC 3261 17.2.2: the same final answer, and no second effect. */
static void a_copy_of_a_proven_request_gets_its_answer_again(void **state)
{
	static const struct {
		const char *name;
		struct login l;
		enum sw_reason want;
	} rows[] = {
		{ "a registration", { .user = "alice", .headers = A }, SW_OK },
		{ "a question", { .user = "alice" }, SW_OK },
		{ "an end", { .user = "alice", .headers = "Contact: *\r\nExpires: 0\r\n" }, SW_OK },
		{ "too brief",
		  { .user = "alice", .headers = "Contact: <sip:a@b>;expires=1\r\n" },
		  SW_R_INTERVAL_BRIEF },
		{ "somebody else's address",
		  { .user = "alice", .to = "bob", .headers = A },
		  SW_R_IDENTITY_AOR },
		{ "a Path unknown to the phone",
		  { .user = "alice", .headers = A "Path: <sip:p;lr>\r\n" },
		  SW_R_PATH_UNKNOWN },
		{ "options", { .user = "alice", .method = "OPTIONS" }, SW_OK },
		{ "a method that is not served",
		  { .user = "alice", .method = "INFO" },
		  SW_R_METHOD },
		{ "a call to nowhere",
		  { .user = "alice", .method = "INVITE", .uri = "sip:bob@example.com" },
		  SW_R_DESTINATION },
	};
	struct flow *f = *state;
	char first[SW_ROOM];

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_login(f, &rows[i].l), rows[i].want);
		assert_false(f->out.account.is_again);
		copy_text(first, f->sent);
		uint32_t bindings = sw_engine_bindings(f->e);

		for (int copy = 0; copy < 3; copy++) {
			assert_int_equal(again(f), rows[i].want);
			assert_string_equal(f->sent, first);
			assert_true(f->out.account.is_again);
			assert_int_equal(f->out.saves, 0);
			assert_int_equal(sw_engine_bindings(f->e), bindings);
		}
		flow_wait(f, 1);
	}
}

/* Whoever sends them waits until the bindings are kept. */
static void only_answers_that_tell_of_bindings_are_promises(void **state)
{
	static const struct {
		const char *name;
		struct login l;
		bool want;
	} rows[] = {
		{ "a registration", { .user = "alice", .headers = A }, true },
		{ "a question", { .user = "alice" }, true },
		{ "an end", { .user = "alice", .headers = "Contact: *\r\nExpires: 0\r\n" }, true },
		{ "options", { .user = "alice", .method = "OPTIONS" }, false },
		{ "too brief",
		  { .user = "alice", .headers = "Contact: <sip:a@b>;expires=1\r\n" },
		  false },
		{ "somebody else's address",
		  { .user = "alice", .to = "bob", .headers = A },
		  false },
		{ "a wrong password", { .user = "alice", .password = "no", .headers = A }, false },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		(void)flow_login(f, &rows[i].l);
		assert_int_equal(f->out.promises, rows[i].want);
		(void)again(f);
		assert_int_equal(f->out.promises, rows[i].want);
		f->out.promises = true;
		(void)flow_take(f, "x", 1);
		assert_false(f->out.promises);
		flow_wait(f, 1);
	}
}

static void a_busy_door_says_so_twice_alike(void **state)
{
	struct login l = { .user = "alice", .headers = A };
	struct flow *f = *state;
	char first[SW_ROOM];

	f->no_saves = true;
	assert_int_equal(flow_login(f, &l), SW_R_STORE_DOWN);
	copy_text(first, f->sent);
	f->no_saves = false; /* the phone will ask once more, by a request of its own */
	assert_int_equal(again(f), SW_R_STORE_DOWN);
	assert_string_equal(f->sent, first); /* Retry-After too */
}

/* Only an exact copy counts; the rest is a replay, or what it always was. */
static void what_differs_is_no_copy(void **state)
{
	static const struct {
		const char *name, *from, *to;
		enum sw_reason want;
	} rows[] = {
		{ "another source port", NULL, "198.51.100.7:5063", SW_R_DIGEST_REPLAY },
		{ "another source address", NULL, "198.51.100.8:5062", SW_R_DIGEST_REPLAY },
		{ "another From tag", ";tag=f1", ";tag=f2", SW_R_DIGEST_REPLAY },
		{ "another Call-ID", "Call-ID: call-", "Call-ID: other-", SW_R_DIGEST_REPLAY },
		{ "another CSeq", "CSeq: 1", "CSeq: 2", SW_R_DIGEST_REPLAY },
		{ "another branch", "branch=z9hG4bK", "branch=z9hG4bKx", SW_R_MERGED },
		{ "another sent-by", "UDP 198.51.100.7:5062", "UDP 198.51.100.7:5061",
		  SW_R_MERGED },
		{ "another response", "response=\"", "response=\"0", SW_R_DIGEST_WRONG },
		{ "another count", "nc=00000001", "nc=00000002", SW_R_DIGEST_WRONG },
		{ "another user", "username=\"alice", "username=\"bob", SW_R_DIGEST_WRONG },
		{ "no credentials", "Authorization: ", "X-Authorization: ", SW_R_CHALLENGED },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_register(f, "alice", A), SW_OK);
		if (!rows[i].from) {
			flow_from(f, rows[i].to);
			assert_int_equal(again(f), rows[i].want);
			flow_from(f, "198.51.100.7:5062");
		} else {
			assert_int_equal(changed(f, rows[i].from, rows[i].to), rows[i].want);
		}
		assert_false(f->out.account.is_again);
		assert_int_equal(f->out.saves, 0);
		flow_wait(f, 1);
	}
}

static void a_copy_that_comes_late_is_a_replay(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", A), SW_OK);
	f->mono.us += 32ull * SW_US_PER_S - 1000; /* timer J */
	assert_int_equal(again(f), SW_OK);
	f->mono.us += 1000;
	assert_int_equal(again(f), SW_R_DIGEST_REPLAY);
	assert_int_equal(flow_status(f), 401);
}

static void where_the_ring_has_gone_round_a_copy_is_a_replay(void **state)
{
	static char first[SW_ROOM], second[SW_ROOM];
	struct flow *f = *state;
	char nonce[64];
	struct login l = { .user = "alice", .nonce = nonce };

	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	for (l.nc = 1; l.nc <= FLOW_RECORDS + 1; l.nc++) {
		assert_int_equal(flow_answer(f, &l), SW_OK);
		if (l.nc <= 2)
			copy_text(l.nc == 1 ? first : second, f->request);
	}
	assert_int_equal(again(f), SW_OK);
	assert_int_equal(flow_take(f, second, strlen(second)), SW_OK);
	assert_int_equal(flow_take(f, first, strlen(first)), SW_R_DIGEST_REPLAY);
}

/* In a dialog a tag says where a request belongs, so nothing is merged (RFC 3261 8.2.2.2). */
static void in_a_dialog_nothing_is_merged(void **state)
{
	struct flow *f = *state;
	char nonce[64];
	struct login l = {
		.user = "alice", .method = "OPTIONS", .to_tag = ";tag=there", .nonce = nonce
	};

	flow_request(f, "OPTIONS", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	for (l.nc = 1; l.nc <= 20; l.nc++) { /* of one hash; more than are looked at */
		assert_int_equal(flow_answer(f, &l), SW_OK);
		assert_false(f->out.account.is_again);
		f->cseq--;
	}
	assert_int_equal(again(f), SW_OK);
	assert_true(f->out.account.is_again);
}

static void a_copy_is_proven_like_the_first_one(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", A), SW_OK);
	f->trunk[0].enabled = false; /* of the time between */
	assert_int_equal(again(f), SW_R_DIGEST_USER_OFF);
	f->trunk[0].enabled = true;
	assert_int_equal(again(f), SW_OK);
}

static void by_a_stream_nothing_is_sent_twice(void **state)
{
	struct flow *f = *state;

	f->transport = SW_TCP;
	f->flow = 5;
	assert_int_equal(flow_register(f, "alice", A), SW_OK);
	assert_int_equal(again(f), SW_R_DIGEST_REPLAY);
	assert_int_equal(flow_status(f), 401);
}

/* RFC 3261 8.2.2.2: forks of one request carry the same credentials. */
static void a_request_by_two_ways_is_served_once(void **state)
{
	struct login l = { .user = "alice", .method = "OPTIONS" };
	struct flow *f = *state;

	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_int_equal(
		changed(f, "Via: ", "Via: SIP/2.0/UDP p2.example;branch=z9hG4bKp2\r\nVia: "),
		SW_R_MERGED);
	assert_int_equal(flow_status(f), 482);
	assert_true(flow_says(f, "482 Loop Detected"));
	assert_false(f->out.account.is_again);
	f->mono.us += 33ull * SW_US_PER_S;
	assert_int_equal(again(f), SW_R_DIGEST_REPLAY);
}

static enum sw_reason call(struct flow *f)
{
	struct login l = { .user = "alice", .method = "INVITE", .uri = "sip:bob@example.com" };

	return flow_login(f, &l);
}

/* An ACK or CANCEL of the last INVITE. */
static enum sw_reason follow(struct flow *f, const char *method, const char *from, const char *to)
{
	static char text[SW_ROOM];
	const char *via = strstr(f->invite, "Via: "), *call_id = strstr(f->invite, "Call-ID: ");
	unsigned cseq = (unsigned)strtoul(strstr(f->invite, "CSeq: ") + 6, NULL, 10);

	snprintf(text, sizeof(text),
		 "%s sip:bob@example.com SIP/2.0\r\n%.*s\r\nMax-Forwards: 70\r\n"
		 "From: <sip:alice@example.com>;tag=f1\r\nTo: <sip:alice@example.com>;tag=x\r\n"
		 "%.*s\r\nCSeq: %u %s\r\nContent-Length: 0\r\n\r\n",
		 method, (int)strcspn(via, "\r"), via, (int)strcspn(call_id, "\r"), call_id, cseq,
		 method);
	copy_text(f->request, text);
	if (!from)
		return flow_take(f, text, strlen(text));
	return changed(f, from, to);
}

static void refuse_call(struct flow *f)
{
	assert_int_equal(call(f), SW_R_DESTINATION);
	assert_int_equal(flow_status(f), 404);
	copy_text(f->invite, f->request);
}

/* RFC 3261 17.2.1: G doubles from T1 to T2, until H. */
static void a_refusal_of_a_call_is_sent_until_its_time_is_over(void **state)
{
	static const unsigned at_ms[] = { 500,   1500,  3500,  7500,  11500,
					  15500, 19500, 23500, 27500, 31500 };
	struct flow *f = *state;
	uint64_t start = f->mono.us;
	char first[SW_ROOM];

	refuse_call(f);
	copy_text(first, f->sent);
	struct sw_path path = f->out.a[0].path;

	for (size_t i = 0; i < SW_ARRAY_LEN(at_ms); i++) {
		uint64_t due = start + at_ms[i] * 1000ull;

		f->mono.us = due - 1;
		assert_int_equal(flow_tick(f), 0);
		assert_true(sw_engine_due(f->e).us <= due);
		f->mono.us = due;
		assert_int_equal(flow_tick(f), 1);
		assert_string_equal(f->ticked, first);
		assert_true(sw_addr_eq(&f->tick_path.peer, &path.peer));
		assert_int_equal(f->tick_path.flow, 0);
	}
	f->mono.us = start + 60ull * SW_US_PER_S;
	assert_int_equal(flow_tick(f), 0);
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_STRAY_ACK);
}

/* A nonce is good in all of its network; that is no cause to flood somebody else there. */
static void to_an_address_that_has_shown_nothing_it_is_sent_once(void **state)
{
	static const struct {
		const char *name, *from;
		unsigned sends;
	} rows[] = {
		{ "a neighbour", "198.51.100.200:5060", 0 },
		{ "the neighbour again, who is known by now", "198.51.100.200:5060", 0 },
		{ "another port", "198.51.100.7:9", 1 },
	};
	struct flow *f = *state;
	struct login l = { .user = "alice", .method = "INVITE", .uri = "sip:bob@example.com" };
	char nonce[64];

	flow_request(f, "INVITE", l.uri, "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		flow_from(f, rows[i].from);
		l.nc = (uint32_t)i + 1;
		assert_int_equal(flow_answer(f, &l), SW_R_DESTINATION);
		copy_text(f->invite, f->request);
		flow_wait(f, 1);
		assert_int_equal(flow_tick(f), rows[i].sends);
		assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_ACKED);
		flow_wait(f, 6);
		assert_int_equal(flow_tick(f), 0);
		assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_STRAY_ACK);
	}
}

static void an_ack_ends_it_and_is_absorbed(void **state)
{
	struct flow *f = *state;

	refuse_call(f);
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_ACKED);
	assert_string_equal(f->sent, "");
	flow_wait(f, 4);
	assert_int_equal(flow_tick(f), 0);
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_ACKED); /* timer I runs */
	flow_wait(f, 2);
	assert_int_equal(flow_tick(f), 0);
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_STRAY_ACK);
}

static void whose_ack_is_not_ours_ends_nothing(void **state)
{
	static const struct {
		const char *name, *from, *to;
	} rows[] = {
		{ "another branch", "branch=z9hG4bK", "branch=z9hG4bKx" },
		{ "another sent-by", "198.51.100.7:5062", "198.51.100.7:5061" },
		{ "another Call-ID", "Call-ID: ", "Call-ID: x" },
		{ "another From tag", "tag=f1", "tag=f2" },
		{ "another CSeq", "CSeq: 1", "CSeq: 2" },
		{ "another source", NULL, "198.51.100.7:5063" },
	};
	struct flow *f = *state;

	refuse_call(f);
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		if (!rows[i].from)
			flow_from(f, rows[i].to);
		assert_int_equal(follow(f, "ACK", rows[i].from, rows[i].to), SW_R_STRAY_ACK);
		assert_int_equal(follow(f, "CANCEL", rows[i].from, rows[i].to),
				 SW_R_NO_TRANSACTION);
		assert_int_equal(flow_status(f), 481);
	}
	flow_wait(f, 1);
	assert_int_equal(flow_tick(f), 1);
}

/* RFC 3261 9.2: too late to have an effect, but known; with the To tag of its INVITE's answer. */
static void a_cancel_that_comes_late_is_told_that_it_is_known(void **state)
{
	struct flow *f = *state;
	char tag[32];

	refuse_call(f);
	snprintf(tag, sizeof(tag), "%.16s", strstr(strstr(f->sent, "\r\nTo:"), ";tag=") + 5);
	assert_int_equal(follow(f, "CANCEL", ";tag=x\r\nCall", "\r\nCall"), SW_R_CANCEL_LATE);
	assert_int_equal(flow_status(f), 200);
	assert_true(flow_says(f, tag));
	assert_true(flow_says(f, "CANCEL\r\n"));
	flow_wait(f, 1);
	assert_int_equal(flow_tick(f), 1); /* the refusal still waits for its ACK */
}

static void a_copy_of_a_refused_call_gets_the_refusal_again(void **state)
{
	struct flow *f = *state;

	refuse_call(f);
	assert_int_equal(again(f), SW_R_DESTINATION);
	assert_true(f->out.account.is_again);
	flow_wait(f, 1);
	assert_int_equal(flow_tick(f), 1); /* one slot, one timer */
}

static void a_copy_of_a_call_behind_its_ack_gets_silence(void **state)
{
	struct flow *f = *state;

	refuse_call(f);
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_ACKED);
	for (int copy = 0; copy < 2; copy++) {
		assert_int_equal(flow_take(f, f->invite, strlen(f->invite)), SW_R_ACKED);
		assert_string_equal(f->sent, "");
		assert_int_equal(f->out.account.verdict.act, SW_ACT_DROP);
		flow_wait(f, 1);
		assert_int_equal(flow_tick(f), 0);
	}
	refuse_call(f); /* the next one is another matter */
}

static void by_a_stream_a_refusal_is_sent_once(void **state)
{
	struct flow *f = *state;

	f->transport = SW_TCP;
	f->flow = 5;
	refuse_call(f);
	flow_wait(f, 8);
	assert_int_equal(flow_tick(f), 0);
	f->flow = 6; /* another connection of the same peer */
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_STRAY_ACK);
	f->flow = 5;
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_ACKED);
	assert_int_equal(flow_tick(f), 0);
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_STRAY_ACK); /* timer I is 0 */
}

static void without_a_slot_a_refusal_is_sent_once(void **state)
{
	struct flow *f = *state;

	for (int i = 0; i < FLOW_INVITES + 2; i++) {
		refuse_call(f);
	}
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_STRAY_ACK);
	f->mono.us += 500000;
	assert_int_equal(flow_tick(f), FLOW_INVITES);
	flow_wait(f, 40);
	assert_int_equal(flow_tick(f), 0);
	refuse_call(f); /* there is room again */
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_ACKED);
}

static void a_challenge_is_never_sent_twice(void **state)
{
	struct flow *f = *state;

	flow_request(f, "INVITE", "sip:bob@example.com", "alice", "");
	assert_int_equal(flow_status(f), 407);
	copy_text(f->invite, f->request);
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_STRAY_ACK);
	assert_int_equal(follow(f, "CANCEL", NULL, NULL), SW_R_NO_TRANSACTION);
	flow_wait(f, 1);
	assert_int_equal(flow_tick(f), 0);
}

static void after_a_reload_an_ack_is_still_known(void **state)
{
	struct flow *f = *state;

	refuse_call(f);
	flow_reload(f);
	flow_wait(f, 1);
	assert_int_equal(flow_tick(f), 0); /* its listener may have another number now */
	assert_int_equal(follow(f, "ACK", NULL, NULL), SW_R_ACKED);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_copy_of_a_proven_request_gets_its_answer_again),
		CASE(only_answers_that_tell_of_bindings_are_promises),
		CASE(a_busy_door_says_so_twice_alike),
		CASE(what_differs_is_no_copy),
		CASE(a_copy_that_comes_late_is_a_replay),
		CASE(where_the_ring_has_gone_round_a_copy_is_a_replay),
		CASE(in_a_dialog_nothing_is_merged),
		CASE(a_copy_is_proven_like_the_first_one),
		CASE(by_a_stream_nothing_is_sent_twice),
		CASE(a_request_by_two_ways_is_served_once),
		CASE(a_refusal_of_a_call_is_sent_until_its_time_is_over),
		CASE(to_an_address_that_has_shown_nothing_it_is_sent_once),
		CASE(an_ack_ends_it_and_is_absorbed),
		CASE(whose_ack_is_not_ours_ends_nothing),
		CASE(a_cancel_that_comes_late_is_told_that_it_is_known),
		CASE(a_copy_of_a_refused_call_gets_the_refusal_again),
		CASE(a_copy_of_a_call_behind_its_ack_gets_silence),
		CASE(by_a_stream_a_refusal_is_sent_once),
		CASE(without_a_slot_a_refusal_is_sent_once),
		CASE(a_challenge_is_never_sent_twice),
		CASE(after_a_reload_an_ack_is_still_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
