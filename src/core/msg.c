/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/msg.h>

#include "core/lex.h"
#include "core/startline.h"

static const struct sw_slice methods[] = {
#define SW_METHOD(symbol) [SW_METHOD_##symbol] = SW_INIT(#symbol),
#include "core/method.def"
#undef SW_METHOD
};

enum kind {
	ONCE,
	LIST,
	MANY
};

static const struct {
	struct sw_slice name, compact;
	enum kind kind;
} fields[SW_FIELD_COUNT] = {
	[SW_FIELD_OTHER] = { .kind = MANY },
#define SW_FIELD(symbol, name, compact, kind) \
	[SW_FIELD_##symbol] = { SW_INIT(name), SW_INIT(compact), kind },
#include "core/field.def"
#undef SW_FIELD
};

enum sw_method sw_method_find(struct sw_slice name)
{
	for (size_t i = 1; i < SW_ARRAY_LEN(methods); i++)
		if (sw_slice_eq(name, methods[i]))
			return (enum sw_method)i;
	return SW_METHOD_OTHER;
}

static enum sw_field find_field(struct sw_slice name)
{
	for (size_t i = 1; i < SW_FIELD_COUNT; i++) {
		const struct sw_slice *want = name.n == 1 ? &fields[i].compact : &fields[i].name;

		/* Length and first letter here: most rows differ in them and need no call. */
		if (name.n != want->n || ((name.p[0] ^ want->p[0]) & ~0x20))
			continue;
		if (sw_slice_eq_nocase(name, *want))
			return (enum sw_field)i;
	}
	return SW_FIELD_OTHER;
}

/* The first thing that is wrong is the verdict; reading goes on, for the sake of an answer. */
struct reader {
	struct sw_slice octets;
	struct sw_msg *m;
	enum sw_reason reason;
	bool has_control;
};

static void fault(struct reader *rd, enum sw_reason reason, const char *at)
{
	if (rd->reason != SW_OK)
		return;
	rd->reason = reason;
	rd->m->fault_at = (size_t)(at - rd->octets.p);
}

/* One line without its CR LF, which are taken too. false: no CR LF left. */
static bool take_line(struct reader *rd, struct lex *lx, struct sw_slice *line)
{
	const char *lf = lx->p < lx->end ? memchr(lx->p, '\n', lex_left(lx)) : NULL;
	const char *mark = lx->p;

	if (!lf)
		return false;
	bool crlf = lf > mark && lf[-1] == '\r';

	*line = (struct sw_slice){ mark, (size_t)(lf - mark) - (crlf ? 1 : 0) };
	lx->p = lf + 1;
	const char *bad = crlf ? lex_find_control(line->p, line->p + line->n) : lf;

	if (bad) {
		rd->has_control = true;
		fault(rd, SW_R_LINE_END, bad);
	}
	return true;
}

static bool is_version(struct sw_slice s, bool *ours)
{
	struct lex lx = lex_of(s);
	struct sw_slice name, major, minor;

	*ours = sw_slice_eq_nocase(s, SW_LIT("SIP/2.0"));
	return lex_token(&lx, &name) && sw_slice_eq_nocase(name, SW_LIT("SIP")) &&
	       lex_char(&lx, '/') && lex_digits(&lx, &major) && lex_char(&lx, '.') &&
	       lex_digits(&lx, &minor) && lx.p == lx.end;
}

/* SIP-Version SP Status-Code SP [Reason-Phrase] */
static void read_status_line(struct reader *rd, struct sw_slice line)
{
	struct sw_slice code = { line.p + 8, 3 };
	uint64_t v;

	rd->m->is_response = true;
	if (line.n < 12 || line.p[11] != ' ' || !sw_slice_u64(code, 699, &v) || v < 100) {
		fault(rd, SW_R_START_LINE, line.p);
		return;
	}
	rd->m->status = (int)v;
}

/* Method SP Request-URI SP SIP-Version, single blanks (RFC 3261 7.1). */
static void read_request_line(struct reader *rd, struct sw_slice line)
{
	struct lex lx = lex_of(line);
	struct sw_msg *m = rd->m;
	bool ours;

	if (!lex_token(&lx, &m->method_text) || !lex_char(&lx, ' ')) {
		fault(rd, SW_R_START_LINE, lx.p);
		return;
	}
	m->method = sw_method_find(m->method_text);
	const char *uri = lx.p;

	while (lx.p < lx.end && *lx.p != ' ')
		lx.p++;
	m->ruri_text = lex_since(&lx, uri);
	if (m->ruri_text.n == 0 || !lex_char(&lx, ' ') || !is_version(lex_rest(&lx), &ours)) {
		fault(rd, SW_R_START_LINE, lx.p);
		return;
	}
	if (!ours)
		fault(rd, SW_R_VERSION, lx.p);
	else if (sw_uri_parse(m->ruri_text, &m->ruri) != SW_OK)
		fault(rd, SW_R_URI_SYNTAX, uri);
}

static bool read_start_line(struct reader *rd, struct lex *lx)
{
	struct sw_slice line;

	while (lex_left(lx) >= 2 && lx->p[0] == '\r' && lx->p[1] == '\n') /* RFC 3261 7.5 */
		lx->p += 2;
	if (!take_line(rd, lx, &line) || !sw_startline_is_sip(line)) {
		rd->reason = SW_OK; /* whatever else it is, first of all it is no SIP */
		fault(rd, SW_R_NOT_SIP, rd->octets.p);
		return false;
	}
	if (sw_slice_has_prefix_nocase(line, SW_LIT("SIP/2.0 ")))
		read_status_line(rd, line);
	else
		read_request_line(rd, line);
	if (line.n > SW_START_LINE_MAX)
		fault(rd, SW_R_URI_TOO_LONG, line.p + SW_START_LINE_MAX);
	return true;
}

/* field-name HCOLON field-value */
static void add_header(struct reader *rd, struct sw_slice line)
{
	struct sw_msg *m = rd->m;
	struct lex lx = lex_of(line);
	struct sw_slice name;

	if (!lex_field(&lx, &name)) {
		fault(rd, SW_R_HEADER_SYNTAX, lx.p);
		return;
	}
	if (line.n > SW_HEADER_LINE_MAX)
		fault(rd, SW_R_TOO_LARGE, line.p + SW_HEADER_LINE_MAX);
	if (m->headers == SW_FIELDS_MAX) {
		fault(rd, SW_R_TOO_MANY, line.p);
		return;
	}
	struct sw_header *h = &m->header[m->headers];

	*h = (struct sw_header){ find_field(name), name, lex_value(&lx) };
	if (m->first[h->field] < 0)
		m->first[h->field] = (int16_t)m->headers;
	else if (fields[h->field].kind == ONCE)
		fault(rd, SW_R_HEADER_TWICE, line.p);
	m->headers++;
}

static bool is_continued(const struct lex *lx)
{
	return lx->p < lx->end && (*lx->p == ' ' || *lx->p == '\t');
}

/* All header lines, folded ones as one, up to the empty line. */
static void read_headers(struct reader *rd, struct lex *lx)
{
	struct sw_slice line, more;

	if (is_continued(lx)) /* nothing to continue: the start line cannot be folded */
		fault(rd, SW_R_HEADER_SYNTAX, lx->p);
	while (take_line(rd, lx, &line)) {
		if (line.n == 0)
			return;
		while (is_continued(lx) && take_line(rd, lx, &more))
			line.n = (size_t)(more.p + more.n - line.p);
		add_header(rd, line);
	}
	fault(rd, SW_R_HEADER_MISSING, rd->octets.p + rd->octets.n); /* no empty line */
}

const struct sw_header *sw_msg_header(const struct sw_msg *m, enum sw_field field)
{
	return m->first[field] < 0 ? NULL : &m->header[m->first[field]];
}

const struct sw_header *sw_msg_next(const struct sw_msg *m, const struct sw_header *h)
{
	for (const struct sw_header *next = h + 1; next < m->header + m->headers; next++)
		if (next->field == h->field)
			return next;
	return NULL;
}

static void read_length(struct reader *rd, const struct lex *lx)
{
	const struct sw_header *h = sw_msg_header(rd->m, SW_FIELD_CONTENT_LENGTH);
	uint64_t n = lex_left(lx);

	if (h && !sw_slice_u64(h->value, UINT32_MAX, &n))
		fault(rd, SW_R_LENGTH, h->value.p);
	else if (n > lex_left(lx))
		fault(rd, SW_R_LENGTH, h->value.p);
	else
		rd->m->body = (struct sw_slice){ lx->p, (size_t)n };
}

static void read_via(struct reader *rd)
{
	const struct sw_header *h = sw_msg_header(rd->m, SW_FIELD_VIA);
	struct sw_via v;
	bool top = true;
	unsigned n = 0;

	for (; h; h = sw_msg_next(rd->m, h)) {
		struct sw_slice rest = h->value;

		do {
			enum sw_reason r = ++n > SW_VIA_MAX ? SW_R_TOO_MANY
							    : sw_via_next(&rest, &v);

			if (r != SW_OK) {
				fault(rd, r, rest.n > 0 ? rest.p : h->name.p);
				return;
			}
			if (top)
				rd->m->via = v;
			top = false;
		} while (rest.n > 0);
	}
}

/* A From or To: one value, nothing behind it. */
static void read_party(struct reader *rd, enum sw_field field, struct sw_nameaddr *out)
{
	const struct sw_header *h = sw_msg_header(rd->m, field);
	struct sw_slice rest = h->value;
	enum sw_reason r = sw_nameaddr_next(&rest, out);

	if (r == SW_OK && rest.n > 0)
		r = SW_R_HEADER_TWICE;
	if (r != SW_OK)
		fault(rd, r, h->name.p);
}

/* word [ "@" word ] */
static void read_call_id(struct reader *rd)
{
	const struct sw_header *h = sw_msg_header(rd->m, SW_FIELD_CALL_ID);
	struct lex lx = lex_of(h->value);
	struct sw_slice word;

	if (!lex_run(&lx, CH_WORD, &word) ||
	    (lex_char(&lx, '@') && !lex_run(&lx, CH_WORD, &word)) || lx.p != lx.end)
		fault(rd, SW_R_HEADER_SYNTAX, h->value.n > 0 ? lx.p : h->name.p);
	rd->m->call_id = h->value;
}

/* 1*DIGIT LWS Method */
static void read_cseq(struct reader *rd)
{
	const struct sw_header *h = sw_msg_header(rd->m, SW_FIELD_CSEQ);
	struct lex lx = lex_of(h->value);
	struct sw_slice digits;
	struct sw_cseq c;
	uint64_t v;
	bool blank = lex_digits(&lx, &digits) && lx.p < lx.end && !lex_is(*lx.p, CH_TOKEN);

	lex_blanks(&lx);
	if (!blank || !sw_slice_u64(digits, UINT32_MAX, &v) || !lex_token(&lx, &c.method) ||
	    lx.p != lx.end) {
		fault(rd, SW_R_HEADER_SYNTAX, h->name.p);
		return;
	}
	c.number = (uint32_t)v;
	rd->m->cseq = c;
	if (!rd->m->is_response && !sw_slice_eq(c.method, rd->m->method_text))
		fault(rd, SW_R_CSEQ_METHOD, c.method.p);
}

static void read_max_forwards(struct reader *rd)
{
	const struct sw_header *h = sw_msg_header(rd->m, SW_FIELD_MAX_FORWARDS);
	uint64_t v;

	if (h && !sw_slice_u64(h->value, 255, &v))
		fault(rd, SW_R_HEADER_SYNTAX, h->name.p);
}

static bool has_essentials(const struct sw_msg *m)
{
	static const enum sw_field need[] = { SW_FIELD_VIA, SW_FIELD_FROM, SW_FIELD_TO,
					      SW_FIELD_CALL_ID, SW_FIELD_CSEQ };

	for (size_t i = 0; i < SW_ARRAY_LEN(need); i++)
		if (m->first[need[i]] < 0)
			return false;
	return true;
}

static void read_values(struct reader *rd)
{
	if (!has_essentials(rd->m)) {
		fault(rd, SW_R_HEADER_MISSING, rd->octets.p);
		if (rd->m->first[SW_FIELD_VIA] >= 0)
			read_via(rd);
		return;
	}
	read_via(rd);
	read_party(rd, SW_FIELD_FROM, &rd->m->from);
	read_party(rd, SW_FIELD_TO, &rd->m->to);
	read_call_id(rd);
	read_cseq(rd);
	read_max_forwards(rd);
}

/* Nothing but folding: CR LF and a blank. */
static bool is_clean(struct sw_slice v)
{
	for (size_t i = 0; i < v.n; i++) {
		if (!lex_is_control(v.p[i]))
			continue;
		if (i + 2 >= v.n || memcmp(v.p + i, "\r\n", 2) != 0 ||
		    (v.p[i + 2] != ' ' && v.p[i + 2] != '\t'))
			return false;
		i += 2;
	}
	return true;
}

/* An answer repeats these: what is dirty in them would be dirty in it. */
static bool is_repeatable(const struct sw_msg *m)
{
	for (size_t i = 0; i < m->headers; i++) {
		enum sw_field f = m->header[i].field;
		bool repeated = f == SW_FIELD_VIA || f == SW_FIELD_FROM || f == SW_FIELD_TO ||
				f == SW_FIELD_CALL_ID || f == SW_FIELD_CSEQ;

		if (repeated && !is_clean(m->header[i].value))
			return false;
	}
	return true;
}

enum sw_reason sw_msg_parse(struct sw_slice octets, struct sw_msg *out)
{
	struct reader rd = { octets, out, SW_OK, false };
	struct lex lx = lex_of(octets);

	/* The header array is large and only its first `headers` rows are ever read. */
	memset(out, 0, offsetof(struct sw_msg, header));
	memset(&out->headers, 0, sizeof(*out) - offsetof(struct sw_msg, headers));
	memset(out->first, 0xff, sizeof(out->first));
	if (octets.n == 0) {
		out->fault_at = 0;
		return SW_R_NOT_SIP;
	}
	if (!read_start_line(&rd, &lx))
		return rd.reason;
	read_headers(&rd, &lx);
	read_values(&rd);
	read_length(&rd, &lx);
	out->is_dirty = rd.has_control && !is_repeatable(out);
	if (rd.reason == SW_OK && !out->is_response && out->ruri.scheme == SW_SCHEME_OTHER)
		fault(&rd, SW_R_SCHEME, out->ruri_text.p);
	return rd.reason;
}

bool sw_msg_is_answerable(const struct sw_msg *m)
{
	return !m->is_response && m->method != SW_METHOD_ACK && has_essentials(m) &&
	       m->via.text.n > 0 && !m->is_dirty;
}
