/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must never happen, over generated requests. The number is a short one; an argument gives
 * another:  flow_test_promises 1000000
 */
#include <stdlib.h>

#include "flow/flow.h"

static unsigned tries = 10000;

static int setup(void **state)
{
	*state = flow_new_knowing();
	return 0;
}

static int teardown(void **state)
{
	flow_free(*state);
	return 0;
}

/* Numbers that every run draws alike. */
static uint64_t seed = 20261123;

static unsigned draw(unsigned below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % below;
}

#define PICK(list) ((list)[draw(SW_ARRAY_LEN(list))])

/* Everything that a request could change: the memory of all tables, octet for octet. */
static uint64_t fingerprint(const struct flow *f)
{
	uint64_t h = 14695981039346656037u;

	for (size_t i = 0; i < SW_ARRAY_LEN(f->memory); i++)
		for (size_t j = 0; j < f->memory_n[i]; j++)
			h = (h ^ ((const uint8_t *)f->memory[i])[j]) * 1099511628211u;
	return h;
}

static const char *const methods[] = { "REGISTER", "INVITE",  "OPTIONS",   "ACK",     "BYE",
				       "CANCEL",   "MESSAGE", "SUBSCRIBE", "NOTIFY",  "REFER",
				       "INFO",     "UPDATE",  "PRACK",     "PUBLISH", "X-ODD" };
static const char *const uris[] = {
	"sip:example.com",           "sip:alice@example.com",
	"sips:bob@other.example",    "sip:192.0.2.1",
	"sip:+4930123@example.com",  "sip:alice@elsewhere.example",
	"sip:127.0.0.1:5060;lr",     "sip:*@example.com",
	"sip:alice%40x@example.com", "sip:a@192.0.2.1;maddr=203.0.113.66"
};
static const char *const vias[] = {
	"SIP/2.0/UDP 198.51.100.7:5062;rport",
	"SIP/2.0/UDP 203.0.113.66:5060",
	"SIP/2.0/UDP 198.51.100.7;maddr=203.0.113.66",
	"SIP/2.0/UDP 198.51.100.7;received=203.0.113.66;rport=9",
	"SIP/2.0/TCP victim.example",
	"SIP/2.0/UDP [2001:db8::66]",
};
static const char *const tags[] = { "", ";tag=", ";tag=x", ";tag=M2W9TCM2W9TCM2W9" };
static const char *const fields[] = {
	"",
	"Route: <sip:203.0.113.66;lr>\r\n",
	"Route: <sip:192.0.2.1;lr>, <sip:pbx.example;lr>\r\n",
	"Record-Route: <sip:203.0.113.66;lr>\r\n",
	"Contact: <sip:x@203.0.113.66>\r\n",
	"Contact: *\r\nExpires: 0\r\n",
	"Expires: 0\r\n",
	"Path: <sip:203.0.113.66;lr>\r\nSupported: path, outbound\r\n",
	"P-Asserted-Identity: <sip:alice@example.com>\r\n",
	"X-Sipward-User: alice\r\n",
	"Require: path\r\n",
	"Replaces: 1;to-tag=a;from-tag=b\r\n",
	"Refer-To: <sip:x@203.0.113.66>\r\n",
	"Event: presence\r\n",
	"Max-Forwards: 0\r\n",
	"Authorization: Basic YWxpY2U6c2VjcmV0\r\n",
	"Authorization: Bearer abc\r\n",
	"Authorization: Digest username=\"alice\"\r\n",
};

/* Credentials that prove nothing: made up, stale, of another realm, wrong. */
static void write_no_proof(struct flow *f, const char *ruri, char *out, size_t cap)
{
	static const char *const nonces[] = { "abc", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
					      "" };
	static const char *const realms[] = { "example.com", "example.com", "elsewhere.example" };
	static const char *const algs[] = { "SHA-256", "MD5", "SHA-512-256", "MD5-sess", "none" };
	static const char *const users[] = { "alice", "bob", "nobody", "erin",
					     "alice@example.com" };
	const char *nonce = f->nonce[0] && draw(4) ? f->nonce : PICK(nonces);
	const char *uri = draw(4) ? ruri : "sip:example.com";

	out[0] = '\0';
	if (draw(3) == 0)
		return;
	snprintf(out, cap,
		 "%s: Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", "
		 "response=\"%032x%032x\", algorithm=%s, qop=auth, nc=%08x, cnonce=\"c\"\r\n",
		 draw(2) ? "Authorization" : "Proxy-Authorization", PICK(users), PICK(realms),
		 nonce, uri, draw(1000), draw(1000), PICK(algs), draw(3));
}

static size_t write_stranger(struct flow *f, char *out, size_t cap)
{
	const char *method = PICK(methods), *uri = PICK(uris);
	char proof[512];

	write_no_proof(f, uri, proof, sizeof(proof));
	int n = snprintf(out, cap,
			 "%s %s SIP/2.0\r\nVia: %s;branch=z9hG4bK%u\r\n"
			 "From: <%s>;tag=f%u\r\nTo: <%s>%s\r\nCall-ID: c%u\r\nCSeq: %u %s\r\n"
			 "%s%s%sContent-Length: 0\r\n\r\n",
			 method, uri, PICK(vias), draw(50), PICK(uris), draw(4), PICK(uris),
			 PICK(tags), draw(4), draw(20), method, PICK(fields), PICK(fields), proof);

	return (size_t)n;
}

static void assert_goes_only_to_the_source(const struct flow *f)
{
	for (size_t i = 0; i < f->out.n; i++)
		if (f->out.a[i].kind == SW_DO_SEND)
			assert_true(sw_addr_eq_ip(&f->out.a[i].path.peer, &f->src));
}

