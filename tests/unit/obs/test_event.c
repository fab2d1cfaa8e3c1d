/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sipward/policy.h>

#include "obs/event.h"

static struct sw_event event;
static const struct sw_addr at = { .family = SW_FAMILY_4, .ip = { 127, 0, 0, 9 }, .port = 5070 };

#define IS(text, want) \
	assert_true(sw_slice_eq((struct sw_slice){ (text).p, (text).n }, SW_LIT(want)))

static const struct sw_way way = { .factors = SW_FACTOR_BIT(SW_FACTOR_DIGEST),
				   .algs = SW_ALG_ALL,
				   .line = 7,
				   .file = SW_INIT("/etc/sipward/conf.d/a.conf") };
static const struct sw_trunk staff = { .name = SW_INIT("staff"),
				       .enabled = true,
				       .way = &way,
				       .ways = 1,
				       .md5_until_s = 1000,
				       .md5_until_text = SW_INIT("2027-06-30") };
static const struct sw_user alice = {
	.name = "alice", .name_n = 5, .algs = { SW_ALG_STRONG }, .origin = 1
};
static const struct sw_origin origin = { .line = 21, .file = SW_INIT("sipward.conf") };

static void an_empty_account_is_an_empty_event(void **state)
{
	struct sw_account a = { 0 };
	struct sw_event zero;

	(void)state;
	memset(&event, 0xa5, sizeof(event));
	sw_event_keep(&event, &a, &at, 0, 0);
	memset(&zero, 0, sizeof(zero));
	assert_int_equal(event.method.n + event.trunk.n + event.subject.n + event.claimed.n, 0);
	assert_int_equal(event.ruri.n + event.call_id.n + event.user_agent.n, 0);
	assert_int_equal(event.conf_file.n + event.md5_until.n, 0);
	assert_int_equal(event.act, SW_ACT_REFUSE);
	assert_int_equal(event.user_known, 0);
	assert_int_equal(event.conf_line + event.user_line, 0);
	assert_memory_equal(event.id, zero.id, sizeof(zero.id));
}

static void an_allowed_request_is_kept_whole(void **state)
{
	struct sw_account a = {
		.verdict = { .act = SW_ACT_ALLOW,
			     .subject = { &staff, &alice, SW_FACTOR_DIGEST, SW_ALG_SHA256, false },
			     .way = &way,
			     .way_number = 2 },
		.evidence.digest = { .user = &alice,
				     .origin = &origin,
				     .trunk = &staff,
				     .alg = SW_ALG_SHA256,
				     .offered = SW_ALG_ALL,
				     .nonce_ours = true,
				     .nonce_fresh = true,
				     .nonce_age_s = 3,
				     .nc = 4,
				     .nc_new = true,
				     .realm_ok = true,
				     .uri_ok = true,
				     .has_hash = true,
				     .response_ok = true,
				     .claimed = SW_LIT("alice") },
		.id = "7Q4KX2",
		.status = 200,
		.warn = SW_WARN_BIT(SW_WARN_DIGEST_MD5),
		.method = SW_LIT("REGISTER"),
		.ruri = SW_LIT("sip:example.com"),
		.call_id = SW_LIT("c@d"),
		.user_agent = SW_LIT("phone"),
		.transport = SW_UDP,
		.listener = 1,
		.granted_s = 300,
		.bindings = 2,
		.is_register = true,
		.at = { 999 * (int64_t)SW_US_PER_S },
	};

	(void)state;
	assert_true(sw_addr_parse_port(SW_LIT("[2001:db8::1]:5060"), &a.src));
	sw_event_keep(&event, &a, &at, 210, 7);
	assert_true(event.at_us == a.at.us);
	assert_int_equal(event.took_us, 210);
	assert_int_equal(event.generation, 7);
	assert_int_equal(event.act, SW_ACT_ALLOW);
	assert_int_equal(event.reason, SW_OK);
	assert_int_equal(event.status, 200);
	assert_int_equal(event.warn, 1);
	assert_int_equal(event.way, 2);
	assert_int_equal(event.factor, SW_FACTOR_DIGEST);
	assert_int_equal(event.alg, SW_ALG_SHA256);
	assert_true(sw_addr_eq(&event.src, &a.src));
	assert_int_equal(event.transport, SW_UDP);
	assert_true(sw_addr_eq(&event.at, &at));
	assert_int_equal(event.granted_s, 300);
	assert_int_equal(event.bindings, 2);
	assert_true(event.is_register && !event.stale);
	assert_true(event.realm_ok && event.nonce_ours && event.nonce_fresh && event.nc_new);
	assert_true(event.uri_ok && event.response_ok && event.user_known && event.trunk_enabled);
	assert_int_equal(event.nonce_algs, SW_ALG_ALL);
	assert_int_equal(event.user_algs, SW_ALG_STRONG);
	assert_int_equal(event.trunk_algs, SW_ALG_ALL);
	assert_int_equal(event.nonce_age_s, 3);
	assert_int_equal(event.nc, 4);
	assert_string_equal(event.id, "7Q4KX2");
	IS(event.method, "REGISTER");
	IS(event.ruri, "sip:example.com");
	IS(event.call_id, "c@d");
	IS(event.user_agent, "phone");
	IS(event.trunk, "staff");
	IS(event.subject, "alice");
	IS(event.claimed, "alice");
	IS(event.md5_until, "2027-06-30");
	assert_int_equal(event.conf_line, 7); /* of the way, not of the user */
	assert_int_equal(event.user_line, 21);
	IS(event.conf_file, "a.conf");
}

