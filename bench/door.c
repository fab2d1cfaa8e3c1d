/* SPDX-License-Identifier: Apache-2.0 */
#include "door.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

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

void bench_die(const char *what)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, what);
	exit(1);
}

void *bench_memory_shared(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	if (p == MAP_FAILED)
		bench_die("out of memory");
	return p;
}

static struct sw_policy policy(void)
{
	return (struct sw_policy){ .realm = SW_LIT("example.com"),
				   .trunk = &trunk,
				   .trunks = 1,
				   .nonce_life_s = 300,
				   .message_max = 65536 };
}

void bench_name(uint32_t n, char out[BENCH_NAME])
{
	(void)snprintf(out, BENCH_NAME, "user%u", n);
}

static void fill_users(struct bench_tables *t)
{
	const struct sw_policy p = policy();
	struct sw_hash *hash = sw_hash_new();
	struct sw_mac *mac = sw_mac_new();
	struct sw_users users;
	void *none = calloc(1, sw_users_size(&p));

	if (!hash || !mac || !none || !sw_users_init(&users, &p, none, mac, &t->key))
		bench_die("libcrypto fails");
	users.kept = t->roll;
	for (uint32_t i = 0; i < t->users; i++) {
		struct sw_user u = { .algs = { SW_ALG_BIT(SW_ALG_SHA256) } };
		char name[BENCH_NAME];

		bench_name(i, name);
		if (!sw_user_set_names(&u, sw_slice_of(name), trunk.name) ||
		    !sw_digest_ha1(hash, SW_ALG_SHA256, sw_slice_of(name), p.realm,
				   SW_LIT("password"), &u.ha1[SW_FORM_NAME][SW_ALG_SHA256]) ||
		    sw_users_put(&users, mac, &u) != SW_OK)
			bench_die("a user cannot be kept");
	}
	free(none);
	sw_mac_free(mac);
	sw_hash_free(hash);
}

void bench_tables_make(struct bench_tables *t, uint32_t users)
{
	static const struct sw_mac_key key = { "key of tables" };

	*t = (struct bench_tables){ .users = users, .key = key };
	sw_users_kept_init(&t->roll, bench_memory_shared(sw_users_kept_size(users)), users);
	sw_location_init(&t->location, bench_memory_shared(sw_location_size(users)), users, &key);
	sw_replay_init(&t->replay, bench_memory_shared(sw_replay_size(users)), users);
	t->lock[0] = bench_memory_shared(sw_robust_size(t->roll.shards.count));
	t->lock[1] = bench_memory_shared(sw_robust_size(t->location.shards.count));
	t->lock[2] = bench_memory_shared(sw_robust_size(t->replay.shards.count));
	fill_users(t);
}

static void lock(struct sw_robust *r, void *memory, struct sw_shards *shards)
{
	if (!sw_robust_open(r, memory, shards->count))
		bench_die("the kernel knows no robust locks");
	shards->locks = sw_robust_locks(r);
}

void bench_door_open(struct bench_door *d, const struct bench_tables *t, uint32_t worker,
		     bool locks)
{
	struct sw_engine_parts parts = { .key_seed = "seed",
					 .policy = &d->policy,
					 .location = t->location,
					 .replay = t->replay };
	struct sw_mac *mac = sw_mac_new();

	d->policy = policy();
	d->hash = sw_hash_new();
	parts.random_seed[0] = (uint8_t)worker;
	parts.replay.self = worker;
	if (!mac || !d->hash ||
	    !sw_users_init(&parts.users, &d->policy, bench_memory_shared(sw_users_size(&d->policy)),
			   mac, &t->key))
		bench_die("libcrypto fails");
	parts.users.kept = t->roll;
	if (locks) {
		lock(&d->robust[0], t->lock[0], &parts.users.kept.shards);
		lock(&d->robust[1], t->lock[1], &parts.location.shards);
		lock(&d->robust[2], t->lock[2], &parts.replay.shards);
	}
	sw_txns_init(&parts.txns, bench_memory_shared(sw_txns_size(32768, 512)), 32768, 512);
	d->e = sw_engine_new(&parts);
	if (!d->e || !sw_addr_parse_port(SW_LIT("198.51.100.7:5060"), &d->in.src))
		bench_die("cannot make the engine");
	d->in.transport = SW_UDP;
	d->in.mono.us = SW_US_PER_S;
	d->in.wall.us = 1795421700ll * SW_US_PER_S;
	sw_mac_free(mac);
}

size_t bench_request(char *out, size_t room, const char *user, unsigned seq, const char *auth)
{
	int n = snprintf(out, room,
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

enum sw_reason bench_take(struct bench_door *d, const char *text, size_t n)
{
	d->in.octets = (struct sw_slice){ text, n };
	sw_engine_take(d->e, &d->in, d->room, &d->out);
	return d->out.account.verdict.reason;
}

void bench_answer(struct bench_door *d, const char *user, const char *password, char *out,
		  size_t room)
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
		bench_die("no challenge came");
	g.nonce = (struct sw_slice){ nonce + 7, 43 };
	if (!sw_digest_ha1(d->hash, g.alg, g.user, g.realm, sw_slice_of(password), &ha1) ||
	    !sw_digest_response(d->hash, &g, &of, &ha1, response))
		bench_die("cannot compute a response");
	(void)snprintf(out, room,
		       "Authorization: Digest username=\"%s\", realm=\"example.com\", "
		       "nonce=\"%.43s\", uri=\"sip:example.com\", response=\"%s\", "
		       "algorithm=SHA-256, cnonce=\"c0ffee\", qop=auth, nc=00000001\r\n",
		       user, nonce + 7, response);
}
