/* SPDX-License-Identifier: Apache-2.0 */
/* Digest whole: users of the store, both usernames, every algorithm and qop, what answers show. */
#include "flow/flow.h"

#include "core/authhdr.h"

#define CONTACT "Contact: <sip:a@198.51.100.7:5062>\r\n"
#define AUTH    SW_QOP_BIT(SW_QOP_AUTH)
#define INT     SW_QOP_BIT(SW_QOP_AUTH_INT)
#define NO_QOP  SW_QOP_BIT(SW_QOP_NONE)

static const struct sw_way every_way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
					 .algs = SW_ALG_EVERY,
					 .line = 9 };

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

/* From now on trunk "staff" takes this; the set that all are offered is made once a second. */
static void let_staff_take(struct flow *f, const struct sw_way *way, unsigned qops)
{
	f->trunk[0].way = way;
	f->trunk[0].qops = qops;
	flow_wait(f, 1);
}

/* Whoever the configuration and the store do not agree about stays outside. */
static void users_of_the_store_log_in_by_their_trunk(void **state)
{
	static const struct {
		const char *name;
		struct login l;
		enum sw_reason reason;
	} rows[] = {
		{ "kept alone", { .user = "kim" }, SW_OK },
		{ "kept alone, in another algorithm", { .user = "kim", .alg = SW_ALG_MD5 }, SW_OK },
		{ "kept, the name reserved for the same trunk", { .user = "pat" }, SW_OK },
		{ "kept, wrong password", { .user = "kim", .password = "x" }, SW_R_DIGEST_WRONG },
		{ "kept, the name reserved for another trunk",
		  { .user = "lee" },
		  SW_R_DIGEST_OTHER_TRUNK },
		{ "that, and a wrong password",
		  { .user = "lee", .password = "x" },
		  SW_R_DIGEST_OTHER_TRUNK },
		{ "reserved and not kept", { .user = "olga" }, SW_R_DIGEST_NO_USER },
		{ "kept in a trunk that does not exist", { .user = "max" }, SW_R_DIGEST_NO_TRUNK },
		{ "kept and switched off", { .user = "nina" }, SW_R_DIGEST_USER_OFF },
		{ "kept nowhere", { .user = "zoe" }, SW_R_DIGEST_NO_USER },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_login(f, &rows[i].l), rows[i].reason);
		assert_int_equal(flow_status(f), rows[i].reason == SW_OK ? 200 : 403);
	}
}

static void an_account_knows_where_its_user_is_written(void **state)
{
	struct flow *f = *state;
	const struct sw_digest_evidence *d = &f->out.account.evidence.digest;

	assert_int_equal(flow_login(f, &(struct login){ .user = "alice" }), SW_OK);
	assert_int_equal(d->origin->line, 20);
	assert_int_equal(flow_login(f, &(struct login){ .user = "pat" }), SW_OK);
	assert_int_equal(d->origin->line, 28);
	assert_int_equal(flow_login(f, &(struct login){ .user = "kim" }), SW_OK);
	assert_null(d->origin);
	assert_non_null(d->user);
	assert_int_not_equal(flow_login(f, &(struct login){ .user = "zoe" }), SW_OK);
	assert_null(d->origin);
	assert_null(d->user);
}

static void no_secret_is_left_behind_a_step(void **state)
{
	static const struct sw_ha1 none[SW_FORM_COUNT][SW_ALG_COUNT];
	struct flow *f = *state;
	const struct sw_digest_evidence *d = &f->out.account.evidence.digest;

	assert_int_equal(flow_login(f, &(struct login){ .user = "alice" }), SW_OK);
	assert_memory_equal(d->user->ha1, none, sizeof(none));
	assert_int_not_equal(flow_login(f, &(struct login){ .user = "bob", .password = "x" }),
			     SW_OK);
	assert_memory_equal(d->user->ha1, none, sizeof(none));
}