static void a_refused_user_is_kept_as_claimed_and_never_as_subject(void **state)
{
	struct sw_account a = {
		.verdict = { .reason = SW_R_DIGEST_ALG_ENDED },
		.evidence.digest = { .user = &alice,
				     .origin = &origin,
				     .trunk = &staff,
				     .claimed = SW_LIT("alice") },
		.at = { 1000 * (int64_t)SW_US_PER_S },
	};

	(void)state;
	sw_event_keep(&event, &a, &at, 0, 0);
	assert_int_equal(event.subject.n, 0);
	assert_int_equal(event.factor, SW_FACTOR_NONE);
	assert_int_equal(event.way, 0);
	IS(event.claimed, "alice");
	IS(event.trunk, "staff");
	assert_int_equal(event.conf_line, 21); /* of the user, as no way allowed it */
	IS(event.conf_file, "sipward.conf");
	assert_int_equal(event.trunk_algs, SW_ALG_STRONG); /* MD5 has just ended */
}

static void what_is_let_be_has_neither_subject_nor_way(void **state)
{
	struct sw_account a = { .verdict = { .act = SW_ACT_ALLOW },
				.evidence.known = SW_KNOWN_FLOW };

	(void)state;
	sw_event_keep(&event, &a, &at, 0, 0);
	assert_int_equal(event.known, SW_KNOWN_FLOW);
	assert_int_equal(event.factor, SW_FACTOR_NONE);
	assert_int_equal(event.way + event.conf_line + event.subject.n + event.trunk.n, 0);
}

static void an_unknown_name_is_kept_without_a_user(void **state)
{
	struct sw_account a = { .verdict = { .reason = SW_R_DIGEST_NO_USER },
				.evidence.digest = { .claimed = SW_LIT("zelda") } };

	(void)state;
	sw_event_keep(&event, &a, &at, 0, 0);
	assert_false(event.user_known);
	assert_int_equal(event.user_line + event.conf_line + event.trunk.n, 0);
	IS(event.claimed, "zelda");
}

