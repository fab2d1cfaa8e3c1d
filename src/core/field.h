/* SPDX-License-Identifier: Apache-2.0 */
/* Names of header fields (RFC 3261 7.3, 7.3.3): found by name, written in one spelling. */
#ifndef SIPWARD_FIELD_H
#define SIPWARD_FIELD_H

#include <sipward/msg.h>

enum sw_syntax {
	SW_SYNTAX_TEXT = 0, /* not read */
	SW_SYNTAX_VIA,
	SW_SYNTAX_PARTY,     /* From and To: one address */
	SW_SYNTAX_ADDRESS,   /* one address */
	SW_SYNTAX_ADDRESSES, /* a list of them */
	SW_SYNTAX_CONTACTS,  /* likewise, or "*" alone */
	SW_SYNTAX_ROUTES,    /* a list of URIs in brackets */
	SW_SYNTAX_CALL_ID,
	SW_SYNTAX_CSEQ,
	SW_SYNTAX_MAX_FORWARDS,
	SW_SYNTAX_LENGTH, /* judged with the body */
	SW_SYNTAX_TOKENS,
	SW_SYNTAX_MEDIA_TYPE,
};

/* By name or compact form, in any case; SW_FIELD_OTHER for all that are not in the table. */
enum sw_field sw_field_find(struct sw_slice name);

/* No name in the table is longer. */
#define SW_FIELD_NAME_MAX 29

/* The long name as RFCs spell it; empty for SW_FIELD_OTHER. */
struct sw_slice sw_field_name(enum sw_field f);

bool sw_field_is_once(enum sw_field f);
enum sw_syntax sw_field_syntax(enum sw_field f);

#endif
