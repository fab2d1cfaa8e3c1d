/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reasons: the only error type. Every function that can fail returns one, every verdict has
 * exactly one. The rows live in reason.def; the same slug is the log value, the metric label,
 * the heading in docs/reasons.md and what tests expect.
 */
#ifndef SIPWARD_REASON_H
#define SIPWARD_REASON_H

#include <sipward/slice.h>

enum sw_reason {
	SW_OK = 0,
#define SW_REASON(number, symbol, class, status, slug, phrase, sentence) SW_R_##symbol = (number),
#include <sipward/reason.def>
#undef SW_REASON
	SW_REASON_LIMIT = 176, /* numbers stay below; counters are arrays of this length */
};

enum sw_class {
	SW_CLASS_NONE,
	SW_CLASS_PARSE,
	SW_CLASS_AUTH,
	SW_CLASS_POLICY,
	SW_CLASS_REQUEST,
	SW_CLASS_LIMIT,
	SW_CLASS_BACKEND,
	SW_CLASS_INTERNAL,
};

/* One row. status 0: nothing is answered; 401 stands for 401 or 407, as the request takes it. */
struct sw_reason_row {
	enum sw_class class;
	int status;
	const char *slug;
	const char *phrase;   /* on the wire: says less than the log */
	const char *sentence; /* for operators */
};

/* Never NULL: a number without a row gives the row of "bug"; SW_OK has slug "ok". */
const struct sw_reason_row *sw_reason_row(enum sw_reason r);

const char *sw_reason_slug(enum sw_reason r);

/* "parse", "auth" … as in events. */
const char *sw_class_name(enum sw_class c);

/* Does a row have this slug? For tools and tests; walks the table. */
SW_MUST bool sw_reason_find(struct sw_slice slug, enum sw_reason *out);

#endif
