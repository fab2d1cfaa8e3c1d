/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/engine.h>

#include <stdlib.h>

#include "base/secret.h"
#include "core/lex.h"
#include "core/write.h"
#include "sip/evidence.h"
#include "sip/fault.h"
#include "sip/option.h"
#include "sip/refusal.h"
#include "sip/registrar.h"
#include "sip/reply.h"
#include "sip/state.h"
#include "sip/txn.h"

#define CHECKED 256 /* bindings, and steps over empty slots, that a tick looks at */
#define AT_ONCE 1   /* a time that has come; others have their turns between */

/* Up to four octets of CR, LF and NUL keep a NAT open; they say nothing (RFC 5626 4.4.1). */
static bool is_keepalive(struct sw_slice octets)
{
	if (octets.n == 0 || octets.n > 4)
		return false;
	for (size_t i = 0; i < octets.n; i++)
		if (!memchr("\r\n", octets.p[i], 3))
			return false;
	return true;
}

static enum sw_reason read_datagram(struct step *s)
{
	size_t most = sw_policy_message_max(s->e->policy, s->in->transport);
	enum sw_reason r = sw_msg_parse(s->in->octets, &s->e->msg);

	if (r == SW_R_NOT_SIP || s->in->octets.n <= most)
		return r;
	/* It was cut there, so whatever else is wrong with it comes from that. */
	struct sw_fault cut = { s->in->octets.p + most, SW_RULE_MESSAGE_LIMIT };

	return sw_msg_fault(&s->e->msg, s->in->octets, cut, SW_R_TOO_LARGE);
}

static enum sw_reason read_request(struct step *s)
{
	enum sw_reason r;

	if (s->in->transport == SW_UDP)
		r = read_datagram(s);
	else /* the framer knows the limit of a stream */
		r = sw_msg_parse_stream(s->in->octets, s->in->is_broken, &s->e->msg);
	return s->msg->is_response ? SW_R_STRAY_RESPONSE : r;
}

/* ACK and CANCEL belong to a request of their own hop; alone they are nothing (RFC 3261 22.1). */
static enum sw_reason check_orphan(struct step *s)
{
	if (s->msg->method == SW_METHOD_ACK)
		return sw_txn_acknowledge(s) ? SW_R_ACKED : SW_R_STRAY_ACK;
	if (s->msg->method == SW_METHOD_CANCEL)
		return sw_txn_is_held(s) ? SW_R_CANCEL_LATE : SW_R_NO_TRANSACTION;
	return SW_OK;
}

/* Who spent the count keeps the record: no other worker can tell a copy from a replay. */
static void hand_over(struct step *s)
{
	uint32_t owner = sw_replay_owner(&s->e->replay, &s->nonce);

	if (!s->in->is_handed && s->in->transport == SW_UDP && owner != s->e->replay.self)
		s->out->hand_to = owner;
}

/* A right response whose nonce count was spent: by a copy of this very request? */
static enum sw_reason find_copy(struct step *s, enum sw_reason *was)
{
	struct sw_verdict *v = &s->account->verdict;
	enum sw_txn_copy copy = sw_txn_find(s, was);

	if (copy == SW_TXN_NONE) {
		hand_over(s);
		return SW_R_DIGEST_REPLAY;
	}
	s->evidence.digest.nc_new = true; /* as it was for the first one */
	sw_policy_judge(s->e->policy, &s->evidence, s->in->wall, v);
	if (v->act != SW_ACT_ALLOW)
		return v->reason;
	if (copy == SW_TXN_MERGED)
		return SW_R_MERGED;
	return sw_evidence_complete(s);
}

/* What was allowed is not, after all: the count was used meanwhile, or a table is busy. */
static struct sw_verdict refuse(enum sw_reason why)
{
	bool is_asked = sw_reason_row(why)->status == 401;

	return (struct sw_verdict){ .act = is_asked ? SW_ACT_CHALLENGE : SW_ACT_REFUSE,
				    .reason = why };
}

/*
 * Who is it? What is allowed by what its source has shown before proves nobody: nothing is used
 * up, and nothing will be kept.
 */
static enum sw_reason prove(struct step *s)
{
	struct sw_verdict *v = &s->account->verdict;

