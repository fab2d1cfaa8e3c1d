/* SPDX-License-Identifier: Apache-2.0 */
#include <sipward/msg.h>

#include "core/lex.h"

/* display-name before "<": a quoted string or tokens. Takes nothing where there is none. */
static void read_display(struct lex *lx, struct sw_slice *out)
{
	struct lex at = *lx;
	struct sw_slice part;
	const char *mark = at.p;

	if (lex_quoted(&at, &part)) {
		*out = lex_since(&at, mark);
	} else {
		while (lex_token(&at, &part)) {
			*out = lex_since(&at, mark);
			lex_blanks(&at);
		}
	}
	lex_blanks(&at);
	if (lex_at(&at, '<'))
		*lx = at;
	else
		*out = (struct sw_slice){ 0 };
}

/* Without brackets "?", ";" and "," end the URI (RFC 3261 20.10). */
static struct sw_slice read_bare(struct lex *lx)
{
	const char *mark = lx->p;

	while (lx->p < lx->end && !memchr(" \t\r;,?", *lx->p, 6))
		lx->p++;
	return lex_since(lx, mark);
}

static enum sw_reason find_tag(struct sw_nameaddr *a)
{
	struct lex lx = lex_of(a->params);
	struct sw_slice name, value;

	while (lx.p < lx.end && lex_param(&lx, &name, &value)) {
		if (!sw_slice_eq_nocase(name, SW_LIT("tag")))
			continue;
		if (a->tag.n > 0 || value.n == 0)
			return SW_R_HEADER_SYNTAX;
		a->tag = value;
	}
	return SW_OK;
}

static enum sw_reason read_nameaddr(struct lex *lx, struct sw_nameaddr *a)
{
	const char *mark = lx->p;

	read_display(lx, &a->display);
	if (lex_char(lx, '<')) {
		const char *close = memchr(lx->p, '>', lex_left(lx));

		if (!close)
			return SW_R_HEADER_SYNTAX;
		a->bracketed = true;
		a->uri_text = (struct sw_slice){ lx->p, (size_t)(close - lx->p) };
		lx->p = close + 1;
	} else {
		a->uri_text = read_bare(lx);
		if (lex_at(lx, '?'))
			return SW_R_HEADER_SYNTAX;
	}
	enum sw_reason r = sw_uri_parse(a->uri_text, &a->uri);

	if (r != SW_OK)
		return r;
	if (!lex_params(lx, &a->params))
		return SW_R_HEADER_SYNTAX;
	a->text = lex_since(lx, mark);
	return find_tag(a);
}

enum sw_reason sw_nameaddr_next(struct sw_slice *rest, struct sw_nameaddr *out)
{
	struct sw_nameaddr a = { 0 };
	struct lex lx = lex_of(*rest);

	lex_blanks(&lx);
	enum sw_reason r = read_nameaddr(&lx, &a);

	if (r != SW_OK)
		return r;
	if (lex_mark(&lx, ',')) {
		if (lx.p == lx.end) /* an empty last value */
			return SW_R_HEADER_SYNTAX;
	} else if (!lex_end(&lx)) {
		return SW_R_HEADER_SYNTAX;
	}
	*rest = lex_rest(&lx);
	*out = a;
	return SW_OK;
}
