/* SPDX-License-Identifier: Apache-2.0 */
#include "base/tally.h"

/*
 * The word: sum (29 bits), cell (6), turn (29). Before a move replaces it, it notes in done that
 * the move before it was made; so a move was made if the word says so, or done does.
 */
#define CELL_AT   29
#define SUM_AT    35
#define TURN_MASK ((1u << 29) - 1)

static uint32_t turn_of(uint64_t word)
{
	return (uint32_t)word & TURN_MASK;
}

static uint32_t cell_of(uint64_t word)
{
	return (uint32_t)(word >> CELL_AT) & (SW_TALLY_CELLS - 1);
}

static uint32_t sum_of(uint64_t word)
{
	return (uint32_t)(word >> SUM_AT);
}

static uint64_t word_of(uint32_t sum, uint32_t cell, uint32_t turn)
{
	return (uint64_t)(sum & SW_TALLY_MAX) << SUM_AT | (uint64_t)cell << CELL_AT | turn;
}

/* Turns go round; those that are compared are near each other. */
static bool is_later(uint32_t a, uint32_t b)
{
	return a != b && ((a - b) & TURN_MASK) < TURN_MASK / 2;
}

static void note_made(struct sw_tally *t, uint64_t word)
{
	_Atomic uint32_t *done = &t->done[cell_of(word)];
	uint32_t was = atomic_load(done);

	while (is_later(turn_of(word), was) &&
	       !atomic_compare_exchange_weak(done, &was, turn_of(word)))
		;
}

/* To whoever reads the memory after our death, stores come in this order. */
static void in_order(void)
{
	atomic_signal_fence(memory_order_seq_cst);
}

bool sw_tally_move(struct sw_tally *t, struct sw_tally_cell *c, uint32_t cell, uint32_t to,
		   uint32_t most)
{
	uint64_t was = atomic_load(&t->now), next;

	c->turn = (c->turn + 1) & TURN_MASK;
	in_order();
	c->to = to;
	in_order();
	do {
		uint32_t sum = sum_of(was) - c->counted + to;

		if (to > c->counted && sum > most) {
			c->to = c->counted;
			in_order();
			c->turn = (c->turn - 1) & TURN_MASK; /* nobody has seen it: see is_later */
			return false;
		}
		note_made(t, was);
		next = word_of(sum, cell, c->turn);
	} while (!atomic_compare_exchange_weak(&t->now, &was, next));
	in_order();
	c->counted = to;
	return true;
}

static bool was_made(const struct sw_tally *t, uint32_t cell, uint32_t turn)
{
	uint64_t now = atomic_load(&t->now); /* first: it is replaced after done was written */
	uint32_t done = atomic_load(&t->done[cell]);

	return (cell_of(now) == cell && turn_of(now) == turn) || !is_later(turn, done);
}

void sw_tally_repair(const struct sw_tally *t, struct sw_tally_cell *c, uint32_t cell)
{
	if (c->to == c->counted)
		return;
	if (was_made(t, cell, c->turn & TURN_MASK))
		c->counted = c->to;
	else
		c->to = c->counted;
}

uint32_t sw_tally_read(const struct sw_tally *t)
{
	return sum_of(atomic_load_explicit(&t->now, memory_order_relaxed));
}
