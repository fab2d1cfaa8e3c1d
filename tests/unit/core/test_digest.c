/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <sipward/digest.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/hex.h"

static struct sw_hash *hash;
static unsigned fail_at; /* which hash fails, from 1; 0 none */

bool __real_sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			  size_t parts, uint8_t out[SW_HASH_MAX]);
bool __wrap_sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			  size_t parts, uint8_t out[SW_HASH_MAX]);

/* libcrypto, which fails when it is told to. */
bool __wrap_sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			  size_t parts, uint8_t out[SW_HASH_MAX])
{
	if (fail_at == 0 || --fail_at > 0)
		return __real_sw_hash_parts(h, id, part, parts, out);
	memset(out, 0, SW_HASH_MAX);
	return false;
}

bool __real_sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			   size_t parts, uint8_t out[SW_HASH_MAX]);
bool __wrap_sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			   size_t parts, uint8_t out[SW_HASH_MAX]);

bool __wrap_sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			   size_t parts, uint8_t out[SW_HASH_MAX])
{
	if (fail_at == 0 || --fail_at > 0)
		return __real_sw_hash_public(h, id, part, parts, out);
	memset(out, 0, SW_HASH_MAX);
	return false;
}

static int setup(void **state)
{
	(void)state;
	hash = sw_hash_new();
	fail_at = 0;
	return hash ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sw_hash_free(hash);
	return 0;
}

/* "SHA-256-sess" and its like. */
static void read_alg(struct sw_slice text, struct sw_digest *d)
{
	static const char sess[] = "-sess";

	d->sess = text.n > 5 && memcmp(text.p + text.n - 5, sess, 5) == 0;
	text.n -= d->sess ? 5 : 0;
	for (unsigned a = SW_ALG_MD5; a < SW_ALG_COUNT; a++)
		if (sw_slice_eq(text, sw_slice_of(sw_alg_name((enum sw_alg)a))))
			d->alg = (enum sw_alg)a;
	assert_int_not_equal(d->alg, SW_ALG_NONE);
}

enum column {
	NAME,
	SOURCE,
	VERDICT,
	ALGORITHM,
	QOP,
	USERNAME,
	REALM,
	PASSWORD,
	METHOD,
	URI,
	NONCE,
	NC,
	CNONCE,
	BODY,
	HA1,
	RESPONSE,
	COLUMNS,
};

static void read_row(struct vectors *v, struct sw_digest *d, struct sw_digest_of *of)
{
	*d = (struct sw_digest){ .user = vectors_octets(v, USERNAME),
				 .realm = vectors_octets(v, REALM),
				 .nonce = v->field[NONCE],
				 .uri = vectors_octets(v, URI),
				 .cnonce = v->field[CNONCE],
				 .response = v->field[RESPONSE],
				 .nc_text = v->field[NC] };
	*of = (struct sw_digest_of){ .method = v->field[METHOD], .body = vectors_octets(v, BODY) };
	read_alg(v->field[ALGORITHM], d);
	if (v->field[QOP].n > 0)
		d->qop = vectors_is(v, QOP, "auth-int") ? SW_QOP_AUTH_INT : SW_QOP_AUTH;
}

static void read_ha1(struct vectors *v, const struct sw_digest *d, struct sw_ha1 *ha1)
{
	struct sw_ha1 want = { 0 };

	assert_true(sw_hex_parse(v->field[HA1], want.octets, sw_alg_len(d->alg)));
	*ha1 = want;
	if (vectors_is(v, PASSWORD, "?"))
		return;
	assert_true(
		sw_digest_ha1(hash, d->alg, d->user, d->realm, vectors_octets(v, PASSWORD), ha1));
	assert_memory_equal(ha1->octets, want.octets, sw_alg_len(d->alg));
}

/* RFC 7616 3.9.1, RFC 7616 3.9.2 with its erratum, RFC 8760, RFC 2617 3.5, and the computed grid. */
static void responses_are_right_or_wrong_as_their_row_says(void **state)
{
	struct vectors v;

	(void)state;
	vectors_open(&v, "digest/responses.txt");
	while (vectors_next(&v, COLUMNS)) {
		bool right = vectors_is(&v, VERDICT, "right");
		char text[64];
		struct sw_digest d;
		struct sw_digest_of of;
		struct sw_ha1 ha1;

		assert_true(right || vectors_is(&v, VERDICT, "wrong"));
		read_row(&v, &d, &of);
		read_ha1(&v, &d, &ha1);
		assert_true(sw_digest_response(hash, &d, &of, &ha1, text));
		assert_int_equal(
			sw_slice_eq((struct sw_slice){ text, 2 * sw_alg_len(d.alg) }, d.response),
			right);
		assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1),
				 right ? SW_OK : SW_R_DIGEST_WRONG);
	}
	vectors_close(&v);
}

