/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow.h"

#define CONTACT "Contact: <sip:alice@198.51.100.7:5062>;expires=300\r\n"

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

static void a_stranger_is_offered_every_algorithm_in_our_order(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", CONTACT),
			 SW_R_CHALLENGED);
	assert_int_equal(flow_status(f), 401);
	assert_int_equal(flow_count(f, "WWW-Authenticate: Digest "), 3);
	const char *sha256 = strstr(f->sent, "algorithm=SHA-256,");
	const char *sha512 = strstr(f->sent, "algorithm=SHA-512-256,");
	const char *md5 = strstr(f->sent, "algorithm=MD5,");

	assert_true(sha256 && sha512 && md5 && sha256 < sha512 && sha512 < md5);
	assert_true(flow_says(f, "realm=\"example.com\"") && flow_says(f, "qop=\"auth\""));
	assert_false(flow_says(f, "stale"));
}

static void every_algorithm_that_the_trunk_takes_registers(void **state)
{
	struct flow *f = *state;

	for (enum sw_alg alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++) {
		struct login l = { .user = "alice", .alg = alg, .headers = CONTACT };

		assert_int_equal(flow_login(f, &l), SW_OK);
		assert_int_equal(flow_status(f), 200);
		assert_true(flow_says(f, "Contact: <sip:alice@198.51.100.7:5062>;expires=300\r\n"));
		assert_int_equal(f->out.account.verdict.act, SW_ACT_ALLOW);
		assert_int_equal(f->out.account.verdict.subject.alg, alg);
		assert_int_equal(f->out.account.warn, alg == SW_ALG_MD5 ? 1 : 0);
	}
	assert_int_equal(sw_engine_bindings(f->e), 1);
}

static void clients_that_read_one_challenge_get_md5_in_their_way(void **state)
{
	struct flow *f = *state;

	flow_request(f, "REGISTER", "sip:example.com", "alice", "User-Agent: baresip v1.0.0\r\n");
	assert_int_equal(flow_count(f, "WWW-Authenticate:"), 1);
	assert_true(flow_says(f, "algorithm=MD5,"));
	flow_request(f, "REGISTER", "sip:example.com", "alice", "User-Agent: sipsak 0.9.8.1\r\n");
	assert_int_equal(flow_count(f, "WWW-Authenticate:"), 3);
	assert_true(strstr(f->sent, "algorithm=MD5,") < strstr(f->sent, "algorithm=SHA-256,"));
}

static void a_nonce_carries_the_list_that_was_offered(void **state)
{
	struct flow *f = *state;
	struct login l = { .user = "alice", .headers = "User-Agent: baresip v1.0.0\r\n" };

	assert_int_equal(flow_login(f, &l), SW_R_DIGEST_ALG_NOT_OFFERED);
	assert_int_equal(flow_status(f), 401);
}

static void several_contacts_refresh_and_go(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice",
				       "Contact: <sip:a@198.51.100.7>, <sip:b@198.51.100.7>\r\n"
				       "Contact: \"C\" <sip:c@198.51.100.7;x=1>;q=0.5\r\n"),
			 SW_OK);
	assert_int_equal(flow_count(f, "\r\nContact: "), 3);
	assert_true(flow_says(f, "Contact: \"C\" <sip:c@198.51.100.7;x=1>;q=0.5;expires=3600\r\n"));
	flow_wait(f, 100);
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:b@198.51.100.7>;expires=0\r\n"),
			 SW_OK);
	assert_int_equal(flow_count(f, "\r\nContact: "), 2);
	assert_true(flow_says(f, "<sip:a@198.51.100.7>;expires=3500\r\n"));
	assert_int_equal(flow_register(f, "alice", ""), SW_OK); /* only asks */
	assert_int_equal(flow_count(f, "\r\nContact: "), 2);
	assert_int_equal(flow_register(f, "alice", "Contact: *\r\nExpires: 0\r\n"), SW_OK);
	assert_int_equal(flow_count(f, "\r\nContact: "), 0);
	assert_int_equal(sw_engine_bindings(f->e), 0);
}

static void a_binding_ends_with_its_time(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", CONTACT), SW_OK);
	flow_wait(f, 299);
	flow_tick(f);
	assert_int_equal(sw_engine_bindings(f->e), 1);
	flow_wait(f, 1);
	flow_tick(f);
	assert_int_equal(sw_engine_bindings(f->e), 0);
}

