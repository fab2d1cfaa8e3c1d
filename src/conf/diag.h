/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diagnostics: what is wrong, where, and what to do. Collected while a configuration is read,
 * printed with the line and a caret by whoever asked.
 *
 * What is kept is clean: control characters and broken UTF-8 are replaced, and a line that may
 * hold a secret is cut before it, so a list can go to any terminal or log.
 */
#ifndef SIPWARD_DIAG_H
#define SIPWARD_DIAG_H

#include <stdio.h>

#include "base/arena.h"

/* The rules of lint.def: errors stop the start, warnings can be accepted with `because`. */
enum sw_lint {
	SW_LINT_NONE = 0,
#define SW_LINT(number, symbol, severity, title, why) SW_LINT_##symbol = (number),
#include "conf/lint.def"
#undef SW_LINT
};

struct sw_lint_row {
	enum sw_lint rule;
	bool is_error;
	const char *title;
	const char *why; /* a paragraph for the operator */
};

/* The row of a rule, or NULL; and of "SW010" or "10", in any case. */
const struct sw_lint_row *sw_lint_row(enum sw_lint rule);
const struct sw_lint_row *sw_lint_find(struct sw_slice name);

/* The n-th row of the table, NULL behind the last. */
const struct sw_lint_row *sw_lint_at(size_t n);

/* Where something stands. Zeroed: nowhere in particular. */
struct sw_place {
	struct sw_slice file;
	uint32_t file_number;      /* in order of reading */
	uint32_t line, col, width; /* from 1, in octets; line 0: the file as a whole */
	struct sw_slice source;    /* the line as it stands in the file */
	struct sw_slice key;       /* of the statement; decides whether the line is shown whole */
};

#define SW_DIAG_HELP 3

struct sw_diag {
	enum sw_lint rule;
	bool is_error;
	struct sw_slice file; /* empty: no place */
	uint32_t line, col, width;
	struct sw_slice message;
	struct sw_slice source; /* what is shown of the line */
	uint32_t caret;         /* from 1, in source */
	struct sw_slice help[SW_DIAG_HELP];
	size_t helps;
	uint64_t order; /* of files and lines, then of finding */
};

#define SW_DIAGS_SHOWN 20 /* diagnostics that are printed */
#define SW_DIAGS_MAX   50 /* errors that are kept, and warnings; more are counted only */

/* Owner: the caller; sw_diags_free. Zeroed is an empty list. */
struct sw_diags {
	struct sw_arena arena;
	struct sw_diag *list;
	size_t n, cap;
	size_t errors, warnings;
	bool helping; /* sw_diag_help belongs to the last of the list */
};

/* Add one; the rule's row says whether it is an error. at may be NULL. */
void sw_diag_add(struct sw_diags *d, enum sw_lint rule, const struct sw_place *at,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* A line to type, or where to look, for the one added last. */
void sw_diag_help(struct sw_diags *d, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Slices in messages: sw_diag_add(…, "\"%.*s\"", SW_DIAG_S(word)). */
#define SW_DIAG_S(s) (int)(s).n, (s).p ? (s).p : ""

/* Into the order of files and lines. */
void sw_diags_sort(struct sw_diags *d);

void sw_diags_free(struct sw_diags *d);

/* How the program was called ("sipward", "build/sipward"): for commands in help lines. */
extern const char *sw_diag_program;

/* One diagnostic as UX shows it: FILE:LINE:COL: warning SW010: …, source, caret, help lines. */
void sw_diag_print(FILE *out, const struct sw_diag *d);

/*
 * All of them, in the order of the list. Where there are more than `most`, so many of them, errors
 * before warnings, and then how many more.
 */
void sw_diags_print(FILE *out, const struct sw_diags *d, size_t most);

#endif
