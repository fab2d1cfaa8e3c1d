/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow.h"

#define CONTACT "Contact: <sip:a@198.51.100.7:5062>\r\n"

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

/* An answer without what may differ: the To tag, the nonces, and the branch that we chose. */
static void blank_out(char *text, const char *name, const char *stops)
{
	for (char *at = text; (at = strstr(at, name)) != NULL;) {
		at += strlen(name);
		memset(at, '-', strcspn(at, stops));
	}
}

static void same_octets(struct flow *f, char out[SW_ROOM])
{
	memcpy(out, f->sent, sizeof(f->sent) - 1);
	blank_out(out, ";tag=", ";\r");
	blank_out(out, "nonce=\"", "\"");
	blank_out(out, "branch=", ";\r");
	blank_out(out, "CSeq: ", " ");
}

/* Rows of logins that fail for what they claim; the wire must not tell which. */
static const struct {
	const char *name, *user, *password;
	enum sw_alg alg;
	enum sw_reason want;
} failures[] = {
	{ "wrong password", "alice", "wrong", SW_ALG_SHA256, SW_R_DIGEST_WRONG },
	{ "unknown user", "zelda", "wrong", SW_ALG_SHA256, SW_R_DIGEST_NO_USER },
	{ "trunk off", "erin", "wrong", SW_ALG_SHA256, SW_R_DIGEST_USER_OFF },
	{ "trunk off, right password", "erin", NULL, SW_ALG_SHA256, SW_R_DIGEST_USER_OFF },
	{ "not this trunk's algorithm", "carol", NULL, SW_ALG_MD5, SW_R_DIGEST_ALG_TRUNK },
	{ "algorithm and password wrong", "carol", "wrong", SW_ALG_SHA512_256,
	  SW_R_DIGEST_ALG_TRUNK },
	{ "MD5 past its end", "dave", NULL, SW_ALG_MD5, SW_R_DIGEST_ALG_ENDED },
	{ "wrong password, MD5", "bob", "wrong", SW_ALG_MD5, SW_R_DIGEST_WRONG },
	{ "wrong password, SHA-512-256", "bob", "wrong", SW_ALG_SHA512_256, SW_R_DIGEST_WRONG },
};

static void failures_look_alike(struct flow *f, int status)
{
	char first[SW_ROOM] = "", text[SW_ROOM];

	for (size_t i = 0; i < SW_ARRAY_LEN(failures); i++) {
		struct login l = { .user = failures[i].user,
				   .password = failures[i].password,
				   .alg = failures[i].alg,
				   .to = "anyone",
				   .headers = CONTACT };

		print_message("%s\n", failures[i].name);
		flow_request(f, "REGISTER", "sip:example.com", "anyone", CONTACT);
		assert_int_equal(flow_answer(f, &l), failures[i].want);
		assert_int_equal(flow_status(f), status);
		assert_false(flow_says(f, "stale"));
		same_octets(f, text);
		if (i == 0)
			memcpy(first, text, sizeof(first));
		assert_string_equal(text, first);
		assert_int_equal(sw_engine_bindings(f->e), 0);
	}
}

static void a_stranger_cannot_tell_why_a_login_failed(void **state)
{
	failures_look_alike(*state, 403);
}

static void nor_where_a_mismatch_is_challenged_again(void **state)
{
	struct flow *f = *state;

	f->policy.mismatch_challenge = true;
	failures_look_alike(f, 401);
}

static void a_replayed_request_gets_a_fresh_nonce_and_no_effect(void **state)
{
	struct flow *f = *state;
	char nonce[64];

	flow_request(f, "REGISTER", "sip:example.com", "alice", CONTACT);
	flow_nonce(f, nonce);
	struct login l = { .user = "alice", .nonce = nonce, .headers = CONTACT };
	struct login wrong = { .user = "alice", .nonce = nonce, .password = "wrong" };

	assert_int_equal(flow_answer(f, &l), SW_OK);
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_REPLAY);
	assert_int_equal(flow_status(f), 401);
	assert_true(flow_says(f, "stale=true"));
	assert_int_equal(flow_answer(f, &wrong), SW_R_DIGEST_WRONG);
	l.nc = 3;
	assert_int_equal(flow_answer(f, &l), SW_OK);
	l.nc = 2; /* overtaken on the way, still new */
	assert_int_equal(flow_answer(f, &l), SW_OK);
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_REPLAY);
}

static void a_wrong_response_uses_no_count_up(void **state)
{
	struct flow *f = *state;
	char nonce[64];

	flow_request(f, "REGISTER", "sip:example.com", "alice", CONTACT);
	flow_nonce(f, nonce);
	struct login l = { .user = "alice", .nonce = nonce, .password = "wrong" };

	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_WRONG);
	l.password = NULL;
	assert_int_equal(flow_answer(f, &l), SW_OK);
}