	sw_evidence_gather(s);
	sw_policy_judge(s->e->policy, &s->evidence, s->in->wall, v);
	if (v->act != SW_ACT_ALLOW)
		return v->reason;
	if (v->subject.factor == SW_FACTOR_NONE)
		return SW_OK;
	enum sw_reason r = sw_evidence_complete(s);

	if (r == SW_OK)
		r = sw_evidence_use_up(s);
	if (r != SW_OK) {
		*v = refuse(r);
		return r;
	}
	s->account->warn |= sw_policy_warnings(s->e->policy, &s->evidence);
	s->is_proven = true;
	s->out->proven = sw_user_name(v->subject.user);
	return SW_OK;
}

static enum sw_reason serve_options(struct step *s)
{
	sw_reply_begin(s, 200, SW_LIT("OK"));
	sw_reply_allow(s);
	sw_write_field(&s->answer, SW_LIT("Accept"), SW_LIT("application/sdp"));
	sw_option_write_known(s);
	sw_reply_end(s);
	return SW_OK;
}

/* The answer of before, without a second effect; none where it was acknowledged. */
static enum sw_reason repeat(struct step *s, enum sw_reason was)
{
	s->account->is_again = true;
	if (s->msg->method == SW_METHOD_INVITE && sw_txn_is_confirmed(s))
		return SW_R_ACKED;
	if (was != SW_OK)
		return was;
	if (s->msg->method == SW_METHOD_REGISTER)
		return sw_registrar_repeat(s, &s->account->verdict.subject);
	return serve_options(s);
}

/* Proven: now it matters what is asked for. */
static enum sw_reason serve(struct step *s)
{
	const struct sw_uri *to = &s->msg->ruri;

	if (!sw_policy_is_ours(s->e->policy, &to->host, &s->in->local))
		return sw_fault_note(s, to->host.text.p, SW_RULE_OUR_DOMAIN, SW_R_DOMAIN);
	if (s->msg->method == SW_METHOD_REGISTER)
		return sw_registrar_serve(s, &s->account->verdict.subject);
	if (to->has_user)
		return sw_fault_note(s, to->user.p, SW_RULE_DESTINATION, SW_R_DESTINATION);
	if (s->msg->method == SW_METHOD_OPTIONS)
		return serve_options(s);
	return sw_fault_note(s, s->msg->method_text.p, SW_RULE_OUR_METHOD, SW_R_METHOD);
}

static void remember(struct step *s, enum sw_reason was)
{
	struct sw_proven_source src = sw_evidence_source(s);

	sw_txn_record(s, was);
	sw_proven_note(&s->e->proven, s->e->mac, &src, s->in->mono);
}

/* The story of a request. */
static enum sw_reason decide(struct step *s)
{
	enum sw_reason r = read_request(s);

	if (r != SW_OK)
		return r;
	r = check_orphan(s);
	if (r != SW_OK)
		return r;
	r = sw_option_check(s);
	if (r != SW_OK)
		return r;
	r = prove(s);
	if (r == SW_R_DIGEST_REPLAY) {
		enum sw_reason was;

		r = find_copy(s, &was);
		return r == SW_OK ? repeat(s, was) : r;
	}
	if (r != SW_OK)
		return r;
	r = serve(s);
	if (s->is_proven)
		remember(s, r);
	return r;
}

static struct sw_slice value_of(const struct sw_msg *m, enum sw_field field)
{
	const struct sw_header *h = sw_msg_header(m, field);

	return h ? h->value : (struct sw_slice){ 0 };
}

/* A URI that can be shown: of one with a password only what stands behind "@". */
static struct sw_slice without_password(struct sw_slice uri)
{
	const char *at = uri.n > 0 ? memrchr(uri.p, '@', uri.n) : NULL;
	const char *scheme = at ? memchr(uri.p, ':', (size_t)(at - uri.p)) : NULL;

	if (!scheme || !memchr(scheme + 1, ':', (size_t)(at - scheme) - 1))
		return uri;
	return sw_slice_from(uri, (size_t)(at - uri.p) + 1);
}

/* What the operator will want to know, whatever the verdict. */
static void write_account(struct step *s)
{
	struct sw_account *a = s->account;
	const struct sw_msg *m = s->msg;

	a->evidence = s->evidence;
	a->method = m->method_text;
	a->ruri = without_password(m->ruri_text);
	a->call_id = value_of(m, SW_FIELD_CALL_ID);
	a->user_agent = value_of(m, SW_FIELD_USER_AGENT);
	a->is_register = m->method == SW_METHOD_REGISTER;
	sw_fault_locate(s, a->verdict.reason);
}

