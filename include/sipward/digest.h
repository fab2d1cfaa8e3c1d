/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Digest authentication, server side (RFC 7616, RFC 8760).
 *
 * Pure computation: no clock, no store, no allocation. Whether a nonce is ours and fresh is
 * <sipward/nonce.h>; whether nc was seen is <sipward/replay.h>. The order is policy's business.
 */
#ifndef SIPWARD_DIGEST_H
#define SIPWARD_DIGEST_H

#include <sipward/reason.h>

enum sw_alg {
	SW_ALG_NONE = 0, /* zeroed memory matches no credential */
	SW_ALG_MD5,
	SW_ALG_SHA256,
	SW_ALG_SHA512_256,
	SW_ALG_COUNT,
}; /* the -sess form is a flag beside it */

/*
 * Sets of algorithms. What a user has hashes for is a set of plain ones, as both forms start from
 * the same HA1; what is accepted and offered may have -sess forms beside them. Fits an octet.
 */
#define SW_ALG_BIT(alg)   (1u << (alg))
#define SW_ALG_SESS(alg)  (1u << ((alg) + 3))
#define SW_ALG_STRONG     (SW_ALG_BIT(SW_ALG_SHA256) | SW_ALG_BIT(SW_ALG_SHA512_256))
#define SW_ALG_ALL        (SW_ALG_STRONG | SW_ALG_BIT(SW_ALG_MD5))
#define SW_ALG_EVERY      (SW_ALG_ALL | SW_ALG_ALL << 3) /* with the -sess forms */
#define SW_ALG_MD5_FORMS  (SW_ALG_BIT(SW_ALG_MD5) | SW_ALG_SESS(SW_ALG_MD5))
#define SW_ALG_SESS_FORMS (SW_ALG_ALL << 3)
#define SW_ALG_PLAIN(set) (((set) | (set) >> 3) & SW_ALG_ALL) /* hashes that a set needs */

/* One of a set. */
struct sw_alg_form {
	enum sw_alg alg;
	bool sess;
};

/* Its bit; of NONE one that is in no set. */
static inline unsigned sw_alg_form_bit(struct sw_alg_form f)
{
	if (f.alg == SW_ALG_NONE)
		return SW_ALG_BIT(SW_ALG_NONE);
	return f.sess ? SW_ALG_SESS(f.alg) : SW_ALG_BIT(f.alg);
}

#define SW_ALG_FORMS 6 /* members of SW_ALG_EVERY */

enum sw_qop {
	SW_QOP_NONE = 0,
	SW_QOP_AUTH,
	SW_QOP_AUTH_INT,
	SW_QOP_COUNT,
};

#define SW_QOP_BIT(qop) (1u << (qop))

const char *sw_qop_name(enum sw_qop qop); /* "auth" as on the wire; "none" for others */

/* One set of credentials. All slices borrow from the parsed field value. */
struct sw_digest {
	enum sw_alg alg;
	struct sw_slice user, realm, nonce, uri, cnonce, response;
	enum sw_qop qop; /* none, auth, auth-int: whether it was offered is policy's business */
	bool sess;
	uint32_t nc;             /* 1..2^32-1; 0 without qop */
	struct sw_slice nc_text; /* as sent: eight digits go into the hash */
};

/* H(username:realm:password) of one algorithm: a secret that opens the account. */
struct sw_ha1 {
	uint8_t octets[32]; /* MD5 uses the first 16 */
};

struct sw_hash;

/* "SHA-256" as on the wire; "none" for others. */
const char *sw_alg_name(enum sw_alg alg);
const char *sw_alg_form_name(struct sw_alg_form f); /* "SHA-256-sess" */

/* "sha-256" as in the configuration; "sha-256-sess". */
const char *sw_alg_word(enum sw_alg alg);
const char *sw_alg_form_word(struct sw_alg_form f);
SW_MUST bool sw_alg_find_word(struct sw_slice word, struct sw_alg_form *out);

/* The algorithm of this name on the wire, in any case; NONE: unknown. */
struct sw_alg_form sw_alg_find(struct sw_slice name);

/* Octets of a hash: 16 or 32; 0 for none. */
size_t sw_alg_len(enum sw_alg alg);

/*
 * Is this the value of an Authorization field with the scheme Digest? Then *params is what
 * stands behind the scheme. Other schemes are not ours to judge.
 */
SW_MUST bool sw_digest_is(struct sw_slice value, struct sw_slice *params);

/*
 * Parse the value of an Authorization or Proxy-Authorization field whose scheme is Digest.
 * Lenient where phones are (quoted nc, qop, algorithm, any case of names, upper-case hex); an
 * unknown algorithm is alg NONE, which nothing verifies. Refused: SW_R_DIGEST_SYNTAX,
 * SW_R_DIGEST_PARAM_TWICE, SW_R_DIGEST_PARAM_GONE, SW_R_DIGEST_QOP (unknown qop, or a -sess form
 * without any),
 * SW_R_TOO_MANY (more than 20 parameters). *out is written only on SW_OK.
 */
SW_MUST enum sw_reason sw_digest_parse(struct sw_slice value, struct sw_digest *out);

/*
 * The realm that credentials name, for those that sw_digest_parse refuses: of a foreign realm
 * they are not ours to judge. false, and nothing written: they name none, or two.
 */
SW_MUST bool sw_digest_realm(struct sw_slice value, struct sw_slice *realm);

/* HA1 of a password. Escapes of quoted strings must be gone from all three. */
SW_MUST bool sw_digest_ha1(struct sw_hash *h, enum sw_alg alg, struct sw_slice user,
			   struct sw_slice realm, struct sw_slice password, struct sw_ha1 *out);

/* What was hashed beside the secret (RFC 7616 3.4). Of an answer's rspauth the method is empty. */
struct sw_digest_of {
	struct sw_slice method;
	struct sw_slice body; /* read for auth-int only */
};

/*
 * The response that knowledge of ha1 gives, in lower-case hex: 2 * sw_alg_len(d->alg) digits.
 * The client side uses it too. false: alg is none, or libcrypto failed.
 */
SW_MUST bool sw_digest_response(struct sw_hash *h, const struct sw_digest *d,
				const struct sw_digest_of *of, const struct sw_ha1 *ha1,
				char out[64]);

/*
 * Does the response prove knowledge of ha1? (RFC 7616 3.4.1)
 * Time does not depend on the octets of ha1 or response; it does on their lengths, which alg
 * fixes. Returns SW_OK, SW_R_DIGEST_WRONG, or SW_R_BUG when libcrypto fails.
 */
SW_MUST enum sw_reason sw_digest_verify(struct sw_hash *h, const struct sw_digest *d,
					const struct sw_digest_of *of, const struct sw_ha1 *ha1);

#endif
