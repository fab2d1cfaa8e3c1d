/* SPDX-License-Identifier: Apache-2.0 */
/* Values of header fields, by the syntax that their row in field.def names. */
#ifndef SIPWARD_FIELDVALUE_H
#define SIPWARD_FIELDVALUE_H

#include <sipward/msg.h>

/* A message whose values are read; zeroed at the start but for m. */
struct sw_fieldvalues {
	struct sw_msg *m;
	unsigned vias, routes, contacts; /* values of lists so far, over all fields of the name */
	struct sw_fault why;             /* after a refusal */
};

/* "*" that stands for a whole value of a Contact: then *rest moves behind it and its comma. */
bool sw_fieldvalue_star(struct sw_slice *rest);

/* Read one header field, into the message where it has a place for it. */
SW_MUST enum sw_reason sw_fieldvalue_read(struct sw_fieldvalues *in, const struct sw_header *h);

#endif
