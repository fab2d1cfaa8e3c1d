/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A list of users read from text, and what came of it in short:
 *   "2:alice p"           line 2 is the user alice with a password
 *   "2:alice h12 t=staff a=al;ali n=+49 off"   hashes 1 (MD5) and 2 of name, "H" of name@realm
 *   "3!password"          line 3 is bad, and the column that is named
 *   "4-"                  skipped;  "5~" weak
 * Joined by blanks and "|". No fault may repeat what stands in the file: passwords and hashes of
 * the tests have "canary" or "cafe" in them, and that is looked for.
 */
#ifndef SIPWARD_READING_H
#define SIPWARD_READING_H

#include "import/format.h"

#define READING_REALM "example.test"

struct reading {
	char text[4096];   /* in short */
	char faults[8192]; /* every fault's own words, a line each */
	enum sw_format format;
	enum sw_format_end end;
	uint64_t rows, bads;
};

void reading_of(struct reading *r, enum sw_format format, struct sw_slice text);
void reading_of_path(struct reading *r, enum sw_format format, const char *path);

struct reading_row {
	const char *name;
	struct sw_slice text;
	const char *want;
};

/* All rows give what they should; prints the name of each. */
void reading_check(enum sw_format format, const struct reading_row *rows, size_t n);

#endif
