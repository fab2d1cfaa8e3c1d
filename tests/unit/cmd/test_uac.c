/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "cmd/uac.h"

#define CANARY "canary-pw-4711"
#define NONCE  "MTIzNDU2Nzg5MGFiY2RlZg"

static const uint8_t seed[3][SW_UAC_RANDOM] = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } };
static struct sw_hash *hash;

static int make_hash(void **state)
{
	(void)state;
	hash = sw_hash_new();
	return hash ? 0 : -1;
}

static int free_hash(void **state)
{
	(void)state;
	sw_hash_free(hash);
	return 0;
}

static struct sw_uac_want alice(enum sw_uac_what what)
{
	struct sw_uac_want w = {
		.what = what,
		.user = SW_LIT("alice"),
		.domain = SW_LIT("localhost"),
		.password = SW_LIT(CANARY),
		.has_password = true,
		.expires_s = 300,
		.hash = hash,
	};

	assert_true(sw_addr_parse_port(SW_LIT("127.0.0.1:41822"), &w.local));
	return w;
}

static char request_room[SW_UAC_MESSAGE], answer_room[8192];

static struct sw_slice next_request(struct sw_uac *u, unsigned n)
{
	struct sw_buf b = sw_buf_over(request_room, sizeof(request_room));

	assert_true(sw_uac_write(u, seed[n], &b));
	return sw_buf_slice(&b);
}

static void begin(struct sw_uac *u, const struct sw_uac_want *w)
{
	assert_true(sw_uac_init(u, w, seed[0]));
	(void)next_request(u, 1);
}

/* What a server would answer to the last request. */
static const char *to_tag = "7Q4KX2ABCDEF";

static struct sw_slice answer_to(const struct sw_uac *u, const char *line, const char *fields)
{
	int n = snprintf(answer_room, sizeof(answer_room),
			 "SIP/2.0 %s\r\nVia: SIP/2.0/UDP 127.0.0.1:41822;branch=%s;rport=41822\r\n"
			 "From: <sip:alice@localhost>;tag=%s\r\n"
			 "To: <sip:alice@localhost>;tag=%s\r\n"
			 "Call-ID: %s\r\nCSeq: %u %s\r\n%sContent-Length: 0\r\n\r\n",
			 line, u->branch, u->from_tag, to_tag, u->call_id, u->cseq,
			 sw_uac_method(u), fields);

	return (struct sw_slice){ answer_room, (size_t)n };
}

#define DIGEST(alg, more)                                                                   \
	"WWW-Authenticate: Digest realm=\"localhost\", nonce=\"" NONCE "\", algorithm=" alg \
	", qop=\"auth\"" more "\r\n"
#define THREE DIGEST("SHA-256", "") DIGEST("SHA-512-256", "") DIGEST("MD5", "")
#define OURS  "Contact: <sip:alice@127.0.0.1:41822>;expires=300\r\n"
#define OTHER "Contact: <sip:alice@192.0.2.9:5060>;expires=60\r\n"

