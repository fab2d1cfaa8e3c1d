/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629): is it, and can it be shown? */
#ifndef SIPWARD_UTF8_H
#define SIPWARD_UTF8_H

#include <sipward/slice.h>

/*
 * Octets of the first character of s; 0 when s is empty or does not begin with one: overlong
 * forms, surrogates, what lies above U+10FFFF, and the controls U+0080 to U+009F, which some
 * terminals obey.
 */
size_t sw_utf8_len(struct sw_slice s);

/* The second or a later octet of a character? */
static inline bool sw_utf8_is_tail(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/*
 * Does the character that s begins with show nothing, break a line or turn the direction of what
 * is written? The second: does it turn it? s begins with one, as sw_utf8_len says.
 */
bool sw_utf8_is_hidden(struct sw_slice s);
bool sw_utf8_turns(struct sw_slice s);

/* Control characters of ASCII but tab. */
static inline bool sw_utf8_is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t') || c == 0x7f;
}

#endif
