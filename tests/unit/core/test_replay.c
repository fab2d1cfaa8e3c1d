/* SPDX-License-Identifier: Apache-2.0 */
#include "vectors.h"

#include <stdlib.h>

#include <sipward/replay.h>

#include "base/table.h"

#define CAPACITY 5
#define STEPS    100000
#define NC_MAX   200

static struct sw_replay replay;
static void *memory;
static unsigned fail_at; /* which call of sw_table_slot finds nothing, from 1; 0 none */

void *__real_sw_table_slot(const struct sw_table *t, uint32_t n);
void *__wrap_sw_table_slot(const struct sw_table *t, uint32_t n);

/* A table that somebody else empties under our hands, when told to. */
void *__wrap_sw_table_slot(const struct sw_table *t, uint32_t n)
{
	return fail_at == 0 || --fail_at > 0 ? __real_sw_table_slot(t, n) : NULL;
}

static bool no_change; /* sw_table_change finds nothing */

void *__real_sw_table_change(struct sw_table *t, uint32_t n);
void *__wrap_sw_table_change(struct sw_table *t, uint32_t n);

void *__wrap_sw_table_change(struct sw_table *t, uint32_t n)
{
	return no_change ? NULL : __real_sw_table_change(t, n);
}

static int setup(void **state)
{
	(void)state;
	fail_at = 0;
	memory = calloc(1, sw_replay_size(CAPACITY));
	assert_non_null(memory);
	sw_replay_init(&replay, memory, CAPACITY);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	return 0;
}

/* The nonce of this number, issued at this tick. */
static struct sw_nonce nonce(uint32_t number, uint32_t issued)
{
	struct sw_nonce n = { .octets = "................", .issued = issued };

	memcpy(n.octets + 8, &number, sizeof(number));
	return n;
}

static enum sw_reason take(uint32_t number, uint32_t issued, uint32_t nc)
{
	struct sw_nonce n = nonce(number, issued);
	enum sw_reason look = sw_replay_look(&replay, &n, nc), again;

	again = sw_replay_look(&replay, &n, nc);
	assert_int_equal(look, again); /* looking changes nothing */
	again = sw_replay_take(&replay, &n, nc);
	assert_int_equal(look, again);
	return again;
}

static const struct {
	const char *name;
	uint32_t nc;
	enum sw_reason reason;
} counts[] = {
	{ "the first", 1, SW_OK },
	{ "the first again", 1, SW_R_DIGEST_REPLAY },
	{ "the next", 2, SW_OK },
	{ "a gap", 10, SW_OK },
	{ "overtaken", 5, SW_OK },
	{ "overtaken again", 5, SW_R_DIGEST_REPLAY },
	{ "the highest again", 10, SW_R_DIGEST_REPLAY },
	{ "just within the window's width", 73, SW_OK },
	{ "one behind the window's end", 9, SW_R_DIGEST_REPLAY },
	{ "at the window's end, used", 10, SW_R_DIGEST_REPLAY },
	{ "at the window's end, new", 11, SW_OK },
	{ "at the window's end, again", 11, SW_R_DIGEST_REPLAY },
	{ "a leap of a whole window", 137, SW_OK },
	{ "what was the highest", 73, SW_R_DIGEST_REPLAY },
	{ "new, behind the leap", 74, SW_OK },
	{ "a leap of more", 1000, SW_OK },
	{ "what was used before the leap", 137, SW_R_DIGEST_REPLAY },
	{ "new, but too far behind", 936, SW_R_DIGEST_REPLAY },
	{ "the last of all", UINT32_MAX, SW_OK },
	{ "the last of all again", UINT32_MAX, SW_R_DIGEST_REPLAY },
	{ "the first, as if counts began anew", 1, SW_R_DIGEST_REPLAY },
	{ "none behind the last", 2000, SW_R_DIGEST_REPLAY },
	{ "just before the last", UINT32_MAX - 1, SW_OK },
};

static void a_count_is_good_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(counts); i++) {
		print_message("%s\n", counts[i].name);
		assert_int_equal(take(1, 0, counts[i].nc), counts[i].reason);
	}
	assert_int_equal(take(2, 0, 1), SW_OK); /* each nonce counts for itself */
}

