/* SPDX-License-Identifier: Apache-2.0 */
#include "core/authhdr.h"

#include "core/authparam.h"
#include "core/write.h"

/* ", qop="auth,auth-int""; a door that takes answers without qop alone offers none. */
static void write_qops(struct sw_buf *b, unsigned qops)
{
	bool both = (qops & SW_QOP_BIT(SW_QOP_AUTH)) && (qops & SW_QOP_BIT(SW_QOP_AUTH_INT));

	if (!(qops & ~SW_QOP_BIT(SW_QOP_NONE)))
		return;
	sw_buf_put(b, SW_LIT(", qop=\""));
	if (qops & SW_QOP_BIT(SW_QOP_AUTH))
		sw_buf_put(b, SW_LIT("auth"));
	if (both)
		sw_buf_char(b, ',');
	if (qops & SW_QOP_BIT(SW_QOP_AUTH_INT))
		sw_buf_put(b, SW_LIT("auth-int"));
	sw_buf_char(b, '"');
}

void sw_challenge_write(struct sw_buf *b, bool proxy, const struct sw_challenge *c)
{
	sw_buf_put(b, proxy ? SW_LIT("Proxy-Authenticate: Digest realm=\"")
			    : SW_LIT("WWW-Authenticate: Digest realm=\""));
	sw_buf_put(b, c->realm);
	sw_buf_put(b, SW_LIT("\", nonce=\""));
	sw_buf_put(b, c->nonce);
	sw_buf_put(b, SW_LIT("\", algorithm="));
	sw_buf_str(b, sw_alg_form_name(c->form));
	write_qops(b, c->qops);
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

static unsigned read_qops(struct sw_slice list)
{
	unsigned qops = 0;

	if (list.n == 0)
		return SW_QOP_BIT(SW_QOP_NONE);
	if (list_has(list, SW_LIT("auth")))
		qops |= SW_QOP_BIT(SW_QOP_AUTH);
	if (list_has(list, SW_LIT("auth-int")))
		qops |= SW_QOP_BIT(SW_QOP_AUTH_INT);
	return qops;
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
	struct sw_challenge c = { .form.alg = SW_ALG_MD5 }; /* what an absent algorithm means */
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
		c.form = sw_alg_find(val[P_ALGORITHM]);
	c.realm = val[P_REALM];
	c.nonce = val[P_NONCE];
	c.opaque = val[P_OPAQUE];
	c.qops = read_qops(val[P_QOP]);
	c.stale = sw_slice_eq_nocase(val[P_STALE], SW_LIT("true"));
	*out = c;
	return SW_OK;
}

static void write_item(struct sw_buf *b, bool *first, struct sw_slice name, struct sw_slice value,
		       bool quoted)
{
	if (value.n == 0)
		return;
	sw_buf_put(b, *first ? SW_LIT("Authentication-Info: ") : SW_LIT(", "));
	*first = false;
	sw_buf_put(b, name);
	sw_buf_put(b, quoted ? SW_LIT("=\"") : SW_LIT("="));
	sw_write_value(b, value); /* a cnonce is the caller's own text, perhaps folded */
	if (quoted)
		sw_buf_char(b, '"');
}

void sw_authinfo_write(struct sw_buf *b, const struct sw_authinfo *a)
{
	struct sw_slice qop = { 0 };
	bool first = true;

	if (a->qop != SW_QOP_NONE)
		qop = sw_slice_of(sw_qop_name(a->qop));
	write_item(b, &first, SW_LIT("qop"), qop, false);
	write_item(b, &first, SW_LIT("rspauth"), a->rspauth, true);
	write_item(b, &first, SW_LIT("cnonce"), a->cnonce, true);
	write_item(b, &first, SW_LIT("nc"), a->nc_text, false);
	write_item(b, &first, SW_LIT("nextnonce"), a->nextnonce, true);
	sw_buf_put(b, SW_LIT("\r\n"));
}

enum info {
	I_QOP,
	I_RSPAUTH,
	I_CNONCE,
	I_NC,
	I_NEXTNONCE,
	I_COUNT,
};

enum sw_reason sw_authinfo_parse(struct sw_slice value, struct sw_authinfo *out)
{
	static const struct sw_slice names[I_COUNT] = {
		[I_QOP] = SW_INIT("qop"),
		[I_RSPAUTH] = SW_INIT("rspauth"),
		[I_CNONCE] = SW_INIT("cnonce"),
		[I_NC] = SW_INIT("nc"),
		[I_NEXTNONCE] = SW_INIT("nextnonce"),
	};
	struct sw_slice val[I_COUNT] = { 0 };
	enum sw_qop qop = SW_QOP_NONE;
	unsigned seen = 0;
	enum sw_reason r = sw_authparam_split(value, names, I_COUNT, val, &seen);

	if (r != SW_OK)
		return r;
	if (sw_slice_eq_nocase(val[I_QOP], SW_LIT("auth")))
		qop = SW_QOP_AUTH;
	else if (sw_slice_eq_nocase(val[I_QOP], SW_LIT("auth-int")))
		qop = SW_QOP_AUTH_INT;
	else if (seen & 1u << I_QOP)
		return SW_R_DIGEST_QOP;
	*out = (struct sw_authinfo){
		.rspauth = val[I_RSPAUTH],
		.cnonce = val[I_CNONCE],
		.nc_text = val[I_NC],
		.nextnonce = val[I_NEXTNONCE],
		.qop = qop,
	};
	return SW_OK;
}
