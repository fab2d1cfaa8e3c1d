/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/build.h"

#include <stdarg.h>
#include <stdio.h>

#include "conf/line.h"
#include "conf/value.h"

#define MESSAGE            512
#define EXPIRES_MOST_MS    604800000
#define EXPIRES_MIN_MOST_S 3600

typedef void (*set_fn)(struct sw_build *b, struct sw_stmt *s);

static const set_fn setters[SW_KEY_COUNT] = {
#define SW_KEY(place, symbol, name, value, example, most, often, need, fallback, sentence) \
	[SW_KEY_##symbol] = sw_set_##symbol,
#include "conf/key.def"
#undef SW_KEY
};

static void say(struct sw_build *b, enum sw_lint rule, const struct sw_place *at,
		const char *format, va_list args) __attribute__((format(printf, 4, 0)));

static void say(struct sw_build *b, enum sw_lint rule, const struct sw_place *at,
		const char *format, va_list args)
{
	char text[MESSAGE];

	(void)vsnprintf(text, sizeof(text), format, args);
	sw_diag_add(b->diags, rule, at, "%s", text);
}

void sw_build_error(struct sw_build *b, enum sw_lint rule, struct sw_stmt *s, size_t word,
		    const char *format, ...)
{
	struct sw_place at = sw_read_place(s, word < s->words ? word : s->words - 1);
	va_list args;

	s->is_broken = true;
	if (b->at)
		b->at->has_faults = true;
	va_start(args, format);
	say(b, rule, &at, format, args);
	va_end(args);
}

static void keep_risk(struct sw_build *b, enum sw_lint rule, const struct sw_stmt *s)
{
	char number[8];
	struct sw_risk *list = sw_build_grow(b, b->risk, b->conf->risks, sizeof(*list));

	if (!list)
		return;
	(void)snprintf(number, sizeof(number), "SW%03d", (int)rule);
	b->risk = list;
	b->risk[b->conf->risks++] = (struct sw_risk){
		.rule = sw_arena_copy(&b->conf->arena, sw_slice_of(number)),
		.because = s->because->text,
		.file = s->file->path,
		.line = s->word[0].line,
	};
}

bool sw_build_warn(struct sw_build *b, enum sw_lint rule, struct sw_stmt *s, const char *format,
		   ...)
{
	struct sw_place at = sw_read_span(s, 0, s->words - 1);
	va_list args;

	s->warned = true;
	if (s->because) {
		b->diags->helping = false;
		keep_risk(b, rule, s);
		return false;
	}
	va_start(args, format);
	say(b, rule, &at, format, args);
	va_end(args);
	return true;
}

static void help_form(struct sw_build *b, const struct sw_stmt *s)
{
	sw_diag_help(b->diags, "%s %s", s->key->name, s->key->value);
}

bool sw_build_has(struct sw_build *b, struct sw_stmt *s, size_t word)
{
	if (word < s->words)
		return true;
	sw_build_error(b, SW_LINT_WORDS_FEW, s, s->words - 1, "%s needs one more word behind this",
		       s->key->name);
	help_form(b, s);
	return false;
}

bool sw_build_ends(struct sw_build *b, struct sw_stmt *s, size_t word)
{
	if (word >= s->words)
		return true;
	sw_build_error(b, SW_LINT_WORDS_MANY, s, word, "%s takes no more words from here on",
		       s->key->name);
	help_form(b, s);
	return false;
}

static void help_choice(struct sw_build *b, struct sw_slice word, const struct sw_choice *choice,
			size_t n)
{
	char text[256];
	struct sw_buf out = sw_buf_over(text, sizeof(text));

	for (size_t i = 0; i < n; i++) {
		if (choice[i].later)
			continue;
		if (sw_key_is_near(word, choice[i].word))
			sw_diag_help(b->diags, "did you mean %.*s?", SW_DIAG_S(choice[i].word));
		sw_buf_str(&out, out.n > 0 ? ", " : "");
		sw_buf_put(&out, choice[i].word);
	}
	sw_diag_help(b->diags, "this version knows: %s", sw_buf_text(&out));
}

int sw_build_choice(struct sw_build *b, struct sw_stmt *s, size_t word,
		    const struct sw_choice *choice, size_t n)
{
	struct sw_slice text;

	if (!sw_build_has(b, s, word))
		return -1;
	text = s->word[word].text;
	for (size_t i = 0; i < n; i++) {
		if (!sw_slice_eq(text, choice[i].word))
			continue;
		if (!choice[i].later)
			return choice[i].value;
		sw_build_error(b, SW_LINT_VALUE_LATER, s, word,
			       "%s %.*s is part of the language, but not of this version",
			       s->key->name, SW_DIAG_S(text));
		help_choice(b, text, choice, n);
		return -1;
	}
	sw_build_error(b, SW_LINT_VALUE_WORD, s, word, "%s does not know the word \"%.*s\"",
		       s->key->name, SW_DIAG_S(text));
	help_choice(b, text, choice, n);
	return -1;
}

bool sw_build_duration_ms(struct sw_build *b, struct sw_stmt *s, size_t word, uint64_t *out)
{
	if (!sw_build_has(b, s, word))
		return false;
	if (sw_value_duration_ms(s->word[word].text, out))
		return true;
	sw_build_error(b, SW_LINT_VALUE_UNIT, s, word,
		       "\"%.*s\" is no duration: a whole number and one of ms s m h d",
		       SW_DIAG_S(s->word[word].text));
	sw_diag_help(b->diags, "for example 300s or 1h");
	return false;
}

static bool expiry(struct sw_build *b, struct sw_stmt *s, size_t word, uint32_t *out)
{
	uint64_t ms;

	if (!sw_build_duration_ms(b, s, word, &ms))
		return false;
	if (ms % 1000 == 0 && ms > 0 && ms <= EXPIRES_MOST_MS) {
		*out = (uint32_t)(ms / 1000);
		return true;
	}
	sw_build_error(b, SW_LINT_VALUE_RANGE, s, word,
		       "expires takes whole seconds from 1s to 7d, not %.*s",
		       SW_DIAG_S(s->word[word].text));
	return false;
}

bool sw_build_expires(struct sw_build *b, struct sw_stmt *s, uint32_t *min_s, uint32_t *max_s)
{
	uint32_t min, max;

	if (!expiry(b, s, 1, &min) || !expiry(b, s, 2, &max))
		return false;
	if (min > EXPIRES_MIN_MOST_S) { /* RFC 3261 10.3: nobody may be refused for an hour */
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 1,
			       "the shortest registration can be 1h at most, not %.*s",
			       SW_DIAG_S(s->word[1].text));
		return false;
	}
	if (min > max) {
		sw_build_error(b, SW_LINT_VALUE_RANGE, s, 2,
			       "the longest registration is shorter than the shortest");
		sw_diag_help(b->diags, "expires %.*s %.*s", SW_DIAG_S(s->word[2].text),
			     SW_DIAG_S(s->word[1].text));
		return false;
	}
	*min_s = min;
	*max_s = max;
	return true;
}

