/* SPDX-License-Identifier: Apache-2.0 */
/* From the record of a decision to the text that `explain` prints. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tell/account.h"
#include "cmd/account.h"
#include "cmd/cmd.h"
#include "cmd/view.h"
#include "events.h"

#define FILE_NAME SW_INIT("/etc/sipward/sipward.conf")

static const struct sw_way way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
				   .algs = SW_ALG_ALL,
				   .line = 71,
				   .file = FILE_NAME,
				   .text = SW_INIT("digest sha-256 sha-512-256 md5") };
static const struct sw_trunk trunk = { .name = SW_INIT("people"),
				       .phones = true,
				       .enabled = true,
				       .way = &way,
				       .ways = 1,
				       .line = 70,
				       .file = FILE_NAME };
static const struct sw_user user = { .name = "alice", .name_n = 5, .origin = 1 };
static const struct sw_origin origin = { .line = 73, .file = FILE_NAME };
static const struct sw_conf conf = { .policy = { .realm = SW_INIT("localhost"),
						 .trunk = &trunk,
						 .trunks = 1,
						 .user = &user,
						 .users = 1,
						 .origin = &origin,
						 .nonce_life_s = 300 } };

static char room[SW_ACCOUNT_ROOM];

/* The text of the decision, with a challenge of the same call before it. */
static const char *explain(struct sw_event d, bool is_demo, bool colour)
{
	static const uint32_t size[SW_TRACE_KINDS] = { 2, 2, 2 };
	static struct sw_trace_slot memory[2 * SW_TRACE_KINDS];
	const struct sw_account_now now = { &conf, 7, is_demo };
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	struct sw_event before = event_challenged("BEF0RE");
	struct sw_recent s = { .traces = 1 };
	struct sw_recent_one newest;
	json_t *o;

	memset(memory, 0, sizeof(memory));
	sw_trace_init(&s.trace[0], memory, size);
	sw_trace_put(&s.trace[0], &before, (struct sw_mono){ 1 });
	sw_trace_put(&s.trace[0], &d, (struct sw_mono){ 2 });
	assert_true(sw_recent_newest(&s, &newest));
	o = sw_account_json(&newest, &now, &s);
	sw_account_write(&b, o, colour);
	json_decref(o);
	return sw_buf_text(&b);
}

static void a_wrong_password_is_explained_in_five_lines(void **state)
{
	static const char want[] =
		"REFUSED  digest_wrong   REGISTER by \"alice\" from 127.0.0.1:41822 udp\n"
		"  alice exists, is enabled, and has hashes for SHA-256, SHA-512-256, MD5\n"
		"  nonce good (1 s old, this source) · nc 1 new · realm good · uri good · "
		"algorithm SHA-256 was offered\n"
		"  the response differs: another password was used.        "
		"Set one:  /etc/sipward/sipward.conf:73, the line  user alice; then  sipward reload\n"
		"  the caller saw a 403 equal to the one for an unknown name\n"
		"\n";

	(void)state;
	assert_memory_equal(explain(event_wrong("7Q4KX2"), false, false), want, sizeof(want) - 1);
}

static void below_stands_when_from_where_and_by_which_lines(void **state)
{
	const char *table;

	(void)state;
	table = strstr(explain(event_wrong("7Q4KX2"), false, false), "\n\n");
	assert_non_null(table);
	assert_string_equal(
		table + 2,
		"when     2026-11-23 08:14:07.412Z   id 7Q4KX2   Call-ID 7f1c@pbx\n"
		"from     127.0.0.1:41822 udp   at listener udp 0.0.0.0:5060   \"FPBX-16.0.40\"\n"
		"asked    REGISTER sip:localhost\n"
		"answer   403, in 0.21 ms\n"
		"who      phones people, because \"alice\" is its user   sipward.conf:73\n"
		"  way 1  accept digest sha-256 sha-512-256 md5   sipward.conf:71\n"
		"           ✓ SHA-256 is taken\n"
		"           ✓ nonce\n"
		"           ✗ response: not the hash of the stored password\n"
		"before   2026-11-23 08:14:07.412Z challenged, id BEF0RE   (same Call-ID)\n"
		"do       give the client the password that its user line names, or set another\n");
}

static void an_acceptance_says_by_which_line_and_for_how_long(void **state)
{
	static const char want[] =
		"ALLOWED  ok   REGISTER by \"alice\" from 127.0.0.1:41822 udp\n"
		"  alice is a user of people and proved it by digest SHA-256, way 1 in, at "
		"sipward.conf:71\n"
		"  nonce good (1 s old, this source) · nc 1 new · realm good · uri good · "
		"algorithm SHA-256 was offered\n"
		"  registered for 300 s; 1 contact now\n"
		"  the caller saw a 200\n"
		"\n";

	(void)state;
	assert_memory_equal(explain(event_allowed("7Q4KX2"), false, false), want, sizeof(want) - 1);
	assert_null(strstr(room, "\ndo "));
}

