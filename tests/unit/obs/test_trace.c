/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "obs/trace.h"
#include "events.h"

#define SLOTS 9

static const uint32_t size[SW_TRACE_KINDS] = { 4, 3, 2 };
static struct sw_trace_slot memory[SLOTS];
static struct sw_trace trace;

static int make(void **state)
{
	(void)state;
	memset(memory, 0, sizeof(memory));
	sw_trace_init(&trace, memory, size);
	return 0;
}

static void put(struct sw_trace *t, struct sw_event e)
{
	sw_trace_put(t, &e, (struct sw_mono){ 0 });
}

static bool has(const struct sw_trace *t, const char *id)
{
	struct sw_event e;
	uint64_t number;

	for (uint32_t i = 0; i < t->slots; i++)
		if (sw_trace_read(t, i, &e, &number) && strcmp(e.id, id) == 0)
			return true;
	return false;
}

static const char *newest(const struct sw_trace *t)
{
	static struct sw_event e;

	return sw_trace_newest(t, &e) ? e.id : "none";
}

static void what_was_put_is_read_whole(void **state)
{
	struct sw_event want = event_allowed("AAAAAA"), got;
	uint64_t number = 0;

	(void)state;
	put(&trace, want);
	assert_true(sw_trace_read(&trace, 0, &got, &number));
	assert_memory_equal(&got, &want, sizeof(want));
	assert_int_equal(number, 1);
	assert_string_equal(newest(&trace), "AAAAAA");
}

static void texts_that_fill_their_rooms_are_read_whole(void **state)
{
	struct sw_event want = event_allowed("AAAAAA"), got;
	uint64_t number;

	(void)state;
#define FILL(t)                                  \
	do {                                     \
		want.t.n = sizeof(want.t.p);     \
		memset(want.t.p, 'x', want.t.n); \
	} while (0)
	FILL(method);
	FILL(trunk);
	FILL(subject);
	FILL(claimed);
	FILL(ruri);
	FILL(call_id);
	FILL(user_agent);
	FILL(conf_file);
	FILL(md5_until);
	FILL(near);
	put(&trace, want);
	assert_true(sw_trace_read(&trace, 0, &got, &number));
	assert_memory_equal(&got, &want, sizeof(want));
	want.ruri.n = UINT16_MAX; /* its writer's own fault: it is cut */
	put(&trace, want);
	assert_true(sw_trace_read(&trace, 1, &got, &number));
	assert_int_equal(got.ruri.n, sizeof(got.ruri.p));
}

static void nothing_is_found_where_nothing_was_put(void **state)
{
	struct sw_event e;
	uint64_t number;

	(void)state;
	assert_int_equal(trace.slots, SLOTS);
	for (uint32_t i = 0; i < SLOTS; i++)
		assert_false(sw_trace_read(&trace, i, &e, &number));
	assert_string_equal(newest(&trace), "none");
}

static void numbers_grow_with_time_and_never_fall(void **state)
{
	static const uint64_t us[] = { 1000, 1000, 900, 1001, 0, UINT64_MAX };
	struct sw_event e = event_wrong("AAAAAA");
	uint64_t last = 0;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(us); i++) {
		sw_trace_put(&trace, &e, (struct sw_mono){ us[i] });
		assert_true(trace.number > last);
		last = trace.number;
	}
	assert_true(last < 1002 * 64);
}

static void a_successor_finds_what_was_kept_and_goes_on_behind_it(void **state)
{
	struct sw_trace next;

	(void)state;
	put(&trace, event_wrong("AAAAAA"));
	put(&trace, event_challenged("BBBBBB"));
	put(&trace, event_wrong("CCCCCC"));
	sw_trace_init(&next, memory, size);
	sw_trace_adopt(&next, (struct sw_mono){ 0 });
	assert_true(has(&next, "AAAAAA"));
	assert_string_equal(newest(&next), "CCCCCC");
	for (int i = 0; i < 3; i++) /* four are kept: the first goes last */
		put(&next, event_wrong("DDDDDD"));
	assert_string_equal(newest(&next), "DDDDDD");
	assert_false(has(&next, "AAAAAA"));
	assert_true(has(&next, "CCCCCC"));
	assert_true(has(&next, "BBBBBB"));
}

static void spoil(uint32_t i, size_t octet, uint8_t value)
{
	uint64_t word = atomic_load(&memory[i].word[octet / 8]);

	memcpy((char *)&word + octet % 8, &value, 1);
	atomic_store(&memory[i].word[octet / 8], word);
}

