/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/evidence.h"

#include "base/secret.h"
#include "sip/fault.h"
#include "sip/txn.h"

bool sw_evidence_is_for_door(const struct step *s)
{
	const struct sw_uri *to = &s->msg->ruri;

	if (s->msg->method == SW_METHOD_REGISTER)
		return true;
	return !to->has_user && sw_policy_is_ours(s->e->policy, &to->host, &s->in->local);
}

struct sw_nonce_bind sw_evidence_bind(const struct step *s)
{
	bool web = s->in->transport == SW_WS || s->in->transport == SW_WSS;

	return (struct sw_nonce_bind){
		.realm = s->e->policy->realm,
		.class = web ? SW_NONCE_WEB : SW_NONCE_DATAGRAM_STREAM,
		.src = &s->in->src,
	};
}

struct sw_nonce_maker sw_evidence_maker(const struct step *s)
{
	return (struct sw_nonce_maker){
		.mac = s->e->mac,
		.keys = &s->e->nonce_keys,
		.boot = s->e->boot,
		.life_s = s->e->policy->nonce_life_s,
	};
}

/* Half of a nonce's random part, made from the other half and the address. */
static uint32_t shown(const struct step *s, uint32_t drawn)
{
	const struct sw_addr *src = &s->in->src;
	char text[sizeof(drawn) + sizeof(src->scope) + sizeof(src->ip)];

	memcpy(text, &drawn, sizeof(drawn));
	memcpy(text + sizeof(drawn), &src->scope, sizeof(src->scope));
	memcpy(text + sizeof(drawn) + sizeof(src->scope), src->ip, sizeof(src->ip));
	return (uint32_t)sw_mac_u64(s->e->mac, &s->e->shown_key,
				    (struct sw_slice){ text, sizeof(text) });
}

uint64_t sw_evidence_random(const struct step *s)
{
	uint32_t drawn = (uint32_t)sw_state_draw(s->e);

	return (uint64_t)shown(s, drawn) << 32 | drawn;
}

bool sw_evidence_has_shown_address(const struct step *s)
{
	return s->nonce.random >> 32 == shown(s, (uint32_t)s->nonce.random);
}

/* Of one value: CHALLENGED where it is no Digest, DIGEST_REALM where it is for somebody else. */
static enum sw_reason read_value(const struct step *s, struct sw_slice value, struct sw_digest *out)
{
	struct sw_slice params, realm, ours = s->e->policy->realm;

	if (!sw_digest_is(value, &params))
		return SW_R_CHALLENGED;
	enum sw_reason r = sw_digest_parse(value, out);

	if (r == SW_OK)
		return sw_slice_eq(out->realm, ours) ? SW_OK : SW_R_DIGEST_REALM;
	if (!sw_digest_realm(value, &realm) || sw_slice_eq(realm, ours))
		return r;
	return SW_R_DIGEST_REALM;
}

/*
 * The credentials for our realm in these fields. Each stands in a field of its own (RFC 3261
 * 7.3.1); those of other realms and schemes are somebody else's. Of two that differ it would
 * depend on the reader which of them counts.
 */
static enum sw_reason find_in(const struct step *s, enum sw_field field, struct sw_digest *out)
{
	const struct sw_header *h = sw_msg_header(s->msg, field), *first = NULL;
	enum sw_reason other = SW_R_CHALLENGED;
	struct sw_digest d;

	for (; h; h = sw_msg_next(s->msg, h)) {
		enum sw_reason r = read_value(s, h->value, &d);

		if (r == SW_R_DIGEST_REALM)
			other = r;
		if (r == SW_R_CHALLENGED || r == SW_R_DIGEST_REALM)
			continue;
		if (first && !sw_slice_eq(h->value, first->value))
			return sw_fault_note(s, h->value.p, SW_RULE_AUTH_ALONE, SW_R_DIGEST_TWICE);
		if (r != SW_OK)
			return r;
		first = h;
		*out = d;
	}
	return first ? SW_OK : other;
}

/* Some clients write into the other field than the challenge asks for: each may serve for both. */
static enum sw_reason find_credentials(const struct step *s, struct sw_digest *out)
{
	bool door = sw_evidence_is_for_door(s);
	enum sw_field own = door ? SW_FIELD_AUTHORIZATION : SW_FIELD_PROXY_AUTHORIZATION;
	enum sw_field odd = door ? SW_FIELD_PROXY_AUTHORIZATION : SW_FIELD_AUTHORIZATION;
	enum sw_reason r = find_in(s, own, out);