static void time_asked_for_is_bounded_by_the_trunk(void **state)
{
	static const struct {
		const char *name, *headers;
		enum sw_reason want;
		const char *says;
	} rows[] = {
		{ "too long", "Contact: <sip:a@b.example>\r\nExpires: 86400\r\n", SW_OK,
		  ";expires=3600\r\n" },
		{ "no number", "Contact: <sip:a@b.example>\r\nExpires: soon\r\n", SW_OK,
		  ";expires=3600\r\n" },
		{ "huge", "Contact: <sip:a@b.example>;expires=99999999999\r\n", SW_OK,
		  ";expires=3600\r\n" },
		{ "parameter wins", "Contact: <sip:a@b.example>;expires=90\r\nExpires: 900\r\n",
		  SW_OK, ";expires=90\r\n" },
		{ "too brief", "Contact: <sip:a@b.example>\r\nExpires: 59\r\n", SW_R_INTERVAL_BRIEF,
		  "Min-Expires: 60\r\n" },
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct flow *f = *state;

		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_register(f, "alice", rows[i].headers), rows[i].want);
		assert_true(flow_says(f, rows[i].says));
	}
}

static void what_a_register_may_not_say(void **state)
{
	static const struct {
		const char *name, *headers;
		enum sw_reason want;
		int status;
	} rows[] = {
		{ "star with time", "Contact: *\r\nExpires: 60\r\n", SW_R_CONTACT_STAR, 400 },
		{ "star without Expires", "Contact: *\r\n", SW_R_CONTACT_STAR, 400 },
		{ "star and one more", "Contact: *\r\nContact: <sip:a@b.example>\r\nExpires: 0\r\n",
		  SW_R_CONTACT_STAR, 400 },
		{ "two stars", "Contact: *\r\nContact: *\r\nExpires: 0\r\n", SW_R_CONTACT_STAR,
		  400 },
		{ "two times", "Contact: <sip:a@b.example>;expires=300;expires=0\r\n",
		  SW_R_CONTACT_SYNTAX, 400 },
		{ "too many parameters",
		  "Contact: <sip:a@b.example;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q>\r\n",
		  SW_R_CONTACT_SYNTAX, 400 },
		{ "no SIP", "Contact: <mailto:a@b.example>\r\n", SW_R_CONTACT_SYNTAX, 400 },
		{ "four where three are allowed",
		  "Contact: <sip:a@b.example>,<sip:b@b.example>,<sip:c@b.example>,<sip:d@b.example>\r\n",
		  SW_R_CONTACT_LIMIT, 503 },
		{ "one good, one brief",
		  "Contact: <sip:a@b.example>,<sip:b@b.example>;expires=1\r\n", SW_R_INTERVAL_BRIEF,
		  423 },
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct flow *f = *state;

		print_message("%s\n", rows[i].name);
		flow_wait(f, 1);
		assert_int_equal(flow_register(f, "alice", rows[i].headers), rows[i].want);
		assert_int_equal(flow_status(f), rows[i].status);
		assert_int_equal(sw_engine_bindings(f->e), 0);
		assert_int_equal(f->out.account.verdict.act, SW_ACT_REFUSE);
	}
}

static void a_contact_too_long_to_keep_is_refused(void **state)
{
	struct flow *f = *state;
	char headers[1024];

	snprintf(headers, sizeof(headers), "Contact: <sip:%0520d@b.example>\r\n", 7);
	assert_int_equal(flow_register(f, "alice", headers), SW_R_CONTACT_SYNTAX);
	assert_int_equal(sw_engine_bindings(f->e), 0);
}

static void a_rebooted_phone_replaces_the_oldest_binding(void **state)
{
	struct flow *f = *state;
	char headers[64];

	for (int i = 1; i <= 4; i++) {
		f->src.port++; /* each by a way of its own: what shares one replaces at once */
		snprintf(headers, sizeof(headers), "Contact: <sip:a%d@b.example>\r\n", i);
		assert_int_equal(flow_register(f, "alice", headers), SW_OK);
		flow_wait(f, 1);
	}
	assert_int_equal(flow_count(f, "\r\nContact: "), 3);
	assert_false(flow_says(f, "<sip:a1@"));
	assert_true(flow_says(f, "<sip:a4@"));
}

static void an_older_request_of_the_same_call_changes_nothing(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", CONTACT), SW_OK);
	f->cseq -= 3;
	assert_int_equal(flow_register(f, "alice", "Contact: *\r\nExpires: 0\r\n"), SW_R_CSEQ_OLD);
	assert_int_equal(flow_status(f), 500);
	assert_int_equal(sw_engine_bindings(f->e), 1);
}

