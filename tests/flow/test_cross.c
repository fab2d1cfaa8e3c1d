/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Credentials that are right for one request, used for another: none gets in. Each is made anew
 * from what a door offers, signed as it should be, and then crossed in one way. In between some
 * are left as they are and must be let in, so that the rest was refused for its crossing alone.
 * SIPWARD_SOAK in the environment asks for a million.
 */
#include "flow/flow.h"

#include <stdlib.h>

#include "vectors.h"

#define SHORT_RUN 12000
#define LONG_RUN  1000000

static const struct sw_way every_way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
					 .algs = SW_ALG_EVERY };

/* What is signed, and what is then sent. */
struct cross {
	const char *method, *ruri, *uri, *realm, *user, *aor, *cnonce, *body;
	char nonce[64], nc[9], response[65];
	struct sw_alg_form form;
	enum sw_qop qop;
	const char *from;
	enum sw_transport transport;
};

static struct flow *f;
static uint64_t state;

static unsigned draw(unsigned n)
{
	return (unsigned)(next_number(&state) % n);
}

/* Another one of a list. */
static const char *other(const char *const *list, unsigned n, const char *than)
{
	const char *one;

	do
		one = list[draw(n)];
	while (strcmp(one, than) == 0);
	return one;
}

static const char *const methods[] = { "REGISTER", "OPTIONS", "INVITE", "MESSAGE", "Register" };
static const char *const users[] = { "alice", "bob", "kim", "pat" };
static const char *const sources[] = { "198.51.100.7:5062", "198.51.101.7:5062",
				       "[2001:db8::7]:5062", "203.0.113.9:5060" };
static const char *const uris[] = { "sip:example.com",
				    "sip:alice@example.com",
				    "sip:bob@example.com",
				    "sip:elsewhere.example",
				    "sip:example.com.evil",
				    "sip:alice@elsewhere.example",
				    "tel:+4930",
				    "*",
				    "sip:bob%00@example.com" };
static const char *const realms[] = { "example.com", "EXAMPLE.com", "other.example", "",
				      "example.com " };
static const char *const cnonces[] = { "c0ffee", "c0ffef", "", "c0ffee0" };

static struct sw_digest digest_of(const struct cross *c)
{
	bool none = c->qop == SW_QOP_NONE;

	return (struct sw_digest){
		.alg = c->form.alg,
		.sess = c->form.sess,
		.user = sw_slice_of(c->user),
		.realm = sw_slice_of(c->realm),
		.nonce = sw_slice_of(c->nonce),
		.uri = sw_slice_of(c->uri),
		.cnonce = none ? SW_LIT("") : sw_slice_of(c->cnonce),
		.nc_text = none ? SW_LIT("") : sw_slice_of(c->nc),
		.qop = c->qop,
	};
}

static void sign(struct cross *c)
{
	struct sw_digest d = digest_of(c);
	struct sw_digest_of of = { sw_slice_of(c->method), sw_slice_of(c->body) };
	struct sw_ha1 ha1;
	char password[32];

	snprintf(password, sizeof(password), "secret-%s", c->user);
	assert_true(sw_digest_ha1(f->hash, d.alg, d.user, d.realm, sw_slice_of(password), &ha1));
	assert_true(sw_digest_response(f->hash, &d, &of, &ha1, c->response));
	c->response[2 * sw_alg_len(d.alg)] = '\0';
}

static enum sw_act send(const struct cross *c)
{
	static char text[4096];
	bool proxy = strcmp(c->method, "REGISTER") != 0 && strchr(c->ruri, '@');
	char counted[64] = "";

