/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/reply.h"

#include "core/authhdr.h"
#include "core/client.h"
#include "core/lex.h"
#include "core/write.h"
#include "sip/evidence.h"

#define SIP_PORT 5060

static void make_tag(struct step *s, char out[SW_TAG_LEN])
{
	static const char crockford[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const uint8_t *id = sw_state_id(s);
	uint32_t bits = 0;
	unsigned have = 0;
	size_t at = 0;

	for (size_t i = 0; i < SW_TAG_LEN; i++) {
		if (have < 5) {
			bits = bits << 8 | id[at++];
			have += 8;
		}
		have -= 5;
		out[i] = crockford[bits >> have & 31];
	}
}

/* Is sent-by the address that the request really came from? */
static bool sent_by_is_source(const struct step *s)
{
	return sw_addr_eq_ip(&s->msg->via.sent_by.ip, &s->in->src);
}

struct sw_path sw_reply_path(const struct step *s)
{
	const struct sw_via *v = &s->msg->via;
	struct sw_path path = {
		.listener = s->in->listener,
		.transport = s->in->transport,
		.local = s->in->local,
		.peer = s->in->src,
		.flow = s->in->flow,
	};

	if (path.flow == 0 && !v->has_rport && sent_by_is_source(s))
		path.peer.port = v->sent_by.port > 0 ? v->sent_by.port : SIP_PORT;
	return path;
}

/* The topmost Via with received and rport as they are, whatever the peer put there. */
static void write_top_via(struct step *s)
{
	const struct sw_via *v = &s->msg->via;
	static const struct sw_slice skip[] = { SW_INIT("received"), SW_INIT("rport") };
	struct sw_buf *b = &s->answer;

	sw_buf_put(b, SW_LIT("Via: "));
	sw_buf_put(b, v->name); /* SIP/2.0, but in a refusal of another version */
	sw_buf_char(b, '/');
	sw_buf_put(b, v->version);
	sw_buf_char(b, '/');
	sw_buf_put(b, v->transport);
	sw_buf_char(b, ' ');
	sw_write_value(b, v->sent_by_text);
	sw_write_params(b, v->params, skip, SW_ARRAY_LEN(skip));
	if (v->has_rport || !sent_by_is_source(s)) {
		sw_buf_put(b, SW_LIT(";received="));
		sw_addr_write_ip(b, &s->in->src);
	}
	if (v->has_rport) {
		sw_buf_put(b, SW_LIT(";rport="));
		sw_buf_u64(b, s->in->src.port);
	}
	sw_buf_put(b, SW_LIT("\r\n"));
}

static void write_vias(struct step *s)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_VIA);
	struct lex rest = lex_of(h->value);

	write_top_via(s);
	rest.p = s->msg->via.text.p + s->msg->via.text.n;
	if (lex_mark(&rest, ','))
		sw_write_field(&s->answer, SW_LIT("Via"), lex_rest(&rest));
	while ((h = sw_msg_next(s->msg, h)) != NULL)
		sw_write_field(&s->answer, SW_LIT("Via"), h->value);
}

/* From or To as it came. A display name with control characters in it is left away. */
static void write_party(struct step *s, enum sw_field field, const struct sw_nameaddr *a)
{
	const struct sw_header *h = sw_msg_header(s->msg, field);
	struct sw_buf *b = &s->answer;

	sw_buf_put(b, field == SW_FIELD_TO ? SW_LIT("To: ") : SW_LIT("From: "));
	if (!a->is_plain) {
		sw_write_value(b, h->value);
		return;
	}
	sw_buf_char(b, '<');
	sw_buf_put(b, a->uri_text);
	sw_buf_char(b, '>');
	sw_write_params(b, a->params, NULL, 0);
}

static void write_to(struct step *s, struct sw_slice tag)
{
	const struct sw_nameaddr *to = &s->msg->to;
	struct sw_buf *b = &s->answer;

	write_party(s, SW_FIELD_TO, to);
	if (to->text.n > 0 && to->tag.n == 0) {
		sw_buf_put(b, SW_LIT(";tag="));
		sw_buf_put(b, tag);
	}
	sw_buf_put(b, SW_LIT("\r\n"));
}

/* What a message lacks its answer lacks too: that is what the answer is about. */
static void write_dialog(struct step *s, struct sw_slice tag)
{
	const struct sw_msg *m = s->msg;
	struct sw_buf *b = &s->answer;

	if (sw_msg_header(m, SW_FIELD_FROM)) {
		write_party(s, SW_FIELD_FROM, &m->from);
		sw_buf_put(b, SW_LIT("\r\n"));
	}
	if (sw_msg_header(m, SW_FIELD_TO))
		write_to(s, tag);
	if (sw_msg_header(m, SW_FIELD_CALL_ID))
		sw_write_field(b, SW_LIT("Call-ID"), sw_msg_header(m, SW_FIELD_CALL_ID)->value);
	if (sw_msg_header(m, SW_FIELD_CSEQ))
		sw_write_field(b, SW_LIT("CSeq"), sw_msg_header(m, SW_FIELD_CSEQ)->value);
}