static void a_username_with_the_realm_is_the_same_user_with_its_own_hashes(void **state)
{
	static const struct {
		const char *name;
		struct login l;
		enum sw_reason reason;
		enum sw_form form;
	} rows[] = {
		{ "the name", { .user = "alice" }, SW_OK, SW_FORM_NAME },
		{ "with the realm",
		  { .user = "alice", .as = "alice@example.com" },
		  SW_OK,
		  SW_FORM_NAME_AT_REALM },
		{ "of the store", { .user = "kim", .as = "kim@example.com" }, SW_OK, 1 },
		{ "by MD5",
		  { .user = "alice", .as = "alice@example.com", .alg = SW_ALG_MD5 },
		  SW_OK,
		  1 },
		{ "wrong password",
		  { .user = "alice", .as = "alice@example.com", .password = "x" },
		  SW_R_DIGEST_WRONG,
		  1 },
		{ "nobody's", { .user = "zoe", .as = "zoe@example.com" }, SW_R_DIGEST_NO_USER, 1 },
		{ "of another trunk", { .user = "lee", .as = "lee@example.com" }, 40, 1 },
		{ "another of our domains",
		  { .user = "alice", .as = "alice@other.example" },
		  SW_R_DIGEST_NO_USER,
		  0 },
		{ "the realm in another case",
		  { .user = "alice", .as = "alice@EXAMPLE.com" },
		  SW_R_DIGEST_NO_USER,
		  0 },
		{ "the realm twice",
		  { .user = "alice", .as = "alice@example.com@example.com" },
		  SW_R_DIGEST_NO_USER,
		  1 },
		{ "a dot for the at", { .user = "alice", .as = "alice.example.com" }, 38, 0 },
		{ "more behind it", { .user = "alice", .as = "alice@example.comx" }, 38, 0 },
		{ "the realm alone", { .user = "alice", .as = "@example.com" }, 38, 1 },
		{ "less than the realm", { .user = "alice", .as = "example.com" }, 38, 0 },
		{ "nothing", { .user = "alice", .as = "" }, SW_R_DIGEST_NO_USER, 0 },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_login(f, &rows[i].l), rows[i].reason);
		assert_int_equal(f->out.account.evidence.digest.form, rows[i].form);
	}
}

/* What hashes one form does not prove the other: no hash is made to serve for both. */
static void a_hash_of_one_form_is_none_of_the_other(void **state)
{
	struct flow *f = *state;

	f->user[0].algs[SW_FORM_NAME_AT_REALM] = 0;
	flow_reload(f);
	assert_int_equal(flow_login(f, &(struct login){ .user = "alice" }), SW_OK);
	assert_int_equal(
		flow_login(f, &(struct login){ .user = "alice", .as = "alice@example.com" }),
		SW_R_DIGEST_NO_HASH);
}

static void every_form_of_every_algorithm_registers_where_it_is_taken(void **state)
{
	struct flow *f = *state;

	let_staff_take(f, &every_way, 0);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	assert_int_equal(flow_count(f, "WWW-Authenticate: "), SW_ALG_FORMS);
	assert_true(strstr(f->sent, "algorithm=SHA-256,") < strstr(f->sent, "SHA-256-sess,"));
	assert_true(strstr(f->sent, "SHA-256-sess,") < strstr(f->sent, "SHA-512-256,"));
	assert_true(strstr(f->sent, "algorithm=MD5,") < strstr(f->sent, "MD5-sess,"));
	for (unsigned alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++)
		for (unsigned sess = 0; sess < 2; sess++) {
			struct login l = { .user = "alice",
					   .alg = (enum sw_alg)alg,
					   .sess = sess == 1,
					   .headers = CONTACT };

			assert_int_equal(flow_login(f, &l), SW_OK);
			assert_int_equal(f->out.account.verdict.subject.sess, sess);
			assert_int_equal(f->out.account.warn,
					 alg == SW_ALG_MD5 ? SW_WARN_BIT(SW_WARN_DIGEST_MD5) : 0);
			l.password = "x";
			assert_int_equal(flow_login(f, &l), SW_R_DIGEST_WRONG);
			l.user = "carol"; /* whose trunk takes plain SHA-256 only */
			l.password = NULL;
			assert_int_equal(flow_login(f, &l), alg == SW_ALG_SHA256 && sess == 0
								    ? SW_OK
								    : SW_R_DIGEST_ALG_TRUNK);
		}
}

static void a_sess_form_that_was_not_offered_is_not_taken(void **state)
{
	struct login l = { .user = "alice", .sess = true };
	struct flow *f = *state;
	char nonce[64];

	assert_int_equal(flow_login(f, &l), SW_R_DIGEST_ALG_NOT_OFFERED);
	assert_int_equal(flow_status(f), 401);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	let_staff_take(f, &every_way, 0); /* nor by a nonce from before */
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_ALG_NOT_OFFERED);
}

