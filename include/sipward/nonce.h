/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nonces without state: 32 octets in base64url that carry their own proof.
 *
 *   0      version (high four bits) and key id (low four)
 *   1      set of algorithms that the challenge offered, -sess forms included
 *   2..3   node (high four bits) and boot id (low twelve)
 *   4..7   time of issue, in sixteenths of a second of the mono clock, modulo 2^32
 *   8..15  random
 *   16..23 proof over 0..15, realm and class: it is ours
 *   24..31 proof over the same, the source's network and the whole boot number: it was given to
 *          this network by this start of the door
 *
 * Keys are made from one seed, a new one each day of the wall clock; the seed may outlive a start,
 * so that nonces of an earlier one are known as ours. How old a nonce is says the mono clock
 * alone: no step of the wall clock makes one good, it only brings the next key early.
 *
 * The proof is SipHash-2-4-128 in two halves, so that a genuine nonce that moved to another
 * network is told from a forged one. A nonce bought on udp, tcp or tls is not good on ws or wss.
 */
#ifndef SIPWARD_NONCE_H
#define SIPWARD_NONCE_H

#include <sipward/reason.h>

#include "base/mac.h"
#include "base/time.h"

#define SW_NONCE_LEN  32
#define SW_NONCE_TEXT 43 /* base64url digits */

struct sw_addr;

enum sw_nonce_class {
	SW_NONCE_DATAGRAM_STREAM = 0, /* udp tcp tls */
	SW_NONCE_WEB,                 /* ws wss */
};

/* What a nonce is bound to. */
struct sw_nonce_bind {
	struct sw_slice realm;
	enum sw_nonce_class class;
	const struct sw_addr *src; /* its network counts, not its port */
};

/* What a genuine nonce says of itself. */
struct sw_nonce {
	uint8_t octets[16]; /* the signed part: names the nonce in the replay table */
	unsigned algs;      /* set that was offered */
	uint64_t random;    /* as it was given when the nonce was made */
	uint32_t issued;    /* sixteenths of a second */
	uint32_t age_s;
};

/* The clock of nonces. */
uint32_t sw_nonce_tick(const struct sw_mono *now);

#define SW_NONCE_KEY_S 86400 /* seconds of the wall clock that one key signs */

/* A key and the day that it is made for. */
struct sw_nonce_key {
	struct sw_mac_key key;
	int64_t day; /* its low four bits are the key id */
};

/*
 * Keys in use: the one that signs, the one that did before, and the one of the next day, which
 * a worker whose clock was read a moment before ours meets. All three verify.
 */
struct sw_nonce_keys {
	struct sw_nonce_key now, before, next;
};

/* The keys of this moment, to begin with. false: libcrypto failed. */
SW_MUST bool sw_nonce_keys_init(struct sw_nonce_keys *k, const uint8_t seed[SW_SEED_LEN],
				struct sw_wall now);

/*
 * Go on to another day where the clock says so; to be called once a second, never for a message.
 * false: libcrypto failed, and the keys are as they were, which is no harm until the next try.
 */
bool sw_nonce_keys_turn(struct sw_nonce_keys *k, const uint8_t seed[SW_SEED_LEN],
			struct sw_wall now);

struct sw_nonce_maker {
	struct sw_mac *mac;
	const struct sw_nonce_keys *keys;
	uint64_t boot; /* low sixteen bits: node and boot id as above; the rest is in the proof */
	uint32_t life_s;
};

/* A nonce that offers `algs`; random must be fresh for each. false only when libcrypto fails. */
SW_MUST bool sw_nonce_make(const struct sw_nonce_maker *m, const struct sw_nonce_bind *bind,
			   const struct sw_mono *now, unsigned algs, uint64_t random,
			   char out[SW_NONCE_TEXT]);

/*
 * SW_OK: ours, fresh, for this network. SW_R_DIGEST_NONCE_FORGED: not made here. For the rest
 * *out is written too: SW_R_DIGEST_STALE (too old, or of another boot),
 * SW_R_DIGEST_NONCE_SOURCE (given to another network).
 */
SW_MUST enum sw_reason sw_nonce_check(const struct sw_nonce_maker *m,
				      const struct sw_nonce_bind *bind, const struct sw_mono *now,
				      struct sw_slice text, struct sw_nonce *out);

#endif