static void long_texts_are_cut_to_their_room(void **state)
{
	static char text[300];
	struct sw_slice s = { text, sizeof(text) };
	struct sw_trunk trunk = staff;
	struct sw_user user = alice;
	struct sw_origin from = { .file = s };
	struct sw_account a = { .evidence.digest = { .user = &user,
						     .origin = &from,
						     .trunk = &trunk,
						     .claimed = s },
				.verdict.subject = { &trunk, &user, 0, 0, false },
				.method = s,
				.ruri = s,
				.call_id = s,
				.user_agent = s };

	(void)state;
	memset(text, 'x', sizeof(text));
	trunk.name = trunk.md5_until_text = s;
	memcpy(user.name, text, sizeof(user.name));
	user.name_n = 200; /* more than there is room for */
	sw_event_keep(&event, &a, &at, 0, 0);
#define FULL(field) assert_int_equal(event.field.n, sizeof(event.field.p))
	FULL(method);
	FULL(ruri);
	FULL(call_id);
	FULL(user_agent);
	FULL(claimed);
	FULL(subject);
	FULL(trunk);
	FULL(conf_file);
	FULL(md5_until);
}

static void of_a_path_its_last_part_is_kept(void **state)
{
	static const struct {
		struct sw_slice path, want;
	} rows[] = {
		{ SW_INIT("/etc/sipward.conf"), SW_INIT("sipward.conf") },
		{ SW_INIT("sipward.conf"), SW_INIT("sipward.conf") },
		{ SW_INIT("a/b/c"), SW_INIT("c") },
		{ SW_INIT("a/"), SW_INIT("") },
		{ SW_INIT("/"), SW_INIT("") },
		{ SW_INIT(""), SW_INIT("") },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_origin from = { .file = rows[i].path };
		struct sw_account a = { .evidence.digest = { .user = &alice, .origin = &from } };

		sw_event_keep(&event, &a, &at, 0, 0);
		assert_true(sw_slice_eq((struct sw_slice){ event.conf_file.p, event.conf_file.n },
					rows[i].want));
	}
}

#define LONG(text)                                         \
	do {                                               \
		struct sw_event e = event;                 \
		e.text.n = sizeof(e.text.p);               \
		assert_true(sw_event_is_sound(&e));        \
		e.text.n = (uint16_t)sizeof(e.text.p) + 1; \
		assert_false(sw_event_is_sound(&e));       \
	} while (0)

static void a_text_that_is_longer_than_its_room_makes_a_record_unsound(void **state)
{
	(void)state;
	memset(&event, 0, sizeof(event));
	LONG(method);
	LONG(trunk);
	LONG(subject);
	LONG(claimed);
	LONG(ruri);
	LONG(call_id);
	LONG(user_agent);
	LONG(conf_file);
	LONG(md5_until);
	LONG(near);
}

#define BEYOND(member, limit)                        \
	do {                                         \
		struct sw_event e = event;           \
		e.member = (limit)-1;                \
		assert_true(sw_event_is_sound(&e));  \
		e.member = (limit);                  \
		assert_false(sw_event_is_sound(&e)); \
	} while (0)

static void a_number_that_is_on_no_list_makes_a_record_unsound(void **state)
{
	(void)state;
	memset(&event, 0, sizeof(event));
	BEYOND(act, SW_ACT_COUNT);
	BEYOND(reason, SW_REASON_LIMIT);
	BEYOND(transport, SW_TRANSPORT_COUNT);
	BEYOND(factor, SW_FACTOR_COUNT);
	BEYOND(known, SW_KNOWN_COUNT);
	BEYOND(alg, SW_ALG_COUNT);
	BEYOND(form, SW_FORM_COUNT);
	BEYOND(src.family, SW_FAMILY_4 + 1);
	BEYOND(at.family, SW_FAMILY_6 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_account_is_an_empty_event),
		cmocka_unit_test(an_allowed_request_is_kept_whole),
		cmocka_unit_test(a_refused_user_is_kept_as_claimed_and_never_as_subject),
		cmocka_unit_test(what_is_let_be_has_neither_subject_nor_way),
		cmocka_unit_test(an_unknown_name_is_kept_without_a_user),
		cmocka_unit_test(long_texts_are_cut_to_their_room),
		cmocka_unit_test(of_a_path_its_last_part_is_kept),
		cmocka_unit_test(a_text_that_is_longer_than_its_room_makes_a_record_unsound),
		cmocka_unit_test(a_number_that_is_on_no_list_makes_a_record_unsound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
