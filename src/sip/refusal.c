/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/refusal.h"

#include "core/write.h"
#include "sip/option.h"
#include "sip/reply.h"

#define AMPLIFICATION 3

static void write_fields(struct step *s, enum sw_reason why)
{
	const struct sw_trunk *t = s->account->verdict.subject.trunk;

	if (why == SW_R_METHOD)
		sw_reply_allow(s);
	if (why == SW_R_INTERVAL_BRIEF && t)
		sw_write_number(&s->answer, SW_LIT("Min-Expires"), t->expires_min_s);
	if (why == SW_R_EXTENSION)
		sw_option_write_unknown(s);
	if (why == SW_R_PATH_UNKNOWN)
		sw_write_field(&s->answer, SW_LIT("Unsupported"), SW_LIT("path"));
	if (sw_reason_row(why)->status == 503)
		sw_write_number(&s->answer, SW_LIT("Retry-After"), 5 + sw_state_id(s)[15] % 26u);
}

static void refuse_plain(struct step *s, enum sw_reason why)
{
	const struct sw_reason_row *row = sw_reason_row(why);

	s->account->verdict.act = SW_ACT_REFUSE;
	s->account->verdict.reason = why;
	sw_reply_begin(s, row->status, sw_slice_of(row->phrase));
	write_fields(s, why);
	sw_reply_end(s);
}

void sw_refusal_write(struct step *s, enum sw_reason why)
{
	struct sw_verdict *v = &s->account->verdict;

	v->reason = why;
	if (sw_reason_row(why)->status == 0 || !sw_msg_is_answerable(s->msg))
		v->act = SW_ACT_DROP;
	else if (v->act != SW_ACT_CHALLENGE)
		refuse_plain(s, why);
	else if (sw_reply_challenge(s, why) != SW_OK)
		refuse_plain(s, SW_R_BUG);
}

void sw_refusal_silence(struct step *s, enum sw_reason why)
{
	s->answer.n = 0;
	s->account->status = 0;
	s->account->id[0] = '\0';
	s->account->offered = 0;
	s->account->stale = false;
	s->account->verdict.act = SW_ACT_DROP;
	s->account->verdict.reason = why;
}

void sw_refusal_if_amplified(struct step *s)
{
	const struct sw_verdict *v = &s->account->verdict;
	bool is_proven = v->act == SW_ACT_ALLOW && v->subject.factor != SW_FACTOR_NONE;

	if (s->in->transport == SW_UDP && !is_proven &&
	    s->answer.n > AMPLIFICATION * s->in->octets.n)
		sw_refusal_silence(s, SW_R_AMPLIFICATION);
}
