/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/secret.h"

#define JOIN 256 /* octets of short parts that are hashed by one call */

#define KNOWN      16  /* public texts that are remembered: a power of two */
#define KNOWN_TEXT 128 /* octets of the longest */

/* A text and its hash; is_set: it has one. */
struct known {
	bool is_set;
	enum sw_hash_id id;
	size_t n;
	uint8_t out[SW_HASH_MAX];
	char text[KNOWN_TEXT];
};

struct sw_hash {
	EVP_MD *md[SW_HASH_COUNT];
	EVP_MD_CTX *ctx[SW_HASH_COUNT]; /* one each: changing the hash of a context reallocates */
	struct known known[KNOWN];
};

static const char *const names[SW_HASH_COUNT] = {
	[SW_HASH_MD5] = "MD5",
	[SW_HASH_SHA256] = "SHA2-256",
	[SW_HASH_SHA512_256] = "SHA2-512/256",
};

struct sw_hash *sw_hash_new(void)
{
	struct sw_hash *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	for (unsigned i = 0; i < SW_HASH_COUNT; i++) {
		h->md[i] = EVP_MD_fetch(NULL, names[i], NULL);
		h->ctx[i] = EVP_MD_CTX_new();
		if (!h->md[i] || !h->ctx[i] || !EVP_DigestInit_ex(h->ctx[i], h->md[i], NULL)) {
			sw_hash_free(h);
			return NULL;
		}
	}
	return h;
}

void sw_hash_free(struct sw_hash *h)
{
	if (!h)
		return;
	for (unsigned i = 0; i < SW_HASH_COUNT; i++) {
		EVP_MD_CTX_free(h->ctx[i]);
		EVP_MD_free(h->md[i]);
	}
	free(h);
}

size_t sw_hash_len(enum sw_hash_id id)
{
	return id == SW_HASH_MD5 ? 16 : 32;
}

/* The octets before part i are hashed together: each call costs as much as many of them. */
static int update(EVP_MD_CTX *ctx, const struct sw_slice *part, size_t parts, char joined[JOIN],
		  size_t *most)
{
	size_t n = 0;
	int ok = 1;

	for (size_t i = 0; ok && i < parts; i++) {
		bool fits = part[i].n <= JOIN - n;

		if (!fits) {
			ok = EVP_DigestUpdate(ctx, joined, n);
			n = 0;
		}
		if (!fits && part[i].n > JOIN) {
			ok = ok && EVP_DigestUpdate(ctx, part[i].p, part[i].n);
			continue;
		}
		if (part[i].n > 0)
			memcpy(joined + n, part[i].p, part[i].n);
		n += part[i].n;
		*most = n > *most ? n : *most;
	}
	return ok && EVP_DigestUpdate(ctx, joined, n);
}

bool sw_hash_parts(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part, size_t parts,
		   uint8_t out[SW_HASH_MAX])
{
	EVP_MD_CTX *ctx = h->ctx[id];
	char joined[JOIN];
	size_t most = 0;
	unsigned len = 0;
	int ok = EVP_DigestInit_ex(ctx, NULL, NULL);

	ok = ok && update(ctx, part, parts, joined, &most);
	sw_secret_wipe(joined, most);
	if (!ok || !EVP_DigestFinal_ex(ctx, out, &len) || len != sw_hash_len(id)) {
		memset(out, 0, SW_HASH_MAX);
		return false;
	}
	return true;
}

/* The parts as one text. false: it is longer than what is remembered. */
static bool join(const struct sw_slice *part, size_t parts, char out[KNOWN_TEXT], size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < parts; i++) {
		if (part[i].n > KNOWN_TEXT - *n)
			return false;
		if (part[i].n > 0)
			memcpy(out + *n, part[i].p, part[i].n);
		*n += part[i].n;
	}
	return true;
}

bool sw_hash_public(struct sw_hash *h, enum sw_hash_id id, const struct sw_slice *part,
		    size_t parts, uint8_t out[SW_HASH_MAX])
{
	char text[KNOWN_TEXT];
	size_t n;

	if (!join(part, parts, text, &n))
		return sw_hash_parts(h, id, part, parts, out);
	struct known *k = &h->known[(n + (size_t)5 * id) % KNOWN];

	if (!k->is_set || k->id != id || k->n != n || memcmp(k->text, text, n) != 0) {
		k->id = id;
		k->n = n;
		memcpy(k->text, text, n);
		k->is_set = sw_hash_parts(h, id, part, parts, k->out);
	}
	memcpy(out, k->out, sizeof(k->out));
	return k->is_set;
}

void sw_hash_wipe(struct sw_hash *h, enum sw_hash_id id)
{
	uint8_t unread[SW_HASH_MAX];

	/* The padding of an empty message fills the block; SHA-512's is not wiped as others are. */
	if (!sw_hash_parts(h, id, NULL, 0, unread))
		return;
}

const char *sw_hash_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION_STRING);
}
