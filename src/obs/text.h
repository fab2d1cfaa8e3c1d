/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets that a peer chose, made safe to print: for log lines, JSON and terminals. What comes
 * out is always valid UTF-8 without control characters, so that no name can end a line, move a
 * cursor or turn the direction of what is written behind it.
 */
#ifndef SIPWARD_TEXT_H
#define SIPWARD_TEXT_H

#include "base/buf.h"
#include "base/time.h"

/*
 * s with control characters, invalid UTF-8 and characters that show nothing or change direction
 * written as \xNN per octet, and each backslash doubled. What does not fit is cut between two
 * characters, never inside an escape.
 */
void sw_text_clean(struct sw_buf *b, struct sw_slice s);

/* Likewise between quotation marks; those inside are written as \". */
void sw_text_quote(struct sw_buf *b, struct sw_slice s);

/* "2026-11-23T08:14:07.412Z" */
void sw_text_time(struct sw_buf *b, struct sw_wall t);

/* "2026-11-23" of the same moment, in UTC. */
void sw_text_date(struct sw_buf *b, struct sw_wall t);

#endif