/* A right answer that is refused for another reason must leave nothing that can be asked for. */
static void a_right_answer_that_is_refused_uses_no_count_up(void **state)
{
	static const struct {
		const char *user;
		enum sw_alg alg;
		enum sw_reason want;
	} rows[] = {
		{ "erin", SW_ALG_SHA256, SW_R_DIGEST_USER_OFF },
		{ "dave", SW_ALG_MD5, SW_R_DIGEST_ALG_ENDED },
	};
	struct flow *f = *state;
	char nonce[64];

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct login l = { .user = rows[i].user, .alg = rows[i].alg, .nonce = nonce };
		struct login own = { .user = "alice", .nonce = nonce };

		print_message("%s\n", rows[i].user);
		flow_request(f, "REGISTER", "sip:example.com", "alice", CONTACT);
		flow_nonce(f, nonce);
		assert_int_equal(flow_answer(f, &l), rows[i].want);
		assert_int_equal(flow_answer(f, &own), SW_OK);
	}
}

static void old_and_moved_nonces_are_stale_and_no_failures(void **state)
{
	struct flow *f = *state;
	char nonce[64];

	flow_request(f, "REGISTER", "sip:example.com", "alice", CONTACT);
	flow_nonce(f, nonce);
	struct login l = { .user = "alice", .nonce = nonce, .headers = CONTACT };

	flow_from(f, "198.51.100.99:7000"); /* the same /24 */
	assert_int_equal(flow_answer(f, &l), SW_OK);
	flow_from(f, "198.51.101.7:5062");
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_NONCE_SOURCE);
	assert_true(flow_status(f) == 401 && flow_says(f, "stale=true"));
	flow_from(f, "198.51.100.7:5062");
	flow_wait(f, 299);
	l.nc = 2;
	assert_int_equal(flow_answer(f, &l), SW_OK);
	flow_wait(f, 1);
	l.nc = 3;
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_STALE);
	assert_true(flow_status(f) == 401 && flow_says(f, "stale=true"));
	assert_int_equal(flow_answer(f, &(struct login){ .user = "alice" }), SW_OK);
}

static void windows_that_were_dropped_make_old_nonces_stale(void **state)
{
	struct flow *f = *state;
	char first[64];
	struct login l = { .user = "alice", .headers = CONTACT };

	flow_request(f, "REGISTER", "sip:example.com", "alice", CONTACT);
	flow_nonce(f, first);
	for (int i = 0; i < 9; i++) { /* the table has room for eight */
		flow_wait(f, 1);
		assert_int_equal(flow_login(f, &l), SW_OK);
	}
	l.nonce = first;
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_STALE);
}

static void what_is_wrong_with_credentials_is_told_apart(void **state)
{
	static const struct {
		const char *name;
		struct login l;
		enum sw_reason want;
		int status;
	} rows[] = {
		{ "another realm",
		  { .user = "alice", .realm = "elsewhere" },
		  SW_R_DIGEST_REALM,
		  401 },
		{ "realm in capitals",
		  { .user = "alice", .realm = "EXAMPLE.com" },
		  SW_R_DIGEST_REALM,
		  401 },
		{ "forged nonce",
		  { .user = "alice", .nonce = "EAAATQAAPoDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMA" },
		  SW_R_DIGEST_NONCE_FORGED,
		  401 },
		{ "no nonce of ours",
		  { .user = "alice", .nonce = "abc" },
		  SW_R_DIGEST_NONCE_FORGED,
		  401 },
		{ "no qop", { .user = "alice", .no_qop = true }, SW_R_DIGEST_QOP_NOT_OFFERED, 401 },
		{ "uri of another user",
		  { .user = "alice", .digest_uri = "sip:bob@example.com" },
		  SW_R_DIGEST_URI,
		  400 },
		{ "uri of another host",
		  { .user = "alice", .digest_uri = "sip:elsewhere.example" },
		  SW_R_DIGEST_URI,
		  400 },
		{ "uri is no SIP URI",
		  { .user = "alice", .digest_uri = "*" },
		  SW_R_DIGEST_URI,
		  400 },
		{ "uri with a port",
		  { .user = "alice", .digest_uri = "sip:example.com:5060;x=y" },
		  SW_OK,
		  200 },
		{ "uri by our address",
		  { .user = "alice", .digest_uri = "sips:192.0.2.1" },
		  SW_OK,
		  200 },
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct flow *f = *state;

		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_login(f, &rows[i].l), rows[i].want);
		assert_int_equal(flow_status(f), rows[i].status);
		assert_false(flow_says(f, "stale"));
	}
}