	if (c->qop != SW_QOP_NONE)
		snprintf(counted, sizeof(counted), ", qop=%s, nc=%s, cnonce=\"%s\"",
			 sw_qop_name(c->qop), c->nc, c->cnonce);
	int n = snprintf(text, sizeof(text),
			 "%s %s SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bK%u;rport\r\n"
			 "From: <sip:%s@example.com>;tag=f1\r\nTo: <sip:%s@example.com>\r\n"
			 "Call-ID: c\r\nCSeq: %u %s\r\n"
			 "%s: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
			 "response=\"%s\", algorithm=%s%s\r\n"
			 "Content-Length: %zu\r\n\r\n%s",
			 c->method, c->ruri, ++f->branch, c->aor, c->aor, ++f->cseq, c->method,
			 proxy ? "Proxy-Authorization" : "Authorization", c->user, c->realm,
			 c->nonce, c->uri, c->response, sw_alg_form_name(c->form), counted,
			 strlen(c->body), c->body);

	flow_from(f, c->from);
	f->transport = c->transport;
	flow_take(f, text, (size_t)n);
	return f->out.account.verdict.act;
}

/* One right set for a challenge of this moment. */
static void make(struct cross *c)
{
	static const enum sw_qop qops[] = { SW_QOP_AUTH, SW_QOP_AUTH_INT, SW_QOP_NONE };

	*c = (struct cross){
		.method = draw(2) ? "REGISTER" : "OPTIONS",
		.ruri = "sip:example.com",
		.uri = "sip:example.com",
		.realm = "example.com",
		.user = users[draw(4)],
		.cnonce = "c0ffee",
		.body = draw(2) ? "body" : "",
		.form = { (enum sw_alg)(1 + draw(3)), draw(2) == 1 },
		.from = sources[0],
		.transport = SW_UDP,
	};
	c->aor = c->user;
	c->qop = qops[draw(c->form.sess ? 2 : 3)];
	snprintf(c->nc, sizeof(c->nc), "%08x", c->form.sess ? 1 : 1 + draw(1000));
	flow_from(f, sources[0]);
	f->transport = SW_UDP;
	flow_wait(f, 1);
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, c->nonce);
	sign(c);
}

/* Ways to cross: each changes what is sent and leaves what was signed. */
static void cross_method(struct cross *c)
{
	c->method = other(methods, 5, c->method);
}

static void cross_ruri(struct cross *c)
{
	c->ruri = other(uris, 4, c->ruri); /* those that a request may have */
}

static void cross_uri(struct cross *c)
{
	c->uri = other(uris, 9, c->uri);
}

/* Signed for another resource, by somebody who knows the password. */
static void cross_signed_uri(struct cross *c)
{
	c->uri = other(uris, 9, c->uri);
	sign(c);
}

static void cross_realm(struct cross *c)
{
	c->realm = other(realms, 5, c->realm);
}

static void cross_signed_realm(struct cross *c)
{
	c->realm = other(realms, 5, c->realm);
	sign(c);
}

static void cross_class(struct cross *c)
{
	c->transport = draw(2) ? SW_WS : SW_WSS;
}

static void cross_source(struct cross *c)
{
	c->from = other(sources, 4, c->from);
}

static void cross_user(struct cross *c)
{
	c->user = other(users, 4, c->user);
}

static void cross_form_of_user(struct cross *c)
{
	static char name[64];

	snprintf(name, sizeof(name), "%s@example.com", c->user);
	c->user = name;
}

static void cross_alg(struct cross *c)
{
	c->form.alg = (enum sw_alg)(1 + (c->form.alg + draw(2)) % 3);
}

static void cross_sess(struct cross *c)
{
	c->form.sess = !c->form.sess;
}

static void cross_qop(struct cross *c)
{
	c->qop = (enum sw_qop)((c->qop + 1 + draw(2)) % 3);
}

static void cross_body(struct cross *c)
{
	c->qop = SW_QOP_AUTH_INT;
	sign(c);
	c->body = c->body[0] ? "bodz" : "x";
}

static void cross_nc(struct cross *c)
{
	char digit = c->nc[7];

	if (c->qop == SW_QOP_NONE) {
		c->qop = SW_QOP_AUTH;
		sign(c);
	}
	c->nc[7] = digit == '7' ? '8' : '7';
}

