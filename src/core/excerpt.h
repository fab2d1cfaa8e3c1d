/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands around an octet of a message, for the account of a refusal. One line, or the part
 * of it that is near; never of a body or of credentials, and passwords of URIs as asterisks.
 * Octets are as they came: whoever shows them cleans them.
 */
#ifndef SIPWARD_EXCERPT_H
#define SIPWARD_EXCERPT_H

#include <sipward/slice.h>

#define SW_EXCERPT_MAX 48

struct sw_excerpt {
	uint32_t line, column; /* from 1; 0: none was made */
	uint8_t n;             /* octets of text; 0: it is not shown */
	uint8_t mark;          /* index of the octet; n: the text ends before it */
	char text[SW_EXCERPT_MAX];
};

/* at: offset of the octet, up to octets.n. Time is linear in at and the length of the field. */
void sw_excerpt_make(struct sw_excerpt *out, struct sw_slice octets, size_t at);

#endif
