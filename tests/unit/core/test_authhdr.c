/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/authhdr.h"
#include "core/authparam.h"

#define AUTH     SW_QOP_BIT(SW_QOP_AUTH)
#define AUTH_INT SW_QOP_BIT(SW_QOP_AUTH_INT)
#define NO_QOP   SW_QOP_BIT(SW_QOP_NONE)

static void a_challenge_is_one_line_of_one_algorithm(void **state)
{
	static const struct {
		struct sw_challenge c;
		bool proxy;
		const char *want;
	} rows[] = {
		{ { .form.alg = SW_ALG_SHA256,
		    .qops = AUTH,
		    .realm = SW_INIT("example.com"),
		    .nonce = SW_INIT("n") },
		  false,
		  "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", "
		  "algorithm=SHA-256, qop=\"auth\"\r\n" },
		{ { .form.alg = SW_ALG_SHA512_256,
		    .qops = AUTH | NO_QOP,
		    .realm = SW_INIT("example.com"),
		    .nonce = SW_INIT("n"),
		    .stale = true },
		  true,
		  "Proxy-Authenticate: Digest realm=\"example.com\", nonce=\"n\", "
		  "algorithm=SHA-512-256, qop=\"auth\", stale=true\r\n" },
		{ { .form.alg = SW_ALG_MD5,
		    .qops = AUTH | AUTH_INT,
		    .realm = SW_INIT("example.com"),
		    .nonce = SW_INIT("n") },
		  false,
		  "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", "
		  "algorithm=MD5, qop=\"auth,auth-int\"\r\n" },
		{ { .form = { SW_ALG_MD5, true },
		    .qops = AUTH_INT,
		    .realm = SW_INIT("example.com"),
		    .nonce = SW_INIT("n") },
		  false,
		  "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", "
		  "algorithm=MD5-sess, qop=\"auth-int\"\r\n" },
		{ { .form = { SW_ALG_SHA256, false },
		    .qops = NO_QOP,
		    .realm = SW_INIT("example.com"),
		    .nonce = SW_INIT("n") },
		  false,
		  "WWW-Authenticate: Digest realm=\"example.com\", nonce=\"n\", "
		  "algorithm=SHA-256\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		char memory[256];
		struct sw_buf b = sw_buf_over(memory, sizeof(memory));

		sw_challenge_write(&b, rows[i].proxy, &rows[i].c);
		assert_true(sw_buf_ok(&b));
		assert_string_equal(sw_buf_text(&b), rows[i].want);
	}
}

static void what_we_write_we_read(void **state)
{
	struct sw_challenge c = { .form = { SW_ALG_SHA512_256, true },
				  .qops = AUTH | AUTH_INT,
				  .realm = SW_LIT("example.com"),
				  .nonce = SW_LIT("n-_9"),
				  .stale = true },
			    again;
	char memory[256];
	struct sw_buf b = sw_buf_over(memory, sizeof(memory));
	const char *value;

	(void)state;
	sw_challenge_write(&b, false, &c);
	value = strchr(sw_buf_text(&b), ' ') + 1;
	struct sw_slice exact = exact_copy((struct sw_slice){ value, strcspn(value, "\r") });

	assert_int_equal(sw_challenge_parse(exact, &again), SW_OK);
	assert_int_equal(again.form.alg, c.form.alg);
	assert_true(again.form.sess);
	assert_int_equal(again.qops, c.qops);
	assert_true(sw_slice_eq(again.realm, c.realm) && sw_slice_eq(again.nonce, c.nonce));
	assert_true(again.stale && again.opaque.n == 0);
	exact_free(exact);
}

/* A challenge as others may write it: alg, then a=qop auth i=auth-int n=no qop s=stale S=sess. */
static const struct {
	const char *name;
	struct sw_slice in;
	enum sw_alg alg;
	const char *flags;
	enum sw_reason reason;
} rows[] = {
	{ "the least", SW_INIT("Digest realm=\"r\", nonce=\"n\""), SW_ALG_MD5, "n", SW_OK },
	{ "an empty realm", SW_INIT("Digest realm=\"\",nonce=\"n\""), SW_ALG_MD5, "n", SW_OK },
	{ "any case and order",
	  SW_INIT("dIGEST QOP=\"auth-int, AUTH\", STALE=\"TRUE\",ALGORITHM=sha-256,NONCE=\"n\","
		  "REALM=\"r\", opaque=\"o\", domain=\"d\""),
	  SW_ALG_SHA256, "ais", SW_OK },
	{ "stale is false", SW_INIT("Digest realm=\"r\", nonce=\"n\", stale=false, qop=auth"),
	  SW_ALG_MD5, "a", SW_OK },
	{ "only auth-int", SW_INIT("Digest realm=\"r\", nonce=\"n\", qop=\"auth-int,authx\""),
	  SW_ALG_MD5, "i", SW_OK },
	{ "an unknown algorithm", SW_INIT("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-1"),
	  SW_ALG_NONE, "n", SW_OK },
	{ "an algorithm that begins like ours",
	  SW_INIT("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256x"), SW_ALG_NONE, "n", SW_OK },
	{ "stale twice", SW_INIT("Digest realm=\"r\", nonce=\"n\", stale=true, stale=false"), 0,
	  NULL, SW_R_DIGEST_PARAM_TWICE },
	{ "a -sess form", SW_INIT("Digest realm=\"r\", nonce=\"n\", algorithm=md5-SESS, qop=auth"),
	  SW_ALG_MD5, "aS", SW_OK },
	{ "a qop that we do not know",
	  SW_INIT("Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\""), SW_ALG_MD5, "", SW_OK },
	{ "another scheme", SW_INIT("Bearer realm=\"r\""), 0, NULL, SW_R_DIGEST_SYNTAX },
	{ "a scheme that begins like ours", SW_INIT("Digests realm=\"r\", nonce=\"n\""), 0, NULL,
	  SW_R_DIGEST_SYNTAX },
	{ "nothing", SW_INIT(""), 0, NULL, SW_R_DIGEST_SYNTAX },
	{ "the scheme only", SW_INIT("Digest"), 0, NULL, SW_R_DIGEST_SYNTAX },
	{ "no realm", SW_INIT("Digest nonce=\"n\""), 0, NULL, SW_R_DIGEST_PARAM_GONE },
	{ "no nonce", SW_INIT("Digest realm=\"r\""), 0, NULL, SW_R_DIGEST_PARAM_GONE },
	{ "an empty nonce", SW_INIT("Digest realm=\"r\", nonce=\"\""), 0, NULL,
	  SW_R_DIGEST_PARAM_GONE },
	{ "two realms", SW_INIT("Digest realm=\"r\", REALM=\"s\", nonce=\"n\""), 0, NULL,
	  SW_R_DIGEST_PARAM_TWICE },
	{ "two nonces", SW_INIT("Digest realm=\"r\", nonce=\"n\", nonce=\"n\""), 0, NULL,
	  SW_R_DIGEST_PARAM_TWICE },
	{ "a comma last", SW_INIT("Digest realm=\"r\", nonce=\"n\","), 0, NULL,
	  SW_R_DIGEST_SYNTAX },
	{ "two commas", SW_INIT("Digest realm=\"r\",, nonce=\"n\""), 0, NULL, SW_R_DIGEST_SYNTAX },
	{ "no comma", SW_INIT("Digest realm=\"r\" nonce=\"n\""), 0, NULL, SW_R_DIGEST_SYNTAX },
	{ "no value", SW_INIT("Digest realm, nonce=\"n\""), 0, NULL, SW_R_DIGEST_SYNTAX },
	{ "a value of nothing", SW_INIT("Digest realm=, nonce=\"n\""), 0, NULL,
	  SW_R_DIGEST_SYNTAX },
	{ "a value not closed", SW_INIT("Digest realm=\"r, nonce=n"), 0, NULL, SW_R_DIGEST_SYNTAX },
	{ "a backslash", SW_INIT("Digest realm=\"r\\\"s\", nonce=\"n\""), 0, NULL,
	  SW_R_DIGEST_SYNTAX },
	{ "something behind", SW_INIT("Digest realm=\"r\", nonce=\"n\" x"), 0, NULL,
	  SW_R_DIGEST_SYNTAX },
};

static void a_challenge_is_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice in = exact_copy(rows[i].in);
		struct sw_challenge c = { .nonce.n = 77 };

		print_message("%s\n", rows[i].name);
		assert_int_equal(sw_challenge_parse(in, &c), rows[i].reason);
		if (rows[i].flags) {
			assert_int_equal(c.form.alg, rows[i].alg);
			assert_int_equal(c.form.sess, strchr(rows[i].flags, 'S') != NULL);
			assert_int_equal(c.qops,
					 (strchr(rows[i].flags, 'a') ? AUTH : 0) |
						 (strchr(rows[i].flags, 'i') ? AUTH_INT : 0) |
						 (strchr(rows[i].flags, 'n') ? NO_QOP : 0));
			assert_int_equal(c.stale, strchr(rows[i].flags, 's') != NULL);
			assert_true(sw_slice_eq(c.nonce, SW_LIT("n")));
		} else {
			assert_int_equal(c.nonce.n, 77);
		}
		exact_free(in);
	}
}