static void what_is_let_be_says_what_stands_in_the_place_of_a_proof(void **state)
{
	static const char address[] =
		"ALLOWED  ok   OPTIONS from 127.0.0.1:41822 udp\n"
		"  a user has proven itself from this address within the hour: OPTIONS to the door "
		"itself needs no more, and nothing else was done\n"
		"  the caller saw a 200\n\n";
	static const char flow[] = "ALLOWED  ok   OPTIONS from 127.0.0.1:41822 udp\n"
				   "  a user has proven itself over this connection: OPTIONS to "
				   "the door itself needs no more, and nothing else was done\n";
	struct sw_event d = event_pinged("P1NGED");

	(void)state;
	assert_memory_equal(explain(d, false, false), address, sizeof(address) - 1);
	assert_null(strstr(room, "\nwho "));
	assert_null(strstr(room, "\ndo "));
	d.known = SW_KNOWN_FLOW;
	assert_memory_equal(explain(d, false, false), flow, sizeof(flow) - 1);
}

static void a_challenge_says_that_logins_start_so(void **state)
{
	static const char want[] =
		"CHALLENGED  challenged   REGISTER from 127.0.0.1:41822 udp\n"
		"  no credentials came: this is how every login starts\n"
		"  the caller saw a 401 that asks for one of SHA-256, SHA-512-256, MD5\n"
		"\n";

	(void)state;
	assert_memory_equal(explain(event_challenged("7Q4KX2"), false, false), want,
			    sizeof(want) - 1);
}

/* Each changes the account of a wrong password into another. */
static void no_user(struct sw_event *e)
{
	e->user_known = e->trunk_enabled = 0;
	e->trunk.n = 0;
	e->user_line = e->conf_line = 0;
}

static void stale(struct sw_event *e)
{
	e->act = SW_ACT_CHALLENGE;
	e->status = 401;
	e->offered = SW_ALG_ALL;
	e->stale = 1;
	e->nonce_fresh = 0;
	e->nonce_age_s = 999;
	e->user_known = 0;
	e->trunk.n = 0;
}

static void moved(struct sw_event *e)
{
	stale(e);
	e->nonce_age_s = 3;
}

static void replayed(struct sw_event *e)
{
	stale(e);
	e->user_known = e->nonce_fresh = e->response_ok = 1;
	e->nc_new = 0;
	e->nonce_age_s = 3;
	EVENT_SET(e->trunk, "people");
}

static void forged(struct sw_event *e)
{
	stale(e);
	e->stale = 0;
	e->nonce_ours = 0;
}

static void realm(struct sw_event *e)
{
	*e = event_challenged("7Q4KX2");
}

static void off(struct sw_event *e)
{
	e->trunk_enabled = 0;
}

static void md5(struct sw_event *e)
{
	e->alg = SW_ALG_MD5;
	EVENT_SET(e->md5_until, "2026-06-30");
}

static void unhashed(struct sw_event *e)
{
	e->alg = SW_ALG_MD5;
	e->user_algs = SW_ALG_STRONG;
}

static void syntax(struct sw_event *e)
{
	*e = event_challenged("7Q4KX2");
	e->act = SW_ACT_REFUSE;
	e->status = 400;
	e->offered = 0;
}

static void unreadable(struct sw_event *e)
{
	syntax(e);
	e->rule = SW_RULE_PARAM;
	e->fault_at = 196;
	e->fault_line = 4;
	e->fault_column = 31;
	e->near_mark = 8;
	EVENT_SET(e->near, "J\xc3\xb6rg <a>;;\x1b");
}

static void unshown(struct sw_event *e)
{
	unreadable(e);
	e->near.n = 0;
}

static void silent(struct sw_event *e)
{
	*e = event_dropped();
}

static void proven(struct sw_event *e)
{
	*e = event_allowed("7Q4KX2");
	e->act = SW_ACT_REFUSE;
}

