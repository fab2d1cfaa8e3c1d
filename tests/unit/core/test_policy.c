/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <sipward/policy.h>

#define DIGEST SW_FACTOR_BIT(SW_FACTOR_DIGEST)
#define MD5    SW_ALG_BIT(SW_ALG_MD5)
#define SHA256 SW_ALG_BIT(SW_ALG_SHA256)
#define SHA512 SW_ALG_BIT(SW_ALG_SHA512_256)

#define END_S 1000 /* of MD5, where it ends */
#define NEVER INT64_MAX

static const struct sw_way any[] = { { .factors = DIGEST, .algs = SW_ALG_ALL } };
static const struct sw_way strong[] = { { .factors = DIGEST, .algs = SHA256 } };
static const struct sw_way session[] = { { .factors = DIGEST, .algs = SW_ALG_SESS(SW_ALG_MD5) } };
static const struct sw_way lines[] = {
	{ .factors = DIGEST, .algs = SHA512 },
	{ .factors = 0, .algs = SW_ALG_ALL },          /* admits nobody */
	{ .factors = DIGEST | 4, .algs = SW_ALG_ALL }, /* digest and something else */
	{ .factors = DIGEST, .algs = MD5 | SHA256 },
	{ .factors = DIGEST, .algs = SHA256 },
};
static const struct sw_way odd[] = { { .factors = 0, .algs = SW_ALG_ALL },
				     { .factors = DIGEST | 4, .algs = SW_ALG_ALL } };

enum {
	ANY,
	STRONG,
	ENDING,
	OFF,
	LINES,
	ODD,
	NO_WAYS,
	TRUNKS
};

static const struct sw_trunk trunks[TRUNKS] = {
	[ANY] = { .enabled = true, .way = any, .ways = 1, .md5_until_s = NEVER },
	[STRONG] = { .enabled = true, .way = strong, .ways = 1, .md5_until_s = NEVER },
	[ENDING] = { .enabled = true, .way = any, .ways = 1, .md5_until_s = END_S },
	[OFF] = { .enabled = false, .way = any, .ways = 1, .md5_until_s = NEVER },
	[LINES] = { .enabled = true, .way = lines, .ways = 5, .md5_until_s = NEVER },
	[ODD] = { .enabled = true, .way = odd, .ways = 2, .md5_until_s = NEVER },
	[NO_WAYS] = { .enabled = true, .md5_until_s = NEVER },
};

static const struct sw_user user;

/* What the credentials were found to be, as letters: u known user, t its trunk, r right response,
 * n new count, f fresh nonce, x no hash kept. */
static struct sw_evidence evidence(enum sw_reason reason, const char *facts, unsigned trunk,
				   enum sw_alg alg)
{
	return (struct sw_evidence){
		.common = { .algs = SW_ALG_ALL, .qops = SW_QOP_BIT(SW_QOP_AUTH) },
		.digest = {
			.reason = reason,
			.user = strchr(facts, 'u') ? &user : NULL,
			.trunk = strchr(facts, 't') ? &trunks[trunk] : NULL,
			.alg = alg,
			.qop = SW_QOP_AUTH,
			.has_hash = strchr(facts, 'x') == NULL,
			.response_ok = strchr(facts, 'r') != NULL,
			.nc_new = strchr(facts, 'n') != NULL,
			.nonce_fresh = strchr(facts, 'f') != NULL,
		},
	};
}

#define WHOLE "utrnf" /* nothing is wrong */

