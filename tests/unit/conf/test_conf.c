/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/hash.h"
#include "source.h"

#define TOP  "realm example.com\nlisten udp 127.0.0.1\n"
#define USER "user alice file:p\n"

static struct sw_conf *load_good(const char *text)
{
	struct sw_diags d = { 0 };
	struct sw_conf *c = load_text(text, &d);

	sw_diags_print(stderr, &d, SIZE_MAX);
	assert_non_null(c);
	assert_int_equal(d.errors + d.warnings, 0);
	sw_diags_free(&d);
	return c;
}

static void assert_slice(struct sw_slice s, const char *want)
{
	assert_true(sw_slice_eq(s, sw_slice_of(want)));
}

static void what_is_left_out_has_its_default(void **state)
{
	struct sw_conf *c = load_good(TOP "phones staff {\naccept digest\n" USER "}\n");
	const struct sw_policy *p = &c->policy;

	(void)state;
	assert_slice(c->path, "test.conf");
	assert_slice(c->run, "/run/sipward");
	assert_slice(c->control, "/run/sipward/control.sock");
	assert_int_equal(c->log.form, SW_LOG_AUTO);
	assert_int_equal(c->log.level, SW_LEVEL_NOTICE);
	assert_int_equal(c->log.path.n, 0);
	assert_int_equal(p->nonce_life_s, 300);
	assert_int_equal(p->message_max, 65536);
	assert_false(p->mismatch_challenge);
	assert_int_equal(p->domains, 0);
	assert_int_equal(p->listener[0].addr.port, 5060);
	assert_int_equal(p->trunk[0].expires_min_s, 60);
	assert_int_equal(p->trunk[0].expires_max_s, 3600);
	assert_int_equal(p->trunk[0].contacts, 10);
	assert_false(p->trunk[0].contacts_refuse);
	assert_true(p->trunk[0].md5_until_s == INT64_MAX);
	assert_true(p->trunk[0].enabled);
	assert_int_equal(p->trunk[0].way[0].algs, SW_ALG_STRONG);
	sw_conf_free(c);
}

static void contacts_are_counted_as_said(void **state)
{
	struct sw_conf *c = load_good(
		"realm example.com\nlisten udp 127.0.0.1:5060\n"
		"phones a {\naccept digest\nuser u file:p\ncontacts 4 refuse\n}\n"
		"trunk b {\naccept digest\nuser v file:p\ncontacts 64\n}\n");

	(void)state;
	assert_int_equal(c->policy.trunk[0].contacts, 4);
	assert_true(c->policy.trunk[0].contacts_refuse);
	assert_int_equal(c->policy.trunk[1].contacts, 64);
	assert_false(c->policy.trunk[1].contacts_refuse);
	sw_conf_free(c);
}

static void what_is_said_counts(void **state)
{
	struct sw_conf *c = load_good(
		"realm example.com\ndomain a.example b.example\ndomain 192.0.2.1\n"
		"listen udp [::1]:5070 127.0.0.1:5080\nlisten udp 127.0.0.1:5081\n"
		"run /tmp/door\nlog level debug json file /tmp/log\nlimit message 8k\n"
		"nonce-life 10m\nexpires 2m 2h\nmismatch challenge\n"
		"trunk berlin {\naccept digest sha-256 md5\nmd5 until 2027-06-30\n" USER
		"expires 10s 20s\nenabled no\nregister no\n}\n"
		"phones staff {\naccept digest sha-512-256\nuser bob file:p\n}\n");
	const struct sw_policy *p = &c->policy;

	(void)state;
	assert_int_equal(p->domains, 3);
	assert_slice(p->domain[2], "192.0.2.1");
	assert_int_equal(p->listeners, 3);
	assert_int_equal(p->listener[0].addr.family, SW_FAMILY_6);
	assert_int_equal(p->listener[2].addr.port, 5081);
	assert_int_equal(p->listener[2].line, 5);
	assert_slice(c->control, "/tmp/door/control.sock");
	assert_int_equal(c->log.form, SW_LOG_JSON);
	assert_int_equal(c->log.level, SW_LEVEL_DEBUG);
	assert_slice(c->log.path, "/tmp/log");
	assert_int_equal(p->message_max, 8192);
	assert_int_equal(p->nonce_life_s, 600);
	assert_true(p->mismatch_challenge);
	assert_slice(p->trunk[0].name, "berlin");
	assert_false(p->trunk[0].phones);
	assert_false(p->trunk[0].enabled);
	assert_int_equal(p->trunk[0].reg, SW_REGISTER_NO);
	assert_int_equal(p->trunk[0].contacts, 1);
	assert_false(p->trunk[0].contacts_refuse);
	assert_int_equal(p->trunk[0].expires_max_s, 20);
	assert_slice(p->trunk[0].md5_until_text, "2027-06-30");
	assert_true(p->trunk[0].md5_until_s == 1814400000);
	assert_slice(p->trunk[0].way[0].text, "digest sha-256 md5");
	assert_int_equal(p->trunk[0].way[0].line, 13);
	assert_int_equal(p->trunk[0].way[0].factors, SW_FACTOR_BIT(SW_FACTOR_DIGEST));
	assert_true(p->trunk[1].phones);
	assert_int_equal(p->trunk[1].contacts, 10);
	assert_int_equal(p->trunk[1].reg, SW_REGISTER_HERE);
	assert_int_equal(p->trunk[1].expires_min_s, 120);
	assert_slice(sw_user_trunk(&p->user[1]), "staff");
	assert_int_equal(sw_policy_origin(p, &p->user[1])->line, 22);
	sw_conf_free(c);
}

