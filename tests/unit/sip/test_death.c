/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whoever has a table may die at any instruction: whoever comes next finds every other entry, and
 * a table that takes and gives as many as it should.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sip/location.h"
#include "sip/roll.h"
#include "step.h"

#define CAPACITY 6
#define LONGEST  7 /* version of which texts are as long as they may be */

static struct sw_mac *mac;
static const struct sw_mac_key key = { "key of tables..." };
static unsigned orphans;

/* The first who takes the lock learns that its owner died. */
static enum sw_lock_got take(void *arg, uint32_t shard)
{
	(void)arg;
	assert_int_equal(shard, 0);
	return orphans > 0 && orphans-- > 0 ? SW_LOCK_ORPHAN : SW_LOCK_GOT;
}

static const struct sw_locks locks = { .take = take };

static int setup(void **state)
{
	(void)state;
	mac = sw_mac_new();
	orphans = 0;
	return mac ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sw_mac_free(mac);
	return 0;
}

/* ---- bindings ---- */

static struct sw_location location;

/* The binding of this id in its form of this version; two of three share an address. */
static struct sw_binding binding(uint64_t id, unsigned version)
{
	struct sw_binding b = { .id = id, .expires_s = 100, .granted_s = version };

	b.flow = (id + version) % 3;
	b.aor_n = (uint16_t)snprintf(b.aor, sizeof(b.aor), "aor%u", (unsigned)id / 3);
	b.user_n = b.aor_n;
	memcpy(b.user, b.aor, b.aor_n);
	b.text_n = (uint16_t)(version % 2 ? 500 : 90);
	b.path_n = (uint16_t)(version % 2 ? 40 : 300);
	if (version == LONGEST) {
		b.aor_n = b.user_n = SW_NAME_MAX;
		memset(b.aor, 'A' + (int)id % 26, SW_NAME_MAX);
		memset(b.user, 'z', SW_NAME_MAX);
		b.text_n = SW_CONTACT_TEXT;
		b.path_n = SW_ROUTE_TEXT;
	}
	memset(b.text, 'a' + (int)(id + version) % 26, b.text_n);
	memset(b.path, 'b' + (int)(id + version) % 25, b.path_n);
	return b;
}

static bool is_same(const struct sw_binding *b, uint64_t id, unsigned version)
{
	struct sw_binding want = binding(id, version);

	return memcmp(b, &want, offsetof(struct sw_binding, aor)) == 0 &&
	       memcmp(b->aor, want.aor, want.aor_n) == 0 &&
	       memcmp(b->text, want.text, want.text_n) == 0 &&
	       memcmp(b->path, want.path, want.path_n) == 0;
}

static struct sw_slice aor_of(const struct sw_binding *b)
{
	return (struct sw_slice){ b->aor, b->aor_n };
}

/* What a worker does, and what may be there of binding 1 when it died: it is the one that is meant. */
struct deed {
	const char *name;
	uint64_t id;
	unsigned version;  /* to be kept; 0: it goes */
	bool may_be_there; /* as version 1 */
	bool may_be_gone;
};

static const struct deed deeds[] = {
	{ "one more", 10, 1, false, true },
	{ "one more, long", 10, 3, false, true },
	{ "another address", 50, 2, false, true },
	{ "changed", 1, 2, true, false },
	{ "changed, likewise long", 1, 3, true, false },
	{ "another connection", 1, 4, true, false },
	{ "removed", 1, 0, true, true },
};

static void do_deed(void *arg)
{
	const struct deed *d = arg;
	struct sw_binding b = binding(d->id, d->version);
	uint32_t slot[SW_CONTACTS_MAX];
	struct sw_location_hold h;
	struct sw_binding had;

	if (sw_location_take(&location, mac, aor_of(&b), &h) != SW_OK)
		abort();
	size_t n = sw_location_find(&h, aor_of(&b), slot);

	if (!d->may_be_there && sw_location_reserve(&h, 1, 0) == SW_OK)
		(void)!sw_location_add(&h, &b);
	for (size_t i = 0; d->may_be_there && i < n; i++) {
		if (!sw_location_read(&h, slot[i], &had) || had.id != d->id)
			continue;
		if (d->version > 0)
			sw_location_change(&h, slot[i], &b);
		else
			sw_location_remove(&h, slot[i]);
	}
	sw_location_give(&h);
}

