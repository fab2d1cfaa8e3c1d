/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "events.h"

/* Frozen: a key is never renamed within v, and its place is what eyes are used to. */
static const char *const keys[] = {
	"v",     "ts",      "level",   "event",     "id",   "verdict", "reason",
	"class", "status",  "method",  "transport", "src",  "sport",   "listener",
	"trunk", "subject", "claimed", "factor",    "alg",  "way",     "conf",
	"warn",  "ua",      "call_id", "us",        "node", "gen",
};

static void assert_keys(const struct sw_event *d)
{
	json_t *o = sw_decision_json(d, sw_event_level(d));
	const char *key;
	json_t *value;
	size_t i = 0;

	assert_int_equal(json_object_size(o), SW_ARRAY_LEN(keys));
	json_object_foreach(o, key, value)
	{
		assert_string_equal(key, keys[i++]);
	}
	json_decref(o);
}

static void the_keys_of_an_event_are_frozen(void **state)
{
	const struct sw_event all[] = { event_wrong("7Q4KX2"), event_allowed("7Q4KX3"),
					event_challenged("7Q4KX4"), event_dropped() };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(all); i++)
		assert_keys(&all[i]);
}

static void assert_json(const struct sw_event *d, const char *want)
{
	json_t *o = sw_decision_json(d, sw_event_level(d));
	char *text = json_dumps(o, JSON_COMPACT);

	assert_string_equal(text, want);
	free(text);
	json_decref(o);
}

static void a_refusal_is_written_as_the_schema_says(void **state)
{
	struct sw_event d = event_wrong("M2W9TC");

	(void)state;
	assert_json(
		&d,
		"{\"v\":1,\"ts\":\"2026-11-23T08:14:07.412Z\",\"level\":\"notice\","
		"\"event\":\"decision\",\"id\":\"M2W9TC\",\"verdict\":\"refused\","
		"\"reason\":\"digest_wrong\",\"class\":\"auth\",\"status\":403,"
		"\"method\":\"REGISTER\",\"transport\":\"udp\",\"src\":\"127.0.0.1\","
		"\"sport\":41822,\"listener\":\"udp:0.0.0.0:5060\",\"trunk\":\"people\","
		"\"subject\":null,\"claimed\":\"alice\",\"factor\":\"digest\","
		"\"alg\":\"sha-256\",\"way\":null,\"conf\":\"sipward.conf:73\",\"warn\":[],"
		"\"ua\":\"FPBX-16.0.40\",\"call_id\":\"7f1c@pbx\",\"us\":210,\"node\":null,\"gen\":7}");
}

static void an_acceptance_names_its_subject_way_and_warnings(void **state)
{
	struct sw_event d = event_allowed("M2W9TC");

	(void)state;
	d.alg = SW_ALG_MD5;
	d.warn = SW_WARN_BIT(SW_WARN_DIGEST_MD5);
	assert_json(&d,
		    "{\"v\":1,\"ts\":\"2026-11-23T08:14:07.412Z\",\"level\":\"warn\","
		    "\"event\":\"registration\",\"id\":\"M2W9TC\",\"verdict\":\"allowed\","
		    "\"reason\":\"ok\",\"class\":\"none\",\"status\":200,"
		    "\"method\":\"REGISTER\",\"transport\":\"udp\",\"src\":\"127.0.0.1\","
		    "\"sport\":41822,\"listener\":\"udp:0.0.0.0:5060\",\"trunk\":\"people\","
		    "\"subject\":\"alice\",\"claimed\":\"alice\",\"factor\":\"digest\","
		    "\"alg\":\"md5\",\"way\":1,\"conf\":\"sipward.conf:71\","
		    "\"warn\":[\"digest_md5\"],\"ua\":\"FPBX-16.0.40\",\"call_id\":\"7f1c@pbx\","
		    "\"us\":210,\"node\":null,\"gen\":7}");
}

static void what_is_not_known_is_null(void **state)
{
	struct sw_event d = event_dropped();

	(void)state;
	d.at.family = SW_FAMILY_NONE;
	assert_json(
		&d,
		"{\"v\":1,\"ts\":\"2026-11-23T08:14:07.412Z\",\"level\":\"debug\","
		"\"event\":\"decision\",\"id\":null,\"verdict\":\"dropped\","
		"\"reason\":\"not_sip\",\"class\":\"parse\",\"status\":null,\"method\":null,"
		"\"transport\":\"udp\",\"src\":\"127.0.0.1\",\"sport\":41822,\"listener\":null,"
		"\"trunk\":null,\"subject\":null,\"claimed\":null,\"factor\":null,\"alg\":null,"
		"\"way\":null,\"conf\":null,\"warn\":[],\"ua\":null,\"call_id\":null,\"us\":210,"
		"\"node\":null,\"gen\":7}");
}

