/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine tells of a message that it refused: the octet, the rule, what is near. */
#include "flow.h"

#include "core/frame.h"
#include "vectors.h"

/* Every refusal for what a message is names its octet and rule, and what an answer is sent for. */
static void is_explained(struct flow *f, struct sw_slice octets)
{
	const struct sw_account *a = &f->out.account;
	enum sw_reason why = a->verdict.reason;

	if (sw_reason_row(why)->class != SW_CLASS_PARSE) {
		assert_true(a->rule == SW_RULE_NONE || sw_reason_row(why)->status == 400);
		return;
	}
	assert_int_not_equal(a->rule, SW_RULE_NONE);
	assert_true(a->fault_at <= octets.n);
	assert_true(a->excerpt.line > 0 && a->excerpt.column > 0);
	assert_true(a->excerpt.n <= SW_EXCERPT_MAX && a->excerpt.mark <= SW_EXCERPT_MAX);
}

static void read_row(struct flow *f, struct vectors *v)
{
	char path[80], octet[24];

	snprintf(path, sizeof(path), "sip/%.*s", (int)v->field[0].n, v->field[0].p);
	struct sw_slice octets = exact_file(path);
	const struct sw_account *a = &f->out.account;
	enum sw_reason r = flow_take(f, octets.p, octets.n);

	if (f->out.n > 0)
		is_explained(f, octets);
	if (!vectors_is(v, 1, "ok") && f->out.n > 0) {
		bool answered = vectors_is(v, 2, "yes") && sw_reason_row(r)->status > 0;

		if (r != SW_R_STRAY_RESPONSE) {
			snprintf(octet, sizeof(octet), "%zu", a->fault_at);
			assert_true(vectors_is(v, 1, sw_reason_slug(r)));
			assert_true(vectors_is(v, 3, octet));
			assert_true(vectors_is(v, 4, sw_rule_name(a->rule)));
		}
		assert_int_equal(flow_status(f) > 0, answered);
	}
	exact_free(octets);
}

static void every_refused_message_of_the_sets_is_explained(void **state)
{
	static const char *const tables[] = { "sip/edge.txt", "sip/rfc4475.txt", "sip/rfc5118.txt",
					      "sip/flows.txt" };
	struct vectors v;

	for (size_t i = 0; i < SW_ARRAY_LEN(tables); i++) {
		vectors_open(&v, tables[i]);
		while (vectors_next(&v, 8))
			read_row(*state, &v);
		vectors_close(&v);
	}
}

/* METHOD and Request-URI of the message, as C strings. */
static void read_first_line(struct sw_slice octets, char method[64], char uri[256])
{
	assert_int_equal(sscanf(octets.p, "%63s %255s", method, uri), 2);
}

/* The message with a line put before its body. */
static size_t put_line(struct sw_slice octets, const char *line, char *out, size_t cap)
{
	const char *end = memmem(octets.p, octets.n, "\r\n\r\n", 4);
	size_t head = (size_t)(end + 2 - octets.p), n = strlen(line);

	assert_non_null(end);
	assert_true(octets.n + n <= cap);
	memcpy(out, octets.p, head);
	memcpy(out + head, line, n);
	memcpy(out + head + n, octets.p + head, octets.n - head);
	return octets.n + n;
}

/* The challenge is got by a request that says the same and has nothing wrong with it. */
static enum sw_reason take_with_proof(struct flow *f, struct sw_slice octets, const char *user)
{
	static char line[1024], whole[SW_ROOM];
	char method[64], uri[256];
	struct login l = { .user = user, .method = method, .uri = uri };

	read_first_line(octets, method, uri);
	assert_int_equal(flow_request(f, method, uri, user, ""), SW_R_CHALLENGED);
	flow_credentials(f, &l, line, sizeof(line));
	return flow_take(f, whole, put_line(octets, line, whole, sizeof(whole)));
}

