/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/digest.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/secret.h"
#include "core/authparam.h"

static const struct {
	const char *name[2], *word[2]; /* plain, -sess */
	enum sw_hash_id hash;
	size_t len;
} algs[SW_ALG_COUNT] = {
	[SW_ALG_NONE] = { { "none", "none" }, { "none", "none" }, SW_HASH_MD5, 0 },
	[SW_ALG_MD5] = { { "MD5", "MD5-sess" }, { "md5", "md5-sess" }, SW_HASH_MD5, 16 },
	[SW_ALG_SHA256] = { { "SHA-256", "SHA-256-sess" },
			    { "sha-256", "sha-256-sess" },
			    SW_HASH_SHA256,
			    32 },
	[SW_ALG_SHA512_256] = { { "SHA-512-256", "SHA-512-256-sess" },
				{ "sha-512-256", "sha-512-256-sess" },
				SW_HASH_SHA512_256,
				32 },
};

static unsigned row_of(enum sw_alg alg)
{
	return (unsigned)alg < SW_ALG_COUNT ? (unsigned)alg : SW_ALG_NONE;
}

const char *sw_alg_name(enum sw_alg alg)
{
	return algs[row_of(alg)].name[0];
}

const char *sw_alg_word(enum sw_alg alg)
{
	return algs[row_of(alg)].word[0];
}

const char *sw_alg_form_name(struct sw_alg_form f)
{
	return algs[row_of(f.alg)].name[f.sess];
}

const char *sw_alg_form_word(struct sw_alg_form f)
{
	return algs[row_of(f.alg)].word[f.sess];
}

bool sw_alg_find_word(struct sw_slice word, struct sw_alg_form *out)
{
	for (unsigned i = 2 * SW_ALG_MD5; i < 2 * SW_ALG_COUNT; i++) {
		if (!sw_slice_eq(word, sw_slice_of(algs[i / 2].word[i % 2])))
			continue;
		*out = (struct sw_alg_form){ (enum sw_alg)(i / 2), i % 2 == 1 };
		return true;
	}
	return false;
}

struct sw_alg_form sw_alg_find(struct sw_slice name)
{
	for (unsigned i = 2 * SW_ALG_MD5; i < 2 * SW_ALG_COUNT; i++)
		if (sw_slice_eq_nocase(name, sw_slice_of(algs[i / 2].name[i % 2])))
			return (struct sw_alg_form){ (enum sw_alg)(i / 2), i % 2 == 1 };
	return (struct sw_alg_form){ 0 };
}

const char *sw_qop_name(enum sw_qop qop)
{
	return qop == SW_QOP_AUTH ? "auth" : qop == SW_QOP_AUTH_INT ? "auth-int" : "none";
}

size_t sw_alg_len(enum sw_alg alg)
{
	return (unsigned)alg < SW_ALG_COUNT ? algs[alg].len : 0;
}

enum param {
	P_USERNAME,
	P_REALM,
	P_NONCE,
	P_URI,
	P_RESPONSE,
	P_ALGORITHM,
	P_CNONCE,
	P_OPAQUE,
	P_QOP,
	P_NC,
	P_COUNT,
};

#define P_BIT(p) (1u << (p))
#define P_REQUIRED \
	(P_BIT(P_USERNAME) | P_BIT(P_REALM) | P_BIT(P_NONCE) | P_BIT(P_URI) | P_BIT(P_RESPONSE))
#define P_QOP_SET (P_BIT(P_CNONCE) | P_BIT(P_NC))

static const struct sw_slice param_names[P_COUNT] = {
	[P_USERNAME] = SW_INIT("username"), [P_REALM] = SW_INIT("realm"),
	[P_NONCE] = SW_INIT("nonce"),       [P_URI] = SW_INIT("uri"),
	[P_RESPONSE] = SW_INIT("response"), [P_ALGORITHM] = SW_INIT("algorithm"),
	[P_CNONCE] = SW_INIT("cnonce"),     [P_OPAQUE] = SW_INIT("opaque"),
	[P_QOP] = SW_INIT("qop"),           [P_NC] = SW_INIT("nc"),
};

static void read_algorithm(struct sw_slice text, struct sw_digest *d)
{
	struct sw_alg_form f = sw_alg_find(text);

	d->alg = f.alg;
	d->sess = f.sess;
}

