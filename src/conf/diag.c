/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/diag.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"
#include "conf/key.h"
#include "base/utf8.h"

#define SHOWN   160 /* octets of a line that are printed */
#define MESSAGE 1024

const char *sw_diag_program = "sipward";

static const struct sw_lint_row rows[] = {
#define E                                             true
#define W                                             false
#define SW_LINT(number, symbol, severity, title, why) { SW_LINT_##symbol, severity, title, why },
#include "conf/lint.def"
#undef SW_LINT
#undef E
#undef W
};

const struct sw_lint_row *sw_lint_at(size_t n)
{
	return n < SW_ARRAY_LEN(rows) ? &rows[n] : NULL;
}

const struct sw_lint_row *sw_lint_row(enum sw_lint rule)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		if (rows[i].rule == rule)
			return &rows[i];
	return NULL;
}

const struct sw_lint_row *sw_lint_find(struct sw_slice name)
{
	uint64_t number;

	if (sw_slice_has_prefix_nocase(name, SW_LIT("SW")))
		name = sw_slice_from(name, 2);
	if (!sw_slice_u64(name, 999, &number))
		return NULL;
	return sw_lint_row((enum sw_lint)number);
}

/* Octets of the first character, 0 when it is none that can be seen. */
static size_t shown_len(struct sw_slice s)
{
	return sw_utf8_is_control(s.p[0]) || sw_utf8_is_hidden(s) ? 0 : sw_utf8_len(s);
}

/* A copy that may go to a terminal: what is no printable UTF-8 becomes '?', octet by octet. */
static struct sw_slice keep_clean(struct sw_arena *a, struct sw_slice s)
{
	struct sw_slice copy = sw_arena_copy(a, s);
	char *p = (char *)(uintptr_t)copy.p; /* fresh from the arena, so ours to write */

	for (size_t i = 0; p && i < s.n;) {
		size_t n = shown_len(sw_slice_from(s, i));

		if (n == 0)
			p[i] = '?';
		i += n > 0 ? n : 1;
	}
	return copy;
}

