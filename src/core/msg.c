/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/msg.h>

#include "core/field.h"
#include "core/lex.h"
#include "core/startline.h"
#include "core/fieldvalue.h"

static const struct sw_slice methods[] = {
#define SW_METHOD(symbol) [SW_METHOD_##symbol] = SW_INIT(#symbol),
#include "core/method.def"
#undef SW_METHOD
};

enum sw_method sw_method_find(struct sw_slice name)
{
	for (size_t i = 1; i < SW_ARRAY_LEN(methods); i++)
		if (sw_slice_eq(name, methods[i]))
			return (enum sw_method)i;
	return SW_METHOD_OTHER;
}

/* The first thing that is wrong is the verdict; reading goes on, for the sake of an answer. */
struct reader {
	struct sw_slice octets;
	struct sw_msg *m;
	enum sw_reason reason;
	bool is_stream, is_broken;
	bool has_control;
	bool has_end;     /* the empty line came */
	const char *stop; /* where the header fields end */
};

static void fault(struct reader *rd, enum sw_reason reason, struct sw_fault why)
{
	if (rd->reason == SW_OK)
		rd->reason = sw_msg_fault(rd->m, rd->octets, why, reason);
}

static void fault_here(struct reader *rd, enum sw_reason reason, const char *at, enum sw_rule rule)
{
	fault(rd, reason, (struct sw_fault){ at, rule });
}

enum sw_reason sw_msg_fault(struct sw_msg *m, struct sw_slice octets, struct sw_fault why,
			    enum sw_reason reason)
{
	m->fault_at = (size_t)(why.at - octets.p);
	m->rule = why.rule;
	return reason;
}

/* A line that does not end where its first control character stands. Seldom, so it stands apart. */
__attribute__((noinline)) static bool take_odd_line(struct reader *rd, struct lex *lx,
						    const char *control, struct sw_slice *line)
{
	const char *lf = control ? memchr(control, '\n', (size_t)(lx->end - control)) : NULL;

	if (!lf)
		return false;
	rd->has_control = true;
	fault_here(rd, SW_R_LINE_END, control,
		   *control == '\r' || *control == '\n' ? SW_RULE_LINE_END : SW_RULE_CONTROL);
	*line = (struct sw_slice){ lx->p, (size_t)(lf - lx->p) - (lf > lx->p && lf[-1] == '\r') };
	lx->p = lf + 1;
	return true;
}

/* One line without its CR LF, which are taken too. false: no LF left. */
static bool take_line(struct reader *rd, struct lex *lx, struct sw_slice *line)
{
	const char *control = lex_find_control(lx->p, lx->end);

	if (!control || lx->end - control < 2 || memcmp(control, "\r\n", 2) != 0)
		return take_odd_line(rd, lx, control, line);
	*line = (struct sw_slice){ lx->p, (size_t)(control - lx->p) };
	lx->p = control + 2;
	return true;
}

/* Did the framer give up in a first line that might have become one of SIP? */
static bool is_long(const struct reader *rd, const struct lex *lx)
{
	struct lex at = *lx;
	struct sw_slice method;

	return rd->is_broken && lex_left(lx) > SW_START_LINE_MAX && lex_token(&at, &method) &&
	       lex_char(&at, ' ') && !memchr(rd->octets.p, '\n', rd->octets.n);
}

static bool read_start_line(struct reader *rd, struct lex *lx)
{
	struct sw_fault why;
	struct sw_slice line;

	while (lex_left(lx) >= 2 && lx->p[0] == '\r' && lx->p[1] == '\n') /* RFC 3261 7.5 */
		lx->p += 2;
	if (is_long(rd, lx)) {
		fault_here(rd, SW_R_URI_TOO_LONG, lx->p + SW_START_LINE_MAX,
			   SW_RULE_START_LINE_LIMIT);
		return false;
	}
	const char *mark = lx->p;

	if (!take_line(rd, lx, &line) || !sw_startline_is_sip(line)) {
		rd->reason = SW_OK; /* whatever else it is, first of all it is no SIP */
		fault_here(rd, SW_R_NOT_SIP, mark, SW_RULE_IS_SIP);
		return false;
	}
	enum sw_reason r = sw_startline_read(line, rd->m, &why);

	if (r != SW_OK)
		fault(rd, r, why);
	return true;
}

