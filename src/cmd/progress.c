/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "share/clock.h"

#define EVERY_MS 100
#define BAR      24

static uint64_t now_ms(void)
{
	return sw_clock_mono().us / 1000;
}

void sw_progress_begin(struct sw_progress *p, const char *doing)
{
	p->is_shown = isatty(STDERR_FILENO) == 1;
	p->began_ms = now_ms();
	p->drawn_ms = p->began_ms;
	p->doing = doing;
}

const char *sw_progress_number(char room[32], uint64_t n)
{
	char digits[24];
	size_t len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	struct sw_buf b = sw_buf_over(room, 32);

	for (size_t i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			sw_buf_char(&b, ',');
		sw_buf_char(&b, digits[i]);
	}
	return sw_buf_text(&b);
}

static void put_bar(struct sw_buf *b, uint64_t done, uint64_t of)
{
	uint64_t full = done < of ? done * BAR / of : BAR;

	sw_buf_char(b, '[');
	for (uint64_t i = 0; i < BAR; i++)
		sw_buf_char(b, i < full ? '#' : '.');
	sw_buf_str(b, "] ");
	sw_buf_u64(b, done < of ? done * 100 / of : 100);
	sw_buf_str(b, " %");
}

static void put_rows(struct sw_buf *b, uint64_t rows, uint64_t ms)
{
	char room[32];

	sw_buf_str(b, "  ");
	sw_buf_str(b, sw_progress_number(room, rows));
	sw_buf_str(b, " rows");
	if (ms == 0)
		return;
	sw_buf_str(b, "  ");
	sw_buf_str(b, sw_progress_number(room, rows * 1000 / ms));
	sw_buf_str(b, "/s");
}

void sw_progress_show(struct sw_progress *p, uint64_t done, uint64_t of, uint64_t rows)
{
	uint64_t now = p->is_shown ? now_ms() : 0;
	char room[160];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	if (!p->is_shown || now - p->drawn_ms < EVERY_MS)
		return;
	p->drawn_ms = now;
	sw_buf_str(&b, "\r\033[K");
	sw_buf_str(&b, p->doing);
	sw_buf_char(&b, ' ');
	if (of > 0)
		put_bar(&b, done, of);
	if (rows > 0)
		put_rows(&b, rows, now - p->began_ms);
	sw_buf_str(&b, "  ");
	sw_buf_u64(&b, (now - p->began_ms) / 1000);
	sw_buf_str(&b, " s");
	(void)fputs(sw_buf_text(&b), stderr);
}

void sw_progress_end(struct sw_progress *p)
{
	if (p->is_shown)
		(void)fputs("\r\033[K", stderr);
	p->is_shown = false;
}
