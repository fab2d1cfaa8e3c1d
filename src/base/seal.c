/* SPDX-License-Identifier: Apache-2.0 */
#include "base/seal.h"

#include <limits.h>
#include <stdlib.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

#include "base/secret.h"

struct sw_seal {
	EVP_CIPHER *cipher;
	EVP_CIPHER_CTX *ctx;
	uint8_t key[SW_SEAL_KEY];
};

static bool derive(const uint8_t key[SW_SEAL_KEY], struct sw_slice label, void *out, size_t n)
{
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	char hash[] = "SHA2-256";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, hash, 0),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)key,
						  SW_SEAL_KEY),
		OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (void *)(uintptr_t)label.p,
						  label.n),
		OSSL_PARAM_construct_end(),
	};
	bool ok = ctx && EVP_KDF_derive(ctx, out, n, params) == 1;

	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	if (!ok)
		sw_secret_wipe(out, n);
	return ok;
}

struct sw_seal *sw_seal_new(const uint8_t key[SW_SEAL_KEY])
{
	struct sw_seal *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
	s->ctx = s->cipher ? EVP_CIPHER_CTX_new() : NULL;
	if (s->ctx && derive(key, SW_LIT("sipward box 1"), s->key, sizeof(s->key)))
		return s;
	sw_seal_free(s);
	return NULL;
}

void sw_seal_free(struct sw_seal *s)
{
	if (!s)
		return;
	EVP_CIPHER_CTX_free(s->ctx);
	EVP_CIPHER_free(s->cipher);
	sw_secret_wipe(s, sizeof(*s));
	free(s);
}

/* Key, nonce, and what is bound. The way in and the way out are one function of libcrypto. */
static bool begin(struct sw_seal *s, const uint8_t *nonce, struct sw_slice bound, bool is_closing)
{
	int n;

	return bound.n <= INT_MAX &&
	       EVP_CipherInit_ex2(s->ctx, s->cipher, s->key, nonce, is_closing ? 1 : 0, NULL) &&
	       EVP_CipherUpdate(s->ctx, NULL, &n, (const unsigned char *)bound.p, (int)bound.n);
}

static bool run(struct sw_seal *s, const void *from, size_t n, void *to)
{
	int done;

	return n == 0 || (n <= INT_MAX && EVP_CipherUpdate(s->ctx, to, &done, from, (int)n) &&
			  done == (int)n);
}

bool sw_seal_close(struct sw_seal *s, const uint8_t nonce[SW_SEAL_NONCE], struct sw_slice bound,
		   const void *content, size_t n, uint8_t *box)
{
	uint8_t *inside = box + SW_SEAL_NONCE, *tag = inside + n;
	int rest;

	memcpy(box, nonce, SW_SEAL_NONCE);
	if (begin(s, nonce, bound, true) && run(s, content, n, inside) &&
	    EVP_CipherFinal_ex(s->ctx, tag, &rest) && rest == 0 &&
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_GET_TAG, SW_SEAL_TAG, tag) == 1)
		return true;
	sw_secret_wipe(box, n + SW_SEAL_MORE);
	return false;
}

bool sw_seal_open(struct sw_seal *s, struct sw_slice box, struct sw_slice bound, void *out)
{
	const uint8_t *nonce = (const uint8_t *)box.p;
	uint8_t tag[SW_SEAL_TAG], none[1];
	size_t n;
	int rest;

	if (box.n < SW_SEAL_MORE)
		return false;
	n = box.n - SW_SEAL_MORE;
	memcpy(tag, nonce + SW_SEAL_NONCE + n, sizeof(tag));
	/* What is written before the tag is checked is nobody's, and wiped if that fails. */
	if (begin(s, nonce, bound, false) && run(s, nonce + SW_SEAL_NONCE, n, out) &&
	    EVP_CIPHER_CTX_ctrl(s->ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
	    EVP_CipherFinal_ex(s->ctx, none, &rest) == 1)
		return true;
	sw_secret_wipe(out, n);
	return false;
}

bool sw_seal_seed(const uint8_t key[SW_SEAL_KEY], struct sw_slice label, uint8_t out[SW_SEAL_KEY])
{
	return derive(key, label, out, SW_SEAL_KEY);
}

bool sw_seal_check(const uint8_t key[SW_SEAL_KEY], uint8_t out[SW_SEAL_CHECK])
{
	return derive(key, SW_LIT("sipward check 1"), out, SW_SEAL_CHECK);
}
