/* SPDX-License-Identifier: Apache-2.0 */
#include "core/frame.h"

#include "core/lex.h"
#include "core/startline.h"

enum {
	METHOD = 0, /* of the first line */
	URI,        /* its first octet */
	FIRST_LINE,
	HEADER,
	BODY
};

static enum sw_frame broken(size_t *n, size_t worth)
{
	*n = worth;
	return SW_FRAME_BROKEN;
}

/* Ready for the next message. */
static enum sw_frame done(struct sw_framer *f, enum sw_frame what, size_t length, size_t *n)
{
	*f = (struct sw_framer){ .is_half_ping = what == SW_FRAME_BLANK };
	*n = length;
	return what;
}

/* What stands between messages. MORE: nothing of that, or not enough to tell. */
static enum sw_frame read_blank(struct sw_framer *f, struct sw_slice octets, size_t *n)
{
	if (octets.n < 2 || memcmp(octets.p, "\r\n", 2) != 0)
		return SW_FRAME_MORE;
	return done(f, f->is_half_ping ? SW_FRAME_PING : SW_FRAME_BLANK, 2, n);
}

/*
 * Does it begin as SIP does? A TLS ClientHello, HTTP and noise are told here, before they can
 * make anybody wait: no method holds a control character, no SIP URI begins with "/" or "*".
 */
static bool begins_well(struct sw_framer *f, struct sw_slice octets)
{
	for (; f->phase == METHOD && f->scanned < octets.n; f->scanned++) {
		char c = octets.p[f->scanned];

		if (lex_is(c, CH_TOKEN))
			continue;
		if (c == ' ' && f->scanned > 0)
			f->phase = URI;
		else if (sw_slice_eq_nocase((struct sw_slice){ octets.p, f->scanned + 1 },
					    SW_LIT("SIP/")))
			f->phase = FIRST_LINE;
		else
			return false;
	}
	if (f->phase != URI || f->scanned == octets.n)
		return true;
	f->phase = FIRST_LINE;
	return octets.p[f->scanned] != '/' && octets.p[f->scanned] != '*';
}

/* Content-Length, once it is known where its field ends. */
static void end_field(struct sw_framer *f, struct sw_slice octets)
{
	struct lex lx = { .p = octets.p + f->field, .end = octets.p + f->line };
	struct sw_slice name;
	uint64_t v;

	f->is_pending = false;
	if (!lex_may_be_length(*lx.p) || !lex_field(&lx, &name) || !lex_is_length(name))
		return;
	if (!sw_slice_u64(lex_value(&lx), UINT32_MAX, &v) || (f->has_length && v != f->length)) {
		f->is_doubtful = true;
		return;
	}
	f->has_length = true;
	f->length = (uint32_t)v;
}

/* To the LF that ends the line; false: it is not there yet. */
static bool find_line_end(struct sw_framer *f, struct sw_slice octets)
{
	const char *end = octets.p + octets.n;
	const char *p = octets.p + f->scanned;

	while ((p = lex_find_control(p, end)) != NULL) {
		f->scanned = (size_t)(p - octets.p);
		if (*p == '\r' && p + 1 == end)
			return false;
		if (*p == '\r' && p[1] == '\n') {
			f->scanned++;
			return true;
		}
		f->is_doubtful = true;
		if (*p == '\n')
			return true;
		f->scanned++;
		p++;
	}
	f->scanned = octets.n;
	return false;
}

/* A whole line, which stands in front of scanned. false: it is the first one and no SIP. */
static bool end_line(struct sw_framer *f, struct sw_slice octets)
{
	struct sw_slice line = { octets.p + f->line, f->scanned + 1 - f->line };
	bool is_empty = *line.p == '\n' || (*line.p == '\r' && line.p[1] == '\n');

	f->line = ++f->scanned;
	if (f->phase == FIRST_LINE) {
		f->phase = HEADER;
		f->field = f->line;
		return sw_startline_is_sip(line);
	}
	f->is_pending = !is_empty;
	if (!is_empty)
		return true;
	f->phase = BODY;
	f->header_n = f->line;
	return true;
}

/* Line by line, as far as there are octets. false: no SIP. */
static bool read_header(struct sw_framer *f, struct sw_slice octets)
{
	while (f->phase < BODY && f->line < octets.n) {
		char c = octets.p[f->line];

		if (f->is_pending && c != ' ' && c != '\t') {
			end_field(f, octets);
			f->field = f->line;
		}
		if (!find_line_end(f, octets))
			return true;
		if (!end_line(f, octets))
			return false;
	}
	return true;
}

enum sw_frame sw_frame_next(struct sw_framer *f, struct sw_slice octets, size_t message_max,
			    size_t *n, bool *in_body)
{
	size_t cap = message_max < SW_FRAME_HEADER_MAX ? message_max : SW_FRAME_HEADER_MAX;
	struct sw_slice head = { octets.p, octets.n < cap ? octets.n : cap };

	*n = 0;
	*in_body = false;
	if (octets.n == 0)
		return SW_FRAME_MORE;
	if (f->phase == METHOD && f->scanned == 0 && *octets.p == '\r' &&
	    (octets.n == 1 || octets.p[1] == '\n'))
		return read_blank(f, octets, n);
	if (f->phase < FIRST_LINE && !begins_well(f, head))
		return broken(n, f->scanned + 1);
	if (f->phase >= FIRST_LINE && f->phase < BODY && !read_header(f, head))
		return broken(n, f->line);
	if (f->phase < BODY)
		return head.n < cap ? SW_FRAME_MORE : broken(n, cap);
	*in_body = true;
	if (f->is_doubtful || !f->has_length || f->length > message_max - f->header_n)
		return broken(n, f->header_n);
	if (octets.n - f->header_n < f->length)
		return SW_FRAME_MORE;
	return done(f, SW_FRAME_MESSAGE, f->header_n + f->length, n);
}
