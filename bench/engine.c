/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine without sockets: nanoseconds of processor time per message, as JSON, one fact a
 * line. Work: parse alone, REGISTER to 401, proven REGISTER to 200, wrong password to 403.
 * Usage: bench_engine [USERS]      (default 1000; one binding each)
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <sipward/engine.h>
#include <sipward/msg.h>

#include "base/hash.h"

#define ROUNDS 7
#define BATCH  2000u

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

/* BATCH requests, made before the clock runs; with a password they answer fresh challenges. */
static void prepare(struct door *d, struct text *t, const char *password, unsigned *seq)
{
	char auth[512] = "";

	for (unsigned i = 0; i < BATCH; i++) {
		const char *user = d->name[(*seq * 7919u) % (uint32_t)d->policy.users];

		if (password) {
			t[i].n = request(t[i].p, sizeof(t[i].p), user, *seq, "");
			take(d, t[i].p, t[i].n);
			answer(d, user, password, auth, sizeof(auth));
		}
		t[i].n = request(t[i].p, sizeof(t[i].p), user, ++*seq, auth);
	}
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

static void measure(struct door *d, const char *what, const char *password, enum sw_reason want)
{
	static struct text t[BATCH];
	static unsigned seq;
	double ns[ROUNDS];

	for (unsigned r = 0; r < ROUNDS; r++) {
		prepare(d, t, password, &seq);
		uint64_t start = now_ns();

		for (unsigned i = 0; i < BATCH; i++)
			if (take(d, t[i].p, t[i].n) != want)
				die(sw_reason_slug(d->out.account.verdict.reason));
		ns[r] = (double)(now_ns() - start) / BATCH;
		d->in.mono.us += SW_US_PER_S;
	}
	report(what, ns);
}

static void measure_parse(struct door *d)
{
	static struct text t[BATCH];
	static struct sw_msg m;
	double ns[ROUNDS];
	unsigned seq = 0;

	prepare(d, t, NULL, &seq);
	for (unsigned r = 0; r < ROUNDS; r++) {
		uint64_t start = now_ns();

		for (unsigned i = 0; i < BATCH; i++)
			if (sw_msg_parse((struct sw_slice){ t[i].p, t[i].n }, &m) != SW_OK)
				die("a request does not parse");
		ns[r] = (double)(now_ns() - start) / BATCH;
	}
	report("parse", ns);
}

int main(int argc, char **argv)
{
	static struct door d;
	uint64_t users = 1000;

	if (argc > 1 && !sw_slice_u64(sw_slice_of(argv[1]), 10000000, &users))
		die("usage: bench_engine [USERS]");
	open_door(&d, users < BATCH ? BATCH * 4 : (uint32_t)users);
	measure_parse(&d);
	measure(&d, "challenge", NULL, SW_R_CHALLENGED);
	measure(&d, "register", "password", SW_OK);
	measure(&d, "wrong password", "wrong", SW_R_DIGEST_WRONG);
	sw_engine_free(d.e);
	return 0;
}