static void try_part(struct sw_slice part)
{
	struct sw_challenge c;

	if (sw_challenge_parse(part, &c) == SW_OK)
		assert_true(c.nonce.n > 0 && c.nonce.p + c.nonce.n <= part.p + part.n);
}

static void a_challenge_cut_short_anywhere_is_safe(void **state)
{
	(void)state;
	each_beginning(rows[2].in, try_part);
	each_beginning(SW_LIT("Digest realm = \"r\\\\\" ,\r\n nonce=\"n\", qop=\"auth,auth-int\""),
		       try_part);
}

static void parameters_of_a_list_come_one_by_one(void **state)
{
	struct lex lx = lex_of(SW_LIT("a=b , C = \"d,e\"\r\n ,f=\"\" x"));
	struct sw_slice name, value;
	bool more;

	(void)state;
	assert_true(sw_authparam_next(&lx, &name, &value, &more) && more);
	assert_true(sw_slice_eq(name, SW_LIT("a")) && sw_slice_eq(value, SW_LIT("b")));
	assert_true(sw_authparam_next(&lx, &name, &value, &more) && more);
	assert_true(sw_slice_eq(name, SW_LIT("C")) && sw_slice_eq(value, SW_LIT("d,e")));
	assert_true(sw_authparam_next(&lx, &name, &value, &more) && !more);
	assert_true(sw_slice_eq(name, SW_LIT("f")) && value.n == 0);
	assert_false(lex_end(&lx));
}

