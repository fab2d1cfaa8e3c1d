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

	if (v < 10) {
		sw_buf_char(b, (char)('0' + v));
		return;
	}
	do {
		digits[--i] = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	sw_buf_put(b, (struct sw_slice){ digits + i, sizeof(digits) - i });
}

/* The digits of up to four octets, by arithmetic: what is looked up by a secret may show. */
static uint64_t hex_of(uint32_t four)
{
	const uint64_t ones = 0x0101010101010101;
	uint64_t x = four;

	x = (x | x << 16) & 0x0000ffff0000ffff;
	x = (x | x << 8) & 0x00ff00ff00ff00ff;
	x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
	uint64_t is_letter = (x + 6 * ones) >> 4 & ones;

	return x + '0' * ones + ('a' - '0' - 10) * is_letter;
}

void sw_buf_hex(struct sw_buf *b, const uint8_t *octets, size_t n)
{
	if (b->full || 2 * n > b->cap - b->n) {
		b->full = true;
		return;
	}
	char *p = b->p + b->n;

	b->n += 2 * n;
	for (; n >= 4; n -= 4, octets += 4, p += 8) {
		uint32_t four;

		memcpy(&four, octets, sizeof(four));
		uint64_t digits = htobe64(hex_of(be32toh(four)));

		memcpy(p, &digits, sizeof(digits));
	}
	for (; n > 0; n--, octets++, p += 2) {
		uint64_t digits = hex_of(*octets);

		p[0] = (char)(digits >> 8);
		p[1] = (char)digits;
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