/* Of this id: how many there are, each in a form that it may have. */
static unsigned count_id(struct sw_location *l, uint64_t id, unsigned a, unsigned b)
{
	struct sw_binding one = binding(id, a);
	uint32_t slot[SW_CONTACTS_MAX];
	struct sw_location_hold h;
	unsigned there = 0;

	assert_int_equal(sw_location_take(l, mac, aor_of(&one), &h), SW_OK);
	size_t n = sw_location_find(&h, aor_of(&one), slot);

	for (size_t i = 0; i < n; i++) {
		struct sw_binding got;

		assert_true(sw_location_read(&h, slot[i], &got));
		if (got.id != id)
			continue;
		assert_true(is_same(&got, id, a) || is_same(&got, id, b));
		there++;
	}
	sw_location_give(&h);
	return there;
}

/* A full table of the longest can still change each. */
static void change_all(struct sw_location *l, uint64_t from, unsigned n)
{
	for (uint64_t id = from; id < from + n; id++) {
		struct sw_binding b = binding(id, LONGEST);
		struct sw_location_hold h;
		uint32_t slot[SW_CONTACTS_MAX];

		assert_int_equal(sw_location_take(l, mac, aor_of(&b), &h), SW_OK);
		assert_int_equal(sw_location_find(&h, aor_of(&b), slot), 1);
		sw_location_change(&h, slot[0], &b);
		sw_location_give(&h);
		assert_int_equal(count_id(l, id, LONGEST, LONGEST), 1);
	}
}

/* It takes as many as it should, the longest of all, and by their connections they go again. */
static void is_whole(struct sw_location *l, unsigned there)
{
	struct sw_save save[CAPACITY];
	size_t ended = 0;

	assert_int_equal(sw_location_fill(l).used, there);
	for (unsigned i = there; i < CAPACITY; i++) {
		struct sw_binding b = binding(300 + i, LONGEST);

		b.flow = 9;
		assert_int_equal(sw_location_put(l, mac, &b), SW_OK);
	}
	for (unsigned i = there; i < CAPACITY; i++) {
		struct sw_binding b = binding(400, 1);

		assert_int_equal(sw_location_put(l, mac, &b), SW_R_TABLE_FULL);
	}
	assert_int_equal(sw_location_end_flow(l, 9, save, CAPACITY), CAPACITY - there);
	for (uint64_t flow = 1; flow <= 3; flow++)
		ended += sw_location_end_flow(l, flow, save, CAPACITY);
	assert_int_equal(sw_location_fill(l).used, there - ended);
	for (size_t i = there - ended; i < CAPACITY; i++) {
		struct sw_binding b = binding(500 + i, LONGEST);

		assert_int_equal(sw_location_put(l, mac, &b), SW_OK);
	}
	for (size_t i = there - ended; i < CAPACITY; i++)
		assert_int_equal(count_id(l, 500 + i, LONGEST, LONGEST), 1);
	change_all(l, 500 + there - ended, (unsigned)(CAPACITY - (there - ended)));
	assert_int_equal(sw_location_fill(l).used, CAPACITY);
}

static void look_at_bindings(void *copy, bool is_done, void *arg)
{
	const struct deed *d = arg;
	struct sw_location l;
	unsigned there = 0;

	sw_location_init(&l, copy, CAPACITY, &key);
	l.shards.locks = locks;
	orphans = is_done ? 0 : 1;
	for (uint64_t id = 0; id < 4; id++) {
		unsigned one = count_id(&l, id, 1, id == d->id && d->version ? d->version : 1);

		assert_true(one == 1 || (id == d->id && d->may_be_gone && one == 0));
		there += one;
	}
	if (d->id >= 4)
		there += count_id(&l, d->id, d->version, d->version);
	assert_true(!is_done || there == (d->id >= 4 ? 5 : d->version > 0 ? 4 : 3));
	is_whole(&l, there);
}

static void bindings_survive_a_death_at_any_instruction(void **state)
{
	size_t n = sw_location_size(CAPACITY);
	void *memory = step_memory(n);

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(deeds); i++) {
		struct deed d = deeds[i];

		memset(memory, 0, n);
		sw_location_init(&location, memory, CAPACITY, &key);
		for (uint64_t id = 0; id < 6; id++) { /* two of them leave gaps */
			struct sw_binding b = binding(id < 4 ? id : 90 + id, 1);

			b.flow = id < 4 ? b.flow : 7;
			assert_int_equal(sw_location_put(&location, mac, &b), SW_OK);
		}
		struct sw_save save[CAPACITY];

		assert_int_equal(sw_location_end_flow(&location, 7, save, CAPACITY), 2);
		unsigned states = step_through(memory, n, do_deed, look_at_bindings, &d);

		print_message("%s: %u states\n", d.name, states);
	}
	step_free(memory, n);
}

