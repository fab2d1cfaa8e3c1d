/* SPDX-License-Identifier: Apache-2.0 */
#include "base/b64.h"

#include <assert.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Values + 1 of the alphabet: random digits are not guessed by branches. */
static const uint8_t digit1[256] = {
	['A'] = 1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11,         12,         13,
	14,         15, 16, 17, 18, 19, 20, 21, 22, 23, 24,         25,         26,
	['a'] = 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37,         38,         39,
	40,         41, 42, 43, 44, 45, 46, 47, 48, 49, 50,         51,         52,
	['0'] = 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, ['-'] = 63, ['_'] = 64,
};

void sw_b64_write(struct sw_buf *b, const uint8_t *octets, size_t n)
{
	uint32_t bits = 0;
	unsigned have = 0;

	for (size_t i = 0; i < n; i++) {
		bits = bits << 8 | octets[i];
		for (have += 8; have >= 6; have -= 6)
			sw_buf_char(b, alphabet[bits >> (have - 6) & 63]);
	}
	if (have > 0)
		sw_buf_char(b, alphabet[bits << (6 - have) & 63]);
}

bool sw_b64_parse(struct sw_slice s, uint8_t *out, size_t n)
{
	uint8_t octets[64];
	uint32_t bits = 0;
	unsigned have = 0;
	size_t k = 0;

	assert(n <= sizeof(octets));
	if (s.n != SW_B64_LEN(n))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		int d = digit1[(unsigned char)s.p[i]] - 1;

		if (d < 0)
			return false;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			octets[k++] = (uint8_t)(bits >> have);
		}
	}
	if ((bits & ((1u << have) - 1)) != 0) /* a second spelling of the same octets */
		return false;
	memcpy(out, octets, n);
	return true;
}
