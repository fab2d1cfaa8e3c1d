/* SPDX-License-Identifier: Apache-2.0 */
/* What a REGISTER may ask for, and which bindings it refreshes, ends or replaces. */
#include "flow/flow.h"

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

#define VIA2   "Via: SIP/2.0/UDP 203.0.113.1;branch=z9hG4bKp\r\n"
#define DEVICE ";+sip.instance=\"<urn:uuid:0000>\""
#define OTHER  ";+sip.instance=\"<urn:uuid:1111>\""
#define OB     "Supported: outbound\r\n"
#define PATH   "Supported: path\r\nPath: <sip:p1.example;lr>\r\n"
#define A      "Contact: <sip:a@b.example>"
#define OB_PATH \
	"Supported: path, outbound\r\nPath: <sip:far.example;lr>,<sip:near.example;lr;ob>\r\n"

/* RFC 3261 10.3, RFC 3327 5.3, RFC 5626 6; nothing is bound, whatever is refused. */
static void what_is_refused_changes_nothing(void **state)
{
	static const struct {
		const char *name, *headers;
		enum sw_reason want;
		int status;
		const char *says;
	} rows[] = {
		{ "q above one", A ";q=1.1\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q of two", A ";q=2\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q with four digits", A ";q=0.5555\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q below nothing", A ";q=-1\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q without a zero", A ";q=.5\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q with a comma in words", A ";q=0.a\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q that says nothing", A ";q\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q of letters", A ";q=high\r\n", SW_R_CONTACT_Q, 400, "" },
		{ "q twice", A ";q=1;q=0.5\r\n", SW_R_CONTACT_SYNTAX, 400, "" },
		{ "instance twice", A DEVICE DEVICE "\r\n", SW_R_CONTACT_SYNTAX, 400, "" },
		{ "instance without brackets", A ";+sip.instance=\"urn:uuid:0000\"\r\n",
		  SW_R_CONTACT_SYNTAX, 400, "" },
		{ "instance of nothing", A ";+sip.instance\r\n", SW_R_CONTACT_SYNTAX, 400, "" },
		{ "reg-id of zero", A DEVICE ";reg-id=0\r\n" OB, SW_R_CONTACT_SYNTAX, 400, "" },
		{ "reg-id too large", A DEVICE ";reg-id=2147483648\r\n" OB, SW_R_CONTACT_SYNTAX,
		  400, "" },
		{ "reg-id of letters", A DEVICE ";reg-id=x\r\n" OB, SW_R_CONTACT_SYNTAX, 400, "" },
		{ "reg-id beside another contact", A DEVICE ";reg-id=1, <sip:c@b.example>\r\n" OB,
		  SW_R_CONTACT_OUTBOUND, 400, "" },
		{ "two reg-ids", A DEVICE ";reg-id=1, <sip:c@b.example>" DEVICE ";reg-id=2\r\n" OB,
		  SW_R_CONTACT_OUTBOUND, 400, "" },
		{ "two reg-ids of one URI",
		  A DEVICE ";reg-id=1, <sip:a@b.example>" DEVICE ";reg-id=2\r\n" OB,
		  SW_R_CONTACT_OUTBOUND, 400, "" },
		{ "a reg-id, and the same URI without",
		  A DEVICE ";reg-id=1, <sip:a@b.example>\r\n" OB, SW_R_CONTACT_OUTBOUND, 400, "" },
		{ "a first hop that keeps no flow", VIA2 A DEVICE ";reg-id=1\r\n" OB,
		  SW_R_FIRST_HOP, 439, "First Hop Lacks Outbound Support" },
		{ "ob at the wrong end",
		  VIA2 A DEVICE
		  ";reg-id=1\r\n"
		  "Supported: outbound, path\r\nPath: <sip:far.example;lr;ob>, <sip:near.example;lr>\r\n",
		  SW_R_FIRST_HOP, 439, "" },
		{ "a Path without ob, and one Via", A DEVICE ";reg-id=1\r\n" OB PATH,
		  SW_R_FIRST_HOP, 439, "" },
		{ "a Path that the phone does not know", A "\r\nPath: <sip:p1.example;lr>\r\n",
		  SW_R_PATH_UNKNOWN, 420, "Unsupported: path\r\n" },
		{ "a Path beside another option",
		  A "\r\nSupported: gruu, paths\r\nPath: <sip:p1.example;lr>\r\n",
		  SW_R_PATH_UNKNOWN, 420, "Unsupported: path\r\n" },
		{ "a Path that routes strictly", A "\r\nk: path\r\nPath: <sip:p1.example>\r\n",
		  SW_R_PATH_SYNTAX, 400, "Bad Path" },
		{ "a Path without brackets", A "\r\nk: path\r\nPath: sip:p1.example;lr\r\n",
		  SW_R_HEADER_SYNTAX, 400, "" },
		{ "a Path elsewhere", A "\r\nk: path\r\nPath: <tel:+49;lr>\r\n", SW_R_PATH_SYNTAX,
		  400, "" },
		{ "an empty Path", A "\r\nk: path\r\nPath: <sip:p1.example;lr>,\r\n",
		  SW_R_HEADER_SYNTAX, 400, "" },
		{ "what must be known is not", A "\r\nRequire: path, gruu, outbound, x\r\n",
		  SW_R_EXTENSION, 420, "Unsupported: gruu\r\nUnsupported: x\r\n" },
		{ "of proxies nothing is known", A "\r\nProxy-Require: path\r\n", SW_R_EXTENSION,
		  420, "Unsupported: path\r\n" },
		{ "a requirement that is no tag", A "\r\nRequire: \"path\"\r\n", SW_R_HEADER_SYNTAX,
		  400, "" },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct login l = { .user = "alice", .headers = rows[i].headers };

		print_message("%s\n", rows[i].name);
		flow_request(f, "REGISTER", "sip:example.com", "alice", "");
		assert_int_equal(flow_answer(f, &l), rows[i].want);
		assert_int_equal(flow_status(f), rows[i].status);
		assert_true(flow_says(f, rows[i].says));
		assert_false(flow_says(f, "Unsupported: outbound"));
		assert_int_equal(sw_engine_bindings(f->e) + f->out.saves, 0);
		flow_wait(f, 1);
	}
}

