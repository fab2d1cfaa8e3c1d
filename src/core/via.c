/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/msg.h>

#include "core/lex.h"

/* protocol-name "/" protocol-version "/" transport */
static bool read_protocol(struct lex *lx, struct sw_slice *transport)
{
	struct sw_slice name, version;

	return lex_token(lx, &name) && sw_slice_eq_nocase(name, SW_LIT("SIP")) &&
	       lex_mark(lx, '/') && lex_token(lx, &version) &&
	       sw_slice_eq(version, SW_LIT("2.0")) && lex_mark(lx, '/') && lex_token(lx, transport);
}

/* host [ COLON port ]: blanks may stand round the colon, so its end has to be looked for. */
static bool read_sent_by(struct lex *lx, struct sw_via *v)
{
	const char *mark = lx->p;
	struct lex at = *lx;
	struct sw_slice port;

	if (lex_char(&at, '[')) {
		const char *close = memchr(at.p, ']', lex_left(&at));

		if (!close)
			return false;
		at.p = close + 1;
	} else {
		while (at.p < at.end && (lex_is(*at.p, CH_ALNUM) || *at.p == '-' || *at.p == '.'))
			at.p++;
	}
	if (lex_mark(&at, ':') && !lex_digits(&at, &port))
		return false;
	v->sent_by_text = lex_since(&at, mark);
	*lx = at;
	return sw_host_parse(v->sent_by_text, &v->sent_by) == SW_OK;
}

static enum sw_reason read_params(struct sw_via *v)
{
	struct lex lx = lex_of(v->params);
	struct sw_slice name, value;
	bool has_branch = false;

	while (lx.p < lx.end && lex_param(&lx, &name, &value)) {
		if (sw_slice_eq_nocase(name, SW_LIT("rport")))
			v->has_rport = true;
		if (!sw_slice_eq_nocase(name, SW_LIT("branch")))
			continue;
		if (has_branch || value.n == 0)
			return SW_R_HEADER_SYNTAX;
		has_branch = true;
		v->branch = value;
	}
	return SW_OK;
}

enum sw_reason sw_via_next(struct sw_slice *rest, struct sw_via *out)
{
	struct sw_via v = { 0 };
	struct lex lx = lex_of(*rest);

	lex_blanks(&lx);
	const char *mark = lx.p;

	if (!read_protocol(&lx, &v.transport))
		return SW_R_HEADER_SYNTAX;
	const char *blank = lx.p;

	lex_blanks(&lx);
	if (lx.p == blank || !read_sent_by(&lx, &v) || !lex_params(&lx, &v.params))
		return SW_R_HEADER_SYNTAX;
	v.text = lex_since(&lx, mark);
	if (lex_mark(&lx, ',')) {
		if (lx.p == lx.end)
			return SW_R_HEADER_SYNTAX;
	} else if (!lex_end(&lx)) {
		return SW_R_HEADER_SYNTAX;
	}
	enum sw_reason r = read_params(&v);

	if (r != SW_OK)
		return r;
	*rest = lex_rest(&lx);
	*out = v;
	return SW_OK;
}
