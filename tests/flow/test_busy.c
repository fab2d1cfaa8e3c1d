/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that several processes share: one that is held by somebody who does not move, and one
 * that is full. Whoever needs them is sent away for a while, and nothing else.
 */
#include "flow/flow.h"

#include <stdlib.h>

#define A "Contact: <sip:a@b.example>"

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

static void sent_away(const struct flow *f, enum sw_reason r)
{
	assert_int_equal(r, SW_R_TABLE_BUSY);
	assert_int_equal(f->out.account.verdict.act, SW_ACT_REFUSE);
	assert_int_equal(flow_status(f), 503);
	assert_true(flow_says(f, "\r\nRetry-After: "));
	assert_false(flow_says(f, "Authenticate"));
	assert_int_equal(f->out.saves, 0);
}

static void each_table_that_is_busy_sends_a_registration_away(void **state)
{
	struct flow *f = *state;

	for (unsigned i = 0; i < FLOW_TABLES; i++) {
		print_message("table %u\n", i);
		f->lock[i].is_busy = true;
		sent_away(f, flow_register(f, "alice", A "\r\n"));
		f->lock[i].is_busy = false;
		assert_int_equal(sw_engine_bindings(f->e), i);
		assert_int_equal(flow_register(f,
					       i == 0   ? "alice"
					       : i == 1 ? "bob"
							: "carol",
					       A "\r\n"),
				 SW_OK);
	}
}

/* The answer is right, and good again as soon as somebody can look. */
static void what_was_sent_away_may_come_again(void **state)
{
	struct flow *f = *state;
	char nonce[64];

	for (unsigned i = 0; i < FLOW_TABLES; i++) {
		struct login l = { .user = "alice", .nonce = nonce, .headers = A "\r\n" };

		flow_request(f, "REGISTER", "sip:example.com", "alice", "");
		flow_nonce(f, nonce);
		f->lock[i].is_busy = true;
		sent_away(f, flow_answer(f, &l));
		f->lock[i].is_busy = false;
		/* of a table of bindings it learns only behind the proof, which uses the count up */
		l.nc = i == FLOW_BINDINGS ? 2 : 1;
		assert_int_equal(flow_answer(f, &l), SW_OK);
	}
}

static void a_stranger_learns_nothing_from_a_busy_table(void **state)
{
	static const char *const who[] = { "bob", "kim", "zoe" }; /* written, kept, neither */
	struct flow *f = *state;

	for (unsigned i = 1; i < FLOW_TABLES; i++)
		for (size_t j = 0; j < SW_ARRAY_LEN(who); j++) {
			struct login l = { .user = "alice", .as = who[j], .password = "wrong" };

			f->lock[i].is_busy = true;
			sent_away(f, flow_login(f, &l));
			f->lock[i].is_busy = false;
		}
}

static void challenges_and_questions_need_no_table(void **state)
{
	struct flow *f = *state;

	for (unsigned i = 0; i < FLOW_TABLES; i++)
		f->lock[i].is_busy = true;
	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", ""),
			 SW_R_CHALLENGED);
	assert_int_equal(flow_status(f), 401);
	assert_int_equal(flow_request(f, "OPTIONS", "sip:example.com", "alice", ""),
			 SW_R_CHALLENGED);
}

/* Whose bindings may stay nobody can tell: they do, and are looked at again in a second. */
static void a_busy_table_ends_no_binding(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "kim", A "\r\n"), SW_OK);
	f->lock[FLOW_KEPT].is_busy = true;
	f->trunk[0].name = SW_LIT("stage");
	flow_reload(f);
	assert_int_equal(flow_tick(f), 0);
	assert_int_equal(sw_engine_bindings(f->e), 1);
	assert_int_equal(sw_engine_due(f->e).us, f->mono.us + SW_US_PER_S);
	f->lock[FLOW_KEPT].is_busy = false;
	f->lock[FLOW_BINDINGS].is_busy = true;
	flow_reload(f);
	assert_int_equal(flow_tick(f), 0);
	assert_int_equal(sw_engine_bindings(f->e), 1);
	assert_int_equal(sw_engine_due(f->e).us, f->mono.us + SW_US_PER_S);
	assert_int_equal(sw_engine_forget(f->e, SW_LIT("kim"), &f->out), SW_R_TABLE_BUSY);
	f->lock[FLOW_BINDINGS].is_busy = false;
	(void)flow_tick(f);
	assert_int_equal(sw_engine_bindings(f->e), 1);
	flow_wait(f, 1);
	(void)flow_tick(f);
	assert_int_equal(sw_engine_bindings(f->e), 0);
}