static void a_record_that_is_unsound_or_half_written_is_not_there(void **state)
{
	const size_t lengths = offsetof(struct sw_event, method);
	struct sw_trace next;

	(void)state;
	put(&trace, event_wrong("AAAAAA"));
	put(&trace, event_wrong("BBBBBB"));
	put(&trace, event_wrong("CCCCCC"));
	put(&trace, event_wrong("DDDDDD"));
	spoil(0, lengths + 4 * sizeof(uint16_t) + 1, 1); /* the Request-URI */
	spoil(1, offsetof(struct sw_event, act), SW_ACT_COUNT);
	atomic_store(&memory[2].number, 0);
	for (unsigned i = 0; i < 2; i++) {
		assert_false(has(&trace, "AAAAAA"));
		assert_false(has(&trace, "BBBBBB"));
		assert_false(has(&trace, "CCCCCC"));
		assert_true(has(&trace, "DDDDDD"));
		sw_trace_init(&next, memory, size);
		sw_trace_adopt(&next, (struct sw_mono){ 0 });
	}
	assert_int_equal(sw_trace_number(&next, 0), 0);
	atomic_store(&memory[3].number, UINT64_MAX); /* nothing could come behind it */
	assert_string_equal(newest(&next), "none");
}

/* Whoever wrote it may have been taken over. */
static void a_successor_is_not_hidden_by_numbers_that_are_still_to_come(void **state)
{
	static const uint64_t numbers[] = { UINT64_MAX >> 2, (UINT64_MAX >> 2) - 1,
					    (uint64_t)1 << 40 };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(numbers); i++) {
		struct sw_trace next;

		(void)make(NULL);
		put(&trace, event_wrong("AAAAAA"));
		atomic_store(&memory[0].number, numbers[i]);
		assert_string_equal(newest(&trace), "AAAAAA");
		sw_trace_init(&next, memory, size);
		sw_trace_adopt(&next, (struct sw_mono){ 0 });
		assert_false(has(&next, "AAAAAA"));
		put(&next, event_wrong("BBBBBB"));
		assert_string_equal(newest(&next), "BBBBBB");
	}
}

static void each_octet_of_a_record_may_be_anything(void **state)
{
	struct sw_event e;
	uint64_t number;

	(void)state;
	for (size_t at = 0; at < sizeof(memory[0].word); at++) {
		for (unsigned value = 0; value < 256; value += 51) {
			(void)make(NULL);
			put(&trace, event_allowed("AAAAAA"));
			spoil(0, at, (uint8_t)value);
			if (sw_trace_read(&trace, 0, &e, &number))
				assert_true(sw_event_is_sound(&e));
		}
	}
}

static void a_record_on_the_shelf_of_another_kind_is_not_there(void **state)
{
	(void)state;
	put(&trace, event_wrong("AAAAAA"));
	spoil(0, offsetof(struct sw_event, act), SW_ACT_CHALLENGE);
	spoil(0, offsetof(struct sw_event, reason), SW_R_CHALLENGED);
	assert_false(has(&trace, "AAAAAA"));
	assert_string_equal(newest(&trace), "none");
}

#define PUTS 20000

static void *write_all(void *arg)
{
	struct sw_event e = event_wrong("AAAAAA");

	(void)arg;
	for (uint32_t i = 0; i < PUTS; i++) {
		e.took_us = i;
		memset(e.ruri.p, 'a' + (int)(i % 26), sizeof(e.ruri.p));
		e.ruri.n = (uint16_t)(i % sizeof(e.ruri.p));
		put(&trace, e);
	}
	return NULL;
}

/* Each record is one that was written, never a part of one and a part of another. */
static void who_reads_while_it_is_written_sees_whole_records(void **state)
{
	pthread_t writer;
	struct sw_event e;
	uint64_t number;

	(void)state;
	assert_int_equal(pthread_create(&writer, NULL, write_all, NULL), 0);
	do {
		if (!sw_trace_newest(&trace, &e))
			continue;
		assert_int_equal(e.ruri.n, e.took_us % sizeof(e.ruri.p));
		for (size_t i = 0; i < e.ruri.n; i++)
			assert_int_equal(e.ruri.p[i], 'a' + (int)(e.took_us % 26));
	} while (sw_trace_number(&trace, (PUTS - 1) % 4) != PUTS);
	assert_int_equal(pthread_join(writer, NULL), 0);
	assert_true(sw_trace_read(&trace, (PUTS - 1) % 4, &e, &number));
	assert_int_equal(e.took_us, PUTS - 1);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup(test, make)
	const struct CMUnitTest tests[] = {
		ROW(what_was_put_is_read_whole),
		ROW(texts_that_fill_their_rooms_are_read_whole),
		ROW(nothing_is_found_where_nothing_was_put),
		ROW(numbers_grow_with_time_and_never_fall),
		ROW(a_successor_finds_what_was_kept_and_goes_on_behind_it),
		ROW(a_record_that_is_unsound_or_half_written_is_not_there),
		ROW(a_successor_is_not_hidden_by_numbers_that_are_still_to_come),
		ROW(each_octet_of_a_record_may_be_anything),
		ROW(a_record_on_the_shelf_of_another_kind_is_not_there),
		ROW(who_reads_while_it_is_written_sees_whole_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
