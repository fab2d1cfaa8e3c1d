/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nonces. Oracles: what was not made here is forged; what was made is good for what it was made
 * for and says what it offered; changed in any place, or brought by somebody else, in another
 * realm, by another class of transport, too late or to another start, it is not good; a count is
 * good once.
 */
#include <assert.h>
#include <stdlib.h>

#include <sipward/replay.h>

#include "base/addr.h"

static struct sw_nonce_keys keys;
static struct sw_mac *mac;

/* Octets of the input, one after the other; zeroes behind its end. */
struct source {
	const uint8_t *p;
	size_t n;
};

static uint64_t take(struct source *s, unsigned octets)
{
	uint64_t v = 0;

	while (octets-- > 0) {
		v = v << 8 | (s->n > 0 ? *s->p : 0);
		s->p += s->n > 0;
		s->n -= s->n > 0;
	}
	return v;
}

static struct sw_addr address(struct source *s)
{
	struct sw_addr a = { .family = take(s, 1) & 1 ? SW_FAMILY_4 : SW_FAMILY_6 };

	for (unsigned i = 0; i < (a.family == SW_FAMILY_4 ? 4u : 16u); i++)
		a.ip[i] = (uint8_t)take(s, 1);
	a.port = (uint16_t)take(s, 2);
	return a;
}

static bool is_one_net(const struct sw_addr *a, const struct sw_addr *b)
{
	uint8_t x[SW_ADDR_NET], y[SW_ADDR_NET];

	sw_addr_net(a, x);
	sw_addr_net(b, y);
	return memcmp(x, y, sizeof(x)) == 0;
}

static void any_octets_are_forged(const struct sw_nonce_maker *m, const struct sw_nonce_bind *bind,
				  const struct sw_mono *now, struct source s)
{
	struct sw_nonce n;

	assert(sw_nonce_check(m, bind, now, (struct sw_slice){ (const char *)s.p, s.n }, &n) ==
	       SW_R_DIGEST_NONCE_FORGED);
}

static void a_count_is_good_once(struct sw_replay *r, const struct sw_nonce *n, struct source *s)
{
	for (unsigned i = 0; i < 8; i++) {
		uint32_t nc = (uint32_t)take(s, 1 + i % 4);
		enum sw_reason look = sw_replay_look(r, n, nc);

		assert(sw_replay_take(r, n, nc) == look);
		assert(sw_replay_take(r, n, nc) != SW_OK);
		if (look == SW_OK)
			assert(sw_replay_look(r, n, SW_REPLAY_ALL) != SW_OK);
	}
}

/* One of what a nonce is bound to is another; false: it happens to be the same. */
static bool change(struct source *s, struct sw_nonce_maker *m, struct sw_nonce_bind *bind,
		   struct sw_addr *src, struct sw_mono *now)
{
	struct sw_addr was = *src;

	switch (take(s, 1) % 6) {
	case 0:
		bind->realm = SW_LIT("example.con");
		return true;
	case 1:
		bind->class = bind->class == SW_NONCE_WEB ? SW_NONCE_DATAGRAM_STREAM : SW_NONCE_WEB;
		return true;
	case 2:
		*src = address(s);
		return !is_one_net(&was, src);
	case 3:
		now->us += (uint64_t)m->life_s * SW_US_PER_S + take(s, 4);
		return true;
	case 4:
		m->boot ^= (uint64_t)1 << take(s, 1) % 64;
		return true;
	default:
		now->us -= SW_US_PER_S + take(s, 2);
		return true;
	}
}

static void start(void)
{
	static const uint8_t seed[SW_SEED_LEN] = "seed";

	if (mac)
		return;
	mac = sw_mac_new();
	if (!mac || !sw_nonce_keys_init(&keys, seed, (struct sw_wall){ 0 }))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint64_t room[512];
	struct source s = { data, size };
	struct sw_replay replay;
	char text[SW_NONCE_TEXT];
	struct sw_nonce n;

	start();
	struct sw_nonce_maker m = { mac, &keys, take(&s, 8), 1 + (uint32_t)take(&s, 1) };
	struct sw_addr src = address(&s);
	struct sw_nonce_bind bind = { SW_LIT("example.com"), take(&s, 1) & 1, &src };
	struct sw_mono now = { (uint64_t)1 << 50 | take(&s, 6) };
	unsigned algs = (unsigned)take(&s, 1);
	struct sw_slice all = { text, sizeof(text) };

	any_octets_are_forged(&m, &bind, &now, s);
	assert(sw_nonce_make(&m, &bind, &now, algs, take(&s, 8), text));
	assert(sw_nonce_check(&m, &bind, &now, all, &n) == SW_OK);
	assert(n.algs == algs && n.age_s == 0 && n.issued == sw_nonce_tick(&now));
	memset(room, 0, sizeof(room));
	if (sw_replay_size(4) > sizeof(room))
		abort();
	sw_replay_init(&replay, room, 4);
	a_count_is_good_once(&replay, &n, &s);
	size_t at = take(&s, 1) % SW_NONCE_TEXT;
	char was = text[at], is = (char)take(&s, 1);

	text[at] = is;
	assert((sw_nonce_check(&m, &bind, &now, all, &n) == SW_OK) == (was == is));
	text[at] = was;
	if (change(&s, &m, &bind, &src, &now))
		assert(sw_nonce_check(&m, &bind, &now, all, &n) != SW_OK);
	return 0;
}