static void a_challenge_offers_each_qop_that_some_trunk_takes(void **state)
{
	static const struct {
		unsigned qops;
		const char *says;
	} rows[] = {
		{ 0, ", qop=\"auth\"\r\n" },
		{ AUTH, ", qop=\"auth\"\r\n" },
		{ INT, ", qop=\"auth,auth-int\"\r\n" }, /* auth is the others' */
		{ AUTH | INT, ", qop=\"auth,auth-int\"\r\n" },
		{ NO_QOP, ", qop=\"auth\"\r\n" },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		let_staff_take(f, f->trunk[0].way, rows[i].qops);
		flow_request(f, "REGISTER", "sip:example.com", "alice", "");
		assert_true(flow_says(f, rows[i].says));
	}
	for (size_t i = 1; i < SW_ARRAY_LEN(f->trunk); i++)
		f->trunk[i].enabled = false;
	let_staff_take(f, f->trunk[0].way, NO_QOP);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	assert_false(flow_says(f, "qop="));
}

#define BODY "a body that was signed"

static void a_qop_is_taken_where_the_trunk_takes_it(void **state)
{
	static const struct {
		const char *name;
		unsigned qops;
		struct login l;
		enum sw_reason reason;
	} rows[] = {
		{ "auth by default", 0, { .user = "alice" }, SW_OK },
		{ "auth-int is not offered by default",
		  0,
		  { .user = "alice", .auth_int = true },
		  SW_R_DIGEST_QOP_NOT_OFFERED },
		{ "none is not offered by default",
		  0,
		  { .user = "alice", .no_qop = true },
		  SW_R_DIGEST_QOP_NOT_OFFERED },
		{ "auth-int", INT, { .user = "alice", .auth_int = true }, SW_OK },
		{ "auth-int of a body",
		  INT,
		  { .user = "alice", .auth_int = true, .body = BODY },
		  SW_OK },
		{ "auth where only auth-int is taken",
		  INT,
		  { .user = "alice" },
		  SW_R_DIGEST_QOP_TRUNK },
		{ "auth where both are taken", AUTH | INT, { .user = "alice" }, SW_OK },
		{ "auth-int of a user whose trunk does not take it",
		  INT,
		  { .user = "carol", .auth_int = true },
		  SW_R_DIGEST_QOP_TRUNK },
		{ "that, and a wrong password",
		  INT,
		  { .user = "carol", .auth_int = true, .password = "x" },
		  SW_R_DIGEST_QOP_TRUNK },
		{ "auth-int of nobody",
		  INT,
		  { .user = "zoe", .auth_int = true },
		  SW_R_DIGEST_NO_USER },
		{ "auth-int, wrong password",
		  INT,
		  { .user = "alice", .auth_int = true, .password = "x" },
		  SW_R_DIGEST_WRONG },
		{ "none", NO_QOP, { .user = "alice", .no_qop = true }, SW_OK },
		{ "none by MD5", NO_QOP, { .user = "alice", .no_qop = true, .alg = 1 }, SW_OK },
		{ "none of a -sess form",
		  NO_QOP,
		  { .user = "alice", .no_qop = true, .sess = true },
		  SW_R_DIGEST_QOP },
		{ "auth where only none is taken",
		  NO_QOP,
		  { .user = "alice" },
		  SW_R_DIGEST_QOP_TRUNK },
		{ "none of a user whose trunk does not take it",
		  NO_QOP,
		  { .user = "carol", .no_qop = true },
		  SW_R_DIGEST_QOP_TRUNK },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		int status = sw_reason_row(rows[i].reason)->status;

		print_message("%s\n", rows[i].name);
		let_staff_take(f, &every_way, rows[i].qops);
		assert_int_equal(flow_login(f, &rows[i].l), rows[i].reason);
		assert_int_equal(flow_status(f), status);
	}
}

