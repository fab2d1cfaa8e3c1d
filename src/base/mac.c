/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mac.h"

#include <stdlib.h>

#include <endian.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

/* SipHash's state, with the octets that make no whole word yet. */
struct sw_mac {
	uint64_t v[4];
	uint64_t rest; /* from its low end on */
	unsigned has;  /* octets in it: 0 to 7 */
	uint64_t total;
};

struct sw_mac *sw_mac_new(void)
{
	return calloc(1, sizeof(struct sw_mac));
}

void sw_mac_free(struct sw_mac *m)
{
	free(m);
}

static uint64_t turned(uint64_t v, unsigned by)
{
	return v << by | v >> (64 - by);
}

static inline __attribute__((always_inline)) void mix(uint64_t v[4], unsigned rounds)
{
	for (unsigned i = 0; i < rounds; i++) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = turned(v[1], 13) ^ v[0];
		v[3] = turned(v[3], 16) ^ v[2];
		v[0] = turned(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = turned(v[1], 17) ^ v[2];
		v[3] = turned(v[3], 21) ^ v[0];
		v[2] = turned(v[2], 32);
	}
}

static inline __attribute__((always_inline)) void take(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v, 2);
	v[0] ^= word;
}

static uint64_t word_at(const char *p)
{
	uint64_t word;

	memcpy(&word, p, sizeof(word));
	return le64toh(word);
}

/* Fewer than eight octets as the low end of a word; what is read twice lands where it was. */
static uint64_t short_word(const char *p, size_t n)
{
	uint32_t low, high;

	if (n == 0)
		return 0;
	if (n < 4)
		return (uint64_t)(uint8_t)p[0] | (uint64_t)(uint8_t)p[n / 2] << 8 * (n / 2) |
		       (uint64_t)(uint8_t)p[n - 1] << 8 * (n - 1);
	memcpy(&low, p, sizeof(low));
	memcpy(&high, p + n - sizeof(high), sizeof(high));
	return le32toh(low) | (uint64_t)le32toh(high) << 8 * (n - sizeof(high));
}

static void begin(struct sw_mac *m, const struct sw_mac_key *key)
{
	uint64_t k0 = word_at((const char *)key->octets);
	uint64_t k1 = word_at((const char *)key->octets + sizeof(k0));

	m->v[0] = k0 ^ 0x736f6d6570736575;
	m->v[1] = k1 ^ 0x646f72616e646f6d ^ 0xee; /* 128 bits of result */
	m->v[2] = k0 ^ 0x6c7967656e657261;
	m->v[3] = k1 ^ 0x7465646279746573;
	m->rest = m->total = m->has = 0;
}

/* What is short of a word: it fills up the rest, or becomes it. */
static void add_short(struct sw_mac *m, uint64_t v[4], uint64_t word, unsigned n)
{
	uint64_t whole = m->rest | word << 8 * m->has;

	if (m->has + n < 8) {
		m->rest = whole;
		m->has += n;
		return;
	}
	take(v, whole);
	m->rest = n > 0 && m->has > 0 ? word >> 8 * (8 - m->has) : 0;
	m->has = m->has + n - 8;
}

static void add(struct sw_mac *m, struct sw_slice part)
{
	uint64_t v[4] = { m->v[0], m->v[1], m->v[2], m->v[3] }, rest = m->rest;
	unsigned up = 8 * m->has;
	size_t at = 0;

	for (; part.n - at >= 8; at += 8) {
		uint64_t word = word_at(part.p + at);

		take(v, rest | word << up);
		rest = up > 0 ? word >> (64 - up) : 0;
	}
	m->rest = rest;
	m->total += part.n;
	add_short(m, v, short_word(part.p + at, part.n - at), (unsigned)(part.n - at));
	memcpy(m->v, v, sizeof(v));
}

static uint64_t half(const uint64_t v[4])
{
	return htole64(v[0] ^ v[1] ^ v[2] ^ v[3]);
}

static void finish(struct sw_mac *m, uint8_t out[SW_MAC_LEN])
{
	uint64_t first, second;

	take(m->v, m->rest | m->total << 56);
	m->v[2] ^= 0xee;
	mix(m->v, 4);
	first = half(m->v);
	m->v[1] ^= 0xdd;
	mix(m->v, 4);
	second = half(m->v);
	memcpy(out, &first, sizeof(first));
	memcpy(out + sizeof(first), &second, sizeof(second));
}

bool sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key, const struct sw_slice *part,
		  size_t parts, uint8_t out[SW_MAC_LEN])
{
	begin(m, key);
	for (size_t i = 0; i < parts; i++)
		add(m, part[i]);
	finish(m, out);
	return true;
}

uint64_t sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *key, struct sw_slice s)
{
	uint8_t out[SW_MAC_LEN];
	uint64_t v;

	if (!sw_mac_parts(m, key, &s, 1, out))
		return 0;
	memcpy(&v, out, sizeof(v));
	return v;
}

bool sw_mac_derive(const uint8_t seed[SW_SEED_LEN], struct sw_slice label, struct sw_mac_key *out)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	char hash[] = "SHA2-256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)seed,
						  SW_SEED_LEN),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label.p,
						  label.n),
		OSSL_PARAM_construct_end(),
	};
	bool ok = ctx && EVP_KDF_derive(ctx, out->octets, sizeof(out->octets), params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	return ok;
}
