/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/narrate.h"

#include <stdio.h>

#include "obs/text.h"

#define COLUMN 47   /* where the last part of a line stands */
#define LINE   1024 /* octets of one line */

static void put_server(struct sw_buf *b, const struct sw_exchange *x)
{
	sw_buf_str(b, sw_transport_name(x->transport));
	sw_buf_char(b, ' ');
	sw_addr_write(b, &x->server);
}

static uint64_t tenths_of_ms(uint64_t us)
{
	return (us + 50) / 100;
}

static void put_ms(struct sw_buf *b, uint64_t us)
{
	uint64_t tenths = tenths_of_ms(us);

	sw_buf_u64(b, tenths / 10);
	sw_buf_char(b, '.');
	sw_buf_u64(b, tenths % 10);
	sw_buf_str(b, " ms");
}

/* Columns of a text: octets that go on a UTF-8 character take none. */
static size_t columns(struct sw_slice s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static void put_last_column(struct sw_buf *b)
{
	size_t at = columns(sw_buf_slice(b));

	do
		sw_buf_char(b, ' ');
	while (++at < COLUMN);
}

static void print_line(const struct sw_buf *b)
{
	printf("%.*s\n", (int)b->n, b->p);
	fflush(stdout);
}

/* A message line by line, indented, with escapes for what no terminal should see. */
static void print_wire(const struct sw_narrate *n, struct sw_slice octets)
{
	static char room[4 * 65536]; /* an escape has four octets */
	FILE *to = n->json ? stderr : stdout;

	while (n->wire && octets.n > 0) {
		const char *end = memchr(octets.p, '\n', octets.n);
		struct sw_slice line = { octets.p, end ? (size_t)(end - octets.p) : octets.n };
		struct sw_buf b = sw_buf_over(room, sizeof(room));

		octets = sw_slice_from(octets, line.n + 1);
		if (end && line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		sw_text_clean(&b, line);
		fprintf(to, "%s%.*s\n", b.n > 0 ? "    " : "", (int)b.n, b.p);
	}
	fflush(to);
}

static json_t *text_json(struct sw_slice s)
{
	char room[LINE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_text_clean(&b, s);
	return json_stringn(room, b.n);
}

void sw_narrate_begin(struct sw_narrate *n, const struct sw_uac_want *want,
		      const struct sw_exchange *x)
{
	char room[80];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	json_decref(n->steps);
	json_decref(n->result);
	n->steps = n->result = NULL;
	if (!n->json)
		return;
	sw_buf_str(&b, sw_transport_name(x->transport));
	sw_buf_char(&b, ':');
	sw_addr_write(&b, &x->server);
	n->steps = json_array();
	n->result = json_object();
	json_object_set_new(n->result, "user", text_json(want->user));
	json_object_set_new(n->result, "domain", text_json(want->domain));
	json_object_set_new(n->result, "server", json_stringn(room, b.n));
}

static void step_json(struct sw_narrate *n, json_t *step)
{
	json_array_append_new(n->steps, step);
}

static void sent_json(struct sw_narrate *n, const struct sw_uac *u)
{
	json_t *step = json_pack("{s:s}", "sent", sw_uac_method(u));

	if (u->challenge.form.alg != SW_ALG_NONE) {
		json_object_set_new(step, "alg", json_string(sw_alg_form_name(u->challenge.form)));
		json_object_set_new(step, "nc", json_integer(1));
	}
	step_json(n, step);
}

void sw_narrate_sent(struct sw_narrate *n, const struct sw_uac *u, const struct sw_exchange *x)
{
	char room[LINE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (n->json)
		sent_json(n, u);
	sw_buf_str(&b, "→ ");
	sw_buf_str(&b, sw_uac_method(u));
	if (u->challenge.form.alg == SW_ALG_NONE) {
		sw_buf_str(&b, " sip:");
		sw_buf_put(&b, u->want.domain);
		put_last_column(&b);
		put_server(&b, x);
	} else {
		sw_buf_str(&b, "  Digest ");
		sw_buf_str(&b, sw_alg_form_name(u->challenge.form));
		sw_buf_str(&b, ", nc 1");
	}
	if (!n->json)
		print_line(&b);
	print_wire(n, x->request);
}

void sw_narrate_repeated(struct sw_narrate *n, const struct sw_uac *u)
{
	if (n->json)
		step_json(n, json_pack("{s:s, s:b}", "sent", sw_uac_method(u), "again", 1));
	else
		printf("→ %s  again, no answer yet\n", sw_uac_method(u));
	fflush(stdout);
}

static void put_offers(struct sw_buf *b, const struct sw_uac_answer *a)
{
	if (a->offers == 0)
		sw_buf_str(b, "nothing that is Digest");
	for (size_t i = 0; i < a->offers; i++) {
		if (i > 0)
			sw_buf_str(b, ", ");
		sw_buf_str(b, a->offer[i].alg == SW_ALG_NONE ? "an unknown algorithm"
							     : sw_alg_form_name(a->offer[i]));
	}
}

/* "sipward explain 7Q4KX2", such that it works when it is pasted. */
static void put_explain(struct sw_buf *b, const struct sw_narrate *n, const char *id)
{
	sw_buf_str(b, sw_program);
	sw_buf_str(b, " explain ");
	sw_buf_str(b, id);
	if (n->control) {
		sw_buf_str(b, " --control ");
		sw_buf_str(b, n->control);
	}
	if (n->conf) {
		sw_buf_str(b, " -c ");
		sw_buf_str(b, n->conf);
	}
}

static void put_more(struct sw_buf *b, const struct sw_narrate *n, const struct sw_uac_answer *a)
{
	if (a->id[0] == 0)
		return;
	sw_buf_str(b, ". More:  ");
	put_explain(b, n, a->id);
}

static void put_refused(struct sw_buf *b, const struct sw_narrate *n, const struct sw_uac_answer *a)
{
	if (a->why == SW_UAC_WHY_AGAIN)
		sw_buf_str(b, "challenged again, so the proof was not accepted");
	else if (a->why == SW_UAC_WHY_STALE_TWICE)
		sw_buf_str(b, "stale again: our address changes on the way, or two doors answer");
	else
		sw_buf_str(b, "refused");
	if (a->id[0] == 0)
		return;
	sw_buf_str(b, ", id ");
	sw_buf_str(b, a->id);
	sw_buf_str(b, ". The wire does not say why; the operator can:  ");
	put_explain(b, n, a->id);
}

static void put_unable(struct sw_buf *b, const struct sw_uac *u, const struct sw_uac_answer *a)
{
	sw_buf_str(b, "challenged: ");
	put_offers(b, a);
	if (a->why == SW_UAC_WHY_NO_PASSWORD) {
		sw_buf_str(b, ". To answer it give --password-file FILE");
	} else if (u->want.form.alg != SW_ALG_NONE) {
		sw_buf_str(b, ". Not answered, because --alg asks for ");
		sw_buf_str(b, sw_alg_form_name(u->want.form));
	} else {
		sw_buf_str(b, ". Nothing of that can be answered from here");
	}
}

/* What to do about a status, for those where we know it. */
static const char *advice(int status)
{
	switch (status) {
	case 400:
		return "the server could not read the request";
	case 404:
		return "the domain or the user part is not one of the server's; see --domain";
	case 405:
		return "the server does not take this method";
	case 408:
	case 480:
		return "nobody behind the server answered";
	case 500:
		return "the server failed, or served a later request of ours before this one";
	case 503:
		return "the server is busy or its tables are full; try again later";
	default:
		return NULL;
	}
}

static void put_seconds(struct sw_buf *b, const char *before, uint32_t s, const char *after)
{
	sw_buf_str(b, before);
	sw_buf_u64(b, s);
	sw_buf_str(b, after);
}

static void put_failed(struct sw_buf *b, const struct sw_narrate *n, const struct sw_uac_answer *a)
{
	if (a->why == SW_UAC_WHY_NO_CONTACT) {
		sw_buf_str(b, "accepted, but the answer does not list our Contact: something on "
			      "the way rewrites it");
	} else if (a->why == SW_UAC_WHY_KEPT) {
		sw_buf_str(b, "accepted, but the answer still lists what was to be removed");
	} else if (a->why == SW_UAC_WHY_RSPAUTH) {
		sw_buf_str(b,
			   "accepted, but by somebody who does not know the password "
			   "(rspauth is wrong): another server, or someone on the way, answered");
	} else {
		sw_text_clean(b, a->phrase);
		if (advice(a->status)) {
			sw_buf_str(b, ": ");
			sw_buf_str(b, advice(a->status));
		}
	}
	if (a->status == 423)
		put_seconds(b, ": ask for more time:  --expires ", a->min_expires_s, "");
	if (a->retry_s > 0)
		put_seconds(b, ", in ", a->retry_s, " s");
	put_more(b, n, a);
}

static void put_done(struct sw_buf *b, const struct sw_uac *u, const struct sw_uac_answer *a)
{
	if (u->want.what == SW_UAC_OPTIONS) {
		sw_buf_str(b, u->proofs > 0 ? "answered, the proof was accepted"
					    : "answered, no proof was asked for");
		return;
	}
	if (u->want.what == SW_UAC_UNREGISTER) {
		sw_buf_str(b, "unregistered");
		if (a->bindings > 0)
			put_seconds(b, ", other contacts left: ", a->bindings, "");
		return;
	}
	put_seconds(b, "registered for ", a->granted_s, " s");
	if (a->granted_s != u->want.expires_s)
		put_seconds(b, ", asked for ", u->want.expires_s, "");
	if (u->want.transport == SW_TCP) /* the door forgets it when we close */
		sw_buf_str(b, "; ends with this connection");
}

static void put_answer(struct sw_buf *b, const struct sw_narrate *n, const struct sw_uac *u,
		       enum sw_uac_step step, const struct sw_uac_answer *a)
{
	switch (step) {
	case SW_UAC_PROVE:
		sw_buf_str(b, a->stale ? "stale nonce, here is a new one: " : "challenged: ");
		put_offers(b, a);
		return;
	case SW_UAC_DONE:
		put_done(b, u, a);
		return;
	case SW_UAC_REFUSED:
		put_refused(b, n, a);
		return;
	case SW_UAC_UNABLE:
		put_unable(b, u, a);
		return;
	case SW_UAC_FAILED:
		put_failed(b, n, a);
		return;
	default:
		sw_text_clean(b, a->phrase);
	}
}

static void answer_json(struct sw_narrate *n, enum sw_uac_step step, const struct sw_uac_answer *a,
			uint64_t took_us, struct sw_slice message)
{
	double ms = (double)tenths_of_ms(took_us) / 10;
	json_t *j = json_pack("{s:i, s:f}", "status", a->status, "ms", ms);
	json_t *offers = json_array();

	for (size_t i = 0; i < a->offers; i++)
		json_array_append_new(offers, json_string(sw_alg_form_name(a->offer[i])));
	json_object_set_new(j, "offers", offers);
	json_object_set_new(j, "stale", json_boolean(a->stale));
	step_json(n, j);
	if (step == SW_UAC_WAIT || step == SW_UAC_PROVE)
		return;
	json_object_set_new(n->result, "status", json_integer(a->status));
	json_object_set_new(n->result, "id", json_string(a->id));
	json_object_set_new(n->result, "rspauth",
			    a->is_proven                   ? json_string("right")
			    : a->why == SW_UAC_WHY_RSPAUTH ? json_string("wrong")
							   : json_null());
	json_object_set_new(n->result, "granted_s", json_integer(a->granted_s));
	json_object_set_new(n->result, "contacts", json_integer(a->bindings));
	json_object_set_new(n->result, "message", json_stringn(message.p, message.n));
}

static enum sw_exit exit_of(enum sw_uac_step step)
{
	switch (step) {
	case SW_UAC_DONE:
		return SW_EXIT_OK;
	case SW_UAC_REFUSED:
	case SW_UAC_UNABLE:
		return SW_EXIT_REFUSED;
	default:
		return SW_EXIT_FAILED;
	}
}

enum sw_exit sw_narrate_answer(struct sw_narrate *n, const struct sw_uac *u, enum sw_uac_step step,
			       const struct sw_uac_answer *a, uint64_t took_us,
			       struct sw_slice octets)
{
	char room[LINE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_buf_str(&b, "← ");
	sw_buf_u64(&b, (uint64_t)a->status);
	sw_buf_str(&b, "  ");
	size_t at = b.n;
	put_answer(&b, n, u, step, a);
	if (n->json) {
		answer_json(n, step, a, took_us, sw_slice_from(sw_buf_slice(&b), at));
	} else {
		if (step == SW_UAC_PROVE || step == SW_UAC_DONE || step == SW_UAC_WAIT) {
			put_last_column(&b);
			put_ms(&b, took_us);
		}
		print_line(&b);
	}
	print_wire(n, octets);
	return exit_of(step);
}

enum sw_exit sw_narrate_silence(struct sw_narrate *n, const struct sw_exchange *x,
				enum sw_exchange_got got)
{
	char room[LINE];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (got == SW_EXCHANGE_CLOSED && x->request.n > 0 && x->transport == SW_TCP) {
		put_server(&b, x);
		sw_buf_str(&b, " closed the connection without an answer; its log says why");
	} else if (got == SW_EXCHANGE_CLOSED) {
		sw_buf_str(&b, "nothing listens on ");
		put_server(&b, x);
		sw_buf_str(&b, "; start a door there, or name another:  --server HOST:PORT");
	} else {
		sw_buf_str(&b, "no answer from ");
		put_server(&b, x);
		sw_buf_str(&b, " in ");
		sw_buf_u64(&b, (x->end_us - x->sent_us) / 1000);
		sw_buf_str(&b, " ms; check that a door runs there (");
		sw_buf_str(&b, sw_program);
		sw_buf_str(&b, " status) and that no firewall drops ");
		sw_buf_str(&b, x->transport == SW_TCP ? "TCP" : "UDP");
	}
	if (n->json)
		json_object_set_new(n->result, "message", json_stringn(room, b.n));
	fprintf(stderr, "sipward register: %.*s\n", (int)b.n, room);
	return SW_EXIT_TIMEOUT;
}

void sw_narrate_end(struct sw_narrate *n, enum sw_exit code)
{
	static const char *const words[] = {
		[SW_EXIT_OK] = "ok",
		[SW_EXIT_FAILED] = "failed",
		[SW_EXIT_REFUSED] = "refused",
		[SW_EXIT_TIMEOUT] = "timeout",
	};

	if (!n->json || !n->result)
		return;
	const char *word = (size_t)code < SW_ARRAY_LEN(words) ? words[code] : NULL;
	json_object_set_new(n->result, "result", json_string(word ? word : "failed"));
	json_object_set_new(n->result, "exit", json_integer((int)code));
	json_object_set(n->result, "steps", n->steps);
	/* 15 digits: 0.2, not 0.20000000000000001 */
	json_dumpf(n->result, stdout, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_REAL_PRECISION(15));
	putchar('\n');
	json_decref(n->steps);
	json_decref(n->result);
	n->steps = n->result = NULL;
}
