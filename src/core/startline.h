/* SPDX-License-Identifier: Apache-2.0 */
/* Request-Line and Status-Line (RFC 3261 7.1, 7.2). */
#ifndef SIPWARD_STARTLINE_H
#define SIPWARD_STARTLINE_H

#include <sipward/msg.h>

/* Is this line of a SIP message, well-formed or not? Noise and other protocols get no answer. */
bool sw_startline_is_sip(struct sw_slice line);

/* Read a line that is. What could be read is in *m also after a refusal. */
SW_MUST enum sw_reason sw_startline_read(struct sw_slice line, struct sw_msg *m,
					 struct sw_fault *why);

#endif
