/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's own state, and one message on its way through: what the files of this layer
 * share. Nobody outside includes it.
 */
#ifndef SIPWARD_STATE_H
#define SIPWARD_STATE_H

#include <sipward/engine.h>
#include <sipward/msg.h>

#include "base/hash.h"

struct sw_registration;

#define SW_DRAWS (SW_MAC_LEN / sizeof(uint64_t)) /* numbers that one MAC gives */

struct sw_engine {
	struct sw_hash *hash;
	struct sw_mac *mac;
	uint8_t key_seed[SW_SEED_LEN];
	struct sw_nonce_keys nonce_keys;
	struct sw_mac_key tag_key, random_key, shown_key;
	struct sw_ha1 nobody; /* HA1 of those who do not exist: a secret that nobody knows */
	uint64_t drawn;       /* numbers drawn so far */
	uint8_t draws[SW_MAC_LEN];
	uint64_t boot;
	const struct sw_policy *policy;
	struct sw_users users;
	struct sw_location location;
	int64_t ahead_us; /* see struct sw_engine_parts */
	struct sw_replay replay;
	struct sw_txns txns;
	struct sw_proven proven;
	uint32_t sweep_at;
	uint32_t check_at;        /* bindings before it may stay, as far as users and policy go */
	bool is_checked;          /* all of them may … */
	struct sw_mono check_due; /* … else they are looked at from then on */
	bool has_one_key;         /* users and addresses of the same name have the same hash */
	struct sw_mono sweep_due;
	struct sw_offer common; /* what sw_policy_common_set gave … */
	int64_t common_s;       /* … in this second of the wall clock */
	struct sw_msg msg;      /* scratch, here and below: too large for the stack of every call */
	struct sw_user user; /* named by the credentials; its secrets go at the end of the step */
	struct sw_registration *registration;
};

/*
 * What bindings end by: the wall's clock as it was when the door began, and what has passed since.
 * A clock that is set then neither ends all of them nor lets them live on.
 */
static inline struct sw_wall sw_state_steady(const struct sw_engine *e, struct sw_mono mono,
					     struct sw_wall wall)
{
	return e->ahead_us == 0 ? wall : (struct sw_wall){ (int64_t)mono.us + e->ahead_us };
}

/* Sixty-four random bits that a recorded run draws again. */
uint64_t sw_state_draw(struct sw_engine *e);

/* One message between arrival and answer. */
struct step {
	struct sw_engine *e;
	const struct sw_input *in;
	const struct sw_msg *msg;
	struct sw_evidence evidence;
	struct sw_digest digest; /* the credentials for our realm, where they could be read */
	struct sw_nonce nonce;   /* theirs, once they were examined */
	struct sw_slice name;    /* who they are of … */
	struct sw_roll_id who;   /* … and what that one is kept under */
	bool is_proven;          /* and used up by this very request */
	bool has_id;
	uint8_t id[SW_MAC_LEN];
	struct sw_account *account;
	struct sw_actions *out;
	struct sw_buf answer;
};

/*
 * The transaction that a request belongs to: a keyed hash of branch, sent-by, Call-ID, From tag,
 * CSeq and method, where ACK and CANCEL count as the INVITE that they are for (RFC 3261 17.2.3).
 * Made once. Zero when libcrypto fails, which no table takes.
 */
const uint8_t *sw_state_id(struct step *s);

/* The keyed hash of an address: most are named as the user is, and that one's was made. */
uint64_t sw_state_hash_of(const struct step *s, struct sw_slice aor);

#endif
