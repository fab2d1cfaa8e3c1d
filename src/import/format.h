/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a list of users has, and reading it by the right reader. */
#ifndef SIPWARD_FORMAT_H
#define SIPWARD_FORMAT_H

#include "base/hash.h"
#include "import/row.h"

struct sw_freeswitch_folder;

enum sw_format {
	SW_FORMAT_UNKNOWN = 0,
	SW_FORMAT_CSV,
	SW_FORMAT_KAMAILIO,
	SW_FORMAT_ASTERISK,
	SW_FORMAT_FREESWITCH,
};

/* "csv" as --format has it; "" for UNKNOWN. */
const char *sw_format_name(enum sw_format f);
enum sw_format sw_format_named(struct sw_slice name); /* UNKNOWN: there is none */

/* What a file that begins so is. */
enum sw_format sw_format_guess(struct sw_slice start);

struct sw_format_job {
	const char *path;      /* "-": standard input; a folder: FreeSWITCH only */
	enum sw_format format; /* UNKNOWN: guess; says afterwards what it was */
	struct sw_hash *hash;
	struct sw_rows *to;
	/* Before each file is read: how it is called, its octets or 0 where that is not known. */
	void (*file)(void *arg, const char *path, uint64_t octets);
	void (*progress)(void *arg, uint64_t octets); /* of that file, now and then; may be NULL */
	void *arg;
	struct sw_freeswitch_folder *folder; /* kept here while one is read */
	char why[256];                       /* after FAILED: a sentence */
};

enum sw_format_end {
	SW_FORMAT_READ = 0, /* to the end; bad rows were told */
	SW_FORMAT_REFUSED, /* told like a bad row: it is no such list, or not in one of our forms */
	SW_FORMAT_FAILED,  /* why: it cannot be opened or read, or its format not guessed */
};

SW_MUST enum sw_format_end sw_format_read(struct sw_format_job *job);

#endif
