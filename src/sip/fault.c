/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/fault.h"

#include "core/authfault.h"
#include "sip/option.h"

/* The credentials that were refused so, of those that came. */
static bool find_auth(const struct sw_msg *m, enum sw_reason why, struct sw_fault *out)
{
	static const enum sw_field field[] = { SW_FIELD_AUTHORIZATION,
					       SW_FIELD_PROXY_AUTHORIZATION };
	struct sw_digest d;

	for (size_t i = 0; i < SW_ARRAY_LEN(field); i++) {
		const struct sw_header *h = sw_msg_header(m, field[i]);

		for (; h; h = sw_msg_next(m, h)) {
			enum sw_reason r = sw_digest_parse(h->value, &d);
			bool judged = why == SW_R_DIGEST_QOP || why == SW_R_DIGEST_URI;

			if ((r == why || (judged && r == SW_OK)) &&
			    sw_authfault_find(h->value, why, out))
				return true;
		}
	}
	return false;
}

static bool find(const struct step *s, enum sw_reason why, struct sw_fault *out)
{
	struct sw_slice octets = s->in->octets, tag;

	if (why == SW_R_EXTENSION) {
		if (!sw_option_find_unknown(s, &tag))
			return false;
		sw_fault_at(out, tag.p, SW_RULE_EXTENSION);
		return true;
	}
	if (why == SW_R_STRAY_RESPONSE) {
		sw_fault_at(out, octets.p, SW_RULE_OUR_RESPONSE);
		return true;
	}
	if (s->msg->rule != SW_RULE_NONE) {
		sw_fault_at(out, octets.p + s->msg->fault_at, s->msg->rule);
		return sw_reason_row(why)->class == SW_CLASS_PARSE;
	}
	return find_auth(s->msg, why, out);
}

void sw_fault_locate(struct step *s, enum sw_reason why)
{
	struct sw_account *a = s->account;
	const struct sw_reason_row *row = sw_reason_row(why);
	struct sw_fault fault;

	/* Challenges and wrong passwords are many and not about octets. */
	if (row->class != SW_CLASS_PARSE && row->status != 400)
		return;
	if (!find(s, why, &fault))
		return;
	a->fault_at = (size_t)(fault.at - s->in->octets.p);
	a->rule = fault.rule;
	sw_excerpt_make(&a->excerpt, s->in->octets, a->fault_at);
}