/* Credentials as text, in place of our own client's; the nonce is good. */
static void malformed_credentials_get_a_telling_400(void **state)
{
	static const struct {
		const char *name, *text;
		enum sw_reason want;
		const char *phrase;
	} rows[] = {
		{ "no parameters", "Digest", SW_R_DIGEST_SYNTAX, "400 Malformed Credentials\r\n" },
		{ "twice", "Digest username=\"a\", username=\"b\"", SW_R_DIGEST_PARAM_TWICE,
		  "400 Repeated Digest Parameter\r\n" },
		{ "too few", "Digest username=\"a\", realm=\"example.com\"", SW_R_DIGEST_PARAM_GONE,
		  "400 Missing Digest Parameter\r\n" },
		{ "open quote", "Digest username=\"a", SW_R_DIGEST_SYNTAX,
		  "400 Malformed Credentials\r\n" },
		{ "too few, of another realm", "Digest username=\"a\", realm=\"elsewhere\"",
		  SW_R_DIGEST_REALM, "401 Unauthorized\r\n" },
		{ "unknown scheme", "Basic YWxpY2U6c2VjcmV0", SW_R_CHALLENGED,
		  "401 Unauthorized\r\n" },
	};
	struct flow *f = *state;
	char headers[256];

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		snprintf(headers, sizeof(headers), "Authorization: %s\r\n", rows[i].text);
		assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "a", headers),
				 rows[i].want);
		assert_true(flow_says(f, rows[i].phrase));
	}
}

/* Lines that stand before or behind the right credentials, which prove nothing beside others. */
static void of_two_credentials_for_our_realm_none_counts(void **state)
{
#define WRONG                                                                                      \
	": Digest username=\"bob\", realm=\"example.com\", nonce=\"x\", uri=\"sip:example.com\", " \
	"response=\"00\"\r\n"
#define FAR                                                                                        \
	": Digest username=\"alice\", realm=\"elsewhere\", nonce=\"x\", uri=\"sip:example.com\", " \
	"response=\"00\"\r\n"
	static const struct {
		const char *name, *line;
		bool is_same; /* the right ones once more */
		enum sw_reason want;
	} rows[] = {
		{ "somebody else's", "Authorization" WRONG, false, SW_R_DIGEST_TWICE },
		{ "the same once more", "", true, SW_OK },
		{ "the same once more, and others", "Authorization" WRONG, true,
		  SW_R_DIGEST_TWICE },
		{ "of another realm", "Authorization" FAR, false, SW_OK },
		{ "of another scheme", "Authorization: Bearer abc\r\n", false, SW_OK },
		{ "of a proxy, which may be another reader's", "Proxy-Authorization" WRONG, false,
		  SW_OK },
	};
	struct flow *f = *state;
	struct login l = { .user = "alice" };
	static char proof[1024], lines[4096];

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		for (unsigned before = 0; before < 2; before++) {
			const char *more = rows[i].line;

			print_message("%s, %s\n", rows[i].name, before ? "before" : "behind");
			flow_request(f, "REGISTER", "sip:example.com", "alice", "");
			flow_credentials(f, &l, proof, sizeof(proof));
			snprintf(lines, sizeof(lines), "%s%s%s%s", before ? more : "", proof,
				 rows[i].is_same ? proof : "", before ? "" : more);
			assert_int_equal(
				flow_request(f, "REGISTER", "sip:example.com", "alice", lines),
				rows[i].want);
			assert_int_equal(flow_status(f), rows[i].want == SW_OK ? 200 : 400);
			assert_int_equal(f->out.account.rule,
					 rows[i].want == SW_OK ? SW_RULE_NONE : SW_RULE_AUTH_ALONE);
		}
}

/* Clients that write into the one field what a challenge in the other one asks for. */
static void credentials_in_the_other_field_are_read_where_none_stand_in_their_own(void **state)
{
	static const struct {
		const char *name, *method, *uri, *field, *more;
		enum sw_reason want;
	} rows[] = {
		{ "a registration", "REGISTER", "sip:example.com", "Proxy-Authorization", "",
		  SW_OK },
		{ "a call", "INVITE", "sip:bob@example.com", "Authorization", "",
		  SW_R_DESTINATION },
		{ "beside those of another realm", "REGISTER", "sip:example.com",
		  "Proxy-Authorization", "Authorization" FAR, SW_OK },
		{ "beside wrong ones in their own", "REGISTER", "sip:example.com",
		  "Proxy-Authorization", "Authorization" WRONG, SW_R_DIGEST_NONCE_FORGED },
		{ "beside others in the same", "REGISTER", "sip:example.com", "Proxy-Authorization",
		  "Proxy-Authorization" WRONG, SW_R_DIGEST_TWICE },
	};
	struct flow *f = *state;
	static char proof[1024], lines[4096];

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct login l = { .user = "alice", .method = rows[i].method, .uri = rows[i].uri };

		print_message("%s\n", rows[i].name);
		flow_request(f, l.method, l.uri, "alice", "");
		flow_credentials(f, &l, proof, sizeof(proof));
		snprintf(lines, sizeof(lines), "%s%s%s", rows[i].field, strchr(proof, ':'),
			 rows[i].more);
		assert_int_equal(flow_request(f, l.method, l.uri, "alice", lines), rows[i].want);
	}
}

