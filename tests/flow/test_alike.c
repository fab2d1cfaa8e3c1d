/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger sees never depends on which users exist: for each cause of a failed login the
 * answer has the same octets, after the same number of hashes, MACs, looks into tables and copies.
 */
#include "flow/flow.h"

#include "base/mac.h"
#include "base/secret.h"

static const struct sw_way most_ways = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
					 .algs = SW_ALG_EVERY };

/* What was done since it was zeroed. */
static struct work {
	unsigned hashes, publics, hash_parts, macs, mac_numbers, even, finds, selects, wipes,
		windows;
} work;

bool __real_sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			  size_t parts, uint8_t out[SW_HASH_MAX]);
bool __wrap_sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			  size_t parts, uint8_t out[SW_HASH_MAX]);
bool __real_sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			   size_t parts, uint8_t out[SW_HASH_MAX]);
bool __wrap_sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			   size_t parts, uint8_t out[SW_HASH_MAX]);
bool __real_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key,
			 const struct sw_slice *part, size_t parts, uint8_t out[SW_MAC_LEN]);
bool __wrap_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key,
			 const struct sw_slice *part, size_t parts, uint8_t out[SW_MAC_LEN]);
uint64_t __real_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s);
uint64_t __wrap_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s);
size_t __real_sw_table_find_even(const struct sw_table *t, uint64_t hash, uint32_t *out);
size_t __wrap_sw_table_find_even(const struct sw_table *t, uint64_t hash, uint32_t *out);
size_t __real_sw_table_find(const struct sw_table *t, uint64_t hash, uint32_t *out, size_t n);
size_t __wrap_sw_table_find(const struct sw_table *t, uint64_t hash, uint32_t *out, size_t n);
void __real_sw_secret_select(unsigned which, void *out, const void *a, const void *b, size_t n);
void __wrap_sw_secret_select(unsigned which, void *out, const void *a, const void *b, size_t n);
void __real_sw_secret_wipe(void *p, size_t n);
void __wrap_sw_secret_wipe(void *p, size_t n);
enum sw_reason __real_sw_replay_look(const struct sw_replay *r, const struct sw_nonce *n,
				     uint32_t nc);
enum sw_reason __wrap_sw_replay_look(const struct sw_replay *r, const struct sw_nonce *n,
				     uint32_t nc);

bool __wrap_sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			  size_t parts, uint8_t out[SW_HASH_MAX])
{
	work.hashes++;
	for (size_t i = 0; i < parts; i++)
		work.hash_parts += (unsigned)part[i].n;
	return __real_sw_hash_parts(h, id, part, parts, out);
}

/* What it knows depends on what it was asked before, never on who is. */
bool __wrap_sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			   size_t parts, uint8_t out[SW_HASH_MAX])
{
	struct work before;
	bool ok;

	work.publics++;
	for (size_t i = 0; i < parts; i++)
		work.hash_parts += (unsigned)part[i].n;
	before = work;
	ok = __real_sw_hash_public(h, id, part, parts, out);
	work = before;
	return ok;
}

bool __wrap_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key,
			 const struct sw_slice *part, size_t parts, uint8_t out[SW_MAC_LEN])
{
	work.macs++;
	return __real_sw_mac_parts(m, key, part, parts, out);
}

uint64_t __wrap_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s)
{
	work.mac_numbers++;
	return __real_sw_mac_u64(m, k, s);
}

size_t __wrap_sw_table_find_even(const struct sw_table *t, uint64_t hash, uint32_t *out)
{
	work.even++;
	return __real_sw_table_find_even(t, hash, out);
}

size_t __wrap_sw_table_find(const struct sw_table *t, uint64_t hash, uint32_t *out, size_t n)
{
	work.finds++;
	return __real_sw_table_find(t, hash, out, n);
}

void __wrap_sw_secret_select(unsigned which, void *out, const void *a, const void *b, size_t n)
{
	work.selects++;
	__real_sw_secret_select(which, out, a, b, n);
}

void __wrap_sw_secret_wipe(void *p, size_t n)
{
	work.wipes++;
	__real_sw_secret_wipe(p, n);
}

enum sw_reason __wrap_sw_replay_look(const struct sw_replay *r, const struct sw_nonce *n,
				     uint32_t nc)
{
	work.windows++;
	return __real_sw_replay_look(r, n, nc);
}

void __real_sw_engine_take(struct sw_engine *e, const struct sw_input *in, char room[SW_ROOM],
			   struct sw_actions *out);
void __wrap_sw_engine_take(struct sw_engine *e, const struct sw_input *in, char room[SW_ROOM],
			   struct sw_actions *out);

/* What the caller's side computes for itself does not count. */
void __wrap_sw_engine_take(struct sw_engine *e, const struct sw_input *in, char room[SW_ROOM],
			   struct sw_actions *out)
{
	work = (struct work){ 0 };
	__real_sw_engine_take(e, in, room, out);
}

