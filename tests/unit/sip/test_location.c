/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vectors.h"

#include "sip/location.h"

#define CAPACITY 100

static struct sw_mac *mac;
static const struct sw_mac_key key = { "key of tables..." };
static struct sw_location location;
static void *memory;
static bool collide;

uint64_t __real_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s);
uint64_t __wrap_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s);

/* A hash that gives all addresses the same number when it is told to. */
uint64_t __wrap_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s)
{
	return collide ? 7 : __real_sw_mac_u64(m, k, s);
}

static int setup(void **state)
{
	(void)state;
	mac = sw_mac_new();
	memory = calloc(1, sw_location_size(CAPACITY));
	assert_true(mac && memory);
	sw_location_init(&location, memory, CAPACITY, &key);
	collide = false;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(memory);
	sw_mac_free(mac);
	return 0;
}

static struct sw_slice aor_of(const struct sw_binding *b)
{
	return (struct sw_slice){ b->aor, b->aor_n };
}

static void hold(struct sw_slice aor, struct sw_location_hold *h)
{
	assert_int_equal(sw_location_take(&location, mac, aor, h), SW_OK);
}

/* As a REGISTER of one binding does it. */
static uint32_t keep(const struct sw_binding *b)
{
	struct sw_location_hold h;
	uint32_t n = SW_TABLE_NONE;

	hold(aor_of(b), &h);
	if (sw_location_reserve(&h, 1, 0) == SW_OK)
		n = sw_location_add(&h, b);
	sw_location_give(&h);
	return n;
}

static void change(uint32_t n, const struct sw_binding *b)
{
	struct sw_location_hold h;

	hold(aor_of(b), &h);
	sw_location_change(&h, n, b);
	sw_location_give(&h);
}

/* Of the address "a", where none is named by n. */
static void let_go(uint32_t n)
{
	struct sw_binding b = { .aor = "a", .aor_n = 1 };
	struct sw_location_hold h;

	(void)!sw_location_copy(&location, n, &b);
	hold(aor_of(&b), &h);
	sw_location_remove(&h, n);
	sw_location_give(&h);
}

static uint32_t count(void)
{
	return sw_location_fill(&location).used;
}

static uint32_t add_until(struct sw_slice aor, int64_t expires_s)
{
	struct sw_binding b = { .expires_s = expires_s,
				.granted_s = 3600,
				.aor_n = (uint16_t)aor.n };

	memcpy(b.aor, aor.p, aor.n < sizeof(b.aor) ? aor.n : sizeof(b.aor));
	return keep(&b);
}

static uint32_t add(struct sw_slice aor, int64_t expires_s)
{
	uint32_t n = add_until(aor, expires_s);

	assert_int_not_equal(n, SW_TABLE_NONE);
	return n;
}

static bool is_there(uint32_t n)
{
	struct sw_binding b;

	return sw_location_copy(&location, n, &b);
}

static size_t find(struct sw_slice aor)
{
	uint32_t out[SW_CONTACTS_MAX];
	struct sw_location_hold h;

	hold(aor, &h);
	size_t n = sw_location_find(&h, aor, out);

	for (size_t i = 0; i < n; i++) {
		struct sw_binding b;

		assert_true(sw_location_read(&h, out[i], &b));
		assert_true(sw_slice_eq(aor_of(&b), aor));
	}
	sw_location_give(&h);
	return n;
}

static void bindings_are_found_by_their_exact_address(void **state)
{
	(void)state;
	for (int same = 0; same < 2; same++) { /* also where all share a hash */
		teardown(state);
		setup(state);
		collide = same == 1;
		add(SW_LIT("alice"), 1);
		add(SW_LIT("bob"), 1);
		add(SW_LIT("alice"), 1);
		assert_int_equal(find(SW_LIT("alice")), 2);
		assert_int_equal(find(SW_LIT("bob")), 1);
		assert_int_equal(find(SW_LIT("Alice")), 0);
		assert_int_equal(find(SW_LIT("alic")), 0);
		assert_int_equal(find(SW_LIT("alice\0")), 0);
		assert_int_equal(find(SW_LIT("")), 0);
		assert_int_equal(count(), 3);
	}
}

