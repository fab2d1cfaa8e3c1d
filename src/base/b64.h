/* SPDX-License-Identifier: Apache-2.0 */
/*
 * base64url without padding (RFC 4648 5). Strict: one spelling per value, so padding, other
 * alphabets, blanks and stray low bits in the last digit are refused.
 */
#ifndef SIPWARD_B64_H
#define SIPWARD_B64_H

#include "base/buf.h"

/* Digits that n octets take. */
#define SW_B64_LEN(n) (((n)*4 + 2) / 3)

void sw_b64_write(struct sw_buf *b, const uint8_t *octets, size_t n);

/* Exactly n octets from SW_B64_LEN(n) digits. out is written only on true. n is at most 64. */
SW_MUST bool sw_b64_parse(struct sw_slice s, uint8_t *out, size_t n);

#endif