/* The first answer to the first request. */
static const struct {
	const char *name;
	enum sw_uac_what what;
	bool password;
	enum sw_alg alg;
	const char *line, *fields;
	enum sw_uac_step step;
	enum sw_uac_why why;
} firsts[] = {
	{ "trying", SW_UAC_REGISTER, true, 0, "100 Trying", "", SW_UAC_WAIT, 0 },
	{ "challenge", SW_UAC_REGISTER, true, 0, "401 U", THREE, SW_UAC_PROVE, 0 },
	{ "challenge, own choice", SW_UAC_REGISTER, true, SW_ALG_MD5, "401 U", THREE, SW_UAC_PROVE,
	  0 },
	{ "no password", SW_UAC_OPTIONS, false, 0, "401 U", THREE, SW_UAC_UNABLE,
	  SW_UAC_WHY_NO_PASSWORD },
	{ "choice not offered", SW_UAC_REGISTER, true, SW_ALG_SHA256, "401 U", DIGEST("MD5", ""),
	  SW_UAC_UNABLE, SW_UAC_WHY_NO_ALG },
	{ "unknown algorithm", SW_UAC_REGISTER, true, 0, "401 U", DIGEST("SHA-999", ""),
	  SW_UAC_UNABLE, SW_UAC_WHY_NO_ALG },
	{ "no challenge in it", SW_UAC_REGISTER, true, 0, "401 U", "", SW_UAC_UNABLE,
	  SW_UAC_WHY_NO_ALG },
	{ "another scheme", SW_UAC_REGISTER, true, 0, "401 U",
	  "WWW-Authenticate: Bearer authz_server=\"https://id.example\"\r\n", SW_UAC_UNABLE,
	  SW_UAC_WHY_NO_ALG },
	{ "challenge in the wrong field", SW_UAC_REGISTER, true, 0, "407 P", THREE, SW_UAC_UNABLE,
	  SW_UAC_WHY_NO_ALG },
	{ "no qop", SW_UAC_REGISTER, true, 0, "401 U",
	  "WWW-Authenticate: Digest realm=\"localhost\", nonce=\"" NONCE "\"\r\n", SW_UAC_PROVE,
	  0 },
	{ "a qop that we do not know", SW_UAC_REGISTER, true, 0, "401 U",
	  "WWW-Authenticate: Digest realm=\"localhost\", nonce=\"" NONCE
	  "\", qop=\"auth-conf\"\r\n",
	  SW_UAC_UNABLE, SW_UAC_WHY_NO_ALG },
	{ "a -sess form without qop", SW_UAC_REGISTER, true, 0, "401 U",
	  "WWW-Authenticate: Digest realm=\"localhost\", nonce=\"" NONCE
	  "\", algorithm=MD5-sess\r\n",
	  SW_UAC_UNABLE, SW_UAC_WHY_NO_ALG },
	{ "refused at once", SW_UAC_REGISTER, true, 0, "403 Forbidden", "", SW_UAC_REFUSED, 0 },
	{ "not found", SW_UAC_REGISTER, true, 0, "404 Not Found", "", SW_UAC_FAILED, 0 },
	{ "too brief", SW_UAC_REGISTER, true, 0, "423 Brief", "Min-Expires: 60\r\n", SW_UAC_FAILED,
	  0 },
	{ "busy", SW_UAC_REGISTER, true, 0, "503 Busy", "Retry-After: 7 (soon)\r\n", SW_UAC_FAILED,
	  0 },
	{ "registered", SW_UAC_REGISTER, true, 0, "200 OK", OTHER OURS, SW_UAC_DONE, 0 },
	{ "registered, nothing listed", SW_UAC_REGISTER, true, 0, "200 OK", "", SW_UAC_FAILED,
	  SW_UAC_WHY_NO_CONTACT },
	{ "registered, somebody else", SW_UAC_REGISTER, true, 0, "200 OK", OTHER, SW_UAC_FAILED,
	  SW_UAC_WHY_NO_CONTACT },
	{ "all gone", SW_UAC_UNREGISTER, true, 0, "200 OK", "", SW_UAC_DONE, 0 },
	{ "not all gone", SW_UAC_UNREGISTER, true, 0, "200 OK", OTHER, SW_UAC_FAILED,
	  SW_UAC_WHY_KEPT },
	{ "options", SW_UAC_OPTIONS, true, 0, "200 OK", "", SW_UAC_DONE, 0 },
};

static void the_first_answer_leads_to_its_step(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(firsts); i++) {
		struct sw_uac_want w = alice(firsts[i].what);
		struct sw_uac_answer a;
		struct sw_uac u;

		print_message("%s\n", firsts[i].name);
		w.has_password = firsts[i].password;
		w.form.alg = firsts[i].alg;
		begin(&u, &w);
		struct sw_slice in = answer_to(&u, firsts[i].line, firsts[i].fields);
		assert_int_equal(sw_uac_read(&u, in, &a), firsts[i].step);
		assert_int_equal(a.why, firsts[i].why);
		assert_string_equal(a.id, "7Q4KX2");
	}
}

