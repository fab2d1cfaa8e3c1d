/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A roll of users, as short records in memory that is handed in and that several processes may
 * share: one writes, all read. A user is known by a keyed hash of its name, of 128 bits, so that
 * no name is compared; what a login needs stands in one record of a fixed size, and is copied
 * whole under the lock. Known and unknown names cost the same probes and copies: whoever asks for
 * a name that is not there gets somebody else, or nobody, in the same way. Texts that are longer
 * go on in a chain: they are read by whoever has proven to be meant.
 *
 * Numbers and lengths read from the memory are checked. Holds secrets: keep it out of core dumps.
 */
#ifndef SIPWARD_ROLL_H
#define SIPWARD_ROLL_H

#include <sipward/reason.h>
#include <sipward/user.h>

#include "base/mac.h"
#include "base/shards.h"

#define SW_ROLL_TEXT   56   /* octets of a record's own, first its addresses, then its name */
#define SW_ROLL_TRUNKS 4096 /* names of trunks that a roll knows */

/* What a record says, as it lies there: a value that the caller wipes. */
struct sw_roll_record {
	uint64_t rest;   /* of the hash of its name */
	uint32_t origin; /* as in sw_user */
	uint32_t more;
	uint16_t trunk; /* index into the names of trunks */
	uint16_t aors_n;
	uint8_t name_n;
	uint8_t flags;
	uint8_t algs[SW_FORM_COUNT];
	uint8_t md5[SW_FORM_COUNT][16];
	uint8_t sha256[SW_FORM_COUNT][32];
	uint8_t sha512_256[SW_FORM_COUNT][32];
	char text[SW_ROLL_TEXT];
};

/* flags */
#define SW_ROLL_THERE    1u /* it is somebody */
#define SW_ROLL_OFF      2u
#define SW_ROLL_RESERVED 4u

/* By what a name is known; zeroed: by nothing, where libcrypto failed. */
struct sw_roll_id {
	uint64_t hash, rest;
};

struct sw_roll_trunks;

/* A view on the memory; copied freely, owns nothing. Zeroed: nobody is in it, and nobody will. */
struct sw_roll {
	struct sw_shards shards; /* its locks are put in by whoever shares the memory */
	struct sw_roll_trunks *trunks;
};

size_t sw_roll_size(uint32_t capacity);
void sw_roll_init(struct sw_roll *r, void *memory, uint32_t capacity); /* zeroed memory */

struct sw_roll_id sw_roll_id(struct sw_mac *mac, const struct sw_mac_key *key,
			     struct sw_slice name);

/*
 * The record of this name. SW_R_DIGEST_NO_USER: there is none, and *out is another one, or zeroed.
 * SW_R_TABLE_BUSY: the shard is not to be had, and *out is not written.
 */
SW_MUST enum sw_reason sw_roll_find(const struct sw_roll *r, struct sw_roll_id id,
				    struct sw_roll_record *out);

/* That name will be asked for soon: see sw_table_expect. */
void sw_roll_expect(const struct sw_roll *r, struct sw_roll_id id);
void sw_roll_expect_record(const struct sw_roll *r, struct sw_roll_id id);

/*
 * A record as a user. Its name is not in the record: it is the one that was asked for. Addresses
 * that the record has no room for are left out, and is_cut says so.
 */
void sw_roll_read(const struct sw_roll *r, const struct sw_roll_record *record,
		  struct sw_slice name, struct sw_user *out);

/* Where is_cut: the addresses of this user, all of them. As sw_roll_find. */
SW_MUST enum sw_reason sw_roll_complete(const struct sw_roll *r, struct sw_roll_id id,
					struct sw_user *out);

/*
 * Put a user in, or what is new of it. SW_R_TABLE_FULL: there is no room for it, or for the name
 * of its trunk; SW_R_TABLE_BUSY; SW_R_BUG: id is zeroed, or the roll is.
 */
SW_MUST enum sw_reason sw_roll_put(struct sw_roll *r, struct sw_roll_id id,
				   const struct sw_user *user);

/* Take it out, wiped. SW_R_DIGEST_NO_USER: it is not there. */
SW_MUST enum sw_reason sw_roll_drop(struct sw_roll *r, struct sw_roll_id id);

/*
 * The first user from slot *at on, whole; *at moves behind it, and begins at 0. The caller wipes.
 * SW_R_DIGEST_NO_USER: that was all. SW_R_TABLE_BUSY: nobody can tell now who comes next, and *at
 * is where to ask again.
 */
SW_MUST enum sw_reason sw_roll_next(const struct sw_roll *r, uint32_t *at, struct sw_user *out);

struct sw_fill sw_roll_fill(const struct sw_roll *r);

#endif