/* Whatever the password, and whoever is named: the phone may still do what is taken now. */
static void what_a_reload_takes_away_is_asked_for_anew(void **state)
{
	static const struct sw_way strong = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
					      .algs = SW_ALG_STRONG };
	static const struct {
		const char *name;
		struct login l;
		enum sw_reason reason;
	} rows[] = {
		{ "MD5", { .user = "alice", .alg = SW_ALG_MD5 }, SW_R_DIGEST_ALG_NOT_OFFERED },
		{ "MD5, wrong password",
		  { .user = "alice", .alg = SW_ALG_MD5, .password = "x" },
		  SW_R_DIGEST_ALG_NOT_OFFERED },
		{ "MD5 of nobody",
		  { .user = "zoe", .alg = SW_ALG_MD5 },
		  SW_R_DIGEST_ALG_NOT_OFFERED },
		{ "a -sess form", { .user = "alice", .sess = true }, SW_R_DIGEST_ALG_NOT_OFFERED },
		{ "auth-int", { .user = "alice", .auth_int = true }, SW_R_DIGEST_QOP_NOT_OFFERED },
		{ "no qop", { .user = "alice", .no_qop = true }, SW_R_DIGEST_QOP_NOT_OFFERED },
		{ "no qop, of nobody",
		  { .user = "zoe", .no_qop = true },
		  SW_R_DIGEST_QOP_NOT_OFFERED },
		{ "what is still taken", { .user = "alice" }, SW_OK },
	};
	struct flow *f = *state;

	f->trunk[2].enabled = f->trunk[3].enabled = false;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct login l = rows[i].l;
		char nonce[64];

		print_message("%s\n", rows[i].name);
		let_staff_take(f, &every_way, AUTH | INT | NO_QOP);
		flow_request(f, "REGISTER", "sip:example.com", "alice", "");
		flow_nonce(f, nonce);
		l.nonce = nonce;
		let_staff_take(f, &strong, AUTH);
		flow_reload(f);
		assert_int_equal(flow_answer(f, &l), rows[i].reason);
		assert_int_equal(flow_status(f), rows[i].reason == SW_OK ? 200 : 401);
		assert_false(flow_says(f, "algorithm=MD5"));
	}
}

/* The end of MD5 is no reload: it was announced, so it is said aloud. */
static void md5_past_its_end_is_refused_even_where_it_was_the_last(void **state)
{
	struct login l = { .user = "alice", .alg = SW_ALG_MD5 };
	struct flow *f = *state;
	char nonce[64];

	f->trunk[2].enabled = f->trunk[3].enabled = false;
	flow_wait(f, 1);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	f->trunk[0].md5_until_s = sw_wall_s(f->wall) + 1;
	assert_int_equal(flow_answer(f, &l), SW_OK);
	flow_wait(f, 1);
	l.nc = 2;
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_ALG_ENDED);
	assert_int_equal(flow_status(f), 403);
}

static void a_body_that_was_changed_is_refused(void **state)
{
	struct login l = { .user = "alice", .auth_int = true, .body = BODY };
	static char text[8192];
	struct flow *f = *state;

	let_staff_take(f, f->trunk[0].way, INT | AUTH);
	for (unsigned i = 0; i < 2; i++) {
		char nonce[64];

		flow_request(f, "REGISTER", "sip:example.com", "alice", "");
		flow_nonce(f, nonce);
		l.nonce = nonce;
		l.auth_int = i == 0;
		l.nc = 7;
		assert_int_equal(flow_answer(f, &l), SW_OK);
		l.nc = 8;
		assert_int_equal(flow_answer(f, &l), SW_OK);
		/* the same request once more by hand, with another body of the same length */
		snprintf(text, sizeof(text), "%s", f->last);
		char *at = strstr(text, BODY);

		assert_non_null(at);
		memcpy(at, "A", 1);
		enum sw_reason r = flow_take(f, text, strlen(text));

		/* where the body was not signed it is taken for a copy, which has no effect */
		assert_int_equal(r, i == 0 ? SW_R_DIGEST_WRONG : SW_OK);
		assert_int_equal(f->out.account.is_again, i == 1);
		assert_int_equal(f->out.saves, 0);
	}
}

static void without_qop_a_nonce_is_good_once(void **state)
{
	struct login l = { .user = "alice", .no_qop = true, .headers = CONTACT };
	struct flow *f = *state;
	char nonce[64];

	let_staff_take(f, f->trunk[0].way, NO_QOP | AUTH);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	l.password = "x"; /* what is wrong uses nothing up */
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_WRONG);
	l.password = NULL;
	assert_int_equal(flow_answer(f, &l), SW_OK);
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_REPLAY);
	assert_true(flow_says(f, "stale=true"));
	l.no_qop = false; /* nor can it be gone on with by counting */
	for (l.nc = 1; l.nc < 70; l.nc++)
		assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_REPLAY);
}

static void leaving_the_count_away_is_no_way_out_of_it(void **state)
{
	struct login l = { .user = "alice", .headers = CONTACT };
	struct flow *f = *state;
	char nonce[64];

	let_staff_take(f, f->trunk[0].way, NO_QOP | AUTH);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	assert_int_equal(flow_answer(f, &l), SW_OK);
	l.no_qop = true;
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_REPLAY);
	l.no_qop = false;
	l.nc = 2;
	assert_int_equal(flow_answer(f, &l), SW_OK);
}