/* It becomes part of a command that people paste into a shell. */
static void only_what_is_an_id_of_a_door_is_shown_as_one(void **state)
{
	static const char *const tags[] = { "`halt`XX", "7Q4KX",   "'7Q4KX2'",
					    "7q4kx2",   "!!!!!!!", "a" };
	const char *was = to_tag;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(tags); i++) {
		struct sw_uac_want w = alice(SW_UAC_OPTIONS);
		struct sw_uac_answer a;
		struct sw_uac u;

		begin(&u, &w);
		to_tag = tags[i];
		assert_int_equal(sw_uac_read(&u, answer_to(&u, "403 No", ""), &a), SW_UAC_REFUSED);
		assert_string_equal(a.id, "");
	}
	to_tag = was;
}

/* The answer to a request that carried a proof. */
static const struct {
	const char *name, *line, *fields;
	enum sw_uac_step step;
	enum sw_uac_why why;
} seconds[] = {
	{ "registered", "200 OK", OURS, SW_UAC_DONE, 0 },
	{ "refused", "403 Forbidden", "", SW_UAC_REFUSED, 0 },
	{ "challenged again", "401 U", THREE, SW_UAC_REFUSED, SW_UAC_WHY_AGAIN },
	{ "stale", "401 U", DIGEST("SHA-256", ", stale=true"), SW_UAC_PROVE, 0 },
	{ "stale says no", "401 U", DIGEST("SHA-256", ", stale=false"), SW_UAC_REFUSED,
	  SW_UAC_WHY_AGAIN },
};

static void a_rejected_proof_is_not_sent_again_unless_stale(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(seconds); i++) {
		struct sw_uac_want w = alice(SW_UAC_REGISTER);
		struct sw_uac_answer a;
		struct sw_uac u;

		print_message("%s\n", seconds[i].name);
		begin(&u, &w);
		assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", THREE), &a), SW_UAC_PROVE);
		(void)next_request(&u, 2);
		struct sw_slice in = answer_to(&u, seconds[i].line, seconds[i].fields);
		assert_int_equal(sw_uac_read(&u, in, &a), seconds[i].step);
		assert_int_equal(a.why, seconds[i].why);
	}
}

static void a_nonce_that_is_stale_twice_ends_the_talk(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	const char *stale = DIGEST("SHA-256", ", stale=true");
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	begin(&u, &w);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", stale), &a), SW_UAC_PROVE);
		(void)next_request(&u, 2);
	}
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", stale), &a), SW_UAC_REFUSED);
	assert_int_equal(a.why, SW_UAC_WHY_STALE_TWICE);
}

/* Each change makes an answer somebody else's. */
static const struct {
	const char *name, *from, *to;
} strangers[] = {
	{ "branch", "z9hG4bK0", "z9hG4bK1" },
	{ "From tag", ";tag=01", ";tag=02" },
	{ "Call-ID", "Call-ID: 0", "Call-ID: 9" },
	{ "CSeq", "CSeq: 1", "CSeq: 2" },
	{ "method", "1 REGISTER", "1 OPTIONS" },
	{ "a request", "SIP/2.0 200 OK", "OPTIONS sip:localhost SIP/2.0" },
	{ "version", "SIP/2.0 200", "SIP/3.0 200" },
	{ "no status", "SIP/2.0 200", "SIP/2.0 2x0" },
};

static void an_answer_to_something_else_is_ignored(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(strangers); i++) {
		struct sw_uac_want w = alice(SW_UAC_REGISTER);
		struct sw_uac_answer a = { .status = 77 };
		struct sw_uac u;
		char text[4096];

		print_message("%s\n", strangers[i].name);
		begin(&u, &w);
		struct sw_slice in = answer_to(&u, "200 OK", OURS);
		const char *at = strstr(in.p, strangers[i].from);
		assert_non_null(at);
		int n = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - in.p), in.p,
				 strangers[i].to, at + strlen(strangers[i].from));
		struct sw_slice changed = { text, (size_t)n };
		assert_int_equal(sw_uac_read(&u, changed, &a), SW_UAC_IGNORE);
		assert_int_equal(a.status, 77);
	}
}