/* Each try may cost a wait, and for that long nobody else is served. */
static void a_busy_table_is_asked_once_a_second(void **state)
{
	static const enum flow_table table[] = { FLOW_BINDINGS, FLOW_KEPT };
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "kim", A "\r\n"), SW_OK);
	for (size_t i = 0; i < SW_ARRAY_LEN(table); i++) {
		struct flow_lock *lock = &f->lock[table[i]];

		lock->is_busy = true;
		flow_reload(f);
		(void)flow_tick(f); /* the sweep takes its part of this one */
		lock->asked = 0;
		for (unsigned j = 0; j < 100; j++)
			(void)flow_tick(f);
		assert_int_equal(lock->asked, 0);
		flow_wait(f, 1);
		for (unsigned j = 0; j < 100; j++)
			(void)flow_tick(f);
		assert_in_range(lock->asked, 1, 16);
		lock->is_busy = false;
	}
}

/* Also when it is busy only between the look at a binding and its end. */
static void a_busy_moment_lets_nobody_keep_what_is_to_end(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "kim", A "\r\n"), SW_OK);
	f->trunk[0].name = SW_LIT("stage");
	for (unsigned i = 1; i < 5; i++) {
		print_message("take %u\n", i);
		f->lock[FLOW_BINDINGS].busy_at = i;
		flow_reload(f);
		(void)flow_tick(f);
		f->lock[FLOW_BINDINGS].busy_at = 0;
		flow_wait(f, 1);
		for (unsigned j = 0; j < 3; j++)
			(void)flow_tick(f);
		assert_int_equal(sw_engine_bindings(f->e), 0);
		f->trunk[0].name = SW_LIT("staff");
		flow_reload(f);
		flow_wait(f, 1);
		assert_int_equal(flow_register(f, "kim", A "\r\n"), SW_OK);
		f->trunk[0].name = SW_LIT("stage");
	}
}

/* The door has room for eight bindings. */
static void a_full_table_of_bindings_takes_no_new_one(void **state)
{
	static const char *const who[] = { "alice", "bob", "carol" };
	struct flow *f = *state;

	for (unsigned i = 0; i < 8; i++) {
		char contact[64];

		snprintf(contact, sizeof(contact), "Contact: <sip:a%u@b%u.example>\r\n", i, i);
		flow_from(f, i % 2 ? "198.51.100.7:5062" : "198.51.100.8:5062");
		f->src.port = (uint16_t)(6000 + i);
		flow_wait(f, 1); /* windows of older nonces may go */
		assert_int_equal(flow_register(f, who[i / 3], contact), SW_OK);
	}
	flow_wait(f, 1);
	assert_int_equal(flow_register(f, "kim", A "\r\n"), SW_R_TABLE_FULL);
	assert_int_equal(flow_status(f), 503);
	assert_true(flow_says(f, "\r\nRetry-After: "));
	assert_int_equal(sw_engine_bindings(f->e), 8);
	flow_wait(f, 1);
	assert_int_equal(flow_register(f, "carol", "Contact: *\r\nExpires: 0\r\n"), SW_OK);
	flow_wait(f, 1);
	assert_int_equal(flow_register(f, "kim", A "\r\n"), SW_OK);
	assert_int_equal(sw_engine_bindings(f->e), 7);
}

/* And for eight windows: the oldest nonce is asked for anew. */
static void a_full_table_of_nonces_makes_the_oldest_stale(void **state)
{
	struct flow *f = *state;
	char oldest[64];

	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, oldest);
	struct login l = { .user = "alice", .nonce = oldest };

	assert_int_equal(flow_answer(f, &l), SW_OK);
	for (unsigned i = 0; i < 8; i++) {
		flow_wait(f, 1);
		assert_int_equal(flow_register(f, "bob", ""), SW_OK);
	}
	l.nc = 2;
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_STALE);
	assert_true(flow_says(f, "stale=true"));
	assert_int_equal(flow_register(f, "alice", ""), SW_OK);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(each_table_that_is_busy_sends_a_registration_away),
		CASE(what_was_sent_away_may_come_again),
		CASE(a_stranger_learns_nothing_from_a_busy_table),
		CASE(challenges_and_questions_need_no_table),
		CASE(a_busy_table_ends_no_binding),
		CASE(a_busy_table_is_asked_once_a_second),
		CASE(a_busy_moment_lets_nobody_keep_what_is_to_end),
		CASE(a_full_table_of_bindings_takes_no_new_one),
		CASE(a_full_table_of_nonces_makes_the_oldest_stale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
