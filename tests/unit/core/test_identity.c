/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include "core/identity.h"

static const struct {
	const char *name;
	struct sw_slice user, to;
	enum sw_reason reason;
} rows[] = {
	{ "its own", SW_INIT("alice"), SW_INIT("sip:alice@example.com"), SW_OK },
	{ "sips is the same", SW_INIT("alice"), SW_INIT("sips:alice@EXAMPLE.com:5061;x=y"), SW_OK },
	{ "by another of our domains", SW_INIT("alice"), SW_INIT("sip:alice@other.example"),
	  SW_OK },
	{ "by our address", SW_INIT("alice"), SW_INIT("sip:alice@192.0.2.1"), SW_OK },
	{ "escaped (RFC 3261 10.3)", SW_INIT("alice"), SW_INIT("sip:%61lice@example.com"), SW_OK },
	{ "an octet that must be escaped", SW_INIT("a@b"), SW_INIT("sip:a%40b@example.com"),
	  SW_OK },
	{ "somebody else's", SW_INIT("alice"), SW_INIT("sip:bob@example.com"), SW_R_IDENTITY_AOR },
	{ "another case", SW_INIT("alice"), SW_INIT("sip:Alice@example.com"), SW_R_IDENTITY_AOR },
	{ "its own and more", SW_INIT("alice"), SW_INIT("sip:alice%00@example.com"),
	  SW_R_IDENTITY_AOR },
	{ "a beginning of its own", SW_INIT("alice"), SW_INIT("sip:ali@example.com"),
	  SW_R_IDENTITY_AOR },
	{ "unescaped twice", SW_INIT("alice"), SW_INIT("sip:%2561lice@example.com"),
	  SW_R_IDENTITY_AOR },
	{ "parameters in the user part", SW_INIT("alice"), SW_INIT("sip:alice;x=y@example.com"),
	  SW_R_IDENTITY_AOR },
	{ "nobody's", SW_INIT("alice"), SW_INIT("sip:example.com"), SW_R_IDENTITY_AOR },
	{ "another domain", SW_INIT("alice"), SW_INIT("sip:alice@example.org"), SW_R_DOMAIN },
	{ "below our domain", SW_INIT("alice"), SW_INIT("sip:alice@x.example.com"), SW_R_DOMAIN },
	{ "another address", SW_INIT("alice"), SW_INIT("sip:alice@192.0.2.2"), SW_R_DOMAIN },
	{ "somebody else's of another domain", SW_INIT("alice"), SW_INIT("sip:bob@example.org"),
	  SW_R_DOMAIN },
	{ "a number", SW_INIT("alice"), SW_INIT("tel:+4930"), SW_R_URI_SYNTAX },
	{ "another scheme", SW_INIT("alice"), SW_INIT("mailto:alice@example.com"),
	  SW_R_URI_SYNTAX },
};

static void a_user_registers_its_own_address_only(void **state)
{
	static const struct sw_slice domains[] = { SW_INIT("other.example") };
	struct sw_policy p = { .realm = SW_LIT("example.com"), .domain = domains, .domains = 1 };
	struct sw_addr local;

	(void)state;
	assert_true(sw_addr_parse(SW_LIT("192.0.2.1"), &local));
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_user user = { 0 };
		struct sw_uri to;

		print_message("%s\n", rows[i].name);
		assert_true(sw_user_set_names(&user, rows[i].user, SW_LIT("people")));
		assert_int_equal(sw_uri_parse(rows[i].to, &to), SW_OK);
		assert_int_equal(sw_identity_register(&p, &user, &to, &local), rows[i].reason);
	}
	struct sw_user user = { .name = "alice", .name_n = 5 };

	assert_int_equal(sw_identity_register(&p, &user, &(struct sw_uri){ 0 }, &local),
			 SW_R_URI_SYNTAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_registers_its_own_address_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
