/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/uac.h"

#include "base/secret.h"
#include "core/verdict.h"

const char *sw_uac_method(const struct sw_uac *u)
{
	return u->want.what == SW_UAC_OPTIONS ? "OPTIONS" : "REGISTER";
}

bool sw_uac_is_user(struct sw_slice user)
{
	for (size_t i = 0; i < user.n; i++) {
		unsigned char c = (unsigned char)user.p[i];

		if (c <= ' ' || c == 0x7f || c == '"' || c == '\\')
			return false;
	}
	return user.n > 0;
}

/* The user part of a URI: what RFC 3261 25.1 does not let stand there is escaped. */
static void write_user(struct sw_buf *b, struct sw_slice user)
{
	static const char plain[] = "-_.!~*'()&=+$,;?/";

	for (size_t i = 0; i < user.n; i++) {
		char c = user.p[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (alnum || memchr(plain, c, sizeof(plain) - 1)) {
			sw_buf_char(b, c);
			continue;
		}
		sw_buf_char(b, '%');
		sw_buf_hex(b, (const uint8_t *)&c, 1);
	}
}

static void write_aor(struct sw_buf *b, const struct sw_uac_want *w)
{
	sw_buf_str(b, "sip:");
	write_user(b, w->user);
	sw_buf_char(b, '@');
	sw_buf_put(b, w->domain);
}

/* The URI of our Contact, kept as text: answers are searched for it. */
static bool keep_contact(struct sw_uac *u)
{
	struct sw_buf b = sw_buf_over(u->contact, sizeof(u->contact) - 1);

	if (u->want.contact.n > 0) {
		sw_buf_put(&b, u->want.contact);
	} else {
		sw_buf_str(&b, "sip:");
		write_user(&b, u->want.user);
		sw_buf_char(&b, '@');
		sw_addr_write(&b, &u->want.local);
		if (u->want.transport == SW_TCP)
			sw_buf_str(&b, ";transport=tcp");
	}
	u->contact[b.n] = 0;
	return sw_buf_ok(&b);
}

static void hex_text(char *out, const uint8_t *octets, size_t n)
{
	struct sw_buf b = sw_buf_over(out, 2 * n);

	sw_buf_hex(&b, octets, n);
	out[2 * n] = 0;
}

bool sw_uac_init(struct sw_uac *u, const struct sw_uac_want *want,
		 const uint8_t random[SW_UAC_RANDOM])
{
	*u = (struct sw_uac){ .want = *want };
	hex_text(u->call_id, random, SW_UAC_RANDOM);
	hex_text(u->from_tag, random, SW_UAC_RANDOM / 2);
	return keep_contact(u);
}

static void write_request_uri(struct sw_buf *b, const struct sw_uac *u)
{
	sw_buf_str(b, "sip:");
	sw_buf_put(b, u->want.domain);
}

static bool is_star(const struct sw_uac *u)
{
	return u->want.what == SW_UAC_UNREGISTER && u->want.contact.n == 0;
}

static void write_registration(struct sw_buf *b, const struct sw_uac *u)
{
	if (is_star(u)) {
		sw_buf_str(b, "Contact: *\r\n");
	} else {
		sw_buf_str(b, "Contact: <");
		sw_buf_str(b, u->contact);
		sw_buf_str(b, ">\r\n");
	}
	sw_buf_str(b, "Expires: ");
	sw_buf_u64(b, u->want.what == SW_UAC_UNREGISTER ? 0 : u->want.expires_s);
	sw_buf_str(b, "\r\n");
}

static void write_head(struct sw_buf *b, const struct sw_uac *u)
{
	sw_buf_str(b, sw_uac_method(u));
	sw_buf_char(b, ' ');
	write_request_uri(b, u);
	sw_buf_str(b, " SIP/2.0\r\nVia: SIP/2.0/");
	sw_buf_str(b, u->want.transport == SW_TCP ? "TCP " : "UDP ");
	sw_addr_write(b, &u->want.local);
	sw_buf_str(b, ";branch=");
	sw_buf_str(b, u->branch);
	sw_buf_str(b, ";rport\r\nMax-Forwards: 70\r\nFrom: <");
	write_aor(b, &u->want);
	sw_buf_str(b, ">;tag=");
	sw_buf_str(b, u->from_tag);
	sw_buf_str(b, "\r\nTo: <");
	if (u->want.what == SW_UAC_OPTIONS)
		write_request_uri(b, u);
	else
		write_aor(b, &u->want);
	sw_buf_str(b, ">\r\nCall-ID: ");
	sw_buf_str(b, u->call_id);
	sw_buf_str(b, "\r\nCSeq: ");
	sw_buf_u64(b, u->cseq);
	sw_buf_char(b, ' ');
	sw_buf_str(b, sw_uac_method(u));
	sw_buf_str(b, "\r\n");
	if (u->want.what != SW_UAC_OPTIONS)
		write_registration(b, u);
	sw_buf_str(b, "User-Agent: sipward/" SIPWARD_VERSION "\r\n");
}

static void write_param(struct sw_buf *b, const char *name, struct sw_slice value)
{
	sw_buf_str(b, ", ");
	sw_buf_str(b, name);
	sw_buf_str(b, "=\"");
	sw_buf_put(b, value);
	sw_buf_char(b, '"');
}

/* What the challenge takes, most usual first. */
static enum sw_qop choose_qop(unsigned qops)
{
	if (qops & SW_QOP_BIT(SW_QOP_AUTH))
		return SW_QOP_AUTH;
	return qops & SW_QOP_BIT(SW_QOP_AUTH_INT) ? SW_QOP_AUTH_INT : SW_QOP_NONE;
}

/* RFC 7616 3.4. Each challenge brings a nonce of its own, so nc is 1 whenever we answer. */
static struct sw_digest digest_of(const struct sw_uac *u, struct sw_slice uri)
{
	const struct sw_challenge *c = &u->challenge;
	struct sw_digest d = {
		.alg = c->form.alg,
		.sess = c->form.sess,
		.user = u->want.user,
		.realm = c->realm,
		.nonce = c->nonce,
		.uri = uri,
		.qop = choose_qop(c->qops),
	};

	if (d.qop == SW_QOP_NONE)
		return d;
	d.cnonce = sw_slice_of(u->cnonce);
	d.nc = 1;
	d.nc_text = SW_LIT("00000001");
	return d;
}

/* The response for a method; for none that of the answer (RFC 7616 3.5). Bodies are empty. */
static bool respond(const struct sw_uac *u, const struct sw_digest *d, const char *method,
		    char out[64])
{
	struct sw_digest_of of = { .method = sw_slice_of(method) };
	struct sw_ha1 ha1;
	bool ok = sw_digest_ha1(u->want.hash, d->alg, d->user, d->realm, u->want.password, &ha1) &&
		  sw_digest_response(u->want.hash, d, &of, &ha1, out);

	sw_secret_wipe(&ha1, sizeof(ha1));
	return ok;
}

static bool write_proof(struct sw_buf *b, const struct sw_uac *u)
{
	char room[SW_UAC_CONTACT], response[64];
	struct sw_buf uri = sw_buf_over(room, sizeof(room));

	write_request_uri(&uri, u);
	struct sw_digest d = digest_of(u, sw_buf_slice(&uri));

	if (!sw_buf_ok(&uri) || !respond(u, &d, sw_uac_method(u), response))
		return false;
	sw_buf_str(b, u->proxy ? "Proxy-Authorization" : "Authorization");
	sw_buf_str(b, ": Digest username=\"");
	sw_buf_put(b, d.user);
	sw_buf_char(b, '"');
	write_param(b, "realm", d.realm);
	write_param(b, "nonce", d.nonce);
	write_param(b, "uri", d.uri);
	write_param(b, "response", (struct sw_slice){ response, 2 * sw_alg_len(d.alg) });
	if (u->challenge.opaque.n > 0)
		write_param(b, "opaque", u->challenge.opaque);
	sw_buf_str(b, ", algorithm=");
	sw_buf_str(b, sw_alg_form_name(u->challenge.form));
	if (d.qop != SW_QOP_NONE) {
		write_param(b, "cnonce", d.cnonce);
		sw_buf_str(b, ", qop=");
		sw_buf_str(b, sw_qop_name(d.qop));
		sw_buf_str(b, ", nc=00000001");
	}
	sw_buf_str(b, "\r\n");
	return true;
}

bool sw_uac_write(struct sw_uac *u, const uint8_t random[SW_UAC_RANDOM], struct sw_buf *out)
{
	u->cseq++;
	memcpy(u->branch, "z9hG4bK", 7);
	hex_text(u->branch + 7, random, SW_UAC_RANDOM / 2);
	hex_text(u->cnonce, random + SW_UAC_RANDOM / 2, SW_UAC_RANDOM / 2);
	write_head(out, u);
	if (u->challenge.form.alg != SW_ALG_NONE) {
		u->proofs++;
		if (!write_proof(out, u))
			return false;
	}
	sw_buf_str(out, "Content-Length: 0\r\n\r\n");
	return sw_buf_ok(out);
}

/* Ours by RFC 3261 17.1.3 and 8.1.3: branch, CSeq, and the dialog identifiers we made up. */
static bool is_ours(const struct sw_uac *u, const struct sw_msg *m)
{
	return m->is_response && sw_slice_eq(m->via.branch, sw_slice_of(u->branch)) &&
	       m->cseq.number == u->cseq &&
	       sw_slice_eq(m->cseq.method, sw_slice_of(sw_uac_method(u))) &&
	       sw_slice_eq(m->call_id, sw_slice_of(u->call_id)) &&
	       sw_slice_eq(m->from.tag, sw_slice_of(u->from_tag));
}

/* What stands behind "SIP/2.0 200 ". */
static struct sw_slice phrase_of(struct sw_slice octets)
{
	size_t at = 0, n = 0;

	while (at < octets.n && (octets.p[at] == '\r' || octets.p[at] == '\n'))
		at++; /* RFC 3261 7.5 */
	struct sw_slice rest = sw_slice_from(octets, at + 12);
	while (n < rest.n && rest.p[n] != '\r' && rest.p[n] != '\n')
		n++;
	return (struct sw_slice){ rest.p, n };
}

static uint32_t number_of(struct sw_slice text)
{
	size_t n = 0;
	uint64_t v;

	while (n < text.n && text.p[n] >= '0' && text.p[n] <= '9')
		n++; /* Retry-After may go on with a comment or parameters */
	return sw_slice_u64((struct sw_slice){ text.p, n }, UINT32_MAX, &v) ? (uint32_t)v : 0;
}

static uint32_t header_number(const struct sw_msg *m, enum sw_field field)
{
	const struct sw_header *h = sw_msg_header(m, field);

	return h ? number_of(h->value) : 0;
}

static uint32_t retry_after(const struct sw_msg *m)
{
	for (size_t i = 0; i < m->headers; i++)
		if (sw_slice_eq_nocase(m->header[i].name, SW_LIT("Retry-After")))
			return number_of(m->header[i].value);
	return 0;
}

static bool keep_text(char *room, size_t cap, struct sw_slice *s)
{
	if (s->n > cap)
		return false;
	if (s->n > 0)
		memcpy(room, s->p, s->n);
	s->p = room;
	return true;
}

static bool keep_challenge(struct sw_uac *u, const struct sw_challenge *c)
{
	struct sw_challenge kept = *c;

	if (!keep_text(u->realm, sizeof(u->realm), &kept.realm) ||
	    !keep_text(u->nonce, sizeof(u->nonce), &kept.nonce) ||
	    !keep_text(u->opaque, sizeof(u->opaque), &kept.opaque))
		return false;
	u->challenge = kept;
	return true;
}

static bool is_wanted(const struct sw_uac *u, struct sw_alg_form f)
{
	const struct sw_alg_form *want = &u->want.form;

	return want->alg == SW_ALG_NONE || (f.alg == want->alg && f.sess == want->sess);
}

/* Note every offer; keep the topmost that can be answered (RFC 8760 2.4). */
static bool take_offers(struct sw_uac *u, const struct sw_msg *m, struct sw_uac_answer *out)
{
	enum sw_field field = out->status == 407 ? SW_FIELD_PROXY_AUTHENTICATE
						 : SW_FIELD_WWW_AUTHENTICATE;
	const struct sw_header *h = sw_msg_header(m, field);
	bool taken = false;

	for (; h; h = sw_msg_next(m, h)) {
		struct sw_challenge c;

		if (sw_challenge_parse(h->value, &c) != SW_OK)
			continue;
		if (out->offers < SW_UAC_OFFERS)
			out->offer[out->offers++] = c.form;
		if (taken || c.form.alg == SW_ALG_NONE || c.qops == 0)
			continue;
		if (c.form.sess && choose_qop(c.qops) == SW_QOP_NONE)
			continue; /* its key would need a cnonce */
		if (!is_wanted(u, c.form))
			continue;
		taken = keep_challenge(u, &c);
		out->stale = taken && c.stale;
	}
	return taken;
}

static enum sw_uac_step end(struct sw_uac_answer *out, enum sw_uac_step step, enum sw_uac_why why)
{
	out->why = why;
	return step;
}

static enum sw_uac_step challenged(struct sw_uac *u, const struct sw_msg *m,
				   struct sw_uac_answer *out)
{
	bool taken = take_offers(u, m, out);

	u->proxy = out->status == 407;
	if (!u->want.has_password)
		return end(out, SW_UAC_UNABLE, SW_UAC_WHY_NO_PASSWORD);
	if (!taken)
		return end(out, SW_UAC_UNABLE, SW_UAC_WHY_NO_ALG);
	if (u->proofs == 0 || (u->proofs == 1 && out->stale))
		return SW_UAC_PROVE;
	/* RFC 3261 22.1: what was rejected once is not sent again. */
	return end(out, SW_UAC_REFUSED, out->stale ? SW_UAC_WHY_STALE_TWICE : SW_UAC_WHY_AGAIN);
}

/* Is this binding of the list ours? Then its time is noted. */
static bool is_our_contact(const struct sw_uac *u, const struct sw_msg *m,
			   const struct sw_nameaddr *c, struct sw_uac_answer *out)
{
	struct sw_slice expires;
	struct sw_uri ours;

	if (sw_uri_parse(sw_slice_of(u->contact), &ours) != SW_OK || !sw_uri_eq(&ours, &c->uri))
		return false;
	out->granted_s = sw_param_find(c->params, SW_LIT("expires"), &expires)
				 ? number_of(expires)
				 : header_number(m, SW_FIELD_EXPIRES);
	return true;
}

static bool find_contact(const struct sw_uac *u, const struct sw_msg *m, struct sw_uac_answer *out)
{
	const struct sw_header *h = sw_msg_header(m, SW_FIELD_CONTACT);
	bool found = false;

	for (; h; h = sw_msg_next(m, h)) {
		struct sw_slice rest = h->value;
		struct sw_nameaddr c;

		while (rest.n > 0 && sw_nameaddr_next(&rest, &c) == SW_OK) {
			out->bindings++;
			found |= is_our_contact(u, m, &c, out);
		}
	}
	return found;
}

/* Authentication-Info, which not every door sends: what there is has to be right. */
static bool is_answer_proven(const struct sw_uac *u, const struct sw_msg *m,
			     struct sw_uac_answer *out)
{
	char room[SW_UAC_CONTACT], response[64];
	struct sw_buf uri = sw_buf_over(room, sizeof(room));
	const struct sw_header *h = sw_msg_header(m, SW_FIELD_AUTHENTICATION_INFO);
	struct sw_authinfo info;

	if (u->proofs == 0 || !h)
		return true;
	if (sw_authinfo_parse(h->value, &info) != SW_OK)
		return false;
	out->has_next = info.nextnonce.n > 0;
	if (info.rspauth.n == 0)
		return true;
	write_request_uri(&uri, u);
	struct sw_digest d = digest_of(u, sw_buf_slice(&uri));

	d.qop = info.qop;
	out->is_proven = sw_slice_eq(info.cnonce, d.cnonce) &&
			 sw_slice_eq(info.nc_text, d.nc_text) && respond(u, &d, "", response) &&
			 sw_slice_eq_nocase(info.rspauth,
					    (struct sw_slice){ response, 2 * sw_alg_len(d.alg) });
	return out->is_proven;
}

/* RFC 3261 10.2.4: the 200 lists every binding, so it shows whether ours is what we asked for. */
static enum sw_uac_step accepted(const struct sw_uac *u, const struct sw_msg *m,
				 struct sw_uac_answer *out)
{
	bool found = find_contact(u, m, out);

	if (!is_answer_proven(u, m, out))
		return end(out, SW_UAC_FAILED, SW_UAC_WHY_RSPAUTH);
	if (u->want.what == SW_UAC_REGISTER && !found)
		return end(out, SW_UAC_FAILED, SW_UAC_WHY_NO_CONTACT);
	if (u->want.what == SW_UAC_UNREGISTER && (is_star(u) ? out->bindings > 0 : found))
		return end(out, SW_UAC_FAILED, SW_UAC_WHY_KEPT);
	return SW_UAC_DONE;
}

static enum sw_uac_step judge(struct sw_uac *u, const struct sw_msg *m, struct sw_uac_answer *out)
{
	if (out->status < 200)
		return SW_UAC_WAIT;
	if (out->status < 300)
		return accepted(u, m, out);
	if (out->status == 401 || out->status == 407)
		return challenged(u, m, out);
	return out->status == 403 ? SW_UAC_REFUSED : SW_UAC_FAILED;
}

/* Of a tag that may be a sipward's: it goes into a command that people paste into a shell. */
static void keep_id(struct sw_slice tag, char out[7])
{
	if (tag.n < SW_ID_LEN)
		return;
	for (size_t i = 0; i < SW_ID_LEN; i++)
		if (!(tag.p[i] >= '0' && tag.p[i] <= '9') && !(tag.p[i] >= 'A' && tag.p[i] <= 'Z'))
			return;
	memcpy(out, tag.p, SW_ID_LEN);
}

enum sw_uac_step sw_uac_read(struct sw_uac *u, struct sw_slice octets, struct sw_uac_answer *out)
{
	struct sw_msg m;

	if (sw_msg_parse(octets, &m) != SW_OK || !is_ours(u, &m))
		return SW_UAC_IGNORE;
	*out = (struct sw_uac_answer){
		.status = m.status,
		.phrase = phrase_of(octets),
		.min_expires_s = header_number(&m, SW_FIELD_MIN_EXPIRES),
		.retry_s = retry_after(&m),
	};
	keep_id(m.to.tag, out->id);
	return judge(u, &m, out);
}