bool sw_build_path(struct sw_build *b, struct sw_stmt *s, size_t word, size_t most,
		   struct sw_slice *out)
{
	struct sw_slice text;

	if (!sw_build_has(b, s, word))
		return false;
	text = s->word[word].text;
	if (text.n == 0 || text.p[0] != '/') {
		sw_build_error(b, SW_LINT_VALUE_PATH, s, word, "the path must begin with /");
		return false;
	}
	if (text.n > most) {
		sw_build_error(b, SW_LINT_VALUE_PATH, s, word, "the path is longer than %zu octets",
			       most);
		return false;
	}
	*out = sw_arena_copy(&b->conf->arena, text);
	b->no_memory |= !out->p;
	return out->p;
}

/* In ::1:5060 nobody could tell the port. */
bool sw_build_address(struct sw_slice text, struct sw_addr *out)
{
	if (!sw_addr_parse_port(text, out))
		return false;
	return out->family == SW_FAMILY_4 || text.p[0] == '[';
}

void *sw_build_grow(struct sw_build *b, void *list, size_t n, size_t size)
{
	void *more = sw_line_grow(&b->conf->arena, list, n, size);

	b->no_memory |= !more;
	return more;
}

/* A key that is none of this place's: later, elsewhere or mistyped. */
static void unknown_key(struct sw_build *b, struct sw_stmt *s, enum sw_key_place place,
			struct sw_stmt **seen)
{
	struct sw_slice name = s->word[0].text;
	enum sw_key_place other = place == SW_KEY_TOP ? SW_KEY_TRUNK : SW_KEY_TOP;
	const struct sw_key *near = sw_key_nearest(place, name);

	if (sw_key_is_later(place, name)) {
		sw_build_error(b, SW_LINT_KEY_LATER, s, 0,
			       "%.*s is part of the language, but not of this version",
			       SW_DIAG_S(name));
		return;
	}
	if (sw_key_find(other, name) || sw_key_is_later(other, name)) {
		sw_build_error(b, SW_LINT_KEY_PLACE, s, 0, "%.*s belongs %s", SW_DIAG_S(name),
			       place == SW_KEY_TOP ? "into a trunk or phones block"
						   : "to the top of the file, not into a block");
		return;
	}
	sw_build_error(b, SW_LINT_KEY_UNKNOWN, s, 0, "there is no key \"%.*s\" here",
		       SW_DIAG_S(name));
	if (!near)
		return;
	sw_diag_help(b->diags, "did you mean %s?", near->name);
	if (!seen[near->id]) /* else it would be missed as well */
		seen[near->id] = s;
}