static void cross_cnonce(struct cross *c)
{
	if (c->qop == SW_QOP_NONE) {
		c->qop = SW_QOP_AUTH;
		sign(c);
	}
	c->cnonce = other(cnonces, 4, c->cnonce);
}

/* Another nonce of ours, as good as the one that was signed. */
static void cross_nonce(struct cross *c)
{
	flow_request(f, "REGISTER", "sip:example.com", "alice", "");
	flow_nonce(f, c->nonce);
}

/* A nonce changed by one digit, and signed so. */
static void cross_digit_of_nonce(struct cross *c)
{
	size_t at = draw(SW_NONCE_TEXT);

	c->nonce[at] = c->nonce[at] == 'A' ? 'B' : 'A';
	sign(c);
}

static void cross_response(struct cross *c)
{
	size_t at = draw((unsigned)strlen(c->response));

	c->response[at] = c->response[at] == '0' ? '1' : '0';
}

static void cross_length_of_response(struct cross *c)
{
	if (draw(2))
		c->response[strlen(c->response) - 1 - draw(8)] = '\0';
	else
		c->response[0] = '\0';
}

/* A nonce that was given in time and is answered too late. */
static void cross_time(struct cross *c)
{
	(void)c;
	flow_wait(f, 300);
}

/* The same once more, after it was served. */
static void cross_again(struct cross *c)
{
	assert_int_equal(send(c), SW_ACT_ALLOW);
}

static const struct {
	const char *name;
	void (*cross)(struct cross *c);
} kinds[] = {
	{ "method", cross_method },
	{ "Request-URI", cross_ruri },
	{ "uri", cross_uri },
	{ "uri, signed", cross_signed_uri },
	{ "realm", cross_realm },
	{ "realm, signed", cross_signed_realm },
	{ "class of transport", cross_class },
	{ "source's network", cross_source },
	{ "user", cross_user },
	{ "form of the username", cross_form_of_user },
	{ "algorithm", cross_alg },
	{ "-sess", cross_sess },
	{ "qop", cross_qop },
	{ "body", cross_body },
	{ "nc", cross_nc },
	{ "cnonce", cross_cnonce },
	{ "nonce", cross_nonce },
	{ "digit of the nonce", cross_digit_of_nonce },
	{ "response", cross_response },
	{ "length of the response", cross_length_of_response },
	{ "time", cross_time },
	{ "again", cross_again },
};

#define KINDS SW_ARRAY_LEN(kinds)

static void open_door(void)
{
	f = flow_new();
	f->trunk[0].way = &every_way;
	f->trunk[0].qops = SW_QOP_BIT(SW_QOP_AUTH) | SW_QOP_BIT(SW_QOP_AUTH_INT) |
			   SW_QOP_BIT(SW_QOP_NONE);
}

static void crossed_credentials_are_never_accepted(void **unused)
{
	unsigned long tries[KINDS] = { 0 }, controls = 0;
	unsigned long runs = getenv("SIPWARD_SOAK") ? LONG_RUN : SHORT_RUN;

	(void)unused;
	open_door();
	for (unsigned long i = 0; i < runs; i++) {
		struct cross c;
		unsigned kind = draw((unsigned)KINDS + 1);

		make(&c);
		if (kind == KINDS) {
			if (send(&c) != SW_ACT_ALLOW)
				fail_msg("run %lu: a right one was refused: %s", i,
					 sw_reason_slug(f->out.account.verdict.reason));
			controls++;
			continue;
		}
		kinds[kind].cross(&c);
		if (send(&c) == SW_ACT_ALLOW)
			fail_msg("run %lu: accepted with another %s", i, kinds[kind].name);
		tries[kind]++;
	}
	for (size_t k = 0; k < KINDS; k++) {
		print_message("%8lu  %s\n", tries[k], kinds[k].name);
		assert_true(tries[k] > runs / KINDS / 2);
	}
	print_message("%8lu  left as they were, and accepted\n", controls);
	assert_true(controls > runs / KINDS / 2);
	flow_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crossed_credentials_are_never_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