static const struct {
	enum sw_reason reason;
	void (*change)(struct sw_event *e);
	const char *says[3];
} rows[] = {
	{ SW_R_DIGEST_NO_USER,
	  no_user,
	  { "  no user is called \"alice\"\n", "equal to the one for a wrong password",
	    "add the user" } },
	{ SW_R_DIGEST_STALE,
	  stale,
	  { "nonce ours, but 999 s old (good for 300 s)", "its time is over", "stale=true" } },
	{ SW_R_DIGEST_NONCE_SOURCE,
	  moved,
	  { "given to another network", "has moved", "stale=true" } },
	{ SW_R_DIGEST_REPLAY, replayed, { "nc 1 used before", "✗ nc, used before", "stale=true" } },
	{ SW_R_DIGEST_SESS, replayed, { "a second time", "clients differ", "stale=true" } },
	{ SW_R_DIGEST_NONCE_FORGED,
	  forged,
	  { "nonce not made here", "not made by this door", "after a restart of the door" } },
	{ SW_R_DIGEST_REALM, realm, { "for another realm", "set the client's realm", "a 401" } },
	{ SW_R_DIGEST_ALG_NOT_OFFERED, forged, { "CHALLENGED", "did not offer", "on the way" } },
	{ SW_R_DIGEST_USER_OFF,
	  off,
	  { "its trunk people is switched off", "enabled no", "equal to the one for an unknown" } },
	{ SW_R_DIGEST_ALG_TRUNK, md5, { "does not take it", "! MD5, taken until", "a 403 equal" } },
	{ SW_R_DIGEST_ALG_TRUNK,
	  unhashed,
	  { "– response: not checked, no MD5 hash is kept\n", "does not take it", "a 403 equal" } },
	{ SW_R_DIGEST_NO_HASH,
	  unhashed,
	  { "  the response was not checked: no MD5 hash is kept.        Set the password once "
	    "more:  sipward user passwd alice\n",
	    "do       set the password once more", "a 403 equal to the one for an unknown" } },
	{ SW_R_DIGEST_ALG_ENDED,
	  md5,
	  { "✗ MD5 was taken until 2026-06-30", "which has passed", "a 403 equal" } },
	{ SW_R_DIGEST_SYNTAX,
	  syntax,
	  { "their grammar", "a 400 \"Malformed Credentials\"", "SIP ALG" } },
	{ SW_R_DIGEST_PARAM_TWICE, syntax, { "stands twice", "a 400", "update the client" } },
	{ SW_R_DIGEST_TWICE, syntax, { "they differ", "a 400 \"Repeated Credentials\"", "adds" } },
	{ SW_R_DIGEST_PARAM_GONE, syntax, { "lack a parameter", "a 400", "cnonce" } },
	{ SW_R_DIGEST_QOP, syntax, { "qop", "a 400 \"Unacceptable Digest qop\"", "qop=auth" } },
	{ SW_R_DIGEST_QOP_NOT_OFFERED, forged, { "CHALLENGED", "not offered", "after a reload" } },
	{ SW_R_DIGEST_URI, syntax, { "another resource", "a 400", "SIP ALG" } },
	{ SW_R_NO_TRUNK, syntax, { "no trunk has a way in", "Forbidden", "accept line" } },
	{ SW_R_IDENTITY_AOR, proven, { "alice is a user of people", "somebody else's", "(To)" } },
	{ SW_R_DESTINATION, proven, { "nothing here leads", "\"Not Found\"", "no calls" } },
	{ SW_R_REGISTER_OFF, proven, { "no registrations", "Forbidden", "register no" } },
	{ SW_R_DOMAIN, proven, { "not ours", "Not Found", "domain NAME" } },
	{ SW_R_METHOD, proven, { "does not serve", "Not Allowed", "nothing" } },
	{ SW_R_INTERVAL_BRIEF, proven, { "less time", "Interval Too Brief", "minimum" } },
	{ SW_R_HEADER_SYNTAX,
	  unreadable,
	  { "A header field does not follow its grammar: octet 196 (line 4, column 31)\n"
	    "    J\xc3\xb6rg <a>;;\\x1b\n"
	    "           ^\n"
	    "  RFC 3261 25.1, param: A parameter is",
	    "Malformed", "SIP ALG" } },
	{ SW_R_DIGEST_SYNTAX,
	  unshown,
	  { "follow their grammar: octet 196 (line 4, column 31)\n  RFC 3261 25.1, param: ",
	    "Malformed Credentials", "SIP ALG" } },
	{ SW_R_EXTENSION,
	  syntax,
	  { "the door does not have\n", "a 400 \"Bad Extension\"",
	    "do without what it requires" } },
	{ SW_R_TOO_LARGE, unreadable, { "octet 196 (line 4", "Message Too Large", "update" } },
	{ SW_R_NOT_SIP,
	  silent,
	  { "DROPPED  not_sip   from 127.0.0.1:41822 udp\n", "no answer was sent", "garbage" } },
	{ SW_R_STRAY_RESPONSE,
	  silent,
	  { "nobody here has asked for", "no answer", "answer   none" } },
	{ SW_R_STRAY_ACK, silent, { "ends here", "no answer", "nothing" } },
	{ SW_R_BUG, syntax, { "its authors", "Server Internal Error", "report" } },
};