/* All eight slots: x0 to x2 of alice, x3 to x5 of bob, x6 and x7 of carol, a second apart. */
static void fill_table(struct flow *f)
{
	char headers[64];

	for (int i = 0; i < 8; i++) {
		static const char *const who[] = { "alice", "bob", "carol" };

		f->src.port++;
		snprintf(headers, sizeof(headers), "Contact: <sip:x%d@b.example>\r\n", i);
		assert_int_equal(flow_register(f, who[i / 3], headers), SW_OK);
		flow_wait(f, 1); /* the table of windows is as small: let nonces differ in age */
	}
}

static void a_full_table_says_come_again(void **state)
{
	struct flow *f = *state;

	fill_table(f);
	f->src.port++;
	assert_int_equal(flow_register(f, "carol", "Contact: <sip:y@b.example>\r\n"),
			 SW_R_TABLE_FULL);
	assert_int_equal(flow_status(f), 503);
	assert_true(flow_says(f, "Retry-After: "));
	assert_int_equal(flow_register(f, "carol", "Contact: <sip:x7@b.example>\r\n"), SW_OK);
}

static void a_user_at_the_limit_gets_in_where_the_table_is_full(void **state)
{
	struct flow *f = *state;

	fill_table(f);
	f->src.port++;
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:new@b.example>\r\n"), SW_OK);
	assert_false(flow_says(f, "<sip:x0@"));
	assert_int_equal(flow_register(f, "carol",
				       "Contact: <sip:new@b.example>\r\n"
				       "Contact: <sip:x7@b.example>;expires=0\r\n"),
			 SW_OK);
	assert_int_equal(flow_count(f, "\r\nContact: "), 2);
}

static void a_phone_that_changes_its_contact_counts_once(void **state)
{
	struct flow *f = *state;

	f->trunk[0].contacts = 1;
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:old@b.example>\r\n"), SW_OK);
	assert_int_equal(flow_register(f, "alice",
				       "Contact: <sip:new@b.example>\r\n"
				       "Contact: <sip:old@b.example>;expires=0\r\n"),
			 SW_OK);
	assert_int_equal(flow_count(f, "\r\nContact: "), 1);
	assert_true(flow_says(f, "<sip:new@b.example>;expires=3600\r\n"));
}

static void a_limit_that_was_lowered_holds(void **state)
{
	struct flow *f = *state;
	char headers[64];

	for (int i = 1; i <= 5; i++) {
		f->trunk[0].contacts = i <= 3 ? 3 : 1;
		f->src.port++;
		snprintf(headers, sizeof(headers), "Contact: <sip:a%d@b.example>\r\n", i);
		assert_int_equal(flow_register(f, "alice", headers), SW_OK);
		assert_int_equal(flow_count(f, "\r\nContact: "), i <= 3 ? i : 1);
		flow_wait(f, 1);
	}
}

/* The Contacts of the last answer: what stands behind them differs each time. */
static void keep_contacts(const struct flow *f, char *out, size_t cap)
{
	const char *from = strstr(f->sent, "\r\nContact: ");
	const char *to = strstr(f->sent, "\r\nAuthentication-Info: ");

	assert_true(from && to);
	snprintf(out, cap, "%.*s", (int)(to - from), from);
}

/* URI equality is not transitive, so two Contacts may both be like one that is kept. */
static void a_refusal_leaves_all_bindings_as_they_were(void **state)
{
	struct flow *f = *state;
	char before[SW_ROOM], after[SW_ROOM];

	fill_table(f);
	assert_int_equal(flow_register(f, "carol", ""), SW_OK);
	keep_contacts(f, before, sizeof(before));
	assert_int_equal(
		flow_register(f, "carol",
			      "Contact: <sip:x7@b.example;p=1>, <sip:x7@b.example;p=2>\r\n"),
		SW_R_TABLE_FULL);
	assert_int_equal(flow_register(f, "carol", ""), SW_OK);
	keep_contacts(f, after, sizeof(after));
	assert_string_equal(after, before);
}

