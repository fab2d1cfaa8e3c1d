/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed boxes: AES-256-GCM (RFC 5116) under a key that is derived from the seal key by HKDF
 * (RFC 5869), and other seeds that come from the same key. It draws no nonce: whoever seals hands
 * in 96 random bits, new ones each time. What a box belongs to is bound to it but not in it.
 * One struct sw_seal belongs to one thread.
 */
#ifndef SIPWARD_SEAL_H
#define SIPWARD_SEAL_H

#include <sipward/slice.h>

#define SW_SEAL_KEY   32 /* octets of the seal key */
#define SW_SEAL_NONCE 12
#define SW_SEAL_TAG   16
#define SW_SEAL_MORE  (SW_SEAL_NONCE + SW_SEAL_TAG) /* octets that a box has above its content */
#define SW_SEAL_CHECK 16

struct sw_seal; /* opaque: libcrypto's handles and the derived key */

/* NULL: libcrypto has no AES-256-GCM, or no memory. */
struct sw_seal *sw_seal_new(const uint8_t key[SW_SEAL_KEY]);
void sw_seal_free(struct sw_seal *s); /* wipes; NULL is nothing */

/* A box of n + SW_SEAL_MORE octets at box. false only when libcrypto fails; the box is zeroed. */
SW_MUST bool sw_seal_close(struct sw_seal *s, const uint8_t nonce[SW_SEAL_NONCE],
			   struct sw_slice bound, const void *content, size_t n, uint8_t *box);

/*
 * The content, box.n - SW_SEAL_MORE octets at out. false: not sealed with this key for this, or
 * changed since; out is then zeroed.
 */
SW_MUST bool sw_seal_open(struct sw_seal *s, struct sw_slice box, struct sw_slice bound, void *out);

/* A seed for another purpose, named by label. */
SW_MUST bool sw_seal_seed(const uint8_t key[SW_SEAL_KEY], struct sw_slice label,
			  uint8_t out[SW_SEAL_KEY]);

/* Octets that tell two keys apart and say nothing about either. */
SW_MUST bool sw_seal_check(const uint8_t key[SW_SEAL_KEY], uint8_t out[SW_SEAL_CHECK]);

#endif