/* One change to a right response's ingredients; none may leave it right. */
static void spoil(unsigned what, struct sw_digest *d, struct sw_digest_of *of, struct sw_ha1 *ha1)
{
	switch (what) {
	case 0:
		of->method = sw_slice_eq(of->method, SW_LIT("ACK")) ? SW_LIT("BYE") : SW_LIT("ACK");
		break;
	case 1:
		d->uri = SW_LIT("sip:elsewhere.example");
		break;
	case 2:
		d->nonce = SW_LIT("another");
		break;
	case 3:
		ha1->octets[sw_alg_len(d->alg) - 1] ^= 1;
		break;
	case 4:
		d->response.n--;
		break;
	case 5:
		d->alg = d->alg == SW_ALG_SHA256 ? SW_ALG_SHA512_256 : SW_ALG_SHA256;
		break;
	case 6:
		d->sess = !d->sess;
		break;
	case 7:
		d->alg = SW_ALG_NONE;
		break;
	case 8:
		d->qop = d->qop == SW_QOP_AUTH ? SW_QOP_NONE : SW_QOP_AUTH;
		break;
	case 9:
		d->nc_text = SW_LIT("00000000");
		break;
	case 10:
		d->cnonce = SW_LIT("another");
		break;
	default:
		of->body = SW_LIT("another");
	}
}

static void a_right_response_proves_nothing_else(void **state)
{
	struct vectors v;

	(void)state;
	vectors_open(&v, "digest/responses.txt");
	while (vectors_next(&v, COLUMNS)) {
		struct sw_digest d;
		struct sw_digest_of of;
		struct sw_ha1 ha1;

		if (!vectors_is(&v, VERDICT, "right"))
			continue;
		read_row(&v, &d, &of);
		read_ha1(&v, &d, &ha1);
		unsigned changes = d.qop == SW_QOP_NONE ? 9 : d.qop == SW_QOP_AUTH ? 11 : 12;

		for (unsigned i = 0; i < changes; i++) {
			struct sw_digest changed = d;
			struct sw_digest_of changed_of = of;
			struct sw_ha1 changed_ha1 = ha1;

			spoil(i, &changed, &changed_of, &changed_ha1);
			assert_int_equal(
				sw_digest_verify(hash, &changed, &changed_of, &changed_ha1),
				SW_R_DIGEST_WRONG);
		}
	}
	vectors_close(&v);
}

static void hashes_of_names_are_right_or_wrong_as_their_row_says(void **state)
{
	struct vectors v;

	(void)state;
	vectors_open(&v, "digest/hashes.txt");
	while (vectors_next(&v, 9)) {
		struct sw_digest d = { 0 };
		struct sw_ha1 got = { 0 }, want = { 0 };
		bool right = vectors_is(&v, 2, "right");

		read_alg(v.field[4], &d);
		struct sw_slice part[] = { vectors_octets(&v, 5), SW_LIT(":"),
					   vectors_octets(&v, 6) };

		assert_true(sw_hex_parse(v.field[8], want.octets, sw_alg_len(d.alg)));
		if (vectors_is(&v, 3, "ha1"))
			assert_true(sw_digest_ha1(hash, d.alg, part[0], part[2],
						  vectors_octets(&v, 7), &got));
		else
			assert_true(sw_hash_parts(hash, SW_HASH_SHA512_256, part, 3, got.octets));
		assert_int_equal(memcmp(got.octets, want.octets, 32) == 0, right);
	}
	vectors_close(&v);
}