static void an_answer_cut_short_anywhere_is_ignored(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	begin(&u, &w);
	struct sw_slice in = answer_to(&u, "200 OK", OURS);
	for (size_t n = 0; n + 4 < in.n - 19; n++)
		assert_int_equal(sw_uac_read(&u, (struct sw_slice){ in.p, n }, &a), SW_UAC_IGNORE);
	assert_int_equal(sw_uac_read(&u, in, &a), SW_UAC_DONE);
}

static void check_proof(struct sw_slice request, enum sw_alg alg, bool proxy)
{
	struct sw_slice params, user = SW_LIT("alice"), realm = SW_LIT("localhost");
	struct sw_digest_of of;
	struct sw_digest d;
	struct sw_ha1 ha1;
	struct sw_msg m;

	assert_int_equal(sw_msg_parse(request, &m), SW_OK);
	const struct sw_header *h = sw_msg_header(&m, proxy ? SW_FIELD_PROXY_AUTHORIZATION
							    : SW_FIELD_AUTHORIZATION);
	assert_non_null(h);
	assert_true(sw_digest_is(h->value, &params));
	assert_int_equal(sw_digest_parse(h->value, &d), SW_OK);
	assert_int_equal(d.alg, alg);
	assert_int_equal(d.nc, 1);
	assert_int_equal(d.qop, SW_QOP_AUTH);
	assert_true(sw_slice_eq(d.nonce, SW_LIT(NONCE)));
	of = (struct sw_digest_of){ .method = m.method_text };
	assert_true(sw_digest_ha1(hash, alg, user, realm, SW_LIT(CANARY), &ha1));
	assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1), SW_OK);
}

static void the_proof_is_the_one_that_the_password_gives(void **state)
{
	(void)state;
	for (enum sw_alg alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++) {
		struct sw_uac_want w = alice(SW_UAC_REGISTER);
		struct sw_uac_answer a;
		struct sw_uac u;

		w.form.alg = alg;
		begin(&u, &w);
		assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", THREE), &a), SW_UAC_PROVE);
		check_proof(next_request(&u, 2), alg, false);
	}
}

static void a_407_is_answered_in_its_own_field(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_OPTIONS);
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	begin(&u, &w);
	struct sw_slice in = answer_to(
		&u, "407 P",
		"Proxy-Authenticate: Digest realm=\"localhost\", nonce=\"" NONCE
		"\", algorithm=SHA-256, qop=\"auth\", opaque=\"o1\"\r\n");
	assert_int_equal(sw_uac_read(&u, in, &a), SW_UAC_PROVE);
	struct sw_slice request = next_request(&u, 2);
	check_proof(request, SW_ALG_SHA256, true);
	assert_non_null(memmem(request.p, request.n, "opaque=\"o1\"", 11));
}

static void the_topmost_known_challenge_is_answered(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	begin(&u, &w);
	struct sw_slice in = answer_to(&u, "401 U",
				       DIGEST("SHA-999", "") DIGEST("SHA-512-256-sess", "")
					       DIGEST("SHA-256", "") DIGEST("MD5", ""));
	assert_int_equal(sw_uac_read(&u, in, &a), SW_UAC_PROVE);
	assert_int_equal(u.challenge.form.alg, SW_ALG_SHA512_256);
	assert_true(u.challenge.form.sess);
	assert_int_equal(a.offers, 4);
	assert_int_equal(a.offer[0].alg, SW_ALG_NONE);
	assert_int_equal(a.offer[3].alg, SW_ALG_MD5);
}

static bool hex_response(const struct sw_digest *d, const char *method, char out[65])
{
	struct sw_digest_of of = { .method = sw_slice_of(method) };
	struct sw_ha1 ha1;

	out[2 * sw_alg_len(d->alg)] = '\0';
	return sw_digest_ha1(hash, d->alg, d->user, d->realm, SW_LIT(CANARY), &ha1) &&
	       sw_digest_response(hash, d, &of, &ha1, out);
}

