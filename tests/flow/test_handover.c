/* SPDX-License-Identifier: Apache-2.0 */
/* Two workers over one set of tables: a copy that reaches the other one is handed over, once. */
#include "flow/flow.h"

#define A "Contact: <sip:a@b.example>\r\n"

struct pair {
	struct flow *one, *two;
};

static int setup(void **state)
{
	static struct pair p;

	p.one = flow_new_worker(1);
	p.two = flow_new_beside(p.one, 2);
	*state = &p;
	return 0;
}

static int teardown(void **state)
{
	struct pair *p = *state;

	flow_free(p->two);
	flow_free(p->one);
	return 0;
}

/* The last request of one of them, as it was, to the other or to itself. */
static void copy_to(struct flow *to, const struct flow *from)
{
	static char text[2 * SW_ROOM];

	memcpy(text, from->request, sizeof(text));
	flow_take(to, text, strlen(text));
}

static void hand(struct flow *to, const struct flow *from)
{
	to->is_handed = true;
	copy_to(to, from);
	to->is_handed = false;
}

static void is_for(const struct flow *f, uint32_t worker)
{
	assert_int_equal(f->out.hand_to, worker);
	assert_int_equal(f->out.n, 0);
	assert_int_equal(f->out.saves, 0);
	assert_string_equal(f->sent, "");
}

static void a_copy_is_handed_to_who_served_it_and_gets_its_answer(void **state)
{
	const struct pair *p = *state;
	static char first[SW_ROOM + 1];

	assert_int_equal(flow_register(p->one, "alice", A), SW_OK);
	assert_int_equal(p->one->out.hand_to, 0);
	memcpy(first, p->one->sent, sizeof(first));
	copy_to(p->two, p->one);
	is_for(p->two, 1);
	hand(p->one, p->two);
	assert_int_equal(p->one->out.account.verdict.reason, SW_OK);
	assert_true(p->one->out.account.is_again);
	assert_string_equal(p->one->sent, first);
	assert_int_equal(p->one->out.saves, 0);
	assert_int_equal(sw_engine_bindings(p->two->e), 1);
}

static void what_was_handed_over_is_never_handed_again(void **state)
{
	const struct pair *p = *state;

	assert_int_equal(flow_register(p->one, "alice", A), SW_OK);
	hand(p->two, p->one); /* as when the ring is full, or who served it is gone */
	assert_int_equal(p->two->out.hand_to, 0);
	assert_int_equal(p->two->out.account.verdict.reason, SW_R_DIGEST_REPLAY);
	assert_int_equal(flow_status(p->two), 401);
	assert_true(flow_says(p->two, "stale=true"));
}

static void what_its_owner_does_not_know_either_is_a_replay(void **state)
{
	const struct pair *p = *state;

	assert_int_equal(flow_register(p->one, "alice", A), SW_OK);
	flow_wait(p->one, 40);
	flow_wait(p->two, 40);
	copy_to(p->two, p->one);
	is_for(p->two, 1);
	hand(p->one, p->two);
	assert_int_equal(p->one->out.hand_to, 0);
	assert_int_equal(p->one->out.account.verdict.reason, SW_R_DIGEST_REPLAY);
	assert_int_equal(flow_status(p->one), 401);
}

static void the_owner_hands_nothing_to_itself(void **state)
{
	const struct pair *p = *state;

	assert_int_equal(flow_register(p->one, "alice", A), SW_OK);
	flow_wait(p->one, 40);
	copy_to(p->one, p->one);
	assert_int_equal(p->one->out.hand_to, 0);
	assert_int_equal(p->one->out.account.verdict.reason, SW_R_DIGEST_REPLAY);
}

