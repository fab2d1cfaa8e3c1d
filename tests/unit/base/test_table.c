/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdlib.h>

#include "base/table.h"

#define CAPACITY 97u /* no power of two */
#define STEPS    200000

/* A table in a block of just its size, and the naive list that it is compared with. */
struct model {
	struct sw_table t;
	void *memory;
	uint64_t hash[CAPACITY];
	uint64_t value[CAPACITY];
	bool taken[CAPACITY];
	uint32_t count;
	uint64_t random;
};

static int setup(void **state)
{
	struct model *m = calloc(1, sizeof(*m));

	assert_non_null(m);
	m->memory = calloc(1, sw_table_size(CAPACITY, sizeof(uint64_t)));
	assert_non_null(m->memory);
	sw_table_init(&m->t, m->memory, CAPACITY, sizeof(uint64_t));
	m->random = 7;
	*state = m;
	return 0;
}

static int teardown(void **state)
{
	struct model *m = *state;

	free(m->memory);
	free(m);
	return 0;
}

/* Few hashes for many slots; of some only the half that the index keeps is equal. */
static uint64_t draw_hash(struct model *m)
{
	uint64_t r = next_number(&m->random);

	return (r >> 8) % 3 == 0 ? (r & 7) << 32 | 5 : r % 40;
}

static void add(struct model *m)
{
	uint64_t hash = draw_hash(m);
	uint32_t n = sw_table_add(&m->t, hash);

	if (m->count == CAPACITY) {
		assert_int_equal(n, SW_TABLE_NONE);
		return;
	}
	assert_true(n < CAPACITY && !m->taken[n]);
	uint64_t *slot = sw_table_slot(&m->t, n);

	assert_non_null(slot);
	assert_true(*slot == 0); /* nothing of who was here before */
	*slot = m->value[n] = next_number(&m->random);
	m->hash[n] = hash;
	m->taken[n] = true;
	m->count++;
}

static void drop(struct model *m)
{
	uint32_t n = (uint32_t)(next_number(&m->random) % (CAPACITY + 3)); /* also none */

	sw_table_remove(&m->t, n);
	if (n >= CAPACITY || !m->taken[n])
		return;
	m->taken[n] = false;
	m->count--;
}

static void find(struct model *m)
{
	uint64_t hash = draw_hash(m);
	uint32_t out[CAPACITY + 1];
	size_t n = sw_table_find(&m->t, hash, out, SW_ARRAY_LEN(out)), want = 0;
	bool seen[CAPACITY] = { 0 };

	for (size_t i = 0; i < CAPACITY; i++)
		want += m->taken[i] && m->hash[i] == hash;
	assert_int_equal(n, want);
	for (size_t i = 0; i < n; i++) {
		assert_true(out[i] < CAPACITY && m->taken[out[i]] && !seen[out[i]]);
		assert_true(m->hash[out[i]] == hash);
		assert_true(*(uint64_t *)sw_table_slot(&m->t, out[i]) == m->value[out[i]]);
		seen[out[i]] = true;
	}
}

static void a_table_does_what_a_list_does(void **state)
{
	struct model *m = *state;

	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t what = next_number(&m->random) % 8;
		bool filling = i / 5000 % 2 == 0; /* full and empty again, many times */

		if (what < (filling ? 4 : 2))
			add(m);
		else if (what < 5)
			drop(m);
		else
			find(m);
		assert_int_equal(sw_table_count(&m->t), m->count);
	}
	for (uint32_t n = 0; n < CAPACITY; n++)
		assert_int_equal(sw_table_slot(&m->t, n) != NULL, m->taken[n]);
}

static void a_full_table_says_so_until_a_slot_is_given_back(void **state)
{
	struct model *m = *state;

	for (uint32_t n = 0; n < CAPACITY; n++) {
		assert_int_equal(sw_table_high(&m->t), n);
		assert_int_equal(sw_table_add(&m->t, 1), n);
	}
	assert_int_equal(sw_table_add(&m->t, 1), SW_TABLE_NONE);
	assert_int_equal(sw_table_high(&m->t), CAPACITY);
	sw_table_remove(&m->t, 50);
	sw_table_remove(&m->t, 50); /* twice is once */
	assert_int_equal(sw_table_count(&m->t), CAPACITY - 1);
	assert_int_equal(sw_table_add(&m->t, 2), 50);
	assert_int_equal(sw_table_add(&m->t, 2), SW_TABLE_NONE);
	assert_int_equal(sw_table_high(&m->t), CAPACITY);
}

static void no_more_are_found_than_asked_for(void **state)
{
	struct model *m = *state;
	uint32_t out[3];

	for (int i = 0; i < 5; i++)
		assert_int_not_equal(sw_table_add(&m->t, 9), SW_TABLE_NONE);
	assert_int_equal(sw_table_find(&m->t, 9, out, 3), 3);
	assert_int_equal(sw_table_find(&m->t, 9, out, 0), 0);
	assert_int_equal(sw_table_find(&m->t, 8, out, 3), 0);
	assert_int_equal(sw_table_find(&m->t, 9 | (uint64_t)1 << 40, out, 3), 0);
}

