/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text to statements: lines, blocks, `because`, includes. Whether a key exists and what its
 * words mean is the business of build.c; here only `include` is known.
 */
#ifndef SIPWARD_READ_H
#define SIPWARD_READ_H

#include "conf/conf.h"
#include "conf/key.h"
#include "conf/words.h"

struct sw_stmt {
	const struct sw_conf_text *file;
	const struct sw_word *word; /* the key first */
	size_t words;
	const struct sw_word *because; /* its quoted cause, or NULL */
	bool is_block;
	bool is_broken;           /* a diagnostic was added: it counts as present and is not read */
	bool is_added;            /* to a block of another file, which has it in ->more */
	bool warned;              /* because was needed */
	const struct sw_key *key; /* set by build.c; NULL: none of ours */
	struct sw_stmt *next;
	struct sw_stmt *first, *last; /* of a block */
	struct sw_stmt *more;         /* of a block: what another file adds */
};

/* What the source was asked for: a file that was read, or a pattern and what it matched. */
struct sw_read_step {
	const struct sw_conf_text *file; /* NULL: a pattern */
	struct sw_slice pattern;
	const char *const *path;
	size_t paths;
};

/* All statements, in the order of reading, includes in their place. */
struct sw_conf_doc {
	struct sw_stmt *first, *last;
	struct sw_slice path; /* of the configuration itself */
	uint32_t files;
	struct sw_read_step *step; /* in order, without what could not be read */
	size_t steps;
	bool is_partial; /* something could not be read, so what is missing is not known */
};

#define SW_READ_MAX   1048576u /* octets of a file */
#define SW_READ_DEPTH 8
#define SW_READ_FILES 1000

/*
 * Read path, or text where it is not NULL, with all it includes. What is wrong goes to diags.
 * The document lives in the arena; NULL only when memory is out.
 */
struct sw_conf_doc *sw_read(const struct sw_conf_source *source, const char *path,
			    const struct sw_slice *text, struct sw_arena *arena,
			    struct sw_diags *diags);

/* Where a statement's n-th word stands, 0 its key. */
struct sw_place sw_read_place(const struct sw_stmt *s, size_t word);

/* Where words from..to of one line stand (a caret under all of them). */
struct sw_place sw_read_span(const struct sw_stmt *s, size_t from, size_t to);

/* A path as the file means it: a relative one starts at the file's directory. Ends with NUL. */
struct sw_slice sw_read_path(struct sw_arena *arena, const struct sw_conf_text *file,
			     struct sw_slice path);

#endif