static void nonces_that_share_a_hash_count_for_themselves(void **state)
{
	struct sw_nonce a = nonce(1, 0), b = nonce(1, 0);

	(void)state;
	b.octets[0] ^= 1; /* the half that does not hash */
	assert_int_equal(sw_replay_take(&replay, &a, 1), SW_OK);
	assert_int_equal(sw_replay_take(&replay, &b, 1), SW_OK);
	assert_int_equal(sw_replay_take(&replay, &a, 1), SW_R_DIGEST_REPLAY);
	assert_int_equal(sw_replay_take(&replay, &b, 1), SW_R_DIGEST_REPLAY);
}

static void what_was_dropped_and_what_is_as_old_is_stale(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_int_equal(take(i, 100 + i, 1), SW_OK);
	assert_int_equal(take(50, 90, 1), SW_OK); /* older, but nothing was dropped yet */
	assert_int_equal(take(0, 100, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(0, 100, 2), SW_R_DIGEST_STALE);
	assert_int_equal(take(51, 100, 1), SW_R_DIGEST_STALE); /* as old as the one dropped */
	assert_int_equal(take(52, 99, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(50, 90, 2), SW_OK); /* still has its window */
	assert_int_equal(take(53, 101, 1), SW_OK);
	assert_int_equal(take(1, 101, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(4, 104, 1), SW_R_DIGEST_REPLAY);
}

static void the_horizon_never_goes_back(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_int_equal(take(i, 1000 - 100 * i, 1), SW_OK);
	assert_int_equal(take(10, 2000, 1), SW_OK); /* drops 0, issued at 1000 */
	assert_int_equal(take(11, 2001, 1), SW_OK); /* drops 1, issued at 900 */
	assert_int_equal(take(0, 1000, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(12, 950, 1), SW_R_DIGEST_STALE);
}

static void the_clock_of_nonces_may_wrap(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < CAPACITY; i++)
		assert_int_equal(take(i, UINT32_MAX - 2 + i, 1), SW_OK);
	assert_int_equal(take(10, 5, 1), SW_OK); /* drops what was issued before the wrap */
	assert_int_equal(take(0, UINT32_MAX - 2, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(11, 6, 1), SW_OK);
	assert_int_equal(take(12, 7, 1), SW_OK);
	assert_int_equal(take(13, 8, 1), SW_OK); /* drops what was issued at 0 */
	assert_int_equal(take(14, 0, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(15, UINT32_MAX, 1), SW_R_DIGEST_STALE);
	assert_int_equal(take(16, 9, 1), SW_OK);
}

/* Every pair that was ever taken, however long ago. */
static bool used[STEPS / 16][NC_MAX + 1];
static uint32_t top[STEPS / 16];

static void no_pair_of_nonce_and_count_is_ever_taken_twice(void **state)
{
	uint64_t random = 3;
	uint32_t newest = 0;
	unsigned taken = 0, stale = 0, replayed = 0;

	(void)state;
	for (unsigned i = 0; i < STEPS; i++) {
		uint64_t r = next_number(&random);
		uint32_t back = (uint32_t)((r >> 8) % 12);

		if (r % 24 == 0 && newest + 1 < SW_ARRAY_LEN(top))
			newest++;
		uint32_t number = back > newest ? 0 : newest - back;
		uint32_t nc = (r >> 16) % 4 == 0
				      ? 1 + (uint32_t)(r >> 20) % NC_MAX
				      : 1 + (top[number] + (uint32_t)(r >> 20) % 3) % NC_MAX;

		switch (take(number, number / 2, nc)) { /* two are issued in each tick */
		case SW_OK:
			assert_false(used[number][nc]);
			used[number][nc] = true;
			top[number] = nc > top[number] ? nc : top[number];
			taken++;
			break;
		case SW_R_DIGEST_REPLAY:
			assert_true(used[number][nc] || top[number] - nc >= SW_REPLAY_WINDOW);
			replayed++;
			break;
		default:
			assert_true(number + 1 < newest); /* never the newest */
			stale++;
		}
	}
	print_message("%u taken, %u replayed, %u stale\n", taken, replayed, stale);
	assert_true(taken > STEPS / 20 && stale > STEPS / 20 && replayed > STEPS / 20);
}

static void a_table_that_changes_meanwhile_makes_nothing_good_twice(void **state)
{
	struct sw_nonce n = nonce(1, 7);

	(void)state;
	fail_at = 1; /* no slot for a first use */
	assert_int_equal(sw_replay_take(&replay, &n, 1), SW_R_DIGEST_STALE);
	fail_at = 0;
	for (uint32_t i = 2; i < 1 + CAPACITY; i++)
		assert_int_equal(take(i, 7, 1), SW_OK);
	n = nonce(50, 8);
	fail_at = 1; /* the oldest is gone already */
	assert_int_equal(sw_replay_take(&replay, &n, 1), SW_OK);
	fail_at = 0;
	assert_int_equal(sw_replay_take(&replay, &n, 1), SW_R_DIGEST_REPLAY);
	fail_at = 1; /* its window is gone when it is looked for */
	(void)!sw_replay_look(&replay, &n, 1);
	fail_at = 0;
	no_change = true; /* and when it is to be changed */
	assert_int_equal(sw_replay_take(&replay, &n, 2), SW_R_DIGEST_STALE);
	no_change = false;
	assert_int_equal(sw_replay_take(&replay, &n, 1), SW_R_DIGEST_REPLAY);
}

static void memory_that_somebody_else_wrote_is_not_believed(void **state)
{
	uint64_t random = 9;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		size_t size = sw_replay_size(CAPACITY);

		memset(memory, 0, size);
		for (uint32_t i = 0; i < CAPACITY; i++)
			assert_int_equal(take(i, i, 1), SW_OK);
		for (size_t i = round % 3 * 8; i + 4 <= size; i += 4) {
			uint32_t word = (uint32_t)next_number(&random);

			word = round % 5 == 0 ? word % (CAPACITY + 2) : word;
			if (round % 7 != 0 || word % 4 == 0)
				memcpy((char *)memory + i, &word, 4);
		}
		for (uint32_t i = 0; i < 3 * CAPACITY; i++) {
			struct sw_nonce n = nonce(i, i);

			(void)!sw_replay_take(&replay, &n, 1 + i);
		}
	}
}

static void a_nonce_without_counts_is_good_once(void **state)
{
	(void)state;
	assert_int_equal(take(1, 100, SW_REPLAY_ALL), SW_OK);
	assert_int_equal(take(1, 100, SW_REPLAY_ALL), SW_R_DIGEST_REPLAY);
	for (uint32_t i = 0; i < 70; i++) { /* nor is any count of it */
		assert_int_equal(take(1, 100, 1 + i), SW_R_DIGEST_REPLAY);
		assert_int_equal(take(1, 100, UINT32_MAX - i), SW_R_DIGEST_REPLAY);
	}
	assert_int_equal(take(2, 100, 7), SW_OK);
	assert_int_equal(take(2, 100, SW_REPLAY_ALL), SW_R_DIGEST_REPLAY);
	assert_int_equal(take(2, 100, 8), SW_OK); /* what was refused has used nothing up */
	for (uint32_t i = 0; i < 2 * CAPACITY; i++)
		assert_int_equal(take(10 + i, 200 + i, SW_REPLAY_ALL), SW_OK);
	assert_int_equal(take(3, 100, SW_REPLAY_ALL), SW_R_DIGEST_STALE);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_nonce_without_counts_is_good_once),
		CASE(a_count_is_good_once),
		CASE(nonces_that_share_a_hash_count_for_themselves),
		CASE(what_was_dropped_and_what_is_as_old_is_stale),
		CASE(the_horizon_never_goes_back),
		CASE(the_clock_of_nonces_may_wrap),
		CASE(no_pair_of_nonce_and_count_is_ever_taken_twice),
		CASE(a_table_that_changes_meanwhile_makes_nothing_good_twice),
		CASE(memory_that_somebody_else_wrote_is_not_believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