static void each_refusal_is_explained_in_its_own_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_event d = event_wrong("7Q4KX2");
		const char *text;

		print_message("%s\n", sw_reason_slug(rows[i].reason));
		rows[i].change(&d);
		d.reason = (uint8_t)rows[i].reason;
		text = explain(d, false, false);
		for (size_t k = 0; k < SW_ARRAY_LEN(rows[i].says); k++)
			if (!strstr(text, rows[i].says[k]))
				fail_msg("no \"%s\" in:\n%s", rows[i].says[k], text);
		assert_non_null(strstr(text, sw_reason_slug(rows[i].reason)));
		assert_true(strlen(text) < sizeof(room) - 1);
	}
}

static void every_reason_that_is_no_parse_fault_has_advice(void **state)
{
	(void)state;
	for (unsigned r = 1; r < SW_REASON_LIMIT; r++) {
		const struct sw_reason_row *row = sw_reason_row((enum sw_reason)r);

		if ((row == sw_reason_row(SW_R_BUG) && r != SW_R_BUG) ||
		    row->class == SW_CLASS_PARSE)
			continue;
		if (!sw_view_what((enum sw_reason)r) || !sw_view_todo((enum sw_reason)r))
			fail_msg("advice.def has no row for %s", row->slug);
	}
}

static void the_demo_does_not_send_to_a_file_that_is_not_there(void **state)
{
	(void)state;
	assert_null(strstr(explain(event_wrong("7Q4KX2"), true, false), "Set one:  /etc"));
	assert_non_null(strstr(
		room,
		"another password was used.        The demo showed the right one at its start\n"));
	assert_non_null(
		strstr(room, "\ndo       give the client the password that the demo showed at"));
}

/* No line of the configuration has it: then the store does, and a command changes it. */
static void a_user_of_the_store_is_changed_by_a_command(void **state)
{
	struct sw_event d = event_wrong("7Q4KX2");

	(void)state;
	EVENT_SET(d.claimed, "bob@localhost");
	d.user_line = 0;
	assert_non_null(
		strstr(explain(d, false, false),
		       "another password was used.        Set one:  sipward user passwd bob\n"));
	assert_non_null(strstr(room, "\ndo       give the client the right password, or set "
				     "another:  sipward user passwd bob\n"));
	d.reason = SW_R_DIGEST_NO_TRUNK;
	d.trunk_enabled = 0;
	assert_non_null(strstr(explain(d, false, false),
			       "exists, but the configuration does not have its trunk people; "));
	assert_non_null(strstr(room, "  sipward user set bob --trunk …\n"));
	d.trunk_enabled = 1;
	d.reason = SW_R_DIGEST_NO_HASH;
	assert_non_null(
		strstr(explain(d, false, false),
		       "makes every hash that its trunk takes:  sipward user passwd bob\n"));
	assert_null(strstr(room, "another password"));
	d.reason = SW_R_DIGEST_USER_OFF;
	d.user_off = 1;
	assert_non_null(
		strstr(explain(d, false, false), "exists, but is switched off; it has hashes"));
	assert_non_null(strstr(room, "\ndo       sipward user enable bob\n"));
}

static void a_right_password_that_cannot_be_checked_is_not_called_wrong(void **state)
{
	struct sw_event d = event_wrong("7Q4KX2");

	(void)state;
	unhashed(&d);
	d.reason = SW_R_DIGEST_ALG_TRUNK;
	assert_null(strstr(explain(d, false, false), "not the hash"));
}

static void where_the_password_is_kept_is_named(void **state)
{
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	json_t *o = json_loads(
		"{\"verdict\":\"refused\",\"reason\":\"digest_wrong\",\"claimed\":\"a\","
		"\"account\":{\"user\":{\"conf\":\"/s.conf:7\",\"secret\":\"file:/p\"}}}",
		0, NULL);

	(void)state;
	assert_non_null(o);
	sw_account_write(&b, o, false);
	json_decref(o);
	assert_non_null(strstr(sw_buf_text(&b),
			       "Set one:  /s.conf:7, user a file:/p; then  sipward reload\n"));
}

static void the_end_of_a_registration_is_called_so(void **state)
{
	struct sw_event d = event_allowed("7Q4KX2");

	(void)state;
	d.granted_s = 0;
	d.bindings = 0;
	assert_non_null(strstr(explain(d, false, false), "\n  not registered now\n"));
	assert_null(strstr(room, "contacts now"));
	d.bindings = 2;
	assert_non_null(strstr(explain(d, false, false), "asked for; 2 contacts now\n"));
}

