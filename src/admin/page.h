/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of metrics in the text format of Prometheus, version 0.0.4: families of obs/metric.def,
 * each with its samples behind it. The page grows as it is written; where memory ends it is
 * broken, and that is seen once at the end.
 */
#ifndef SIPWARD_PAGE_H
#define SIPWARD_PAGE_H

#include <sipward/slice.h>

enum sw_family_id {
#define SW_METRIC(symbol, name, type, labels, help) SW_FAMILY_ID_##symbol,
#include "obs/metric.def"
#undef SW_METRIC
	SW_FAMILY_IDS,
};

/* Zeroed: empty. */
struct sw_page {
	char *p; /* by malloc; the caller's */
	size_t n, room;
	bool is_broken, has_labels;
	enum sw_family_id family;
};

/* Name, type and help; samples up to the next one are of this family. */
void sw_page_family(struct sw_page *p, enum sw_family_id family);

/* A sample: its beginning, any labels, its value, which ends it. suffix: "", "_bucket" … */
void sw_page_begin(struct sw_page *p, const char *suffix);
void sw_page_label(struct sw_page *p, const char *name, struct sw_slice value);
void sw_page_u64(struct sw_page *p, uint64_t value);
void sw_page_seconds(struct sw_page *p, uint64_t us);
void sw_page_real(struct sw_page *p, double value);

/* A sample without labels. */
void sw_page_plain_u64(struct sw_page *p, uint64_t value);

#endif
