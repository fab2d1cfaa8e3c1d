/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "plant.h"

unsigned __real_sw_secret_eq(const void *a, const void *b, size_t n);
unsigned __wrap_sw_secret_eq(const void *a, const void *b, size_t n);

/* proof: the last octet of a proof is not compared. */
unsigned __wrap_sw_secret_eq(const void *a, const void *b, size_t n)
{
	return __real_sw_secret_eq(a, b, is_planted("proof") ? n - 1 : n);
}