/* What a header of credentials says, and whether alice's password gives it. */
static void headers_are_read_and_proven_as_their_row_says(void **state)
{
	struct vectors v;

	(void)state;
	vectors_open(&v, "digest/headers.txt");
	while (vectors_next(&v, 7)) {
		struct sw_digest d = { .nc = 77 };
		struct sw_digest_of of = { .method = v.field[1] };
		enum sw_reason want = vectors_reason(&v, 2);
		struct sw_ha1 ha1 = { 0 };
		bool right = vectors_is(&v, 3, "right");

		assert_int_equal(sw_digest_parse(vectors_octets(&v, 5), &d), want);
		if (want != SW_OK) {
			assert_int_equal(v.field[3].n, 0);
			assert_int_equal(d.nc, 77);
			continue;
		}
		assert_true(right || vectors_is(&v, 3, "wrong"));
		if (d.alg != SW_ALG_NONE)
			assert_true(sw_digest_ha1(hash, d.alg, SW_LIT("alice"),
						  SW_LIT("sip.example.com"), SW_LIT("secret"),
						  &ha1));
		assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1),
				 right ? SW_OK : SW_R_DIGEST_WRONG);
	}
	vectors_close(&v);
}

#define FIRST "Digest username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", response=\"00\""
#define LAST  ", nc=00000001, cnonce=\"c\", qop=auth"

static const struct {
	const char *name;
	struct sw_slice in;
	enum sw_reason reason;
	enum sw_alg alg;
	enum sw_qop qop;
	bool sess;
	uint32_t nc;
} rows[] = {
	{ "whole set", SW_INIT(FIRST LAST), SW_OK, SW_ALG_MD5, SW_QOP_AUTH, false, 1 },
	{ "without qop", SW_INIT(FIRST), SW_OK, SW_ALG_MD5, SW_QOP_NONE, false, 0 },
	{ "nc without qop counts for nothing", SW_INIT(FIRST ", nc=00000005"), SW_OK, SW_ALG_MD5,
	  SW_QOP_NONE, false, 0 },
	{ "a -sess form", SW_INIT(FIRST LAST ", algorithm=sha-512-256-SESS"), SW_OK,
	  SW_ALG_SHA512_256, SW_QOP_AUTH, true, 1 },
	{ "-sess of nothing", SW_INIT(FIRST LAST ", algorithm=-sess"), SW_OK, SW_ALG_NONE,
	  SW_QOP_AUTH, false, 1 },
	{ "an unknown algorithm", SW_INIT(FIRST LAST ", algorithm=SHA-1"), SW_OK, SW_ALG_NONE,
	  SW_QOP_AUTH, false, 1 },
	{ "an empty algorithm", SW_INIT(FIRST LAST ", algorithm=\"\""), SW_OK, SW_ALG_NONE,
	  SW_QOP_AUTH, false, 1 },
	{ "the last nc", SW_INIT(FIRST ", nc=FFFFffff, cnonce=\"\", qop=\"AUTH-INT\""), SW_OK,
	  SW_ALG_MD5, SW_QOP_AUTH_INT, false, UINT32_MAX },
	{ "twenty parameters",
	  SW_INIT(FIRST LAST ", a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, l=12"),
	  SW_OK, SW_ALG_MD5, SW_QOP_AUTH, false, 1 },
	{ .name = "twenty-one parameters",
	  .in = SW_INIT(FIRST LAST ", a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, "
				   "l=12, m=13"),
	  .reason = SW_R_TOO_MANY },
	{ .name = "nc twice",
	  .in = SW_INIT(FIRST LAST ", nc=00000002"),
	  .reason = SW_R_DIGEST_PARAM_TWICE },
	{ .name = "opaque twice",
	  .in = SW_INIT(FIRST LAST ", opaque=\"\", OPAQUE=\"\""),
	  .reason = SW_R_DIGEST_PARAM_TWICE },
	{ .name = "a -sess form without qop, so without the cnonce that its key needs",
	  .in = SW_INIT(FIRST ", algorithm=MD5-sess, cnonce=\"c\""),
	  .reason = SW_R_DIGEST_QOP },
	{ .name = "nc missing",
	  .in = SW_INIT(FIRST ", qop=auth, cnonce=\"c\""),
	  .reason = SW_R_DIGEST_PARAM_GONE },
	{ .name = "cnonce missing",
	  .in = SW_INIT(FIRST ", qop=auth, nc=00000001"),
	  .reason = SW_R_DIGEST_PARAM_GONE },
	{ .name = "user missing",
	  .in = SW_INIT("Digest realm=\"r\", nonce=\"n\", uri=\"u\", response=\"0\""),
	  .reason = SW_R_DIGEST_PARAM_GONE },
	{ .name = "comma at end", .in = SW_INIT(FIRST LAST ","), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "two commas", .in = SW_INIT(FIRST "," LAST), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "junk at end", .in = SW_INIT(FIRST LAST " x"), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "NUL at end", .in = SW_INIT(FIRST LAST "\0"), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "two values joined by a comma (RFC 3261 7.3.1)",
	  .in = SW_INIT(FIRST LAST ", Digest username=\"b\""),
	  .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "a uri that is not quoted",
	  .in = SW_INIT("Digest username=\"a\", uri=sip:h"),
	  .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "a backslash in what we read",
	  .in = SW_INIT(FIRST LAST ", opaque=\"a\\\\b\""),
	  .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "qop of two",
	  .in = SW_INIT(FIRST ", nc=00000001, cnonce=\"c\", qop=\"auth,auth-int\""),
	  .reason = SW_R_DIGEST_QOP },
	{ .name = "an empty qop",
	  .in = SW_INIT(FIRST ", nc=00000001, cnonce=\"c\", qop=\"\""),
	  .reason = SW_R_DIGEST_QOP },
	{ .name = "nc of nought",
	  .in = SW_INIT(FIRST ", nc=00000000, cnonce=\"c\", qop=auth"),
	  .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "an empty nc",
	  .in = SW_INIT(FIRST ", nc=\"\", cnonce=\"c\", qop=auth"),
	  .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "nothing", .in = SW_INIT(""), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "the scheme only", .in = SW_INIT("Digest "), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "a comma only", .in = SW_INIT("Digest ,"), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "another scheme", .in = SW_INIT("Bearer x"), .reason = SW_R_DIGEST_SYNTAX },
	{ .name = "a blank before", .in = SW_INIT(" " FIRST), .reason = SW_R_DIGEST_SYNTAX },
};

