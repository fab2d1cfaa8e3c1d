/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/words.h"

#include "base/utf8.h"

static const struct sw_slice order_mark = SW_INIT("\xef\xbb\xbf");

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Octets of the line end at this offset, 0 when there is none. A bare CR is no line end. */
static size_t eol_len(struct sw_slice text, size_t at)
{
	if (at < text.n && text.p[at] == '\n')
		return 1;
	return at + 1 < text.n && text.p[at] == '\r' && text.p[at + 1] == '\n' ? 2 : 0;
}

/* Does a word end here? */
static bool is_gap(struct sw_slice text, size_t at)
{
	return at >= text.n || is_blank(text.p[at]) || eol_len(text, at) > 0;
}

static struct sw_slice line_of(struct sw_slice text, size_t at)
{
	size_t from = at < text.n ? at : text.n, to = from;

	while (from > 0 && text.p[from - 1] != '\n')
		from--;
	while (to < text.n && eol_len(text, to) == 0)
		to++;
	return (struct sw_slice){ text.p ? text.p + from : NULL, to - from };
}

/* Does the line before this one end with a backslash? */
static bool goes_on(struct sw_slice text, size_t line_at)
{
	size_t end = line_at;

	if (end > 0)
		end--;
	if (end > 0 && text.p[end - 1] == '\r')
		end--;
	return end > 0 && text.p[end - 1] == '\\';
}

/*
 * By which key a line is shown that nobody has read yet: its first word. One that goes on a line
 * may be a user's, so it counts as that.
 */
static struct sw_slice key_at(struct sw_slice text, size_t at)
{
	struct sw_slice line = line_of(text, at);
	size_t n = 0;

	if (line.n > 0 && goes_on(text, (size_t)(line.p - text.p)))
		return SW_LIT("user");
	if (sw_slice_has_prefix(line, order_mark))
		line = sw_slice_from(line, order_mark.n);
	while (line.n > 0 && is_blank(line.p[0]))
		line = sw_slice_from(line, 1);
	while (!is_gap(line, n))
		n++;
	return (struct sw_slice){ line.p, n };
}

struct sw_place sw_words_place(const struct sw_conf_text *file, const struct sw_word *word,
			       struct sw_slice key)
{
	return (struct sw_place){
		.file = file->path,
		.file_number = file->number,
		.line = word->line,
		.col = word->col,
		.width = word->width,
		.source = line_of(file->text, word->at),
		.key = key.n > 0 ? key : key_at(file->text, word->at),
	};
}

void sw_words_init(struct sw_words *w, const struct sw_conf_text *file, struct sw_diags *diags,
		   struct sw_arena *arena)
{
	*w = (struct sw_words){ .file = file, .diags = diags, .arena = arena, .line = 1 };
	if (sw_slice_has_prefix(file->text, order_mark)) /* said by sw_words_check */
		w->at = order_mark.n;
}

static struct sw_word mark(const struct sw_words *w, size_t from, size_t to)
{
	return (struct sw_word){
		.text = { w->file->text.p + from, to - from },
		.line = w->line,
		.col = (uint32_t)(from - w->line_at) + 1,
		.width = (uint32_t)(to - from),
		.at = from,
	};
}

static void skip_line(struct sw_words *w)
{
	while (w->at < w->file->text.n && eol_len(w->file->text, w->at) == 0)
		w->at++;
}

/* Complain about the octets from..to and give the line up. */
static enum sw_words_kind bad(struct sw_words *w, enum sw_lint rule, size_t from, size_t to,
			      const char *what)
{
	struct sw_word word = mark(w, from, to);
	struct sw_place at = sw_words_place(w->file, &word, w->key);

	sw_diag_add(w->diags, rule, &at, "%s", what);
	skip_line(w);
	return SW_WORDS_BAD;
}

static void next_line(struct sw_words *w)
{
	w->at += eol_len(w->file->text, w->at);
	w->line_at = w->at;
	w->line++;
}

/* The next line belongs to this one, as was meant: one fault, one error. */
static enum sw_words_kind bad_join(struct sw_words *w, size_t at, const char *what)
{
	enum sw_words_kind kind = bad(w, SW_LINT_JOIN, at, at + 1, what);

	if (eol_len(w->file->text, w->at) > 0)
		next_line(w);
	return kind;
}

static enum sw_words_kind join(struct sw_words *w)
{
	static const char what[] = "a backslash joins lines only as the last character of a line";
	struct sw_slice text = w->file->text;
	size_t next = w->at + 1, rest = next;

	if (next >= text.n)
		return bad(w, SW_LINT_JOIN, w->at, next, "the file ends behind the backslash");
	while (rest < text.n && is_blank(text.p[rest]))
		rest++;
	if (eol_len(text, next) == 0 &&
	    (rest == text.n || text.p[rest] == '#' || eol_len(text, rest)))
		return bad_join(w, w->at, what);
	if (eol_len(text, next) == 0)
		return bad(w, SW_LINT_JOIN, w->at, next, what);
	w->at = next;
	next_line(w);
	return SW_WORDS_WORD;
}

/* Blanks, joined lines and a comment: to where a word could begin, or the line ends. */
static enum sw_words_kind skip(struct sw_words *w)
{
	struct sw_slice text = w->file->text;

	for (;;) {
		while (w->at < text.n && is_blank(text.p[w->at]))
			w->at++;
		if (w->at >= text.n || text.p[w->at] != '\\')
			break;
		if (join(w) == SW_WORDS_BAD)
			return SW_WORDS_BAD;
	}
	if (w->at < text.n && text.p[w->at] == '#')
		skip_line(w);
	return SW_WORDS_WORD;
}

