/* SPDX-License-Identifier: Apache-2.0 */
#include "core/date.h"

#define DAY_S    86400
#define LAST_DAY 2932896 /* 9999-12-31 */

struct day {
	uint32_t year, month, of_month; /* month and day from 1 */
};

static uint32_t days_of(uint32_t year)
{
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return is_leap ? 366 : 365;
}

/* Whole spans of 400 years are alike; within one, years and months are counted off. */
static struct day day_of(uint32_t days)
{
	static const uint8_t months[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	struct day d = { .year = 1970, .month = 1 };

	d.year += days / 146097 * 400;
	days %= 146097;
	for (; days >= days_of(d.year); d.year++)
		days -= days_of(d.year);
	for (;; d.month++) {
		uint32_t n = months[d.month - 1];

		if (d.month == 2 && days_of(d.year) == 366)
			n++;
		if (days < n)
			break;
		days -= n;
	}
	d.of_month = days + 1;
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