#define TWO_TRUNKS "trunk a {\naccept digest\n" USER "}\ntrunk b {\naccept digest\nenabled no\n}\n"

static void a_trunk_registers_here_only_when_it_may_have_users(void **state)
{
	struct sw_conf *c = load_good(TOP "store memory\n" TWO_TRUNKS);

	(void)state;
	assert_int_equal(c->policy.trunk[0].reg, SW_REGISTER_HERE);
	assert_int_equal(c->policy.trunk[1].reg, SW_REGISTER_NO);
	sw_conf_free(c);
	c = load_good(TOP "store sqlite /x\n" TWO_TRUNKS);
	assert_int_equal(c->policy.trunk[1].reg, SW_REGISTER_HERE);
	sw_conf_free(c);
}

static const struct {
	const char *name, *top, *path;
	bool is_sqlite;
} stores[] = {
	{ "said nothing", "", "/var/lib/sipward/sipward.db", true },
	{ "memory", "store memory\n", "", false },
	{ "a file", "store sqlite /srv/sip/s.db\n", "/srv/sip/s.db", true },
};

static void the_store_is_a_file_unless_it_is_said_to_be_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(stores); i++) {
		char text[512];
		struct sw_conf *c;

		(void)snprintf(text, sizeof(text), TOP "%sphones p {\naccept digest\n" USER "}\n",
			       stores[i].top);
		print_message("%s\n", stores[i].name);
		c = load_good(text);
		assert_int_equal(c->store.is_sqlite, stores[i].is_sqlite);
		assert_slice(c->store.path, stores[i].path);
		assert_int_equal(c->store.line > 0, stores[i].top[0] != '\0');
		assert_false(c->seal.has_key); /* the default is not there */
		sw_conf_free(c);
	}
}

#define PHONES "phones p {\naccept digest\n" USER "}\n"

static void what_the_machine_gives_has_its_defaults(void **state)
{
	static const struct sw_capacity each = { 100000, 100000, 100000, 100000 };
	struct sw_conf *c = load_good(TOP PHONES);

	(void)state;
	assert_int_equal(c->workers, 0);
	assert_int_equal(c->sandbox, SW_SANDBOX_AUTO);
	assert_int_equal(c->admin.port, 0);
	assert_false(c->store.is_power);
	assert_int_equal(c->connections_max, 10000);
	assert_memory_equal(&c->capacity, &each, sizeof(each));
	sw_conf_free(c);
}