static void without_any_way_in_a_stranger_is_refused(void **state)
{
	struct flow *f = *state;

	f->policy.trunks = 0;
	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", ""),
			 SW_R_NO_TRUNK);
	assert_int_equal(flow_status(f), 403);
}

static void two_challenges_of_one_moment_have_two_nonces(void **state)
{
	struct flow *f = *state;
	char a[64], b[64];

	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, a);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, b);
	assert_string_not_equal(a, b);
	assert_int_equal(strlen(a), SW_NONCE_TEXT);
}

static void the_same_request_gets_the_same_tag_and_id(void **state)
{
	struct flow *f = *state;
	char id[SW_ID_LEN + 1], tag[64];

	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	memcpy(id, f->out.account.id, sizeof(id));
	snprintf(tag, sizeof(tag), ";tag=%s", id);
	assert_int_equal(strlen(id), SW_ID_LEN);
	assert_true(flow_says(f, tag));
	f->branch--;
	f->cseq--;
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	assert_string_equal(f->out.account.id, id);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	assert_string_not_equal(f->out.account.id, id);
}

/* A connection may stay when somebody proved to be there: whatever became of the request. */
static void whose_proof_came_is_told_whatever_became_of_the_request(void **state)
{
	static const struct {
		const char *name;
		struct login login;
		enum sw_reason reason;
		const char *proven;
	} rows[] = {
		{ "served", { .user = "alice" }, SW_OK, "alice" },
		{ "nobody there",
		  { .method = "INVITE", .uri = "sip:x@example.com", .user = "bob" },
		  SW_R_DESTINATION,
		  "bob" },
		{ "another's address", { .user = "bob", .to = "alice" }, SW_R_IDENTITY_AOR, "bob" },
		{ "a wrong password", { .user = "alice", .password = "x" }, SW_R_DIGEST_WRONG, "" },
		{ "switched off", { .user = "nina" }, SW_R_DIGEST_USER_OFF, "" },
		{ "unknown", { .user = "nobody" }, SW_R_DIGEST_NO_USER, "" },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct login l = rows[i].login;

		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_login(f, &l), rows[i].reason);
		assert_true(sw_slice_eq(f->out.proven, sw_slice_of(rows[i].proven)));
		flow_request(f, "REGISTER", "sip:example.com", "alice", "");
		assert_int_equal(f->out.proven.n, 0);
	}
}

static void a_copy_of_a_proven_request_proves_nobody(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_login(f, &(struct login){ .user = "alice" }), SW_OK);
	assert_int_equal(f->out.proven.n, 5);
	assert_int_equal(flow_take(f, f->request, strlen(f->request)), SW_OK);
	assert_true(f->out.account.is_again);
	assert_int_equal(f->out.proven.n, 0);
}

static void only_who_could_prove_something_is_a_user(void **state)
{
	static const struct {
		const char *name;
		bool is;
	} rows[] = { { "alice", true }, { "kim", true },  { "nobody", false },
		     { "nina", false }, { "max", false }, { "erin", false },
		     { "lee", false },  { "", false },    { "Alice", false } };
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_engine_has_user(f->e, sw_slice_of(rows[i].name)), rows[i].is);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_stranger_cannot_tell_why_a_login_failed),
		CASE(nor_where_a_mismatch_is_challenged_again),
		CASE(a_replayed_request_gets_a_fresh_nonce_and_no_effect),
		CASE(a_wrong_response_uses_no_count_up),
		CASE(a_right_answer_that_is_refused_uses_no_count_up),
		CASE(old_and_moved_nonces_are_stale_and_no_failures),
		CASE(windows_that_were_dropped_make_old_nonces_stale),
		CASE(what_is_wrong_with_credentials_is_told_apart),
		CASE(malformed_credentials_get_a_telling_400),
		CASE(of_two_credentials_for_our_realm_none_counts),
		CASE(credentials_in_the_other_field_are_read_where_none_stand_in_their_own),
		CASE(without_any_way_in_a_stranger_is_refused),
		CASE(two_challenges_of_one_moment_have_two_nonces),
		CASE(the_same_request_gets_the_same_tag_and_id),
		CASE(whose_proof_came_is_told_whatever_became_of_the_request),
		CASE(a_copy_of_a_proven_request_proves_nobody),
		CASE(only_who_could_prove_something_is_a_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
