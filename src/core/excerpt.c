/* SPDX-License-Identifier: Apache-2.0 */
#include "core/excerpt.h"

#define BEFORE 32

static bool ends_line(char c)
{
	return c == '\r' || c == '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Where the line of an octet begins and ends. A bare CR ends it too, whatever the grammar says:
 * what stands behind one may be the credentials of somebody who ends lines so.
 */
static struct sw_slice line_of(struct sw_slice octets, size_t at)
{
	size_t from = at, to = at;

	while (from > 0 && !ends_line(octets.p[from - 1]))
		from--;
	while (to < octets.n && !ends_line(octets.p[to]))
		to++;
	return (struct sw_slice){ octets.p + from, to - from };
}

/* The first line of a field that is folded over several. */
static struct sw_slice field_of(struct sw_slice octets, struct sw_slice line)
{
	while (line.p > octets.p && line.n > 0 && is_blank(*line.p)) {
		const char *end = line.p - 1;

		if (end > octets.p && *end == '\n' && end[-1] == '\r')
			end--;
		line = line_of(octets, (size_t)(end - octets.p));
	}
	return line;
}

static bool holds_nocase(struct sw_slice s, struct sw_slice what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (sw_slice_eq_nocase((struct sw_slice){ s.p + i, what.n }, what))
			return true;
	return false;
}

/* Also where the name is malformed: then the more so. */
static bool is_credentials(struct sw_slice field)
{
	if (field.n > 64)
		field.n = 64;
	return holds_nocase(field, SW_LIT("auth"));
}

/* Lines before the octet; body: an empty one stands among them, behind the first that is not. */
static uint32_t count_lines(struct sw_slice octets, size_t at, bool *body)
{
	const char *p = octets.p, *end = octets.p + at, *lf;
	bool begun = false;
	uint32_t n = 0;

	*body = false;
	for (; p < end && (lf = memchr(p, '\n', (size_t)(end - p))) != NULL; p = lf + 1, n++) {
		bool empty = lf == p || (lf == p + 1 && *p == '\r');

		*body = *body || (begun && empty);
		begun = begun || !empty;
	}
	return n;
}

/* Length of "sip:" or "sips:" here; 0 for neither. */
static size_t scheme_at(const char *p, const char *end)
{
	struct sw_slice rest = { p, (size_t)(end - p) };

	if (sw_slice_has_prefix_nocase(rest, SW_LIT("sip:")))
		return 4;
	return sw_slice_has_prefix_nocase(rest, SW_LIT("sips:")) ? 5 : 0;
}

/* What stands between a colon behind the scheme and "@", whatever octets it has. */
static void hide_passwords(struct sw_excerpt *out, struct sw_slice line, const char *from)
{
	const char *end = line.p + line.n, *user = NULL, *colon = NULL;

	for (const char *p = line.p; p < end; p++) {
		size_t scheme = p == user ? 0 : scheme_at(p, end);

		if (scheme > 0) {
			p += scheme - 1;
			user = p + 1;
			colon = NULL;
		} else if (*p == ':' && user && !colon) {
			colon = p;
		} else if (*p == '@') {
			for (const char *c = colon ? colon + 1 : p; c < p; c++)
				if (c >= from && c < from + out->n)
					out->text[c - from] = '*';
			user = colon = NULL;
		}
	}
}

void sw_excerpt_make(struct sw_excerpt *out, struct sw_slice octets, size_t at)
{
	bool body;

	*out = (struct sw_excerpt){ .line = count_lines(octets, at, &body) + 1 };
	struct sw_slice line = line_of(octets, at);
	size_t before = (size_t)(octets.p + at - line.p);

	out->column = (uint32_t)before + 1;
	if (body || is_credentials(field_of(octets, line)))
		return;
	const char *from = before > BEFORE ? octets.p + at - BEFORE : line.p;
	size_t n = (size_t)(line.p + line.n - from);

	out->n = (uint8_t)(n < SW_EXCERPT_MAX ? n : SW_EXCERPT_MAX);
	out->mark = (uint8_t)(octets.p + at - from);
	memcpy(out->text, from, out->n);
	hide_passwords(out, line, from);
}