static void what_is_taken_is_told(void **state)
{
	static const struct {
		const char *name, *headers, *says;
	} rows[] = {
		{ "q of nothing", A ";q=0\r\n", A ";q=0;expires=3600\r\n" },
		{ "q of one", A ";q=1.000\r\n", A ";q=1.000;expires=3600\r\n" },
		{ "q with a bare point", A ";q=0.\r\n", A ";q=0.;expires=3600\r\n" },
		{ "q of three digits", A ";q=0.123\r\n", A ";q=0.123;expires=3600\r\n" },
		{ "parameters unknown to us", A ";x=\"1;2\";y\r\n",
		  A ";x=\"1;2\";y;expires=3600\r\n" },
		{ "options", A "\r\n", "\r\nSupported: path, outbound\r\n" },
		{ "the time", A "\r\n", "\r\nDate: Mon, 23 Nov 2026 08:" },
		{ "a Path in its order", PATH "Path: <sip:p2.example;lr>\r\n" A "\r\n",
		  "Path: <sip:p1.example;lr>, <sip:p2.example;lr>\r\n" },
		{ "a Path that is required is known",
		  A "\r\nRequire: Path\r\nPath: <sip:p1.example;lr>\r\n",
		  "Path: <sip:p1.example;lr>\r\n" },
		{ "outbound through a proxy that keeps flows",
		  OB_PATH VIA2 A DEVICE ";reg-id=1\r\n", "\r\nRequire: outbound\r\n" },
		{ "outbound that comes directly", A DEVICE ";reg-id=1\r\n" OB,
		  "\r\nRequire: outbound\r\n" },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_register(f, "alice", rows[i].headers), SW_OK);
		assert_true(flow_says(f, rows[i].says));
		assert_int_equal(flow_count(f, "\r\nContact: "), 1);
		flow_wait(f, 1);
	}
}

/* RFC 5626 6: who does not say that it can, or not which device it is, asks for nothing. */
static void a_reg_id_alone_says_nothing(void **state)
{
	static const char *const rows[] = {
		A DEVICE ";reg-id=1\r\n",
		A ";reg-id=1\r\n" OB,
		VIA2 A DEVICE ";reg-id=1\r\n",
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		assert_int_equal(flow_register(f, "alice", rows[i]), SW_OK);
		assert_false(flow_says(f, "Require: "));
		assert_int_equal(flow_count(f, "\r\nContact: "), 1);
		flow_wait(f, 1);
	}
}