static void a_refusal_gives_its_reason_and_leaves_out_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in);
		struct sw_digest d = { .nc = 77 };

		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_digest_parse(in, &d), rows[i].reason);
		assert_true(d.nc == (rows[i].reason == SW_OK ? rows[i].nc : 77));
		if (rows[i].reason == SW_OK) {
			assert_int_equal(d.alg, rows[i].alg);
			assert_int_equal(d.qop, rows[i].qop);
			assert_int_equal(d.sess, rows[i].sess);
		}
		exact_free(in);
	}
}

static void refuse_part(struct sw_slice part)
{
	struct sw_digest d;

	assert_int_not_equal(sw_digest_parse(part, &d), SW_OK);
}

static void try_part(struct sw_slice part)
{
	struct sw_digest d;
	struct sw_slice params;

	if (sw_digest_parse(part, &d) == SW_OK)
		assert_true(d.user.p + d.user.n <= part.p + part.n);
	if (sw_digest_is(part, &params))
		assert_true(params.p + params.n == part.p + part.n);
}

static void a_value_cut_short_anywhere_is_refused(void **state)
{
	struct vectors v;

	(void)state;
	each_beginning(SW_LIT(FIRST), refuse_part);
	vectors_open(&v, "digest/headers.txt");
	while (vectors_next(&v, 7))
		each_beginning(vectors_octets(&v, 5), try_part);
	vectors_close(&v);
}

static void a_value_of_60_kib_is_read_in_one_pass(void **state)
{
	static char text[61440];
	struct sw_digest d;
	int n = snprintf(text, sizeof(text), "%s, x=\"", FIRST LAST);

	(void)state;
	memset(text + n, 'a', sizeof(text) - (size_t)n);
	text[sizeof(text) - 1] = '"';
	struct sw_slice in = exact_copy((struct sw_slice){ text, sizeof(text) });

	assert_int_equal(sw_digest_parse(in, &d), SW_OK);
	exact_free(in);
}

static void only_the_scheme_digest_is_ours(void **state)
{
	static const struct {
		struct sw_slice in;
		bool is;
		struct sw_slice params;
	} schemes[] = {
		{ SW_INIT("Digest a=b"), true, SW_INIT("a=b") },
		{ SW_INIT("DIGEST\r\n  a=b"), true, SW_INIT("a=b") },
		{ SW_INIT("digest"), true, SW_INIT("") },
		{ SW_INIT("Digest\"a\""), false, SW_INIT("") },
		{ SW_INIT("Digest,a=b"), false, SW_INIT("") },
		{ SW_INIT("Digesta=b"), false, SW_INIT("") },
		{ SW_INIT("Diges a=b"), false, SW_INIT("") },
		{ SW_INIT("Basic a=b"), false, SW_INIT("") },
		{ SW_INIT("\"Digest\" a=b"), false, SW_INIT("") },
		{ SW_INIT(""), false, SW_INIT("") },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(schemes); i++) {
		struct sw_slice params;

		assert_int_equal(sw_digest_is(schemes[i].in, &params), schemes[i].is);
		if (schemes[i].is)
			assert_true(sw_slice_eq(params, schemes[i].params));
	}
}

