/* SPDX-License-Identifier: Apache-2.0 */
#include "tell/recent.h"

/* What a search asks of a record. */
struct question {
	struct sw_slice id, call_id; /* empty: any */
	uint64_t before;             /* number; older than this one */
};

const uint32_t sw_recent_board[SW_RECENT_KINDS] = {
	[SW_RECENT_JUDGED] = 4096,
	[SW_RECENT_UNPROVEN] = 2048,
	[SW_RECENT_SILENT] = 512,
};
_Static_assert(4096 + 2048 + 512 == SW_BOARD_RECENT, "the board has room for all of them");

#define NUMBER_MOST (UINT64_MAX >> 2) /* far from where numbers would begin anew */

static enum sw_recent_kind kind_of(const struct sw_event *e)
{
	if (sw_decision_id(e).n == 0)
		return SW_RECENT_SILENT;
	if (e->act == SW_ACT_CHALLENGE || sw_decision_is_let_be(e) ||
	    sw_reason_row((enum sw_reason)e->reason)->class == SW_CLASS_PARSE)
		return SW_RECENT_UNPROVEN;
	return SW_RECENT_JUDGED;
}

static uint64_t number_of(const struct sw_board_decision *slot)
{
	return atomic_load_explicit(&slot->number, memory_order_relaxed);
}

static void give_number(struct sw_board_decision *slot, uint64_t number)
{
	atomic_store_explicit(&slot->number, number, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst); /* who is killed here leaves no half of one */
}

/* The shelf goes on behind its newest. */
static void adopt(struct sw_recent *s, enum sw_recent_kind kind)
{
	struct sw_recent_shelf *shelf = &s->shelf[kind];
	uint64_t newest = 0;

	for (uint32_t i = 0; i < shelf->size; i++) {
		struct sw_board_decision *slot = &s->memory[shelf->first + i];
		uint64_t number = number_of(slot);

		if (number > NUMBER_MOST || !sw_event_is_sound(&slot->event) ||
		    kind_of(&slot->event) != kind) {
			give_number(slot, 0);
		} else if (number > newest) {
			newest = number;
			shelf->put = i + 1;
		}
	}
	if (newest > s->put)
		s->put = newest;
}

void sw_recent_init(struct sw_recent *s, struct sw_board_decision *memory,
		    const uint32_t size[SW_RECENT_KINDS])
{
	uint32_t first = 0;

	*s = (struct sw_recent){ .memory = memory };
	for (unsigned k = 0; k < SW_RECENT_KINDS; k++) {
		s->shelf[k] = (struct sw_recent_shelf){ .first = first, .size = size[k] };
		first += size[k];
		adopt(s, (enum sw_recent_kind)k);
	}
}

void sw_recent_put(struct sw_recent *s, const struct sw_event *e)
{
	struct sw_recent_shelf *shelf = &s->shelf[kind_of(e)];
	struct sw_board_decision *slot = &s->memory[shelf->first + shelf->put++ % shelf->size];

	give_number(slot, 0);
	slot->event = *e;
	atomic_signal_fence(memory_order_seq_cst);
	give_number(slot, ++s->put);
}

static uint32_t slots(const struct sw_recent *s)
{
	uint32_t n = 0;

	for (unsigned k = 0; k < SW_RECENT_KINDS; k++)
		n += s->shelf[k].size;
	return n;
}

const struct sw_event *sw_recent_at(const struct sw_recent *s, size_t i)
{
	return i < slots(s) && number_of(&s->memory[i]) > 0 ? &s->memory[i].event : NULL;
}

static bool fits(const struct sw_board_decision *slot, const struct question *q)
{
	const struct sw_event *e = &slot->event;

	if (number_of(slot) == 0 || number_of(slot) >= q->before)
		return false;
	if (q->id.n > 0 && !sw_slice_eq(sw_decision_id(e), q->id))
		return false;
	return q->call_id.n == 0 || sw_slice_eq(SW_EVENT_SLICE(e->call_id), q->call_id);
}

static const struct sw_board_decision *newest(const struct sw_recent *s, const struct question *q)
{
	const struct sw_board_decision *best = NULL;
	uint32_t n = slots(s);

	for (uint32_t i = 0; i < n; i++) {
		const struct sw_board_decision *slot = &s->memory[i];

		if (fits(slot, q) && (!best || number_of(slot) > number_of(best)))
			best = slot;
	}
	return best;
}

static const struct sw_event *event_of(const struct sw_board_decision *slot)
{
	return slot ? &slot->event : NULL;
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

const struct sw_event *sw_recent_find_id(const struct sw_recent *s, struct sw_slice id)
{
	char wanted[SW_ID_LEN];
	size_t n = 0;

	for (size_t i = 0; i < id.n; i++) {
		if (id.p[i] == '-')
			continue;
		char c = meant(id.p[i]);
		if (c == '\0' || n == sizeof(wanted))
			return NULL;
		wanted[n++] = c;
	}
	if (n != sizeof(wanted))
		return NULL;
	return event_of(newest(s, &(struct question){ .id = { wanted, n }, .before = UINT64_MAX }));
}

const struct sw_event *sw_recent_find_call(const struct sw_recent *s, struct sw_slice call_id)
{
	struct question q = { .call_id = call_id, .before = UINT64_MAX };
	size_t kept = sizeof(((struct sw_event *)NULL)->call_id.p);

	if (call_id.n == 0)
		return NULL;
	if (call_id.n > kept)
		q.call_id.n = kept;
	return event_of(newest(s, &q));
}

const struct sw_event *sw_recent_newest(const struct sw_recent *s)
{
	return event_of(newest(s, &(struct question){ .before = UINT64_MAX }));
}

size_t sw_recent_before(const struct sw_recent *s, const struct sw_event *e,
			const struct sw_event **out, size_t most)
{
	const char *at = (const char *)e - offsetof(struct sw_board_decision, event);
	struct question q = { .call_id = SW_EVENT_SLICE(e->call_id),
			      .before = number_of((const void *)at) };
	size_t n = 0;

	while (n < most && q.call_id.n > 0) {
		const struct sw_board_decision *slot = newest(s, &q);

		if (!slot)
			break;
		out[n++] = &slot->event;
		q.before = number_of(slot);
	}
	return n;
}
