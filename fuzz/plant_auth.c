/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "plant.h"

unsigned __real_sw_secret_eq(const void *a, const void *b, size_t n);
unsigned __wrap_sw_secret_eq(const void *a, const void *b, size_t n);

/* verify: any response is the right one. */
unsigned __wrap_sw_secret_eq(const void *a, const void *b, size_t n)
{
	return is_planted("verify") ? 1 : __real_sw_secret_eq(a, b, n);
}
