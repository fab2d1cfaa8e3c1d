/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message in the one spelling that every reader takes alike: long names of fields, one line a
 * field, single blanks where a value was folded, one Content-Length. The order of fields stays.
 */
#ifndef SIPWARD_MSGWRITE_H
#define SIPWARD_MSGWRITE_H

#include <sipward/msg.h>

#include "base/buf.h"

/*
 * Write what sw_msg_parse read without a refusal; anew, not as it came. What comes out is read
 * as the same message. Too long for the buffer: sw_buf_ok says so.
 */
void sw_msg_write(struct sw_buf *b, const struct sw_msg *m);

#endif
