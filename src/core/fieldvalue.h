/* SPDX-License-Identifier: Apache-2.0 */
/* Values of header fields, by the syntax that their row in field.def names. */
#ifndef SIPWARD_FIELDVALUE_H
#define SIPWARD_FIELDVALUE_H

#include <sipward/msg.h>

/* Values of lists so far, over all fields of the name. Zeroed at the start of a message. */
struct sw_fieldvalue_count {
	unsigned vias, routes, contacts;
};

/* "*" that stands for a whole value of a Contact: then *rest moves behind it and its comma. */
bool sw_fieldvalue_star(struct sw_slice *rest);

/* Read one header field, into *m where the message has a place for it. */
SW_MUST enum sw_reason sw_fieldvalue_read(struct sw_msg *m, const struct sw_header *h,
					  struct sw_fieldvalue_count *count, struct sw_fault *why);

#endif
