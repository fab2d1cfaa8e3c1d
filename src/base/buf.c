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

typedef uint8_t octets16 __attribute__((vector_size(16)));

/* Likewise of sixteen octets: 32 digits at p. */
static void hex_of_16(const uint8_t *octets, char *p)
{
	octets16 x, half[2], low, high;

	memcpy(&x, octets, sizeof(x));
	low = x & 15;
	high = x / 16;
	low += '0' + ((octets16)(low > 9) & ('a' - '0' - 10));
	high += '0' + ((octets16)(high > 9) & ('a' - '0' - 10));
	half[0] = __builtin_shufflevector(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6,
					  22, 7, 23);
	half[1] = __builtin_shufflevector(high, low, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29,
					  14, 30, 15, 31);
	memcpy(p, half, sizeof(half));
}

void sw_buf_hex(struct sw_buf *b, const uint8_t *octets, size_t n)
{
	if (b->full || 2 * n > b->cap - b->n) {
		b->full = true;
		return;
	}
	char *p = b->p + b->n;

	b->n += 2 * n;
	for (; n >= 16; n -= 16, octets += 16, p += 32)
		hex_of_16(octets, p);
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