static void words_of_the_machine_are_taken(void **state)
{
	static const struct sw_capacity each = { 101, 102, 103, 104 };
	struct sw_conf *c = load_good(TOP "workers 2\ncapacity users 101\n"
					  "capacity bindings 102\ncapacity nonces 103\n"
					  "capacity connections 104\nsandbox required\n"
					  "admin [::1]:7060\n"
					  "store sqlite /x durability power\n" PHONES);
	struct sw_addr at;

	(void)state;
	assert_true(sw_addr_parse_port(SW_LIT("[::1]:7060"), &at));
	assert_int_equal(c->workers, 2);
	assert_int_equal(c->sandbox, SW_SANDBOX_REQUIRED);
	assert_true(sw_addr_eq(&c->admin, &at));
	assert_true(c->store.is_power);
	assert_int_equal(c->connections_max, 104); /* no more than there is room for */
	assert_memory_equal(&c->capacity, &each, sizeof(each));
	sw_conf_free(c);
}

/* 64 digits, 32 octets, with a newline or without. */
static const char *const keys[] = {
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
	"000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\n",
	"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\r\n",
	"thirty-two octets that are a key",
	"thirty-two octets that are a key\n",
	"thirty-two octets, the last is \n",
};

static void a_seal_key_is_digits_or_octets(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(keys); i++) {
		const struct memory_file files[] = { { "k", keys[i] }, { NULL, NULL } };
		struct sw_conf_source source = memory_source(files);
		struct sw_diags d = { 0 };
		struct sw_conf *c = sw_conf_load_text(
			&source, "test.conf",
			SW_LIT(TOP "store memory\nseal-key file:k\ntrunk b {\naccept digest\n"
				   "enabled no\n}\n"),
			SW_CONF_RUNTIME, NULL, TEST_NOW, &d);

		print_message("%zu\n", i);
		assert_non_null(c);
		assert_true(c->seal.has_key);
		assert_int_equal(c->seal.key[1], i < 3 ? 1 : 'h');
		assert_slice(c->seal.path, "k");
		sw_conf_free(c);
		sw_diags_free(&d);
	}
}

static void users_have_the_hashes_of_their_trunk_and_no_others(void **state)
{
	struct sw_conf *c = load_good(TOP "trunk a {\naccept digest sha-256 md5\n"
					  "accept digest sha-512-256\nmd5 until 2027-06-30\n" USER
					  "}\n"
					  "trunk b {\naccept digest sha-256\nuser bob file:p\n}\n");
	static const uint8_t none[32];
	struct sw_hash *h = sw_hash_new();

	(void)state;
	assert_int_equal(c->policy.user[0].algs[SW_FORM_NAME], SW_ALG_ALL);
	for (unsigned alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++) {
		struct sw_ha1 want = { 0 };

		assert_true(sw_digest_ha1(h, (enum sw_alg)alg, SW_LIT("alice"),
					  SW_LIT("example.com"), SW_LIT("wren-cobalt-71"), &want));
		assert_memory_equal(&c->policy.user[0].ha1[SW_FORM_NAME][alg], &want,
				    sw_alg_len((enum sw_alg)alg));
	}
	assert_int_equal(c->policy.user[1].algs[SW_FORM_NAME], SW_ALG_BIT(SW_ALG_SHA256));
	assert_memory_equal(&c->policy.user[1].ha1[SW_FORM_NAME][SW_ALG_MD5], none, sizeof(none));
	sw_hash_free(h);
	sw_conf_free(c);
}

static void words_of_digest_become_policy(void **state)
{
	struct sw_conf *c = load_good("order md5-first\nclient \"Acme 2\" first-only\n"
				      "client old md5-alone\nclient baresip all\n" TOP
				      "trunk z {\naccept digest sha-256-sess md5-sess\n"
				      "md5 until 2027-06-30\nqop none auth-int\n"
				      "uri-match exact\n" USER "}\n"
				      "trunk a {\naccept digest md5\nmd5 until 2027-06-30\n"
				      "user bob file:p\n}\n");
	const struct sw_policy *p = &c->policy;

	(void)state;
	assert_int_equal(p->client.order, SW_ORDER_MD5_FIRST);
	assert_int_equal(p->client.rules, 3);
	assert_slice(p->client.rule[0].prefix, "Acme 2");
	assert_int_equal(p->client.rule[0].mode, SW_CLIENT_FIRST_ONLY);
	assert_int_equal(p->client.rule[1].mode, SW_CLIENT_MD5_ALONE);
	assert_int_equal(p->client.rule[2].mode, SW_CLIENT_ALL);
	assert_int_equal(p->trunk[0].way[0].algs,
			 SW_ALG_SESS(SW_ALG_SHA256) | SW_ALG_SESS(SW_ALG_MD5));
	assert_int_equal(p->trunk[0].qops, SW_QOP_BIT(SW_QOP_NONE) | SW_QOP_BIT(SW_QOP_AUTH_INT));
	assert_true(p->trunk[0].uri_exact);
	assert_int_equal(sw_policy_trunk_qops(&p->trunk[1]), SW_QOP_BIT(SW_QOP_AUTH));
	assert_false(p->trunk[1].uri_exact);
	assert_int_equal(p->user[0].algs[SW_FORM_NAME],
			 SW_ALG_BIT(SW_ALG_SHA256) | SW_ALG_BIT(SW_ALG_MD5));
	assert_int_equal(p->user[0].algs[SW_FORM_NAME_AT_REALM], p->user[0].algs[SW_FORM_NAME]);
	assert_ptr_equal(sw_policy_find_trunk(p, SW_LIT("a")), &p->trunk[1]);
	assert_ptr_equal(sw_policy_find_trunk(p, SW_LIT("z")), &p->trunk[0]);
	assert_null(sw_policy_find_trunk(p, SW_LIT("b")));
	sw_conf_free(c);
}

