/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why the door does not start or reload: one sentence for the operator that says what, where and
 * what to do. Never a decision about a request; those have reasons.
 */
#ifndef SIPWARD_WHY_H
#define SIPWARD_WHY_H

#include <sipward/slice.h>

/* Owner: the caller. Text ends with NUL; what does not fit is cut. */
struct sw_why {
	char text[1024];
};

/* Set the sentence. Gives false, for the caller to return. */
bool sw_why_say(struct sw_why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Put something behind it. */
void sw_why_add(struct sw_why *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* On standard error, behind our name: for what no log can say. Waits for a reader, but not long. */
void sw_why_print(const char *sentence);

/* What the kernel says to an error number: a constant text. */
const char *sw_why_errno(int error);

#endif
