/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/msg.h>

#include "core/host.h"
#include "core/lex.h"

/*
 * protocol-name "/" protocol-version "/" transport. Another protocol is read too: an answer in our
 * own version repeats it (RFC 3261 21.5.6), though nothing else is done with it.
 */
static bool read_protocol(struct lex *lx, struct sw_via *v)
{
	struct sw_slice name, version;

	if (sw_slice_has_prefix(lex_rest(lx), SW_LIT("SIP/2.0/"))) { /* as nearly always */
		name = (struct sw_slice){ lx->p, 3 };
		version = (struct sw_slice){ lx->p + 4, 3 };
		lx->p += 8;
		lex_blanks(lx);
	} else if (!lex_token(lx, &name) || !lex_mark(lx, '/') || !lex_token(lx, &version) ||
		   !lex_mark(lx, '/')) {
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_VIA_PROTOCOL);
	}
	if (!lex_token(lx, &v->transport))
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_VIA_PROTOCOL);
	v->name = name;
	v->version = version;
	return true;
}

static bool is_sip2(struct lex *lx, const struct sw_via *v)
{
	if (!sw_slice_eq_nocase(v->name, SW_LIT("SIP")))
		return sw_fault_at(&lx->stop, v->name.p, SW_RULE_VIA_PROTOCOL);
	if (!sw_slice_eq(v->version, SW_LIT("2.0")))
		return sw_fault_at(&lx->stop, v->version.p, SW_RULE_VIA_PROTOCOL);
	return true;
}

/*
 * What stands where host [ COLON port ] should, and cannot be read: up to where that would end, so
 * that an answer can repeat it.
 */
static bool read_bad_sent_by(struct lex *lx, struct sw_via *v)
{
	const char *mark = lx->p;
	struct lex at = *lx;
	struct sw_slice port;

	if (lex_char(&at, '[')) {
		const char *close = memchr(at.p, ']', lex_left(&at));

		at.p = close ? close + 1 : at.end;
	} else {
		while (lex_at_class(&at, CH_LABEL) || lex_at(&at, '.'))
			at.p++;
	}
	if (lex_mark(&at, ':') && !lex_digits(&at, &port))
		return sw_fault_at(&lx->stop, at.p, SW_RULE_PORT);
	v->sent_by_text = lex_since(&at, mark);
	lx->p = at.p;
	return true;
}

/* host [ COLON port ]; *why is set where it is malformed. false: there is nothing to go on with. */
static bool read_sent_by(struct lex *lx, struct sw_via *v, struct sw_fault *why)
{
	const char *mark = lx->p;

	if (sw_host_read_with_port(lx, &v->sent_by)) {
		v->sent_by_text = lex_since(lx, mark);
		return true;
	}
	v->sent_by = (struct sw_host){ 0 };
	lx->p = mark;
	if (!read_bad_sent_by(lx, v))
		return false;
	return sw_host_parse_why(v->sent_by_text, &v->sent_by, why) == SW_OK || why->at;
}

/* The first fault of a branch counts, but one of the list itself more. */
static bool read_params(struct lex *lx, struct sw_via *v)
{
	struct sw_slice name, value;
	struct sw_fault bad = { 0 };

	while (lex_next_param(lx, &name, &value)) {
		if (!v->params.p)
			v->params.p = name.p;
		v->params = lex_since(lx, v->params.p);
		if (bad.at)
			continue;
		if (sw_slice_eq_nocase(name, SW_LIT("rport")))
			v->has_rport = true;
		if (!sw_slice_eq_nocase(name, SW_LIT("branch")))
			continue;
		if (v->branch.n > 0)
			sw_fault_at(&bad, name.p, SW_RULE_BRANCH);
		else if (value.n == 0)
			sw_fault_at(&bad, name.p + name.n, SW_RULE_BRANCH);
		else
			v->branch = value;
	}
	if (!lx->stop.at)
		lx->stop = bad;
	return !lx->stop.at;
}

/*
 * All of it is read before the first fault is told, so that an answer can repeat what there is:
 * to the one who sent the request a malformed Via is better than silence.
 */
static bool read_via(struct lex *lx, struct sw_via *v)
{
	struct sw_fault first = { 0 }, why = { 0 };
	const char *mark = lx->p;

	if (!read_protocol(lx, v))
		return false;
	if (!is_sip2(lx, v))
		first = lx->stop;
	const char *blank = lx->p;

	lex_blanks(lx);
	if (lx->p == blank)
		return sw_fault_at(&lx->stop, lx->p, SW_RULE_VIA_PROTOCOL);
	if (!read_sent_by(lx, v, &why))
		return false;
	if (!first.at)
		first = why;
	if (!read_params(lx, v) && !first.at)
		first = lx->stop;
	v->text = lex_since(lx, mark);
	if (first.at)
		lx->stop = first;
	return !first.at;
}

enum sw_reason sw_via_next_why(struct sw_slice *rest, struct sw_via *out, struct sw_fault *why)
{
	struct lex lx = lex_of(*rest);

	*out = (struct sw_via){ 0 };
	lex_blanks(&lx);
	if (!read_via(&lx, out) || !lex_next(&lx)) {
		*why = lx.stop;
		return SW_R_HEADER_SYNTAX;
	}
	*rest = lex_rest(&lx);
	return SW_OK;
}

enum sw_reason sw_via_next(struct sw_slice *rest, struct sw_via *out)
{
	struct sw_fault why;
	struct sw_via v;
	enum sw_reason r = sw_via_next_why(rest, &v, &why);

	if (r == SW_OK)
		*out = v;
	return r;
}