/* A response as it stands, and changed in each octet to each other one. */
static void each_octet_of_a_response_counts(void **state)
{
	static const struct sw_ha1 ha1 = { "sixteen octets.." };
	struct sw_digest d = { .alg = SW_ALG_MD5, .nonce = SW_LIT("n"), .uri = SW_LIT("sip:h") };
	struct sw_digest_of of = { .method = SW_LIT("REGISTER") };
	char right[64], text[32];

	(void)state;
	assert_true(sw_digest_response(hash, &d, &of, &ha1, right));
	d.response = (struct sw_slice){ text, sizeof(text) };
	for (size_t i = 0; i < sizeof(text); i++)
		for (int c = 0; c < 256; c++) {
			int other = right[i] >= 'a' ? right[i] - 'a' + 'A' : right[i];

			memcpy(text, right, sizeof(text));
			text[i] = (char)c;
			assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1),
					 c == right[i] || c == other ? SW_OK : SW_R_DIGEST_WRONG);
		}
}

static void nothing_verifies_without_an_algorithm(void **state)
{
	struct sw_digest d = { .response = SW_LIT("") };
	struct sw_digest_of of = { 0 };
	struct sw_ha1 ha1 = { 0 };
	char text[64];

	(void)state;
	assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1), SW_R_DIGEST_WRONG);
	assert_false(sw_digest_response(hash, &d, &of, &ha1, text));
	assert_false(sw_digest_ha1(hash, SW_ALG_NONE, d.user, d.user, d.user, &ha1));
	d.alg = SW_ALG_COUNT;
	assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1), SW_R_DIGEST_WRONG);
	assert_false(sw_digest_ha1(hash, SW_ALG_COUNT, d.user, d.user, d.user, &ha1));
}

static void when_a_hash_fails_nothing_verifies(void **state)
{
	static const struct sw_ha1 ha1 = { "thirty-two octets of a secret..." };
	struct sw_digest d = { .alg = SW_ALG_SHA256,
			       .nonce = SW_LIT("n"),
			       .uri = SW_LIT("sip:h"),
			       .cnonce = SW_LIT("c"),
			       .qop = SW_QOP_AUTH_INT,
			       .sess = true,
			       .nc_text = SW_LIT("00000001") };
	struct sw_digest_of of = { .method = SW_LIT("REGISTER") };
	struct sw_ha1 out = { 0 };
	char text[64], again[64];

	(void)state;
	assert_true(sw_digest_response(hash, &d, &of, &ha1, text));
	d.response = (struct sw_slice){ text, sizeof(text) };
	for (unsigned n = 1; n <= 4; n++) { /* A1, body, A2, whole */
		fail_at = n;
		assert_false(sw_digest_response(hash, &d, &of, &ha1, again));
		fail_at = n;
		assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1), SW_R_BUG);
	}
	fail_at = 5;
	assert_int_equal(sw_digest_verify(hash, &d, &of, &ha1), SW_OK);
	d.qop = SW_QOP_NONE;
	d.sess = false;
	for (unsigned n = 1; n <= 2; n++) { /* A2, whole */
		fail_at = n;
		assert_false(sw_digest_response(hash, &d, &of, &ha1, again));
	}
	fail_at = 1;
	assert_false(sw_digest_ha1(hash, SW_ALG_MD5, d.uri, d.uri, d.uri, &out));
	fail_at = 0;
}