static void read_proven_row(const struct vectors *v)
{
	const struct sw_account *a;
	struct flow *f = flow_new();
	char path[80], user[16], octet[24] = "", status[8];

	snprintf(path, sizeof(path), "sip/%.*s", (int)v->field[0].n, v->field[0].p);
	snprintf(user, sizeof(user), "%.*s", (int)v->field[1].n, v->field[1].p);
	struct sw_slice octets = exact_file(path);
	enum sw_reason r = take_with_proof(f, octets, user);

	a = &f->out.account;
	if (a->rule != SW_RULE_NONE)
		snprintf(octet, sizeof(octet), "%zu", a->fault_at);
	snprintf(status, sizeof(status), "%d", flow_status(f));
	assert_true(vectors_is(v, 2, r == SW_OK ? "ok" : sw_reason_slug(r)));
	assert_true(vectors_is(v, 3, status));
	assert_true(vectors_is(v, 4, octet));
	assert_true(vectors_is(v, 5, a->rule == SW_RULE_NONE ? "" : sw_rule_name(a->rule)));
	exact_free(octets);
	flow_free(f);
}

static void what_is_wrong_with_a_proven_request_is_explained(void **state)
{
	struct vectors v;

	(void)state;
	vectors_open(&v, "sip/proven.txt");
	while (vectors_next(&v, 7))
		read_proven_row(&v);
	vectors_close(&v);
}

#define A      "Contact: <sip:a@b.example>"
#define SEVENS "7777777777777777777777777777777777777777777777777777777777777777777777777777"
#define URN    "urn:" SEVENS SEVENS
#define FLOW   A ";+sip.instance=\"<urn:x>\";reg-id=1"
#define VIA2   "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKphone\r\n"
#define LONG   SEVENS SEVENS SEVENS SEVENS SEVENS SEVENS SEVENS