static bool form_is_right(struct sw_build *b, struct sw_stmt *s)
{
	const struct sw_key *k = s->key;
	bool is_block = k->often == SW_KEY_BLOCK;

	if (s->is_block && !is_block) { /* the other way round was told by read.c */
		sw_build_error(b, SW_LINT_KEY_FORM, s, 0, "%s takes no block", k->name);
		help_form(b, s);
		return false;
	}
	if (s->words == 1) {
		sw_build_error(b, SW_LINT_WORDS_FEW, s, 0,
			       is_block ? "%s needs a name" : "%s says nothing", k->name);
		help_form(b, s);
		return false;
	}
	return k->most == 0 || sw_build_ends(b, s, k->most + 1);
}

static bool is_first(struct sw_build *b, struct sw_stmt *s, struct sw_stmt **seen)
{
	const struct sw_stmt *first = seen[s->key->id];

	if (!first)
		seen[s->key->id] = s;
	if (!first || s->key->often != SW_KEY_ONCE || !first->key)
		return true;
	sw_build_error(b, SW_LINT_KEY_TWICE, s, 0, "%s may stand once", s->key->name);
	sw_diag_help(b->diags, "it stands at %.*s:%u", SW_DIAG_S(first->file->path),
		     first->word[0].line);
	return false;
}

static void read_stmt(struct sw_build *b, struct sw_stmt *s, enum sw_key_place place,
		      struct sw_stmt **seen)
{
	s->key = sw_key_find(place, s->word[0].text);
	if (s->is_broken) { /* said already; it only counts as present */
		if (b->at)
			b->at->has_faults = true;
		if (s->key && !seen[s->key->id])
			seen[s->key->id] = s;
	} else if (!s->key) {
		unknown_key(b, s, place, seen);
	} else if (s->word[0].quoted) {
		sw_build_error(b, SW_LINT_KEY_FORM, s, 0, "a key is written without quotes");
		(void)is_first(b, s, seen);
	} else if (is_first(b, s, seen) && form_is_right(b, s)) {
		setters[s->key->id](b, s);
	}
}

/* The block's own statements, then what other files add. */
static void read_block(struct sw_build *b, struct sw_trunk_draft *d)
{
	b->at = d;
	for (struct sw_stmt *piece = d->stmt; piece; piece = piece->more) {
		for (struct sw_stmt *s = piece->first; s; s = s->next) {
			const struct sw_key *k = sw_key_find(SW_KEY_TRUNK, s->word[0].text);

			if (piece == d->stmt || s->is_broken || !k || k->often == SW_KEY_MANY) {
				read_stmt(b, s, SW_KEY_TRUNK, d->seen);
				continue;
			}
			sw_build_error(b, SW_LINT_BLOCK_ADD, s, 0,
				       "%s cannot be added to a block of another file", k->name);
			sw_diag_help(b->diags, "the block is at %.*s:%u",
				     SW_DIAG_S(d->stmt->file->path), d->stmt->word[0].line);
		}
	}
	b->at = NULL;
}

static void miss(struct sw_build *b, struct sw_stmt *const *seen, enum sw_key_place place,
		 const struct sw_place *at)
{
	for (unsigned i = 1; i < SW_KEY_COUNT; i++) {
		const struct sw_key *k = sw_key_row((enum sw_key_id)i);

		if (!k->must || k->place != place || seen[i])
			continue;
		sw_diag_add(b->diags, SW_LINT_KEY_MISSING, at, "%s is missing", k->name);
		sw_diag_help(b->diags, "%s", k->example);
	}
}

static void miss_keys(struct sw_build *b)
{
	struct sw_place at = { .file = b->doc->path };

	if (b->doc->is_partial)
		return;
	miss(b, b->seen, SW_KEY_TOP, &at);
	for (size_t i = 0; i < b->drafts; i++) {
		const struct sw_stmt *s = b->draft[i].stmt;

		if (s->is_broken)
			continue;
		at = sw_read_span(s, 0, s->words - 1);
		miss(b, b->draft[i].seen, SW_KEY_TRUNK, &at);
	}
}

void sw_build(struct sw_build *b)
{
	for (struct sw_stmt *s = b->doc->first; s; s = s->next)
		read_stmt(b, s, SW_KEY_TOP, b->seen);
	for (size_t i = 0; i < b->drafts && !b->no_memory; i++)
		read_block(b, &b->draft[i]);
	miss_keys(b);
}
