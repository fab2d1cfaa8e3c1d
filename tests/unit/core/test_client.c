/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/client.h"

#define MD5    SW_ALG_BIT(SW_ALG_MD5)
#define SHA256 SW_ALG_BIT(SW_ALG_SHA256)
#define SHA512 SW_ALG_BIT(SW_ALG_SHA512_256)

static const struct sw_client_policy plain;

/* Order as letters: 2 SHA-256, 5 SHA-512-256, m MD5; a mark behind for the -sess form. */
static const char *order_by(const struct sw_client_policy *p, struct sw_slice user_agent,
			    unsigned set)
{
	static char text[2 * SW_ALG_FORMS + 1];
	struct sw_alg_form form[SW_ALG_FORMS];
	size_t n = sw_client_order(p, user_agent, set, form), at = 0;

	assert_true(n <= SW_ALG_FORMS);
	for (size_t i = 0; i < n; i++) {
		text[at++] = ".m25"[form[i].alg];
		if (form[i].sess)
			text[at++] = '\'';
	}
	text[at] = '\0';
	return text;
}

static const char *order_of(struct sw_slice user_agent, unsigned set)
{
	return order_by(&plain, user_agent, set);
}

static const struct {
	const char *name;
	struct sw_slice user_agent;
	unsigned set;
	const char *want;
} rows[] = {
	{ "nobody in particular", SW_INIT(""), SW_ALG_ALL, "25m" },
	{ "a phone that knows all", SW_INIT("Linphone-Desktop/5.1"), SW_ALG_ALL, "25m" },
	{ "gives up when SHA-256 is offered", SW_INIT("baresip v1.0.0 (x86_64/linux)"), SW_ALG_ALL,
	  "m" },
	{ "reads only the first", SW_INIT("sipsak 0.9.8.1"), SW_ALG_ALL, "m25" },
	{ "in any case", SW_INIT("BareSIP"), SW_ALG_ALL, "m" },
	{ "sipp", SW_INIT("SIPp/3.6.1"), SHA256 | MD5, "m2" },
	{ "in a browser", SW_INIT("JsSIP 3.10.1"), SHA512 | MD5, "m5" },
	{ "in another browser", SW_INIT("SIP.js/0.21"), SW_ALG_ALL, "m25" },
	{ "a prefix, not a part", SW_INIT("my baresip"), SW_ALG_ALL, "25m" },
	{ "less than the prefix", SW_INIT("baresi"), SW_ALG_ALL, "25m" },
	{ "the table moves nothing without MD5", SW_INIT("baresip"), SW_ALG_STRONG, "25" },
	{ "nor for those who read the first", SW_INIT("sipsak"), SHA256, "2" },
	{ "one algorithm", SW_INIT("x"), SHA512, "5" },
	{ "MD5 alone", SW_INIT("baresip"), MD5, "m" },
	{ "an empty set", SW_INIT("baresip"), 0, "" },
	{ "-sess forms behind their plain ones", SW_INIT("x"), SW_ALG_EVERY, "22'55'mm'" },
	{ "-sess forms alone", SW_INIT("x"), SW_ALG_ALL << 3, "2'5'm'" },
	{ "first of -sess forms", SW_INIT("sipsak"), SW_ALG_EVERY, "mm'22'55'" },
	{ "alone of -sess forms", SW_INIT("baresip"), SW_ALG_EVERY, "m" },
	{ "MD5-sess is no MD5 for the table", SW_INIT("baresip"), SW_ALG_SESS(SW_ALG_MD5) | SHA256,
	  "2m'" },
	{ "a set of none", SW_INIT("x"), SW_ALG_BIT(SW_ALG_NONE), "" },
};

static void a_client_is_offered_what_it_can_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_slice user_agent = exact_copy(rows[i].user_agent);

		print_message("%s\n", rows[i].name);
		assert_string_equal(order_of(user_agent, rows[i].set), rows[i].want);
		exact_free(user_agent);
	}
}

static void nothing_is_offered_that_is_not_in_the_set(void **state)
{
	static const struct sw_slice agents[] = { SW_INIT("baresip"), SW_INIT("sipsak"),
						  SW_INIT("") };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(agents); i++)
		for (unsigned set = 0; set < 256; set++) {
			struct sw_alg_form form[SW_ALG_FORMS];
			unsigned offered = 0;
			size_t n = sw_client_order(&plain, agents[i], set, form);

			for (size_t j = 0; j < n; j++) {
				assert_false(offered & sw_alg_form_bit(form[j])); /* none twice */
				offered |= sw_alg_form_bit(form[j]);
			}
			assert_int_equal(offered & ~(set & SW_ALG_EVERY), 0);
			assert_int_equal(offered == 0, (set & SW_ALG_EVERY) == 0);
		}
}

static void rules_of_the_operator_come_before_all_else(void **state)
{
	static const struct sw_client_rule rules[] = {
		{ SW_INIT("baresip v2"), SW_CLIENT_ALL },
		{ SW_INIT("Acme"), SW_CLIENT_MD5_ALONE },
		{ SW_INIT("Old"), SW_CLIENT_FIRST_ONLY },
	};
	static const struct {
		const char *agent, *by_auto, *by_strong, *by_md5_first;
	} agents[] = {
		{ "", "25m", "25m", "m25" },           { "Linphone", "25m", "25m", "m25" },
		{ "baresip v1.0.0", "m", "25m", "m" }, { "BARESIP V2.1", "25m", "25m", "25m" },
		{ "acme phone", "m", "m", "m" },       { "old", "m25", "m25", "m25" },
		{ "sipsak", "m25", "25m", "m25" },
	};
	struct sw_client_policy p = { .rule = rules, .rules = SW_ARRAY_LEN(rules) };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(agents); i++) {
		struct sw_slice ua = sw_slice_of(agents[i].agent);

		print_message("\"%s\"\n", agents[i].agent);
		p.order = SW_ORDER_AUTO;
		assert_string_equal(order_by(&p, ua, SW_ALG_ALL), agents[i].by_auto);
		p.order = SW_ORDER_STRONG;
		assert_string_equal(order_by(&p, ua, SW_ALG_ALL), agents[i].by_strong);
		p.order = SW_ORDER_MD5_FIRST;
		assert_string_equal(order_by(&p, ua, SW_ALG_ALL), agents[i].by_md5_first);
		assert_string_equal(order_by(&p, ua, SW_ALG_STRONG),
				    "25"); /* no MD5 to put on top */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_is_offered_what_it_can_read),
		cmocka_unit_test(rules_of_the_operator_come_before_all_else),
		cmocka_unit_test(nothing_is_offered_that_is_not_in_the_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
