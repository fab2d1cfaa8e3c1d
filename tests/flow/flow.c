/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow.h"

#include <stdlib.h>

#include "base/mac.h"

#define DIGEST_WAY(algorithms)                                                              \
	{                                                                                   \
		.factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST), .algs = (algorithms), .line = 7 \
	}

static const struct sw_way ways[] = {
	DIGEST_WAY(SW_ALG_ALL),
	DIGEST_WAY(SW_ALG_BIT(SW_ALG_SHA256)),
	DIGEST_WAY(SW_ALG_BIT(SW_ALG_SHA256) | SW_ALG_BIT(SW_ALG_MD5)),
};

#define TRUNK(named, w, is_phones, is_on, registers, md5_until)                        \
	{                                                                              \
		.name = SW_INIT(named), .phones = (is_phones), .enabled = (is_on),     \
		.reg = (registers), .way = (w), .ways = 1, .md5_until_s = (md5_until), \
		.expires_min_s = 60, .expires_max_s = 3600, .contacts = 3              \
	}

#define JAN_2026 1767225600

static const struct sw_trunk trunks[] = {
	TRUNK("staff", &ways[0], true, true, SW_REGISTER_HERE, INT64_MAX),
	TRUNK("strict", &ways[1], true, true, SW_REGISTER_HERE, INT64_MAX),
	TRUNK("old", &ways[2], true, true, SW_REGISTER_HERE, JAN_2026),
	TRUNK("off", &ways[0], true, false, SW_REGISTER_HERE, INT64_MAX),
	TRUNK("line", &ways[1], false, true, SW_REGISTER_NO, INT64_MAX),
};

static const struct {
	const char *name;
	uint32_t trunk;
	bool is_reserved;
} people[] = { { "alice", 0, false }, { "bob", 0, false },  { "carol", 1, false },
	       { "dave", 2, false },  { "erin", 3, false }, { "frank", 4, false },
	       { "lee", 0, true },    { "olga", 0, true },  { "pat", 0, true } };

static const struct {
	const char *name, *trunk;
	bool is_off;
} kept[] = { { "kim", "staff", false },
	     { "pat", "staff", false },
	     { "nina", "staff", true },
	     { "lee", "strict", false },
	     { "max", "nowhere", false } };

/* line off old staff strict */
static const uint32_t trunk_order[] = { 4, 3, 2, 0, 1 };

static const struct sw_slice domains[] = { SW_INIT("other.example"), SW_INIT("sip.example.com") };
static struct sw_listener listeners[1];
static const struct sw_mac_key key = { "key of tables" };

static void set_password(struct flow *f, struct sw_user *u, const char *name, unsigned algs)
{
	char password[32];

	snprintf(password, sizeof(password), "secret-%s", name);
	assert_true(sw_user_set_password(u, f->hash, algs, f->policy.realm, sw_slice_of(password)));
}

static void make_user(struct flow *f, size_t i)
{
	const struct sw_trunk *t = &trunks[people[i].trunk];
	struct sw_user *u = &f->user[i];

	assert_true(sw_user_set_names(u, sw_slice_of(people[i].name), t->name));
	u->origin = (uint32_t)i + 1;
	u->is_reserved = people[i].is_reserved;
	f->origin[i].line = (uint32_t)(20 + i);
	if (!u->is_reserved)
		set_password(f, u, people[i].name, t->way->algs);
}

/* The store's users, with every hash there is. */
static void keep_users(struct flow *f, struct sw_users *users, struct sw_mac *mac)
{
	sw_users_kept_init(&users->kept, f->memory[3], SW_ARRAY_LEN(kept));
	for (size_t i = 0; i < SW_ARRAY_LEN(kept); i++) {
		struct sw_user u = { .is_off = kept[i].is_off };

		assert_true(sw_user_set_names(&u, sw_slice_of(kept[i].name),
					      sw_slice_of(kept[i].trunk)));
		set_password(f, &u, kept[i].name, SW_ALG_ALL);
		assert_int_equal(sw_users_put(users, mac, &u), SW_OK);
	}
}

static enum sw_lock_got take_lock(void *arg, uint32_t shard)
{
	struct flow_lock *l = arg;

	assert_int_equal(shard, 0);
	assert_int_equal(l->held, 0);
	l->asked++;
	if (l->is_busy || (l->busy_at > 0 && --l->busy_at == 0))
		return SW_LOCK_BUSY;
	l->held++;
	l->taken++;
	return SW_LOCK_GOT;
}

