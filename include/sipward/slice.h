/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A slice: borrowed, constant octets with a length. No NUL ends it and none is special in it.
 * Passed by value; whoever made the octets keeps them alive. An empty slice may have p == NULL.
 */
#ifndef SIPWARD_SLICE_H
#define SIPWARD_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define SW_MUST __attribute__((warn_unused_result))

struct sw_slice {
	const char *p;
	size_t n;
};

/* A slice of a string literal: in expressions, and in static tables. */
#define SW_LIT(s) ((struct sw_slice){ (s), sizeof(s) - 1 })
#define SW_INIT(s)                 \
	{                          \
		(s), sizeof(s) - 1 \
	}

#define SW_ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline bool sw_slice_eq(struct sw_slice a, struct sw_slice b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* The n octets of both, where A to Z equal a to z (ASCII only, no locale). */
bool sw_slice_same_letters(const char *a, const char *b, size_t n);

/* As sw_slice_eq, but likewise. Most pairs that are compared differ in length. */
static inline bool sw_slice_eq_nocase(struct sw_slice a, struct sw_slice b)
{
	return a.n == b.n && (a.n == 0 || sw_slice_same_letters(a.p, b.p, a.n));
}

bool sw_slice_has_prefix(struct sw_slice s, struct sw_slice prefix);
bool sw_slice_has_prefix_nocase(struct sw_slice s, struct sw_slice prefix);

/* The octets of s from offset `at` on; empty when `at` is at or past the end. */
struct sw_slice sw_slice_from(struct sw_slice s, size_t at);

/* s without blanks and tabs at both ends. */
struct sw_slice sw_slice_trim(struct sw_slice s);

/* Octets of a NUL-terminated string, without the NUL; for names that come from main() or libc. */
struct sw_slice sw_slice_of(const char *text);

/* Plain decimal digits only, no sign, no blanks; false when empty, not a number or above max. */
SW_MUST bool sw_slice_u64(struct sw_slice s, uint64_t max, uint64_t *out);

#endif
