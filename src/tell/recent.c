/* SPDX-License-Identifier: Apache-2.0 */
#include "tell/recent.h"

/* What a search asks of a record. */
struct question {
	struct sw_slice id, call_id; /* empty: any */
	uint64_t before;             /* number; older than this one */
};

void sw_recent_init(struct sw_recent *s, const struct sw_board *board)
{
	s->traces = board->workers;
	for (uint32_t i = 0; i < s->traces; i++)
		s->trace[i] = sw_board_trace(board, i);
}

static bool fits(const struct sw_recent_one *one, const struct question *q)
{
	const struct sw_event *e = &one->event;

	if (one->number >= q->before)
		return false;
	if (q->id.n > 0 && !sw_slice_eq(sw_decision_id(e), q->id))
		return false;
	return q->call_id.n == 0 || sw_slice_eq(SW_EVENT_SLICE(e->call_id), q->call_id);
}

static void look_at(const struct sw_trace *t, const struct question *q, struct sw_recent_one *best)
{
	struct sw_recent_one one;

	for (uint32_t i = 0; i < t->slots; i++) {
		uint64_t number = sw_trace_number(t, i);

		if (number > best->number && number < q->before &&
		    sw_trace_read(t, i, &one.event, &one.number) && one.number > best->number &&
		    fits(&one, q))
			*best = one;
	}
}

static bool newest(const struct sw_recent *s, const struct question *q, struct sw_recent_one *out)
{
	out->number = 0;
	for (uint32_t i = 0; i < s->traces; i++)
		look_at(&s->trace[i], q, out);
	return out->number > 0;
}

/* The digit that a person meant; 0 for none. */
static char meant(char c)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;

	if (upper == 'O')
		return '0';
	if (upper == 'I' || upper == 'L')
		return '1';
	return upper != '\0' && memchr(digits, upper, sizeof(digits) - 1) ? upper : '\0';
}

bool sw_recent_find_id(const struct sw_recent *s, struct sw_slice id, struct sw_recent_one *out)
{
	char wanted[SW_ID_LEN];
	size_t n = 0;

	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] == '-')
			continue;
		char c = meant(id.p[i]);
		if (c == '\0' || n == sizeof(wanted))
			return false;
		wanted[n++] = c;
	}
	return n == sizeof(wanted) &&
	       newest(s, &(struct question){ .id = { wanted, n }, .before = UINT64_MAX }, out);
}

bool sw_recent_find_call(const struct sw_recent *s, struct sw_slice call_id,
			 struct sw_recent_one *out)
{
	struct question q = { .call_id = call_id, .before = UINT64_MAX };
	size_t kept = sizeof(((struct sw_event *)NULL)->call_id.p);

	if (call_id.n > kept)
		q.call_id.n = kept;
	return call_id.n > 0 && newest(s, &q, out);
}

bool sw_recent_newest(const struct sw_recent *s, struct sw_recent_one *out)
{
	return newest(s, &(struct question){ .before = UINT64_MAX }, out);
}

size_t sw_recent_before(const struct sw_recent *s, const struct sw_recent_one *of,
			struct sw_recent_one *out, size_t most)
{
	struct question q = { .call_id = SW_EVENT_SLICE(of->event.call_id), .before = of->number };
	size_t n = 0;

	while (n < most && q.call_id.n > 0 && newest(s, &q, &out[n]))
		q.before = out[n++].number;
	return n;
}
