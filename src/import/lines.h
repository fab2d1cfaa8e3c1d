/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list that a store takes: a line of JSON a change, into a file that has no name (memfd).
 * There may be passwords in it; it goes with its descriptor, and the buffer before it is wiped.
 */
#ifndef SIPWARD_LINES_H
#define SIPWARD_LINES_H

#include "base/buf.h"
#include "import/row.h"

#define SW_LINES_ROOM ((size_t)128 << 10)
#define SW_LINES_MAX  ((uint64_t)512 << 20) /* octets: what a door takes at once */

struct sw_lines {
	int fd;    /* the caller's to close by sw_lines_free */
	int error; /* errno of the first write that failed; EFBIG: more than SW_LINES_MAX */
	uint64_t lines, octets;
	struct sw_buf b;
	char *room;
};

/* false: the kernel gives no such file, or no memory; errno. */
SW_MUST bool sw_lines_init(struct sw_lines *l);
void sw_lines_free(struct sw_lines *l);

/* op is "add" or "set"; row is what messages will call it. Nothing of row that is empty is put. */
void sw_lines_user(struct sw_lines *l, const char *op, const struct sw_row *row, uint64_t number);

void sw_lines_del(struct sw_lines *l, struct sw_slice name);
void sw_lines_enable(struct sw_lines *l, struct sw_slice name, bool enabled);

/* Write what is left and go back to its start. false: error says why. */
SW_MUST bool sw_lines_end(struct sw_lines *l);

/* s as the inside of a string of JSON; s is UTF-8. */
void sw_lines_text(struct sw_buf *b, struct sw_slice s);

#endif
