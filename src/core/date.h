/* SPDX-License-Identifier: Apache-2.0 */
/* A moment as SIP-date (RFC 3261 20.17): phones without a clock set theirs by it. */
#ifndef SIPWARD_DATE_H
#define SIPWARD_DATE_H

#include "base/buf.h"
#include "base/time.h"

/* "Sat, 13 Nov 2010 23:29:00 GMT"; nothing outside the years 1970 to 9999. */
void sw_date_write(struct sw_buf *b, struct sw_wall at);

#endif
