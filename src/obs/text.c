/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/text.h"

#include <time.h>

#include "base/utf8.h"

/* Octets of the printable character at the start of s; 0 when there is none. */
static size_t printable_len(struct sw_slice s)
{
	size_t n = sw_utf8_len(s);

	if (n == 1 && ((unsigned char)s.p[0] < 0x20 || s.p[0] == 0x7f))
		return 0;
	return n > 0 && sw_utf8_is_hidden(s) ? 0 : n;
}

static void escape(struct sw_buf *b, char c)
{
	static const char digit[] = "0123456789abcdef";
	unsigned char u = (unsigned char)c;
	char out[4] = { '\\', 'x', digit[u >> 4], digit[u & 15] };

	sw_buf_put(b, (struct sw_slice){ out, sizeof(out) });
}

static void clean(struct sw_buf *b, struct sw_slice s, bool quoted)
{
	while (s.n > 0) {
		size_t n = printable_len(s);

		if (n == 0)
			escape(b, s.p[0]);
		else if (s.p[0] == '\\')
			sw_buf_put(b, SW_LIT("\\\\"));
		else if (s.p[0] == '"' && quoted)
			sw_buf_put(b, SW_LIT("\\\""));
		else
			sw_buf_put(b, (struct sw_slice){ s.p, n });
		s = sw_slice_from(s, n > 0 ? n : 1);
	}
}

void sw_text_clean(struct sw_buf *b, struct sw_slice s)
{
	clean(b, s, false);
}

void sw_text_quote(struct sw_buf *b, struct sw_slice s)
{
	sw_buf_char(b, '"');
	clean(b, s, true);
	sw_buf_char(b, '"');
}

static void digits(struct sw_buf *b, unsigned v, unsigned width)
{
	char out[4];

	for (unsigned i = width; i-- > 0; v /= 10)
		out[i] = (char)('0' + v % 10);
	sw_buf_put(b, (struct sw_slice){ out, width });
}

#define YEAR_10000_S 253402300800

/* Years that have four digits; other moments are shown as the first one of 1970. */
static struct sw_wall sane(struct sw_wall t)
{
	bool fits = t.us >= 0 && sw_wall_s(t) < YEAR_10000_S;

	return fits ? t : (struct sw_wall){ 0 };
}

static struct tm calendar(struct sw_wall t)
{
	time_t s = (time_t)sw_wall_s(t);
	struct tm tm;

	return gmtime_r(&s, &tm) ? tm : (struct tm){ .tm_year = 70, .tm_mday = 1 };
}

static void put_date(struct sw_buf *b, const struct tm *tm)
{
	digits(b, (unsigned)tm->tm_year + 1900, 4);
	sw_buf_char(b, '-');
	digits(b, (unsigned)tm->tm_mon + 1, 2);
	sw_buf_char(b, '-');
	digits(b, (unsigned)tm->tm_mday, 2);
}

void sw_text_date(struct sw_buf *b, struct sw_wall t)
{
	struct tm tm = calendar(sane(t));

	put_date(b, &tm);
}

void sw_text_time(struct sw_buf *b, struct sw_wall t)
{
	struct sw_wall shown = sane(t);
	struct tm tm = calendar(shown);
	unsigned ms = (unsigned)(shown.us % SW_US_PER_S / 1000);

	put_date(b, &tm);
	sw_buf_char(b, 'T');
	digits(b, (unsigned)tm.tm_hour, 2);
	sw_buf_char(b, ':');
	digits(b, (unsigned)tm.tm_min, 2);
	sw_buf_char(b, ':');
	digits(b, (unsigned)tm.tm_sec, 2);
	sw_buf_char(b, '.');
	digits(b, ms, 3);
	sw_buf_char(b, 'Z');
}