static void what_an_answer_says_is_one_line_and_read_again(void **state)
{
	static const struct {
		struct sw_authinfo info;
		const char *want;
	} lines[] = {
		{ { .rspauth = SW_INIT("0a"),
		    .cnonce = SW_INIT("c"),
		    .nc_text = SW_INIT("00000001"),
		    .qop = SW_QOP_AUTH },
		  "Authentication-Info: qop=auth, rspauth=\"0a\", cnonce=\"c\", nc=00000001\r\n" },
		{ { .rspauth = SW_INIT("0a"),
		    .cnonce = SW_INIT("a\r\n b"),
		    .nc_text = SW_INIT("00000001"),
		    .nextnonce = SW_INIT("n"),
		    .qop = SW_QOP_AUTH_INT },
		  "Authentication-Info: qop=auth-int, rspauth=\"0a\", cnonce=\"a b\", nc=00000001, "
		  "nextnonce=\"n\"\r\n" },
		{ { .nextnonce = SW_INIT("n") }, "Authentication-Info: nextnonce=\"n\"\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(lines); i++) {
		char memory[256];
		struct sw_buf b = sw_buf_over(memory, sizeof(memory));
		struct sw_authinfo again;

		sw_authinfo_write(&b, &lines[i].info);
		assert_true(sw_buf_ok(&b));
		assert_string_equal(sw_buf_text(&b), lines[i].want);
		struct sw_slice exact = exact_copy(
			(struct sw_slice){ memory + 21, strcspn(memory + 21, "\r") });

		assert_int_equal(sw_authinfo_parse(exact, &again), SW_OK);
		assert_int_equal(again.qop, lines[i].info.qop);
		assert_true(sw_slice_eq(again.rspauth, lines[i].info.rspauth));
		assert_true(sw_slice_eq(again.nextnonce, lines[i].info.nextnonce));
		assert_true(sw_slice_eq(again.nc_text, lines[i].info.nc_text));
		exact_free(exact);
	}
}

static void what_an_answer_says_is_refused_when_it_is_crooked(void **state)
{
	static const struct {
		struct sw_slice in;
		enum sw_reason reason;
	} crooked[] = {
		{ SW_INIT(""), SW_R_DIGEST_SYNTAX },
		{ SW_INIT("rspauth"), SW_R_DIGEST_SYNTAX },
		{ SW_INIT("rspauth=\"a\","), SW_R_DIGEST_SYNTAX },
		{ SW_INIT("rspauth=\"a\", rspauth=\"b\""), SW_R_DIGEST_PARAM_TWICE },
		{ SW_INIT("rspauth=\"a\", qop=auth-conf"), SW_R_DIGEST_QOP },
		{ SW_INIT("rspauth=\"a\", qop=\"\""), SW_R_DIGEST_QOP },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(crooked); i++) {
		struct sw_authinfo info = { .qop = 77 };

		assert_int_equal(sw_authinfo_parse(crooked[i].in, &info), crooked[i].reason);
		assert_int_equal(info.qop, 77);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_challenge_is_one_line_of_one_algorithm),
		cmocka_unit_test(what_we_write_we_read),
		cmocka_unit_test(a_challenge_is_read_or_refused),
		cmocka_unit_test(what_an_answer_says_is_one_line_and_read_again),
		cmocka_unit_test(what_an_answer_says_is_refused_when_it_is_crooked),
		cmocka_unit_test(a_challenge_cut_short_anywhere_is_safe),
		cmocka_unit_test(parameters_of_a_list_come_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
