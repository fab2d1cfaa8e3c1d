/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/view.h"

#include <sipward/digest.h>

#include "cmd/cmd.h"

static const struct {
	const char *what, *todo;
} advices[SW_REASON_LIMIT] = {
#define SW_ADVICE(symbol, words, todo_) [SW_R_##symbol] = { words, todo_ },
#include "cmd/advice.def"
#undef SW_ADVICE
};

const char *sw_view_what(enum sw_reason r)
{
	return (unsigned)r < SW_REASON_LIMIT ? advices[r].what : NULL;
}

const char *sw_view_todo(enum sw_reason r)
{
	return (unsigned)r < SW_REASON_LIMIT ? advices[r].todo : NULL;
}

const char *sw_view_text(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

json_int_t sw_view_int(const json_t *o, const char *key)
{
	return json_integer_value(json_object_get(o, key));
}

bool sw_view_is_true(const json_t *o, const char *key)
{
	return json_is_true(json_object_get(o, key));
}

const json_t *sw_view_object(const json_t *o, const char *key)
{
	const json_t *inner = json_object_get(o, key);

	return json_is_object(inner) ? inner : NULL;
}

void sw_view_put(const struct sw_view *v, const char *s)
{
	sw_buf_str(v->b, s);
}

void sw_view_put_number(const struct sw_view *v, json_int_t n)
{
	sw_buf_u64(v->b, n > 0 ? (uint64_t)n : 0);
}

/* Between quotation marks; what stands inside is clean but for those. */
void sw_view_quoted(const struct sw_view *v, const char *s)
{
	sw_view_put(v, "\"");
	for (; *s != '\0'; s++) {
		if (*s == '"')
			sw_view_put(v, "\\");
		sw_buf_char(v->b, *s);
	}
	sw_view_put(v, "\"");
}

void sw_view_tinted(const struct sw_view *v, enum sw_tint tint, const char *s)
{
	if (v->colour) {
		sw_view_put(v, "\033[");
		sw_view_put_number(v, tint);
		sw_view_put(v, "m");
	}
	sw_view_put(v, s);
	if (v->colour)
		sw_view_put(v, "\033[0m");
}

void sw_view_alg(const struct sw_view *v, const char *word)
{
	struct sw_alg_form form;

	sw_view_put(v, sw_alg_find_word(sw_slice_of(word), &form) ? sw_alg_form_name(form) : word);
}

/* "SHA-256, SHA-512-256, MD5"; "none" */
void sw_view_algs(const struct sw_view *v, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *word = json_string_value(json_array_get(list, i));

		sw_view_put(v, i > 0 ? ", " : "");
		sw_view_alg(v, word ? word : "?");
	}
	if (json_array_size(list) == 0)
		sw_view_put(v, "none");
}

bool sw_view_has_hash(const json_t *list, const char *word)
{
	struct sw_alg_form form;

	return sw_alg_find_word(sw_slice_of(word), &form) &&
	       sw_view_has_alg(list, sw_alg_form_word((struct sw_alg_form){ .alg = form.alg }));
}

bool sw_view_has_alg(const json_t *list, const char *word)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *one = json_string_value(json_array_get(list, i));

		if (one && strcmp(one, word) == 0)
			return true;
	}
	return false;
}

void sw_view_last_part(const struct sw_view *v, const char *path)
{
	const char *slash = strrchr(path, '/');

	sw_view_put(v, slash ? slash + 1 : path);
}

const char *sw_view_name(const struct sw_view *v)
{
	const char *subject = sw_view_text(v->decision, "subject");

	return subject[0] != '\0' ? subject : sw_view_text(v->decision, "claimed");
}

bool sw_view_is_allowed(const struct sw_view *v)
{
	return strcmp(sw_view_text(v->decision, "verdict"), "allowed") == 0;
}

bool sw_view_failed_by(const struct sw_view *v, enum sw_reason r)
{
	return v->reason == r;
}

void sw_view_verdict(const struct sw_view *v)
{
	static const struct {
		const char *verdict, *shown;
		enum sw_tint tint;
	} rows[] = { { "allowed", "ALLOWED", SW_TINT_GREEN },
		     { "challenged", "CHALLENGED", SW_TINT_YELLOW },
		     { "refused", "REFUSED", SW_TINT_RED },
		     { "dropped", "DROPPED", SW_TINT_RED } };
	const char *verdict = sw_view_text(v->decision, "verdict");

	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++)
		if (strcmp(rows[i].verdict, verdict) == 0) {
			sw_view_tinted(v, rows[i].tint, rows[i].shown);
			return;
		}
	sw_view_put(v, verdict);
}

void sw_view_source(const struct sw_view *v)
{
	const char *src = sw_view_text(v->decision, "src");
	bool is_6 = strchr(src, ':') != NULL;

	sw_view_put(v, is_6 ? "[" : "");
	sw_view_put(v, src);
	sw_view_put(v, is_6 ? "]:" : ":");
	sw_view_put_number(v, sw_view_int(v->decision, "sport"));
	sw_view_put(v, " ");
	sw_view_put(v, sw_view_text(v->decision, "transport"));
}

/* 2026-11-23T08:14:07.412Z as people write it. */
void sw_view_time(const struct sw_view *v, const char *ts)
{
	for (; *ts != '\0'; ts++)
		sw_buf_char(v->b, *ts == 'T' ? ' ' : *ts);
}

void sw_view_pair(const struct sw_view *v, const char *label, const char *value)
{
	if (value[0] == '\0')
		return;
	sw_view_put(v, label);
	sw_view_put(v, value);
}

struct sw_view sw_view_of(struct sw_buf *b, const json_t *answer, bool colour)
{
	struct sw_view v = { .b = b, .decision = answer, .colour = colour, .reason = SW_OK };

	v.account = sw_view_object(answer, "account");
	v.digest = sw_view_object(v.account, "digest");
	v.user = sw_view_object(v.account, "user");
	v.trunk = sw_view_object(v.account, "trunk");
	if (!sw_reason_find(sw_slice_of(sw_view_text(answer, "reason")), &v.reason))
		v.reason = SW_OK; /* a door of another version: its slug is shown as it is */
	return v;
}

/* Commands take a user without its domain. */
void sw_view_command(const struct sw_view *v, const char *what)
{
	struct sw_slice name = sw_slice_of(sw_view_name(v));
	const char *at = name.n > 0 ? memchr(name.p, '@', name.n) : NULL;

	if (at)
		name.n = (size_t)(at - name.p);
	sw_view_put(v, sw_program);
	sw_view_put(v, " ");
	sw_view_put(v, what);
	sw_view_put(v, " ");
	sw_buf_put(v->b, name);
}
