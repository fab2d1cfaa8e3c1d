/* SPDX-License-Identifier: Apache-2.0 */
/* tests/vectors/digest/verify.txt: Authorization values of others, judged by the whole engine. */
#include "flow/flow.h"
#include "vectors.h"

enum {
	NAME,
	EXPECTED,
	METHOD,
	URI,
	NONCE,
	USED,
	VALUE,
	REASON,
	FIELDS
};

static bool is_old;

enum sw_reason __wrap_sw_nonce_check(const struct sw_nonce_maker *m,
				     const struct sw_nonce_bind *bind, const struct sw_mono *now,
				     struct sw_slice text, struct sw_nonce *out);

/* The one nonce of the vectors is ours; its age is what the row says. */
enum sw_reason __wrap_sw_nonce_check(const struct sw_nonce_maker *m,
				     const struct sw_nonce_bind *bind, const struct sw_mono *now,
				     struct sw_slice text, struct sw_nonce *out)
{
	(void)m;
	(void)bind;
	(void)now;
	if (!sw_slice_eq(text, SW_LIT("Zm9vYmFy")))
		return SW_R_DIGEST_NONCE_FORGED;
	*out = (struct sw_nonce){ .octets = "the nonce of all", .algs = SW_ALG_ALL, .issued = 7 };
	return is_old ? SW_R_DIGEST_STALE : SW_OK;
}

static struct flow *open_door(void)
{
	struct flow *f = flow_new();

	f->policy.realm = SW_LIT("sip.example.com");
	assert_true(sw_user_set_password(&f->user[0], f->hash, SW_ALG_ALL, f->policy.realm,
					 SW_LIT("secret")));
	flow_reload(f);
	return f;
}

/* "{N}" in the text stands for N letters a. */
static size_t expand(struct sw_slice s, char *out, size_t cap)
{
	const char *open = s.n > 0 ? memchr(s.p, '{', s.n) : NULL;
	size_t head = open ? (size_t)(open - s.p) : s.n, run = 0, at;

	memcpy(out, s.p ? s.p : "", head);
	if (!open)
		return head;
	for (at = head + 1; at < s.n && s.p[at] != '}'; at++)
		run = run * 10 + (size_t)(s.p[at] - '0');
	assert_true(at < s.n && head + run + s.n < cap);
	memset(out + head, 'a', run);
	memcpy(out + head + run, s.p + at + 1, s.n - at - 1);
	return head + run + s.n - at - 1;
}

static size_t request(const struct vectors *v, struct sw_slice value, char *out, size_t cap)
{
	int n = snprintf(out, cap,
			 "%.*s %.*s SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK1;rport\r\n"
			 "From: <sip:alice@sip.example.com>;tag=1\r\n"
			 "To: <sip:alice@sip.example.com>\r\n"
			 "Call-ID: vectors\r\nCSeq: 1 %.*s\r\nContent-Length: 0\r\n"
			 "Authorization: ",
			 (int)v->field[METHOD].n, v->field[METHOD].p, (int)v->field[URI].n,
			 v->field[URI].p, (int)v->field[METHOD].n, v->field[METHOD].p);
	size_t all = (size_t)n + expand(value, out + n, cap - (size_t)n);

	memcpy(out + all, "\r\n\r\n", 4);
	return all + 4;
}

static void use_up(struct flow *f, uint32_t counts)
{
	struct sw_nonce nonce = { .octets = "the nonce of all", .issued = 7 };

	for (uint32_t nc = 1; nc <= counts; nc++)
		assert_int_equal(sw_replay_take(&f->replay, &nonce, nc), SW_OK);
}

static void what_others_made_is_judged_with_its_reason(void **state)
{
	static char text[131072];
	struct vectors v;
	unsigned allowed = 0, refused = 0;

	(void)state;
	vectors_open(&v, "digest/verify.txt");
	while (vectors_next(&v, FIELDS)) {
		struct flow *f = open_door();
		enum sw_reason want = vectors_reason(&v, REASON);
		uint64_t used;

		is_old = vectors_is(&v, NONCE, "old");
		assert_true(sw_slice_u64(v.field[USED], 64, &used));
		use_up(f, (uint32_t)used);
		size_t n = request(&v, vectors_octets(&v, VALUE), text, sizeof(text));

		assert_int_equal(flow_take(f, text, n), want);
		assert_int_equal(f->out.account.verdict.act == SW_ACT_ALLOW, want == SW_OK);
		if (sw_slice_has_prefix(v.field[EXPECTED], SW_LIT("accept")))
			assert_true(want == SW_OK || want == SW_R_STRAY_ACK);
		if (vectors_is(&v, EXPECTED, "reject"))
			assert_int_not_equal(want, SW_OK);
		if (vectors_is(&v, EXPECTED, "reject-stale"))
			assert_true(flow_says(f, "stale=true"));
		*(want == SW_OK ? &allowed : &refused) += 1;
		flow_free(f);
	}
	assert_true(allowed >= 15 && refused >= 40);
	vectors_close(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_others_made_is_judged_with_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