	if (r != SW_R_CHALLENGED && r != SW_R_DIGEST_REALM)
		return r;
	enum sw_reason by_odd = find_in(s, odd, out);

	return by_odd == SW_R_CHALLENGED ? r : by_odd;
}

/*
 * Does the uri parameter name the Request-URI's resource: the same user part, and both hosts
 * ours or equal? Scheme, port and parameters are left out by too many clients.
 */
static bool names_resource(struct step *s, struct sw_slice text)
{
	const struct sw_uri *asked = &s->msg->ruri;
	const struct sw_policy *p = s->e->policy;
	struct sw_uri u;

	if (sw_uri_parse(text, &u) != SW_OK || !sw_uri_is_sip(&u))
		return false;
	s->evidence.digest.uri_exact = sw_uri_eq(&u, asked);
	if (u.has_user != asked->has_user || !sw_user_eq(u.user, asked->user))
		return false;
	if (sw_host_eq(&u.host, &asked->host))
		return true;
	return sw_policy_is_ours(p, &u.host, &s->in->local) &&
	       sw_policy_is_ours(p, &asked->host, &s->in->local);
}

/*
 * What the nonce did not offer is a downgrade; what it offered and no trunk names any more was
 * taken away by a reload, and may pass in another form. MD5 past its end is neither: it goes on.
 */
static bool was_offered(const struct step *s, const struct sw_digest *d, unsigned by_nonce)
{
	return by_nonce & s->evidence.common.named &
	       sw_alg_form_bit((struct sw_alg_form){ d->alg, d->sess });
}

static enum sw_reason check_nonce(const struct step *s, const struct sw_digest *d,
				  struct sw_nonce *nonce, struct sw_digest_evidence *ev)
{
	struct sw_nonce_maker maker = sw_evidence_maker(s);
	struct sw_nonce_bind bind = sw_evidence_bind(s);
	enum sw_reason r = sw_nonce_check(&maker, &bind, &s->in->mono, d->nonce, nonce);

	if (r == SW_R_DIGEST_NONCE_FORGED)
		return r;
	ev->nonce_ours = true;
	ev->nonce_age_s = nonce->age_s;
	ev->offered = nonce->algs;
	if (r != SW_OK)
		return r;
	ev->nonce_fresh = true;
	return was_offered(s, d, nonce->algs) ? SW_OK : SW_R_DIGEST_ALG_NOT_OFFERED;
}

/* "alice@example.com" is alice, who hashed it so: the suffix is a mark of the form alone. */
static struct sw_slice bare_name(const struct step *s, struct sw_slice user, enum sw_form *form)
{
	struct sw_slice realm = s->e->policy->realm;
	size_t at = user.n - realm.n - 1;

	*form = SW_FORM_NAME;
	if (user.n <= realm.n || user.p[at] != '@' ||
	    !sw_slice_eq(sw_slice_from(user, at + 1), realm))
		return user;
	*form = SW_FORM_NAME_AT_REALM;
	return (struct sw_slice){ user.p, at };
}

/* Who is named, for the account; nothing of it for names that do not exist. */
static void note_user(struct step *s, const struct sw_user *user, bool found)
{
	struct sw_digest_evidence *ev = &s->evidence.digest;
	const struct sw_trunk *trunk = sw_policy_find_trunk(s->e->policy, sw_user_trunk(user));
	const struct sw_origin *origin = sw_policy_origin(s->e->policy, user);
	bool is_other = sw_users_is_elsewhere(s->e->policy, user);

	ev->user = found ? user : NULL;
	ev->origin = found ? origin : NULL;
	ev->trunk = found ? trunk : NULL;
	ev->is_other_trunk = found && is_other;
}

/*
 * The response itself, by the same steps whoever the user is: for a name that does not exist,
 * and a user without this hash, a secret that nobody knows takes the place of HA1.
 */
static enum sw_reason examine(struct step *s, const struct sw_digest *d)
{
	struct sw_digest_evidence *ev = &s->evidence.digest;
	struct sw_digest_of of = { .method = s->msg->method_text, .body = s->msg->body };
	struct sw_user *user = &s->e->user;
	enum sw_reason r = sw_users_find_id(&s->e->users, s->who, s->name, user);

