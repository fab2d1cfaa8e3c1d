/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hash.h"
#include "conf/print.h"
#include "source.h"

#define TOP "realm example.com\nlisten udp 127.0.0.1\n"

static struct sw_conf *load(const char *text)
{
	struct sw_diags d = { 0 };
	struct sw_conf *c = load_text(text, &d);

	sw_diags_print(stderr, &d, SIZE_MAX);
	assert_non_null(c);
	sw_diags_free(&d);
	return c;
}

static const struct {
	const char *name, *text, *want;
} sentences[] = {
	{ "phones", "phones t {\naccept digest\nuser a file:p\n}\n",
	  "gets in by digest sha-256 or sha-512-256 over udp; registers here; 1 user" },
	{ "one algorithm", "phones t {\naccept digest sha-256\nuser a file:p\nuser b file:p\n}\n",
	  "gets in by digest sha-256 over udp; registers here; 2 users" },
	{ "MD5 with an end",
	  "phones t {\naccept digest md5 sha-256\nmd5 until 2027-06-30\nuser a file:p\n}\n",
	  "gets in by digest sha-256 or md5 (until 2027-06-30) over udp; registers here; 1 user" },
	{ "all three, MD5 without end",
	  "phones t {\naccept digest md5 sha-256 sha-512-256\nuser a file:p\nregister no\n}\n",
	  "gets in by digest sha-256, sha-512-256 or md5 over udp; does not register; 1 user" },
	{ "two ways",
	  "phones t {\naccept digest sha-256\naccept digest sha-512-256\nuser a file:p\n}\n",
	  "gets in by digest sha-256, or by digest sha-512-256 over udp; registers here; 1 user" },
	{ "switched off", "store memory\ntrunk t {\naccept digest sha-256\nenabled no\n}\n",
	  "is switched off; would get in by digest sha-256 over udp; does not register; its users are in the store" },
};

static void a_trunk_is_told_in_one_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(sentences); i++) {
		char text[512], out[512];
		struct sw_buf b = sw_buf_over(out, sizeof(out));
		struct sw_conf *c;

		(void)snprintf(text, sizeof(text), "%s%s", TOP, sentences[i].text);
		c = load(text);
		sw_print_trunk(&b, &c->policy, &c->policy.trunk[0]);
		print_message("%s\n", sentences[i].name);
		assert_string_equal(sw_buf_text(&b), sentences[i].want);
		sw_conf_free(c);
	}
}

static void the_document_is_the_file_without_its_form(void **state)
{
	static const char want[] =
		"{\"realm\":\"example.com\",\"listen\":[[\"udp\",\"127.0.0.1\"],"
		"[\"udp\",\"[::1]\",\"[::1]:5070\"]],\"domain\":[\"NO\",[\"a.example\",\"b.example\"]],"
		"\"nonce-life\":\"300s\",\"expires\":[\"60s\",\"1h\"],\"limit\":[[\"message\",\"8k\"]],"
		"\"phones\":{\"staff\":{\"accept\":[\"digest\",[\"digest\",\"md5\",\"because\","
		"\"a \\\"b\\\"\"]],\"user\":[[\"alice\",\"file:p\"]]},\"lab\":{\"accept\":[\"digest\"],"
		"\"enabled\":\"no\"}},\"trunk\":{\"berlin\":{\"accept\":[[\"digest\",\"sha-256\"]],"
		"\"user\":[[\"bob\",\"file:p\"]]}}}";
	struct sw_conf *c = load(TOP
				 "listen udp [::1] \\\n [::1]:5070\ndomain NO # no boolean\n"
				 "domain a.example b.example\nnonce-life 300s\nexpires 60s 1h\n"
				 "limit message 8k\nphones staff {\naccept digest\n"
				 "accept digest md5 because \"a \\\"b\\\"\"\nuser alice file:p\n}\n"
				 "trunk berlin {\naccept digest sha-256\nuser bob file:p\n}\n"
				 "phones lab {\naccept \"digest\"\nenabled no\n}\n");
	json_t *root = sw_print_json(c);
	char *text = json_dumps(root, JSON_COMPACT);

	(void)state;
	assert_string_equal(text, want);
	free(text);
	json_decref(root);
	sw_conf_free(c);
}

static void the_document_holds_what_includes_add_and_no_include(void **state)
{
	struct sw_hash *hash = sw_hash_new();
	struct sw_diags d = { 0 };
	struct sw_conf *c = sw_conf_load(&vectors_source, "good/12-include-adds.conf",
					 SW_CONF_RUNTIME, hash, TEST_NOW, &d);
	json_t *root, *staff;

	(void)state;
	assert_non_null(c);
	root = sw_print_json(c);
	staff = json_object_get(json_object_get(root, "phones"), "staff");
	assert_int_equal(json_array_size(json_object_get(staff, "user")), 3);
	assert_int_equal(json_array_size(json_object_get(staff, "accept")), 2);
	assert_null(json_object_get(root, "include"));
	json_decref(root);
	sw_conf_free(c);
	sw_diags_free(&d);
	sw_hash_free(hash);
}

static void diagnostics_are_json_too(void **state)
{
	static const char want[] =
		"[{\"code\":\"SW201\",\"severity\":\"error\",\"file\":\"test.conf\",\"line\":3,"
		"\"column\":1,\"message\":\"there is no key \\\"domian\\\" here\","
		"\"help\":[\"did you mean domain?\"]},"
		"{\"code\":\"SW001\",\"severity\":\"warning\",\"file\":\"test.conf\",\"line\":5,"
		"\"column\":1,\"message\":\"\\\"a\\\" takes MD5 without an end date\","
		"\"help\":[\"md5 until YYYY-MM-DD, on a line of its own\","
		"\"or end this line with: because \\\"…\\\"\"]}]";
	struct sw_diags d = { 0 };
	json_t *list;
	char *text;

	(void)state;
	assert_null(
		load_text(TOP "domian x\ntrunk a {\naccept digest md5\nuser u file:p\n}\n", &d));
	list = sw_print_diags(&d);
	text = json_dumps(list, JSON_COMPACT);
	assert_string_equal(text, want);
	free(text);
	json_decref(list);
	sw_diags_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_trunk_is_told_in_one_sentence),
		cmocka_unit_test(the_document_is_the_file_without_its_form),
		cmocka_unit_test(the_document_holds_what_includes_add_and_no_include),
		cmocka_unit_test(diagnostics_are_json_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
