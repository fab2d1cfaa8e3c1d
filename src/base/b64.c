/* SPDX-License-Identifier: Apache-2.0 */
#include "base/b64.h"

#include <assert.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '-')
		return 62;
	return c == '_' ? 63 : -1;
}

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
		int d = digit(s.p[i]);

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
