/* SPDX-License-Identifier: Apache-2.0 */
/* One logical line: its words, whether it opens or closes a block, and its `because`. */
#ifndef SIPWARD_LINE_H
#define SIPWARD_LINE_H

#include "conf/words.h"

struct sw_line {
	struct sw_word *word;
	size_t words;
	const struct sw_word *because; /* its quoted cause, or NULL; no longer among the words */
	struct sw_word brace;          /* that closes */
	bool opens, closes;
	bool has_open; /* a { stood there, whatever became of it */
	bool is_bad;   /* a diagnostic was added */
	bool is_last;  /* of the file */
};

/*
 * Read the next one; words live in w's arena. false only when memory is out. w->key stays that
 * of this line until the next is read.
 */
SW_MUST bool sw_line_read(struct sw_words *w, struct sw_line *out);

/* A diagnostic about a word of the line, unless it has one already. */
void sw_line_bad(const struct sw_words *w, struct sw_line *l, enum sw_lint rule,
		 const struct sw_word *word, const char *what);

/*
 * Room for one more in a list of n that grows in an arena, NULL when memory is out. The list
 * may move; the one that is returned counts.
 */
void *sw_line_grow(struct sw_arena *arena, void *list, size_t n, size_t size);

#endif