static void give_lock(void *arg, uint32_t shard)
{
	struct flow_lock *l = arg;

	assert_int_equal(shard, 0);
	assert_int_equal(l->held, 1);
	l->held--;
}

static struct sw_locks locks_of(struct flow *f, enum flow_table table)
{
	return (struct sw_locks){ take_lock, give_lock, &f->lock[table] };
}

static void expect_none_held(const struct flow *f)
{
	for (size_t i = 0; i < FLOW_TABLES; i++)
		assert_int_equal(f->lock[i].held, 0);
}

/* Those of the configuration, as they are now. */
static void enter_users(struct flow *f, struct sw_mac *mac)
{
	struct sw_roll others = f->users.kept;

	memset(f->memory[0], 0, f->memory_n[0]);
	assert_true(sw_users_init(&f->users, &f->policy, f->memory[0], mac, &key));
	f->users.kept = others;
}

static void make_policy(struct flow *f)
{
	assert_true(sw_addr_parse_port(SW_LIT("192.0.2.1:5060"), &listeners[0].addr));
	listeners[0].transport = SW_UDP;
	memcpy(f->trunk, trunks, sizeof(trunks));
	f->policy = (struct sw_policy){
		.realm = SW_LIT("example.com"),
		.domain = domains,
		.domains = SW_ARRAY_LEN(domains),
		.listener = listeners,
		.listeners = 1,
		.trunk = f->trunk,
		.trunks = SW_ARRAY_LEN(trunks),
		.trunk_order = trunk_order,
		.origin = f->origin,
		.user = f->user,
		.users = SW_ARRAY_LEN(people),
		.nonce_life_s = 300,
		.message_max = 65536,
	};
	for (size_t i = 0; i < SW_ARRAY_LEN(people); i++)
		make_user(f, i);
}

/* Tables of all workers: bindings, windows, users, sources; its own are index and transactions. */
static bool is_shared(size_t i)
{
	return i != 0 && i != 4;
}

static struct flow *new (uint64_t boot, uint32_t sources, const struct flow *first, uint32_t worker)
{
	struct flow *f = calloc(1, sizeof(*f));
	struct sw_engine_parts parts = { .key_seed = "thirty-two octets of fixed seed",
					 .random_seed = { (uint8_t)worker },
					 .boot = boot };
	struct sw_mac *mac = sw_mac_new();

	assert_non_null(f);
	f->hash = sw_hash_new();
	f->cseq = 1000;
	f->transport = SW_UDP;
	f->mono.us = 1000ull * SW_US_PER_S;
	f->wall.us = 1795421700ll * SW_US_PER_S; /* 2026-11-23 */
	make_policy(f);
	f->memory_n[0] = sw_users_size(&f->policy);
	f->memory_n[1] = sw_location_size(8);
	f->memory_n[2] = sw_replay_size(8);
	f->memory_n[3] = sw_users_kept_size(SW_ARRAY_LEN(kept));
	f->memory_n[4] = sw_txns_size(FLOW_RECORDS, FLOW_INVITES);
	f->memory_n[5] = sw_proven_size(FLOW_SOURCES);
	for (size_t i = 0; i < SW_ARRAY_LEN(f->memory); i++)
		f->memory[i] = first && is_shared(i) ? first->memory[i] : calloc(1, f->memory_n[i]);
	f->is_beside = first != NULL;
	parts.policy = &f->policy;
	parts.wall = f->wall;
	enter_users(f, mac);
	if (first)
		f->users.kept = first->users.kept;
	else
		keep_users(f, &f->users, mac);
	f->users.kept.shards.locks = locks_of(f, FLOW_KEPT);
	parts.users = f->users;
	sw_location_init(&parts.location, f->memory[1], 8, &key);
	sw_replay_init(&parts.replay, f->memory[2], 8);
	parts.location.shards.locks = locks_of(f, FLOW_BINDINGS);
	parts.replay.self = worker;
	parts.replay.shards.locks = locks_of(f, FLOW_NONCES);
	sw_txns_init(&parts.txns, f->memory[4], FLOW_RECORDS, FLOW_INVITES);
	sw_proven_init(&parts.proven, f->memory[5], sources, &key);
	sw_mac_free(mac);
	f->replay = parts.replay;
	f->e = sw_engine_new(&parts);
	assert_non_null(f->e);
	flow_from(f, "198.51.100.7:5062");
	return f;
}

