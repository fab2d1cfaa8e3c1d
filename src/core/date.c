/* SPDX-License-Identifier: Apache-2.0 */
#include "core/date.h"

#define DAY_S    86400
#define LAST_DAY 2932896 /* 9999-12-31 */

#define DAYS_400 146097 /* of 400 years, after which the calendar repeats */
#define MARCH_0  719468 /* days from 0000-03-01 to 1970-01-01 */

struct day {
	uint32_t year, month, of_month; /* month and day from 1 */
};

/*
 * Years are counted from March, so that the leap day is the last of its year: then the days before
 * a month follow a line of 153 days in five months, and nothing needs to be counted off.
 */
static struct day day_of(uint32_t days)
{
	uint32_t in_span = (days + MARCH_0) % DAYS_400;
	uint32_t leap_days = in_span / 1460 - in_span / 36524 + in_span / (DAYS_400 - 1);
	uint32_t year = (in_span - leap_days) / 365;
	uint32_t of_year = in_span - (365 * year + year / 4 - year / 100);
	uint32_t month = (5 * of_year + 2) / 153; /* 0: March */
	struct day d = { .month = month < 10 ? month + 3 : month - 9,
			 .of_month = of_year - (153 * month + 2) / 5 + 1 };

	d.year = (days + MARCH_0) / DAYS_400 * 400 + year + (d.month <= 2);
	return d;
}

static void put_two(struct sw_buf *b, uint32_t v)
{
	sw_buf_char(b, (char)('0' + v / 10));
	sw_buf_char(b, (char)('0' + v % 10));
}

void sw_date_write(struct sw_buf *b, struct sw_wall at)
{
	static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* day 0 was a Thursday */
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t s = sw_wall_s(at);

	if (s < 0 || s / DAY_S > LAST_DAY)
		return;
	uint32_t days = (uint32_t)(s / DAY_S), rest = (uint32_t)(s % DAY_S);
	struct day d = day_of(days);

	sw_buf_put(b, (struct sw_slice){ &weekdays[(size_t)(days % 7) * 3], 3 });
	sw_buf_put(b, SW_LIT(", "));
	put_two(b, d.of_month);
	sw_buf_char(b, ' ');
	sw_buf_put(b, (struct sw_slice){ &months[(size_t)(d.month - 1) * 3], 3 });
	sw_buf_char(b, ' ');
	sw_buf_u64(b, d.year);
	sw_buf_char(b, ' ');
	put_two(b, rest / 3600);
	sw_buf_char(b, ':');
	put_two(b, rest / 60 % 60);
	sw_buf_char(b, ':');
	put_two(b, rest % 60);
	sw_buf_put(b, SW_LIT(" GMT"));
}
