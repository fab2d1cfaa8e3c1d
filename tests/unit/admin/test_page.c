/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "admin/page.h"

static const struct {
	const char *name, *in, *out;
} rows[] = {
	{ "plain", "berlin", "berlin" },
	{ "empty", "", "" },
	{ "quote", "a\"b", "a\\\"b" },
	{ "backslash", "a\\b", "a\\\\b" },
	{ "line end", "a\nb", "a\\nb" },
	{ "two octets", "\xc3\xa9", "\xc3\xa9" },
	{ "no UTF-8", "\xff", "\xef\xbf\xbd" },
	{ "cut UTF-8", "\xc3", "\xef\xbf\xbd" },
	{ "a label inside", "x\",y=\"", "x\\\",y=\\\"" },
};

static void a_label_is_escaped_so_that_it_stays_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_page p = { 0 };
		char want[128];

		print_message("%s\n", rows[i].name);
		sw_page_begin(&p, "");
		sw_page_label(&p, "trunk", (struct sw_slice){ rows[i].in, strlen(rows[i].in) });
		sw_page_u64(&p, 7);
		int n = snprintf(want, sizeof(want), "sipward_build_info{trunk=\"%s\"} 7\n",
				 rows[i].out);
		assert_int_equal(p.n, n);
		assert_memory_equal(p.p, want, (size_t)n);
		free(p.p);
	}
}

static void values_are_whole_numbers_seconds_and_ratios(void **state)
{
	static const char want[] = "sipward_build_info 18446744073709551615\n"
				   "sipward_build_info 1.000002\n"
				   "sipward_build_info 0.25\n"
				   "sipward_build_info 0\n";
	struct sw_page p = { 0 };

	(void)state;
	sw_page_plain_u64(&p, UINT64_MAX);
	sw_page_begin(&p, "");
	sw_page_seconds(&p, 1000002);
	sw_page_begin(&p, "");
	sw_page_real(&p, 0.25);
	sw_page_begin(&p, "");
	sw_page_real(&p, 0.0);
	assert_int_equal(p.n, sizeof(want) - 1);
	assert_memory_equal(p.p, want, p.n);
	free(p.p);
}

static void a_page_that_has_no_memory_stays_broken_and_writes_nothing(void **state)
{
	struct sw_page p = { .is_broken = true };

	(void)state;
	sw_page_family(&p, SW_FAMILY_ID_BUILD);
	sw_page_plain_u64(&p, 1);
	assert_null(p.p);
	assert_int_equal(p.n, 0);
	assert_true(p.is_broken);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_label_is_escaped_so_that_it_stays_one),
		cmocka_unit_test(values_are_whole_numbers_seconds_and_ratios),
		cmocka_unit_test(a_page_that_has_no_memory_stays_broken_and_writes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
