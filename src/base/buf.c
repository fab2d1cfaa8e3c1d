/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <endian.h>

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

/* The eight digits of four octets, by arithmetic: what is looked up by a secret may show. */
static uint64_t hex_of_four(const uint8_t *p)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t x = (uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3];

	x = (x | x << 16) & 0x0000ffff0000ffff;
	x = (x | x << 8) & 0x00ff00ff00ff00ff;
	x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
	uint64_t is_letter = (x + 6 * ones) >> 4 & ones;

	return htobe64(x + '0' * ones + ('a' - '0' - 10) * is_letter);
}

void sw_buf_hex(struct sw_buf *b, const uint8_t *octets, size_t n)
{
	if (b->full || 2 * n > b->cap - b->n) {
		b->full = true;
		return;
	}
	for (size_t i = 0; i < n; i += 4) {
		uint8_t four[4] = { 0 };
		size_t part = n - i < sizeof(four) ? n - i : sizeof(four);

		memcpy(four, octets + i, part);
		uint64_t digits = hex_of_four(four);

		memcpy(b->p + b->n, &digits, 2 * part);
		b->n += 2 * part;
	}
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
