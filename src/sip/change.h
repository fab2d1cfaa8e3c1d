/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A change of a binding as octets, for journals: what it is now, or that it has ended. Octets come
 * from files, so all that is read is checked; whether they are whole is the journal's business.
 */
#ifndef SIPWARD_CHANGE_H
#define SIPWARD_CHANGE_H

#include "base/buf.h"
#include "sip/location.h"

struct sw_change {
	bool is_gone; /* only the id of the binding is set */
	struct sw_binding binding;
};

#define SW_CHANGE_MAX 1400 /* octets of the longest one */

/* The longest one fits in SW_CHANGE_MAX octets. Of lengths that cannot be nothing is written. */
void sw_change_put(struct sw_buf *out, const struct sw_binding *b);
void sw_change_end(struct sw_buf *out, uint64_t id);

/* false: no change looks like this. *out is then unset. */
SW_MUST bool sw_change_parse(struct sw_slice octets, struct sw_change *out);

#endif