/* What is there is found as by the other search; what is not is met with another slot. */
static void an_even_search_finds_the_same_or_another(void **state)
{
	struct model *m = *state;
	uint32_t a[CAPACITY], b[CAPACITY];

	assert_int_equal(sw_table_find_even(&m->t, 7, b), 1); /* a slot, but a free one */
	assert_null(sw_table_slot(&m->t, b[0]));
	for (uint64_t i = 0; i < CAPACITY; i++)
		assert_int_not_equal(sw_table_add(&m->t, (i % 5) << 32 | (i % 30)), SW_TABLE_NONE);
	for (uint64_t i = 0; i < 40; i++) {
		uint64_t hash = (i % 5) << 32 | i;
		size_t n = sw_table_find(&m->t, hash, a, CAPACITY);
		size_t even = sw_table_find_even(&m->t, hash, b);
		size_t in = 0;

		for (size_t j = 0; j < n; j++)
			for (size_t k = 0; k < even; k++)
				in += a[j] == b[k];
		assert_int_equal(in, n);
		assert_true(even > 0);
		for (size_t k = 0; k < even; k++)
			assert_true(b[k] < CAPACITY);
		assert_true(even <= SW_TABLE_SAME);
	}
}

static void what_is_expected_changes_nothing(void **state)
{
	struct model *m = *state;
	size_t n = sw_table_size(CAPACITY, sizeof(uint64_t));
	char *before = malloc(n);

	for (uint64_t i = 0; i < CAPACITY / 2; i++)
		assert_int_not_equal(sw_table_add(&m->t, i << 40 | i), SW_TABLE_NONE);
	memcpy(before, m->t.head, n);
	for (uint64_t i = 0; i < 2 * CAPACITY; i++) {
		sw_table_expect(&m->t, i << 40 | i);
		sw_table_expect_slot(&m->t, i << 40 | i);
	}
	assert_memory_equal(before, m->t.head, n);
	free(before);
}

static void numbers_of_no_slot_are_nothing(void **state)
{
	static const uint32_t none[] = {
		0, 1, CAPACITY - 1, CAPACITY, CAPACITY + 1, SW_TABLE_NONE - 1, SW_TABLE_NONE
	};
	struct model *m = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(none); i++) {
		assert_null(sw_table_slot(&m->t, none[i]));
		sw_table_remove(&m->t, none[i]);
	}
	assert_int_equal(sw_table_count(&m->t), 0);
}

static void a_table_of_one_slot_works(void **state)
{
	void *memory = calloc(1, sw_table_size(1, 1));
	struct sw_table t;
	uint32_t out[2];

	(void)state;
	sw_table_init(&t, memory, 1, 1);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(sw_table_add(&t, i), 0);
		assert_int_equal(sw_table_add(&t, i), SW_TABLE_NONE);
		assert_int_equal(sw_table_find(&t, i, out, 2), 1);
		sw_table_remove(&t, 0);
		assert_int_equal(sw_table_find(&t, i, out, 2), 0);
	}
	free(memory);
}

/* Every call, with numbers that the memory may have made up; their answers do not matter. */
static void use(struct model *m)
{
	uint32_t out[CAPACITY];

	for (uint64_t hash = 0; hash < 12; hash++) {
		size_t n = sw_table_find(&m->t, hash, out, SW_ARRAY_LEN(out));

		for (size_t i = 0; i < n; i++) {
			uint64_t *slot = sw_table_slot(&m->t, out[i]);

			assert_non_null(slot);
			*slot = hash;
		}
		sw_table_expect_slot(&m->t, hash);
		n = sw_table_find_even(&m->t, hash, out);
		for (size_t i = 0; i < n; i++)
			(void)sw_table_slot(&m->t, out[i]);
	}
	for (unsigned i = 0; i < 6; i++) {
		uint32_t n = sw_table_add(&m->t, next_number(&m->random) % 12);

		assert_true(n == SW_TABLE_NONE || sw_table_slot(&m->t, n));
		sw_table_remove(&m->t, (uint32_t)next_number(&m->random) % CAPACITY);
	}
	assert_true(sw_table_high(&m->t) <= CAPACITY);
}

/* Somebody wrote octets of this kind all over `n` octets from `at`. */
static void corrupt(struct model *m, char *at, size_t n, unsigned kind)
{
	for (size_t i = 0; i + 4 <= n; i += 4) {
		uint32_t word = (uint32_t)next_number(&m->random);

		if (kind == 1)
			word %= CAPACITY + 2;
		else if (kind == 2)
			word = 1;
		else if (kind == 3)
			word = UINT32_MAX;
		memcpy(at + i, &word, 4);
	}
}

static void memory_that_somebody_else_wrote_is_not_believed(void **state)
{
	struct model *m = *state;
	size_t size = sw_table_size(CAPACITY, sizeof(uint64_t));
	size_t index = (size_t)((char *)m->t.index - (char *)m->memory);
	size_t slots = (size_t)(m->t.slots - (char *)m->memory);
	const struct {
		size_t at, n;
	} parts[] = {
		{ 0, index }, { index, slots - index }, { slots, size - slots }, { 0, size }
	};

	for (unsigned round = 0; round < 40; round++)
		for (size_t i = 0; i < SW_ARRAY_LEN(parts); i++)
			for (unsigned kind = 0; kind < 4; kind++) {
				memset(m->memory, 0, size);
				for (uint64_t j = 0; j < CAPACITY / 2; j++)
					assert_int_not_equal(sw_table_add(&m->t, j % 12),
							     SW_TABLE_NONE);
				corrupt(m, (char *)m->memory + parts[i].at, parts[i].n, kind);
				use(m);
			}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_table_does_what_a_list_does),
		CASE(a_full_table_says_so_until_a_slot_is_given_back),
		CASE(no_more_are_found_than_asked_for),
		CASE(an_even_search_finds_the_same_or_another),
		CASE(what_is_expected_changes_nothing),
		CASE(numbers_of_no_slot_are_nothing),
		CASE(a_table_of_one_slot_works),
		CASE(memory_that_somebody_else_wrote_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