static void a_trunk_may_want_the_request_uri_to_the_letter(void **state)
{
	static const struct {
		const char *name, *uri;
		bool host, exact;
	} rows[] = {
		{ "the same", "sip:example.com", true, true },
		{ "the host in another case", "sip:EXAMPLE.com", true, true },
		{ "another scheme", "sips:example.com", true, false },
		{ "a port", "sip:example.com:5060", true, false },
		{ "a parameter that counts on one side", "sip:example.com;transport=udp", true,
		  false },
		{ "a parameter that does not", "sip:example.com;x=y", true, true },
		{ "another name of ours", "sip:other.example", true, false },
		{ "our address", "sip:192.0.2.1", true, false },
		{ "another user", "sip:bob@example.com", false, false },
		{ "another host", "sip:elsewhere.example", false, false },
	};
	struct flow *f = *state;

	for (unsigned exact = 0; exact < 2; exact++)
		for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
			struct login l = { .user = "alice", .digest_uri = rows[i].uri };
			bool good = exact ? rows[i].exact : rows[i].host;

			print_message("%s, %s\n", exact ? "exact" : "host", rows[i].name);
			f->trunk[0].uri_exact = exact == 1;
			flow_wait(f, 1);
			assert_int_equal(flow_login(f, &l), good ? SW_OK : SW_R_DIGEST_URI);
			assert_int_equal(flow_status(f), good ? 200 : 400);
			if (!rows[i].host || good)
				continue;
			l.password = "x"; /* who has shown nothing is told nothing */
			assert_int_equal(flow_login(f, &l), SW_R_DIGEST_WRONG);
			l.user = "zoe";
			assert_int_equal(flow_login(f, &l), SW_R_DIGEST_NO_USER);
		}
}

/* The value of Authentication-Info in the last answer. */
static void read_info(const struct flow *f, char room[512], struct sw_authinfo *out)
{
	const char *at = strstr(f->sent, "\r\nAuthentication-Info: ");

	assert_non_null(at);
	at += 23;
	snprintf(room, 512, "%.*s", (int)strcspn(at, "\r"), at);
	assert_int_equal(sw_authinfo_parse(sw_slice_of(room), out), SW_OK);
}

static void answers_show_that_we_know_the_password_too(void **state)
{
	static const struct {
		const char *name;
		struct login l;
	} rows[] = {
		{ "SHA-256", { .user = "alice" } },
		{ "SHA-512-256", { .user = "alice", .alg = SW_ALG_SHA512_256 } },
		{ "MD5-sess", { .user = "alice", .alg = SW_ALG_MD5, .sess = true } },
		{ "auth-int, over the empty body of the answer",
		  { .user = "alice", .auth_int = true, .body = BODY } },
		{ "auth-int of a -sess form", { .user = "alice", .auth_int = true, .sess = true } },
		{ "with the realm", { .user = "alice", .as = "alice@example.com" } },
		{ "of the store", { .user = "kim" } },
		{ "OPTIONS", { .user = "alice", .method = "OPTIONS" } },
	};
	struct flow *f = *state;

	let_staff_take(f, &every_way, AUTH | INT);
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct login l = rows[i].l;
		char room[512], nonce[64], want[65] = "", password[32];
		struct sw_authinfo info;
		struct sw_ha1 ha1;

		print_message("%s\n", rows[i].name);
		flow_request(f, l.method ? l.method : "REGISTER", "sip:example.com", l.user, "");
		flow_nonce(f, nonce);
		l.nonce = nonce;
		assert_int_equal(flow_answer(f, &l), SW_OK);
		read_info(f, room, &info);
		struct sw_digest d = { .alg = l.alg ? l.alg : SW_ALG_SHA256,
				       .sess = l.sess,
				       .user = sw_slice_of(l.as ? l.as : l.user),
				       .realm = SW_LIT("example.com"),
				       .nonce = sw_slice_of(nonce),
				       .uri = SW_LIT("sip:example.com"),
				       .cnonce = SW_LIT("c0ffee"),
				       .qop = l.auth_int ? SW_QOP_AUTH_INT : SW_QOP_AUTH,
				       .nc_text = SW_LIT("00000001") };
		struct sw_digest_of nothing = { 0 };

		snprintf(password, sizeof(password), "secret-%s", l.user);
		assert_true(sw_digest_ha1(f->hash, d.alg, d.user, d.realm, sw_slice_of(password),
					  &ha1));
		assert_true(sw_digest_response(f->hash, &d, &nothing, &ha1, want));
		assert_int_equal(info.qop, d.qop);
		assert_true(sw_slice_eq(info.rspauth,
					(struct sw_slice){ want, 2 * sw_alg_len(d.alg) }));
		assert_true(sw_slice_eq(info.cnonce, d.cnonce));
		assert_true(sw_slice_eq(info.nc_text, d.nc_text));
		assert_int_equal(info.nextnonce.n, 0);
		l.password = "x";
		assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_WRONG);
		assert_false(flow_says(f, "Authentication-Info"));
	}
}

