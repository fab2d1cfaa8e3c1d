/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users by name, in two rolls over memory that is handed in: those of the snapshot, made with it
 * and for one worker alone, and those of the store, which outlive any snapshot, are shared by all
 * workers and written by the store role while they read. Both are asked for every name, and known
 * and unknown ones cost the same probes, hash calls and copies.
 */
#ifndef SIPWARD_USERS_H
#define SIPWARD_USERS_H

#include <sipward/policy.h>

#include "sip/roll.h"

struct sw_users {
	const struct sw_policy *policy;
	struct sw_roll configured;
	struct sw_roll kept; /* zeroed: there is none */
	struct sw_mac_key key;
};

size_t sw_users_size(const struct sw_policy *p);

/*
 * Put the snapshot's users into zeroed memory of sw_users_size octets; nobody is kept yet. The roll
 * of kept ones, made with the same key, and with its locks, is put in by the caller. false only
 * when libcrypto fails.
 */
SW_MUST bool sw_users_init(struct sw_users *u, const struct sw_policy *p, void *memory,
			   struct sw_mac *mac, const struct sw_mac_key *key);

/* Memory for up to `capacity` kept users, and an empty roll in it (zeroed). */
size_t sw_users_kept_size(uint32_t capacity);
void sw_users_kept_init(struct sw_roll *kept, void *memory, uint32_t capacity);

/*
 * A copy of the user of exactly this name; one of the configuration before one that is kept, but
 * where the configuration only reserves the name: then it is the kept one, with the origin of the
 * reservation, and it is for whoever asks to see that the two trunks are the same.
 * SW_R_DIGEST_NO_USER: there is none, and *out is somebody else under that name, read in the same
 * way, so that memory does not tell the two apart: whoever asks goes on with it and lets the answer
 * decide at the end. SW_R_TABLE_BUSY: nobody can tell now, and *out is not written. Holds secrets:
 * the caller wipes it. Where is_cut, some addresses are left out until it is completed.
 */
SW_MUST enum sw_reason sw_users_find(const struct sw_users *u, struct sw_mac *mac,
				     struct sw_slice name, struct sw_user *out);

/* The same in three steps, with time for memory in between. name is the one that gave the id. */
SW_MUST struct sw_roll_id sw_users_expect(const struct sw_users *u, struct sw_mac *mac,
					  struct sw_slice name);
void sw_users_expect_record(const struct sw_users *u, struct sw_roll_id id);
SW_MUST enum sw_reason sw_users_find_id(const struct sw_users *u, struct sw_roll_id id,
					struct sw_slice name, struct sw_user *out);

/*
 * All addresses of a user that was found, once it has proven who it is. Other than SW_OK: it was
 * dropped meanwhile (SW_R_DIGEST_NO_USER), or SW_R_TABLE_BUSY.
 */
SW_MUST enum sw_reason sw_users_complete(const struct sw_users *u, struct sw_mac *mac,
					 struct sw_user *user);

/* Both at once: for whoever need not be even. */
SW_MUST enum sw_reason sw_users_read(const struct sw_users *u, struct sw_mac *mac,
				     struct sw_slice name, struct sw_user *out);

/* The first kept user from *at on: see sw_roll_next. */
SW_MUST enum sw_reason sw_users_next(const struct sw_users *u, uint32_t *at, struct sw_user *out);

/* Does the configuration reserve this user's name for another trunk than the user's? */
bool sw_users_is_elsewhere(const struct sw_policy *p, const struct sw_user *user);

/*
 * Could the user of this name prove itself: it is on, and so is its trunk, which is there and not
 * another than its name is reserved for? SW_OK, or why not; *out as by sw_users_find.
 */
SW_MUST enum sw_reason sw_users_may_prove(const struct sw_users *u, struct sw_mac *mac,
					  struct sw_slice name, struct sw_user *out);

/*
 * May a binding of this user and address stay? SW_OK: it could prove itself, and the address is
 * its. SW_R_TABLE_BUSY: nobody can tell now. Else it may not.
 */
SW_MUST enum sw_reason sw_users_may_keep(const struct sw_users *u, struct sw_mac *mac,
					 struct sw_slice name, struct sw_slice aor);

/*
 * Keep this user, or what is new of it; one role alone does that. SW_R_TABLE_FULL, SW_R_TABLE_BUSY,
 * or SW_R_BUG: libcrypto failed, or there is no roll. Its origin is written as 0.
 */
SW_MUST enum sw_reason sw_users_put(struct sw_users *u, struct sw_mac *mac,
				    const struct sw_user *user);

/* Let go of a kept user, wiped. SW_R_DIGEST_NO_USER: there is none of this name; as above. */
SW_MUST enum sw_reason sw_users_drop(struct sw_users *u, struct sw_mac *mac, struct sw_slice name);

struct sw_fill sw_users_fill(const struct sw_users *u); /* of kept ones */

#endif
