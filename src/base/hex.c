/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hex.h"

int sw_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

bool sw_hex_parse(struct sw_slice s, uint8_t *out, size_t n)
{
	if (s.n != 2 * n)
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (sw_hex_digit(s.p[i]) < 0)
			return false;
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(sw_hex_digit(s.p[2 * i]) << 4 | sw_hex_digit(s.p[2 * i + 1]));
	return true;
}
