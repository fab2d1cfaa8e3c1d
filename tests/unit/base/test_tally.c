/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdlib.h>

#include "base/tally.h"
#include "step.h"

#define CELLS 4

/* As it lies in shared memory. */
struct counted {
	struct sw_tally tally;
	struct sw_tally_cell cell[CELLS];
};

static uint32_t sum(const struct counted *c)
{
	uint32_t n = 0;

	for (unsigned i = 0; i < CELLS; i++)
		n += c->cell[i].counted;
	return n;
}

static bool move(struct counted *c, uint32_t cell, uint32_t to, uint32_t most)
{
	return sw_tally_move(&c->tally, &c->cell[cell], cell, to, most);
}

static void a_tally_is_the_sum_of_its_cells_and_no_more_than_the_most(void **state)
{
	static struct counted c;
	uint64_t random = 4;
	unsigned refused = 0;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		uint64_t r = next_number(&random);
		uint32_t cell = r % CELLS, to = (uint32_t)(r >> 8) % 12;
		uint32_t was = c.cell[cell].counted, before = sum(&c);
		bool fits = to <= was || before - was + to <= 20;

		assert_int_equal(move(&c, cell, to, 20), fits);
		assert_int_equal(c.cell[cell].counted, fits ? to : was);
		assert_int_equal(sw_tally_read(&c.tally), sum(&c));
		refused += !fits;
	}
	assert_true(refused > 1000);
}

static struct counted *shared;

static const struct deed {
	uint32_t to, most;
} deeds[] = { { 4, 100 }, { 2, 100 }, { 9, 100 }, { 3, 3 } };

static void do_deed(void *arg)
{
	const struct deed *d = arg;

	(void)!move(shared, 1, d->to, d->most);
}

/* Others go on counting over the death, and then the dead one's cell is put in order. */
static void look(void *copy, bool is_done, void *arg)
{
	const struct deed *d = arg;

	for (unsigned others = 0; others < 3; others++) {
		struct counted *c = malloc(sizeof(*c));

		memcpy(c, copy, sizeof(*c));
		for (unsigned i = 0; i < others; i++)
			assert_true(move(c, 2 + i, c->cell[2 + i].counted + 1, 100));
		sw_tally_repair(&c->tally, &c->cell[1], 1);
		assert_true(c->cell[1].counted == 3 || c->cell[1].counted == d->to);
		assert_true(!is_done || d->to > d->most || c->cell[1].counted == d->to);
		assert_int_equal(sw_tally_read(&c->tally), sum(c));
		assert_true(move(c, 1, 5, 100));
		assert_int_equal(sw_tally_read(&c->tally), sum(c));
		free(c);
	}
}

static void no_move_is_lost_or_made_twice_by_a_death(void **state)
{
	(void)state;
	shared = step_memory(sizeof(*shared));
	for (size_t i = 0; i < SW_ARRAY_LEN(deeds); i++)
		for (unsigned before = 0; before < 3; before++) { /* who moved last */
			struct deed d = deeds[i];

			memset(shared, 0, sizeof(*shared));
			assert_true(move(shared, 1, 3, 100));
			for (unsigned j = 0; j < before; j++)
				assert_true(move(shared, 2 + j, 1, 100));
			step_through(shared, sizeof(*shared), do_deed, look, &d);
		}
	step_free(shared, sizeof(*shared));
}

static void turns_may_come_round(void **state)
{
	struct counted c = { .cell = { { .turn = (1u << 29) - 3 } } };

	(void)state;
	c.tally.done[0] = (1u << 29) - 3;
	for (uint32_t i = 1; i < 12; i++) {
		assert_true(move(&c, 0, i, 100));
		c.cell[0].counted = i - 1; /* died before it was written */
		sw_tally_repair(&c.tally, &c.cell[0], 0);
		assert_int_equal(c.cell[0].counted, i);
		assert_true(move(&c, 1, i, 100)); /* another one moves on top of it */
		c.cell[0].counted = i - 1;
		sw_tally_repair(&c.tally, &c.cell[0], 0);
		assert_int_equal(c.cell[0].counted, i);
		assert_int_equal(sw_tally_read(&c.tally), sum(&c));
	}
}

/* Turns that are compared stay near each other however often a full tally refuses. */
static void a_refused_move_takes_no_turn(void **state)
{
	struct counted c = { 0 };
	uint32_t turn;

	(void)state;
	assert_true(move(&c, 0, 2, 2));
	turn = c.cell[0].turn;
	for (unsigned i = 0; i < 3; i++)
		assert_false(move(&c, 0, 3, 2));
	assert_int_equal(c.cell[0].turn, turn);
	assert_int_equal(sw_tally_read(&c.tally), sum(&c));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tally_is_the_sum_of_its_cells_and_no_more_than_the_most),
		cmocka_unit_test(no_move_is_lost_or_made_twice_by_a_death),
		cmocka_unit_test(turns_may_come_round),
		cmocka_unit_test(a_refused_move_takes_no_turn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
