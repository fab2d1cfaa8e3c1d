/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as the value of Authorization, WWW-Authenticate and Authentication-Info. Oracles:
 * what is read lies in the value; a reader that takes the first of two parameters and one that
 * takes the last see what we saw; what we write of it is read as the same; nothing verifies.
 */
#include <assert.h>
#include <stdlib.h>

#include "base/hash.h"
#include "core/authhdr.h"

static bool is_inside(struct sw_slice part, struct sw_slice whole)
{
	return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A reader of few principles: parameter `name` of the list, the first or the last of them. */
static bool naive(struct sw_slice list, struct sw_slice name, bool last, struct sw_slice *out)
{
	bool found = false;
	size_t i = 0;

	while (i < list.n) {
		size_t start, eq, end;

		while (i < list.n && (is_blank(list.p[i]) || list.p[i] == ','))
			i++;
		for (start = i; i < list.n && list.p[i] != '=' && list.p[i] != ',';)
			i++;
		eq = i;
		while (eq > start && is_blank(list.p[eq - 1]))
			eq--;
		if (i >= list.n || list.p[i] == ',')
			continue;
		for (i++; i < list.n && is_blank(list.p[i]);)
			i++;
		bool quoted = i < list.n && list.p[i] == '"';
		size_t from = quoted ? ++i : i;

		while (i < list.n && (quoted ? list.p[i] != '"' : list.p[i] != ','))
			i += quoted && list.p[i] == '\\' ? 2 : 1;
		end = i < list.n ? i : list.n;
		while (!quoted && end > from && is_blank(list.p[end - 1]))
			end--;
		if (quoted)
			i++;
		struct sw_slice is = { list.p + start, eq - start };

		if (!sw_slice_eq_nocase(is, name) || (found && !last))
			continue;
		*out = (struct sw_slice){ list.p + from, end - from };
		found = true;
	}
	return found;
}

static void readers_agree(struct sw_slice params, struct sw_slice name, struct sw_slice seen)
{
	struct sw_slice first, last;

	if (!naive(params, name, false, &first)) {
		assert(seen.n == 0);
		return;
	}
	assert(naive(params, name, true, &last));
	assert(sw_slice_eq(first, seen) && sw_slice_eq(last, seen));
}

static void write_param(struct sw_buf *b, const char *name, struct sw_slice value)
{
	sw_buf_str(b, name);
	sw_buf_str(b, "=\"");
	sw_buf_put(b, value);
	sw_buf_char(b, '"');
}

/* The same credentials as we would write them. */
static void is_read_again(const struct sw_digest *d)
{
	static char room[1 << 17];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	struct sw_digest again;

	write_param(&b, "Digest username", d->user);
	write_param(&b, ", realm", d->realm);
	write_param(&b, ", nonce", d->nonce);
	write_param(&b, ", uri", d->uri);
	write_param(&b, ", response", d->response);
	write_param(&b, ", cnonce", d->cnonce);
	sw_buf_str(&b, ", algorithm=");
	sw_buf_str(&b, sw_alg_form_name((struct sw_alg_form){ d->alg, d->sess }));
	if (d->qop != SW_QOP_NONE) {
		write_param(&b, ", nc", d->nc_text);
		write_param(&b, ", qop", sw_slice_of(sw_qop_name(d->qop)));
	}
	assert(sw_buf_ok(&b));
	assert(sw_digest_parse(sw_buf_slice(&b), &again) == SW_OK);
	assert(again.alg == d->alg && again.sess == d->sess && again.qop == d->qop);
	assert(again.nc == d->nc && sw_slice_eq(again.user, d->user));
	assert(sw_slice_eq(again.realm, d->realm) && sw_slice_eq(again.uri, d->uri));
	assert(sw_slice_eq(again.nonce, d->nonce) && sw_slice_eq(again.response, d->response));
	assert(sw_slice_eq(again.cnonce, d->cnonce));
}

static void credentials(struct sw_hash *h, struct sw_slice value)
{
	static const struct sw_ha1 nobody = { "a secret that is in no input..." };
	struct sw_digest_of of = { .method = SW_LIT("REGISTER") };
	struct sw_slice params, realm;
	struct sw_digest d;

	if (sw_digest_parse(value, &d) != SW_OK)
		return;
	assert(sw_digest_is(value, &params) && is_inside(params, value));
	assert(is_inside(d.user, value) && is_inside(d.realm, value) && is_inside(d.uri, value));
	assert(is_inside(d.nonce, value) && is_inside(d.response, value));
	assert(is_inside(d.cnonce, value) && is_inside(d.nc_text, value));
	assert((d.nc > 0) == (d.qop != SW_QOP_NONE));
	assert(!d.sess || (d.alg != SW_ALG_NONE && d.qop != SW_QOP_NONE));
	assert(sw_digest_realm(value, &realm) && sw_slice_eq(realm, d.realm));
	readers_agree(params, SW_LIT("username"), d.user);
	readers_agree(params, SW_LIT("realm"), d.realm);
	readers_agree(params, SW_LIT("nonce"), d.nonce);
	readers_agree(params, SW_LIT("uri"), d.uri);
	readers_agree(params, SW_LIT("response"), d.response);
	readers_agree(params, SW_LIT("cnonce"), d.cnonce);
	assert(sw_digest_verify(h, &d, &of, &nobody) == SW_R_DIGEST_WRONG);
	is_read_again(&d);
}

static void challenge(struct sw_slice value)
{
	static char room[1 << 17];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	struct sw_challenge c, again;

	if (sw_challenge_parse(value, &c) != SW_OK)
		return;
	assert(is_inside(c.realm, value) && is_inside(c.nonce, value) && c.nonce.n > 0);
	if (c.qops == 0 || c.form.alg == SW_ALG_NONE)
		return;
	sw_challenge_write(&b, false, &c);
	assert(sw_buf_ok(&b));
	static const size_t name = sizeof("WWW-Authenticate: ") - 1;

	assert(sw_challenge_parse((struct sw_slice){ room + name, b.n - name - 2 }, &again) ==
	       SW_OK);
	assert(again.form.alg == c.form.alg && again.form.sess == c.form.sess);
	assert(again.qops == c.qops && again.stale == c.stale);
	assert(sw_slice_eq(again.realm, c.realm) && sw_slice_eq(again.nonce, c.nonce));
}

static void info(struct sw_slice value)
{
	struct sw_authinfo a;

	if (sw_authinfo_parse(value, &a) != SW_OK)
		return;
	assert(is_inside(a.rspauth, value) && is_inside(a.cnonce, value));
	assert(is_inside(a.nc_text, value) && is_inside(a.nextnonce, value));
	readers_agree(value, SW_LIT("rspauth"), a.rspauth);
	readers_agree(value, SW_LIT("nextnonce"), a.nextnonce);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct sw_hash *h;
	struct sw_slice value = { (const char *)data, n };

	if (!h)
		h = sw_hash_new();
	if (!h)
		abort();
	if (n > 1 << 15)
		return 0;
	credentials(h, value);
	challenge(value);
	info(value);
	return 0;
}