/* The limit holds for the line as it came and as it will be written, with its long name. */
static bool is_line_too_long(struct sw_slice line, const struct sw_header *h)
{
	if (line.n < SW_HEADER_LINE_MAX - SW_FIELD_NAME_MAX)
		return false;

	size_t name = h->field == SW_FIELD_OTHER ? h->name.n : sw_field_name(h->field).n;

	return line.n > SW_HEADER_LINE_MAX || name + h->value.n + 2 > SW_HEADER_LINE_MAX;
}

/* field-name HCOLON field-value */
static void add_header(struct reader *rd, struct sw_slice line)
{
	struct sw_msg *m = rd->m;
	struct lex lx = lex_of(line);
	struct sw_slice name;

	if (!lex_field(&lx, &name)) {
		fault_here(rd, SW_R_HEADER_SYNTAX, lx.p, SW_RULE_FIELD_NAME);
		return;
	}
	if (m->headers == SW_FIELDS_MAX) {
		fault_here(rd, SW_R_TOO_MANY, line.p, SW_RULE_FIELDS_LIMIT);
		return;
	}
	struct sw_header *h = &m->header[m->headers];

	*h = (struct sw_header){ sw_field_find(name), name, lex_value(&lx) };
	if (is_line_too_long(line, h))
		fault_here(rd, SW_R_TOO_LARGE,
			   line.p + (line.n < SW_HEADER_LINE_MAX ? line.n : SW_HEADER_LINE_MAX),
			   SW_RULE_LINE_LIMIT);
	if (m->first[h->field] < 0)
		m->first[h->field] = (int16_t)m->headers;
	else if (sw_field_is_once(h->field))
		fault_here(rd, SW_R_HEADER_TWICE, line.p, SW_RULE_FIELD_ONCE);
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
		fault_here(rd, SW_R_HEADER_SYNTAX, lx->p, SW_RULE_FIRST_FOLD);
	for (rd->stop = lx->p; take_line(rd, lx, &line); rd->stop = lx->p) {
		rd->has_end = line.n == 0;
		if (rd->has_end)
			return;
		while (is_continued(lx) && take_line(rd, lx, &more))
			line.n = (size_t)(more.p + more.n - line.p);
		add_header(rd, line);
	}
	rd->stop = lx->end;
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

static const enum sw_field essentials[] = { SW_FIELD_VIA, SW_FIELD_FROM, SW_FIELD_TO,
					    SW_FIELD_CALL_ID, SW_FIELD_CSEQ };

static bool has_essentials(const struct sw_msg *m)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(essentials); i++)
		if (m->first[essentials[i]] < 0)
			return false;
	return true;
}

/* In the order of the message, so that its first fault is the verdict. */
static void read_values(struct reader *rd)
{
	struct sw_fieldvalues values = { .m = rd->m };
	const struct sw_msg *m = rd->m;

	for (size_t i = 0; i < m->headers; i++) {
		const struct sw_header *h = &m->header[i];

		if (sw_field_is_once(h->field) && m->first[h->field] != (int)i)
			continue; /* refused already; what was read stays the first one's */
		enum sw_reason r = sw_fieldvalue_read(&values, h);

		if (r != SW_OK)
			fault(rd, r, values.why);
	}
}

/* What the header should have had. Where a framer found no end of it, limits stopped it. */
static void read_end(struct reader *rd)
{
	if (!rd->has_end && rd->is_broken)
		fault_here(rd, SW_R_TOO_LARGE, rd->stop, SW_RULE_MESSAGE_LIMIT);
	else if (!rd->has_end)
		fault_here(rd, SW_R_HEADER_MISSING, rd->stop, SW_RULE_EMPTY_LINE);
	else if (!has_essentials(rd->m))
		fault_here(rd, SW_R_HEADER_MISSING, rd->stop, SW_RULE_NEEDED_FIELDS);
}