static void the_password_is_gone_after_loading(void **state)
{
	struct sw_conf *c = load_good(TOP "trunk a {\naccept digest\n" USER "}\n");
	const struct sw_arena_start {
		void *next;
		size_t cap;
	} *chunk = (const void *)c->arena.chunks;

	(void)state;
	for (; chunk; chunk = chunk->next)
		assert_null(memmem(chunk + 1, chunk->cap, "wren-cobalt", 11));
	sw_conf_free(c);
}

static enum sw_conf_got no_read(void *arg, const char *path, size_t max, struct sw_arena *arena,
				struct sw_conf_file *out)
{
	(void)arg;
	(void)max;
	(void)arena;
	(void)out;
	fail_msg("%s was opened", path);
	return SW_CONF_FAILED;
}

static const char *no_env(void *arg, const char *name)
{
	(void)arg;
	fail_msg("%s was asked for", name);
	return NULL;
}

static void a_plain_check_opens_no_secret(void **state)
{
	static const struct sw_conf_source source = { .read = no_read, .env = no_env };
	static const char text[] = TOP "trunk a {\naccept digest\n" USER
				       "user b env:B\nuser c cred:c because \"lab\"\n}\n";
	struct sw_diags d = { 0 };
	struct sw_conf *c = sw_conf_load_text(&source, "t", sw_slice_of(text), SW_CONF_PLAIN, NULL,
					      TEST_NOW, &d);

	(void)state;
	assert_non_null(c);
	assert_int_equal(d.errors + d.warnings, 0);
	assert_int_equal(c->policy.users, 3);
	assert_int_equal(c->policy.user[0].algs[SW_FORM_NAME], 0);
	sw_conf_free(c);
	sw_diags_free(&d);
}

static void a_libcrypto_that_refuses_is_an_error_not_a_user_without_hashes(void **state)
{
	static const struct memory_file files[] = { { "p", "wren-cobalt-71" }, { NULL, NULL } };
	static const char text[] = TOP "trunk a {\naccept digest\n" USER "}\n";
	struct sw_conf_source source = memory_source(files);
	struct sw_diags d = { 0 };

	(void)state;
	assert_null(sw_conf_load_text(&source, "t", sw_slice_of(text), SW_CONF_RUNTIME, NULL,
				      TEST_NOW, &d));
	assert_int_equal(d.errors, 1);
	assert_true(has_rule(&d, SW_LINT_MEMORY));
	sw_diags_free(&d);
}

static void an_accepted_warning_is_a_risk(void **state)
{
	struct sw_conf *c = load_good(
		TOP "trunk a {\naccept digest md5 because \"old door phone\"\n" USER "}\n");

	(void)state;
	assert_int_equal(c->risks, 1);
	assert_slice(c->risk[0].rule, "SW001");
	assert_slice(c->risk[0].because, "old door phone");
	assert_slice(c->risk[0].file, "test.conf");
	assert_int_equal(c->risk[0].line, 4);
	sw_conf_free(c);
}

