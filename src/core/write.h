/* SPDX-License-Identifier: Apache-2.0 */
/* Writing header fields: one spelling, one line each, no folding. */
#ifndef SIPWARD_WRITE_H
#define SIPWARD_WRITE_H

#include "base/buf.h"

/* A value that may be folded inside, as one line: every fold becomes one blank. */
void sw_write_value(struct sw_buf *b, struct sw_slice value);

/* "Name: value" CR LF. */
void sw_write_field(struct sw_buf *b, struct sw_slice name, struct sw_slice value);

/* ";name=value" of each parameter of a list whose name is not among the skipped. */
void sw_write_params(struct sw_buf *b, struct sw_slice params, const struct sw_slice *skip,
		     size_t skips);

/* "Name: number" CR LF. */
void sw_write_number(struct sw_buf *b, struct sw_slice name, uint64_t number);

#endif