static void a_name_of_a_peer_is_cleaned_and_at_most_64_octets(void **state)
{
	struct sw_event d = event_wrong("M2W9TC");
	const char *claimed;
	json_t *o;

	(void)state;
	EVENT_SET(d.claimed, "\n\"\xff{}\033[2J");
	o = sw_decision_json(&d, SW_LEVEL_NOTICE);
	claimed = json_string_value(json_object_get(o, "claimed"));
	assert_string_equal(claimed, "\\x0a\"\\xff{}\\x1b[2J");
	json_decref(o);

	memset(d.claimed.p, 0xff, sizeof(d.claimed.p));
	d.claimed.n = sizeof(d.claimed.p);
	o = sw_decision_json(&d, SW_LEVEL_NOTICE);
	claimed = json_string_value(json_object_get(o, "claimed"));
	assert_int_equal(strlen(claimed), 64);
	json_decref(o);
}

static void a_length_that_a_worker_made_up_is_not_believed(void **state)
{
	struct sw_event d = event_wrong("M2W9TC");
	struct sw_slice s;

	(void)state;
	d.user_agent.n = UINT16_MAX;
	s = SW_EVENT_SLICE(d.user_agent);
	assert_int_equal(s.n, sizeof(d.user_agent.p));
	memset(d.id, 'Z', sizeof(d.id));
	assert_int_equal(sw_decision_id(&d).n, SW_ID_LEN);
	d.act = d.reason = d.alg = d.transport = d.factor = 255;
	assert_keys(&d);
}

static const struct {
	const char *name;
	uint8_t act, reason, is_register, warn;
	enum sw_level want;
} levels[] = {
	{ "challenged", SW_ACT_CHALLENGE, SW_R_CHALLENGED, 1, 0, SW_LEVEL_DEBUG },
	{ "stale", SW_ACT_CHALLENGE, SW_R_DIGEST_STALE, 1, 0, SW_LEVEL_DEBUG },
	{ "replay", SW_ACT_CHALLENGE, SW_R_DIGEST_REPLAY, 1, 0, SW_LEVEL_DEBUG },
	{ "-sess again", SW_ACT_CHALLENGE, SW_R_DIGEST_SESS, 1, 0, SW_LEVEL_DEBUG },
	{ "nonce moved", SW_ACT_CHALLENGE, SW_R_DIGEST_NONCE_SOURCE, 1, 0, SW_LEVEL_DEBUG },
	{ "other realm", SW_ACT_CHALLENGE, SW_R_DIGEST_REALM, 1, 0, SW_LEVEL_DEBUG },
	{ "garbage", SW_ACT_DROP, SW_R_NOT_SIP, 0, 0, SW_LEVEL_DEBUG },
	{ "stray response", SW_ACT_DROP, SW_R_STRAY_RESPONSE, 0, 0, SW_LEVEL_DEBUG },
	{ "unreadable, no answer", SW_ACT_DROP, SW_R_HEADER_SYNTAX, 1, 0, SW_LEVEL_DEBUG },
	{ "unreadable", SW_ACT_REFUSE, SW_R_HEADER_SYNTAX, 1, 0, SW_LEVEL_NOTICE },
	{ "asks for an extension", SW_ACT_REFUSE, SW_R_EXTENSION, 1, 0, SW_LEVEL_NOTICE },
	{ "forged nonce", SW_ACT_CHALLENGE, SW_R_DIGEST_NONCE_FORGED, 1, 0, SW_LEVEL_NOTICE },
	{ "downgrade", SW_ACT_CHALLENGE, SW_R_DIGEST_ALG_NOT_OFFERED, 1, 0, SW_LEVEL_NOTICE },
	{ "wrong", SW_ACT_REFUSE, SW_R_DIGEST_WRONG, 1, 0, SW_LEVEL_NOTICE },
	{ "wrong, challenged again", SW_ACT_CHALLENGE, SW_R_DIGEST_WRONG, 1, 0, SW_LEVEL_NOTICE },
	{ "no user", SW_ACT_REFUSE, SW_R_DIGEST_NO_USER, 1, 0, SW_LEVEL_NOTICE },
	{ "other's address", SW_ACT_REFUSE, SW_R_IDENTITY_AOR, 1, 0, SW_LEVEL_NOTICE },
	{ "table full", SW_ACT_REFUSE, SW_R_TABLE_FULL, 1, 0, SW_LEVEL_NOTICE },
	{ "our fault", SW_ACT_REFUSE, SW_R_BUG, 1, 0, SW_LEVEL_ERROR },
	{ "registered", SW_ACT_ALLOW, SW_OK, 1, 0, SW_LEVEL_INFO },
	{ "options", SW_ACT_ALLOW, SW_OK, 0, 0, SW_LEVEL_INFO },
	{ "registered by MD5", SW_ACT_ALLOW, SW_OK, 1, SW_WARN_BIT(SW_WARN_DIGEST_MD5),
	  SW_LEVEL_WARN },
};