static const struct {
	const char *name, *facts;
	unsigned trunk;
	enum sw_alg alg;
	int64_t now_s;
	enum sw_reason reason;
	unsigned way; /* that allows, from 1 */
} proofs[] = {
	{ "a proof", WHOLE, ANY, SW_ALG_SHA256, 0, SW_OK, 1 },
	{ "by SHA-512-256", WHOLE, ANY, SW_ALG_SHA512_256, 0, SW_OK, 1 },
	{ "by MD5 without an end", WHOLE, ANY, SW_ALG_MD5, INT64_MAX / SW_US_PER_S - 1, SW_OK, 1 },
	{ "by MD5 before its end", WHOLE, ENDING, SW_ALG_MD5, END_S - 1, SW_OK, 1 },
	{ "by SHA-256 after the end of MD5", WHOLE, ENDING, SW_ALG_SHA256, END_S, SW_OK, 1 },
	{ "by the first of the lines", WHOLE, LINES, SW_ALG_SHA512_256, 0, SW_OK, 1 },
	{ "by the first line that takes it, past those that need more", WHOLE, LINES, SW_ALG_SHA256,
	  0, SW_OK, 4 },
	{ "nothing at all", "", ANY, SW_ALG_NONE, 0, SW_R_DIGEST_NO_USER, 0 },
	{ "no user, and all else", "trnf", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_NO_USER, 0 },
	{ "no trunk, and all else", "urnf", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_NO_TRUNK, 0 },
	{ "a trunk that is off", WHOLE, OFF, SW_ALG_SHA256, 0, SW_R_DIGEST_USER_OFF, 0 },
	{ "a trunk that is off, wrong response", "utnf", OFF, SW_ALG_SHA256, 0,
	  SW_R_DIGEST_USER_OFF, 0 },
	{ "no algorithm", WHOLE, ANY, SW_ALG_NONE, 0, SW_R_DIGEST_ALG_TRUNK, 0 },
	{ "MD5 where only SHA-256 is taken", WHOLE, STRONG, SW_ALG_MD5, 0, SW_R_DIGEST_ALG_TRUNK,
	  0 },
	{ "the other strong one", WHOLE, STRONG, SW_ALG_SHA512_256, 0, SW_R_DIGEST_ALG_TRUNK, 0 },
	{ "an algorithm that is not taken, wrong response", "utnf", STRONG, SW_ALG_MD5, 0,
	  SW_R_DIGEST_ALG_TRUNK, 0 },
	{ "ways that digest alone does not satisfy", WHOLE, ODD, SW_ALG_SHA256, 0,
	  SW_R_DIGEST_ALG_TRUNK, 0 },
	{ "no ways", WHOLE, NO_WAYS, SW_ALG_SHA256, 0, SW_R_DIGEST_ALG_TRUNK, 0 },
	{ "MD5 at its end", WHOLE, ENDING, SW_ALG_MD5, END_S, SW_R_DIGEST_ALG_ENDED, 0 },
	{ "MD5 long after its end", WHOLE, ENDING, SW_ALG_MD5, END_S + 1000000,
	  SW_R_DIGEST_ALG_ENDED, 0 },
	{ "MD5 at its end, wrong response", "utnf", ENDING, SW_ALG_MD5, END_S,
	  SW_R_DIGEST_ALG_ENDED, 0 },
	{ "a wrong response", "utnf", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_WRONG, 0 },
	{ "a wrong response, used count", "utf", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_WRONG, 0 },
	{ "a wrong response, old nonce", "ut", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_WRONG, 0 },
	{ "no hash to check it by", "utnfx", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_NO_HASH, 0 },
	{ "no hash, no user", "tnfx", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_NO_USER, 0 },
	{ "no hash, and a trunk that does not take it", "utnfx", STRONG, SW_ALG_MD5, 0,
	  SW_R_DIGEST_ALG_TRUNK, 0 },
	{ "a used count", "utrf", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_REPLAY, 0 },
	{ "a window that was dropped", "utr", ANY, SW_ALG_SHA256, 0, SW_R_DIGEST_STALE, 0 },
};

/* Whatever becomes of it, it is nobody. */
static void is_nobody(const struct sw_verdict *v, enum sw_act act, enum sw_reason reason)
{
	assert_int_equal(v->act, act);
	assert_int_equal(v->reason, reason);
	assert_null(v->subject.user);
	assert_null(v->subject.trunk);
	assert_int_equal(v->subject.factor, SW_FACTOR_NONE);
	assert_int_equal(v->subject.alg, SW_ALG_NONE);
	assert_null(v->way);
	assert_int_equal(v->way_number, 0);
}

