/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/value.h"

#include <sipward/policy.h>

#include "base/addr.h"

#define HOST_MAX  255
#define LABEL_MAX 63

struct unit {
	struct sw_slice word;
	uint64_t times;
};

static bool with_unit(struct sw_slice text, const struct unit *unit, size_t units, uint64_t *out)
{
	size_t digits = 0;
	uint64_t n;

	while (digits < text.n && text.p[digits] >= '0' && text.p[digits] <= '9')
		digits++;
	if (!sw_slice_u64((struct sw_slice){ text.p, digits }, UINT32_MAX, &n))
		return false;
	for (size_t i = 0; i < units; i++) {
		if (!sw_slice_eq(sw_slice_from(text, digits), unit[i].word))
			continue;
		*out = n * unit[i].times; /* 2^32 days in ms stay below 2^59 */
		return true;
	}
	return false;
}

bool sw_value_duration_ms(struct sw_slice text, uint64_t *out)
{
	static const struct unit units[] = {
		{ SW_INIT("ms"), 1 },      { SW_INIT("s"), 1000 },     { SW_INIT("m"), 60000 },
		{ SW_INIT("h"), 3600000 }, { SW_INIT("d"), 86400000 },
	};

	return with_unit(text, units, SW_ARRAY_LEN(units), out);
}

bool sw_value_size(struct sw_slice text, uint64_t *out)
{
	static const struct unit units[] = {
		{ SW_INIT("k"), 1024 },
		{ SW_INIT("m"), 1048576 },
	};

	return with_unit(text, units, SW_ARRAY_LEN(units), out);
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January. */
static int64_t days_to_year(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) -
	       (1969 / 4 - 1969 / 100 + 1969 / 400);
}

bool sw_value_date_end_s(struct sw_slice text, int64_t *out)
{
	static const uint64_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	uint64_t year, month, day, last;
	int64_t n;

	if (text.n != 10 || text.p[4] != '-' || text.p[7] != '-')
		return false;
	if (!sw_slice_u64((struct sw_slice){ text.p, 4 }, 9999, &year) || year < 2000 ||
	    !sw_slice_u64((struct sw_slice){ text.p + 5, 2 }, 12, &month) || month == 0)
		return false;
	last = days[month - 1] + (month == 2 && is_leap((int64_t)year));
	if (!sw_slice_u64((struct sw_slice){ text.p + 8, 2 }, last, &day) || day == 0)
		return false;
	n = days_to_year((int64_t)year);
	for (size_t i = 0; i + 1 < month; i++)
		n += (int64_t)days[i] + (i == 1 && is_leap((int64_t)year));
	*out = (n + (int64_t)day) * 86400;
	return true;
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

static bool is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c);
}

/* RFC 3261 25.1: hostname, without a dot at its end; the last label begins with a letter. */
static bool is_host_name(struct sw_slice text)
{
	size_t label = 0;

	for (size_t i = 0; i < text.n; i++) {
		bool is_end = i + 1 == text.n || text.p[i + 1] == '.';

		if (text.p[i] == '.') {
			label = i + 1;
			if (is_end)
				return false;
			continue;
		}
		if (!is_alnum(text.p[i]) && (text.p[i] != '-' || i == label || is_end))
			return false;
		if (i - label >= LABEL_MAX)
			return false;
	}
	return label < text.n && (text.p[label] < '0' || text.p[label] > '9');
}

bool sw_value_is_host(struct sw_slice text)
{
	struct sw_addr ip;

	if (text.n == 0 || text.n > HOST_MAX || text.p[0] == '.')
		return false;
	return sw_addr_parse(text, &ip) || is_host_name(text);
}

bool sw_value_is_trunk_name(struct sw_slice text)
{
	if (text.n == 0 || text.n > SW_NAME_MAX || !is_alnum(text.p[0]))
		return false;
	for (size_t i = 1; i < text.n; i++)
		if (!is_alnum(text.p[i]) && !is_one_of(text.p[i], "._-"))
			return false;
	return true;
}