static void an_address_is_no_longer_than_a_name(void **state)
{
	static const char text[SW_NAME_MAX + 1] = "0123456789012345678901234567890123456789"
						  "012345678901234567890123";

	(void)state;
	add((struct sw_slice){ text, SW_NAME_MAX }, 1);
	assert_int_equal(find((struct sw_slice){ text, SW_NAME_MAX }), 1);
	assert_int_equal(add_until((struct sw_slice){ text, SW_NAME_MAX + 1 }, 1), SW_TABLE_NONE);
	assert_int_equal(find((struct sw_slice){ text, SW_NAME_MAX + 1 }), 0);
	assert_int_equal(count(), 1);
}

static void a_full_table_says_so(void **state)
{
	uint32_t n = 0;

	(void)state;
	for (unsigned i = 0; i < CAPACITY; i++)
		n = add(SW_LIT("alice"), 1);
	assert_int_equal(add_until(SW_LIT("bob"), 1), SW_TABLE_NONE);
	assert_int_equal(find(SW_LIT("alice")), SW_CONTACTS_MAX); /* and no more than fit */
	let_go(n);
	let_go(n);
	let_go(SW_TABLE_NONE);
	assert_int_equal(count(), CAPACITY - 1);
	add(SW_LIT("bob"), 1);
	assert_int_equal(find(SW_LIT("bob")), 1);
}

static void a_removed_binding_is_gone(void **state)
{
	uint32_t a, b;

	(void)state;
	a = add(SW_LIT("alice"), 1);
	b = add(SW_LIT("alice"), 1);
	let_go(a);
	assert_false(is_there(a));
	assert_true(is_there(b));
	assert_int_equal(find(SW_LIT("alice")), 1);
	assert_false(is_there(CAPACITY));
	assert_false(is_there(SW_TABLE_NONE));
}

static void a_sweep_lets_go_of_what_has_ended(void **state)
{
	struct sw_wall now = { 1000 * (int64_t)SW_US_PER_S };
	uint32_t at = 0;

	(void)state;
	sw_location_sweep(&location, now, &at, 10); /* of nothing */
	add(SW_LIT("a"), 999);
	add(SW_LIT("b"), 1000); /* ends now */
	add(SW_LIT("c"), 1001);
	add(SW_LIT("d"), 0);
	sw_location_sweep(&location, now, &at, 100);
	assert_int_equal(count(), 1);
	assert_int_equal(find(SW_LIT("c")), 1);
	now.us += SW_US_PER_S - 1;
	sw_location_sweep(&location, now, &at, 100);
	assert_int_equal(count(), 1);
	now.us++;
	sw_location_sweep(&location, now, &at, 100);
	assert_int_equal(count(), 0);
}

static void a_sweep_is_bounded_and_goes_on_where_it_stopped(void **state)
{
	struct sw_wall now = { 1000 * (int64_t)SW_US_PER_S };
	uint32_t at = 0;

	(void)state;
	for (unsigned i = 0; i < 10; i++)
		add(SW_LIT("a"), 1);
	sw_location_sweep(&location, now, &at, 0);
	assert_int_equal(count(), 10);
	sw_location_sweep(&location, now, &at, 4);
	assert_int_equal(count(), 6);
	sw_location_sweep(&location, now, &at, 4);
	assert_int_equal(count(), 2);
	sw_location_sweep(&location, now, &at, 4);
	assert_int_equal(count(), 0);
	add(SW_LIT("a"), 1);
	at = UINT32_MAX; /* of a table that was larger */
	sw_location_sweep(&location, now, &at, 10);
	assert_int_equal(count(), 0);
}

