/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mac.h"

#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#define JOIN 512

struct sw_mac {
	EVP_MAC *mac;
	EVP_MAC_CTX *ctx;
	char joined[JOIN]; /* short parts, for one call: each costs as much as 100 octets */
	size_t n;
};

struct sw_mac *sw_mac_new(void)
{
	struct sw_mac *m = calloc(1, sizeof(*m));
	size_t len = SW_MAC_LEN;
	OSSL_PARAM size[] = { OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &len),
			      OSSL_PARAM_construct_end() };

	if (!m)
		return NULL;
	m->mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);
	m->ctx = m->mac ? EVP_MAC_CTX_new(m->mac) : NULL;
	if (!m->ctx || !EVP_MAC_CTX_set_params(m->ctx, size)) {
		sw_mac_free(m);
		return NULL;
	}
	return m;
}

void sw_mac_free(struct sw_mac *m)
{
	if (!m)
		return;
	EVP_MAC_CTX_free(m->ctx);
	EVP_MAC_free(m->mac);
	free(m);
}

static int update(struct sw_mac *m, const char *p, size_t n)
{
	return n == 0 || EVP_MAC_update(m->ctx, (const unsigned char *)p, n);
}

static int add(struct sw_mac *m, struct sw_slice part)
{
	int ok = 1;

	if (part.n > JOIN - m->n) {
		ok = update(m, m->joined, m->n);
		m->n = 0;
	}
	if (part.n > JOIN)
		return ok && update(m, part.p, part.n);
	if (part.n > 0)
		memcpy(m->joined + m->n, part.p, part.n);
	m->n += part.n;
	return ok;
}

static int add_all(struct sw_mac *m, const struct sw_slice *part, size_t parts)
{
	int ok = 1;

	m->n = 0;
	for (size_t i = 0; ok && i < parts; i++)
		ok = add(m, part[i]);
	return ok && update(m, m->joined, m->n);
}

bool sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *key, const struct sw_slice *part,
		  size_t parts, uint8_t out[SW_MAC_LEN])
{
	size_t len = 0;
	int ok = EVP_MAC_init(m->ctx, key->octets, sizeof(key->octets), NULL);

	ok = ok && (parts == 1 ? update(m, part->p, part->n) : add_all(m, part, parts));
	if (!ok || !EVP_MAC_final(m->ctx, out, &len, SW_MAC_LEN) || len != SW_MAC_LEN) {
		memset(out, 0, SW_MAC_LEN);
		return false;
	}
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