static void read_length(struct reader *rd, const struct lex *lx)
{
	const struct sw_header *h = sw_msg_header(rd->m, SW_FIELD_CONTENT_LENGTH);
	uint64_t n = lex_left(lx);

	if (!h && rd->m->headers == SW_FIELDS_MAX)
		fault_here(rd, SW_R_TOO_MANY, rd->stop, SW_RULE_FIELDS_LIMIT);
	if (!h && rd->is_stream) {
		fault_here(rd, SW_R_LENGTH_GONE, rd->stop, SW_RULE_LENGTH_NEEDED);
	} else if (h) {
		struct lex value = lex_of(h->value);

		if (!lex_number(&value, UINT32_MAX, &n) || value.p != value.end)
			fault_here(rd, SW_R_LENGTH, value.p, SW_RULE_LENGTH);
		else if (n > lex_left(lx) && rd->is_broken)
			fault_here(rd, SW_R_BODY_TOO_LARGE, h->value.p, SW_RULE_BODY_LIMIT);
		else if (n > lex_left(lx))
			fault_here(rd, SW_R_LENGTH, lx->end, SW_RULE_LENGTH_COVERS);
	}
	if (rd->reason == SW_OK)
		rd->m->body = (struct sw_slice){ lx->p, (size_t)n };
}

/* Whether an answer may repeat a value: no control character but those of a fold. */
static bool is_clean(struct sw_slice v)
{
	struct lex lx = lex_of(v);
	const char *p;

	while ((p = lex_find_control(lx.p, lx.end)) != NULL) {
		if (lx.end - p < 3 || memcmp(p, "\r\n", 2) != 0 || (p[2] != ' ' && p[2] != '\t'))
			return false;
		lx.p = p + 3;
	}
	return true;
}

/* Of an address that could be read the answer can leave the display name away. */
static bool is_party_clean(struct sw_nameaddr *a, struct sw_slice value)
{
	a->is_plain = !is_clean(value);
	return !a->is_plain ||
	       (a->text.n > 0 && a->bracketed && is_clean(a->uri_text) && is_clean(a->params));
}

/* An answer repeats these, of From and To the first: what is dirty in them would be dirty in it. */
static bool is_repeatable(struct sw_msg *m)
{
	const struct sw_header *from = sw_msg_header(m, SW_FIELD_FROM);
	const struct sw_header *to = sw_msg_header(m, SW_FIELD_TO);

	for (size_t i = 0; i < m->headers; i++) {
		const struct sw_header *h = &m->header[i];
		bool clean = true;

		if (h == from)
			clean = is_party_clean(&m->from, h->value);
		else if (h == to)
			clean = is_party_clean(&m->to, h->value);
		else if (h->field == SW_FIELD_VIA || h->field == SW_FIELD_CALL_ID ||
			 h->field == SW_FIELD_CSEQ)
			clean = is_clean(h->value);
		if (!clean)
			return false;
	}
	return true;
}

static void begin(struct sw_msg *m)
{
	/* The header array is large and only its first `headers` rows are ever read. */
	memset(m, 0, offsetof(struct sw_msg, header));
	memset(&m->headers, 0, sizeof(*m) - offsetof(struct sw_msg, headers));
	memset(m->first, 0xff, sizeof(m->first));
}

static enum sw_reason parse(struct reader *rd)
{
	struct lex lx = lex_of(rd->octets);
	struct sw_msg *m = rd->m;

	begin(m);
	if (rd->octets.n == 0) {
		m->rule = SW_RULE_IS_SIP;
		return SW_R_NOT_SIP;
	}
	if (!read_start_line(rd, &lx))
		return rd->reason;
	read_headers(rd, &lx);
	read_values(rd);
	read_end(rd);
	read_length(rd, &lx);
	m->is_dirty = rd->has_control && !is_repeatable(m);
	if (!m->is_response && m->ruri.scheme > SW_SCHEME_SIPS)
		fault_here(rd, SW_R_SCHEME, m->ruri_text.p, SW_RULE_OUR_SCHEME);
	if (rd->is_broken) /* whatever the framer saw */
		fault_here(rd, SW_R_TOO_LARGE, rd->octets.p + rd->octets.n, SW_RULE_MESSAGE_LIMIT);
	return rd->reason;
}

enum sw_reason sw_msg_parse(struct sw_slice octets, struct sw_msg *out)
{
	struct reader rd = { .octets = octets, .m = out };

	return parse(&rd);
}

enum sw_reason sw_msg_parse_stream(struct sw_slice octets, bool is_broken, struct sw_msg *out)
{
	struct reader rd = {
		.octets = octets, .m = out, .is_stream = true, .is_broken = is_broken
	};

	return parse(&rd);
}

/* Behind too many fields others may stand that an answer had to repeat. */
bool sw_msg_is_answerable(const struct sw_msg *m)
{
	return !m->is_response && m->method != SW_METHOD_ACK && m->via.text.n > 0 && !m->is_dirty &&
	       (m->headers < SW_FIELDS_MAX || has_essentials(m));
}