static enum sw_reason read_qop(const struct sw_slice val[P_COUNT], unsigned seen,
			       struct sw_digest *d)
{
	uint8_t nc[4];

	if (sw_slice_eq_nocase(val[P_QOP], SW_LIT("auth")))
		d->qop = SW_QOP_AUTH;
	else if (sw_slice_eq_nocase(val[P_QOP], SW_LIT("auth-int")))
		d->qop = SW_QOP_AUTH_INT;
	else
		return SW_R_DIGEST_QOP;
	if ((seen & P_QOP_SET) != P_QOP_SET)
		return SW_R_DIGEST_PARAM_GONE;
	if (!sw_hex_parse(val[P_NC], nc, sizeof(nc)))
		return SW_R_DIGEST_SYNTAX;
	d->nc = (uint32_t)nc[0] << 24 | (uint32_t)nc[1] << 16 | (uint32_t)nc[2] << 8 | nc[3];
	d->nc_text = val[P_NC];
	return d->nc > 0 ? SW_OK : SW_R_DIGEST_SYNTAX;
}

bool sw_digest_is(struct sw_slice value, struct sw_slice *params)
{
	struct lex lx = lex_of(value);
	struct sw_slice scheme;

	if (!lex_token(&lx, &scheme) || !sw_slice_eq_nocase(scheme, SW_LIT("Digest")))
		return false;
	const char *mark = lx.p;

	lex_blanks(&lx);
	*params = lex_rest(&lx);
	return lx.p > mark || lx.p == lx.end;
}

enum sw_reason sw_digest_parse(struct sw_slice value, struct sw_digest *out)
{
	struct sw_slice val[P_COUNT] = { 0 };
	struct sw_digest d = { 0 };
	struct sw_slice params;
	unsigned seen = 0;

	if (!sw_digest_is(value, &params))
		return SW_R_DIGEST_SYNTAX;
	enum sw_reason r = sw_authparam_split(params, param_names, P_COUNT, val, &seen);

	if (r == SW_OK && (seen & P_REQUIRED) != P_REQUIRED)
		r = SW_R_DIGEST_PARAM_GONE;
	if (r != SW_OK)
		return r;
	if (seen & P_BIT(P_ALGORITHM))
		read_algorithm(val[P_ALGORITHM], &d);
	else
		d.alg = SW_ALG_MD5; /* RFC 7616 3.3: what its absence means */
	if (seen & P_BIT(P_QOP))
		r = read_qop(val, seen, &d);
	else if (d.sess) /* its key needs a cnonce, which comes only with qop (RFC 7616 3.4) */
		r = SW_R_DIGEST_QOP;
	if (r != SW_OK)
		return r;
	d.user = val[P_USERNAME];
	d.realm = val[P_REALM];
	d.nonce = val[P_NONCE];
	d.uri = val[P_URI];
	d.response = val[P_RESPONSE];
	d.cnonce = val[P_CNONCE];
	*out = d;
	return SW_OK;
}

bool sw_digest_realm(struct sw_slice value, struct sw_slice *realm)
{
	struct sw_slice params, name, v, found = { 0 };
	unsigned realms = 0;
	bool more = true;

	if (!sw_digest_is(value, &params))
		return false;
	struct lex lx = lex_of(params);

	for (unsigned n = 0; more && n < SW_AUTHPARAMS_MAX; n++) {
		if (!sw_authparam_next(&lx, &name, &v, &more))
			break;
		if (!sw_slice_eq_nocase(name, param_names[P_REALM]))
			continue;
		found = v;
		realms++;
	}
	if (realms != 1 || sw_authparam_is_escaped(found))
		return false;
	*realm = found;
	return true;
}

bool sw_digest_ha1(struct sw_hash *h, enum sw_alg alg, struct sw_slice user, struct sw_slice realm,
		   struct sw_slice password, struct sw_ha1 *out)
{
	struct sw_slice part[] = { user, SW_LIT(":"), realm, SW_LIT(":"), password };

	if (sw_alg_len(alg) == 0)
		return false;
	bool ok = sw_hash_parts(h, algs[alg].hash, part, SW_ARRAY_LEN(part), out->octets);

	sw_hash_wipe(h, algs[alg].hash);
	return ok;
}

static void write_hex(enum sw_alg alg, const uint8_t octets[SW_HASH_MAX], char out[64])
{
	struct sw_buf b = sw_buf_over(out, 64);

	sw_buf_hex(&b, octets, algs[alg].len);
}