/* Without the backslashes that stand before " and \. */
static struct sw_slice unescape(struct sw_words *w, struct sw_slice raw)
{
	struct sw_slice copy;
	char *p;
	size_t n = 0;

	if (raw.n == 0 || !memchr(raw.p, '\\', raw.n))
		return raw;
	copy = sw_arena_copy(w->arena, raw);
	p = (char *)(uintptr_t)copy.p; /* fresh from the arena, so ours to write */
	for (size_t i = 0; p && i < raw.n; i++) {
		if (raw.p[i] == '\\')
			i++;
		p[n++] = raw.p[i];
	}
	return (struct sw_slice){ p, n };
}

static enum sw_words_kind quoted(struct sw_words *w, struct sw_word *out)
{
	struct sw_slice text = w->file->text;
	size_t from = w->at, i = from + 1;

	for (; i < text.n && eol_len(text, i) == 0 && text.p[i] != '"'; i++) {
		if (text.p[i] != '\\')
			continue;
		if (i + 1 >= text.n || (text.p[i + 1] != '"' && text.p[i + 1] != '\\'))
			return bad(
				w, SW_LINT_QUOTE, i, i + 1,
				"in quotes a backslash stands only before \" or another backslash");
		i++;
	}
	if (i >= text.n || text.p[i] != '"')
		return bad(w, SW_LINT_QUOTE, from, i, "the quote does not end on its line");
	if (!is_gap(text, i + 1))
		return bad(w, SW_LINT_QUOTE, i, i + 1, "a blank must follow the closing quote");
	w->at = i + 1;
	*out = mark(w, from, i + 1);
	out->text = unescape(w, (struct sw_slice){ text.p + from + 1, i - from - 1 });
	out->quoted = true;
	return SW_WORDS_WORD;
}

static enum sw_words_kind brace(struct sw_words *w, struct sw_word *out)
{
	bool opens = w->file->text.p[w->at] == '{';

	if (!is_gap(w->file->text, w->at + 1))
		return bad(w, SW_LINT_BRACE, w->at, w->at + 1,
			   "a word cannot begin with a brace, unless it is quoted");
	*out = mark(w, w->at, w->at + 1);
	w->at++;
	return opens ? SW_WORDS_OPEN : SW_WORDS_CLOSE;
}

/*
 * A brace that sticks to a word is given back, so that the block still opens or closes and one
 * missing blank is one error.
 */
static size_t unstick(struct sw_words *w, size_t from, size_t to)
{
	char last = w->file->text.p[to - 1];
	struct sw_word word = mark(w, to - 1, to);
	struct sw_place at = sw_words_place(w->file, &word, w->key);

	if (to - from < 2 || (last != '{' && last != '}'))
		return to;
	if (last == '{') /* } is no better with a blank, the parser says so */
		sw_diag_add(w->diags, SW_LINT_BRACE, &at, "a blank must stand before {");
	return to - 1;
}

static enum sw_words_kind bare(struct sw_words *w, struct sw_word *out)
{
	struct sw_slice text = w->file->text;
	size_t from = w->at, to = from;

	for (; !is_gap(text, to); to++)
		if (text.p[to] == '"')
			return bad(w, SW_LINT_QUOTE, to, to + 1, "a quote inside a word");
	if (text.p[to - 1] == '\\' && !(to < text.n && is_blank(text.p[to])))
		return bad_join(w, to - 1, "a blank must stand before the backslash");
	w->at = unstick(w, from, to);
	*out = mark(w, from, w->at);
	return SW_WORDS_WORD;
}

enum sw_words_kind sw_words_next(struct sw_words *w, struct sw_word *out)
{
	struct sw_slice text = w->file->text;

	if (skip(w) == SW_WORDS_BAD)
		return SW_WORDS_BAD;
	if (w->at >= text.n)
		return SW_WORDS_EOF;
	if (eol_len(text, w->at) > 0) {
		next_line(w);
		return SW_WORDS_EOL;
	}
	if (text.p[w->at] == '"')
		return quoted(w, out);
	if (text.p[w->at] == '{' || text.p[w->at] == '}')
		return brace(w, out);
	return bare(w, out);
}

static void check_octet(struct sw_words *w, enum sw_lint rule, size_t n, bool *seen,
			const char *what)
{
	struct sw_word word = mark(w, w->at, w->at + n);
	struct sw_place at = sw_words_place(w->file, &word, (struct sw_slice){ 0 });

	if (!*seen)
		sw_diag_add(w->diags, rule, &at, "%s", what);
	*seen = true;
}

void sw_words_check(const struct sw_conf_text *file, struct sw_diags *diags)
{
	struct sw_words w = { .file = file, .diags = diags, .line = 1 };
	bool bad_utf8 = false, control = false, turned = false;

	if (sw_slice_has_prefix(file->text, order_mark))
		check_octet(&w, SW_LINT_UTF8, 3, &bad_utf8,
			    "the file begins with a byte order mark; save it as UTF-8 without one");
	while (w.at < file->text.n) {
		size_t n = sw_utf8_len(sw_slice_from(file->text, w.at));

		if (eol_len(file->text, w.at) > 0) {
			next_line(&w);
			continue;
		}
		if (n == 0)
			check_octet(&w, SW_LINT_UTF8, 1, &bad_utf8,
				    "this octet is not UTF-8; save the file as UTF-8");
		else if (sw_utf8_is_control(file->text.p[w.at]))
			check_octet(&w, SW_LINT_CONTROL, 1, &control,
				    "a control character; only tab and line ends may stand here");
		else if (sw_utf8_turns(sw_slice_from(file->text, w.at)))
			check_octet(&w, SW_LINT_DIRECTION, n, &turned,
				    "this character turns the direction of what is written");
		w.at += n > 0 ? n : 1;
	}
}
