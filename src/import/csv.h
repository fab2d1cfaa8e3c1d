/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of fields: comma, semicolon or tab between them and quotes around them as RFC 4180 has
 * it, or tabs and backslashes as the client of MySQL writes them. What the fields mean is not
 * known here.
 */
#ifndef SIPWARD_CSV_H
#define SIPWARD_CSV_H

#include "import/feed.h"

#define SW_CSV_FIELDS_MAX 64
#define SW_CSV_RECORD_MAX 16384

enum sw_csv_form {
	SW_CSV_QUOTES = 0,
	SW_CSV_BACKSLASH, /* \t \n \\ \0 in a field; NULL: nothing */
};

struct sw_csv {
	struct sw_feed *feed;
	enum sw_csv_form form;
	char between;
	uint64_t line;     /* of the next record, from 1; the caller begins with it */
	uint64_t began;    /* where this one began */
	const char *fault; /* after SW_CSV_BAD: what is wrong */
	size_t fault_at;   /* index of the field; SW_CSV_FIELDS_MAX: of the whole record */
	size_t n;
	struct sw_slice field[SW_CSV_FIELDS_MAX]; /* until the next call */
	bool is_quoted[SW_CSV_FIELDS_MAX];
};

enum sw_csv_got {
	SW_CSV_END = 0,
	SW_CSV_RECORD,
	SW_CSV_BAD
};

/* Empty lines are no records. A bad record is skipped; what follows it is read on. */
enum sw_csv_got sw_csv_next(struct sw_csv *c);

/* Which character stands between the fields of this first line: tab, comma or semicolon. */
char sw_csv_between(struct sw_slice line);

#endif