/* Lengths beyond what they count in are not kept. */
static void a_binding_with_a_length_that_cannot_be_is_none(void **state)
{
	static const struct {
		const char *name;
		uint16_t aor_n, user_n, text_n, uri_at, uri_n, path_n;
		bool sound;
	} rows[] = {
		{ "nothing", 1, 0, 0, 0, 0, 0, true },
		{ "all of it", SW_NAME_MAX, SW_NAME_MAX, SW_CONTACT_TEXT, 0, SW_CONTACT_TEXT,
		  SW_ROUTE_TEXT, true },
		{ "an end", 1, 0, 10, 10, 0, 0, true },
		{ "an address too long", SW_NAME_MAX + 1, 0, 0, 0, 0, 0, false },
		{ "a user too long", 1, SW_NAME_MAX + 1, 0, 0, 0, 0, false },
		{ "a text too long", 1, 0, SW_CONTACT_TEXT + 1, 0, 0, 0, false },
		{ "a path too long", 1, 0, 0, 0, 0, SW_ROUTE_TEXT + 1, false },
		{ "a URI behind the text", 1, 0, 10, 11, 0, 0, false },
		{ "a URI past its end", 1, 0, 10, 5, 6, 0, false },
		{ "a sum that wraps", 1, 0, 10, 5, UINT16_MAX, 0, false },
	};
	static struct sw_binding b;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		print_message("%s\n", rows[i].name);
		b.aor_n = rows[i].aor_n;
		b.user_n = rows[i].user_n;
		b.text_n = rows[i].text_n;
		b.uri_at = rows[i].uri_at;
		b.uri_n = rows[i].uri_n;
		b.path_n = rows[i].path_n;
		assert_int_equal(sw_location_put(&location, mac, &b),
				 rows[i].sound ? SW_OK : SW_R_BUG);
	}
}

static void fill(char *out, size_t n, unsigned seed)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)('a' + (seed + i * 7) % 26);
}

/* Texts of every length, over and over in the same slots: chains grow, shrink and are reused. */
static void what_is_kept_comes_back_whatever_its_length(void **state)
{
	static struct sw_binding in, out;
	uint32_t n[CAPACITY];

	(void)state;
	for (unsigned round = 0; round < 40; round++) {
		for (unsigned i = 0; i < CAPACITY; i++) {
			unsigned seed = round * CAPACITY + i;

			in = (struct sw_binding){ .id = seed, .flow = i % 3, .expires_s = seed };
			in.aor_n = 5;
			fill(in.aor, in.aor_n, i);
			in.user_n = i % 2 ? 5 : SW_NAME_MAX;
			fill(in.user, in.user_n, i);
			in.text_n = (uint16_t)(seed * 31 % (SW_CONTACT_TEXT + 1));
			fill(in.text, in.text_n, seed);
			in.path_n = (uint16_t)(seed * 17 % (SW_ROUTE_TEXT + 1));
			fill(in.path, in.path_n, seed + 1);
			if (round == 0)
				n[i] = keep(&in);
			else
				change(n[i], &in);
			assert_true(sw_location_copy(&location, n[i], &out));
			assert_memory_equal(&in, &out, offsetof(struct sw_binding, aor));
			assert_memory_equal(in.aor, out.aor, in.aor_n);
			assert_memory_equal(in.user, out.user, in.user_n);
			assert_memory_equal(in.text, out.text, in.text_n);
			assert_memory_equal(in.path, out.path, in.path_n);
		}
		for (unsigned i = 0; i < CAPACITY; i++) {
			assert_true(sw_location_copy(&location, n[i], &out));
			assert_int_equal(out.id, round * CAPACITY + i);
		}
	}
}

static size_t end_flow(uint64_t flow)
{
	struct sw_save save[4];
	size_t ended = 0, n;

	while ((n = sw_location_end_flow(&location, flow, save, SW_ARRAY_LEN(save))) > 0) {
		for (size_t i = 0; i < n; i++)
			assert_true(save[i].gone && save[i].seq > 0);
		ended += n;
	}
	return ended;
}

static void the_bindings_of_a_connection_are_found_by_it_alone(void **state)
{
	static struct sw_binding b = { .aor = "a", .aor_n = 1 };
	uint32_t n[60];

	(void)state;
	for (unsigned i = 0; i < 60; i++) {
		b.flow = i % 6;
		b.id = i;
		n[i] = keep(&b);
		assert_int_not_equal(n[i], SW_TABLE_NONE);
	}
	assert_false(sw_location_has_flow(&location, 0)); /* datagrams */
	assert_false(sw_location_has_flow(&location, 6));
	let_go(n[3]);
	b.flow = 4; /* one moves there … */
	change(n[9], &b);
	b.flow = 0; /* … and one away */
	change(n[15], &b);
	assert_int_equal(end_flow(3), 7);
	assert_int_equal(end_flow(4), 11);
	assert_int_equal(end_flow(3), 0);
	assert_int_equal(end_flow(1) + end_flow(2) + end_flow(5), 30);
	assert_int_equal(count(), 11);
}

