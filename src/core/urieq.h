/* SPDX-License-Identifier: Apache-2.0 */
/* When parts of two URIs are the same (RFC 3261 19.1.4); whole ones: <sipward/uri.h>. */
#ifndef SIPWARD_URIEQ_H
#define SIPWARD_URIEQ_H

#include <sipward/uri.h>

/* Names are equal in any case, and escaped or not: somebody may take an escape away first. */
bool sw_urieq_name(struct sw_slice a, struct sw_slice b);

/* Octets that make a number readable and are no part of it (RFC 3966 5.1.1). */
bool sw_urieq_is_separator(char c);

#endif
