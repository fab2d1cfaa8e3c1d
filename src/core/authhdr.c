/* SPDX-License-Identifier: Apache-2.0 */
#include "core/authhdr.h"

#include "core/authparam.h"

void sw_challenge_write(struct sw_buf *b, bool proxy, const struct sw_challenge *c)
{
	sw_buf_put(b, proxy ? SW_LIT("Proxy-Authenticate: Digest realm=\"")
			    : SW_LIT("WWW-Authenticate: Digest realm=\""));
	sw_buf_put(b, c->realm);
	sw_buf_put(b, SW_LIT("\", nonce=\""));
	sw_buf_put(b, c->nonce);
	sw_buf_put(b, SW_LIT("\", algorithm="));
	sw_buf_str(b, sw_alg_name(c->alg));
	sw_buf_put(b, SW_LIT(", qop=\"auth\""));
	if (c->stale)
		sw_buf_put(b, SW_LIT(", stale=true"));
	sw_buf_put(b, SW_LIT("\r\n"));
}

/* Does a "auth,auth-int" list hold this word? */
static bool list_has(struct sw_slice list, struct sw_slice word)
{
	struct lex lx = lex_of(list);
	struct sw_slice item;

	while (lex_token(&lx, &item)) {
		if (sw_slice_eq_nocase(item, word))
			return true;
		lex_mark(&lx, ',');
	}
	return false;
}

static void read_algorithm(struct sw_slice text, struct sw_challenge *c)
{
	static const enum sw_alg known[] = { SW_ALG_MD5, SW_ALG_SHA256, SW_ALG_SHA512_256 };

	c->alg = SW_ALG_NONE;
	for (size_t i = 0; i < SW_ARRAY_LEN(known); i++)
		if (sw_slice_eq_nocase(text, sw_slice_of(sw_alg_name(known[i]))))
			c->alg = known[i];
}

enum param {
	P_REALM,
	P_NONCE,
	P_OPAQUE,
	P_ALGORITHM,
	P_QOP,
	P_STALE,
	P_COUNT,
};

static const struct sw_slice param_names[P_COUNT] = {
	[P_REALM] = SW_INIT("realm"),   [P_NONCE] = SW_INIT("nonce"),
	[P_OPAQUE] = SW_INIT("opaque"), [P_ALGORITHM] = SW_INIT("algorithm"),
	[P_QOP] = SW_INIT("qop"),       [P_STALE] = SW_INIT("stale"),
};

enum sw_reason sw_challenge_parse(struct sw_slice value, struct sw_challenge *out)
{
	struct sw_challenge c = { .alg = SW_ALG_MD5 }; /* what an absent algorithm means */
	struct sw_slice val[P_COUNT] = { 0 };
	struct sw_slice params;
	unsigned seen = 0;

	if (!sw_digest_is(value, &params))
		return SW_R_DIGEST_SYNTAX;
	enum sw_reason r = sw_authparam_split(params, param_names, P_COUNT, val, &seen);

	if (r != SW_OK)
		return r;
	if (!(seen & 1u << P_REALM) || val[P_NONCE].n == 0)
		return SW_R_DIGEST_PARAM_GONE;
	if (seen & 1u << P_ALGORITHM)
		read_algorithm(val[P_ALGORITHM], &c);
	c.realm = val[P_REALM];
	c.nonce = val[P_NONCE];
	c.opaque = val[P_OPAQUE];
	c.qop_auth = list_has(val[P_QOP], SW_LIT("auth"));
	c.stale = sw_slice_eq_nocase(val[P_STALE], SW_LIT("true"));
	*out = c;
	return SW_OK;
}