static bool passed(const struct flow *f)
{
	return f->out.account.verdict.act == SW_ACT_ALLOW || f->out.account.verdict.reason == SW_OK;
}

/* All that a source gets for what it has shown before; and it makes nobody of it. */
static bool is_ping_of_the_known(const struct flow *f)
{
	const struct sw_account *a = &f->out.account;
	const struct sw_subject *who = &a->verdict.subject;
	bool is_small = strlen(f->sent) <= 3 * strlen(f->request);

	return strncmp(f->request, "OPTIONS sip:", 12) == 0 && flow_status(f) == 200 && is_small &&
	       !who->user && !who->trunk && who->factor == SW_FACTOR_NONE && !a->verdict.way;
}

/* No proof, no effect: whatever the method, the To tag, the Route or the odd field. */
static void without_a_proof_nothing_changes_and_nobody_passes(void **state)
{
	struct flow *f = *state;
	char text[4096];
	unsigned challenges = 0, pings = 0, examined = 0;

	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a@b.example>\r\n"), SW_OK);
	uint64_t before = fingerprint(f);

	for (unsigned i = 0; i < tries; i++) {
		size_t n = write_stranger(f, text, sizeof(text));
		enum sw_reason r = flow_take(f, text, n);

		if ((passed(f) && !is_ping_of_the_known(f)) || f->out.saves > 0)
			fail_msg("%s", text);
		pings += passed(f);
		challenges += r == SW_R_CHALLENGED;
		examined += r == SW_R_DIGEST_WRONG || r == SW_R_DIGEST_NO_USER;
		assert_goes_only_to_the_source(f);
		if (strstr(f->sent, "nonce=\"") && draw(8) == 0)
			flow_nonce(f, f->nonce);
		if (i % 100 == 0 && fingerprint(f) != before)
			fail_msg("one of the hundred before changed something: %s", text);
	}
	assert_true(fingerprint(f) == before);
	assert_int_equal(flow_tick(f), 0); /* nothing waits to be sent */
	print_message("%u challenged, %u examined to the end\n", challenges, examined);
	assert_true(challenges > tries / 20 && pings > 0 && examined > tries / 50);
}

static const char *const names[] = { "alice", "bob", "carol", "nobody", "Alice", "alice%20", "" };

static bool is_own(const char *user, const char *claimed)
{
	return strcmp(user, claimed) == 0;
}

/* RFC 3261 10.3 step 4: users times the names that they claim, in every place where one stands. */
static void only_ones_own_address_is_bound_whatever_else_is_claimed(void **state)
{
	static const char *const places[] = { "To", "From", "Contact", "Route", "Request-URI" };
	struct flow *f = *state;

	for (size_t u = 0; u < 3; u++) {
		for (size_t c = 0; c < SW_ARRAY_LEN(names); c++) {
			for (size_t p = 0; p < SW_ARRAY_LEN(places); p++) {
				const char *who = names[u], *as = names[c];
				char headers[256];
				struct login l = { .user = who, .headers = headers };

				snprintf(headers, sizeof(headers), "%s<sip:%s@203.0.113.66%s>\r\n",
					 p == 3 ? "Route: " : "Contact: ", p == 2 ? as : "x",
					 p == 3 ? ";lr" : "");
				l.to = p == 0 ? as : NULL;
				l.from = p == 1 ? as : NULL;
				l.uri = p == 4 && as[0] ? "sip:bob@203.0.113.66" : NULL;
				if (!as[0] && (p == 1 || p == 2)) /* sip:@host is none */
					continue;
				print_message("%s as \"%s\" in %s\n", who, as, places[p]);
				enum sw_reason r = flow_login(f, &l);
				bool passes = (p != 0 || is_own(who, as)) && !l.uri;

				assert_int_equal(r == SW_OK, passes);
				assert_int_equal(f->out.saves > 0, passes && p != 3);
				assert_goes_only_to_the_source(f);
				for (size_t i = 0; i < f->out.saves; i++) {
					struct sw_binding b;

					assert_true(sw_location_copy(sw_engine_location(f->e),
								     f->out.save[i].slot, &b));
					assert_int_equal(b.aor_n, strlen(who));
					assert_memory_equal(b.aor, who, b.aor_n);
					assert_true(sw_addr_eq(&b.src, &f->src));
				}
				flow_wait(f, 1);
			}
		}
	}
}

/* Who calls: proven or not, nothing goes to where a message points. */
static void nothing_is_sent_to_where_a_message_points(void **state)
{
	struct flow *f = *state;
	unsigned served = 0;

	for (unsigned i = 0; i < tries / 20; i++) {
		const char *method = PICK(methods);
		char headers[512];
		struct login l = { .user = "alice", .method = method, .headers = headers };

		if (strcmp(method, "ACK") == 0 || strcmp(method, "CANCEL") == 0)
			continue;
		l.uri = PICK(uris);
		snprintf(headers, sizeof(headers), "Via: %s\r\n%s%s", PICK(vias), PICK(fields),
			 PICK(fields));
		flow_request(f, method, l.uri, "alice", "");
		if (f->out.account.verdict.reason != SW_R_CHALLENGED)
			continue;
		served += flow_answer(f, &l) == SW_OK;
		assert_goes_only_to_the_source(f);
		f->mono.us += 600000;
		f->wall.us += 600000;
		flow_tick(f);
		if (f->ticked[0])
			assert_true(sw_addr_eq_ip(&f->tick_path.peer, &f->src));
	}
	assert_true(served > 0);
}

int main(int argc, char **argv)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(without_a_proof_nothing_changes_and_nobody_passes),
		CASE(only_ones_own_address_is_bound_whatever_else_is_claimed),
		CASE(nothing_is_sent_to_where_a_message_points),
	};

	if (argc > 1)
		tries = (unsigned)strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
