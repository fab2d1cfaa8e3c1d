/* SPDX-License-Identifier: Apache-2.0 */
#include "import/csv.h"

/* Where a record is looked through: the buffer may move between two looks. */
struct scan {
	size_t at;
	bool is_open, is_start; /* inside quotes; at the first octet of a field */
	bool is_quoted;         /* the field began with a quote */
};

static bool take_octet(struct scan *s, const struct sw_csv *c, struct sw_slice text)
{
	char octet = text.p[s->at];
	bool begins = s->is_start;

	s->is_start = false;
	if (s->is_open) {
		if (octet == '"')
			s->is_open = false; /* a second one, behind it, opens it again */
		return false;
	}
	if (octet == c->between) {
		s->is_start = true;
		s->is_quoted = false;
	} else if (octet == '"' && c->form == SW_CSV_QUOTES) {
		s->is_quoted |= begins;
		s->is_open = begins || (s->is_quoted && text.p[s->at - 1] == '"');
	}
	return octet == '\n';
}

/* Octets of the record with its end; 0: it has none that the buffer could hold. */
static size_t find_end(struct sw_csv *c, bool *is_open)
{
	struct scan s = { .is_start = true };

	for (;;) {
		struct sw_slice text = sw_feed_look(c->feed, s.at + 1);

		while (s.at < text.n)
			if (take_octet(&s, c, (struct sw_slice){ text.p, text.n }))
				return s.at + 1;
			else
				s.at++;
		if (sw_feed_more(c->feed))
			continue;
		*is_open = s.is_open;
		return c->feed->is_end && !s.is_open ? s.at : 0;
	}
}

/* Only its first line goes: what stands below may be right. */
static enum sw_csv_got skip_line(struct sw_csv *c, const char *why)
{
	char *line;
	size_t n;

	c->fault = why;
	c->fault_at = SW_CSV_FIELDS_MAX;
	c->line++;
	return sw_feed_line(c->feed, &line, &n) == SW_FEED_END ? SW_CSV_END : SW_CSV_BAD;
}

static enum sw_csv_got bad_field(struct sw_csv *c, const char *why)
{
	c->fault = why;
	c->fault_at = c->n;
	return SW_CSV_BAD;
}

struct cut {
	char *p;
	size_t at, n;
};

/* From the opening quote on; the doubled ones become one, in place. */
static const char *cut_quoted(struct cut *r, char between, struct sw_slice *out)
{
	char *to = r->p + r->at;

	out->p = to;
	for (r->at++; r->at < r->n; r->at++) {
		if (r->p[r->at] != '"') {
			*to++ = r->p[r->at];
		} else if (r->at + 1 < r->n && r->p[r->at + 1] == '"') {
			*to++ = '"';
			r->at++;
		} else {
			break;
		}
	}
	out->n = (size_t)(to - out->p);
	r->at++;
	if (r->at < r->n && r->p[r->at] != between)
		return "something stands behind the closing quote: a quote inside is written twice";
	return NULL;
}

static const char *cut_plain(struct cut *r, char between, struct sw_slice *out)
{
	const char *from = r->p + r->at;
	const char *end = memchr(from, between, r->n - r->at);

	out->p = from;
	out->n = end ? (size_t)(end - from) : r->n - r->at;
	r->at += out->n;
	return memchr(from, '"', out->n) ? "a quote stands inside: put the whole into quotes, and "
					   "write those inside twice"
					 : NULL;
}

static char unescaped(char c)
{
	switch (c) {
	case 't':
		return '\t';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case '0':
		return '\0';
	default:
		return c;
	}
}

static void cut_backslash(struct cut *r, char between, struct sw_slice *out)
{
	char *to = r->p + r->at;

	out->p = to;
	for (; r->at < r->n && r->p[r->at] != between; r->at++) {
		if (r->p[r->at] == '\\' && r->at + 1 < r->n)
			*to++ = unescaped(r->p[++r->at]);
		else
			*to++ = r->p[r->at];
	}
	out->n = (size_t)(to - out->p);
	if (sw_slice_eq(*out, SW_LIT("NULL")))
		out->n = 0;
}

static const char *cut_one(struct sw_csv *c, struct cut *r, struct sw_slice *out)
{
	if (c->form == SW_CSV_BACKSLASH) {
		cut_backslash(r, c->between, out);
		return NULL;
	}
	c->is_quoted[c->n] = r->at < r->n && r->p[r->at] == '"';
	return c->is_quoted[c->n] ? cut_quoted(r, c->between, out) : cut_plain(r, c->between, out);
}

static enum sw_csv_got cut(struct sw_csv *c, struct cut r)
{
	for (c->n = 0;; r.at++) {
		const char *why;

		if (c->n == SW_CSV_FIELDS_MAX)
			return bad_field(c, "more than 64 fields");
		why = cut_one(c, &r, &c->field[c->n]);
		if (why)
			return bad_field(c, why);
		c->n++;
		if (r.at >= r.n)
			return SW_CSV_RECORD;
	}
}

static uint64_t count_lines(const char *p, size_t n)
{
	uint64_t count = 0;

	for (size_t i = 0; i < n; i++)
		count += p[i] == '\n';
	return count;
}

static size_t without_end(const char *p, size_t n)
{
	if (n > 0 && p[n - 1] == '\n')
		n--;
	return n > 0 && p[n - 1] == '\r' ? n - 1 : n;
}

static enum sw_csv_got take_record(struct sw_csv *c, size_t n)
{
	struct cut r = { .p = sw_feed_at(c->feed), .n = without_end(sw_feed_at(c->feed), n) };

	c->line += count_lines(r.p, n);
	sw_feed_take(c->feed, n);
	if (n > SW_CSV_RECORD_MAX) {
		c->n = SW_CSV_FIELDS_MAX;
		return bad_field(c, "the row is longer than 16384 octets: is a quote missing?");
	}
	return cut(c, r);
}

/* Nothing but blanks and separators? Spreadsheets write such rows. */
static bool is_blank(const struct sw_csv *c)
{
	for (size_t i = 0; i < c->n; i++)
		if (sw_slice_trim(c->field[i]).n > 0 || c->is_quoted[i])
			return false;
	return true;
}

enum sw_csv_got sw_csv_next(struct sw_csv *c)
{
	for (;;) {
		bool is_open = false;
		size_t n = find_end(c, &is_open);
		enum sw_csv_got got;

		c->began = c->line;
		memset(c->is_quoted, 0, sizeof(c->is_quoted));
		if (c->feed->error != 0)
			return SW_CSV_END;
		if (n == 0 && sw_feed_look(c->feed, 1).n == 0)
			return SW_CSV_END;
		if (n == 0)
			return skip_line(c, is_open ? "a quote is opened and not closed"
						    : "the row is longer than 16384 octets");
		got = take_record(c, n);
		if (got == SW_CSV_BAD || !is_blank(c))
			return got;
	}
}

char sw_csv_between(struct sw_slice line)
{
	static const char marks[] = { '\t', ',', ';' };
	char best = ',';
	size_t most = 0;

	for (size_t m = 0; m < sizeof(marks); m++) {
		size_t n = 0;

		for (size_t i = 0; i < line.n; i++)
			n += line.p[i] == marks[m];
		if (n > most) {
			best = marks[m];
			most = n;
		}
	}
	return best;
}
