/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine without sockets: nanoseconds of processor time per message, as JSON, one fact a
 * line. Work: parse alone, REGISTER to 401, proven REGISTER to 200 of a phone that was not here
 * and of one that was, wrong password to 403.
 * Usage: bench_engine [USERS]              (at least, and by default, MESSAGES of them)
 *        bench_engine only WORK N          does that N times, for bench/instructions
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sipward/engine.h>
#include <sipward/msg.h>

#include "base/hash.h"

#define ROUNDS   7
#define BATCH    2000u
#define MESSAGES (ROUNDS * BATCH) /* of one work; each is of another user */

struct door {
	struct sw_policy policy;
	struct sw_hash *hash;
	struct sw_engine *e;
	struct sw_input in;
	struct sw_actions out;
	char (*name)[24]; /* with NUL, for texts */
	char room[SW_ROOM];
};

static const struct sw_way way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
				   .algs = SW_ALG_STRONG };
static const struct sw_trunk trunk = {
	.name = SW_INIT("bench"),
	.phones = true,
	.enabled = true,
	.reg = SW_REGISTER_HERE,
	.way = &way,
	.ways = 1,
	.md5_until_s = INT64_MAX,
	.expires_min_s = 60,
	.expires_max_s = 3600,
	.contacts = 10,
};

static void die(const char *what)
{
	fprintf(stderr, "bench_engine: %s\n", what);
	exit(1);
}