static void only_a_whole_proof_is_allowed(void **state)
{
	struct sw_policy p = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(proofs); i++) {
		const struct sw_trunk *t = &trunks[proofs[i].trunk];
		struct sw_evidence ev = evidence(SW_OK, proofs[i].facts, proofs[i].trunk,
						 proofs[i].alg);
		struct sw_wall now = { proofs[i].now_s * SW_US_PER_S };
		struct sw_verdict v;
		int status = sw_reason_row(proofs[i].reason)->status;

		print_message("%s\n", proofs[i].name);
		memset(&v, 0xa5, sizeof(v)); /* whatever stood there before */
		sw_policy_judge(&p, &ev, now, &v);
		if (proofs[i].way == 0) {
			is_nobody(&v, status == 401 ? SW_ACT_CHALLENGE : SW_ACT_REFUSE,
				  proofs[i].reason);
			continue;
		}
		assert_int_equal(v.act, SW_ACT_ALLOW);
		assert_int_equal(v.reason, SW_OK);
		assert_ptr_equal(v.subject.user, &user);
		assert_ptr_equal(v.subject.trunk, t);
		assert_int_equal(v.subject.factor, SW_FACTOR_DIGEST);
		assert_int_equal(v.subject.alg, proofs[i].alg);
		assert_int_equal(v.way_number, proofs[i].way);
		assert_ptr_equal(v.way, &t->way[proofs[i].way - 1]);
	}
}

/* All sets of facts: none but the whole one is allowed. */
static void no_set_of_facts_but_the_whole_is_allowed(void **state)
{
	static const char all[] = "utrnf";
	struct sw_policy p = { 0 };

	(void)state;
	for (unsigned set = 0; set < 32; set++)
		for (unsigned t = 0; t < TRUNKS; t++)
			for (unsigned alg = 0; alg < SW_ALG_COUNT; alg++)
				for (int64_t s = END_S - 1; s <= END_S; s++) {
					char facts[6] = "";
					struct sw_verdict v;
					size_t n = 0;

					for (unsigned i = 0; i < 5; i++)
						if (set & 1u << i)
							facts[n++] = all[i];
					struct sw_evidence ev = evidence(SW_OK, facts, t,
									 (enum sw_alg)alg);
					struct sw_wall now = { s * SW_US_PER_S };
					bool proven = (set & 15) == 15 && trunks[t].enabled &&
						      (sw_policy_trunk_algs(&trunks[t], now) &
						       SW_ALG_BIT(alg));

					sw_policy_judge(&p, &ev, now, &v);
					assert_int_equal(v.act == SW_ACT_ALLOW, proven);
					assert_int_equal(v.reason == SW_OK, proven);
				}
}

/* Every reason there is, as what stopped the examination. */
static void what_stopped_the_examination_is_the_reason(void **state)
{
	static const enum sw_reason all[] = {
#define SW_REASON(number, symbol, class, status, slug, phrase, sentence) SW_R_##symbol,
#include <sipward/reason.def>
#undef SW_REASON
	};
	struct sw_wall now = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(all); i++)
		for (unsigned mismatch = 0; mismatch < 2; mismatch++) {
			struct sw_policy p = { .mismatch_challenge = mismatch };
			struct sw_evidence ev = evidence(all[i], WHOLE, ANY, SW_ALG_SHA256);
			int status = sw_reason_row(all[i])->status;
			bool again = status == 401 || (status == 403 && mismatch);
			struct sw_verdict v;

			print_message("%s\n", sw_reason_slug(all[i]));
			sw_policy_judge(&p, &ev, now, &v);
			is_nobody(&v, again ? SW_ACT_CHALLENGE : SW_ACT_REFUSE, all[i]);
			ev.common.algs = 0; /* nothing to ask for */
			sw_policy_judge(&p, &ev, now, &v);
			is_nobody(&v, SW_ACT_REFUSE, again ? SW_R_NO_TRUNK : all[i]);
		}
}

/* Whatever else is wrong with it is not forgotten for it. */
static void a_known_source_without_credentials_is_let_be_as_nobody(void **state)
{
	static const enum sw_known known[] = { SW_KNOWN_ADDRESS, SW_KNOWN_FLOW };
	static const enum sw_reason all[] = {
		SW_OK,
#define SW_REASON(number, symbol, class, status, slug, phrase, sentence) SW_R_##symbol,
#include <sipward/reason.def>
#undef SW_REASON
	};
	struct sw_policy p = { .mismatch_challenge = true };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(all); i++)
		for (size_t k = 0; k < SW_ARRAY_LEN(known); k++) {
			struct sw_evidence ev = evidence(all[i], "utnf", ANY, SW_ALG_SHA256);
			bool none = all[i] == SW_R_CHALLENGED || all[i] == SW_R_DIGEST_REALM;
			struct sw_verdict v;

			ev.known = known[k];
			memset(&v, 0xa5, sizeof(v));
			sw_policy_judge(&p, &ev, (struct sw_wall){ 0 }, &v);
			assert_int_equal(v.act == SW_ACT_ALLOW, none);
			if (none) /* as nobody */
				is_nobody(&v, SW_ACT_ALLOW, SW_OK);
		}
}