/* H(H(A1):nonce:cnonce) of one cnonce, and the response of another: both are in use. */
static void sign_session(struct flow *f, const char *nonce, const char *first, const char *cnonce,
			 unsigned nc, char out[512])
{
	struct sw_digest key = { .alg = SW_ALG_SHA256,
				 .sess = true,
				 .nonce = sw_slice_of(nonce),
				 .cnonce = sw_slice_of(first),
				 .uri = SW_LIT("sip:example.com") };
	char a1[65], a2[65] = "", text[256], response[65] = "", nc_text[9];
	struct sw_ha1 ha1;
	struct sw_buf b = sw_buf_over(a1, sizeof(a1));
	uint8_t octets[SW_HASH_MAX];

	assert_true(sw_digest_ha1(f->hash, key.alg, SW_LIT("alice"), SW_LIT("example.com"),
				  SW_LIT("secret-alice"), &ha1));
	sw_buf_hex(&b, ha1.octets, 32);
	snprintf(nc_text, sizeof(nc_text), "%08x", nc);
	struct sw_slice of_key[] = { sw_buf_slice(&b), SW_LIT(":"), key.nonce, SW_LIT(":"),
				     key.cnonce };
	struct sw_slice of_uri = SW_LIT("REGISTER:sip:example.com");

	assert_true(sw_hash_parts(f->hash, SW_HASH_SHA256, of_key, SW_ARRAY_LEN(of_key), octets));
	b = sw_buf_over(a1, sizeof(a1));
	sw_buf_hex(&b, octets, 32);
	assert_true(sw_hash_parts(f->hash, SW_HASH_SHA256, &of_uri, 1, octets));
	struct sw_buf c = sw_buf_over(a2, sizeof(a2));

	sw_buf_hex(&c, octets, 32);
	snprintf(text, sizeof(text), "%.64s:%s:%s:%s:auth:%.64s", a1, nonce, nc_text, cnonce, a2);
	struct sw_slice whole = sw_slice_of(text);

	assert_true(sw_hash_parts(f->hash, SW_HASH_SHA256, &whole, 1, octets));
	c = sw_buf_over(response, sizeof(response));
	sw_buf_hex(&c, octets, 32);
	snprintf(out, 512,
		 "Authorization: Digest username=\"alice\", realm=\"example.com\", nonce=\"%s\", "
		 "uri=\"sip:example.com\", response=\"%.64s\", algorithm=SHA-256-sess, qop=auth, "
		 "nc=%s, cnonce=\"%s\"\r\n",
		 nonce, response, nc_text, cnonce);
}

/* RFC 7616 3.4.2 makes the key with the first cnonce; many clients make it with each. */
static void of_a_session_each_reading_of_its_key_gets_in(void **state)
{
	static const struct {
		const char *name, *first, *cnonce;
		unsigned nc;
		enum sw_reason want;
	} rows[] = {
		{ "the first request", "aaaa", "aaaa", 1, SW_OK },
		{ "the second, by the key of the first", "aaaa", "bbbb", 2, SW_R_DIGEST_SESS },
		{ "the second, by a key of its own", "bbbb", "bbbb", 2, SW_R_DIGEST_SESS },
		{ "what is wrong is told no more", "cccc", "bbbb", 3, SW_R_DIGEST_SESS },
		{ "the first request, by the key of another", "cccc", "bbbb", 1,
		  SW_R_DIGEST_WRONG },
		{ "the first once more is a replay", "dddd", "dddd", 1, SW_R_DIGEST_REPLAY },
	};
	struct flow *f = *state;
	char nonce[64], line[512];

	let_staff_take(f, &every_way, AUTH);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	flow_wait(f, 250); /* no nextnonce is given either */
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		sign_session(f, nonce, rows[i].first, rows[i].cnonce, rows[i].nc, line);
		assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", line),
				 rows[i].want);
		assert_int_equal(flow_says(f, "stale=true"),
				 rows[i].want == SW_R_DIGEST_SESS ||
					 rows[i].want == SW_R_DIGEST_REPLAY);
		assert_false(flow_says(f, "nextnonce"));
	}
}