static void *zeroed(size_t n)
{
	void *p = calloc(1, n);

	if (!p)
		die("out of memory");
	return p;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static struct sw_user *make_users(struct door *d, uint32_t n)
{
	struct sw_user *user = zeroed(n * sizeof(*user));

	d->name = zeroed(n * sizeof(*d->name));
	for (uint32_t i = 0; i < n; i++) {
		int len = snprintf(d->name[i], sizeof(d->name[i]), "user%u", i);

		struct sw_slice name = { d->name[i], (size_t)len };

		user[i].algs[SW_FORM_NAME] = SW_ALG_BIT(SW_ALG_SHA256);
		if (!sw_user_set_names(&user[i], name, trunk.name) ||
		    !sw_digest_ha1(d->hash, SW_ALG_SHA256, name, d->policy.realm,
				   SW_LIT("password"), &user[i].ha1[SW_FORM_NAME][SW_ALG_SHA256]))
			die("libcrypto has no SHA-256");
	}
	return user;
}

static void open_door(struct door *d, uint32_t users)
{
	static const struct sw_mac_key key = { "key of tables" };
	struct sw_engine_parts parts = { .key_seed = "seed", .policy = &d->policy };
	struct sw_mac *mac = sw_mac_new();

	d->hash = sw_hash_new();
	d->policy = (struct sw_policy){ .realm = SW_LIT("example.com"),
					.trunk = &trunk,
					.trunks = 1,
					.users = users,
					.nonce_life_s = 300,
					.message_max = 65536 };
	d->policy.user = make_users(d, users);
	if (!mac ||
	    !sw_users_init(&parts.users, &d->policy, zeroed(sw_users_size(&d->policy)), mac, &key))
		die("cannot make the index of users");
	sw_location_init(&parts.location, zeroed(sw_location_size(users)), users, &key);
	sw_replay_init(&parts.replay, zeroed(sw_replay_size(users)), users);
	sw_txns_init(&parts.txns, zeroed(sw_txns_size(32768, 512)), 32768, 512);
	d->e = sw_engine_new(&parts);
	if (!d->e || !sw_addr_parse_port(SW_LIT("198.51.100.7:5060"), &d->in.src))
		die("cannot make the engine");
	d->in.transport = SW_UDP;
	d->in.wall.us = 1795421700ll * SW_US_PER_S;
	sw_mac_free(mac);
}

static size_t request(char *out, size_t cap, const char *user, unsigned seq, const char *auth)
{
	int n = snprintf(out, cap,
			 "REGISTER sip:example.com SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-%08x;rport\r\n"
			 "Max-Forwards: 70\r\n"
			 "From: \"%s\" <sip:%s@example.com>;tag=a6c85cf\r\n"
			 "To: <sip:%s@example.com>\r\n"
			 "Call-ID: 843817637684230-%s@998sdasdh09\r\n"
			 "CSeq: %u REGISTER\r\n"
			 "Contact: <sip:%s@198.51.100.7:5060;transport=udp>\r\n"
			 "User-Agent: Linphone/5.1.65 (belle-sip/5.1.64)\r\n"
			 "Expires: 300\r\n%s"
			 "Content-Length: 0\r\n\r\n",
			 seq, user, user, user, user, seq, user, auth);

	return (size_t)n;
}

static enum sw_reason take(struct door *d, const char *text, size_t n)
{
	d->in.octets = (struct sw_slice){ text, n };
	sw_engine_take(d->e, &d->in, d->room, &d->out);
	return d->out.account.verdict.reason;
}

/* The credentials that answer the challenge in d->room. */
static void answer(struct door *d, const char *user, const char *password, char *out, size_t cap)
{
	char response[65] = "";
	struct sw_ha1 ha1;
	const char *nonce = strstr(d->room, "nonce=\"");
	struct sw_digest_of of = { .method = SW_LIT("REGISTER") };
	struct sw_digest g = { .alg = SW_ALG_SHA256,
			       .user = sw_slice_of(user),
			       .realm = d->policy.realm,
			       .uri = SW_LIT("sip:example.com"),
			       .cnonce = SW_LIT("c0ffee"),
			       .qop = SW_QOP_AUTH,
			       .nc_text = SW_LIT("00000001") };

	if (!nonce)
		die("no challenge came");
	g.nonce = (struct sw_slice){ nonce + 7, 43 };
	if (!sw_digest_ha1(d->hash, g.alg, g.user, g.realm, sw_slice_of(password), &ha1) ||
	    !sw_digest_response(d->hash, &g, &of, &ha1, response))
		die("cannot compute a response");
	snprintf(out, cap,
		 "Authorization: Digest username=\"%s\", realm=\"example.com\", nonce=\"%.43s\", "
		 "uri=\"sip:example.com\", response=\"%s\", algorithm=SHA-256, "
		 "cnonce=\"c0ffee\", qop=auth, nc=00000001\r\n",
		 user, nonce + 7, response);
}

struct text {
	char p[1024];
	size_t n;
};

enum work {
	PARSE,
	CHALLENGE,
	REGISTER,
	REFRESH,
	WRONG,
	WORKS
};

static const struct {
	const char *name, *password;
	enum sw_reason want;
} works[WORKS] = {
	[PARSE] = { "parse", NULL, SW_OK },
	[CHALLENGE] = { "challenge", NULL, SW_R_CHALLENGED },
	[REGISTER] = { "register", "password", SW_OK },
	[REFRESH] = { "refresh", "password", SW_OK },
	[WRONG] = { "wrong password", "wrong", SW_R_DIGEST_WRONG },
};

/* The next requests, made before anything is counted; with a password they answer challenges. */
static void prepare(struct door *d, struct text *t, unsigned n, enum work w)
{
	static unsigned seq, turn[WORKS];
	const char *password = works[w].password;
	char auth[512] = "";

	for (unsigned i = 0; i < n; i++, seq++) {
		const char *user = d->name[turn[w]++ * 7919ull % d->policy.users];

		if (password) {
			t[i].n = request(t[i].p, sizeof(t[i].p), user, seq, "");
			take(d, t[i].p, t[i].n);
			answer(d, user, password, auth, sizeof(auth));
		}
		t[i].n = request(t[i].p, sizeof(t[i].p), user, seq + 1, auth);
	}
}

static void parse_all(const struct text *t, unsigned n)
{
	static struct sw_msg m;

	for (unsigned i = 0; i < n; i++)
		if (sw_msg_parse((struct sw_slice){ t[i].p, t[i].n }, &m) != SW_OK)
			die("a request does not parse");
}

static void take_all(struct door *d, const struct text *t, unsigned n, enum sw_reason want)
{
	for (unsigned i = 0; i < n; i++)
		if (take(d, t[i].p, t[i].n) != want)
			die(sw_reason_slug(d->out.account.verdict.reason));
}

/* Called by nobody else and by its name: bench/instructions counts what happens in it. */
__attribute__((noinline)) static void do_all(struct door *d, const struct text *t, unsigned n,
					     enum work w)
{
	if (w == PARSE)
		parse_all(t, n);
	else
		take_all(d, t, n, works[w].want);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void report(const char *what, double ns[ROUNDS])
{
	qsort(ns, ROUNDS, sizeof(*ns), by_value);
	printf("{\"bench\":\"engine\",\"work\":\"%s\",\"ns\":%.0f,\"min\":%.0f,\"max\":%.0f}\n",
	       what, ns[ROUNDS / 2], ns[0], ns[ROUNDS - 1]);
}

static void measure(struct door *d, enum work w)
{
	static struct text t[BATCH];
	double ns[ROUNDS];

	for (unsigned r = 0; r < ROUNDS; r++) {
		prepare(d, t, BATCH, w);
		uint64_t start = now_ns();

		do_all(d, t, BATCH, w);
		ns[r] = (double)(now_ns() - start) / BATCH;
		d->in.mono.us += SW_US_PER_S;
	}
	report(works[w].name, ns);
}

static void do_only(struct door *d, enum work w, unsigned n)
{
	static struct text t[MESSAGES];

	if (w == REFRESH) { /* of what is registered, by the same users */
		prepare(d, t, n, REGISTER);
		take_all(d, t, n, SW_OK);
		d->in.mono.us += SW_US_PER_S; /* windows of older nonces may go */
	}
	prepare(d, t, n, w);
	do_all(d, t, n, w);
}

static enum work work_of(const char *name)
{
	for (unsigned w = 0; w < WORKS; w++)
		if (strcmp(name, works[w].name) == 0)
			return (enum work)w;
	return WORKS;
}

int main(int argc, char **argv)
{
	static struct door d;
	bool is_only = argc == 4 && strcmp(argv[1], "only") == 0;
	enum work only = is_only ? work_of(argv[2]) : PARSE;
	uint64_t n = MESSAGES;

	if (argc > 1 && !(is_only || argc == 2))
		die("usage: bench_engine [USERS] | only WORK N");
	if (argc > 1 &&
	    !sw_slice_u64(sw_slice_of(argv[argc - 1]), is_only ? MESSAGES : 10000000, &n))
		die("the number is too large, or none");
	if (only == WORKS)
		die("there is no such work");
	open_door(&d, n < MESSAGES ? MESSAGES : (uint32_t)n);
	if (is_only)
		do_only(&d, only, (unsigned)n);
	for (unsigned w = 0; !is_only && w < WORKS; w++)
		measure(&d, (enum work)w);
	sw_engine_free(d.e);
	return 0;
}