static void a_mismatch_is_challenged_where_the_policy_says_so(void **state)
{
	struct sw_policy p = { .mismatch_challenge = true };
	struct sw_wall now = { END_S * (int64_t)SW_US_PER_S };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(proofs); i++) {
		struct sw_evidence ev = evidence(SW_OK, proofs[i].facts, proofs[i].trunk,
						 proofs[i].alg);
		struct sw_verdict v;

		if (proofs[i].way > 0)
			continue;
		print_message("%s\n", proofs[i].name);
		sw_policy_judge(&p, &ev, now, &v);
		is_nobody(&v, SW_ACT_CHALLENGE, proofs[i].reason);
	}
}

static void a_user_that_is_off_proves_nothing(void **state)
{
	static const struct sw_user off = { .is_off = true };
	struct sw_policy p = { 0 };
	struct sw_evidence ev = evidence(SW_OK, WHOLE, ANY, SW_ALG_SHA256);
	struct sw_verdict v;

	(void)state;
	ev.digest.user = &off;
	sw_policy_judge(&p, &ev, (struct sw_wall){ 0 }, &v);
	is_nobody(&v, SW_ACT_REFUSE, SW_R_DIGEST_USER_OFF);
}

/* Each fact beside those that the table above has. */
static void what_the_trunk_does_not_take_is_refused(void **state)
{
	static const struct sw_way sess[] = { { .factors = DIGEST,
						.algs = SW_ALG_SESS(SW_ALG_SHA256) } };
	static const struct sw_trunk whole = { .enabled = true,
					       .way = sess,
					       .ways = 1,
					       .md5_until_s = NEVER,
					       .qops = SW_QOP_BIT(SW_QOP_AUTH_INT),
					       .uri_exact = true };
	static const struct {
		const char *name;
		bool sess, exact, other, response;
		enum sw_qop qop;
		enum sw_reason reason;
	} rows[] = {
		{ "all of it", true, true, false, true, SW_QOP_AUTH_INT, SW_OK },
		{ "the plain form", false, true, false, true, SW_QOP_AUTH_INT,
		  SW_R_DIGEST_ALG_TRUNK },
		{ "another qop", true, true, false, true, SW_QOP_AUTH, SW_R_DIGEST_QOP_TRUNK },
		{ "no qop", true, true, false, true, SW_QOP_NONE, SW_R_DIGEST_QOP_TRUNK },
		{ "not the Request-URI", true, false, false, true, SW_QOP_AUTH_INT,
		  SW_R_DIGEST_URI },
		{ "not the Request-URI, and wrong", true, false, false, false, SW_QOP_AUTH_INT,
		  SW_R_DIGEST_WRONG },
		{ "of another trunk", true, true, true, true, SW_QOP_AUTH_INT,
		  SW_R_DIGEST_OTHER_TRUNK },
	};
	struct sw_policy p = { 0 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_evidence ev = evidence(SW_OK, WHOLE, ANY, SW_ALG_SHA256);
		struct sw_verdict v;

		print_message("%s\n", rows[i].name);
		ev.digest.trunk = &whole;
		ev.digest.sess = rows[i].sess;
		ev.digest.qop = rows[i].qop;
		ev.digest.uri_exact = rows[i].exact;
		ev.digest.is_other_trunk = rows[i].other;
		ev.digest.response_ok = rows[i].response;
		sw_policy_judge(&p, &ev, (struct sw_wall){ 0 }, &v);
		assert_int_equal(v.reason, rows[i].reason);
		assert_int_equal(v.act == SW_ACT_ALLOW, rows[i].reason == SW_OK);
		assert_int_equal(v.subject.sess, rows[i].reason == SW_OK);
	}
}