static void an_answer_that_would_not_fit_changes_nothing(void **state)
{
	static char headers[SW_ROOM + 4096];
	struct flow *f = *state;
	struct login l = { .user = "alice", .headers = headers };

	snprintf(headers, sizeof(headers),
		 "Via: SIP/2.0/UDP a.example;x=%09000d\r\nVia: SIP/2.0/UDP a.example;x=%09000d\r\n"
		 "Contact: <sip:a@b.example>\r\n",
		 0, 0);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	assert_int_equal(flow_answer(f, &l), SW_R_TOO_LARGE);
	assert_string_equal(f->sent, "");
	assert_int_equal(sw_engine_bindings(f->e), 0);
	assert_int_equal(f->out.account.granted_s, 0);
}

static void of_the_same_contact_twice_the_last_counts(void **state)
{
	static const struct {
		const char *headers;
		unsigned contacts;
	} rows[] = {
		{ "Contact: <sip:a@b.example>, <sip:a@b.example>\r\n", 1 },
		{ "Contact: <sip:a@b.example>, <sip:A%62@b.example>, <sip:a@b.example>;expires=0\r\n",
		  1 },
		{ "Contact: <sip:a@b.example>;expires=0\r\nContact: <sip:a@B.example>\r\n", 1 },
		{ "Contact: <sip:a@b.example>, <sip:a@b.example>;expires=0\r\n", 0 },
	};
	struct flow *f = *state;

	f->trunk[0].contacts = 1;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s", rows[i].headers);
		assert_int_equal(flow_register(f, "alice", rows[i].headers), SW_OK);
		assert_int_equal(flow_count(f, "\r\nContact: "), rows[i].contacts);
		assert_int_equal(sw_engine_bindings(f->e), rows[i].contacts);
		flow_wait(f, 1);
	}
}

static void a_step_of_the_clock_grants_no_more_than_the_maximum(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a@b.example>\r\n"), SW_OK);
	f->wall.us -= 315360000ll * SW_US_PER_S;
	assert_int_equal(flow_register(f, "alice", ""), SW_OK);
	assert_true(flow_says(f, "<sip:a@b.example>;expires=3600\r\n"));
}

static void what_was_bound_while_the_clock_ran_ahead_ends_in_its_time(void **state)
{
	struct flow *f = *state;

	f->wall.us += 315360000ll * SW_US_PER_S;
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a@b.example>;expires=600\r\n"),
			 SW_OK);
	f->wall.us -= 315360000ll * SW_US_PER_S;
	assert_int_equal(flow_register(f, "alice", ""), SW_OK);
	assert_true(flow_says(f, "<sip:a@b.example>;expires=600\r\n"));
	flow_tick(f); /* from when on it counts */
	flow_wait(f, 599);
	assert_int_equal(flow_register(f, "alice", ""), SW_OK);
	assert_true(flow_says(f, "<sip:a@b.example>;expires=1\r\n"));
	flow_wait(f, 1);
	flow_tick(f);
	assert_int_equal(sw_engine_bindings(f->e), 0);
}

static void without_expires_a_long_minimum_is_granted(void **state)
{
	struct flow *f = *state;

	f->trunk[0].expires_min_s = 3600;
	f->trunk[0].expires_max_s = 7200;
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a@b.example>\r\n"), SW_OK);
	assert_true(flow_says(f, ";expires=3600\r\n"));
}

static void a_phone_behind_ipv6_registers(void **state)
{
	struct flow *f = *state;

	flow_from(f, "[2001:db8::7]:5062");
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:alice@[2001:db8::7]:5062>\r\n"),
			 SW_OK);
	assert_true(flow_says(f, ";received=2001:db8::7;rport=5062\r\n"));
	assert_true(flow_says(f, "Contact: <sip:alice@[2001:db8::7]:5062>;expires=3600\r\n"));
}

static void only_ones_own_address_can_be_registered(void **state)
{
	struct flow *f = *state;
	struct login other = { .user = "alice", .to = "bob", .headers = CONTACT };
	struct login escaped = { .user = "alice", .to = "%61lice", .headers = CONTACT };

	assert_int_equal(flow_login(f, &other), SW_R_IDENTITY_AOR);
	assert_int_equal(flow_status(f), 403);
	assert_int_equal(flow_login(f, &escaped), SW_OK);
}

static void every_name_of_ours_is_the_same_domain(void **state)
{
	static const char *const ours[] = {
		"sip:example.com", "sip:EXAMPLE.com:5099", "sip:other.example",
		"sip:192.0.2.1",   "sips:example.com",     "sip:192.0.2.1:5060;transport=udp"
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(ours); i++) {
		struct login l = { .user = "alice", .uri = ours[i], .headers = CONTACT };

		print_message("%s\n", ours[i]);
		assert_int_equal(flow_login(f, &l), SW_OK);
	}
	assert_int_equal(sw_engine_bindings(f->e), 1);
}

