/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tell/recent.h"
#include "events.h"

static const uint32_t size[SW_TRACE_KINDS] = { 4, 3, 2 };
static struct sw_trace_slot memory[2][9];
static struct sw_recent_one got;

/* Two workers. */
static int make(void **state)
{
	struct sw_recent *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	memset(memory, 0, sizeof(memory));
	s->traces = 2;
	for (unsigned i = 0; i < 2; i++)
		sw_trace_init(&s->trace[i], memory[i], size);
	*state = s;
	return 0;
}

static int unmake(void **state)
{
	free(*state);
	return 0;
}

static void put_at(struct sw_recent *s, unsigned worker, uint64_t us, struct sw_event d)
{
	sw_trace_put(&s->trace[worker], &d, (struct sw_mono){ us });
}

static void put(struct sw_recent *s, struct sw_event d)
{
	put_at(s, 0, 0, d);
}

static const struct sw_event *find_id(const struct sw_recent *s, struct sw_slice id)
{
	return sw_recent_find_id(s, id, &got) ? &got.event : NULL;
}

static const struct sw_event *find_call(const struct sw_recent *s, struct sw_slice id)
{
	return sw_recent_find_call(s, id, &got) ? &got.event : NULL;
}

static const struct sw_event *find_newest(const struct sw_recent *s)
{
	return sw_recent_newest(s, &got) ? &got.event : NULL;
}

static const struct {
	const char *name, *id;
	bool found;
} ids[] = {
	{ "as it is", "7Q4KX0", true },
	{ "small letters", "7q4kx0", true },
	{ "O for 0", "7Q4KXO", true },
	{ "o for 0", "7q4kxo", true },
	{ "dash", "7Q4-KX0", true },
	{ "other", "7Q4KX2", false },
	{ "too short", "7Q4KX", false },
	{ "too long", "7Q4KX00", false },
	{ "empty", "", false },
	{ "no digit of the alphabet", "7Q4KXU", false },
	{ "path", "../../", false },
	{ "blank before", " 7Q4KX0", false },
	{ "dashes only", "------", false },
};

static void an_id_is_found_as_people_write_it_and_nothing_else_is(void **state)
{
	struct sw_recent *s = *state;

	put(s, event_wrong("7Q4KX0"));
	for (size_t i = 0; i < SW_ARRAY_LEN(ids); i++) {
		const struct sw_event *d = find_id(s, sw_slice_of(ids[i].id));

		print_message("%s\n", ids[i].name);
		assert_int_equal(d != NULL, ids[i].found);
	}
	assert_null(find_id(s, SW_LIT("7Q4KX\0")));
}

static void i_and_l_are_read_as_1(void **state)
{
	struct sw_recent *s = *state;

	put(s, event_wrong("111110"));
	assert_non_null(find_id(s, SW_LIT("ILil1O")));
}

static void an_empty_one_finds_nothing(void **state)
{
	struct sw_recent *s = *state;

	assert_null(find_newest(s));
	assert_null(find_id(s, SW_LIT("000000")));
	assert_null(find_call(s, SW_LIT("")));
	assert_null(find_call(s, SW_LIT("7f1c@pbx")));
}

static void the_newest_of_an_id_is_given(void **state)
{
	struct sw_recent *s = *state;
	struct sw_event late = event_wrong("7Q4KX2");

	put(s, event_allowed("7Q4KX2"));
	late.took_us = 99;
	put(s, late);
	assert_int_equal(find_id(s, SW_LIT("7Q4KX2"))->took_us, 99);
}

static void the_oldest_of_a_kind_goes_when_it_is_full(void **state)
{
	static const char *const names[] = { "AAAAAA", "BBBBBB", "CCCCCC", "DDDDDD", "EEEEEE" };
	struct sw_recent *s = *state;

	for (size_t i = 0; i < SW_ARRAY_LEN(names); i++)
		put(s, event_wrong(names[i]));
	assert_null(find_id(s, SW_LIT("AAAAAA")));
	for (size_t i = 1; i < SW_ARRAY_LEN(names); i++)
		assert_non_null(find_id(s, sw_slice_of(names[i])));
}