/* RFC 3261 10.3, 20.10; RFC 3327 4, 5.3; RFC 5626 4.1, 4.2, 6 */
static void what_a_registrar_refuses_stands_at_an_octet(void **state)
{
	static const struct {
		const char *name, *headers;
		enum sw_reason reason;
		enum sw_rule rule;
		const char *at; /* what stands there */
	} rows[] = {
		{ "a star behind a contact", A ", *\r\nExpires: 0\r\n", SW_R_CONTACT_STAR,
		  SW_RULE_CONTACT_STAR, "*\r\nExpires" },
		{ "a star in another field", A "\r\nm: *\r\nExpires: 0\r\n", SW_R_CONTACT_STAR,
		  SW_RULE_CONTACT_STAR, "*\r\nExpires" },
		{ "two stars", "Contact: *,*\r\nExpires: 0\r\n", SW_R_CONTACT_STAR,
		  SW_RULE_CONTACT_STAR, "*\r\nExpires" },
		{ "a star with a time behind zeros", "Contact: *\r\nExpires: 007\r\n",
		  SW_R_CONTACT_STAR, SW_RULE_STAR_EXPIRES, "7\r\n" },
		{ "a star with a time of nothing", "Contact: *\r\nExpires:\r\nX: y\r\n",
		  SW_R_CONTACT_STAR, SW_RULE_STAR_EXPIRES, "\r\nX: y" },
		{ "a number for a contact", "Contact: <tel:+49301234>\r\n", SW_R_CONTACT_SYNTAX,
		  SW_RULE_CONTACT_URI, "tel:" },
		{ "the second of two contacts", A ", <mailto:a@b.example>\r\n", SW_R_CONTACT_SYNTAX,
		  SW_RULE_CONTACT_URI, "mailto:" },
		{ "the thirteenth parameter",
		  "Contact: <sip:b.example;a;b;c;d;e;f;g;h;i;j;k;l;m>\r\n", SW_R_CONTACT_SYNTAX,
		  SW_RULE_CONTACT_SIZE, ";m>" },
		{ "the thirteenth header",
		  "Contact: <sip:b.example?a=&b=&c=&d=&e=&f=&g=&h=&i=&j=&k=&l=&m=>\r\n",
		  SW_R_CONTACT_SYNTAX, SW_RULE_CONTACT_SIZE, "&m=>" },
		{ "too long to keep", "Contact: <sip:" LONG "@b.example>\r\n", SW_R_CONTACT_SYNTAX,
		  SW_RULE_CONTACT_SIZE, "<sip:7" },
		{ "q twice", A ";q=1;Q=0.5\r\n", SW_R_CONTACT_SYNTAX, SW_RULE_CONTACT_ONCE,
		  "Q=0.5" },
		{ "the fourth digit of q", A ";q=0.1239\r\n", SW_R_CONTACT_Q, SW_RULE_QVALUE,
		  "9\r\n" },
		{ "a digit above one", A ";q=1.001\r\n", SW_R_CONTACT_Q, SW_RULE_QVALUE, "1\r\n" },
		{ "q of nothing", A ";q;x\r\n", SW_R_CONTACT_Q, SW_RULE_QVALUE, ";x" },
		{ "q without a point", A ";q=05\r\n", SW_R_CONTACT_Q, SW_RULE_QVALUE, "5\r\n" },
		{ "q of letters", A ";q=high\r\n", SW_R_CONTACT_Q, SW_RULE_QVALUE, "high" },
		{ "an instance without brackets", A ";+sip.instance=\"urn:x\"\r\n",
		  SW_R_CONTACT_SYNTAX, SW_RULE_INSTANCE, "urn:x" },
		{ "an instance that is not closed", A ";+sip.instance=\"<urn:x\"\r\n",
		  SW_R_CONTACT_SYNTAX, SW_RULE_INSTANCE, "\"\r\n" },
		{ "an instance with nothing in it", A ";+sip.instance=\"<>\"\r\n",
		  SW_R_CONTACT_SYNTAX, SW_RULE_INSTANCE, ">\"\r\n" },
		{ "an instance that is too long", A ";+sip.instance=\"<" URN ">\"\r\n",
		  SW_R_CONTACT_SYNTAX, SW_RULE_INSTANCE, "77" },
		{ "reg-id of zero", A ";reg-id=0\r\n", SW_R_CONTACT_SYNTAX, SW_RULE_REG_ID,
		  "\r\n" },
		{ "reg-id with a letter", A ";reg-id=1x\r\n", SW_R_CONTACT_SYNTAX, SW_RULE_REG_ID,
		  "x\r\n" },
		{ "reg-id too large", A ";reg-id=2147483648\r\n", SW_R_CONTACT_SYNTAX,
		  SW_RULE_REG_ID, "8\r\n" },
		{ "too short by its parameter", A ";expires=59\r\n", SW_R_INTERVAL_BRIEF,
		  SW_RULE_MIN_EXPIRES, "59\r\n" },
		{ "too short by the field", "Expires: 58\r\n" A "\r\n", SW_R_INTERVAL_BRIEF,
		  SW_RULE_MIN_EXPIRES, "58\r\n" },
		{ "the fourth where three are allowed, not counting one that goes",
		  A ",<sip:b@b>,<sip:z@b>;expires=0,<sip:c@b>,<sip:d@b>\r\n", SW_R_CONTACT_LIMIT,
		  SW_RULE_CONTACT_COUNT, "sip:d@b" },
		{ "a flow that does not stand alone", FLOW ", <sip:c@b>\r\nSupported: outbound\r\n",
		  SW_R_CONTACT_OUTBOUND, SW_RULE_FLOW_ALONE, "sip:c@b" },
		{ "a first hop without Path", VIA2 FLOW "\r\nSupported: outbound\r\n",
		  SW_R_FIRST_HOP, SW_RULE_FIRST_HOP, "SIP/2.0/UDP 198.51.100.7:5062" },
		{ "a first hop without ob",
		  FLOW "\r\nk: outbound,path\r\nPath: <sip:far;lr;ob>,<sip:near;lr>\r\n",
		  SW_R_FIRST_HOP, SW_RULE_FIRST_HOP, "sip:near;lr" },
		{ "a Path that is not known", A "\r\nPath: <sip:p;lr>\r\n", SW_R_PATH_UNKNOWN,
		  SW_RULE_PATH_KNOWN, "Path: " },
		{ "a Path elsewhere", A "\r\nk: path\r\nPath: <tel:+49;lr>\r\n", SW_R_PATH_SYNTAX,
		  SW_RULE_PATH_URI, "tel:" },
		{ "a Path without lr", A "\r\nk: path\r\nPath: <sip:p;ob>\r\n", SW_R_PATH_SYNTAX,
		  SW_RULE_PATH_URI, ">\r\n" },
		{ "the Path that is too much",
		  A "\r\nk: path\r\nPath: <sip:p;lr>, <sip:" LONG "@p;lr>\r\n", SW_R_PATH_SYNTAX,
		  SW_RULE_PATH_SIZE, "<sip:7" },
		{ "an extension behind a known one", A "\r\nRequire: path, gruu\r\n",
		  SW_R_EXTENSION, SW_RULE_EXTENSION, "gruu" },
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct flow *f = *state;
		const struct sw_account *a = &f->out.account;
		struct login l = { .user = "alice", .headers = rows[i].headers };

		print_message("%s\n", rows[i].name);
		flow_wait(f, 1);
		assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", ""),
				 SW_R_CHALLENGED);
		assert_int_equal(flow_answer(f, &l), rows[i].reason);
		assert_string_equal(sw_rule_name(a->rule), sw_rule_name(rows[i].rule));
		assert_memory_equal(f->request + a->fault_at, rows[i].at, strlen(rows[i].at));
	}
}