static void act(struct step *s, struct sw_actions *out)
{
	sw_refusal_if_amplified(s);
	if (s->answer.n > 0 && sw_buf_ok(&s->answer)) {
		out->a[out->n].kind = SW_DO_SEND;
		out->a[out->n].octets = sw_buf_slice(&s->answer);
		out->a[out->n].path = sw_reply_path(s);
		if (s->is_proven && s->msg->method == SW_METHOD_INVITE)
			sw_txn_hold(s, &out->a[out->n].path, out->a[out->n].octets);
		out->n++;
	} else if (s->answer.n > 0) { /* longer than any answer should be */
		sw_refusal_silence(s, SW_R_TOO_LARGE);
	}
	out->a[out->n++].kind = SW_DO_NOTE;
}

void sw_engine_take(struct sw_engine *e, const struct sw_input *in, char room[SW_ROOM],
		    struct sw_actions *out)
{
	struct step s = {
		.e = e,
		.in = in,
		.msg = &e->msg,
		.answer = sw_buf_over(room, SW_ROOM),
		.account = &out->account,
		.out = out,
	};

	out->n = out->saves = 0;
	out->promises = false;
	out->hand_to = 0;
	out->proven = (struct sw_slice){ 0 };
	if (in->flow == 0 && is_keepalive(in->octets)) /* the framer knows those of streams */
		return;
	out->account = (struct sw_account){
		.src = in->src,
		.transport = in->transport,
		.listener = in->listener,
		.at = in->wall,
	};
	enum sw_reason r = decide(&s);

	sw_secret_wipe(e->user.ha1, sizeof(e->user.ha1));
	if (out->hand_to > 0)
		return;
	if (r != SW_OK)
		sw_refusal_write(&s, r);
	write_account(&s);
	act(&s, out);
}

static bool derive_keys(struct sw_engine *e, const struct sw_engine_parts *parts)
{
	struct sw_mac_key nobody = { 0 };
	bool ok = sw_nonce_keys_init(&e->nonce_keys, parts->key_seed, parts->wall) &&
		  sw_mac_derive(parts->key_seed, SW_LIT("sipward tag"), &e->tag_key) &&
		  sw_mac_derive(parts->key_seed, SW_LIT("sipward shown"), &e->shown_key) &&
		  sw_mac_derive(parts->key_seed, SW_LIT("sipward nobody"), &nobody) &&
		  sw_mac_derive(parts->random_seed, SW_LIT("sipward random"), &e->random_key);

	memcpy(e->key_seed, parts->key_seed, sizeof(e->key_seed));
	memcpy(e->nobody.octets, nobody.octets, sizeof(nobody.octets));
	sw_secret_wipe(&nobody, sizeof(nobody));
	return ok;
}

struct sw_engine *sw_engine_new(const struct sw_engine_parts *parts)
{
	struct sw_engine *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->hash = sw_hash_new();
	e->mac = sw_mac_new();
	e->registration = calloc(1, sizeof(*e->registration));
	if (!e->hash || !e->mac || !e->registration || !derive_keys(e, parts)) {
		sw_engine_free(e);
		return NULL;
	}
	e->boot = parts->boot;
	e->sweep_due.us = AT_ONCE;
	e->location = parts->location;
	e->ahead_us = parts->ahead_us;
	e->replay = parts->replay;
	e->txns = parts->txns;
	e->proven = parts->proven;
	sw_engine_use(e, parts->policy, parts->users);
	return e;
}

void sw_engine_free(struct sw_engine *e)
{
	if (!e)
		return;
	sw_hash_free(e->hash);
	sw_mac_free(e->mac);
	free(e->registration);
	sw_secret_wipe(e, sizeof(*e));
	free(e);
}

void sw_engine_use(struct sw_engine *e, const struct sw_policy *policy, struct sw_users users)
{
	e->policy = policy;
	e->users = users;
	e->has_one_key = sw_secret_eq(&users.key, &e->location.key, sizeof(users.key)) == 1;
	sw_txn_forget_paths(&e->txns);
	e->common_s = INT64_MIN;
	e->check_at = 0;
	e->check_due.us = AT_ONCE;
	e->is_checked = false;
}

