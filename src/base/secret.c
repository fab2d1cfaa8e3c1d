/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

/* The compiler knows no more of what comes out than that it was computed. */
static uint64_t opaque(uint64_t v)
{
	__asm__("" : "+r"(v));
	return v;
}

static uint64_t word_at(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

unsigned sw_secret_eq(const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;
	uint64_t diff = 0;

	for (; n >= sizeof(diff); n -= sizeof(diff), x += sizeof(diff), y += sizeof(diff))
		diff |= word_at(x) ^ word_at(y);
	for (size_t i = 0; i < n; i++)
		diff |= (uint64_t)(x[i] ^ y[i]);
	diff = opaque(diff);
	return (unsigned)(((diff | (0 - diff)) >> 63) ^
			  1); /* of a number but 0, one has the top bit */
}

void sw_secret_select(unsigned which, void *out, const void *a, const void *b, size_t n)
{
	const uint8_t *x = a, *y = b;
	uint64_t mask = opaque(0u - (uint64_t)which);
	uint8_t *o = out;

	for (; n >= sizeof(mask); n -= sizeof(mask)) {
		uint64_t v = (word_at(x) & mask) | (word_at(y) & ~mask);

		memcpy(o, &v, sizeof(v));
		x += sizeof(v);
		y += sizeof(v);
		o += sizeof(v);
	}
	for (size_t i = 0; i < n; i++)
		o[i] = (uint8_t)((x[i] & mask) | (y[i] & ~mask));
}

void sw_secret_wipe(void *p, size_t n)
{
	if (n > 0)                    /* then p may be NULL */
		explicit_bzero(p, n); /* libcrypto's goes eight octets at a time */
}