static void a_flood_pushes_out_only_its_own_kind(void **state)
{
	struct sw_recent *s = *state;
	struct sw_event unreadable = event_challenged("PPPPPP");

	unreadable.act = SW_ACT_REFUSE;
	unreadable.reason = SW_R_HEADER_SYNTAX;
	put(s, event_wrong("7Q4KX2"));
	put(s, event_allowed("7Q4KX3"));
	for (unsigned i = 0; i < 100; i++) {
		put(s, event_challenged("CCCCCC"));
		put(s, unreadable);
		put(s, event_pinged("P1NGED"));
		put(s, event_dropped());
	}
	assert_non_null(find_id(s, SW_LIT("7Q4KX2")));
	assert_non_null(find_id(s, SW_LIT("7Q4KX3")));
	assert_int_equal(find_newest(s)->act, SW_ACT_DROP);
}

static void a_call_id_is_found_by_all_that_is_kept_of_it(void **state)
{
	struct sw_recent *s = *state;
	struct sw_event d = event_wrong("7Q4KX2");
	char id[200];

	memset(id, 'x', sizeof(id));
	memcpy(d.call_id.p, id, sizeof(d.call_id.p));
	d.call_id.n = sizeof(d.call_id.p);
	put(s, d);
	put(s, event_wrong("7Q4KX3"));
	assert_string_equal(find_call(s, SW_LIT("7f1c@pbx"))->id, "7Q4KX3");
	assert_string_equal(find_call(s, (struct sw_slice){ id, sizeof(id) })->id, "7Q4KX2");
	assert_null(find_call(s, (struct sw_slice){ id, 95 }));
	assert_null(find_call(s, SW_LIT("7f1c@pb")));
	assert_null(find_call(s, SW_LIT("7F1C@PBX"))); /* case matters (RFC 3261 20.8) */
}

static void what_came_before_is_given_newest_first(void **state)
{
	struct sw_recent *s = *state;
	struct sw_recent_one before[2];
	struct sw_event other = event_challenged("XXXXXX");

	EVENT_SET(other.call_id, "another");
	put(s, event_challenged("AAAAAA"));
	put(s, event_challenged("BBBBBB"));
	put(s, other);
	put(s, event_wrong("CCCCCC"));
	put(s, event_allowed("DDDDDD"));
	assert_non_null(find_id(s, SW_LIT("DDDDDD")));
	assert_int_equal(sw_recent_before(s, &got, before, 2), 2);
	assert_string_equal(before[0].event.id, "CCCCCC");
	assert_string_equal(before[1].event.id, "BBBBBB");
	assert_non_null(find_id(s, SW_LIT("BBBBBB")));
	assert_int_equal(sw_recent_before(s, &got, before, 2), 1);
	assert_non_null(find_id(s, SW_LIT("AAAAAA")));
	assert_int_equal(sw_recent_before(s, &got, before, 2), 0);
	put(s, event_dropped());
	assert_non_null(find_newest(s));
	assert_int_equal(sw_recent_before(s, &got, before, 2), 0);
}

static void decisions_of_several_workers_stand_in_one_order(void **state)
{
	struct sw_recent *s = *state;
	struct sw_recent_one before[4];

	put_at(s, 1, 100, event_wrong("AAAAAA"));
	put_at(s, 0, 200, event_challenged("BBBBBB"));
	put_at(s, 0, 200, event_wrong("CCCCCC"));
	put_at(s, 1, 300, event_allowed("DDDDDD"));
	put_at(s, 0, 250, event_wrong("EEEEEE"));
	assert_string_equal(find_newest(s)->id, "DDDDDD");
	assert_string_equal(find_call(s, SW_LIT("7f1c@pbx"))->id, "DDDDDD");
	assert_int_equal(sw_recent_before(s, &got, before, 4), 4);
	assert_string_equal(before[0].event.id, "EEEEEE");
	assert_string_equal(before[1].event.id, "CCCCCC");
	assert_string_equal(before[2].event.id, "BBBBBB");
	assert_string_equal(before[3].event.id, "AAAAAA");
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, make, unmake)
	const struct CMUnitTest tests[] = {
		ROW(an_id_is_found_as_people_write_it_and_nothing_else_is),
		ROW(i_and_l_are_read_as_1),
		ROW(an_empty_one_finds_nothing),
		ROW(the_newest_of_an_id_is_given),
		ROW(the_oldest_of_a_kind_goes_when_it_is_full),
		ROW(a_flood_pushes_out_only_its_own_kind),
		ROW(a_call_id_is_found_by_all_that_is_kept_of_it),
		ROW(what_came_before_is_given_newest_first),
		ROW(decisions_of_several_workers_stand_in_one_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