struct flow *flow_new(void)
{
	return new (77, 0, NULL, 0);
}

struct flow *flow_new_at(uint64_t boot)
{
	return new (boot, 0, NULL, 0);
}

struct flow *flow_new_knowing(void)
{
	return new (77, FLOW_SOURCES, NULL, 0);
}

struct flow *flow_new_worker(uint32_t worker)
{
	return new (77, 0, NULL, worker);
}

struct flow *flow_new_beside(const struct flow *first, uint32_t worker)
{
	return new (77, 0, first, worker);
}

void flow_free(struct flow *f)
{
	sw_engine_free(f->e);
	sw_hash_free(f->hash);
	for (size_t i = 0; i < SW_ARRAY_LEN(f->memory); i++)
		if (!f->is_beside || !is_shared(i))
			free(f->memory[i]);
	free(f);
}

void flow_wait(struct flow *f, unsigned seconds)
{
	f->mono.us += (uint64_t)seconds * SW_US_PER_S;
	f->wall.us += (int64_t)seconds * SW_US_PER_S;
}

void flow_from(struct flow *f, const char *addr)
{
	assert_true(sw_addr_parse_port(sw_slice_of(addr), &f->src));
}

static bool keep_sent(struct flow *f)
{
	f->sent[0] = '\0';
	for (size_t i = 0; i < f->out.n; i++) {
		const struct sw_action *a = &f->out.a[i];

		if (a->kind != SW_DO_SEND)
			continue;
		memcpy(f->sent, a->octets.p, a->octets.n);
		f->sent[a->octets.n] = '\0';
	}
	return f->sent[0] != '\0';
}

enum sw_reason flow_take(struct flow *f, const void *octets, size_t n)
{
	struct sw_input in = {
		.octets = { octets, n },
		.src = f->src,
		.local = listeners[0].addr,
		.transport = f->transport,
		.flow = f->flow,
		.no_saves = f->no_saves,
		.is_broken = f->is_broken,
		.is_handed = f->is_handed,
		.mono = f->mono,
		.wall = f->wall,
	};

	if (n < sizeof(f->request)) {
		memmove(f->request, octets, n);
		f->request[n] = '\0';
	}
	sw_engine_take(f->e, &in, f->room, &f->out);
	expect_none_held(f);
	keep_sent(f);
	return f->out.account.verdict.reason;
}

unsigned flow_tick(struct flow *f)
{
	unsigned sends = 0;

	do {
		sw_engine_tick(f->e, f->mono, f->wall, f->room, &f->out);
		expect_none_held(f);
		if (!keep_sent(f))
			continue;
		sends++;
		memcpy(f->ticked, f->sent, sizeof(f->ticked));
		f->tick_path = f->out.a[0].path;
	} while (f->out.n + f->out.saves > 0);
	return sends;
}

void flow_reload(struct flow *f)
{
	struct sw_mac *mac = sw_mac_new();

	enter_users(f, mac);
	sw_mac_free(mac);
	sw_engine_use(f->e, &f->policy, f->users);
}

static enum sw_reason request(struct flow *f, const char *method, const char *uri, const char *user,
			      const char *headers, const char *body)
{
	static char text[SW_ROOM + 8192];
	int n = snprintf(text, sizeof(text),
			 "%s %s SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK%06u;rport\r\n"
			 "Max-Forwards: 70\r\n"
			 "From: <sip:%s@example.com>;tag=f1\r\n"
			 "To: <sip:%s@example.com>%s\r\n"
			 "Call-ID: call-%s\r\n"
			 "CSeq: %u %s\r\n"
			 "Subject: phones write more than they need to, so that what a challenge "
			 "takes is never three times as long, not even if it offers six\r\n"
			 "%s"
			 "Content-Length: %zu\r\n\r\n%s",
			 method, uri, ++f->branch, f->from ? f->from : user, user,
			 f->to_tag ? f->to_tag : "", user, ++f->cseq, method, headers, strlen(body),
			 body);

	assert_in_range(n, 1, sizeof(text) - 1);
	f->last = text;
	return flow_take(f, text, (size_t)n);
}

enum sw_reason flow_request(struct flow *f, const char *method, const char *uri, const char *user,
			    const char *headers)
{
	return request(f, method, uri, user, headers, "");
}

void flow_nonce(const struct flow *f, char out[64])
{
	const char *at = strstr(f->sent, "nonce=\"");
	size_t n;

	assert_non_null(at);
	at += 7;
	n = strcspn(at, "\"");
	assert_in_range(n, 1, 63);
	memcpy(out, at, n);
	out[n] = '\0';
}

