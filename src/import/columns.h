/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows under a header: which column is which, and from fields to a user. For CSV of our own form
 * and for Kamailio's subscriber (OpenSIPS' too) as CSV, as MySQL's client prints it, or out of a
 * database.
 */
#ifndef SIPWARD_COLUMNS_H
#define SIPWARD_COLUMNS_H

#include "base/hash.h"
#include "import/csv.h"
#include "import/row.h"

enum sw_columns_kind {
	SW_COLUMNS_OWN = 0,
	SW_COLUMNS_SUBSCRIBER,
};

struct sw_columns {
	enum sw_columns_kind kind;
	struct sw_rows *to;
	struct sw_hash *hash; /* to see that a password and its hash belong together */
	size_t n;
	enum sw_row_part part[SW_CSV_FIELDS_MAX]; /* SW_ROW_WHOLE: not ours to read */
};

/* false: the header was refused, and told so. */
SW_MUST bool sw_columns_read(struct sw_columns *c, const struct sw_slice *name, size_t n,
			     uint64_t line);

/* One row of fields. is_quoted may be NULL. */
void sw_columns_row(struct sw_columns *c, const struct sw_slice *field, const bool *is_quoted,
		    size_t n, uint64_t line);

/* How much a header looks like one of ours, and of a subscriber: columns that are known. */
size_t sw_columns_known(enum sw_columns_kind kind, const struct sw_slice *name, size_t n);

/* Words for sw_rows.words; NULL: our own. */
const char *const *sw_columns_words(enum sw_columns_kind kind);

/* Read a whole file. false: nothing could be read of it, and told so. */
SW_MUST bool sw_columns_file(struct sw_columns *c, struct sw_feed *feed);

#endif