/* A first registration, then a second one: how many bindings are there then? */
static void what_a_phone_left_behind_goes_and_no_more(void **state)
{
	static const struct {
		const char *name, *from, *first, *then_from, *then;
		unsigned contacts;
	} rows[] = {
		{ "a new port of the same phone", "198.51.100.7:5062",
		  "Contact: <sip:alice@10.0.0.2:5062>\r\n", "198.51.100.7:1024",
		  "Contact: <sip:alice@10.0.0.2:5099>\r\n", 1 },
		{ "a new contact at the same port", "198.51.100.7:5062",
		  "Contact: <sip:x1@10.0.0.2>\r\n", "198.51.100.7:5062",
		  "Contact: <sip:x2@10.0.0.2>\r\n", 1 },
		{ "the same device by a new flow number", "198.51.100.7:5062",
		  A DEVICE ";reg-id=1\r\n" OB, "198.51.100.8:5062", A DEVICE ";reg-id=2\r\n" OB,
		  2 },
		{ "the same device and flow number from anywhere", "198.51.100.7:5062",
		  A DEVICE ";reg-id=1\r\n" OB, "203.0.113.9:1",
		  "Contact: <sip:z@z.example>;+SIP.instance=\"<URN:UUID:0000>\";reg-id=1\r\n" OB,
		  1 },
		{ "the same URI from anywhere", "198.51.100.7:5062", A "\r\n", "203.0.113.9:1",
		  A "\r\n", 1 },
		{ "another phone behind the same NAT", "198.51.100.7:5062",
		  "Contact: <sip:alice@10.0.0.2:5062>\r\n", "198.51.100.7:1024",
		  "Contact: <sip:alice@10.0.0.3:5062>\r\n", 2 },
		{ "another name at the same host", "198.51.100.7:5062",
		  "Contact: <sip:alice@10.0.0.2>\r\n", "198.51.100.7:1024",
		  "Contact: <sip:alice2@10.0.0.2:5070>\r\n", 2 },
		{ "the same name at another address", "198.51.100.7:5062",
		  "Contact: <sip:alice@10.0.0.2:1>\r\n", "198.51.100.8:5062",
		  "Contact: <sip:alice@10.0.0.2:2>\r\n", 2 },
		{ "hosts that have no name", "198.51.100.7:5062", "Contact: <sip:10.0.0.2:1>\r\n",
		  "198.51.100.7:1024", "Contact: <sip:10.0.0.2:2>\r\n", 2 },
		{ "another device that is called the same", "198.51.100.7:5062",
		  "Contact: <sip:alice@10.0.0.2:1>" DEVICE "\r\n", "198.51.100.7:1024",
		  "Contact: <sip:alice@10.0.0.2:2>" OTHER "\r\n", 2 },
		{ "two devices of one gateway", "198.51.100.7:5062",
		  "Contact: <sip:a1@10.0.0.2>" DEVICE "\r\n", "198.51.100.7:5062",
		  "Contact: <sip:a2@10.0.0.2>" OTHER "\r\n", 2 },
		{ "two phones behind one proxy", "198.51.100.7:5062",
		  VIA2 "Contact: <sip:a1@10.0.0.2>\r\n", "198.51.100.7:5062",
		  VIA2 "Contact: <sip:a2@10.0.0.3>\r\n", 2 },
		{ "two phones behind one proxy on a Path", "198.51.100.7:5062",
		  PATH "Contact: <sip:a1@10.0.0.2>\r\n", "198.51.100.7:5062",
		  PATH "Contact: <sip:a2@10.0.0.3>\r\n", 2 },
		{ "two contacts of one request", "198.51.100.7:5062", A "\r\n", "198.51.100.7:5062",
		  A ", <sip:c@b.example>\r\n", 2 },
		{ "a refresh of one of two", "198.51.100.7:5062", A ", <sip:c@b.example>\r\n",
		  "198.51.100.7:5062", A "\r\n", 2 },
		{ "the end of one of two", "198.51.100.7:5062", A ", <sip:c@b.example>\r\n",
		  "198.51.100.7:5062", A ";expires=0\r\n", 1 },
		{ "a port that another phone had", "198.51.100.7:5062", A ", <sip:c@b.example>\r\n",
		  "198.51.100.7:1024", A "\r\n", 2 },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		flow_from(f, rows[i].from);
		assert_int_equal(flow_register(f, "alice", rows[i].first), SW_OK);
		flow_from(f, rows[i].then_from);
		assert_int_equal(flow_register(f, "alice", rows[i].then), SW_OK);
		assert_int_equal(flow_count(f, "\r\nContact: "), rows[i].contacts);
		assert_int_equal(sw_engine_bindings(f->e), rows[i].contacts);
		assert_int_equal(flow_register(f, "alice", "Contact: *\r\nExpires: 0\r\n"), SW_OK);
		flow_wait(f, 1);
	}
}