/* What the door shows of the password, right and wrong; the proof is read from our request. */
static const struct {
	const char *name, *challenge, *info; /* %s: rspauth, cnonce */
	enum sw_uac_step step;
	bool is_proven;
} infos[] = {
	{ "nothing is shown", DIGEST("SHA-256", ""), "", SW_UAC_DONE, false },
	{ "a right one", DIGEST("SHA-256", ""),
	  "Authentication-Info: qop=auth, rspauth=\"%s\", cnonce=\"%s\", nc=00000001\r\n",
	  SW_UAC_DONE, true },
	{ "a right one of a -sess form", DIGEST("SHA-512-256-sess", ""),
	  "Authentication-Info: qop=auth, rspauth=\"%s\", cnonce=\"%s\", nc=00000001\r\n",
	  SW_UAC_DONE, true },
	{ "a right one, and a nonce", DIGEST("MD5", ""),
	  "Authentication-Info: qop=auth, rspauth=\"%s\", cnonce=\"%s\", nc=00000001, "
	  "nextnonce=\"x\"\r\n",
	  SW_UAC_DONE, true },
	{ "a nonce alone", DIGEST("MD5", ""), "Authentication-Info: nextnonce=\"x\"\r\n",
	  SW_UAC_DONE, false },
	{ "a wrong one", DIGEST("SHA-256", ""),
	  "Authentication-Info: qop=auth, rspauth=\"0%s\", cnonce=\"%s\", nc=00000001\r\n",
	  SW_UAC_FAILED, false },
	{ "of another cnonce", DIGEST("SHA-256", ""),
	  "Authentication-Info: qop=auth, rspauth=\"%s\", cnonce=\"0%s\", nc=00000001\r\n",
	  SW_UAC_FAILED, false },
	{ "of another nc", DIGEST("SHA-256", ""),
	  "Authentication-Info: qop=auth, rspauth=\"%s\", cnonce=\"%s\", nc=00000002\r\n",
	  SW_UAC_FAILED, false },
	{ "of another qop", DIGEST("SHA-256", ""),
	  "Authentication-Info: qop=auth-int, rspauth=\"%s\", cnonce=\"%s\", nc=00000001\r\n",
	  SW_UAC_FAILED, false },
	{ "crooked", DIGEST("SHA-256", ""), "Authentication-Info: rspauth\r\n", SW_UAC_FAILED,
	  false },
};

static void who_answers_shows_that_it_knows_the_password(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(infos); i++) {
		struct sw_uac_want w = alice(SW_UAC_OPTIONS);
		char fields[512], rspauth[65] = "";
		struct sw_uac_answer a;
		struct sw_digest d;
		struct sw_uac u;
		struct sw_msg m;

		print_message("%s\n", infos[i].name);
		begin(&u, &w);
		assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", infos[i].challenge), &a),
				 SW_UAC_PROVE);
		assert_int_equal(sw_msg_parse(next_request(&u, 2), &m), SW_OK);
		const struct sw_header *h = sw_msg_header(&m, SW_FIELD_AUTHORIZATION);

		assert_int_equal(sw_digest_parse(h->value, &d), SW_OK);
		assert_true(hex_response(&d, "", rspauth));
		snprintf(fields, sizeof(fields), infos[i].info, rspauth, u.cnonce);
		assert_int_equal(sw_uac_read(&u, answer_to(&u, "200 OK", fields), &a),
				 infos[i].step);
		assert_int_equal(a.is_proven, infos[i].is_proven);
		if (infos[i].step == SW_UAC_FAILED)
			assert_int_equal(a.why, SW_UAC_WHY_RSPAUTH);
	}
}