static int setup(void **state)
{
	struct flow *f = flow_new();

	/* Everybody's names are as long as each other's: what is hashed is as long, too. */
	f->trunk[0].way = &most_ways;
	f->trunk[0].qops = SW_QOP_BIT(SW_QOP_AUTH) | SW_QOP_BIT(SW_QOP_AUTH_INT);
	f->user[1].algs[SW_FORM_NAME_AT_REALM] = 0;
	flow_reload(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	flow_free(*state);
	return 0;
}

/* Causes that nobody outside may tell apart; what each sends is as long as what the others do. */
static const struct {
	const char *name;
	struct login l;
	enum sw_reason reason;
} causes[] = {
	{ "wrong password", { .user = "alice", .as = "bob", .password = "x" }, 37 },
	{ "unknown name", { .user = "alice", .as = "zoe" }, SW_R_DIGEST_NO_USER },
	{ "unknown name, another", { .user = "alice", .as = "eve" }, SW_R_DIGEST_NO_USER },
	{ "kept, wrong password", { .user = "alice", .as = "kim", .password = "x" }, 37 },
	{ "kept, reserved, wrong password", { .user = "alice", .as = "pat", .password = "x" }, 37 },
	{ "kept for another trunk", { .user = "lee", .to = "alice" }, SW_R_DIGEST_OTHER_TRUNK },
	{ "kept in no trunk", { .user = "max", .to = "alice" }, SW_R_DIGEST_NO_TRUNK },
};

/* The same of names of four letters, and of algorithms and qops. */
static const struct {
	const char *name;
	struct login l;
	enum sw_reason reason;
} longer[] = {
	{ "unknown name", { .user = "alice", .as = "nemo", .alg = 1 }, SW_R_DIGEST_NO_USER },
	{ "reserved only", { .user = "olga", .to = "alice", .alg = 1 }, SW_R_DIGEST_NO_USER },
	{ "switched off", { .user = "nina", .to = "alice", .alg = 1 }, SW_R_DIGEST_USER_OFF },
	{ "its trunk switched off", { .user = "erin", .to = "alice", .alg = 1 }, 39 },
	{ "MD5 past its end", { .user = "dave", .to = "alice", .alg = 1 }, 42 },
	{ "MD5 past its end, wrong password",
	  { .user = "dave", .to = "alice", .alg = 1, .password = "x" },
	  42 },
};

static const struct {
	const char *name;
	struct login l;
	enum sw_reason reason;
} forms[] = {
	{ "unknown name", { .user = "alice", .as = "zoe@example.com" }, SW_R_DIGEST_NO_USER },
	{ "no hash of this form", { .user = "bob", .to = "alice", .as = "bob@example.com" }, 50 },
	{ "wrong password",
	  { .user = "kim", .to = "alice", .as = "kim@example.com", .password = "x" },
	  37 },
};

static const struct {
	const char *name;
	struct login l;
	enum sw_reason reason;
} kinds[] = {
	{ "wrong password", { .user = "alice", .password = "x" }, SW_R_DIGEST_WRONG },
	{ "unknown name", { .user = "alice", .as = "zelda" }, SW_R_DIGEST_NO_USER },
	{ "the trunk does not take it", { .user = "carol", .to = "alice" }, 0 },
	{ "it does not take it, and wrong",
	  { .user = "carol", .to = "alice", .password = "x" },
	  0 },
};

struct seen {
	char sent[SW_ROOM + 1];
	struct work work;
	int status;
};

/*
 * One failed login over a nonce that is the same for all, so that not even the To tag differs;
 * what the answer echoes of the request is the same for all, too.
 */
static void fail_to_log_in(struct flow *f, struct login l, enum sw_reason reason, struct seen *out)
{
	char nonce[64];

	f->branch = 100;
	f->cseq = 2000;
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, nonce);
	l.nonce = nonce;
	enum sw_reason r = flow_answer(f, &l);

	if (reason != 0)
		assert_int_equal(r, reason);
	assert_int_not_equal(r, SW_OK);
	out->work = work;
	out->status = flow_status(f);
	snprintf(out->sent, sizeof(out->sent), "%s", f->sent);
}

/* A challenge has a nonce of its own each time: it is not compared. */
static void hide_nonces(char *text)
{
	for (char *at = text; (at = strstr(at, "nonce=\"")) != NULL; at += 7)
		memset(at + 7, '?', SW_NONCE_TEXT);
}

static void is_alike(struct seen *a, struct seen *b)
{
	hide_nonces(a->sent);
	hide_nonces(b->sent);
	assert_string_equal(a->sent, b->sent);
	assert_memory_equal(&a->work, &b->work, sizeof(a->work));
}

#define EACH_IS_ALIKE(f, rows, change)                                            \
	do {                                                                      \
		static struct seen first, next;                                   \
		for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {                 \
			struct login l = rows[i].l;                               \
			change;                                                   \
			print_message("%s\n", rows[i].name);                      \
			fail_to_log_in(f, l, rows[i].reason, i ? &next : &first); \
			if (i > 0)                                                \
				is_alike(&first, &next);                          \
		}                                                                 \
	} while (0)

static void causes_are_alike(void **state)
{
	struct flow *f = *state;

	for (unsigned challenge = 0; challenge < 2; challenge++) {
		f->policy.mismatch_challenge = challenge == 1;
		EACH_IS_ALIKE(f, causes, (void)0);
		assert_int_equal(flow_status(f), challenge ? 401 : 403);
		EACH_IS_ALIKE(f, longer, (void)0);
		EACH_IS_ALIKE(f, forms, (void)0);
	}
	assert_true(work.hashes == 1 && work.publics == 1 && work.even == 2);
	assert_true(work.selects == 1 && work.windows == 1);
}

/* In every algorithm, -sess form and qop that is offered, taken by the user's trunk or not. */
static void kinds_of_proof_are_alike(void **state)
{
	struct flow *f = *state;

	for (unsigned alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++)
		for (unsigned sess = 0; sess < 2; sess++)
			for (unsigned qop = 0; qop < 2; qop++) {
				if (alg == SW_ALG_SHA256 && !sess && !qop)
					continue; /* carol's trunk takes it */
				EACH_IS_ALIKE(f, kinds,
					      (l.alg = (enum sw_alg)alg, l.sess = sess == 1,
					       l.auth_int = qop == 1));
			}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(causes_are_alike),
		CASE(kinds_of_proof_are_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