static void warnings_come_with_a_snapshot(void **state)
{
	struct sw_diags d = { 0 };
	struct sw_conf *c = load_text(TOP "trunk a {\naccept digest md5\n" USER "}\n", &d);

	(void)state;
	assert_non_null(c);
	assert_int_equal(d.warnings, 1);
	assert_int_equal(d.errors, 0);
	sw_conf_free(c);
	sw_diags_free(&d);
}

static void the_last_day_of_md5_counts_to_its_end(void **state)
{
	static const char text[] = TOP
		"trunk a {\naccept digest md5\nmd5 until 2026-11-22\nuser alice env:SIPWARD_TEST_PASSWORD\n}\n";
	static const struct memory_file none[] = { { NULL, NULL } };
	struct sw_conf_source source = memory_source(none);
	const int64_t end_us = INT64_C(1795392000) * SW_US_PER_S; /* 2026-11-23T00:00:00Z */

	(void)state;
	for (int64_t off = -1; off <= 0; off++) {
		struct sw_diags d = { 0 };
		struct sw_wall now = { end_us + off };
		struct sw_conf *c = sw_conf_load_text(&source, "t", sw_slice_of(text),
						      SW_CONF_PLAIN, NULL, now, &d);

		assert_non_null(c);
		assert_int_equal(has_rule(&d, SW_LINT_MD5_ENDED), off == 0);
		sw_conf_free(c);
		sw_diags_free(&d);
	}
}

/* A refused file must not leak or crash, whatever it lacks. */
static void a_file_cut_short_anywhere_is_read_to_its_end(void **state)
{
	static const char text[] =
		"realm example.com\ndomain a.example\nlisten udp [::1]:5070 127.0.0.1:5080\n"
		"log level debug json file /tmp/log\nlimit message 8k\nnonce-life 10m\n"
		"expires 2m 2h\nmismatch challenge\ninclude *.x\n"
		"trunk berlin {\n  accept digest sha-256 md5 because \"x\\\"y\"\n  user alice \\\nfile:p\n}\n"
		"phones staff {\n  accept digest\n  user bob file:p\n  md5 until 2027-06-30\n}\n";

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		char *copy = strndup(text, n);
		struct sw_diags d = { 0 };
		struct sw_conf *c;

		assert_non_null(copy);
		c = load_text(copy, &d);
		assert_int_equal(c == NULL, d.errors > 0);
		sw_conf_free(c);
		sw_diags_free(&d);
		free(copy);
	}
}

static void many_users_load_in_a_moment(void **state)
{
	size_t room = 1000000, users = 25000;
	char *text = malloc(room);
	struct sw_buf b = sw_buf_over(text, room);
	struct sw_diags d = { 0 };
	struct sw_conf *c;

	(void)state;
	assert_non_null(text);
	sw_buf_str(&b, TOP "phones staff {\naccept digest sha-256\n");
	for (size_t i = 0; i < users; i++) {
		sw_buf_str(&b, "user u");
		sw_buf_u64(&b, i);
		sw_buf_str(&b, " file:p\n");
	}
	sw_buf_str(&b, "user U7 file:p\n}\n");
	assert_true(sw_buf_ok(&b));
	c = load_text(sw_buf_text(&b), &d);
	assert_null(c);
	assert_int_equal(d.errors, 1);
	assert_true(has_rule(&d, SW_LINT_USER_ALIKE));
	sw_diags_free(&d);
	free(text);
}

static enum sw_conf_got open_read(void *arg, const char *path, size_t max, struct sw_arena *arena,
				  struct sw_conf_file *out)
{
	const unsigned *mode = arg;

	(void)path;
	(void)max;
	*out = (struct sw_conf_file){
		.text = sw_arena_copy(arena,
				      SW_LIT(TOP "trunk a {\naccept digest\nenabled no\n}\n")),
		.mode = *mode,
	};
	return SW_CONF_GOT;
}

static void a_configuration_that_others_can_change_is_refused(void **state)
{
	static const struct {
		unsigned mode;
		bool good;
	} modes[] = { { 0600, true },  { 0644, true },  { 0664, true }, { 0755, true },
		      { 0602, false }, { 0666, false }, { 0777, false } };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(modes); i++) {
		unsigned mode = modes[i].mode;
		struct sw_conf_source source = { .arg = &mode, .read = open_read };
		struct sw_diags d = { 0 };
		struct sw_conf *c = sw_conf_load(&source, "t", SW_CONF_PLAIN, NULL, TEST_NOW, &d);

		assert_int_equal(c != NULL, modes[i].good);
		assert_int_equal(has_rule(&d, SW_LINT_FILE_OPEN), !modes[i].good);
		sw_conf_free(c);
		sw_diags_free(&d);
	}
}