static void a_realm_too_long_to_keep_is_not_answered(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	char field[1024], realm[SW_UAC_REALM + 2];
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	memset(realm, 'r', sizeof(realm) - 1);
	realm[sizeof(realm) - 1] = 0;
	begin(&u, &w);
	snprintf(field, sizeof(field),
		 "WWW-Authenticate: Digest realm=\"%s\", nonce=\"x\", qop=\"auth\"\r\n", realm);
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", field), &a), SW_UAC_UNABLE);
}

static void a_retry_is_a_new_transaction_of_the_same_talk(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	char first_branch[sizeof(((struct sw_uac *)0)->branch)];
	struct sw_uac_answer a;
	struct sw_msg one, two;
	char kept[SW_UAC_MESSAGE];
	struct sw_uac u;

	(void)state;
	assert_true(sw_uac_init(&u, &w, seed[0]));
	struct sw_slice first = next_request(&u, 1);
	memcpy(kept, first.p, first.n);
	memcpy(first_branch, u.branch, sizeof(first_branch));
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", THREE), &a), SW_UAC_PROVE);
	assert_int_equal(sw_msg_parse((struct sw_slice){ kept, first.n }, &one), SW_OK);
	assert_int_equal(sw_msg_parse(next_request(&u, 2), &two), SW_OK);
	assert_true(sw_slice_eq(one.call_id, two.call_id));
	assert_true(sw_slice_eq(one.from.tag, two.from.tag));
	assert_int_equal(two.cseq.number, one.cseq.number + 1);
	assert_string_not_equal(first_branch, u.branch);
	assert_null(sw_msg_header(&one, SW_FIELD_AUTHORIZATION));
}

static void the_password_stands_in_no_request(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	begin(&u, &w);
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "401 U", THREE), &a), SW_UAC_PROVE);
	struct sw_slice request = next_request(&u, 2);
	assert_null(memmem(request.p, request.n, CANARY, sizeof(CANARY) - 1));
}

static void what_a_200_grants_is_read_from_our_own_contact(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	begin(&u, &w);
	struct sw_slice in = answer_to(
		&u, "200 OK",
		"Contact: <sip:alice@192.0.2.9>;expires=60, <sip:alice@127.0.0.1:41822>;expires=120\r\n");
	assert_int_equal(sw_uac_read(&u, in, &a), SW_UAC_DONE);
	assert_int_equal(a.granted_s, 120);
	assert_int_equal(a.bindings, 2);
	in = answer_to(&u, "200 OK", "Contact: <sip:alice@127.0.0.1:41822>\r\nExpires: 240\r\n");
	assert_int_equal(sw_uac_read(&u, in, &a), SW_UAC_DONE);
	assert_int_equal(a.granted_s, 240);
}

static void numbers_beside_a_status_are_read(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	begin(&u, &w);
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "423 B", "Min-Expires: 60\r\n"), &a),
			 SW_UAC_FAILED);
	assert_int_equal(a.min_expires_s, 60);
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "503 B", "Retry-After: 7 (soon)\r\n"), &a),
			 SW_UAC_FAILED);
	assert_int_equal(a.retry_s, 7);
	assert_true(sw_slice_eq(a.phrase, SW_LIT("B")));
}

static void one_contact_given_is_the_one_that_goes(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_UNREGISTER);
	struct sw_uac_answer a;
	struct sw_uac u;

	(void)state;
	w.contact = SW_LIT("sip:alice@192.0.2.9:5060");
	assert_true(sw_uac_init(&u, &w, seed[0]));
	struct sw_slice request = next_request(&u, 1);
	assert_non_null(
		memmem(request.p, request.n, "Contact: <sip:alice@192.0.2.9:5060>\r\n", 37));
	assert_non_null(memmem(request.p, request.n, "Expires: 0\r\n", 12));
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "200 OK", OURS), &a), SW_UAC_DONE);
	assert_int_equal(sw_uac_read(&u, answer_to(&u, "200 OK", OTHER), &a), SW_UAC_FAILED);
	assert_int_equal(a.why, SW_UAC_WHY_KEPT);
}