static void md5_is_marked_where_it_was_taken(void **state)
{
	struct sw_event d = event_allowed("7Q4KX2");

	(void)state;
	d.alg = SW_ALG_MD5;
	d.warn = SW_WARN_BIT(SW_WARN_DIGEST_MD5);
	explain(d, false, false);
	assert_non_null(strstr(room, "  ! digest_md5: MD5 was used"));
	assert_non_null(strstr(room, "! MD5, taken with no end date"));
}

static void colour_is_there_only_when_asked_for(void **state)
{
	(void)state;
	assert_null(strchr(explain(event_wrong("7Q4KX2"), false, false), '\033'));
	assert_non_null(strstr(explain(event_wrong("7Q4KX2"), false, true),
			       "\033[31mREFUSED\033[0m  digest_wrong"));
}

static void a_name_cannot_write_lines_or_colours(void **state)
{
	struct sw_event d = event_wrong("7Q4KX2");

	(void)state;
	EVENT_SET(d.claimed, "a\"\n\033[2Jb");
	EVENT_SET(d.user_agent, "\r\nFAKE\x9b");
	explain(d, false, false);
	assert_non_null(strstr(room, "by \"a\\\"\\x0a\\x1b[2Jb\" from"));
	assert_null(strchr(room, '\033'));
	assert_null(strchr(room, '\r'));
	assert_null(strstr(room, "\nFAKE"));
}

static void an_object_that_lacks_everything_does_no_harm(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"account\":7}",
		"{\"verdict\":\"refused\",\"reason\":\"from_later\"}",
		"{\"account\":{\"digest\":{},\"user\":{},\"trunk\":{\"ways\":[1,{}]},\"before\":[7]}}",
		"{\"reason\":\"digest_wrong\",\"warn\":[1,null],\"sport\":-5,\"us\":-1}",
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(texts); i++) {
		struct sw_buf b = sw_buf_over(room, sizeof(room));
		json_t *o = json_loads(texts[i], 0, NULL);

		assert_non_null(o);
		sw_account_write(&b, o, true);
		sw_account_write_line(&b, o, true);
		assert_true(sw_buf_ok(&b));
		json_decref(o);
	}
}

static void an_address_of_ipv6_is_bracketed(void **state)
{
	struct sw_event d = event_wrong("7Q4KX2");

	(void)state;
	d.src = (struct sw_addr){ .family = SW_FAMILY_6, .port = 9, .ip = { [15] = 1 } };
	assert_non_null(strstr(explain(d, false, false), "from [::1]:9 udp\n"));
}

static void a_followed_decision_is_one_line(void **state)
{
	struct sw_event d = event_wrong("7Q4KX2");
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	json_t *o = sw_decision_json(&d, SW_LEVEL_NOTICE);

	(void)state;
	sw_account_write_line(&b, o, false);
	assert_string_equal(sw_buf_text(&b),
			    "2026-11-23T08:14:07.412Z  REFUSED  digest_wrong   REGISTER by "
			    "\"alice\" from 127.0.0.1:41822 udp   403, id 7Q4KX2\n");
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_wrong_password_is_explained_in_five_lines),
		cmocka_unit_test(below_stands_when_from_where_and_by_which_lines),
		cmocka_unit_test(an_acceptance_says_by_which_line_and_for_how_long),
		cmocka_unit_test(a_challenge_says_that_logins_start_so),
		cmocka_unit_test(what_is_let_be_says_what_stands_in_the_place_of_a_proof),
		cmocka_unit_test(each_refusal_is_explained_in_its_own_words),
		cmocka_unit_test(every_reason_that_is_no_parse_fault_has_advice),
		cmocka_unit_test(the_demo_does_not_send_to_a_file_that_is_not_there),
		cmocka_unit_test(a_user_of_the_store_is_changed_by_a_command),
		cmocka_unit_test(a_right_password_that_cannot_be_checked_is_not_called_wrong),
		cmocka_unit_test(where_the_password_is_kept_is_named),
		cmocka_unit_test(the_end_of_a_registration_is_called_so),
		cmocka_unit_test(md5_is_marked_where_it_was_taken),
		cmocka_unit_test(colour_is_there_only_when_asked_for),
		cmocka_unit_test(a_name_cannot_write_lines_or_colours),
		cmocka_unit_test(an_object_that_lacks_everything_does_no_harm),
		cmocka_unit_test(an_address_of_ipv6_is_bracketed),
		cmocka_unit_test(a_followed_decision_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