static void a_binding_that_is_gone_is_not_changed(void **state)
{
	static struct sw_binding b = { .aor = "a", .aor_n = 1, .flow = 7 };
	uint32_t n;

	(void)state;
	n = keep(&b);
	let_go(n);
	change(n, &b);
	assert_false(sw_location_has_flow(&location, 7));
	assert_false(is_there(n));
}

/* Every call, with what somebody else wrote into the memory; the answers do not matter. */
static void use_all(struct sw_location *l, const struct sw_wall now)
{
	static struct sw_binding b;
	struct sw_save save[SW_CONTACTS_MAX];
	struct sw_location_hold h;
	uint32_t all[SW_CONTACTS_MAX], at = 0, n;
	size_t ended;

	for (unsigned i = 0; i < 3; i++) {
		b = (struct sw_binding){
			.aor = { (char)('a' + i) }, .aor_n = 1, .flow = i, .text_n = 400
		};
		hold(aor_of(&b), &h);
		size_t found = sw_location_find(&h, aor_of(&b), all);

		for (size_t j = 0; j < found; j++) {
			sw_location_change(&h, all[j], &b);
			(void)!sw_location_read(&h, all[j], &b);
			if (j % 2)
				sw_location_remove(&h, all[j]);
		}
		if (sw_location_reserve(&h, 1, 0) == SW_OK)
			(void)!sw_location_add(&h, &b);
		sw_location_give(&h);
		(void)sw_location_has_flow(l, i + 1);
		(void)sw_location_end_flow(l, i, save, SW_CONTACTS_MAX);
	}
	for (unsigned i = 0; i < 10; i++)
		(void)!sw_location_walk(l, &at, &n, &b);
	at = 0;
	while (sw_location_end_flows(l, 1, 2, &at, save, SW_CONTACTS_MAX, &ended))
		;
	at = 0;
	sw_location_sweep(l, now, &at, CAPACITY);
}

static enum sw_lock_got orphan(void *arg, uint32_t shard)
{
	(void)shard;
	return *(unsigned *)arg > 0 && (*(unsigned *)arg)-- > 0 ? SW_LOCK_ORPHAN : SW_LOCK_GOT;
}

static void memory_that_somebody_else_wrote_is_not_believed(void **state)
{
	size_t size = sw_location_size(CAPACITY);
	uint64_t random = 11;
	unsigned orphans = 0;

	(void)state;
	location.shards.locks = (struct sw_locks){ .take = orphan, .arg = &orphans };
	for (unsigned round = 0; round < 200; round++) {
		memset(memory, 0, size);
		for (unsigned i = 0; i < CAPACITY / 2; i++) {
			struct sw_binding b = { .aor = { (char)('a' + i % 3) },
						.aor_n = 1,
						.flow = i % 5,
						.text_n = 300,
						.path_n = 500 };

			assert_int_equal(sw_location_put(&location, mac, &b), SW_OK);
		}
		for (size_t i = 0; i + 4 <= size; i += 4) {
			uint32_t word = (uint32_t)next_number(&random);

			word = round % 3 == 0 ? word % (CAPACITY + 2) : word;
			if (round % 5 != 0 || word % 64 == 0)
				memcpy((char *)memory + i, &word, 4);
		}
		orphans = round % 2;
		use_all(&location, (struct sw_wall){ 0 });
	}
}

