/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <openssl/crypto.h>

unsigned sw_secret_eq(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint32_t diff = 0;

	for (size_t i = 0; i < n; i++)
		diff |= (uint32_t)(x[i] ^ y[i]);
	return (diff - 1) >> 31; /* 0 - 1 has the top bit, 1..255 - 1 has not */
}

void sw_secret_select(unsigned which, void *out, const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a;
	const volatile uint8_t *y = b;
	uint8_t mask = (uint8_t)(0u - which);
	uint8_t *o = out;

	for (size_t i = 0; i < n; i++)
		o[i] = (uint8_t)((x[i] & mask) | (y[i] & (uint8_t)~mask));
}

void sw_secret_wipe(void *p, size_t n)
{
	OPENSSL_cleanse(p, n);
}
