/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <sipward/digest.h>

#include "core/authfault.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define GOOD                                                                           \
	"username=\"a\", realm=\"r\", nonce=\"n\", uri=\"sip:h\", algorithm=SHA-256, " \
	"cnonce=\"c\", qop=auth"

/* "^" stands before the octet in the way. */
static const struct {
	const char *name, *in;
	enum sw_reason reason;
	enum sw_rule rule;
} rows[] = {
	{ "no equals sign", "Digest username ^\"a\"", SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_PARAM },
	{ "no value", "Digest username=^, realm=x", SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_PARAM },
	{ "a comma last", "Digest " GOOD ",^", SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_PARAM },
	{ "no comma", "Digest username=\"a\" ^realm=\"r\"", SW_R_DIGEST_SYNTAX,
	  SW_RULE_AUTH_PARAM },
	{ "a quote not closed", "Digest username=\"a^", SW_R_DIGEST_SYNTAX, SW_RULE_QUOTED },
	{ "a backslash", "Digest username=\"^\\a\"", SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_VALUE },
	{ "nc of seven digits", "Digest " GOOD ", nc=0000001^, response=\"" HEX64 "\"",
	  SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_VALUE },
	{ "nc with a letter", "Digest " GOOD ", nc=0000^g001, response=\"" HEX64 "\"",
	  SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_VALUE },
	{ "nc of nine digits", "Digest " GOOD ", nc=00000001^0, response=\"" HEX64 "\"",
	  SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_VALUE },
	{ "nc of nothing", "Digest " GOOD ", nc=^00000000, response=\"" HEX64 "\"",
	  SW_R_DIGEST_SYNTAX, SW_RULE_AUTH_VALUE },
	{ "a parameter twice", "Digest " GOOD ", ^Nonce=\"m\"", SW_R_DIGEST_PARAM_TWICE,
	  SW_RULE_AUTH_ONCE },
	{ "no response", "Digest " GOOD ", nc=00000001^", SW_R_DIGEST_PARAM_GONE,
	  SW_RULE_AUTH_NEEDED },
	{ "too many parameters",
	  "Digest a=1,b=1,c=1,d=1,e=1,f=1,g=1,h=1,i=1,j=1,k=1,l=1,m=1,n=1,o=1,p=1,q=1,r=1,s=1,t=1,^u=1",
	  SW_R_TOO_MANY, SW_RULE_AUTH_LIMIT },
};

static void credentials_are_refused_at_an_octet(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		const char *mark = strchr(rows[i].in, '^');
		size_t at = (size_t)(mark - rows[i].in);
		struct sw_fault why = { 0 };
		struct sw_digest d;
		char text[512];

		print_message("%s\n", rows[i].name);
		snprintf(text, sizeof(text), "%.*s%s", (int)at, rows[i].in, mark + 1);
		struct sw_slice in = exact_copy(sw_slice_of(text));

		assert_int_equal(sw_digest_parse(in, &d), rows[i].reason);
		assert_true(sw_authfault_find(in, rows[i].reason, &why));
		assert_string_equal(sw_rule_name(why.rule), sw_rule_name(rows[i].rule));
		assert_int_equal(why.at - in.p, at);
		exact_free(in);
	}
}

static void what_is_judged_later_names_its_value(void **state)
{
	struct sw_slice in = SW_LIT("Digest uri=\"sip:h\", qop=auth-int");
	struct sw_fault why = { 0 };

	(void)state;
	assert_true(sw_authfault_find(in, SW_R_DIGEST_URI, &why));
	assert_int_equal(why.at - in.p, 12);
	assert_int_equal(why.rule, SW_RULE_AUTH_URI);
	assert_true(sw_authfault_find(in, SW_R_DIGEST_QOP, &why));
	assert_int_equal(why.at - in.p, 24);
	in = SW_LIT("Digest uri=\"sip:h\"");
	assert_true(sw_authfault_find(in, SW_R_DIGEST_QOP, &why));
	assert_int_equal(why.at - in.p, in.n);
}

static void other_reasons_are_not_about_octets(void **state)
{
	struct sw_fault why = { 0 };

	(void)state;
	assert_false(sw_authfault_find(SW_LIT("Digest a=b"), SW_R_DIGEST_WRONG, &why));
	assert_false(sw_authfault_find(SW_LIT("Digest a=b"), SW_R_DIGEST_PARAM_TWICE, &why));
	assert_false(sw_authfault_find(SW_LIT("Digest a=b"), SW_R_TOO_MANY, &why));
	assert_false(sw_authfault_find(SW_LIT("Basic a=b"), SW_R_DIGEST_SYNTAX, &why));
	assert_false(sw_authfault_find(SW_LIT(""), SW_R_DIGEST_SYNTAX, &why));
	assert_null(why.at);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(credentials_are_refused_at_an_octet),
		cmocka_unit_test(what_is_judged_later_names_its_value),
		cmocka_unit_test(other_reasons_are_not_about_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