static const struct {
	struct sw_slice user;
	bool ok;
} users[] = {
	{ SW_INIT("alice"), true },   { SW_INIT("+4930123456"), true },
	{ SW_INIT("a#b"), true },     { SW_INIT("j\xc3\xbcrgen"), true },
	{ SW_INIT(""), false },       { SW_INIT("a b"), false },
	{ SW_INIT("a\"b"), false },   { SW_INIT("a\\b"), false },
	{ SW_INIT("a\r\nb"), false }, { SW_INIT("a\x7f"), false },
};

static void a_name_that_would_break_the_quotes_is_no_user(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(users); i++)
		assert_int_equal(sw_uac_is_user(users[i].user), users[i].ok);
}

static void a_user_part_is_escaped(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	struct sw_uac u;

	(void)state;
	w.user = SW_LIT("a#b@c");
	assert_true(sw_uac_init(&u, &w, seed[0]));
	struct sw_slice request = next_request(&u, 1);
	assert_non_null(memmem(request.p, request.n, "To: <sip:a%23b%40c@localhost>", 29));
}

static void what_does_not_fit_is_refused(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	char long_name[SW_UAC_MESSAGE];
	struct sw_uac u;

	(void)state;
	memset(long_name, 'a', sizeof(long_name));
	w.contact = (struct sw_slice){ long_name, SW_UAC_CONTACT };
	assert_false(sw_uac_init(&u, &w, seed[0]));
	w = alice(SW_UAC_REGISTER);
	w.domain = (struct sw_slice){ long_name, sizeof(long_name) };
	assert_true(sw_uac_init(&u, &w, seed[0]));
	struct sw_buf b = sw_buf_over(request_room, sizeof(request_room));
	assert_false(sw_uac_write(&u, seed[1], &b));
}

static void over_tcp_via_and_contact_say_so(void **state)
{
	struct sw_uac_want w = alice(SW_UAC_REGISTER);
	struct sw_slice request;
	struct sw_uac u;

	(void)state;
	w.transport = SW_TCP;
	assert_true(sw_uac_init(&u, &w, seed[0]));
	request = next_request(&u, 1);
	assert_non_null(memmem(request.p, request.n, "Via: SIP/2.0/TCP 127.0.0.1:41822;", 33));
	assert_non_null(memmem(request.p, request.n,
			       "Contact: <sip:alice@127.0.0.1:41822;transport=tcp>", 50));
	assert_null(memmem(request.p, request.n, "UDP", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(over_tcp_via_and_contact_say_so),
		cmocka_unit_test(the_first_answer_leads_to_its_step),
		cmocka_unit_test(only_what_is_an_id_of_a_door_is_shown_as_one),
		cmocka_unit_test(a_rejected_proof_is_not_sent_again_unless_stale),
		cmocka_unit_test(a_nonce_that_is_stale_twice_ends_the_talk),
		cmocka_unit_test(an_answer_to_something_else_is_ignored),
		cmocka_unit_test(an_answer_cut_short_anywhere_is_ignored),
		cmocka_unit_test(the_proof_is_the_one_that_the_password_gives),
		cmocka_unit_test(a_407_is_answered_in_its_own_field),
		cmocka_unit_test(the_topmost_known_challenge_is_answered),
		cmocka_unit_test(who_answers_shows_that_it_knows_the_password),
		cmocka_unit_test(a_realm_too_long_to_keep_is_not_answered),
		cmocka_unit_test(a_retry_is_a_new_transaction_of_the_same_talk),
		cmocka_unit_test(the_password_stands_in_no_request),
		cmocka_unit_test(what_a_200_grants_is_read_from_our_own_contact),
		cmocka_unit_test(numbers_beside_a_status_are_read),
		cmocka_unit_test(one_contact_given_is_the_one_that_goes),
		cmocka_unit_test(a_name_that_would_break_the_quotes_is_no_user),
		cmocka_unit_test(a_user_part_is_escaped),
		cmocka_unit_test(what_does_not_fit_is_refused),
	};

	return cmocka_run_group_tests(tests, make_hash, free_hash);
}
