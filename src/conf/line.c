/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/line.h"

void *sw_line_grow(struct sw_arena *arena, void *list, size_t n, size_t size)
{
	void *more;

	if ((n & (n - 1)) != 0) /* room was made at each power of two */
		return list;
	more = sw_arena_alloc(arena, n ? n * 2 : 1, size);
	if (more && n > 0)
		memcpy(more, list, n * size);
	return more;
}

void sw_line_bad(const struct sw_words *w, struct sw_line *l, enum sw_lint rule,
		 const struct sw_word *word, const char *what)
{
	struct sw_place at = sw_words_place(w->file, word, w->key);

	if (!l->is_bad)
		sw_diag_add(w->diags, rule, &at, "%s", what);
	l->is_bad = true;
}

static bool add_word(struct sw_words *w, struct sw_line *l, const struct sw_word *word)
{
	struct sw_word *list = sw_line_grow(w->arena, l->word, l->words, sizeof(*list));

	if (!list)
		return false;
	if (l->words == 0)
		w->key = word->text;
	l->word = list;
	l->word[l->words++] = *word;
	return true;
}

static bool take_word(struct sw_words *w, struct sw_line *l, const struct sw_word *word)
{
	if (!l->opens && !l->closes)
		return add_word(w, l, word);
	if (l->opens)
		sw_line_bad(
			w, l, SW_LINT_BRACE, word,
			"a block opens at the end of its line: go on in the next line behind {");
	else
		sw_line_bad(w, l, SW_LINT_BRACE, &l->brace, "} must stand alone on its line");
	return true;
}

static void take_open(const struct sw_words *w, struct sw_line *l, const struct sw_word *word)
{
	if (l->words == 0)
		sw_line_bad(w, l, SW_LINT_BRACE, word, "a block opens behind its key and name");
	else if (l->opens)
		sw_line_bad(w, l, SW_LINT_BRACE, word, "one { opens a block");
	l->opens = true;
	l->has_open = true;
}

/* `key name { … }` on one line is one error, and the block is closed again. */
static void take_close(const struct sw_words *w, struct sw_line *l, const struct sw_word *word)
{
	if (l->words > 0 || l->opens || l->closes)
		sw_line_bad(w, l, SW_LINT_BRACE, word, "} must stand alone on its line");
	l->closes = !l->opens;
	l->opens = false;
	l->brace = *word;
}

static bool is_because(const struct sw_word *word)
{
	return !word->quoted && sw_slice_eq(word->text, SW_LIT("because"));
}

/* because "…" at the end of the words is taken off them. */
static void take_because(const struct sw_words *w, struct sw_line *l)
{
	size_t i = 0;

	while (i < l->words && !is_because(&l->word[i]))
		i++;
	if (i == l->words)
		return;
	if (i == 0) {
		sw_line_bad(w, l, SW_LINT_BECAUSE, &l->word[i],
			    "because stands at the end of the line whose warning it accepts");
		return;
	}
	if (l->opens)
		sw_line_bad(w, l, SW_LINT_BECAUSE, &l->word[i],
			    "a line that opens a block takes no because");
	else if (i + 2 != l->words || !l->word[i + 1].quoted)
		sw_line_bad(w, l, SW_LINT_BECAUSE, &l->word[i],
			    "because needs its cause in quotes, at the end of the line");
	else if (l->word[i + 1].text.n == 0)
		sw_line_bad(w, l, SW_LINT_BECAUSE, &l->word[i + 1], "the cause is empty");
	else
		l->because = &l->word[i + 1];
	l->words = i;
}

bool sw_line_read(struct sw_words *w, struct sw_line *out)
{
	struct sw_line l = { 0 };
	enum sw_words_kind kind = SW_WORDS_BAD;
	struct sw_word word;

	w->key = (struct sw_slice){ 0 };
	while (kind != SW_WORDS_EOL && kind != SW_WORDS_EOF) {
		kind = sw_words_next(w, &word);
		if (kind == SW_WORDS_WORD && !take_word(w, &l, &word))
			return false;
		if (kind == SW_WORDS_OPEN)
			take_open(w, &l, &word);
		if (kind == SW_WORDS_CLOSE)
			take_close(w, &l, &word);
		l.is_bad |= kind == SW_WORDS_BAD;
	}
	l.is_last = kind == SW_WORDS_EOF;
	take_because(w, &l);
	*out = l;
	return true;
}