static void refusals_show_nothing_even_when_the_password_was_right(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_login(f, &(struct login){ .user = "alice", .to = "bob" }),
			 SW_R_IDENTITY_AOR);
	assert_false(flow_says(f, "Authentication-Info"));
	assert_int_equal(flow_login(f, &(struct login){ .user = "frank" }), SW_R_REGISTER_OFF);
	assert_false(flow_says(f, "Authentication-Info"));
}

static void near_its_end_a_nonce_brings_the_next(void **state)
{
	struct login l = { .user = "alice", .headers = CONTACT };
	struct flow *f = *state;
	char room[512], nonce[64], next[64];
	struct sw_authinfo info;

	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	for (l.nc = 1; l.nc <= 3; l.nc++) {
		flow_wait(f, l.nc == 1 ? 0 : l.nc == 2 ? 224 : 1); /* life is 300 s */
		assert_int_equal(flow_answer(f, &l), SW_OK);
		read_info(f, room, &info);
		assert_int_equal(info.nextnonce.n, l.nc == 3 ? SW_NONCE_TEXT : 0);
		assert_int_equal(f->out.account.is_next, l.nc == 3);
	}
	snprintf(next, sizeof(next), "%.*s", (int)info.nextnonce.n, info.nextnonce.p);
	flow_wait(f, 100); /* the old one is over, the new one is not */
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_STALE);
	l.nonce = next;
	l.nc = 1;
	assert_int_equal(flow_answer(f, &l), SW_OK);
	assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_REPLAY);
	l.alg = SW_ALG_MD5;
	l.nc = 2;
	assert_int_equal(flow_answer(f, &l), SW_OK); /* it offers what a challenge would */
}

static void a_nonce_that_is_good_once_brings_the_next(void **state)
{
	struct login l = { .user = "alice", .no_qop = true, .headers = CONTACT };
	struct flow *f = *state;
	char room[512], nonce[64];
	struct sw_authinfo info;

	let_staff_take(f, f->trunk[0].way, NO_QOP);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(flow_answer(f, &l), SW_OK);
		read_info(f, room, &info);
		assert_int_equal(info.rspauth.n, 0); /* it would be bound to no cnonce */
		snprintf(nonce, sizeof(nonce), "%.*s", (int)info.nextnonce.n, info.nextnonce.p);
	}
}

static void the_operator_says_which_client_reads_what(void **state)
{
	static const struct sw_client_rule rules[] = { { SW_INIT("Acme"), SW_CLIENT_MD5_ALONE } };
	struct flow *f = *state;

	f->policy.client = (struct sw_client_policy){ SW_ORDER_AUTO, rules, 1 };
	flow_request(f, "REGISTER", "sip:example.com", "alice", "User-Agent: ACME 7\r\n");
	assert_int_equal(flow_count(f, "WWW-Authenticate: "), 1);
	assert_true(flow_says(f, "algorithm=MD5"));
	assert_int_equal(f->out.account.offered, SW_ALG_BIT(SW_ALG_MD5));
	f->policy.client = (struct sw_client_policy){ .order = SW_ORDER_STRONG };
	flow_request(f, "REGISTER", "sip:example.com", "alice", "User-Agent: baresip\r\n");
	assert_int_equal(flow_count(f, "WWW-Authenticate: "), 3);
}

static void md5_on_top_of_something_stronger_is_warned_of(void **state)
{
	struct login l = { .user = "alice", .alg = SW_ALG_MD5 };
	struct login only = { .user = "alice",
			      .alg = SW_ALG_MD5,
			      .headers = "User-Agent: baresip\r\n" };
	struct flow *f = *state;
	unsigned both = SW_WARN_BIT(SW_WARN_DIGEST_MD5) | SW_WARN_BIT(SW_WARN_ORDER_MD5_FIRST);

	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_int_equal(f->out.account.warn, SW_WARN_BIT(SW_WARN_DIGEST_MD5));
	f->policy.client.order = SW_ORDER_MD5_FIRST;
	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_int_equal(f->out.account.warn, both);
	assert_int_equal(flow_login(f, &only), SW_OK); /* had no choice */
	assert_int_equal(f->out.account.warn, SW_WARN_BIT(SW_WARN_DIGEST_MD5));
	l.alg = SW_ALG_SHA256;
	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_int_equal(f->out.account.warn, 0);
}