static void is_at(const struct flow *f, enum sw_rule rule, const char *what)
{
	const struct sw_account *a = &f->out.account;

	assert_string_equal(sw_rule_name(a->rule), sw_rule_name(rule));
	assert_memory_equal(f->request + a->fault_at, what, strlen(what));
}

static void the_sixty_fifth_contact_is_the_one_too_many(void **state)
{
	static char headers[4096] = "Contact: <sip:a@b.example>";
	struct flow *f = *state;

	for (unsigned i = 2; i <= 66; i++)
		snprintf(headers + strlen(headers), sizeof(headers) - strlen(headers),
			 ",<sip:%u@b.example>", i);
	strcat(headers, "\r\n");
	assert_int_equal(flow_register(f, "alice", headers), SW_R_CONTACT_LIMIT);
	is_at(f, SW_RULE_CONTACT_COUNT, "<sip:65@b.example>");
	memcpy(headers, "Contact: <sip:x@b.example>", 26);
	for (unsigned i = 2; i <= 66; i++)
		snprintf(headers + 26 + (i - 2) * 18, 64, ",<sip:x@b.example>");
	strcat(headers, ";q=1\r\n");
	flow_wait(f, 1);
	assert_int_equal(flow_register(f, "alice", headers), SW_R_CONTACT_LIMIT);
	is_at(f, SW_RULE_CONTACT_COUNT, "<sip:x@b.example>,<sip:x@b.example>;q=1");
}

/* RFC 3261 8.2.1, 8.2.2.1, 10.3 */
static void what_is_asked_for_stands_at_an_octet(void **state)
{
	static const struct {
		struct login login;
		enum sw_reason reason;
		enum sw_rule rule;
		const char *at;
	} rows[] = {
		{ { .user = "alice", .to = "bob" },
		  SW_R_IDENTITY_AOR,
		  SW_RULE_TO_AOR,
		  "sip:bob@example.com>\r\nCall" },
		{ { .user = "alice", .uri = "sip:else.example" },
		  SW_R_DOMAIN,
		  SW_RULE_OUR_DOMAIN,
		  "else.example SIP" },
		{ { .user = "alice", .method = "INVITE", .uri = "sip:bob@example.com" },
		  SW_R_DESTINATION,
		  SW_RULE_DESTINATION,
		  "bob@example.com SIP" },
		{ { .user = "alice", .method = "INVITE", .uri = "sip:example.com" },
		  SW_R_METHOD,
		  SW_RULE_OUR_METHOD,
		  "INVITE sip:" },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		assert_int_equal(flow_login(f, &rows[i].login), rows[i].reason);
		is_at(f, rows[i].rule, rows[i].at);
	}
	assert_int_equal(flow_register(f, "alice", A "\r\n"), SW_OK);
	f->cseq = 1;
	assert_int_equal(flow_register(f, "alice", A "\r\n"), SW_R_CSEQ_OLD);
	is_at(f, SW_RULE_CSEQ_ORDER, "3 REGISTER\r\n");
}

