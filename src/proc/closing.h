/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of the door: workers, then what keeps what they did, then what logs both; each kind has
 * 10 s of its own.
 */
#ifndef SIPWARD_CLOSING_H
#define SIPWARD_CLOSING_H

#include "proc/running.h"

void sw_closing_begin(struct sw_running *r); /* once it has begun this is nothing */
void sw_closing_turn(struct sw_running *r);  /* who is late is cut off; then the next kind */

/* TERM or INT: begin, and when it has begun end at once. */
void sw_closing_on_signal(struct sw_running *r);

/* Without waiting for anybody: what is not in journals yet is lost. Does not return. */
void sw_closing_at_once(struct sw_running *r);

#endif