static void a_foreign_domain_is_not_found(void **state)
{
	struct flow *f = *state;
	struct login l = { .user = "alice", .uri = "sip:elsewhere.example", .headers = CONTACT };

	assert_int_equal(flow_login(f, &l), SW_R_DOMAIN);
	assert_int_equal(flow_status(f), 404);
}

static void a_trunk_without_register_takes_none(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "frank", CONTACT), SW_R_REGISTER_OFF);
	assert_int_equal(flow_status(f), 403);
}

static void answers_go_to_the_source_and_nowhere_else(void **state)
{
	static const struct {
		const char *name, *via, *to, *says;
	} rows[] = {
		{ "rport", "198.51.100.7:5099;rport;branch=z9hG4bKx", "198.51.100.7:5062",
		  ";received=198.51.100.7;rport=5062\r\n" },
		{ "sent-by is the source", "198.51.100.7:5099;branch=z9hG4bKx", "198.51.100.7:5099",
		  "5099;branch=z9hG4bKx\r\n" },
		{ "no port", "198.51.100.7;branch=z9hG4bKx", "198.51.100.7:5060", "" },
		{ "a name", "phone.example;branch=z9hG4bKx", "198.51.100.7:5062",
		  ";received=198.51.100.7\r\n" },
		{ "another host", "203.0.113.9:5060;branch=z9hG4bKx", "198.51.100.7:5062",
		  ";received=198.51.100.7\r\n" },
		{ "received is a lie", "198.51.100.7:5062;received=203.0.113.9;branch=z9hG4bKx",
		  "198.51.100.7:5062", "5062;branch=z9hG4bKx\r\n" },
		{ "maddr", "198.51.100.7:5062;maddr=203.0.113.9;branch=z9hG4bKx",
		  "198.51.100.7:5062", "" },
		{ "rport is a lie", "198.51.100.7:5062;rport=9;branch=z9hG4bKx",
		  "198.51.100.7:5062", ";rport=5062\r\n" },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char text[1024];
		struct sw_addr to;
		int n = snprintf(text, sizeof(text),
				 "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP %s\r\n"
				 "From: <sip:a@b.example>;tag=1\r\nTo: <sip:example.com>\r\n"
				 "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n"
				 "User-Agent: %0100d\r\n\r\n",
				 rows[i].via, 0);

		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_take(f, text, (size_t)n), SW_R_CHALLENGED);
		assert_true(sw_addr_parse_port(sw_slice_of(rows[i].to), &to));
		assert_true(sw_addr_eq(&f->out.a[0].path.peer, &to));
		assert_true(flow_says(f, rows[i].says));
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_stranger_is_offered_every_algorithm_in_our_order),
		CASE(every_algorithm_that_the_trunk_takes_registers),
		CASE(clients_that_read_one_challenge_get_md5_in_their_way),
		CASE(a_nonce_carries_the_list_that_was_offered),
		CASE(several_contacts_refresh_and_go),
		CASE(a_binding_ends_with_its_time),
		CASE(time_asked_for_is_bounded_by_the_trunk),
		CASE(what_a_register_may_not_say),
		CASE(a_contact_too_long_to_keep_is_refused),
		CASE(a_rebooted_phone_replaces_the_oldest_binding),
		CASE(an_older_request_of_the_same_call_changes_nothing),
		CASE(a_full_table_says_come_again),
		CASE(a_user_at_the_limit_gets_in_where_the_table_is_full),
		CASE(a_phone_that_changes_its_contact_counts_once),
		CASE(a_limit_that_was_lowered_holds),
		CASE(a_refusal_leaves_all_bindings_as_they_were),
		CASE(an_answer_that_would_not_fit_changes_nothing),
		CASE(of_the_same_contact_twice_the_last_counts),
		CASE(a_step_of_the_clock_grants_no_more_than_the_maximum),
		CASE(what_was_bound_while_the_clock_ran_ahead_ends_in_its_time),
		CASE(without_expires_a_long_minimum_is_granted),
		CASE(a_phone_behind_ipv6_registers),
		CASE(only_ones_own_address_can_be_registered),
		CASE(every_name_of_ours_is_the_same_domain),
		CASE(a_foreign_domain_is_not_found),
		CASE(a_trunk_without_register_takes_none),
		CASE(answers_go_to_the_source_and_nowhere_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