/* Where it fails it is tried again a second later: the keys of yesterday serve. */
static void sweep(struct sw_engine *e, struct sw_mono mono, struct sw_wall wall)
{
	e->sweep_due.us = mono.us + SW_US_PER_S;
	sw_location_sweep(&e->location, sw_state_steady(e, mono, wall), &e->sweep_at, 4096);
	(void)sw_nonce_keys_turn(&e->nonce_keys, e->key_seed, wall);
}

static enum sw_reason may_stay(struct sw_engine *e, const struct sw_binding *b)
{
	return sw_users_may_keep(&e->users, e->mac, (struct sw_slice){ b->user, b->user_n },
				 (struct sw_slice){ b->aor, b->aor_n });
}

/* The next one, or a step on the way. false: nobody can tell now, and it is looked at again. */
static bool check_one(struct sw_engine *e, struct sw_actions *out)
{
	struct sw_binding *b = &e->registration->have[0].b;
	uint32_t n;
	enum sw_walk is = sw_location_walk(&e->location, &e->check_at, &n, b);

	e->is_checked = is == SW_WALK_END;
	if (is != SW_WALK_ONE)
		return is != SW_WALK_BUSY;
	enum sw_reason r = may_stay(e, b);
	size_t ended = 0;

	if (r != SW_OK && r != SW_R_TABLE_BUSY)
		r = sw_location_end(&e->location, n, b->id, &out->save[out->saves], &ended);
	out->saves += ended;
	if (r == SW_R_TABLE_BUSY)
		e->check_at = n;
	return r != SW_R_TABLE_BUSY;
}

/*
 * After a change of policy: bindings of whoever is gone, or whose trunk is, end. Where a table is
 * busy the rest waits a second: it would be busy at once again.
 */
static void check_some(struct sw_engine *e, struct sw_mono mono, struct sw_actions *out)
{
	bool is_busy = false;

	if (mono.us < e->check_due.us)
		return;
	for (unsigned i = 0; i < CHECKED && out->saves < SW_SAVES_MAX; i++) {
		if (e->is_checked || is_busy)
			break;
		is_busy = !check_one(e, out);
	}
	e->check_due.us = is_busy ? mono.us + SW_US_PER_S : AT_ONCE;
}

void sw_engine_tick(struct sw_engine *e, struct sw_mono mono, struct sw_wall wall,
		    char room[SW_ROOM], struct sw_actions *out)
{
	struct sw_action *a = &out->a[0];

	out->n = out->saves = 0;
	out->promises = false;
	if (mono.us >= e->sweep_due.us)
		sweep(e, mono, wall);
	check_some(e, mono, out);
	a->octets = sw_txn_next(&e->txns, mono, room, &a->path);
	if (a->octets.n > 0) {
		a->kind = SW_DO_SEND;
		out->n = 1;
	}
}

struct sw_mono sw_engine_due(const struct sw_engine *e)
{
	uint64_t txn_us = e->txns.next_us;
	struct sw_mono due = e->sweep_due;

	if (txn_us > 0 && txn_us < due.us)
		due.us = txn_us;
	return !e->is_checked && e->check_due.us < due.us ? e->check_due : due;
}

void sw_engine_gone(struct sw_engine *e, uint64_t flow, struct sw_actions *out)
{
	out->n = 0;
	out->saves = sw_location_end_flow(&e->location, flow, out->save, SW_SAVES_MAX);
}

enum sw_reason sw_engine_forget(struct sw_engine *e, struct sw_slice aor, struct sw_actions *out)
{
	out->n = 0;
	return sw_location_end_aor(&e->location, e->mac, aor, out->save, &out->saves);
}

bool sw_engine_is_way(struct sw_engine *e, uint64_t flow)
{
	return sw_location_has_flow(&e->location, flow);
}

bool sw_engine_has_user(struct sw_engine *e, struct sw_slice name)
{
	bool has = sw_users_may_prove(&e->users, e->mac, name, &e->user) == SW_OK;

	sw_secret_wipe(e->user.ha1, sizeof(e->user.ha1));
	return has;
}

uint32_t sw_engine_bindings(const struct sw_engine *e)
{
	return sw_location_fill(&e->location).used;
}

uint32_t sw_engine_held(const struct sw_engine *e)
{
	return sw_table_count(&e->txns.invites);
}

struct sw_location *sw_engine_location(struct sw_engine *e)
{
	return &e->location;
}
