/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

/* Values + 1. */
const uint8_t sw_hex_digits1[256] = {
	['0'] = 1, 2,  3,  4,  5,  6,          7,  8,  9,  10, ['A'] = 11,
	12,        13, 14, 15, 16, ['a'] = 11, 12, 13, 14, 15, 16,
};

bool sw_hex_parse(struct sw_slice s, uint8_t *out, size_t n)
{
	bool ok = s.n == 2 * n;

	for (size_t i = 0; ok && i < s.n; i++)
		ok = sw_hex_digit(s.p[i]) >= 0;
	for (size_t i = 0; ok && i < n; i++)
		out[i] = (uint8_t)(sw_hex_digit(s.p[2 * i]) * 16 + sw_hex_digit(s.p[2 * i + 1]));
	return ok;
}