/* Two starts of one door: the seed lasts, the boot number does not. */
static void a_nonce_of_an_earlier_start_is_stale_and_not_forged(void **state)
{
	static const uint64_t boots[] = { 78, 77 + 0x10000, 77 + (1ull << 60) };
	struct flow *f = *state;
	char nonce[64];

	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	for (size_t i = 0; i < SW_ARRAY_LEN(boots); i++) {
		struct flow *again = flow_new_at(boots[i]);
		struct login l = { .user = "alice", .nonce = nonce };
		enum sw_reason r = flow_answer(again, &l);

		assert_true(r == SW_R_DIGEST_STALE || r == SW_R_DIGEST_NONCE_SOURCE);
		assert_true(flow_says(again, "stale=true"));
		l.nonce = NULL;
		assert_int_equal(flow_answer(again, &l), SW_OK);
		flow_free(again);
	}
}

static void turn_keys(struct flow *f, int64_t days)
{
	f->wall.us += days * SW_NONCE_KEY_S * SW_US_PER_S;
	f->mono.us += SW_US_PER_S;
	flow_tick(f);
}

/* Whatever the wall clock does, a nonce lives its 300 s of the mono clock and no longer. */
static void the_days_of_the_wall_clock_change_keys_and_nothing_else(void **state)
{
	static const int64_t days[] = { 0, 1, 1, 3650, -3650, -1, -20001, 20001 };
	struct flow *f = *state;
	uint64_t start = f->mono.us;

	for (size_t i = 0; i < SW_ARRAY_LEN(days); i++) {
		struct login l = { .user = "alice" };
		char nonce[64];

		flow_request(f, "REGISTER", "sip:example.com", "alice", "");
		flow_nonce(f, nonce);
		l.nonce = nonce;
		assert_int_equal(flow_answer(f, &l), SW_OK);
		turn_keys(f, days[i]);
		assert_int_equal(flow_answer(f, &l), SW_R_DIGEST_REPLAY);
		l.nc = 2;
		assert_int_equal(flow_answer(f, &l), SW_OK);
		turn_keys(f, 5);
		turn_keys(f, 5);
		l.nc = 3;
		assert_int_equal(flow_answer(f, &l),
				 SW_R_DIGEST_NONCE_FORGED); /* its key is gone */
		turn_keys(f, -10);
		f->mono.us = start += 1000ull * SW_US_PER_S;
		l.nc = 4;
		assert_int_not_equal(flow_answer(f, &l), SW_OK);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(users_of_the_store_log_in_by_their_trunk),
		CASE(an_account_knows_where_its_user_is_written),
		CASE(no_secret_is_left_behind_a_step),
		CASE(a_username_with_the_realm_is_the_same_user_with_its_own_hashes),
		CASE(a_hash_of_one_form_is_none_of_the_other),
		CASE(every_form_of_every_algorithm_registers_where_it_is_taken),
		CASE(a_sess_form_that_was_not_offered_is_not_taken),
		CASE(a_challenge_offers_each_qop_that_some_trunk_takes),
		CASE(a_qop_is_taken_where_the_trunk_takes_it),
		CASE(what_a_reload_takes_away_is_asked_for_anew),
		CASE(md5_past_its_end_is_refused_even_where_it_was_the_last),
		CASE(a_body_that_was_changed_is_refused),
		CASE(without_qop_a_nonce_is_good_once),
		CASE(leaving_the_count_away_is_no_way_out_of_it),
		CASE(a_trunk_may_want_the_request_uri_to_the_letter),
		CASE(answers_show_that_we_know_the_password_too),
		CASE(of_a_session_each_reading_of_its_key_gets_in),
		CASE(refusals_show_nothing_even_when_the_password_was_right),
		CASE(near_its_end_a_nonce_brings_the_next),
		CASE(a_nonce_that_is_good_once_brings_the_next),
		CASE(the_operator_says_which_client_reads_what),
		CASE(md5_on_top_of_something_stronger_is_warned_of),
		CASE(a_nonce_of_an_earlier_start_is_stale_and_not_forged),
		CASE(the_days_of_the_wall_clock_change_keys_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