static void a_decision_is_as_loud_as_it_matters(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(levels); i++) {
		struct sw_event d = event_wrong("7Q4KX2");

		print_message("%s\n", levels[i].name);
		d.act = levels[i].act;
		d.reason = levels[i].reason;
		d.is_register = levels[i].is_register;
		d.warn = levels[i].warn;
		d.factor = d.act == SW_ACT_ALLOW ? SW_FACTOR_DIGEST : SW_FACTOR_NONE;
		assert_int_equal(sw_event_level(&d), levels[i].want);
	}
}

static void what_is_let_be_without_a_proof_is_no_louder_than_a_challenge(void **state)
{
	struct sw_event d = event_pinged("P1NGED");

	(void)state;
	assert_int_equal(sw_event_level(&d), SW_LEVEL_DEBUG);
	assert_json(&d, "{\"v\":1,\"ts\":\"2026-11-23T08:14:07.412Z\",\"level\":\"debug\","
			"\"event\":\"decision\",\"id\":\"P1NGED\",\"verdict\":\"allowed\","
			"\"reason\":\"ok\",\"class\":\"none\",\"status\":200,"
			"\"method\":\"OPTIONS\",\"transport\":\"udp\",\"src\":\"127.0.0.1\","
			"\"sport\":41822,\"listener\":\"udp:0.0.0.0:5060\",\"trunk\":null,"
			"\"subject\":null,\"claimed\":null,\"factor\":null,\"alg\":null,"
			"\"way\":null,\"conf\":null,\"warn\":[],\"ua\":\"FPBX-16.0.40\","
			"\"call_id\":\"7f1c@pbx\",\"us\":210,\"node\":null,\"gen\":7}");
}

static void a_retransmission_is_no_news(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(levels); i++) {
		struct sw_event d = event_wrong("7Q4KX2");

		if (levels[i].want == SW_LEVEL_ERROR)
			continue;
		d.act = levels[i].act;
		d.reason = levels[i].reason;
		d.warn = levels[i].warn;
		d.is_again = 1;
		assert_int_equal(sw_event_level(&d), SW_LEVEL_DEBUG);
	}
}

static void assert_line(const struct sw_event *d, const char *want)
{
	char room[4096];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_decision_line(&b, d, sw_event_level(d));
	assert_string_equal(sw_buf_text(&b), want);
}

static void the_line_for_people_is_one_line(void **state)
{
	struct sw_event d = event_wrong("7Q4KX2");

	(void)state;
	assert_line(&d,
		    "2026-11-23T08:14:07.412Z notice refused digest_wrong REGISTER by \"alice\" "
		    "from 127.0.0.1:41822 udp, 403, id 7Q4KX2");
	EVENT_SET(d.claimed, "x\" from 192.0.2.1\r\nfake");
	assert_line(&d, "2026-11-23T08:14:07.412Z notice refused digest_wrong REGISTER by "
			"\"x\\\" from 192.0.2.1\\x0d\\x0afake\" from 127.0.0.1:41822 udp, 403, "
			"id 7Q4KX2");
	memset(d.claimed.p, '"', sizeof(d.claimed.p));
	d.claimed.n = 40;
	assert_line(
		&d,
		"2026-11-23T08:14:07.412Z notice refused digest_wrong REGISTER by "
		"\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\""
		"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\" from 127.0.0.1:41822 udp, 403, "
		"id 7Q4KX2");
	d = event_dropped();
	assert_line(&d,
		    "2026-11-23T08:14:07.412Z debug dropped not_sip - from 127.0.0.1:41822 udp, "
		    "no answer");
	d = event_allowed("7Q4KX2");
	assert_line(&d, "2026-11-23T08:14:07.412Z info allowed ok REGISTER by \"alice\" (people, "
			"digest SHA-256) from 127.0.0.1:41822 udp, 200, id 7Q4KX2, for 300 s");
	d.granted_s = 0;
	assert_line(&d, "2026-11-23T08:14:07.412Z info allowed ok REGISTER by \"alice\" (people, "
			"digest SHA-256) from 127.0.0.1:41822 udp, 200, id 7Q4KX2, gone");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_keys_of_an_event_are_frozen),
		cmocka_unit_test(a_refusal_is_written_as_the_schema_says),
		cmocka_unit_test(an_acceptance_names_its_subject_way_and_warnings),
		cmocka_unit_test(what_is_not_known_is_null),
		cmocka_unit_test(a_name_of_a_peer_is_cleaned_and_at_most_64_octets),
		cmocka_unit_test(a_length_that_a_worker_made_up_is_not_believed),
		cmocka_unit_test(a_decision_is_as_loud_as_it_matters),
		cmocka_unit_test(what_is_let_be_without_a_proof_is_no_louder_than_a_challenge),
		cmocka_unit_test(a_retransmission_is_no_news),
		cmocka_unit_test(the_line_for_people_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