/* What only the configuration or the tables know of is at no octet. */
static void what_does_not_stand_in_the_request_has_no_octet(void **state)
{
	struct flow *f = *state;
	struct login wrong = { .user = "alice", .password = "other" };

	assert_int_equal(flow_register(f, "frank", A "\r\n"), SW_R_REGISTER_OFF);
	assert_int_equal(f->out.account.rule, SW_RULE_NONE);
	assert_int_equal(flow_login(f, &wrong), SW_R_DIGEST_WRONG);
	assert_int_equal(f->out.account.rule, SW_RULE_NONE);
	f->no_saves = true;
	assert_int_equal(flow_register(f, "alice", A "\r\n"), SW_R_STORE_DOWN);
	assert_int_equal(f->out.account.rule, SW_RULE_NONE);
}

static bool shows(const struct flow *f, const char *text)
{
	const struct sw_excerpt *x = &f->out.account.excerpt;

	return memmem(x->text, x->n, text, strlen(text)) != NULL;
}

static void an_extension_and_credentials_are_named_too(void **state)
{
	struct flow *f = *state;
	const struct sw_account *a = &f->out.account;

	assert_int_equal(
		flow_request(f, "INVITE", "sip:bob@example.com", "alice", "Proxy-Require: foo\r\n"),
		SW_R_EXTENSION);
	assert_int_equal(a->rule, SW_RULE_EXTENSION);
	assert_true(shows(f, "Proxy-Require: foo") && a->excerpt.text[a->excerpt.mark] == 'f');
	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice",
				      "Authorization: Digest realm=\"example.com\", secret\r\n"),
			 SW_R_DIGEST_SYNTAX);
	assert_int_equal(a->rule, SW_RULE_AUTH_PARAM);
	assert_true(a->excerpt.column > 40 && a->excerpt.n == 0);
	assert_int_equal(flow_request(f, "REGISTER", "sip:example.com", "alice", ""),
			 SW_R_CHALLENGED);
	assert_int_equal(a->rule, SW_RULE_NONE);
}

#define HEAD "OPTIONS sip:example.com SIP/2.0\r\nVia: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bK1\r\n"
#define REST                                                             \
	"From: <sip:a@example.com>;tag=1\r\nTo: <sip:a@example.com>\r\n" \
	"Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n"

/* RFC 3261 18.3 */
static void a_stream_without_length_is_answered(void **state)
{
	struct flow *f = *state;
	struct sw_input in = { .octets = SW_LIT(HEAD REST "\r\n"),
			       .src = f->src,
			       .transport = SW_TCP,
			       .flow = 7,
			       .is_broken = true,
			       .mono = f->mono,
			       .wall = f->wall };

	sw_engine_take(f->e, &in, f->room, &f->out);
	assert_int_equal(f->out.account.verdict.reason, SW_R_LENGTH_GONE);
	assert_int_equal(f->out.account.rule, SW_RULE_LENGTH_NEEDED);
	assert_int_equal(f->out.account.status, 400);
	in.octets = SW_LIT(HEAD REST "l: 9999999\r\n\r\n");
	sw_engine_take(f->e, &in, f->room, &f->out);
	assert_int_equal(f->out.account.verdict.reason, SW_R_BODY_TOO_LARGE);
	assert_int_equal(f->out.account.status, 413);
}

static void is_answered(struct flow *f, const char *text, int status, const char *const says[4],
			const char *never)
{
	flow_take(f, text, strlen(text));
	assert_int_equal(flow_status(f), status);
	for (size_t i = 0; i < 4 && says[i]; i++)
		assert_non_null(strstr(f->sent, says[i]));
	assert_null(strstr(f->sent, never));
}