/* The window goes with whoever took its last count; a record is answered where it is. */
static void the_owner_is_who_took_the_last_count(void **state)
{
	const struct pair *p = *state;
	struct login l = { .user = "alice", .headers = A, .nc = 1 };
	char nonce[64];

	flow_request(p->one, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(p->one, nonce);
	l.nonce = nonce;
	assert_int_equal(flow_answer(p->one, &l), SW_OK);
	flow_wait(p->two, 1);
	p->two->cseq = p->one->cseq + 10;
	l.nc = 2;
	assert_int_equal(flow_answer(p->two, &l), SW_OK);
	copy_to(p->one, p->two);
	is_for(p->one, 2);
	hand(p->two, p->one);
	assert_int_equal(p->two->out.account.verdict.reason, SW_OK);
	assert_true(p->two->out.account.is_again);
}

static void nothing_without_a_right_proof_is_handed_over(void **state)
{
	static const struct {
		const char *name;
		struct login l;
		enum sw_reason want;
	} rows[] = {
		{ "wrong password", { .password = "guess" }, SW_R_DIGEST_WRONG },
		{ "wrong resource", { .digest_uri = "sip:elsewhere.example" }, SW_R_DIGEST_URI },
		{ "unknown user", { .user = "nobody" }, SW_R_DIGEST_NO_USER },
		{ "another realm", { .realm = "elsewhere.example" }, SW_R_DIGEST_REALM },
	};
	const struct pair *p = *state;
	char nonce[64];

	flow_request(p->one, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(p->one, nonce);
	assert_int_equal(
		flow_answer(p->one,
			    &(struct login){ .user = "alice", .headers = A, .nonce = nonce }),
		SW_OK);
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct login l = rows[i].l;

		print_message("%s\n", rows[i].name);
		l.nonce = nonce;
		l.user = l.user ? l.user : "alice";
		l.headers = A;
		assert_int_equal(flow_answer(p->two, &l), rows[i].want);
		assert_int_equal(p->two->out.hand_to, 0);
		assert_int_not_equal(p->two->sent[0], '\0');
	}
}

/* By streams nothing is retransmitted, and nobody else has the connection. */
static void what_comes_by_a_stream_is_not_handed_over(void **state)
{
	const struct pair *p = *state;

	assert_int_equal(flow_register(p->one, "alice", A), SW_OK);
	p->two->transport = SW_TCP;
	p->two->flow = 5;
	copy_to(p->two, p->one);
	assert_int_equal(p->two->out.hand_to, 0);
	assert_int_equal(p->two->out.account.verdict.reason, SW_R_DIGEST_REPLAY);
}

/* P3 across workers: whatever is copied to whomever, the registration counts once. */
static void no_copy_has_a_second_effect_on_any_worker(void **state)
{
	const struct pair *p = *state;
	struct flow *at[] = { p->one, p->two };
	uint32_t taken = 0;

	for (unsigned i = 0; i < 200; i++) {
		struct flow *to = at[i / 2 % 2];

		flow_wait(p->one, 1);
		flow_wait(p->two, 1);
		p->one->cseq = p->two->cseq = 2000 + i;
		assert_int_equal(flow_register(to, "alice", A), SW_OK);
		taken++;
		for (unsigned k = 0; k < 4; k++) {
			struct flow *other = at[k % 2];

			copy_to(other, to);
			if (other->out.hand_to > 0)
				hand(at[other->out.hand_to - 1], to);
			assert_int_equal(other->out.saves, 0);
			taken += other->out.account.verdict.act == SW_ACT_ALLOW &&
				 !other->out.account.is_again && other->out.hand_to == 0;
		}
	}
	assert_int_equal(taken, 200);
	assert_int_equal(sw_engine_bindings(p->one->e), 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_copy_is_handed_to_who_served_it_and_gets_its_answer),
		T(what_was_handed_over_is_never_handed_again),
		T(what_its_owner_does_not_know_either_is_a_replay),
		T(the_owner_hands_nothing_to_itself),
		T(the_owner_is_who_took_the_last_count),
		T(nothing_without_a_right_proof_is_handed_over),
		T(what_comes_by_a_stream_is_not_handed_over),
		T(no_copy_has_a_second_effect_on_any_worker),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
