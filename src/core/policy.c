/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/policy.h>

/* "example.com." is "example.com" (RFC 3261 25.1 lets hosts end in a dot). */
static bool is_name(const struct sw_host *host, struct sw_slice name)
{
	struct sw_slice text = host->text;

	if (text.n == name.n + 1 && text.p[name.n] == '.')
		text.n--;
	return sw_slice_eq_nocase(text, name);
}

bool sw_policy_is_ours(const struct sw_policy *p, const struct sw_host *host,
		       const struct sw_addr *local)
{
	if (host->kind == SW_HOST_NONE)
		return false;
	if (is_name(host, p->realm))
		return true;
	for (size_t i = 0; i < p->domains; i++)
		if (is_name(host, p->domain[i]))
			return true;
	if (host->kind == SW_HOST_NAME || sw_addr_is_any(&host->ip))
		return false;
	for (size_t i = 0; i < p->listeners; i++)
		if (sw_addr_eq_ip(&host->ip, &p->listener[i].addr))
			return true;
	return sw_addr_eq_ip(&host->ip, local);
}

int sw_policy_compare(struct sw_slice a, struct sw_slice b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static const struct sw_trunk *trunk_at(const struct sw_policy *p, size_t i)
{
	return &p->trunk[p->trunk_order ? p->trunk_order[i] : i];
}

/*
 * Halving that never stops early: how long it takes says how many trunks there are, not which
 * one was meant.
 */
const struct sw_trunk *sw_policy_find_trunk(const struct sw_policy *p, struct sw_slice name)
{
	size_t low = 0, n = p->trunks;

	if (n == 0)
		return NULL;
	while (n > 1) {
		size_t half = n / 2;

		if (sw_policy_compare(trunk_at(p, low + half)->name, name) <= 0)
			low += half;
		n -= half;
	}
	const struct sw_trunk *t = trunk_at(p, low);

	return sw_slice_eq(t->name, name) ? t : NULL;
}

const struct sw_origin *sw_policy_origin(const struct sw_policy *p, const struct sw_user *u)
{
	return p->origin && u->origin > 0 && u->origin <= p->users ? &p->origin[u->origin - 1]
								   : NULL;
}

/* Algorithms that the trunk's digest ways name, whatever day it is. */
static unsigned named_algs(const struct sw_trunk *t)
{
	unsigned algs = 0;

	for (size_t i = 0; i < t->ways; i++)
		if (t->way[i].factors == SW_FACTOR_BIT(SW_FACTOR_DIGEST))
			algs |= t->way[i].algs;
	return algs;
}

static bool md5_is_over(const struct sw_trunk *t, struct sw_wall now)
{
	return sw_wall_s(now) >= t->md5_until_s;
}

unsigned sw_policy_trunk_algs(const struct sw_trunk *t, struct sw_wall now)
{
	unsigned algs = named_algs(t);

	return md5_is_over(t, now) ? algs & ~SW_ALG_MD5_FORMS : algs;
}

unsigned sw_policy_trunk_qops(const struct sw_trunk *t)
{
	return t->qops ? t->qops : SW_QOP_BIT(SW_QOP_AUTH);
}

/* What can be answered at all: the key of a -sess form needs a cnonce, which comes with qop. */
static unsigned offered_algs(const struct sw_trunk *t, struct sw_wall now)
{
	unsigned algs = sw_policy_trunk_algs(t, now);

	return sw_policy_trunk_qops(t) == SW_QOP_BIT(SW_QOP_NONE) ? algs & ~SW_ALG_SESS_FORMS
								  : algs;
}

struct sw_offer sw_policy_common_set(const struct sw_policy *p, struct sw_wall now)
{
	struct sw_offer all = { 0 };

	for (size_t i = 0; i < p->trunks; i++) {
		unsigned algs = offered_algs(&p->trunk[i], now);

		if (!p->trunk[i].enabled)
			continue;
		all.named |= named_algs(&p->trunk[i]);
		if (algs == 0)
			continue;
		all.algs |= algs;
		all.qops |= sw_policy_trunk_qops(&p->trunk[i]);
	}
	return all;
}

/* The first way of the trunk that takes digest by this algorithm, whatever day it is; or NULL. */
static const struct sw_way *find_way(const struct sw_trunk *t, unsigned alg_bit)
{
	for (size_t i = 0; i < t->ways; i++)
		if (t->way[i].factors == SW_FACTOR_BIT(SW_FACTOR_DIGEST) &&
		    (t->way[i].algs & alg_bit))
			return &t->way[i];
	return NULL;
}

/* Is it a user that could come in at all? */
static enum sw_reason weigh_user(const struct sw_digest_evidence *d)
{
	if (!d->user)
		return SW_R_DIGEST_NO_USER;
	if (d->is_other_trunk)
		return SW_R_DIGEST_OTHER_TRUNK;
	if (!d->trunk)
		return SW_R_DIGEST_NO_TRUNK;
	return d->trunk->enabled && !d->user->is_off ? SW_OK : SW_R_DIGEST_USER_OFF;
}

/* Does its trunk take proofs of this kind? All of it is asked, whatever the first answer is. */
static enum sw_reason weigh_kind(const struct sw_digest_evidence *d, const struct sw_trunk *t,
				 struct sw_wall now, const struct sw_way **way)
{
	unsigned bit = sw_alg_form_bit((struct sw_alg_form){ d->alg, d->sess });
	unsigned algs = sw_policy_trunk_algs(t, now), qops = sw_policy_trunk_qops(t);

	*way = find_way(t, bit);
	if (!*way)
		return SW_R_DIGEST_ALG_TRUNK;
	if (!(algs & bit))
		return SW_R_DIGEST_ALG_ENDED;
	return qops & SW_QOP_BIT(d->qop) ? SW_OK : SW_R_DIGEST_QOP_TRUNK;
}

/* What the proof itself comes to. */
static enum sw_reason weigh_proof(const struct sw_digest_evidence *d, const struct sw_trunk *t)
{
	if (!d->response_ok)
		return d->has_hash ? SW_R_DIGEST_WRONG : SW_R_DIGEST_NO_HASH;
	if (t->uri_exact && !d->uri_exact) /* said aloud: it has shown who it is */
		return SW_R_DIGEST_URI;
	if (d->nc_new)
		return SW_OK;
	return d->nonce_fresh ? SW_R_DIGEST_REPLAY : SW_R_DIGEST_STALE;
}

/*
 * What the facts of examined credentials come to; the first that fails names the reason, but none
 * is left unasked, so that this takes as long for a name that does not exist.
 */
static enum sw_reason weigh_digest(const struct sw_digest_evidence *d, struct sw_wall now,
				   const struct sw_way **way)
{
	static const struct sw_way no_way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST) };
	static const struct sw_trunk no_trunk = { .way = &no_way, .ways = 1 };
	const struct sw_trunk *t = d->trunk ? d->trunk : &no_trunk;
	enum sw_reason by_proof = weigh_proof(d, t);
	enum sw_reason by_kind = weigh_kind(d, t, now, way);
	enum sw_reason by_user = weigh_user(d);

	if (by_user != SW_OK)
		return by_user;
	return by_kind != SW_OK ? by_kind : by_proof;
}