/* B has the port of A's phone since the NAT gave it away: it goes when A comes by that port. */
static void a_port_is_one_phones(void **state)
{
	struct flow *f = *state;

	flow_from(f, "198.51.100.7:2000");
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:b@10.0.0.3>\r\n"), SW_OK);
	flow_from(f, "198.51.100.7:1000");
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a@10.0.0.2>\r\n"), SW_OK);
	assert_int_equal(sw_engine_bindings(f->e), 2);
	flow_from(f, "198.51.100.7:2000");
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a@10.0.0.2>\r\n"), SW_OK);
	assert_int_equal(sw_engine_bindings(f->e), 1);
	assert_true(flow_says(f, "<sip:a@10.0.0.2>"));
	assert_int_equal(f->out.saves, 2);
}

/* RFC 3261 10.3 step 7: of one Call-ID only later requests count, for what they touch. */
static void order_is_kept_for_each_binding(void **state)
{
	static const struct {
		const char *name, *headers;
		enum sw_reason want;
	} rows[] = {
		{ "a refresh", A "\r\n", SW_R_CSEQ_OLD },
		{ "an end", A ";expires=0\r\n", SW_R_CSEQ_OLD },
		{ "the end of all", "Contact: *\r\nExpires: 0\r\n", SW_R_CSEQ_OLD },
		{ "what it would replace", "Contact: <sip:new@b.example>\r\n", SW_R_CSEQ_OLD },
		{ "one good, one late", "Contact: <sip:n@n.example>, <sip:a@b.example>\r\n",
		  SW_R_CSEQ_OLD },
		{ "a question", "", SW_OK },
		{ "what is not there", "Contact: <sip:n@n.example>;expires=0\r\n", SW_OK },
	};
	struct flow *f = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		assert_int_equal(flow_register(f, "alice", A "\r\n"), SW_OK);
		f->cseq -= 3;
		assert_int_equal(flow_register(f, "alice", rows[i].headers), rows[i].want);
		f->cseq += 3;
		assert_int_equal(sw_engine_bindings(f->e), 1);
		flow_wait(f, 1);
	}
}

static void where_the_trunk_refuses_the_first_stay(void **state)
{
	struct flow *f = *state;
	char headers[64];

	f->trunk[0].contacts_refuse = true;
	for (int i = 0; i < 5; i++) {
		f->src.port++;
		snprintf(headers, sizeof(headers), "Contact: <sip:a%d@b.example>\r\n", i);
		assert_int_equal(flow_register(f, "alice", headers),
				 i < 3 ? SW_OK : SW_R_CONTACT_LIMIT);
		assert_int_equal(flow_status(f), i < 3 ? 200 : 503);
		flow_wait(f, 1);
	}
	assert_true(flow_says(f, "Retry-After: "));
	f->src.port -= 2; /* whoever is in may refresh, and change */
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a2@b.example>\r\n"), SW_OK);
	assert_int_equal(flow_register(f, "alice", "Contact: <sip:a9@b.example>\r\n"), SW_OK);
	assert_int_equal(flow_count(f, "\r\nContact: "), 3);
	assert_int_equal(flow_register(f, "alice",
				       "Contact: <sip:a1@b.example>;expires=0, "
				       "<sip:a8@b.example>\r\n"),
			 SW_OK);
}

static const struct sw_save *only_save(const struct flow *f)
{
	assert_int_equal(f->out.saves, 1);
	return &f->out.save[0];
}

