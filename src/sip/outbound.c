/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/outbound.h"

#include "core/write.h"
#include "sip/contact.h"
#include "sip/fault.h"
#include "sip/option.h"

static const struct sw_slice path_tag = SW_INIT("path");
static const struct sw_slice outbound_tag = SW_INIT("outbound");

/* What a phone requires of us it can itself. */
static bool can(const struct step *s, struct sw_slice tag)
{
	return sw_option_has(s->msg, SW_FIELD_SUPPORTED, tag) ||
	       sw_option_has(s->msg, SW_FIELD_REQUIRE, tag);
}

static bool is_direct(const struct step *s)
{
	const struct sw_header *via = sw_msg_header(s->msg, SW_FIELD_VIA);
	const struct sw_slice *top = &s->msg->via.text;

	return !sw_msg_next(s->msg, via) && top->p + top->n == via->value.p + via->value.n;
}

static enum sw_reason malformed(const struct step *s, const char *at, enum sw_rule rule)
{
	return sw_fault_note(s, at, rule, SW_R_PATH_SYNTAX);
}

/* One value: a loose-routing SIP URI in brackets; that next to the phone comes last. */
static enum sw_reason read_value(const struct step *s, struct sw_slice *rest, struct sw_buf *b,
				 struct sw_registration *reg)
{
	struct sw_nameaddr a;
	struct sw_slice value;
	struct sw_fault why;

	if (sw_nameaddr_next_why(rest, &a, &why) != SW_OK)
		return malformed(s, why.at, why.rule);
	if (!a.bracketed || !sw_uri_is_sip(&a.uri))
		return malformed(s, a.uri_text.p, SW_RULE_PATH_URI);
	if (!sw_uri_param_find(a.uri.params, SW_LIT("lr"), &value))
		return malformed(s, a.uri_text.p + a.uri_text.n, SW_RULE_PATH_URI);
	reg->is_first_hop_ob = sw_uri_param_find(a.uri.params, SW_LIT("ob"), &value);
	reg->first_hop = a.uri_text.p;
	if (b->n > 0)
		sw_buf_put(b, SW_LIT(", "));
	sw_write_value(b, a.text);
	return sw_buf_ok(b) ? SW_OK : malformed(s, a.text.p, SW_RULE_PATH_SIZE);
}

enum sw_reason sw_outbound_read_path(const struct step *s, struct sw_registration *reg)
{
	const struct sw_header *h = sw_msg_header(s->msg, SW_FIELD_PATH);
	struct sw_buf b = sw_buf_over(reg->path_text, sizeof(reg->path_text));

	reg->is_direct = is_direct(s) && !h;
	reg->has_outbound = can(s, outbound_tag);
	if (h && !can(s, path_tag))
		return sw_fault_note(s, h->name.p, SW_RULE_PATH_KNOWN, SW_R_PATH_UNKNOWN);
	reg->first_hop = s->msg->via.text.p;
	for (; h; h = sw_msg_next(s->msg, h)) {
		struct sw_slice rest = h->value;

		do {
			enum sw_reason r = read_value(s, &rest, &b, reg);

			if (r != SW_OK)
				return r;
		} while (rest.n > 0);
	}
	reg->path = sw_buf_slice(&b);
	return SW_OK;
}

enum sw_reason sw_outbound_check(const struct step *s, struct sw_registration *reg)
{
	if (!reg->is_outbound)
		return SW_OK;
	if (reg->second)
		return sw_fault_note(s, reg->second, SW_RULE_FLOW_ALONE, SW_R_CONTACT_OUTBOUND);
	if (reg->is_direct || reg->is_first_hop_ob)
		return SW_OK;
	return sw_fault_note(s, reg->first_hop, SW_RULE_FIRST_HOP, SW_R_FIRST_HOP);
}

void sw_outbound_write(struct step *s, const struct sw_registration *reg)
{
	if (reg->path.n > 0)
		sw_write_field(&s->answer, SW_LIT("Path"), reg->path);
	sw_option_write_known(s);
	if (reg->is_outbound)
		sw_write_field(&s->answer, SW_LIT("Require"), outbound_tag);
}
