/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/msg.h>

#include "core/lex.h"

/* A text that is read on, and what was wrong with it. */
struct reading {
	struct lex lx;
	enum sw_reason reason;
};

static bool wrong(struct reading *r, const char *at, enum sw_rule rule)
{
	r->reason = SW_R_HEADER_SYNTAX;
	return sw_fault_at(&r->lx.stop, at, rule);
}

/*
 * display-name before "<": a quoted string or tokens. The first octets tell what it is: a quote
 * begins a quoted string, a token and a colon a URI without a name. Takes nothing of the latter.
 */
static bool read_display(struct reading *r, struct sw_slice *out)
{
	struct lex at = r->lx;
	struct sw_slice part;
	const char *mark = at.p;

	if (lex_at(&at, '<'))
		return true;
	if (lex_at(&at, '"')) {
		if (!lex_quoted(&at, &part))
			return wrong(r, at.stop.at, SW_RULE_QUOTED);
		*out = lex_since(&at, mark);
	} else {
		while (lex_token(&at, &part)) {
			*out = lex_since(&at, mark);
			if (mark == part.p && lex_at(&at, ':')) {
				*out = (struct sw_slice){ 0 };
				return true;
			}
			lex_blanks(&at);
		}
	}
	lex_blanks(&at);
	if (!lex_at(&at, '<'))
		return wrong(r, at.p, SW_RULE_NAME_ADDR);
	r->lx.p = at.p;
	return true;
}

/* Without brackets "?", ";" and "," end the URI (RFC 3261 20.10). */
static struct sw_slice read_bare(struct lex *lx)
{
	const char *mark = lx->p;

	while (lx->p < lx->end && !memchr(" \t\r;,?", *lx->p, 6))
		lx->p++;
	return lex_since(lx, mark);
}

/* Of two tags, or one without a value, the first fault counts; but one of the list itself more. */
static bool read_params(struct reading *r, struct sw_nameaddr *a)
{
	struct sw_slice name, value;
	struct sw_fault bad = { 0 };

	while (lex_next_param(&r->lx, &name, &value)) {
		if (!a->params.p)
			a->params.p = name.p;
		a->params = lex_since(&r->lx, a->params.p);
		if (bad.at || !sw_slice_eq_nocase(name, SW_LIT("tag")))
			continue;
		if (a->tag.n > 0)
			sw_fault_at(&bad, name.p, SW_RULE_TAG);
		else if (value.n == 0)
			sw_fault_at(&bad, name.p + name.n, SW_RULE_TAG);
		else
			a->tag = value;
	}
	if (!r->lx.stop.at)
		r->lx.stop = bad;
	if (r->lx.stop.at)
		r->reason = SW_R_HEADER_SYNTAX;
	return !r->lx.stop.at;
}

static bool read_uri(struct reading *r, struct sw_nameaddr *a)
{
	const char *close;

	a->bracketed = lex_char(&r->lx, '<');
	if (!a->bracketed) {
		a->uri_text = read_bare(&r->lx);
	} else {
		close = memchr(r->lx.p, '>', lex_left(&r->lx));
		close = close ? close : r->lx.end;
		a->uri_text = (struct sw_slice){ r->lx.p, (size_t)(close - r->lx.p) };
		r->lx.p = close;
	}
	r->reason = sw_uri_parse_why(a->uri_text, &a->uri, &r->lx.stop);
	if (r->reason != SW_OK)
		return false;
	if (a->bracketed && !lex_char(&r->lx, '>'))
		return wrong(r, r->lx.p, SW_RULE_NAME_ADDR);
	if (!a->bracketed && lex_at(&r->lx, '?'))
		return wrong(r, r->lx.p, SW_RULE_BRACKETS);
	return true;
}

static bool read_nameaddr(struct reading *r, struct sw_nameaddr *a)
{
	const char *mark = r->lx.p;

	if (!read_display(r, &a->display) || !read_uri(r, a))
		return false;
	if (!read_params(r, a))
		return false;
	a->text = lex_since(&r->lx, mark);
	return true;
}

enum sw_reason sw_nameaddr_next_why(struct sw_slice *rest, struct sw_nameaddr *out,
				    struct sw_fault *why)
{
	struct reading r = { .lx = lex_of(*rest) };

	memset(out, 0, offsetof(struct sw_nameaddr, uri)); /* which its own reader writes */
	lex_blanks(&r.lx);
	if (!read_nameaddr(&r, out) || !lex_next(&r.lx)) {
		*out = (struct sw_nameaddr){ 0 };
		*why = r.lx.stop;
		return r.reason != SW_OK ? r.reason : SW_R_HEADER_SYNTAX;
	}
	*rest = lex_rest(&r.lx);
	return SW_OK;
}

enum sw_reason sw_nameaddr_next(struct sw_slice *rest, struct sw_nameaddr *out)
{
	struct sw_fault why;
	struct sw_nameaddr a;
	enum sw_reason r = sw_nameaddr_next_why(rest, &a, &why);

	if (r == SW_OK)
		*out = a;
	return r;
}
