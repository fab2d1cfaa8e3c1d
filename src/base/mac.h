/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SipHash-2-4 with 128 bits of result over libcrypto, and keys derived from one seed by HKDF
 * (RFC 5869). One struct sw_mac belongs to one thread; its context is made once.
 */
#ifndef SIPWARD_MAC_H
#define SIPWARD_MAC_H

#include <sipward/slice.h>

#define SW_MAC_KEY  16 /* octets of a key */
#define SW_MAC_LEN  16 /* octets of a result */
#define SW_SEED_LEN 32 /* octets of the seed that keys are derived from */

struct sw_mac_key {
	uint8_t octets[SW_MAC_KEY];
};

struct sw_mac; /* opaque: libcrypto's handles */

struct sw_mac *sw_mac_new(void); /* NULL: libcrypto has no SipHash, or no memory */
void sw_mac_free(struct sw_mac *m);

/* MAC of the parts one after the other. false only when libcrypto fails; out is then zeroed. */
SW_MUST bool sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key,
			  const struct sw_slice *part, size_t parts, uint8_t out[SW_MAC_LEN]);

/* The first eight octets of the MAC as a number: for keyed tables. 0 when libcrypto fails. */
uint64_t sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *key, struct sw_slice s);

/* Key for one purpose, named by label ("nonce", "tag"), from the seed (HKDF-SHA-256). */
SW_MUST bool sw_mac_derive(const uint8_t seed[SW_SEED_LEN], struct sw_slice label,
			   struct sw_mac_key *out);

#endif
