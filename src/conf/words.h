/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of one file, word by word: blanks, comments, quotes and joined lines end here. What
 * a word means is not its business.
 */
#ifndef SIPWARD_WORDS_H
#define SIPWARD_WORDS_H

#include "conf/diag.h"

/* A file that was read. */
struct sw_conf_text {
	struct sw_slice path, text;
	uint32_t number; /* in order of reading */
	unsigned depth;  /* 0: the configuration itself; 1: included by it */
};

struct sw_word {
	struct sw_slice text; /* without quotes and escapes */
	uint32_t line, col, width;
	size_t at; /* offset in the file */
	bool quoted;
};

enum sw_words_kind {
	SW_WORDS_WORD,
	SW_WORDS_OPEN,  /* { */
	SW_WORDS_CLOSE, /* } */
	SW_WORDS_EOL,
	SW_WORDS_EOF,
	SW_WORDS_BAD, /* a diagnostic was added; the rest of the line is skipped */
};

struct sw_words {
	const struct sw_conf_text *file;
	struct sw_diags *diags;
	struct sw_arena *arena; /* of words that had escapes */
	size_t at, line_at;
	uint32_t line;
	struct sw_slice key; /* of the statement at hand, for diagnostics; set by the caller */
};

void sw_words_init(struct sw_words *w, const struct sw_conf_text *file, struct sw_diags *diags,
		   struct sw_arena *arena);

/* The next one. *out is written for WORD, OPEN and CLOSE. */
enum sw_words_kind sw_words_next(struct sw_words *w, struct sw_word *out);

/* Where a word stands; key is the statement's, or empty where its first word is not known yet. */
struct sw_place sw_words_place(const struct sw_conf_text *file, const struct sw_word *word,
			       struct sw_slice key);

/*
 * Is all of it UTF-8, without control characters and such that turn the direction of writing? Adds
 * the first fault of each kind.
 */
void sw_words_check(const struct sw_conf_text *file, struct sw_diags *diags);

#endif
