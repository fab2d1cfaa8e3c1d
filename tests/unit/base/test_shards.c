/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/chain.h"
#include "base/shards.h"
#include "base/table.h"

static void there_are_as_many_parts_as_are_of_use(void **state)
{
	static const struct {
		uint32_t capacity, parts;
	} rows[] = { { 1, 1 },      { 2047, 1 },   { 2048, 2 },     { 14000, 8 },
		     { 65535, 32 }, { 65536, 64 }, { 1000000, 64 }, { SW_TABLE_SLOTS_MAX, 64 } };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		uint32_t n = rows[i].capacity;

		assert_int_equal(sw_shards_count(n), rows[i].parts);
		assert_true((uint64_t)sw_shards_slots(n, true) * rows[i].parts >= n);
		assert_true(sw_shards_slots(n, false) >= sw_shards_slots(n, true));
	}
}

static void numbers_of_slots_say_part_and_slot(void **state)
{
	struct sw_shards s;
	uint32_t part, slot;

	(void)state;
	sw_shards_init(&s, NULL, 100000, false, 100);
	for (uint32_t p = 0; p < s.count; p += 7) {
		assert_true(sw_shards_split(&s, sw_shards_number(&s, p, 5), &part, &slot));
		assert_int_equal(part, p);
		assert_int_equal(slot, 5);
	}
	assert_false(sw_shards_split(&s, sw_shards_number(&s, s.count, 0), &part, &slot));
	assert_false(sw_shards_split(&s, SW_TABLE_NONE, &part, &slot));
}

static void a_capacity_is_exact_over_all_parts(void **state)
{
	enum {
		CAPACITY = 5000
	};
	void *memory = calloc(1, sw_shards_size(CAPACITY, 64));
	struct sw_shards s;
	uint32_t have[SW_SHARDS_MAX] = { 0 };

	(void)state;
	sw_shards_init(&s, memory, CAPACITY, false, 64);
	assert_true(s.count > 1);
	for (uint32_t i = 0; i < CAPACITY; i++) {
		uint32_t part = sw_shards_of(&s, i * 0x9e3779b97f4a7c15u);

		assert_true(sw_shards_reserve(&s, part, ++have[part]));
	}
	assert_int_equal(sw_shards_have(&s), CAPACITY);
	for (uint32_t part = 0; part < s.count; part++) {
		assert_false(sw_shards_reserve(&s, part, have[part] + 1));
		assert_true(have[part] < s.slots);
	}
	sw_shards_tell(&s, 0, have[0] - 1); /* one went */
	assert_true(sw_shards_reserve(&s, 1, have[1] + 1));
	assert_false(sw_shards_reserve(&s, 0, have[0]));
	free(memory);
}

static void numbers_that_are_drawn_rise(void **state)
{
	void *memory = calloc(1, sw_shards_size(1, 64));
	struct sw_shards s;

	(void)state;
	sw_shards_init(&s, memory, 1, false, 64);
	assert_int_equal(sw_shards_draw(&s), 1);
	sw_shards_skip(&s, 100);
	assert_int_equal(sw_shards_draw(&s), 101);
	sw_shards_skip(&s, 7);
	assert_int_equal(sw_shards_draw(&s), 102);
	free(memory);
}

/* Texts of ten blocks of eight octets, of which one may take four. */
static void texts_take_blocks_and_give_them_back(void **state)
{
	void *memory = calloc(1, sw_chain_size(10, 16));
	char in[] = "what is longer than one block goes on", out[sizeof(in)], room[5];
	uint32_t more[3] = { 0 };
	struct sw_chain c;

	(void)state;
	sw_chain_init(&c, memory, 10, 16, 4);
	for (unsigned round = 0; round < 20; round++) {
		for (unsigned i = 0; i < 2; i++) {
			struct sw_chain_at at = { room, sizeof(room), &more[i] };

			assert_true(sw_chain_put(&c, &at, in, 37));
			at = (struct sw_chain_at){ room, sizeof(room), &more[i] };
			assert_true(sw_chain_get(&c, &at, out, 37));
			assert_memory_equal(in, out, 37);
			assert_false(sw_chain_get(&c, &at, out, 1));
		}
		struct sw_chain_at at = { room, sizeof(room), &more[2] };

		assert_false(sw_chain_put(&c, &at, in, 37)); /* two are left */
		if (round % 2) {                             /* as after a death */
			sw_chain_forget(&c);
			assert_true(sw_chain_claim(&c, more[0]));
			assert_false(sw_chain_claim(&c, more[0])); /* another's */
			assert_false(sw_chain_claim(&c, 11));
			sw_chain_collect(&c);
			sw_chain_free(&c, more[0]);
		} else {
			for (unsigned i = 0; i < 3; i++)
				sw_chain_free(&c, more[i]);
		}
		memset(more, 0, sizeof(more));
	}
	free(memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_are_as_many_parts_as_are_of_use),
		cmocka_unit_test(numbers_of_slots_say_part_and_slot),
		cmocka_unit_test(a_capacity_is_exact_over_all_parts),
		cmocka_unit_test(numbers_that_are_drawn_rise),
		cmocka_unit_test(texts_take_blocks_and_give_them_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