static void md5_is_warned_of_and_more_where_it_was_put_on_top(void **state)
{
	unsigned md5 = SW_WARN_BIT(SW_WARN_DIGEST_MD5);
	unsigned top = md5 | SW_WARN_BIT(SW_WARN_ORDER_MD5_FIRST);
	static const enum sw_order orders[] = { SW_ORDER_AUTO, SW_ORDER_STRONG,
						SW_ORDER_MD5_FIRST };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(orders); i++) {
		struct sw_policy p = { .client.order = orders[i] };
		struct sw_evidence ev = evidence(SW_OK, WHOLE, ANY, SW_ALG_MD5);

		ev.digest.offered = SW_ALG_ALL;
		assert_int_equal(sw_policy_warnings(&p, &ev), i == 2 ? top : md5);
		ev.digest.offered = SW_ALG_MD5_FORMS;
		assert_int_equal(sw_policy_warnings(&p, &ev), md5);
		ev.digest.alg = SW_ALG_SHA256;
		assert_int_equal(sw_policy_warnings(&p, &ev), 0);
	}
}

static void zeroed_evidence_is_refused(void **state)
{
	struct sw_policy p = { 0 };
	struct sw_evidence ev = { 0 };
	struct sw_verdict v;

	(void)state;
	sw_policy_judge(&p, &ev, (struct sw_wall){ 0 }, &v);
	is_nobody(&v, SW_ACT_REFUSE, SW_R_DIGEST_NO_USER);
}

static void a_trunk_takes_what_its_digest_lines_name_today(void **state)
{
	static const struct {
		const char *name;
		unsigned trunk;
		int64_t now_s;
		unsigned want;
	} rows[] = {
		{ "no end", ANY, INT64_MAX / SW_US_PER_S - 1, SW_ALG_ALL },
		{ "one of them", STRONG, 0, SHA256 },
		{ "before the end", ENDING, END_S - 1, SW_ALG_ALL },
		{ "at the end", ENDING, END_S, SW_ALG_STRONG },
		{ "before 1970", ENDING, -END_S, SW_ALG_ALL },
		{ "all lines together", LINES, 0, SW_ALG_ALL },
		{ "lines that need more", ODD, 0, 0 },
		{ "no lines", NO_WAYS, 0, 0 },
		{ "switched off or not", OFF, 0, SW_ALG_ALL },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(
			sw_policy_trunk_algs(&trunks[rows[i].trunk],
					     (struct sw_wall){ rows[i].now_s * SW_US_PER_S }),
			rows[i].want);
	}
	assert_int_equal(sw_policy_trunk_algs(&trunks[ENDING],
					      (struct sw_wall){ END_S * (int64_t)SW_US_PER_S - 1 }),
			 SW_ALG_ALL); /* the last microsecond */
}

