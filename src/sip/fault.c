/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/fault.h"

#include "core/authfault.h"

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
			bool judged = why == SW_R_DIGEST_URI;

			if ((r == why || (judged && r == SW_OK)) &&
			    sw_authfault_find(h->value, why, out))
				return true;
		}
	}
	return false;
}

enum sw_reason sw_fault_note(const struct step *s, const char *at, enum sw_rule rule,
			     enum sw_reason why)
{
	return sw_msg_fault(&s->e->msg, s->in->octets, (struct sw_fault){ at, rule }, why);
}

static bool find(const struct step *s, enum sw_reason why, struct sw_fault *out)
{
	const struct sw_reason_row *row = sw_reason_row(why);

	if (why == SW_R_STRAY_RESPONSE) {
		sw_fault_at(out, s->in->octets.p, SW_RULE_OUR_RESPONSE);
		return true;
	}
	if (s->msg->rule != SW_RULE_NONE) {
		sw_fault_at(out, s->in->octets.p + s->msg->fault_at, s->msg->rule);
		return true;
	}
	/* Challenges and wrong passwords are many and not about octets. */
	return row->class == SW_CLASS_AUTH && row->status == 400 && find_auth(s->msg, why, out);
}

void sw_fault_locate(struct step *s, enum sw_reason why)
{
	struct sw_account *a = s->account;
	struct sw_fault fault;

	if (!find(s, why, &fault))
		return;
	a->fault_at = (size_t)(fault.at - s->in->octets.p);
	a->rule = fault.rule;
	sw_excerpt_make(&a->excerpt, s->in->octets, a->fault_at);
}
