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
	for (size_t i = 0; i < n; i += 3) {
		size_t left = n - i, digits = left < 3 ? SW_B64_LEN(left) : 4;
		uint32_t bits = (uint32_t)octets[i] << 16 |
				(left > 1 ? (uint32_t)octets[i + 1] << 8 : 0) |
				(left > 2 ? octets[i + 2] : 0);
		const char four[4] = { alphabet[bits >> 18], alphabet[bits >> 12 & 63],
				       alphabet[bits >> 6 & 63], alphabet[bits & 63] };

		sw_buf_put(b, (struct sw_slice){ four, digits });
	}
}

/* The value of up to four digits, those that are missing as 0. false: one is no digit. */
static bool read_four(const char *p, size_t digits, uint32_t *out)
{
	uint32_t bits = 0;
	bool ok = true;

	for (size_t i = 0; i < 4; i++) {
		uint8_t d1 = i < digits ? digit1[(unsigned char)p[i]] : 1;

		ok = ok && d1 > 0;
		bits = bits << 6 | (uint32_t)(d1 - 1);
	}
	*out = bits;
	return ok;
}

bool sw_b64_parse(struct sw_slice s, uint8_t *out, size_t n)
{
	uint8_t octets[66];
	size_t k = 0;
	uint32_t bits;

	assert(n <= 64);
	if (s.n != SW_B64_LEN(n))
		return false;
	for (; s.n > 0; s = sw_slice_from(s, 4), k += 3) {
		if (!read_four(s.p, s.n, &bits))
			return false;
		octets[k] = (uint8_t)(bits >> 16);
		octets[k + 1] = (uint8_t)(bits >> 8);
		octets[k + 2] = (uint8_t)bits;
	}
	for (size_t i = n; i < k; i++)
		if (octets[i] != 0) /* a second spelling of the same octets */
			return false;
	memcpy(out, octets, n);
	return true;
}
