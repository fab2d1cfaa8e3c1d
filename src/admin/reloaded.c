/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/reloaded.h"

#include "tell/json.h"

/* Up to the newline; *rest moves behind it. */
static struct sw_slice next_line(struct sw_slice *rest)
{
	const char *end = rest->n > 0 ? memchr(rest->p, '\n', rest->n) : NULL;
	struct sw_slice line = *rest;

	if (end)
		line.n = (size_t)(end - rest->p);
	*rest = sw_slice_from(*rest, line.n + 1);
	return line;
}

/* Ours, so only broken UTF-8 needs care; lines stay lines. */
static json_t *whole(struct sw_slice s)
{
	json_t *text = json_stringn(s.p ? s.p : "", s.n);

	return text ? text : sw_json_text(s, SW_JSON_TEXT);
}

json_t *sw_reloaded_done(uint32_t generation, struct sw_slice text)
{
	json_t *o = json_object();

	sw_json_put(o, "generation", json_integer(generation));
	sw_json_put(o, "text", whole(text));
	return o;
}

json_t *sw_reloaded_refused(struct sw_slice text)
{
	json_t *error = json_object();
	json_t *o = json_object();

	sw_json_put(error, "code", sw_json_text(next_line(&text), SW_JSON_TEXT));
	sw_json_put(error, "message", sw_json_text(next_line(&text), SW_JSON_TEXT));
	sw_json_put(error, "at", sw_json_text(next_line(&text), SW_JSON_TEXT));
	sw_json_put(error, "text", whole(text));
	sw_json_put(o, "error", error);
	return o;
}