void sw_reply_begin(struct step *s, int status, struct sw_slice phrase)
{
	struct sw_buf *b = &s->answer;
	char tag[SW_TAG_LEN];

	make_tag(s, tag);
	memcpy(s->account->id, tag, SW_ID_LEN);
	s->account->status = status;
	sw_buf_put(b, SW_LIT("SIP/2.0 "));
	sw_buf_u64(b, (uint64_t)status);
	sw_buf_char(b, ' ');
	sw_buf_put(b, phrase);
	sw_buf_put(b, SW_LIT("\r\n"));
	write_vias(s);
	write_dialog(s, (struct sw_slice){ tag, sizeof(tag) });
}

static struct sw_slice user_agent(const struct sw_msg *m)
{
	const struct sw_header *h = sw_msg_header(m, SW_FIELD_USER_AGENT);

	return h ? h->value : (struct sw_slice){ 0 };
}

/* The algorithms for this client, in its order and as a set. */
static size_t order_for(const struct step *s, struct sw_alg_form form[SW_ALG_FORMS],
			unsigned *offered)
{
	size_t n = sw_client_order(&s->e->policy->client, user_agent(s->msg),
				   s->evidence.common.algs, form);

	*offered = 0;
	for (size_t i = 0; i < n; i++)
		*offered |= sw_alg_form_bit(form[i]);
	return n;
}

static bool make_nonce(struct step *s, unsigned offered, char out[SW_NONCE_TEXT])
{
	struct sw_nonce_maker maker = sw_evidence_maker(s);
	struct sw_nonce_bind bind = sw_evidence_bind(s);

	return sw_nonce_make(&maker, &bind, &s->in->mono, offered, sw_evidence_random(s), out);
}

/*
 * Is it time for another nonce? In the last quarter of its life, and for one that is good once. Not
 * for a -sess form: its key comes from the challenge, and nobody says what a nextnonce does to it.
 */
static bool needs_next(const struct step *s)
{
	uint64_t life = s->e->policy->nonce_life_s;

	if (s->digest.sess)
		return false;
	return s->digest.qop == SW_QOP_NONE || (uint64_t)s->nonce.age_s * 4 >= life * 3;
}

/*
 * What we know of the caller's secret, shown in turn (RFC 7616 3.5); an answer has no body. The
 * response of a form without qop is bound to no cnonce, so it is not given.
 */
static void write_authinfo(struct step *s)
{
	const struct sw_digest *d = &s->digest;
	const struct sw_digest_evidence *ev = &s->evidence.digest;
	struct sw_authinfo info = { .qop = d->qop, .cnonce = d->cnonce, .nc_text = d->nc_text };
	struct sw_alg_form form[SW_ALG_FORMS];
	char rspauth[64], nonce[SW_NONCE_TEXT];
	unsigned offered = 0;

	if (d->qop != SW_QOP_NONE && sw_digest_response(s->e->hash, d, &(struct sw_digest_of){ 0 },
							&s->e->user.ha1[ev->form][d->alg], rspauth))
		info.rspauth = (struct sw_slice){ rspauth, 2 * sw_alg_len(d->alg) };
	if (needs_next(s)) {
		(void)order_for(s, form, &offered);
		if (make_nonce(s, offered, nonce))
			info.nextnonce = (struct sw_slice){ nonce, sizeof(nonce) };
	}
	s->account->is_next = info.nextnonce.n > 0;
	if (info.rspauth.n > 0 || info.nextnonce.n > 0)
		sw_authinfo_write(&s->answer, &info);
}

void sw_reply_end(struct step *s)
{
	int status = s->account->status;

	if (status >= 200 && status < 300 && s->account->verdict.subject.factor == SW_FACTOR_DIGEST)
		write_authinfo(s);
	sw_buf_put(&s->answer, SW_LIT("Content-Length: 0\r\n\r\n"));
}

void sw_reply_allow(struct step *s)
{
	sw_write_field(&s->answer, SW_LIT("Allow"), SW_LIT("REGISTER, OPTIONS"));
}

static bool is_stale(enum sw_reason why)
{
	return why == SW_R_DIGEST_STALE || why == SW_R_DIGEST_NONCE_SOURCE ||
	       why == SW_R_DIGEST_REPLAY || why == SW_R_DIGEST_SESS;
}

enum sw_reason sw_reply_challenge(struct step *s, enum sw_reason why)
{
	bool proxy = !sw_evidence_is_for_door(s);
	struct sw_alg_form form[SW_ALG_FORMS];
	unsigned offered;
	size_t n = order_for(s, form, &offered);
	char nonce[SW_NONCE_TEXT];

	if (!make_nonce(s, offered, nonce))
		return SW_R_BUG;
	sw_reply_begin(s, proxy ? 407 : 401,
		       proxy ? SW_LIT("Proxy Authentication Required") : SW_LIT("Unauthorized"));
	for (size_t i = 0; i < n; i++) {
		struct sw_challenge c = {
			.form = form[i],
			.qops = s->evidence.common.qops,
			.realm = s->e->policy->realm,
			.nonce = { nonce, sizeof(nonce) },
			.stale = is_stale(why),
		};

		sw_challenge_write(&s->answer, proxy, &c);
	}
	sw_reply_end(s);
	s->account->offered = offered;
	s->account->stale = is_stale(why);
	return SW_OK;
}
