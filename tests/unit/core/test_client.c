/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/client.h"

#define MD5    SW_ALG_BIT(SW_ALG_MD5)
#define SHA256 SW_ALG_BIT(SW_ALG_SHA256)
#define SHA512 SW_ALG_BIT(SW_ALG_SHA512_256)

/* Order as letters: 2 SHA-256, 5 SHA-512-256, m MD5. */
static const char *order_of(struct sw_slice user_agent, unsigned set)
{
	static char text[SW_ALG_COUNT + 1];
	enum sw_alg alg[SW_ALG_COUNT];
	size_t n = sw_client_order(user_agent, set, alg);

	assert_true(n < SW_ALG_COUNT);
	for (size_t i = 0; i < n; i++)
		text[i] = ".m25"[alg[i]];
	text[n] = '\0';
	return text;
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
		for (unsigned set = 0; set <= 15; set++) {
			enum sw_alg alg[SW_ALG_COUNT];
			unsigned offered = 0;
			size_t n = sw_client_order(agents[i], set, alg);

			for (size_t j = 0; j < n; j++) {
				assert_false(offered & SW_ALG_BIT(alg[j])); /* none twice */
				offered |= SW_ALG_BIT(alg[j]);
			}
			assert_int_equal(offered & ~(set & SW_ALG_ALL), 0);
			assert_int_equal(offered == 0, (set & SW_ALG_ALL) == 0);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_client_is_offered_what_it_can_read),
		cmocka_unit_test(nothing_is_offered_that_is_not_in_the_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