	if (r == SW_R_TABLE_BUSY)
		return r;
	bool found = r == SW_OK;
	const struct sw_ha1 *kept = &user->ha1[ev->form][d->alg];
	unsigned real = (unsigned)found & (unsigned)user->algs[ev->form] >> d->alg & 1;
	struct sw_ha1 ha1;

	sw_secret_select(real, &ha1, kept, &s->e->nobody, sizeof(ha1));
	r = sw_digest_verify(s->e->hash, d, &of, &ha1);

	sw_secret_wipe(&ha1, sizeof(ha1));
	if (r == SW_R_BUG)
		return r;
	note_user(s, user, found);
	ev->has_hash = real == 1;
	ev->response_ok = r == SW_OK && real == 1;
	r = sw_replay_look(&s->e->replay, &s->nonce, d->nc);
	if (r == SW_R_TABLE_BUSY)
		return r;
	ev->nc_new = r == SW_OK;
	ev->nonce_fresh = r != SW_R_DIGEST_STALE; /* its window was dropped: nobody can tell */
	return SW_OK;
}

/* What will be looked up is fetched while the nonce and the response are examined. */
static void expect_user(struct step *s)
{
	s->name = bare_name(s, s->digest.user, &s->evidence.digest.form);
	s->who = sw_users_expect(&s->e->users, s->e->mac, s->name);
	if (s->msg->method == SW_METHOD_REGISTER && s->e->has_one_key)
		sw_location_expect(&s->e->location, s->who.hash);
	sw_txn_expect(s);
}

static enum sw_reason gather_digest(struct step *s)
{
	struct sw_digest_evidence *ev = &s->evidence.digest;
	struct sw_digest *d = &s->digest;
	enum sw_reason r = find_credentials(s, d);

	if (r != SW_OK)
		return r;
	ev->realm_ok = true;
	ev->claimed = d->user;
	ev->alg = d->alg;
	ev->sess = d->sess;
	ev->qop = d->qop;
	ev->nc = d->nc;
	expect_user(s);
	r = check_nonce(s, d, &s->nonce, ev);
	if (r != SW_OK)
		return r;
	sw_replay_expect(&s->e->replay, &s->nonce);
	sw_users_expect_record(&s->e->users, s->who);
	if (!(s->evidence.common.qops & SW_QOP_BIT(d->qop)))
		return SW_R_DIGEST_QOP_NOT_OFFERED;
	/*
	 * The key of a session is made with the cnonce of its first request (RFC 7616 3.4.2), which
	 * some clients do and others read as that of each request. The first one is all the same.
	 */
	if (d->sess && d->nc > 1)
		return SW_R_DIGEST_SESS;
	ev->uri_ok = names_resource(s, d->uri);
	if (!ev->uri_ok)
		return SW_R_DIGEST_URI;
	return examine(s, d);
}

/* All trunks are walked once a second, not once a message. */
static struct sw_offer common_set(struct sw_engine *e, struct sw_wall now)
{
	int64_t second = sw_wall_s(now);

	if (second != e->common_s) {
		e->common = sw_policy_common_set(e->policy, now);
		e->common_s = second;
	}
	return e->common;
}

struct sw_proven_source sw_evidence_source(const struct step *s)
{
	return (struct sw_proven_source){ &s->in->src, s->in->transport, s->in->flow };
}

/* Looked up for the one request that it matters for. */
static enum sw_known find_known(const struct step *s)
{
	struct sw_proven_source src = sw_evidence_source(s);

	if (s->msg->method != SW_METHOD_OPTIONS || !sw_evidence_is_for_door(s))
		return SW_KNOWN_NOT;
	return sw_proven_find(&s->e->proven, s->e->mac, &src, s->in->mono);
}

void sw_evidence_gather(struct step *s)
{
	s->evidence.known = find_known(s);
	s->evidence.common = common_set(s->e, s->in->wall);
	s->evidence.digest.reason = gather_digest(s);
}

enum sw_reason sw_evidence_complete(struct step *s)
{
	return sw_users_complete(&s->e->users, s->e->mac, &s->e->user);
}

enum sw_reason sw_evidence_use_up(struct step *s)
{
	return sw_replay_take(&s->e->replay, &s->nonce, s->evidence.digest.nc);
}