static void a_configuration_that_is_gone_is_told_how_to_make(void **state)
{
	static const struct memory_file none[] = { { NULL, NULL } };
	struct sw_conf_source source = memory_source(none);
	const char *was = sw_diag_program;
	struct sw_diags d = { 0 };

	(void)state;
	sw_diag_program = "build/sipward";
	assert_null(sw_conf_load(&source, "/etc/sipward/sipward.conf", SW_CONF_PLAIN, NULL,
				 TEST_NOW, &d));
	assert_int_equal(d.list[0].helps, 2);
	assert_slice(d.list[0].help[0], "mkdir -p /etc/sipward");
	assert_slice(d.list[0].help[1], "build/sipward init --for phones --realm example.com > "
					"/etc/sipward/sipward.conf");
	sw_diags_free(&d);
	assert_null(sw_conf_load(&source, "my.conf", SW_CONF_PLAIN, NULL, TEST_NOW, &d));
	assert_int_equal(d.list[0].helps, 1);
	sw_diags_free(&d);
	sw_diag_program = was;
}

static const struct {
	const char *name, *text, *want;
} controls[] = {
	{ "named", TOP "control /tmp/c\nphones a {\naccept digest\n" USER "}\n", "/tmp/c" },
	{ "by the run directory", "run /tmp/r\n", "/tmp/r/control.sock" },
	{ "in a file with errors", "relm x\ncontrol /tmp/c\n}\n", "/tmp/c" },
	{ "with the error in its own line", "control c\n", "/run/sipward/control.sock" },
	{ "of an empty file", "# nothing\n", NULL },
};

static void the_control_socket_is_found_in_a_broken_file_too(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(controls); i++) {
		const struct memory_file files[] = { { "t", controls[i].text }, { NULL, NULL } };
		struct sw_conf_source source = memory_source(files);
		struct sw_diags d = { 0 };
		char text[128];
		struct sw_buf b = sw_buf_over(text, sizeof(text));

		print_message("%s\n", controls[i].name);
		assert_int_equal(sw_conf_control(&source, "t", TEST_NOW, &b, &d),
				 controls[i].want != NULL);
		assert_string_equal(sw_buf_text(&b), controls[i].want ? controls[i].want : "");
		sw_diags_free(&d);
	}
}

static void freeing_nothing_is_allowed(void **state)
{
	(void)state;
	sw_conf_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_out_has_its_default),
		cmocka_unit_test(what_is_said_counts),
		cmocka_unit_test(contacts_are_counted_as_said),
		cmocka_unit_test(a_trunk_registers_here_only_when_it_may_have_users),
		cmocka_unit_test(what_the_machine_gives_has_its_defaults),
		cmocka_unit_test(words_of_the_machine_are_taken),
		cmocka_unit_test(the_store_is_a_file_unless_it_is_said_to_be_memory),
		cmocka_unit_test(a_seal_key_is_digits_or_octets),
		cmocka_unit_test(users_have_the_hashes_of_their_trunk_and_no_others),
		cmocka_unit_test(words_of_digest_become_policy),
		cmocka_unit_test(the_password_is_gone_after_loading),
		cmocka_unit_test(a_plain_check_opens_no_secret),
		cmocka_unit_test(a_libcrypto_that_refuses_is_an_error_not_a_user_without_hashes),
		cmocka_unit_test(an_accepted_warning_is_a_risk),
		cmocka_unit_test(warnings_come_with_a_snapshot),
		cmocka_unit_test(the_last_day_of_md5_counts_to_its_end),
		cmocka_unit_test(a_file_cut_short_anywhere_is_read_to_its_end),
		cmocka_unit_test(many_users_load_in_a_moment),
		cmocka_unit_test(a_configuration_that_others_can_change_is_refused),
		cmocka_unit_test(a_configuration_that_is_gone_is_told_how_to_make),
		cmocka_unit_test(the_control_socket_is_found_in_a_broken_file_too),
		cmocka_unit_test(freeing_nothing_is_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
