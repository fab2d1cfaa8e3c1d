/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "core/date.h"

static const char *date(int64_t s)
{
	static char room[64];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_date_write(&b, (struct sw_wall){ s * SW_US_PER_S });
	return sw_buf_text(&b);
}

static void a_moment_has_one_spelling(void **state)
{
	static const struct {
		int64_t s;
		const char *want;
	} rows[] = {
		{ 0, "Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 1289690940, "Sat, 13 Nov 2010 23:29:00 GMT" }, /* RFC 3261 20.17 */
		{ 951782399, "Mon, 28 Feb 2000 23:59:59 GMT" },
		{ 951782400, "Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 4107542400, "Mon, 01 Mar 2100 00:00:00 GMT" },
		{ 253402300799, "Fri, 31 Dec 9999 23:59:59 GMT" },
		{ 253402300800, "" },
		{ -1, "" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(date(rows[i].s), rows[i].want);
}

/* Against the C library: every day of 1,100 years, each at another second. */
static void every_day_is_that_of_the_calendar(void **state)
{
	(void)state;
	for (int64_t day = 0; day < 400000; day++) {
		time_t s = (time_t)(day * 86400 + day * 7919 % 86400);
		struct tm tm;
		char want[64];

		assert_non_null(gmtime_r(&s, &tm));
		assert_int_not_equal(strftime(want, sizeof(want), "%a, %d %b %Y %H:%M:%S GMT", &tm),
				     0);
		assert_string_equal(date(s), want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_has_one_spelling),
		cmocka_unit_test(every_day_is_that_of_the_calendar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
