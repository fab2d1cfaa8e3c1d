/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any octets as a message. Oracles: what was read points into the octets; a refusal names an octet
 * in them and a rule, a message that passes none; what passes is written in one spelling that is
 * read as the same message, is written the same again, and in which a reader that knows nothing
 * but lines sees each field once that may stand once.
 */
#include <assert.h>
#include <stdlib.h>

#include "core/field.h"
#include "core/msgwrite.h"
#include "core/write.h"
#include "lines.h"

#define ROOM (1 << 20)

static void is_inside(struct sw_slice part, struct sw_slice whole)
{
	assert(part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n));
}

static void is_sound(const struct sw_msg *m, struct sw_slice whole)
{
	assert(m->headers <= SW_FIELDS_MAX && m->fault_at <= whole.n);
	for (size_t i = 0; i < m->headers; i++) {
		is_inside(m->header[i].name, whole);
		is_inside(m->header[i].value, whole);
	}
	is_inside(m->method_text, whole);
	is_inside(m->ruri_text, whole);
	is_inside(m->via.text, whole);
	is_inside(m->via.params, whole);
	is_inside(m->from.text, whole);
	is_inside(m->to.text, whole);
	is_inside(m->body, whole);
}

/* Lines of the header that begin so; no octet of it may be a control character but in CR LF. */
static unsigned count_lines(struct sw_slice header, struct sw_slice name)
{
	unsigned n = 0;

	for (const char *p = header.p, *end = header.p + header.n; p < end;) {
		const char *lf = memchr(p, '\n', (size_t)(end - p));

		assert(lf && lf > p && lf[-1] == '\r');
		for (const char *c = p; c < lf - 1; c++)
			assert((unsigned char)*c >= 0x20 || *c == '\t');
		assert(*p != ' ' && *p != '\t');
		n += sw_slice_has_prefix_nocase((struct sw_slice){ p, (size_t)(lf - p) }, name);
		p = lf + 1;
	}
	return n;
}

static void check_lines(struct sw_slice header)
{
	static const struct sw_slice once[] = { SW_INIT("From:"), SW_INIT("To:"), SW_INIT("CSeq:"),
						SW_INIT("Call-ID:"), SW_INIT("Content-Length:") };

	for (size_t i = 0; i < SW_ARRAY_LEN(once); i++)
		assert(count_lines(header, once[i]) == 1);
	assert(count_lines(header, SW_LIT("Max-Forwards:")) <= 1);
}

static void is_same_value(struct sw_slice folded, struct sw_slice plain)
{
	static char room[ROOM];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	sw_write_value(&b, folded);
	assert(sw_slice_eq(sw_buf_slice(&b), plain));
}

static void is_same(const struct sw_msg *a, const struct sw_msg *b)
{
	size_t k = 0;

	assert(a->is_response == b->is_response && a->status == b->status);
	assert(sw_slice_eq(a->phrase, b->phrase));
	assert(a->method == b->method && sw_slice_eq(a->method_text, b->method_text));
	assert(sw_slice_eq(a->ruri_text, b->ruri_text) && sw_slice_eq(a->body, b->body));
	assert(a->cseq.number == b->cseq.number && sw_slice_eq(a->cseq.method, b->cseq.method));
	assert(sw_slice_eq(a->call_id, b->call_id));
	assert(sw_slice_eq(a->from.uri_text, b->from.uri_text));
	assert(sw_slice_eq(a->to.uri_text, b->to.uri_text));
	assert(a->via.has_rport == b->via.has_rport);
	for (size_t i = 0; i < a->headers; i++, k++) {
		assert(k < b->headers && a->header[i].field == b->header[k].field);
		if (a->header[i].field != SW_FIELD_CONTENT_LENGTH)
			is_same_value(a->header[i].value, b->header[k].value);
		if (a->header[i].field == SW_FIELD_OTHER)
			assert(sw_slice_eq(a->header[i].name, b->header[k].name));
	}
	assert(k + (sw_msg_header(a, SW_FIELD_CONTENT_LENGTH) ? 0 : 1) == b->headers);
}

static struct sw_slice write(const struct sw_msg *m, char *room)
{
	struct sw_buf b = sw_buf_over(room, ROOM);

	sw_msg_write(&b, m);
	assert(sw_buf_ok(&b));
	return sw_buf_slice(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static char one[ROOM], two[ROOM];
	static struct sw_msg a, b;
	struct sw_slice octets = { (const char *)data, n };
	enum sw_reason r = sw_msg_parse(octets, &a);

	is_sound(&a, octets);
	assert((r == SW_OK) == (a.rule == SW_RULE_NONE));
	if (r != SW_OK)
		return 0;
	struct sw_slice text = write(&a, one);

	check_lines((struct sw_slice){ text.p, text.n - a.body.n - 2 });
	assert(sw_msg_parse_stream(text, false, &b) == SW_OK);
	is_same(&a, &b);
	assert(sw_slice_eq(write(&b, two), text));
	return 0;
}