static struct sw_slice keep_message(struct sw_arena *a, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static struct sw_slice keep_message(struct sw_arena *a, const char *format, va_list args)
{
	char text[MESSAGE];
	int n = vsnprintf(text, sizeof(text), format, args);

	if (n < 0)
		return (struct sw_slice){ 0 };
	return keep_clean(
		a, (struct sw_slice){ text, (size_t)n < sizeof(text) ? (size_t)n : MESSAGE - 1 });
}

/* Can all of it be seen? */
static bool is_shown(struct sw_slice s)
{
	while (s.n > 0) {
		size_t n = shown_len(s);

		if (n == 0)
			return false;
		s = sw_slice_from(s, n);
	}
	return true;
}

static bool has_part(struct sw_slice s, struct sw_slice part)
{
	for (size_t i = 0; i + part.n <= s.n; i++)
		if (sw_slice_eq_nocase((struct sw_slice){ s.p + i, part.n }, part))
			return true;
	return false;
}

/* Words of a line of this key that can be no secret: the key, and the name of a user. */
static size_t open_words(struct sw_slice key)
{
	static const struct sw_slice parts[] = {
		SW_INIT("user"),
		SW_INIT("pass"),
		SW_INIT("secret"),
		SW_INIT("seal"),
	};

	if (sw_key_distance(key, parts[0]) <= 2)
		return 2;
	for (size_t i = 0; i < SW_ARRAY_LEN(parts); i++)
		if (has_part(key, parts[i]))
			return 1;
	return is_shown(key) ? SIZE_MAX : 1; /* what else it was meant to be nobody knows */
}

static bool is_reference(struct sw_slice word)
{
	return sw_slice_has_prefix(word, SW_LIT("file:")) ||
	       sw_slice_has_prefix(word, SW_LIT("env:")) ||
	       sw_slice_has_prefix(word, SW_LIT("cred:"));
}

static bool is_syntax(struct sw_slice word)
{
	static const struct sw_slice marks[] = {
		SW_INIT("{"),
		SW_INIT("}"),
		SW_INIT("\\"),
		SW_INIT("because"),
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(marks); i++)
		if (sw_slice_eq(word, marks[i]))
			return true;
	return false;
}

static size_t blank_span(struct sw_slice s, size_t at, bool blank)
{
	while (at < s.n && (s.p[at] == ' ' || s.p[at] == '\t') == blank)
		at++;
	return at;
}

/*
 * Where the first word that could be a secret begins; the line's length when there is none. A
 * comment is cut too: people write down there what the password was.
 */
static size_t secret_at(struct sw_slice line, struct sw_slice key)
{
	size_t open = open_words(key);
	size_t at = blank_span(line, 0, true);

	if (open == SIZE_MAX)
		return line.n;
	if (!sw_slice_has_prefix(sw_slice_from(line, at), key))
		open = 0; /* a line that goes on */
	for (size_t word = 0; at < line.n; word++) {
		size_t end = blank_span(line, at, false);
		struct sw_slice text = { line.p + at, end - at };

		if (word >= open && !is_reference(text) && !is_syntax(text))
			return at;
		at = blank_span(line, end, true);
	}
	return line.n;
}

static bool is_brace(char c)
{
	return c == '{' || c == '}';
}

/* Behind a brace another statement may stand, and a secret in it. */
static size_t behind_brace(struct sw_slice line)
{
	for (size_t i = 0; i < line.n; i++) {
		size_t next = blank_span(line, i + 1, true);

		if (is_brace(line.p[i]) && next < line.n && line.p[next] != '#' &&
		    !is_brace(line.p[next]))
			return next;
	}
	return line.n;
}

/* Of a long line the part around the caret: where it begins. */
static size_t window(struct sw_slice line, size_t caret)
{
	size_t from = caret > SHOWN * 2 / 3 ? caret - SHOWN / 3 : 0;

	if (line.n <= SHOWN)
		return 0;
	while (from > 0 && sw_utf8_is_tail(line.p[from]))
		from--;
	return from;
}

static void keep_source(struct sw_diags *d, const struct sw_place *at, struct sw_diag *out)
{
	char text[SHOWN + 16];
	struct sw_buf b = sw_buf_over(text, sizeof(text));
	struct sw_slice line = at->source;
	size_t secret = secret_at(line, at->key), other = behind_brace(line), from;
	size_t cut = secret < other ? secret : other;
	bool hides = cut < line.n;

	line.n = cut;
	if (hides && out->col > cut) {
		out->col = (uint32_t)cut + 1;
		out->width = 3;
	}
	from = window(line, out->col);
	line = sw_slice_from(line, from);
	sw_buf_str(&b, from > 0 ? "…" : "");
	out->caret = out->col - (uint32_t)from + (uint32_t)b.n;
	if (line.n <= SHOWN) {
		sw_buf_put(&b, line);
		sw_buf_str(&b, hides ? "***" : "");
	} else {
		for (line.n = SHOWN; line.n > 0 && sw_utf8_is_tail(line.p[line.n]);)
			line.n--;
		sw_buf_put(&b, line);
		sw_buf_str(&b, "…");
	}
	out->source = keep_clean(&d->arena, sw_buf_slice(&b));
}

static struct sw_diag *room(struct sw_diags *d)
{
	size_t cap = d->cap ? d->cap * 2 : 16;
	struct sw_diag *list;

	if (d->n < d->cap)
		return &d->list[d->n];
	list = realloc(d->list, cap * sizeof(*list));
	if (!list)
		return NULL;
	d->list = list;
	d->cap = cap;
	return &d->list[d->n];
}

void sw_diag_add(struct sw_diags *d, enum sw_lint rule, const struct sw_place *at,
		 const char *format, ...)
{
	static const struct sw_place nowhere;
	const struct sw_lint_row *row = sw_lint_row(rule);
	bool is_error = !row || row->is_error;
	size_t *count = is_error ? &d->errors : &d->warnings;
	struct sw_diag *out;
	va_list args;

	d->helping = false;
	if ((*count)++ >= SW_DIAGS_MAX)
		return;
	out = room(d);
	if (!out)
		return;
	at = at ? at : &nowhere;
	*out = (struct sw_diag){ .rule = rule, .is_error = is_error };
	out->line = at->line;
	out->col = at->col;
	out->width = at->width;
	out->order = (uint64_t)at->file_number << 32 | at->line;
	out->file = keep_clean(&d->arena, at->file);
	if (at->source.n > 0)
		keep_source(d, at, out);
	va_start(args, format);
	out->message = keep_message(&d->arena, format, args);
	va_end(args);
	d->helping = true;
	d->n++;
}

void sw_diag_help(struct sw_diags *d, const char *format, ...)
{
	struct sw_diag *last = d->n > 0 ? &d->list[d->n - 1] : NULL;
	va_list args;

	if (!d->helping || !last || last->helps == SW_DIAG_HELP)
		return;
	va_start(args, format);
	last->help[last->helps++] = keep_message(&d->arena, format, args);
	va_end(args);
}

/* By hand, because qsort may change the order of equals; there are a hundred at most. */
void sw_diags_sort(struct sw_diags *d)
{
	d->helping = false;
	for (size_t i = 1; i < d->n; i++) {
		struct sw_diag one = d->list[i];
		size_t j = i;

		for (;
		     j > 0 && (d->list[j - 1].order > one.order ||
			       (d->list[j - 1].order == one.order && d->list[j - 1].col > one.col));
		     j--)
			d->list[j] = d->list[j - 1];
		d->list[j] = one;
	}
}

void sw_diags_free(struct sw_diags *d)
{
	sw_arena_free(&d->arena);
	free(d->list);
	*d = (struct sw_diags){ 0 };
}

static void put(FILE *out, struct sw_slice s)
{
	if (s.n > 0)
		(void)fwrite(s.p, 1, s.n, out);
}

/* Tabs stay tabs, so that the caret stands right whatever their width is. */
static void print_caret(FILE *out, const struct sw_diag *d)
{
	size_t at = 0;

	(void)fputs("      | ", out);
	for (; at + 1 < d->caret && at < d->source.n; at++)
		if (!sw_utf8_is_tail(d->source.p[at]))
			(void)fputc(d->source.p[at] == '\t' ? '\t' : ' ', out);
	(void)fputc('^', out);
	for (size_t end = at + d->width; ++at < end && at < d->source.n;)
		if (!sw_utf8_is_tail(d->source.p[at]))
			(void)fputc('^', out);
	(void)fputc('\n', out);
}

static void print_source(FILE *out, const struct sw_diag *d)
{
	(void)fprintf(out, "%5" PRIu32 " | ", d->line);
	put(out, d->source);
	(void)fputc('\n', out);
	if (d->width > 0)
		print_caret(out, d);
}

void sw_diag_print(FILE *out, const struct sw_diag *d)
{
	put(out, d->file);
	if (d->line > 0)
		(void)fprintf(out, ":%" PRIu32, d->line);
	if (d->line > 0 && d->col > 0)
		(void)fprintf(out, ":%" PRIu32, d->col);
	if (d->file.n > 0)
		(void)fputs(": ", out);
	(void)fprintf(out, "%s SW%03d: ", d->is_error ? "error" : "warning", (int)d->rule);
	put(out, d->message);
	(void)fputc('\n', out);
	if (d->source.n > 0)
		print_source(out, d);
	for (size_t i = 0; i < d->helps; i++) {
		(void)fputs("   help: ", out);
		put(out, d->help[i]);
		(void)fputc('\n', out);
	}
}

/* The errors, or the warnings; how many of `most`. */
static size_t print_those(FILE *out, const struct sw_diags *d, bool errors, size_t most)
{
	size_t shown = 0;

	for (size_t i = 0; i < d->n && shown < most; i++) {
		if (d->list[i].is_error != errors)
			continue;
		sw_diag_print(out, &d->list[i]);
		shown++;
	}
	return shown;
}

void sw_diags_print(FILE *out, const struct sw_diags *d, size_t most)
{
	size_t all = d->errors + d->warnings;
	size_t shown = 0;

	if (d->n > most) {
		shown = print_those(out, d, true, most);
		shown += print_those(out, d, false, most - shown);
	}
	for (; shown < d->n && d->n <= most; shown++)
		sw_diag_print(out, &d->list[shown]);
	if (shown < all)
		(void)fprintf(out, "… and %zu more\n", all - shown);
}
