/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The account of a decision for people: text from the object that /v1/explain or /v1/events
 * gives. Pure: it asks nobody and prints nothing. Texts in the object are clean already.
 */
#ifndef SIPWARD_CMD_ACCOUNT_H
#define SIPWARD_CMD_ACCOUNT_H

#include <jansson.h>

#include "base/buf.h"

#define SW_ACCOUNT_ROOM 32768 /* octets that every account fits into */

/*
 * The whole: verdict, what was true and what was not, what the caller was told, where it came
 * from, who it was taken for, what to do. What the object lacks is left out.
 */
void sw_account_write(struct sw_buf *b, const json_t *answer, bool colour);

/* Its first line alone, with the time before it and the id behind it, for --follow. */
void sw_account_write_line(struct sw_buf *b, const json_t *decision, bool colour);

#endif