static void algorithms_have_a_name_a_word_and_a_length(void **state)
{
	static const struct sw_slice wrong[] = {
		SW_INIT(""),       SW_INIT("none"),          SW_INIT("MD5"),
		SW_INIT("sha256"), SW_INIT("sha-256-sess2"), SW_INIT("sha-512"),
		SW_INIT("-sess"),  SW_INIT("none-sess"),
	};
	struct sw_alg_form f = { SW_ALG_SHA256, true };
	unsigned set = 0;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(wrong); i++)
		assert_false(sw_alg_find_word(wrong[i], &f));
	assert_true(f.alg == SW_ALG_SHA256 && f.sess);
	for (unsigned a = SW_ALG_MD5; a < SW_ALG_COUNT; a++)
		for (unsigned sess = 0; sess < 2; sess++) {
			struct sw_alg_form one = { (enum sw_alg)a, sess == 1 };

			assert_true(sw_alg_find_word(sw_slice_of(sw_alg_form_word(one)), &f));
			assert_true(f.alg == one.alg && f.sess == one.sess);
			f = sw_alg_find(sw_slice_of(sw_alg_form_name(one)));
			assert_true(f.alg == one.alg && f.sess == one.sess);
			assert_int_equal(set & sw_alg_form_bit(one), 0); /* each its own */
			set |= sw_alg_form_bit(one);
			assert_int_equal(SW_ALG_PLAIN(sw_alg_form_bit(one)), SW_ALG_BIT(a));
		}
	assert_int_equal(set, SW_ALG_EVERY);
	assert_int_equal(sw_alg_find(SW_LIT("SHA-1")).alg, SW_ALG_NONE);
	assert_int_equal(sw_alg_form_bit((struct sw_alg_form){ 0 }) & SW_ALG_EVERY, 0);
	assert_int_equal(sw_alg_form_bit((struct sw_alg_form){ SW_ALG_NONE, true }) & SW_ALG_EVERY,
			 0);
	assert_string_equal(sw_alg_name(SW_ALG_SHA512_256), "SHA-512-256");
	assert_string_equal(sw_alg_name(SW_ALG_NONE), "none");
	assert_string_equal(sw_alg_name(SW_ALG_COUNT), "none");
	assert_string_equal(sw_alg_form_word((struct sw_alg_form){ SW_ALG_COUNT, true }), "none");
	assert_int_equal(sw_alg_len(SW_ALG_MD5), 16);
	assert_int_equal(sw_alg_len(SW_ALG_SHA256), 32);
	assert_int_equal(sw_alg_len(SW_ALG_NONE), 0);
	assert_int_equal(sw_alg_len(SW_ALG_COUNT), 0);
	assert_string_equal(sw_qop_name(SW_QOP_AUTH), "auth");
	assert_string_equal(sw_qop_name(SW_QOP_AUTH_INT), "auth-int");
	assert_string_equal(sw_qop_name(SW_QOP_NONE), "none");
}

static void the_realm_is_told_where_the_rest_is_wrong(void **state)
{
	static const struct {
		const char *name;
		struct sw_slice in, realm; /* empty: none can be told */
	} told[] = {
		{ "too little", SW_INIT("Digest realm=\"r\""), SW_INIT("r") },
		{ "a fault behind it", SW_INIT("Digest realm=\"r\", x"), SW_INIT("r") },
		{ "a backslash before it", SW_INIT("Digest username=\"D\\\\a\", realm=\"r\""),
		  SW_INIT("r") },
		{ "a fault before it", SW_INIT("Digest x, realm=\"r\""), SW_INIT("") },
		{ "two", SW_INIT("Digest realm=\"r\", realm=\"r\""), SW_INIT("") },
		{ "a backslash in it", SW_INIT("Digest realm=\"\\r\""), SW_INIT("") },
		{ "none", SW_INIT("Digest username=\"a\""), SW_INIT("") },
		{ "behind twenty others",
		  SW_INIT("Digest a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,a=1,"
			  "a=1,a=1,a=1,a=1,realm=\"r\""),
		  SW_INIT("") },
		{ "another scheme", SW_INIT("Basic realm=\"r\""), SW_INIT("") },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(told); i++) {
		struct sw_slice realm = SW_LIT("untouched");
		bool is_told = told[i].realm.n > 0;

		print_message("%s\n", told[i].name);
		assert_int_equal(sw_digest_realm(told[i].in, &realm), is_told);
		assert_true(sw_slice_eq(realm, is_told ? told[i].realm : SW_LIT("untouched")));
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_realm_is_told_where_the_rest_is_wrong),
		CASE(responses_are_right_or_wrong_as_their_row_says),
		CASE(a_right_response_proves_nothing_else),
		CASE(hashes_of_names_are_right_or_wrong_as_their_row_says),
		CASE(headers_are_read_and_proven_as_their_row_says),
		CASE(a_refusal_gives_its_reason_and_leaves_out_alone),
		CASE(a_value_cut_short_anywhere_is_refused),
		CASE(a_value_of_60_kib_is_read_in_one_pass),
		CASE(only_the_scheme_digest_is_ours),
		CASE(each_octet_of_a_response_counts),
		CASE(nothing_verifies_without_an_algorithm),
		CASE(when_a_hash_fails_nothing_verifies),
		CASE(algorithms_have_a_name_a_word_and_a_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
