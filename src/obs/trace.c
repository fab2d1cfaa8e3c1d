/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/trace.h"

#define TRIES       100
#define NUMBER_MOST (UINT64_MAX >> 2) /* far from where numbers would begin anew */
#define PER_US      64                /* numbers that a microsecond has room for */

#define WORD sizeof(uint64_t)

/* A record: the facts of the event, the lengths of its texts, its texts. */
#define FACTS   SW_EVENT_FACTS
#define LENGTHS (FACTS + SW_EVENT_TEXTS * sizeof(uint16_t))
#define OCTETS  (SW_TRACE_WORDS * WORD)

void sw_trace_init(struct sw_trace *t, struct sw_trace_slot *memory,
		   const uint32_t size[SW_TRACE_KINDS])
{
	*t = (struct sw_trace){ .slot = memory };
	for (unsigned k = 0; k < SW_TRACE_KINDS; k++) {
		t->shelf[k] = (struct sw_trace_shelf){ .first = t->slots, .size = size[k] };
		t->slots += size[k];
	}
}

static enum sw_trace_kind kind_of(const struct sw_event *e)
{
	if (e->id[0] == '\0')
		return SW_TRACE_SILENT;
	if (e->act == SW_ACT_CHALLENGE || sw_event_is_let_be(e) ||
	    sw_reason_row((enum sw_reason)e->reason)->class == SW_CLASS_PARSE)
		return SW_TRACE_UNPROVEN;
	return SW_TRACE_JUDGED;
}

/* Gives the words that it takes; what its last one has behind the end is zero. */
static size_t pack(const struct sw_event_view *v, char room[OCTETS])
{
	size_t at = LENGTHS;

	memcpy(room, v->facts, FACTS);
	for (unsigned i = 0; i < SW_EVENT_TEXTS; i++) {
		uint16_t n = (uint16_t)v->text[i].n;

		memcpy(room + FACTS + i * sizeof(n), &n, sizeof(n));
		if (n > 0)
			memcpy(room + at, v->text[i].p, n);
		at += n;
	}
	memset(room + at, 0, WORD - 1);
	return (at + WORD - 1) / WORD;
}

/*
 * Release on each word, acquire on each read: who sees a new word sees that the number is 0 or
 * later, so that no fence is needed.
 */
static void write_slot(struct sw_trace_slot *slot, const char *octets, size_t words,
		       uint64_t number)
{
	atomic_store_explicit(&slot->number, 0, memory_order_relaxed);
	for (size_t i = 0; i < words; i++) {
		uint64_t word;

		memcpy(&word, octets + i * WORD, WORD);
		atomic_store_explicit(&slot->word[i], word, memory_order_release);
	}
	atomic_store_explicit(&slot->number, number, memory_order_release);
}

static uint64_t number_at(struct sw_mono now)
{
	return now.us < NUMBER_MOST / PER_US ? now.us * PER_US : 0;
}

static uint64_t next_number(struct sw_trace *t, struct sw_mono now)
{
	uint64_t least = number_at(now);

	t->number = t->number < least ? least : t->number + 1;
	return t->number;
}

void sw_trace_keep(struct sw_trace *t, const struct sw_event_view *v, struct sw_mono now)
{
	struct sw_trace_shelf *shelf = &t->shelf[kind_of(&v->e)];
	struct sw_trace_slot *slot = &t->slot[shelf->first + shelf->put++ % shelf->size];
	char room[OCTETS];
	size_t words = pack(v, room);

	write_slot(slot, room, words, next_number(t, now));
}

void sw_trace_put(struct sw_trace *t, const struct sw_event *e, struct sw_mono now)
{
	const char *from = (const char *)e;
	struct sw_event_view v;

	memcpy(v.facts, from, FACTS);
	for (unsigned i = 0; i < SW_EVENT_TEXTS; i++) {
		const struct sw_event_place *place = &sw_event_places[i];
		uint16_t n;

		memcpy(&n, from + place->n_at, sizeof(n));
		v.text[i] = (struct sw_slice){ from + place->at,
					       n < place->room ? n : place->room };
	}
	sw_trace_keep(t, &v, now);
}

uint64_t sw_trace_number(const struct sw_trace *t, uint32_t i)
{
	uint64_t number = atomic_load_explicit(&t->slot[i].number, memory_order_acquire);

	return number <= NUMBER_MOST ? number : 0;
}

static void read_words(const struct sw_trace_slot *slot, char octets[OCTETS], size_t from,
		       size_t end)
{
	for (size_t i = from; i < end; i++) {
		uint64_t word = atomic_load_explicit(&slot->word[i], memory_order_acquire);

		memcpy(octets + i * WORD, &word, WORD);
	}
}

static bool unpack(struct sw_event *e, const struct sw_trace_slot *slot)
{
	char octets[OCTETS];
	char *to = (char *)e;
	size_t at = LENGTHS;

	read_words(slot, octets, 0, SW_TRACE_WORDS);
	memset(e, 0, sizeof(*e));
	memcpy(to, octets, FACTS);
	for (unsigned i = 0; i < SW_EVENT_TEXTS; i++) {
		uint16_t n;

		memcpy(&n, octets + FACTS + i * sizeof(n), sizeof(n));
		if (n > sw_event_places[i].room)
			return false;
		memcpy(to + sw_event_places[i].n_at, &n, sizeof(n));
		memcpy(to + sw_event_places[i].at, octets + at, n);
		at += n;
	}
	return sw_event_is_sound(e);
}

static bool is_on_its_shelf(const struct sw_trace *t, uint32_t i, const struct sw_event *e)
{
	const struct sw_trace_shelf *shelf = &t->shelf[kind_of(e)];

	return i >= shelf->first && i - shelf->first < shelf->size;
}

bool sw_trace_read(const struct sw_trace *t, uint32_t i, struct sw_event *out, uint64_t *number)
{
	for (unsigned n = 0; n < TRIES; n++) {
		uint64_t begun = sw_trace_number(t, i);
		bool is_sound = begun > 0 && unpack(out, &t->slot[i]);

		if (begun == 0)
			return false;
		*number = begun;
		if (sw_trace_number(t, i) == begun)
			return is_sound && is_on_its_shelf(t, i, out);
	}
	return false;
}

bool sw_trace_newest(const struct sw_trace *t, struct sw_event *out)
{
	uint64_t best = 0, number;
	uint32_t at = 0;

	for (uint32_t i = 0; i < t->slots; i++) {
		if (sw_trace_number(t, i) > best) {
			best = sw_trace_number(t, i);
			at = i;
		}
	}
	return best > 0 && sw_trace_read(t, at, out, &number);
}

static void adopt_shelf(struct sw_trace *t, struct sw_trace_shelf *shelf, uint64_t most)
{
	uint64_t newest = 0;

	for (uint32_t i = shelf->first; i < shelf->first + shelf->size; i++) {
		struct sw_event e;
		uint64_t number;

		if (!sw_trace_read(t, i, &e, &number) || number > most) {
			atomic_store_explicit(&t->slot[i].number, 0, memory_order_relaxed);
		} else if (number > newest) {
			newest = number;
			shelf->put = i - shelf->first + 1;
		}
	}
	if (newest > t->number)
		t->number = newest;
}

void sw_trace_adopt(struct sw_trace *t, struct sw_mono now)
{
	uint64_t most = number_at(now) + (uint64_t)PER_US * SW_US_PER_S; /* a burst may run ahead */

	for (unsigned k = 0; k < SW_TRACE_KINDS; k++)
		adopt_shelf(t, &t->shelf[k], most);
}