static const char *or_else(const char *a, const char *b)
{
	return a ? a : b;
}

/* The Authorization line of a login. */
static void write_credentials(struct flow *f, const struct login *l, const char *nonce, char *out,
			      size_t cap)
{
	const char *method = or_else(l->method, "REGISTER");
	const char *uri = or_else(l->digest_uri, or_else(l->uri, "sip:example.com"));
	const char *realm = or_else(l->realm, "example.com");
	bool proxy = strcmp(method, "REGISTER") != 0 && strchr(or_else(l->uri, ""), '@');
	const char *as = or_else(l->as, l->user);
	char nc[9], response[65] = "", password[64];
	struct sw_alg_form form = { l->alg ? l->alg : SW_ALG_SHA256, l->sess };
	struct sw_ha1 ha1 = { 0 };
	struct sw_digest d = {
		.alg = form.alg,
		.sess = form.sess,
		.user = sw_slice_of(as),
		.realm = sw_slice_of(realm),
		.nonce = sw_slice_of(nonce),
		.uri = sw_slice_of(uri),
		.cnonce = SW_LIT("c0ffee"),
		.qop = l->no_qop     ? SW_QOP_NONE
		       : l->auth_int ? SW_QOP_AUTH_INT
				     : SW_QOP_AUTH,
		.nc_text = { nc, 8 },
	};
	struct sw_digest_of of = { .method = sw_slice_of(method),
				   .body = sw_slice_of(or_else(l->body, "")) };

	snprintf(nc, sizeof(nc), "%08x", l->nc ? l->nc : 1);
	snprintf(password, sizeof(password), "secret-%s", l->user);
	assert_true(sw_digest_ha1(f->hash, d.alg, d.user, d.realm,
				  sw_slice_of(or_else(l->password, password)), &ha1));
	assert_true(sw_digest_response(f->hash, &d, &of, &ha1, response));
	response[2 * sw_alg_len(d.alg)] = '\0';
	snprintf(out, cap,
		 "%s: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
		 "response=\"%s\", algorithm=%s%s%s%s%s%s\r\n",
		 proxy ? "Proxy-Authorization" : "Authorization", as, realm, nonce, uri, response,
		 sw_alg_form_name(form),
		 l->no_qop ? "" : ", qop=", l->no_qop ? "" : sw_qop_name(d.qop),
		 l->no_qop ? "" : ", nc=", l->no_qop ? "" : nc,
		 l->no_qop ? "" : ", cnonce=\"c0ffee\"");
}

void flow_credentials(struct flow *f, const struct login *l, char *out, size_t cap)
{
	char nonce[64];

	if (!l->nonce)
		flow_nonce(f, nonce);
	write_credentials(f, l, or_else(l->nonce, nonce), out, cap);
}

enum sw_reason flow_answer(struct flow *f, const struct login *l)
{
	static char headers[SW_ROOM + 6144];
	size_t n;

	flow_credentials(f, l, headers, sizeof(headers));
	n = strlen(headers);
	f->to_tag = l->to_tag;
	f->from = l->from;
	snprintf(headers + n, sizeof(headers) - n, "%s", or_else(l->headers, ""));
	return request(f, or_else(l->method, "REGISTER"), or_else(l->uri, "sip:example.com"),
		       or_else(l->to, l->user), headers, or_else(l->body, ""));
}

enum sw_reason flow_login(struct flow *f, const struct login *l)
{
	enum sw_reason r = flow_request(f, or_else(l->method, "REGISTER"),
					or_else(l->uri, "sip:example.com"), l->user,
					or_else(l->headers, ""));

	assert_int_equal(r, SW_R_CHALLENGED);
	return flow_answer(f, l);
}

enum sw_reason flow_register(struct flow *f, const char *user, const char *headers)
{
	struct login l = { .user = user, .headers = headers };

	return flow_login(f, &l);
}

bool flow_says(const struct flow *f, const char *text)
{
	return strstr(f->sent, text) != NULL;
}

unsigned flow_count(const struct flow *f, const char *text)
{
	unsigned n = 0;

	for (const char *at = f->sent; (at = strstr(at, text)) != NULL; at += strlen(text))
		n++;
	return n;
}

int flow_status(const struct flow *f)
{
	return f->sent[0] == '\0' ? 0 : (int)strtol(f->sent + 8, NULL, 10);
}