static void allow(const struct sw_digest_evidence *d, const struct sw_way *way,
		  struct sw_verdict *out)
{
	*out = (struct sw_verdict){
		.act = SW_ACT_ALLOW,
		.reason = SW_OK,
		.subject = { d->trunk, d->user, SW_FACTOR_DIGEST, d->alg, d->sess },
		.way = way,
		.way_number = (unsigned)(way - d->trunk->way) + 1,
	};
}

/* No credentials for us came, from where it is known that somebody could bring some. */
static bool is_let_be(const struct sw_evidence *ev, enum sw_reason r)
{
	return ev->known != SW_KNOWN_NOT && (r == SW_R_CHALLENGED || r == SW_R_DIGEST_REALM);
}

/* May the caller do better with another answer? Then tell it what is asked for. */
static enum sw_act act_of(const struct sw_policy *p, enum sw_reason r)
{
	int status = sw_reason_row(r)->status;

	if (status == 401 || (status == 403 && p->mismatch_challenge))
		return SW_ACT_CHALLENGE;
	return SW_ACT_REFUSE;
}

void sw_policy_judge(const struct sw_policy *p, const struct sw_evidence *ev, struct sw_wall now,
		     struct sw_verdict *out)
{
	enum sw_reason r = ev->digest.reason;
	const struct sw_way *way = NULL;

	*out = (struct sw_verdict){ .reason = SW_R_BUG };
	if (r == SW_OK)
		r = weigh_digest(&ev->digest, now, &way);
	if (r == SW_OK) {
		allow(&ev->digest, way, out);
		return;
	}
	if (is_let_be(ev, r)) {
		*out = (struct sw_verdict){ .act = SW_ACT_ALLOW, .reason = SW_OK };
		return;
	}
	out->reason = r;
	out->act = act_of(p, r);
	if (out->act == SW_ACT_CHALLENGE && ev->common.algs == 0) {
		out->act = SW_ACT_REFUSE;
		out->reason = SW_R_NO_TRUNK;
	}
}

unsigned sw_policy_warnings(const struct sw_policy *p, const struct sw_evidence *ev)
{
	const struct sw_digest_evidence *d = &ev->digest;
	bool had_choice = d->offered & ~SW_ALG_MD5_FORMS;

	if (d->alg != SW_ALG_MD5)
		return 0;
	if (p->client.order == SW_ORDER_MD5_FIRST && had_choice)
		return SW_WARN_BIT(SW_WARN_DIGEST_MD5) | SW_WARN_BIT(SW_WARN_ORDER_MD5_FIRST);
	return SW_WARN_BIT(SW_WARN_DIGEST_MD5);
}