/* ---- users ---- */

static struct sw_roll roll;

static struct sw_user user(unsigned number, unsigned version)
{
	struct sw_user u = { .algs = { (uint8_t)(version * 2) } };
	char name[SW_NAME_MAX];
	int n = snprintf(name, sizeof(name), "user%u", number);

	assert_true(sw_user_set_names(&u, (struct sw_slice){ name, (size_t)n }, SW_LIT("staff")));
	memset(u.ha1, (int)(number * 8 + version), sizeof(u.ha1));
	for (unsigned i = 0; i < (version % 2 ? 5 : 1); i++)
		assert_true(sw_user_add_aor(&u, SW_AOR_USER, SW_LIT("an-address-of-some-length")));
	return u;
}

static struct sw_roll_id id_of(const struct sw_user *u)
{
	return sw_roll_id(mac, &key, sw_user_name(u));
}

static const struct deed user_deeds[] = {
	{ "one more", 10, 1, false, true },
	{ "changed", 1, 2, true, false },
	{ "changed, likewise long", 1, 3, true, false },
	{ "removed", 1, 0, true, true },
};

static void do_user_deed(void *arg)
{
	const struct deed *d = arg;
	struct sw_user u = user((unsigned)d->id, d->version);

	if (d->version > 0)
		(void)!sw_roll_put(&roll, id_of(&u), &u);
	else
		(void)!sw_roll_drop(&roll, id_of(&u));
}

static unsigned count_user(const struct sw_roll *r, unsigned number, unsigned a, unsigned b)
{
	struct sw_user want[2] = { user(number, a), user(number, b) }, got;
	struct sw_roll_record record;

	if (sw_roll_find(r, id_of(&want[0]), &record) != SW_OK)
		return 0;
	sw_roll_read(r, &record, sw_user_name(&want[0]), &got);
	assert_int_equal(sw_roll_complete(r, id_of(&want[0]), &got), SW_OK);
	unsigned which = got.algs[0] == want[0].algs[0] ? 0 : 1;

	assert_int_equal(got.aors_n, want[which].aors_n);
	assert_memory_equal(got.aors, want[which].aors, got.aors_n);
	assert_memory_equal(got.trunk, want[which].trunk, sizeof(got.trunk));
	assert_memory_equal(got.ha1[0][SW_ALG_SHA256].octets,
			    want[which].ha1[0][SW_ALG_SHA256].octets, 32);
	return 1;
}

static void look_at_users(void *copy, bool is_done, void *arg)
{
	const struct deed *d = arg;
	unsigned there = 0;
	struct sw_roll r;

	sw_roll_init(&r, copy, CAPACITY);
	r.shards.locks = locks;
	orphans = is_done ? 0 : 1;
	for (unsigned i = 0; i < 3; i++) {
		unsigned one = count_user(&r, i, 1, i == d->id && d->version ? d->version : 1);

		assert_true(one == 1 || (i == d->id && d->may_be_gone && one == 0));
		there += one;
	}
	if (d->id >= 3)
		there += count_user(&r, (unsigned)d->id, d->version, d->version);
	assert_true(!is_done || there == (d->id >= 3 ? 4 : d->version > 0 ? 3 : 2));
	assert_int_equal(sw_roll_fill(&r).used, there);
	for (unsigned i = there; i < CAPACITY; i++) {
		struct sw_user u = user(20 + i, 1);

		assert_int_equal(sw_roll_put(&r, id_of(&u), &u), SW_OK);
	}
	for (unsigned i = there; i < CAPACITY; i++)
		assert_int_equal(count_user(&r, 20 + i, 1, 1), 1);
	struct sw_user u = user(40, 1);

	assert_int_equal(sw_roll_put(&r, id_of(&u), &u), SW_R_TABLE_FULL);
}

static void users_survive_a_death_at_any_instruction(void **state)
{
	size_t n = sw_roll_size(CAPACITY);
	void *memory = step_memory(n);

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(user_deeds); i++) {
		struct deed d = user_deeds[i];

		memset(memory, 0, n);
		sw_roll_init(&roll, memory, CAPACITY);
		for (unsigned j = 0; j < 3; j++) {
			struct sw_user u = user(j, 1);

			assert_int_equal(sw_roll_put(&roll, id_of(&u), &u), SW_OK);
		}
		print_message("%s: %u states\n", d.name,
			      step_through(memory, n, do_user_deed, look_at_users, &d));
	}
	step_free(memory, n);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(bindings_survive_a_death_at_any_instruction),
		CASE(users_survive_a_death_at_any_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
