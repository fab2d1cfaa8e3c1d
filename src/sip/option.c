/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/option.h"

#include "core/lex.h"
#include "core/write.h"
#include "sip/evidence.h"
#include "sip/fault.h"

/* What the registrar knows (RFC 3327, RFC 5626). */
static const struct sw_slice known[] = { SW_INIT("path"), SW_INIT("outbound") };

/* The next tag of all fields of this name; false at their end, or where no tag stands. */
struct walk {
	const struct sw_msg *msg;
	const struct sw_header *h;
	struct lex lx;
};

static struct walk walk_over(const struct sw_msg *m, enum sw_field field)
{
	struct walk w = { .msg = m, .h = sw_msg_header(m, field) };

	if (w.h)
		w.lx = lex_of(w.h->value);
	return w;
}

static bool next_tag(struct walk *w, struct sw_slice *tag)
{
	while (w->h) {
		while (lex_mark(&w->lx, ','))
			;
		if (lex_token(&w->lx, tag))
			return true;
		if (!lex_end(&w->lx))
			return false;
		w->h = sw_msg_next(w->msg, w->h);
		if (w->h)
			w->lx = lex_of(w->h->value);
	}
	return false;
}

bool sw_option_has(const struct sw_msg *m, enum sw_field field, struct sw_slice tag)
{
	struct walk w = walk_over(m, field);
	struct sw_slice t;

	while (next_tag(&w, &t))
		if (sw_slice_eq_nocase(t, tag))
			return true;
	return false;
}

static bool is_known(const struct step *s, enum sw_field field, struct sw_slice tag)
{
	if (field != SW_FIELD_REQUIRE || s->msg->method != SW_METHOD_REGISTER)
		return false;
	for (size_t i = 0; i < SW_ARRAY_LEN(known); i++)
		if (sw_slice_eq_nocase(tag, known[i]))
			return true;
	return false;
}

static enum sw_reason check(const struct step *s, enum sw_field field)
{
	struct walk w = walk_over(s->msg, field);
	struct sw_slice tag;

	while (next_tag(&w, &tag))
		if (!is_known(s, field, tag))
			return sw_fault_note(s, tag.p, SW_RULE_EXTENSION, SW_R_EXTENSION);
	return w.h ? sw_fault_note(s, w.lx.p, SW_RULE_TOKENS, SW_R_HEADER_SYNTAX) : SW_OK;
}

enum sw_reason sw_option_check(const struct step *s)
{
	enum sw_reason r = check(s, SW_FIELD_PROXY_REQUIRE);

	if (r != SW_OK || !sw_evidence_is_for_door(s))
		return r;
	return check(s, SW_FIELD_REQUIRE);
}

static void write_unknown(struct step *s, enum sw_field field)
{
	struct walk w = walk_over(s->msg, field);
	struct sw_slice tag;

	while (next_tag(&w, &tag))
		if (!is_known(s, field, tag))
			sw_write_field(&s->answer, SW_LIT("Unsupported"), tag);
}

void sw_option_write_unknown(struct step *s)
{
	write_unknown(s, SW_FIELD_PROXY_REQUIRE);
	if (sw_evidence_is_for_door(s))
		write_unknown(s, SW_FIELD_REQUIRE);
}

void sw_option_write_known(struct step *s)
{
	sw_buf_put(&s->answer, SW_LIT("Supported: "));
	for (size_t i = 0; i < SW_ARRAY_LEN(known); i++) {
		if (i > 0)
			sw_buf_put(&s->answer, SW_LIT(", "));
		sw_buf_put(&s->answer, known[i]);
	}
	sw_buf_put(&s->answer, SW_LIT("\r\n"));
}