static void every_change_is_told_and_nothing_else(void **state)
{
	struct flow *f = *state;
	struct sw_binding b;

	assert_int_equal(flow_register(f, "alice", PATH A DEVICE ";q=0.25;expires=300\r\n"), SW_OK);
	uint64_t id = only_save(f)->id;

	assert_int_not_equal(id, 0);
	assert_true(sw_location_copy(sw_engine_location(f->e), only_save(f)->slot, &b));
	assert_int_equal(b.id, id);
	assert_int_equal(b.expires_s, sw_wall_s(f->wall) + 300);
	assert_int_equal(b.granted_s, 300);
	assert_int_equal(b.q, 250);
	assert_int_equal(b.transport, SW_UDP);
	assert_true(sw_addr_eq(&b.src, &f->src)); /* and not what its Contact says */
	assert_int_equal(b.at.port, 5060);
	assert_memory_equal(b.aor, "alice", 5);
	assert_memory_equal(b.user, "alice", 5);
	assert_memory_equal(b.path, "<sip:p1.example;lr>", b.path_n);
	assert_int_equal(flow_register(f, "alice", ""), SW_OK); /* a question */
	assert_int_equal(f->out.saves, 0);
	assert_int_equal(flow_register(f, "alice", A DEVICE "\r\n"), SW_OK);
	assert_int_equal(only_save(f)->id, id); /* the same binding */
	assert_true(sw_location_copy(sw_engine_location(f->e), only_save(f)->slot, &b));
	assert_int_equal(b.path_n, 0);
	assert_int_equal(b.q, 1000);
	assert_int_equal(flow_register(f, "alice", A ";expires=0\r\n"), SW_OK);
	assert_int_equal(only_save(f)->id, id);
	assert_int_equal(only_save(f)->slot, SW_TABLE_NONE);
	assert_int_equal(flow_register(f, "alice", A ";expires=0\r\n"), SW_OK); /* again */
	assert_int_equal(f->out.saves, 0);
}

static void what_ends_by_itself_is_not_told(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", A ";expires=60\r\n"), SW_OK);
	flow_wait(f, 60);
	assert_int_equal(flow_tick(f), 0);
	assert_int_equal(sw_engine_bindings(f->e), 0);
}

static void without_a_store_nothing_changes(void **state)
{
	static const char *const rows[] = {
		A "\r\n",
		"Contact: <sip:n@n.example>\r\n",
		A ";expires=0\r\n",
		"Contact: *\r\nExpires: 0\r\n",
	};
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", A "\r\n"), SW_OK);
	f->no_saves = true;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		assert_int_equal(flow_register(f, "alice", rows[i]), SW_R_STORE_DOWN);
		assert_int_equal(flow_status(f), 503);
		assert_true(flow_says(f, "Retry-After: "));
		assert_int_equal(f->out.saves, 0);
		assert_int_equal(sw_engine_bindings(f->e), 1);
	}
	assert_int_equal(flow_register(f, "alice", ""), SW_OK); /* a question changes nothing */
	assert_int_equal(flow_count(f, "\r\nContact: "), 1);
}

static void bind_by(struct flow *f, uint64_t flow, const char *user, const char *headers)
{
	f->transport = SW_TCP;
	f->flow = flow;
	assert_int_equal(flow_register(f, user, headers), SW_OK);
}

static void a_connection_takes_its_bindings_along(void **state)
{
	struct flow *f = *state;

	bind_by(f, 7, "alice", "Contact: <sip:a1@b.example>, <sip:a2@b.example>\r\n");
	bind_by(f, 7, "bob", "Contact: <sip:b@b.example>\r\n");
	bind_by(f, 8, "alice", "Contact: <sip:a3@c.example>\r\n");
	assert_int_equal(f->out.a[0].path.flow, 8);
	sw_engine_gone(f->e, 9, &f->out);
	assert_int_equal(f->out.saves, 0);
	sw_engine_gone(f->e, 0, &f->out);
	assert_int_equal(f->out.saves, 0);
	sw_engine_gone(f->e, 7, &f->out);
	assert_int_equal(f->out.saves, 3);
	for (size_t i = 0; i < f->out.saves; i++)
		assert_int_equal(f->out.save[i].slot, SW_TABLE_NONE);
	assert_int_equal(sw_engine_bindings(f->e), 1);
	sw_engine_gone(f->e, 7, &f->out);
	assert_int_equal(f->out.saves, 0);
}

static void a_binding_that_moved_survives_its_old_connection(void **state)
{
	struct flow *f = *state;

	bind_by(f, 7, "alice", A "\r\n");
	bind_by(f, 8, "alice", A "\r\n");
	assert_int_equal(f->out.saves, 1);
	sw_engine_gone(f->e, 7, &f->out);
	assert_int_equal(f->out.saves, 0);
	assert_int_equal(sw_engine_bindings(f->e), 1);
}

