/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

void sw_buf_put(struct sw_buf *b, struct sw_slice s)
{
	if (b->full || s.n > b->cap - b->n) {
		b->full = true;
		return;
	}
	if (s.n > 0)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

void sw_buf_char(struct sw_buf *b, char c)
{
	if (b->full || b->n == b->cap) {
		b->full = true;
		return;
	}
	b->p[b->n++] = c;
}

void sw_buf_str(struct sw_buf *b, const char *text)
{
	sw_buf_put(b, sw_slice_of(text));
}

void sw_buf_u64(struct sw_buf *b, uint64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	sw_buf_put(b, (struct sw_slice){ digits + i, sizeof(digits) - i });
}

void sw_buf_hex(struct sw_buf *b, const uint8_t *octets, size_t n)
{
	static const char digit[] = "0123456789abcdef";

	if (b->full || 2 * n > b->cap - b->n) {
		b->full = true;
		return;
	}
	char *p = b->p + b->n;

	for (size_t i = 0; i < n; i++) {
		*p++ = digit[octets[i] >> 4];
		*p++ = digit[octets[i] & 15];
	}
	b->n += 2 * n;
}

const char *sw_buf_text(struct sw_buf *b)
{
	if (b->cap == 0)
		return "";
	if (b->n == b->cap)
		b->n--;
	b->p[b->n] = '\0';
	return b->p;
}