/* RFC 4475 3.1.2.1, 3.1.2.16, 3.3.1, 3.1.1.2 */
static void answers_repeat_what_can_be_repeated(void **state)
{
	static const char *const seven[4] = { "SIP/2.0 505 ",
					      "Via: SIP/7.0/UDP c.example.com;branch=b1" };
	static const char *const junk[4] = {
		"SIP/2.0 400 ", "Via: SIP/2.0/UDP 192.0.2.15;x=y;received=198.51.100.7\r\n"
	};
	static const char *const less[4] = { "SIP/2.0 400 Missing Header Field\r\n",
					     "CSeq: 1 OPTIONS\r\n" };
	static const char *const bell[4] = { "SIP/2.0 400 ", "\r\nTo: <sip:b@h>;x=y;tag=",
					     "\r\nFrom: <sip:a@h>;tag=1\r\n" };
	struct flow *f = *state;

	is_answered(f,
		    "OPTIONS sip:h SIP/7.0\r\nVia: SIP/7.0/UDP c.example.com;branch=b1\r\n" REST
		    "\r\n",
		    505, seven, "SIP/2.0/UDP c");
	is_answered(f,
		    "OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.15;x=y;,;,,\r\n" REST "\r\n",
		    400, junk, ",");
	is_answered(f, HEAD "CSeq: 1 OPTIONS\r\n\r\n", 400, less, "Call-ID");
	is_answered(f,
		    HEAD "From: \"a\\\x07\" <sip:a@h>;tag=1\r\nTo: \"b\\\x07\" <sip:b@h>;x=y\r\n"
			 "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\n\r\n",
		    400, bell, "\x07");
}

static int setup(void **state)
{
	*state = flow_new();
	return 0;
}

static int teardown(void **state)
{
	flow_free(*state);
	return 0;
}

/* No octet of an answer is a control character but the ends of its lines. */
static void is_clean(struct sw_slice s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (i + 1 < s.n && s.p[i] == '\r' && s.p[i + 1] == '\n')
			i++;
		else
			assert_true(((unsigned char)s.p[i] >= 0x20 || s.p[i] == '\t') &&
				    s.p[i] != 0x7f);
	}
}

static void an_answer_repeats_no_control_character(void **state)
{
#define BEGIN                                 \
	"OPTIONS sip:example.com SIP/2.0\r\n" \
	"Via: SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n"
#define DIRTY(field)      \
	field ": \"a\x01" \
	      "b\0c\" <sip:a@h>;tag=1\r\n"
#define CLEAN(field) field ": <sip:b@h>;tag=2\r\n"
	static const struct {
		const char *name;
		struct sw_slice text;
	} rows[] = {
		{ "one From", SW_INIT(BEGIN DIRTY("From") CLEAN("To") "l: 0\r\n\r\n") },
		{ "two From, the first dirty",
		  SW_INIT(BEGIN DIRTY("From") CLEAN("From") CLEAN("To") "l: 0\r\n\r\n") },
		{ "two From, the second dirty",
		  SW_INIT(BEGIN CLEAN("From") DIRTY("From") CLEAN("To") "l: 0\r\n\r\n") },
		{ "two To, the first dirty",
		  SW_INIT(BEGIN CLEAN("From") DIRTY("To") CLEAN("t") "l: 0\r\n\r\n") },
		{ "two To, far apart, the second dirty",
		  SW_INIT(BEGIN CLEAN("t") CLEAN("From") "X: y\r\n" DIRTY("To") "l: 0\r\n\r\n") },
	};
	struct flow *f = *state;

	f->transport = SW_TCP;
	f->flow = 1;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		(void)flow_take(f, rows[i].text.p, rows[i].text.n);
		assert_int_equal(f->out.account.status, 400);
		assert_int_equal(f->out.a[0].kind, SW_DO_SEND);
		is_clean(f->out.a[0].octets);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(every_refused_message_of_the_sets_is_explained),
		CASE(what_is_wrong_with_a_proven_request_is_explained),
		CASE(what_a_registrar_refuses_stands_at_an_octet),
		CASE(the_sixty_fifth_contact_is_the_one_too_many),
		CASE(what_is_asked_for_stands_at_an_octet),
		CASE(what_does_not_stand_in_the_request_has_no_octet),
		CASE(an_extension_and_credentials_are_named_too),
		CASE(a_stream_without_length_is_answered),
		CASE(answers_repeat_what_can_be_repeated),
		CASE(an_answer_repeats_no_control_character),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
