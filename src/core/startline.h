/* SPDX-License-Identifier: Apache-2.0 */
/* Request-Line and Status-Line (RFC 3261 7.1, 7.2). */
#ifndef SIPWARD_STARTLINE_H
#define SIPWARD_STARTLINE_H

#include <sipward/slice.h>

/* Is this line of a SIP message, well-formed or not? Noise and other protocols get no answer. */
bool sw_startline_is_sip(struct sw_slice line);

#endif