static void the_common_set_is_what_some_trunk_takes_today(void **state)
{
	static const struct {
		const char *name;
		struct sw_trunk trunk[3];
		size_t trunks;
		int64_t now_s;
		unsigned want, named; /* 0: as many */
	} rows[] = {
		{ "no trunk", { { .enabled = false } }, 0, 0, 0, 0 },
		{ "a zeroed trunk", { { .enabled = false } }, 1, 0, 0, 0 },
		{ "one that is off",
		  { { .way = any, .ways = 1, .md5_until_s = NEVER } },
		  1,
		  0,
		  0,
		  0 },
		{ "two",
		  { { .enabled = true, .way = strong, .ways = 1, .md5_until_s = NEVER },
		    { .enabled = true, .way = lines, .ways = 1, .md5_until_s = NEVER } },
		  2,
		  0,
		  SW_ALG_STRONG,
		  0 },
		{ "MD5 of one that is off",
		  { { .enabled = true, .way = strong, .ways = 1, .md5_until_s = NEVER },
		    { .enabled = false, .way = any, .ways = 1, .md5_until_s = NEVER } },
		  2,
		  0,
		  SHA256,
		  0 },
		{ "MD5 of one whose MD5 has ended",
		  { { .enabled = true, .way = any, .ways = 1, .md5_until_s = END_S } },
		  1,
		  END_S,
		  SW_ALG_STRONG,
		  SW_ALG_ALL },
		{ "one without a way, and its qop",
		  { { .enabled = true, .qops = SW_QOP_BIT(SW_QOP_NONE), .md5_until_s = NEVER },
		    { .enabled = true, .way = strong, .ways = 1, .md5_until_s = NEVER } },
		  2,
		  0,
		  SHA256,
		  0 },
		{ "MD5 of one of two",
		  { { .enabled = true, .way = any, .ways = 1, .md5_until_s = END_S },
		    { .enabled = true, .way = lines, .ways = 5, .md5_until_s = END_S + 1 } },
		  2,
		  END_S,
		  SW_ALG_ALL,
		  0 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_policy p = { .trunk = rows[i].trunk, .trunks = rows[i].trunks };
		struct sw_wall now = { rows[i].now_s * SW_US_PER_S };

		print_message("%s\n", rows[i].name);
		struct sw_offer offer = sw_policy_common_set(&p, now);

		assert_int_equal(offer.algs, rows[i].want);
		assert_int_equal(offer.named, rows[i].named ? rows[i].named : rows[i].want);
		assert_int_equal(offer.qops, rows[i].want ? SW_QOP_BIT(SW_QOP_AUTH) : 0);
	}
}

static void a_sess_form_is_not_offered_where_no_qop_is(void **state)
{
	static const unsigned none = SW_QOP_BIT(SW_QOP_NONE), auth = SW_QOP_BIT(SW_QOP_AUTH);
	const struct {
		const char *name;
		const struct sw_way *way;
		unsigned qops, algs, want_qops;
	} rows[] = {
		{ "a -sess form, and none", session, none, 0, 0 },
		{ "a -sess form, none or auth", session, none | auth, session->algs, none | auth },
		{ "a -sess form, and nothing said", session, 0, session->algs, auth },
		{ "plain forms, and none", any, none, SW_ALG_ALL, none },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_trunk t = { .enabled = true,
				      .way = rows[i].way,
				      .ways = 1,
				      .md5_until_s = NEVER,
				      .qops = rows[i].qops };
		struct sw_policy p = { .trunk = &t, .trunks = 1 };
		struct sw_offer offer = sw_policy_common_set(&p, (struct sw_wall){ 0 });

		print_message("%s\n", rows[i].name);
		assert_int_equal(offer.algs, rows[i].algs);
		assert_int_equal(offer.qops, rows[i].want_qops);
	}
}

static void a_trunk_is_found_by_its_exact_name(void **state)
{
	static const struct sw_trunk list[] = {
		{ .name = SW_INIT("b") }, { .name = SW_INIT("a") },   { .name = SW_INIT("ab") },
		{ .name = SW_INIT("B") }, { .name = SW_INIT("abc") }, { .name = SW_INIT("z") },
		{ .name = SW_INIT("aa") }
	};
	static const uint32_t order[] = { 3, 1, 6, 2, 4, 0, 5 };
	static const char *const strangers[] = { "", "A", "abb", "abcd", "c", "zz", "aaa" };

	(void)state;
	for (size_t n = 0; n <= SW_ARRAY_LEN(list); n++) {
		struct sw_policy p = { .trunk = list, .trunks = n, .trunk_order = order };
		uint32_t some[SW_ARRAY_LEN(order)];
		size_t have = 0;

		for (size_t i = 0; i < SW_ARRAY_LEN(order); i++)
			if (order[i] < n)
				some[have++] = order[i];
		p.trunk_order = some;
		for (size_t i = 0; i < SW_ARRAY_LEN(list); i++)
			assert_ptr_equal(sw_policy_find_trunk(&p, list[i].name),
					 i < n ? &list[i] : NULL);
		for (size_t i = 0; i < SW_ARRAY_LEN(strangers); i++)
			assert_null(sw_policy_find_trunk(&p, sw_slice_of(strangers[i])));
	}
	struct sw_policy sorted = { .trunk = &list[4], .trunks = 2 };

	assert_ptr_equal(sw_policy_find_trunk(&sorted, SW_LIT("z")), &list[5]);
}

static void a_user_of_the_configuration_has_an_origin(void **state)
{
	static const struct sw_origin origins[2];
	struct sw_policy p = { .origin = origins, .users = 2 };
	struct sw_user u = { 0 };

	(void)state;
	assert_null(sw_policy_origin(&p, &u));
	u.origin = 2;
	assert_ptr_equal(sw_policy_origin(&p, &u), &origins[1]);
	u.origin = 3;
	assert_null(sw_policy_origin(&p, &u));
	u.origin = 1;
	p.origin = NULL;
	assert_null(sw_policy_origin(&p, &u));
}

static const struct {
	const char *name;
	struct sw_slice host;
	bool ours;
} hosts[] = {
	{ "the realm", SW_INIT("example.com"), true },
	{ "the realm in another case, with a port", SW_INIT("EXAMPLE.com:9"), true },
	{ "the realm with the dot of the root", SW_INIT("Example.com."), true },
	{ "one letter more", SW_INIT("example.comx"), false },
	{ "a domain", SW_INIT("second.example"), true },
	{ "a domain that is an address", SW_INIT("203.0.113.9"), true },
	{ "a listener's address", SW_INIT("192.0.2.1"), true },
	{ "a listener's address and another port", SW_INIT("192.0.2.1:1"), true },
	{ "a listener's address in IPv6", SW_INIT("[2001:DB8::0:1]"), true },
	{ "a listener's IPv4 address in IPv6", SW_INIT("[::ffff:192.0.2.1]"), true },
	{ "where it came in", SW_INIT("198.51.100.1"), true },
	{ "another name", SW_INIT("example.org"), false },
	{ "a name that ends like ours", SW_INIT("x.example.com"), false },
	{ "a name that begins like ours", SW_INIT("example.com.example.org"), false },
	{ "a beginning of ours", SW_INIT("example.co"), false },
	{ "another address", SW_INIT("192.0.2.2"), false },
	{ "another address in IPv6", SW_INIT("[2001:db8::2]"), false },
	{ "any address", SW_INIT("0.0.0.0"), false },
};

static void hosts_are_ours_by_name_or_address(void **state)
{
	static const struct sw_slice domains[] = { SW_INIT("first.example"),
						   SW_INIT("second.example"),
						   SW_INIT("203.0.113.9") };
	struct sw_listener listeners[2] = { 0 };
	struct sw_policy p = { .realm = SW_LIT("example.com"),
			       .domain = domains,
			       .domains = SW_ARRAY_LEN(domains),
			       .listener = listeners,
			       .listeners = 2 };
	struct sw_addr local, none = { 0 };

	(void)state;
	assert_true(sw_addr_parse(SW_LIT("192.0.2.1"), &listeners[0].addr));
	assert_true(sw_addr_parse(SW_LIT("2001:db8::1"), &listeners[1].addr));
	assert_true(sw_addr_parse(SW_LIT("198.51.100.1"), &local));
	for (size_t i = 0; i < SW_ARRAY_LEN(hosts); i++) {
		struct sw_host h;

		print_message("%s\n", hosts[i].name);
		assert_int_equal(sw_host_parse(hosts[i].host, &h), SW_OK);
		assert_int_equal(sw_policy_is_ours(&p, &h, &local), hosts[i].ours);
	}
	struct sw_host odd_host = { .kind = SW_HOST_IP6, .text = SW_LIT("no address") };
	struct sw_host zero = { 0 };

	assert_false(sw_policy_is_ours(&p, &odd_host, &local));
	assert_false(sw_policy_is_ours(&p, &zero, &none));
	p.realm = SW_LIT(""); /* even where nothing is ours, nothing is not ours */
	assert_false(sw_policy_is_ours(&p, &zero, &none));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_whole_proof_is_allowed),
		cmocka_unit_test(no_set_of_facts_but_the_whole_is_allowed),
		cmocka_unit_test(what_stopped_the_examination_is_the_reason),
		cmocka_unit_test(a_known_source_without_credentials_is_let_be_as_nobody),
		cmocka_unit_test(a_mismatch_is_challenged_where_the_policy_says_so),
		cmocka_unit_test(a_user_that_is_off_proves_nothing),
		cmocka_unit_test(what_the_trunk_does_not_take_is_refused),
		cmocka_unit_test(md5_is_warned_of_and_more_where_it_was_put_on_top),
		cmocka_unit_test(zeroed_evidence_is_refused),
		cmocka_unit_test(a_trunk_takes_what_its_digest_lines_name_today),
		cmocka_unit_test(the_common_set_is_what_some_trunk_takes_today),
		cmocka_unit_test(a_sess_form_is_not_offered_where_no_qop_is),
		cmocka_unit_test(a_trunk_is_found_by_its_exact_name),
		cmocka_unit_test(a_user_of_the_configuration_has_an_origin),
		cmocka_unit_test(hosts_are_ours_by_name_or_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
