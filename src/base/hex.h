/* SPDX-License-Identifier: Apache-2.0 */
/* Hexadecimal digits to octets; sw_buf_hex writes them. */
#ifndef SIPWARD_HEX_H
#define SIPWARD_HEX_H

#include <sipward/slice.h>

extern const uint8_t sw_hex_digits1[256];

/* 0 to 15, or -1; either case. */
static inline int sw_hex_digit(char c)
{
	return sw_hex_digits1[(unsigned char)c] - 1;
}

/* Exactly 2 * n digits of either case into n octets. out is written only on true. */
SW_MUST bool sw_hex_parse(struct sw_slice s, uint8_t *out, size_t n);

#endif
