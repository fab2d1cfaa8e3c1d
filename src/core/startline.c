/* SPDX-License-Identifier: Apache-2.0 */
#include "core/startline.h"

#include "core/lex.h"

bool sw_startline_is_sip(struct sw_slice line)
{
	const char *end = line.p + line.n;
	const char *slash = line.n > 3 ? memchr(line.p + 3, '/', line.n - 3) : NULL;

	for (; slash; slash = memchr(slash + 1, '/', (size_t)(end - slash) - 1))
		if (sw_slice_same_letters(slash - 3, "SIP", 3))
			return true;
	return false;
}

/* "SIP" "/" 1*DIGIT "." 1*DIGIT, to the end of the line. */
static bool read_version(struct lex *lx, bool *ours)
{
	static const char sip[] = "SIP/";
	struct sw_slice digits, text = lex_rest(lx);

	*ours = sw_slice_eq_nocase(text, SW_LIT("SIP/2.0"));
	if (*ours)
		return true;
	for (size_t i = 0; i < sizeof(sip) - 1; i++)
		if (!lex_char(lx, sip[i]) && !lex_char(lx, (char)(sip[i] | 0x20)))
			return false;
	return lex_digits(lx, &digits) && lex_char(lx, '.') && lex_digits(lx, &digits) &&
	       lx->p == lx->end;
}

/* SIP-Version SP Status-Code SP [Reason-Phrase] */
static enum sw_reason read_status(struct sw_slice line, struct sw_msg *m, struct sw_fault *why)
{
	static const struct sw_slice begin = SW_INIT("SIP/2.0 ");
	struct lex lx = lex_of(line);

	m->is_response = true;
	for (size_t i = 0; i < begin.n; i++) {
		struct sw_slice one = { lx.p, lx.p < lx.end };

		if (!sw_slice_eq_nocase(one, (struct sw_slice){ begin.p + i, 1 })) {
			sw_fault_at(why, lx.p, SW_RULE_STATUS_LINE);
			return SW_R_START_LINE;
		}
		lx.p++;
	}
	const char *mark = lx.p;
	uint64_t v = 0;
	bool ok = lex_number(&lx, 699, &v) && lx.p == mark + 3;

	if (!ok || v < 100 || !lex_char(&lx, ' ')) {
		const char *third = lx.p > mark + 3 ? mark + 3 : lx.p;

		sw_fault_at(why, ok && v < 100 ? mark : third, SW_RULE_STATUS_LINE);
		return SW_R_START_LINE;
	}
	m->status = (int)v;
	m->phrase = lex_rest(&lx);
	return SW_OK;
}

/* Method SP Request-URI SP SIP-Version, single blanks (RFC 3261 7.1). */
static bool split_request(struct lex *lx, struct sw_msg *m, bool *ours)
{
	if (!lex_token(lx, &m->method_text) || !lex_char(lx, ' '))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_METHOD);
	m->method = sw_method_find(m->method_text);
	const char *uri = lx->p;

	const char *blank = memchr(uri, ' ', lex_left(lx));

	lx->p = blank ? blank : lx->end;
	m->ruri_text = lex_since(lx, uri);
	if (m->ruri_text.n == 0 || !lex_char(lx, ' '))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_REQUEST_URI);
	return read_version(lx, ours) || sw_fault_at(&lx->stop, lx->p, SW_RULE_SIP_VERSION);
}

static enum sw_reason read_request(struct sw_slice line, struct sw_msg *m, struct sw_fault *why)
{
	struct lex lx = lex_of(line);
	bool ours;

	if (!split_request(&lx, m, &ours)) {
		*why = lx.stop;
		return SW_R_START_LINE;
	}
	if (!ours) {
		sw_fault_at(why, m->ruri_text.p + m->ruri_text.n + 1, SW_RULE_OUR_VERSION);
		return SW_R_VERSION;
	}
	return sw_uri_parse_why(m->ruri_text, &m->ruri, why);
}

enum sw_reason sw_startline_read(struct sw_slice line, struct sw_msg *m, struct sw_fault *why)
{
	enum sw_reason r;

	/* No method has a "/": what begins so is a response, if not one of ours, and is not answered. */
	if (sw_slice_has_prefix_nocase(line, SW_LIT("SIP/")))
		r = read_status(line, m, why);
	else
		r = read_request(line, m, why);
	if (r != SW_OK || line.n <= SW_START_LINE_MAX)
		return r;
	sw_fault_at(why, line.p + SW_START_LINE_MAX, SW_RULE_START_LINE_LIMIT);
	return SW_R_URI_TOO_LONG;
}
