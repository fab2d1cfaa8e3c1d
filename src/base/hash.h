/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The three hashes of Digest over libcrypto, fetched once: a fetch per call costs more than the
 * hash. One struct sw_hash belongs to one thread.
 */
#ifndef SIPWARD_HASH_H
#define SIPWARD_HASH_H

#include <sipward/slice.h>

enum sw_hash_id {
	SW_HASH_MD5,
	SW_HASH_SHA256,
	SW_HASH_SHA512_256,
	SW_HASH_COUNT,
};

#define SW_HASH_MAX 32 /* octets of the longest result */

struct sw_hash; /* opaque: libcrypto's handles */

/* NULL when libcrypto refuses one of the three (a FIPS-only build) or memory is out. */
struct sw_hash *sw_hash_new(void);
void sw_hash_free(struct sw_hash *h);

/* 16 or 32 octets. */
size_t sw_hash_len(enum sw_hash_id id);

/*
 * Hash the parts one after the other into sw_hash_len(id) octets at out. false only when
 * libcrypto fails, which leaves out zeroed.
 */
SW_MUST bool sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			   size_t parts, uint8_t out[SW_HASH_MAX]);

/*
 * Likewise for what is public and comes again and again, as A2 of a REGISTER does: the last results
 * are remembered, one for each length of the whole. Never for a secret.
 */
SW_MUST bool sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
			    size_t parts, uint8_t out[SW_HASH_MAX]);

/*
 * What was hashed last was a secret, of which libcrypto keeps a block: put nothing in its place.
 */
void sw_hash_wipe(struct sw_hash *h, enum sw_hash_id id);

/* Version of the libcrypto that is linked now: "3.0.15". */
const char *sw_hash_library(void);

#endif