/* The same address and port, but not the same connection. */
static void connections_are_told_apart_by_their_names(void **state)
{
	struct flow *f = *state;

	bind_by(f, 7, "alice", "Contact: <sip:a1@b.example>\r\n");
	bind_by(f, 8, "alice", "Contact: <sip:a2@b.example>\r\n");
	assert_int_equal(sw_engine_bindings(f->e), 2);
	bind_by(f, 8, "alice", "Contact: <sip:a3@b.example>\r\n");
	assert_int_equal(sw_engine_bindings(f->e), 2);
}

static void a_deleted_user_is_gone_at_once(void **state)
{
	struct flow *f = *state;

	assert_int_equal(flow_register(f, "alice", A ", <sip:c@b.example>\r\n"), SW_OK);
	assert_int_equal(flow_register(f, "bob", A "\r\n"), SW_OK);
	assert_int_equal(sw_engine_forget(f->e, SW_LIT("nobody"), &f->out), SW_OK);
	assert_int_equal(f->out.saves, 0);
	assert_int_equal(sw_engine_forget(f->e, SW_LIT("alice"), &f->out), SW_OK);
	assert_int_equal(f->out.saves, 2);
	assert_int_equal(sw_engine_bindings(f->e), 1);
}

static unsigned tick_saves(struct flow *f)
{
	unsigned saves = 0;

	do {
		sw_engine_tick(f->e, f->mono, f->wall, f->room, &f->out);
		saves += (unsigned)f->out.saves;
	} while (f->out.saves > 0);
	return saves;
}

static void registrations_end_with_a_user_or_trunk_that_a_reload_takes(void **state)
{
	struct flow *f = *state;
	struct sw_trunk staff = f->trunk[0];

	assert_int_equal(flow_register(f, "alice", A "\r\n"), SW_OK);
	assert_int_equal(flow_register(f, "carol", A "\r\n"), SW_OK);
	assert_int_equal(flow_register(f, "kim", A "\r\n"), SW_OK);
	flow_reload(f);
	assert_int_equal(sw_engine_due(f->e).us, 1);
	assert_int_equal(tick_saves(f), 0);
	assert_int_equal(sw_engine_bindings(f->e), 3);
	f->trunk[0].name = SW_LIT("stage");
	flow_reload(f);
	assert_int_equal(tick_saves(f), 2);
	assert_int_equal(sw_engine_bindings(f->e), 1);
	f->trunk[0] = staff;
	f->user[2].is_off = true; /* carol */
	flow_reload(f);
	assert_int_equal(tick_saves(f), 1);
	assert_int_equal(sw_engine_bindings(f->e), 0);
	f->user[2].is_off = false;
}

/* `contacts` is of each address; by one port a new Contact is the phone's new one. */
static void how_many_contacts_there_may_be_is_told_by_address(void **state)
{
	struct flow *f = *state;
	struct login l = { .user = "alice", .to = "a2", .headers = A "\r\n" };

	f->trunk[0].contacts = 2;
	assert_true(sw_user_add_aor(&f->user[0], 'a', SW_LIT("alice")));
	assert_true(sw_user_add_aor(&f->user[0], 'a', SW_LIT("a2")));
	flow_reload(f);
	assert_int_equal(flow_register(f, "alice", A ",<sip:b@b.example>\r\n"), SW_OK);
	assert_int_equal(sw_engine_bindings(f->e), 2);
	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_int_equal(sw_engine_bindings(f->e), 3);
	l.headers = "Contact: <sip:c@b.example>\r\n";
	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_int_equal(sw_engine_bindings(f->e), 3);
	l.headers = A DEVICE ", <sip:d@b.example>" OTHER "\r\n";
	assert_int_equal(flow_login(f, &l), SW_OK);
	assert_int_equal(sw_engine_bindings(f->e), 4);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(what_is_refused_changes_nothing),
		CASE(what_is_taken_is_told),
		CASE(a_reg_id_alone_says_nothing),
		CASE(what_a_phone_left_behind_goes_and_no_more),
		CASE(a_port_is_one_phones),
		CASE(order_is_kept_for_each_binding),
		CASE(where_the_trunk_refuses_the_first_stay),
		CASE(every_change_is_told_and_nothing_else),
		CASE(what_ends_by_itself_is_not_told),
		CASE(without_a_store_nothing_changes),
		CASE(a_connection_takes_its_bindings_along),
		CASE(a_binding_that_moved_survives_its_old_connection),
		CASE(connections_are_told_apart_by_their_names),
		CASE(a_deleted_user_is_gone_at_once),
		CASE(registrations_end_with_a_user_or_trunk_that_a_reload_takes),
		CASE(how_many_contacts_there_may_be_is_told_by_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