static void a_worker_ends_the_connections_of_its_earlier_starts(void **state)
{
	static const uint64_t flows[] = { 0, SW_FLOW_OF(1, 1) | 7, SW_FLOW_OF(1, 2) | 7,
					  SW_FLOW_OF(2, 1) | 7, SW_FLOW_OF(1, 1) | 8 };
	struct sw_save save[2];
	uint32_t at = 0;
	size_t n, ended = 0;

	(void)state;
	for (unsigned i = 0; i < 4 * SW_ARRAY_LEN(flows); i++) {
		struct sw_binding b = {
			.id = i + 1, .aor = "a", .aor_n = 1, .flow = flows[i % SW_ARRAY_LEN(flows)]
		};

		assert_int_not_equal(keep(&b), SW_TABLE_NONE);
	}
	while (sw_location_end_flows(&location, 1, 2, &at, save, SW_ARRAY_LEN(save), &n)) {
		for (size_t i = 0; i < n; i++)
			assert_true(save[i].gone && save[i].seq > 0 && save[i].id > 0);
		ended += n;
	}
	assert_int_equal(ended, 8);
	assert_false(sw_location_has_flow(&location, flows[1]));
	assert_true(sw_location_has_flow(&location, flows[2]));
	assert_true(sw_location_has_flow(&location, flows[3]));
	assert_int_equal(count(), 12);
}

static void a_worker_writes_what_was_changed_lately_as_new(void **state)
{
	struct sw_binding b = { .aor = "a", .aor_n = 1 };
	struct sw_save save;
	uint64_t last;
	uint32_t at = 0;
	unsigned told = 0;
	enum sw_walk is;

	(void)state;
	for (unsigned i = 1; i <= 6; i++) {
		b.id = i;
		b.refreshed_us = i * (int64_t)SW_US_PER_S;
		assert_int_not_equal(keep(&b), SW_TABLE_NONE);
	}
	last = sw_location_draw(&location);
	while ((is = sw_location_walk_since(&location, &at, 4 * (int64_t)SW_US_PER_S, &b, &save)) !=
	       SW_WALK_END) {
		if (is != SW_WALK_ONE)
			continue;
		assert_true(save.seq > last && !save.gone && save.binding == &b);
		assert_in_range(save.id, 4, 6);
		assert_int_equal(save.id, b.id);
		last = save.seq;
		told++;
	}
	assert_int_equal(told, 3);
	assert_int_equal(count(), 6);
}

static void a_large_table_is_exact_over_its_shards(void **state)
{
	enum {
		LARGE = 5000
	};
	void *large = calloc(1, sw_location_size(LARGE));
	struct sw_wall now = { 0 };
	uint32_t at = 0, n;
	unsigned walked = 0;
	struct sw_binding b = { .expires_s = 5, .granted_s = 60 };
	enum sw_walk is;

	(void)state;
	sw_location_init(&location, large, LARGE, &key);
	assert_true(location.shards.count > 1);
	for (unsigned i = 0; i < LARGE; i++) {
		b.aor_n = (uint16_t)snprintf(b.aor, sizeof(b.aor), "user%u", i);
		assert_int_equal(sw_location_put(&location, mac, &b), SW_OK);
	}
	b.aor_n = 1;
	assert_int_equal(sw_location_put(&location, mac, &b), SW_R_TABLE_FULL);
	assert_int_equal(count(), LARGE);
	while ((is = sw_location_walk(&location, &at, &n, &b)) != SW_WALK_END)
		walked += is == SW_WALK_ONE;
	assert_int_equal(walked, LARGE);
	at = 0;
	now.us = 5 * (int64_t)SW_US_PER_S;
	sw_location_sweep(&location, now, &at, LARGE + 1);
	assert_int_equal(count(), 0);
	free(large);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(bindings_are_found_by_their_exact_address),
		CASE(an_address_is_no_longer_than_a_name),
		CASE(a_full_table_says_so),
		CASE(a_removed_binding_is_gone),
		CASE(a_sweep_lets_go_of_what_has_ended),
		CASE(a_sweep_is_bounded_and_goes_on_where_it_stopped),
		CASE(a_binding_with_a_length_that_cannot_be_is_none),
		CASE(what_is_kept_comes_back_whatever_its_length),
		CASE(the_bindings_of_a_connection_are_found_by_it_alone),
		CASE(a_binding_that_is_gone_is_not_changed),
		CASE(memory_that_somebody_else_wrote_is_not_believed),
		CASE(a_worker_ends_the_connections_of_its_earlier_starts),
		CASE(a_worker_writes_what_was_changed_lately_as_new),
		CASE(a_large_table_is_exact_over_its_shards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