/* Hash the parts and give the result in hex. */
static bool hex_of(struct sw_hash *h, enum sw_alg alg, const struct sw_slice *part, size_t parts,
		   char out[64])
{
	uint8_t octets[SW_HASH_MAX];
	bool ok = sw_hash_parts(h, algs[alg].hash, part, parts, octets);

	write_hex(alg, octets, out);
	sw_secret_wipe(octets, sizeof(octets));
	return ok;
}

/* A1, hashed: for -sess once more with the nonces (RFC 7616 3.4.2). */
static bool hex_a1(struct sw_hash *h, const struct sw_digest *d, const struct sw_ha1 *ha1,
		   char out[64])
{
	struct sw_slice part[] = {
		{ out, 2 * algs[d->alg].len }, SW_LIT(":"), d->nonce, SW_LIT(":"), d->cnonce
	};

	write_hex(d->alg, ha1->octets, out);
	if (!d->sess)
		return true;

	return hex_of(h, d->alg, part, SW_ARRAY_LEN(part), out);
}

/* A2, hashed (RFC 7616 3.4.3). */
static bool hex_a2(struct sw_hash *h, const struct sw_digest *d, const struct sw_digest_of *of,
		   char out[64])
{
	char body[64];
	struct sw_slice part[] = {
		of->method, SW_LIT(":"), d->uri, SW_LIT(":"), { body, 2 * algs[d->alg].len }
	};

	if (d->qop != SW_QOP_AUTH_INT) {
		uint8_t octets[SW_HASH_MAX];
		bool ok = sw_hash_public(h, algs[d->alg].hash, part, 3, octets);

		write_hex(d->alg, octets, out);
		return ok;
	}
	return hex_of(h, d->alg, &of->body, 1, body) &&
	       hex_of(h, d->alg, part, SW_ARRAY_LEN(part), out);
}
/* The response, as octets. false: alg is none, or libcrypto failed. */
static bool respond(struct sw_hash *h, const struct sw_digest *d, const struct sw_digest_of *of,
		    const struct sw_ha1 *ha1, uint8_t out[SW_HASH_MAX])
{
	enum sw_hash_id hash = algs[row_of(d->alg)].hash;
	char a1[64], a2[64];
	size_t n = 2 * sw_alg_len(d->alg);
	struct sw_slice whole[] = {
		{ a1, n },   SW_LIT(":"), d->nonce,
		SW_LIT(":"), d->nc_text,  SW_LIT(":"),
		d->cnonce,   SW_LIT(":"), sw_slice_of(sw_qop_name(d->qop)),
		SW_LIT(":"), { a2, n },
	};
	struct sw_slice old[] = { { a1, n }, SW_LIT(":"), d->nonce, SW_LIT(":"), { a2, n } };
	bool ok = n > 0 && hex_a1(h, d, ha1, a1) && hex_a2(h, d, of, a2);

	if (ok && d->qop == SW_QOP_NONE)
		ok = sw_hash_parts(h, hash, old, SW_ARRAY_LEN(old), out);
	else if (ok)
		ok = sw_hash_parts(h, hash, whole, SW_ARRAY_LEN(whole), out);
	sw_secret_wipe(a1, sizeof(a1));
	return ok;
}

bool sw_digest_response(struct sw_hash *h, const struct sw_digest *d, const struct sw_digest_of *of,
			const struct sw_ha1 *ha1, char out[64])
{
	uint8_t octets[SW_HASH_MAX];

	if (!respond(h, d, of, ha1, octets))
		return false;
	write_hex(d->alg, octets, out);
	return true;
}

enum sw_reason sw_digest_verify(struct sw_hash *h, const struct sw_digest *d,
				const struct sw_digest_of *of, const struct sw_ha1 *ha1)
{
	uint8_t want[SW_HASH_MAX], got[SW_HASH_MAX] = { 0 };
	size_t n = sw_alg_len(d->alg);

	if (n == 0)
		return SW_R_DIGEST_WRONG;
	if (!respond(h, d, of, ha1, want))
		return SW_R_BUG;
	/* Only the peer's own octets decide here: phones write hex in either case. */
	bool shaped = sw_hex_parse(d->response, got, n);
	unsigned same = sw_secret_eq(want, got, n);

	sw_secret_wipe(want, sizeof(want));
	return shaped && same == 1 ? SW_OK : SW_R_DIGEST_WRONG;
}
