/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/state.h"

uint64_t sw_state_draw(struct sw_engine *e)
{
	uint64_t n = e->drawn++, pair = n / SW_DRAWS;
	struct sw_slice text = { (const char *)&pair, sizeof(pair) };
	uint64_t out;

	/* A MAC has the octets of two. */
	if (n % SW_DRAWS == 0 && !sw_mac_parts(e->mac, &e->random_key, &text, 1, e->draws))
		memset(e->draws, 0, sizeof(e->draws));
	memcpy(&out, e->draws + n % SW_DRAWS * sizeof(out), sizeof(out));
	return out;
}

uint64_t sw_state_hash_of(const struct step *s, struct sw_slice aor)
{
	if (s->e->has_one_key && s->who.hash != 0 && sw_slice_eq(aor, s->name))
		return s->who.hash;
	return sw_location_hash(&s->e->location, s->e->mac, aor);
}

const uint8_t *sw_state_id(struct step *s)
{
	const struct sw_msg *m = s->msg;
	bool is_of_invite = m->method == SW_METHOD_ACK || m->method == SW_METHOD_CANCEL;
	uint32_t cseq = m->cseq.number;
	struct sw_slice part[] = {
		m->via.branch,
		SW_LIT("\n"),
		m->via.sent_by_text,
		SW_LIT("\n"),
		m->call_id,
		SW_LIT("\n"),
		m->from.tag,
		SW_LIT("\n"),
		{ (const char *)&cseq, sizeof(cseq) },
		is_of_invite ? SW_LIT("INVITE") : m->cseq.method,
	};

	if (s->has_id)
		return s->id;
	s->has_id = true;
	if (!sw_mac_parts(s->e->mac, &s->e->tag_key, part, SW_ARRAY_LEN(part), s->id))
		memset(s->id, 0, sizeof(s->id));
	return s->id;
}
