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

/* The line behind this one; empty at the end of all. */
static struct sw_slice next_line(struct sw_slice octets, struct sw_slice line)
{
	const char *p = line.p + line.n, *end = octets.p + octets.n;

	if (p < end && *p == '\r')
		p++;
	if (p < end && *p == '\n')
		p++;
	return line_of(octets, (size_t)(p - octets.p));
}

/* All lines of the field: those behind the first begin with a blank. */
static struct sw_slice whole_field(struct sw_slice octets, struct sw_slice first)
{
	struct sw_slice last = first, next = next_line(octets, first);

	while (next.p > last.p && next.n > 0 && is_blank(*next.p)) {
		last = next;
		next = next_line(octets, last);
	}
	return (struct sw_slice){ first.p, (size_t)(last.p + last.n - first.p) };
}

static bool holds_nocase(struct sw_slice s, struct sw_slice what)
{
	for (size_t i = 0; i + what.n <= s.n; i++)
		if (sw_slice_eq_nocase((struct sw_slice){ s.p + i, what.n }, what))
			return true;
	return false;
}

/*
 * By what stands where a name would: before a colon, or where there is none the whole begin of
 * the line. Also where the name is malformed: then the more so.
 */
static bool is_credentials(struct sw_slice line)
{
	const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;

	if (colon)
		line.n = (size_t)(colon - line.p);
	if (line.n > 64)
		line.n = 64;
	return holds_nocase(line, SW_LIT("auth"));
}

/* A line that should not have been folded may be the credentials' own. */
static bool holds_credentials(struct sw_slice octets, struct sw_slice first, struct sw_slice last)
{
	while (!is_credentials(first)) {
		if (first.p >= last.p)
			return false;
		first = next_line(octets, first);
	}
	return true;
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

/* "[", an IPv6 address, "]": octets of it, or 0. Its colons are no begin of a password. */
static size_t reference_at(const char *p, const char *end)
{
	const char *c = p + 1;

	if (*p != '[')
		return 0;
	while (c < end && memchr("0123456789abcdefABCDEF:.", *c, 24))
		c++;
	return c < end && *c == ']' ? (size_t)(c + 1 - p) : 0;
}

/*
 * Is it a port that stands there? In brackets it ends with them; else only where no "@" follows,
 * as digits, commas and what else may be a password too.
 */
static bool is_port(const char *p, const char *end, const char *last_at)
{
	const char *from = p;

	while (p < end && *p >= '0' && *p <= '9')
		p++;
	if (p == from || p - from > 5)
		return false;
	if (p < end && *p == '>')
		return true;
	return (p == end || memchr(";?, \t\r\n", *p, 7)) && (!last_at || last_at < p);
}

static void hide(struct sw_excerpt *out, const char *from, const char *p, const char *end)
{
	for (; p < end; p++)
		if (p >= from && p < from + out->n && !ends_line(*p))
			out->text[p - from] = '*';
}

/*
 * What stands behind a colon of a URI and is no port, up to the last "@" of the field, or to its
 * end: who writes an "@" into a password, or folds it, should not see it in a log.
 */
static void hide_passwords(struct sw_excerpt *out, struct sw_slice field, const char *from)
{
	const char *end = field.p + field.n;
	const char *at = field.n > 0 ? memrchr(field.p, '@', field.n) : NULL;
	bool in_uri = false;

	for (const char *p = field.p; p < end; p++) {
		size_t skip = in_uri ? reference_at(p, end) : scheme_at(p, end);

		if (skip > 0) {
			p += skip - 1;
			in_uri = true;
		} else if (*p == '>') {
			in_uri = false;
		} else if (in_uri && *p == ':' && !is_port(p + 1, end, at)) {
			if (!at || at < p) {
				hide(out, from, p + 1, end);
				return;
			}
			hide(out, from, p + 1, at);
			p = at;
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
	struct sw_slice first = field_of(octets, line);

	if (body || holds_credentials(octets, first, line))
		return;
	const char *from = before > BEFORE ? octets.p + at - BEFORE : line.p;
	size_t n = (size_t)(line.p + line.n - from);

	out->n = (uint8_t)(n < SW_EXCERPT_MAX ? n : SW_EXCERPT_MAX);
	out->mark = (uint8_t)(octets.p + at - from);
	memcpy(out->text, from, out->n);
	hide_passwords(out, whole_field(octets, first), from);
}
