/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that compares, selects or wipes secrets. Time depends on lengths, never on the
 * octets: not on where two values differ, nor on which one is chosen.
 */
#ifndef SIPWARD_SECRET_H
#define SIPWARD_SECRET_H

#include <sipward/slice.h>

/* 1 when the n octets are the same, else 0. */
SW_MUST unsigned sw_secret_eq(const void *a, const void *b, size_t n);

/* out = which == 1 ? a : b, octet by octet; which is 0 or 1. out may be a or b. */
void sw_secret_select(unsigned which, void *out, const void *a, const void *b, size_t n);

/* Overwrite; not removed by the compiler. */
void sw_secret_wipe(void *p, size_t n);

#endif
