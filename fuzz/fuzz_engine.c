/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets into the whole engine, as a datagram and by a stream. Oracles: nobody gets in
 * without a proof, nothing is bound, an answer goes only to the source's address and by its
 * connection, and has no control character, a good request's answer parses again, and the same
 * octets give the same verdict.
 */
#include <assert.h>
#include <stdlib.h>

#include <sipward/engine.h>
#include <sipward/msg.h>

#include "core/lex.h"

static const struct sw_way way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST), .algs = SW_ALG_ALL };
static const struct sw_trunk trunk = {
	.name = SW_INIT("fuzz"),
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
static const struct sw_user user = {
	.name = "alice", .name_n = 5, .trunk = "fuzz", .trunk_n = 4, .algs = { SW_ALG_ALL }
};
static const struct sw_policy policy = {
	.realm = SW_INIT("example.com"),
	.trunk = &trunk,
	.trunks = 1,
	.user = &user,
	.users = 1,
	.nonce_life_s = 300,
	.message_max = 65536,
};

static struct sw_engine *engine(void)
{
	static struct sw_engine *e;
	struct sw_engine_parts parts = { .key_seed = "seed", .policy = &policy };
	struct sw_mac_key key = { "key" };
	struct sw_mac *mac;

	if (e)
		return e;
	mac = sw_mac_new();
	if (!sw_users_init(&parts.users, &policy, calloc(1, sw_users_size(&policy)), mac, &key))
		abort();
	sw_location_init(&parts.location, calloc(1, sw_location_size(8)), 8, &key);
	sw_replay_init(&parts.replay, calloc(1, sw_replay_size(8)), 8);
	sw_txns_init(&parts.txns, calloc(1, sw_txns_size(8, 2)), 8, 2);
	sw_mac_free(mac);
	e = sw_engine_new(&parts);
	return e;
}

static void check_octets(struct sw_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (i + 1 < s.n && s.p[i] == '\r' && s.p[i + 1] == '\n')
			i++;
		else
			assert(!lex_is_control(s.p[i]));
	}
}

/* What we answer to a well-formed request is itself well-formed. */
static void check_answer(const struct sw_actions *out, const struct sw_input *in)
{
	static struct sw_msg m;
	enum sw_reason why = out->account.verdict.reason;

	for (size_t i = 0; i < out->n; i++) {
		if (out->a[i].kind != SW_DO_SEND)
			continue;
		assert(sw_addr_eq_ip(&out->a[i].path.peer, &in->src));
		assert(out->a[i].path.flow == in->flow);
		check_octets(out->a[i].octets);
		if (sw_reason_row(why)->class == SW_CLASS_PARSE)
			continue;
		enum sw_reason r = sw_msg_parse(out->a[i].octets, &m);

		assert(r == SW_OK && m.is_response && m.status == out->account.status);
	}
}

static void take(const struct sw_input *in)
{
	static char room[SW_ROOM];
	static struct sw_actions out;
	struct sw_engine *e = engine();

	sw_engine_take(e, in, room, &out);
	if (out.n == 0)
		return;
	enum sw_reason first = out.account.verdict.reason;

	assert(out.account.verdict.act != SW_ACT_ALLOW && first != SW_OK && first != SW_R_BUG);
	assert(sw_engine_bindings(e) == 0 && out.saves == 0 && out.proven.n == 0);
	check_answer(&out, in);
	sw_engine_take(e, in, room, &out);
	assert(out.account.verdict.reason == first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct sw_input in = { .octets = { (const char *)data, n }, .transport = SW_UDP };

	if (!sw_addr_parse_port(SW_LIT("198.51.100.7:5062"), &in.src))
		abort();
	take(&in);
	in.transport = SW_TCP;
	in.flow = 1;
	take(&in);
	in.is_broken = true;
	take(&in);
	return 0;
}
