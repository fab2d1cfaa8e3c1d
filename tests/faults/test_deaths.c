/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables that workers share, when one of them dies in the middle of a change: at each of its
 * instructions, and anywhere while others work. The table is whole afterwards, everything else in
 * it is as it was, and no nonce count is ever taken twice.
 */
#include "faults/steps.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sipward/replay.h>

#include "share/clock.h"
#include "share/robust.h"
#include "sip/location.h"
#include "sip/users.h"

#define CAPACITY 8
#define LOCKS    64

/* Tables in memory that processes share; one of them is the one of the test. */
struct bed {
	char *locks, *memory;
	size_t locks_n, memory_n;
	struct sw_robust robust; /* a view of whoever runs now */
	struct sw_locks locks_of_it;
	struct sw_mac *mac;
	struct sw_location location;
	struct sw_replay replay;
	struct sw_users users;
	void *snapshot;            /* its users, of whom there are none */
	_Atomic uint32_t *through; /* a child has come to the end of its change */
};

static const struct sw_mac_key key = { "key of tables..." };
static struct bed bed;

static void open_locks(void)
{
	assert_true(sw_robust_open(&bed.robust, bed.locks, LOCKS));
	bed.locks_of_it = sw_robust_locks(&bed.robust);
}

static void make_bed(size_t memory_n)
{
	bed = (struct bed){ .locks_n = sw_robust_size(LOCKS), .memory_n = memory_n };
	bed.locks = deaths_memory(bed.locks_n);
	bed.memory = deaths_memory(bed.memory_n);
	bed.through = deaths_memory(sizeof(*bed.through));
	bed.mac = sw_mac_new();
	assert_non_null(bed.mac);
	open_locks();
}

static void free_bed(void)
{
	munmap(bed.locks, bed.locks_n);
	munmap(bed.memory, bed.memory_n);
	munmap((void *)bed.through, sizeof(*bed.through));
	sw_mac_free(bed.mac);
}

/* What is tested: it stands in the memory, is changed by a child, and has to be whole then. */
struct change {
	const char *name;
	void (*prepare)(void);
	void (*act)(void);
	void (*check)(int was_through);
};

/* In the child, which has a view of its own on the locks. */
static void act(void *arg)
{
	const struct change *c = arg;

	open_locks();
	c->act();
	atomic_store(bed.through, 1);
}

static void prepare(const struct change *c)
{
	memset(bed.memory, 0, bed.memory_n);
	memset(bed.locks, 0, bed.locks_n);
	atomic_store(bed.through, 0);
	c->prepare();
}

static void die_everywhere(const struct change *c)
{
	struct sw_robust_counts counts;
	uint32_t count, stride, deaths = 0, orphans = 0;

	prepare(c);
	count = steps_count(act, (void *)(uintptr_t)c);
	if (count == 0) {
		print_message("%s: nobody knows how to step here\n", c->name);
		return;
	}
	c->check(1);
	stride = steps_stride(count);
	for (uint32_t at = 1;; at += stride) {
		int inside;

		prepare(c);
		inside = steps_kill_at(act, (void *)(uintptr_t)c, at);
		c->check((int)atomic_load(bed.through));
		sw_robust_count(&bed.robust, &counts);
		orphans += (uint32_t)counts.orphans;
		if (!inside)
			break;
		deaths++;
	}
	print_message("%s: %u instructions, %u deaths, %u of them with a lock\n", c->name, count,
		      deaths, orphans);
	assert_true(orphans > 0 && orphans <= deaths);
}

/* --- nonce counts --- */

static struct sw_nonce nonce_of(uint32_t number)
{
	struct sw_nonce n = { .octets = "................", .issued = 1000 + number };

	memcpy(n.octets + 8, &number, sizeof(number));
	return n;
}

static enum sw_reason take(uint32_t number, uint32_t nc)
{
	const struct sw_nonce n = nonce_of(number);

	return sw_replay_take(&bed.replay, &n, nc);
}

static void prepare_replay(uint32_t windows)
{
	sw_replay_init(&bed.replay, bed.memory, CAPACITY);
	bed.replay.shards.locks = steps_watch(&bed.locks_of_it);
	for (uint32_t i = 1; i <= windows; i++) {
		assert_int_equal(take(i, 1), SW_OK);
		assert_int_equal(take(i, 5), SW_OK);
	}
}

static void some_windows(void)
{
	prepare_replay(CAPACITY / 2);
}

static void all_windows(void)
{
	prepare_replay(CAPACITY);
}

static void take_a_new_nonce(void)
{
	HOLDS(take(99, 1) == SW_OK);
}

static void take_a_new_count(void)
{
	HOLDS(take(2, 6) == SW_OK);
}

static void take_a_count_far_ahead(void)
{
	HOLDS(take(2, 600) == SW_OK);
}

static void is_spent(uint32_t number, uint32_t nc)
{
	enum sw_reason r = take(number, nc);

	assert_true(r == SW_R_DIGEST_REPLAY || r == SW_R_DIGEST_STALE);
}

/* Of what the child took it is known only if it came to its end. */
static void check_replay(int was_through, uint32_t number, uint32_t nc)
{
	for (uint32_t i = 1; i <= CAPACITY / 2; i++) {
		is_spent(i, 1);
		is_spent(i, 5);
	}
	if (!was_through)
		(void)!take(number, nc);
	is_spent(number, nc);
	for (uint32_t i = 200; i < 200 + 2 * CAPACITY; i++) { /* and it goes on working */
		assert_int_equal(take(i, 1), SW_OK);
		is_spent(i, 1);
	}
	assert_true(sw_replay_fill(&bed.replay).used <= CAPACITY);
	is_spent(number, nc);
	is_spent(1, 1);
}

static void check_new_nonce(int was_through)
{
	check_replay(was_through, 99, 1);
}

static void check_new_count(int was_through)
{
	check_replay(was_through, 2, 6);
}

static void check_far_ahead(int was_through)
{
	check_replay(was_through, 2, 600);
}

static void no_death_makes_a_nonce_count_good_again(void **state)
{
	static const struct change changes[] = {
		{ "a new nonce", some_windows, take_a_new_nonce, check_new_nonce },
		{ "a new nonce for an old one", all_windows, take_a_new_nonce, check_new_nonce },
		{ "a new count", some_windows, take_a_new_count, check_new_count },
		{ "a count far ahead", some_windows, take_a_count_far_ahead, check_far_ahead },
	};

	(void)state;
	make_bed(sw_replay_size(CAPACITY));
	for (size_t i = 0; i < SW_ARRAY_LEN(changes); i++)
		die_everywhere(&changes[i]);
	free_bed();
}

/* --- bindings --- */

/* A binding whose texts are of this length and all say its number. */
static struct sw_binding binding_of(const char *aor, uint32_t number, uint16_t n)
{
	struct sw_binding b = { .id = 1000 + number,
				.expires_s = 100000,
				.granted_s = 3600,
				.flow = number,
				.cseq = number,
				.transport = SW_UDP,
				.aor_n = (uint16_t)strlen(aor),
				.user_n = 1,
				.user = "u",
				.uri_n = n,
				.text_n = n,
				.path_n = n };

	memcpy(b.aor, aor, b.aor_n);
	memset(b.text, 'a' + (int)(number % 26), n);
	memset(b.path, 'A' + (int)(number % 26), n);
	return b;
}

static bool is_binding(const struct sw_binding *b, const struct sw_binding *want)
{
	return b->id == want->id && b->flow == want->flow && b->cseq == want->cseq &&
	       b->aor_n == want->aor_n && memcmp(b->aor, want->aor, b->aor_n) == 0 &&
	       b->text_n == want->text_n && memcmp(b->text, want->text, b->text_n) == 0 &&
	       b->path_n == want->path_n && memcmp(b->path, want->path, b->path_n) == 0;
}

static struct sw_slice aor_of(const struct sw_binding *b)
{
	return (struct sw_slice){ b->aor, b->aor_n };
}

static uint32_t add(const struct sw_binding *b)
{
	struct sw_location_hold h;
	uint32_t n = SW_TABLE_NONE;

	HOLDS(sw_location_take(&bed.location, bed.mac, aor_of(b), &h) == SW_OK);
	if (sw_location_reserve(&h, 1, 0) == SW_OK)
		n = sw_location_add(&h, b);
	sw_location_give(&h);
	return n;
}

/* The first of an address: becomes b, or goes. */
static void change(struct sw_slice aor, const struct sw_binding *b)
{
	uint32_t slot[SW_CONTACTS_MAX];
	struct sw_location_hold h;

	HOLDS(sw_location_take(&bed.location, bed.mac, aor, &h) == SW_OK);
	HOLDS(sw_location_find(&h, aor, slot) == 1);
	if (b)
		sw_location_change(&h, slot[0], b);
	else
		sw_location_remove(&h, slot[0]);
	sw_location_give(&h);
}

static const struct {
	const char *aor;
	uint16_t n;
} others[] = { { "alice", 20 }, { "alice", 300 }, { "bob", 500 } };

static void prepare_location(void)
{
	sw_location_init(&bed.location, bed.memory, CAPACITY, &key);
	bed.location.shards.locks = steps_watch(&bed.locks_of_it);
	for (uint32_t i = 0; i < SW_ARRAY_LEN(others); i++) {
		const struct sw_binding b = binding_of(others[i].aor, i, others[i].n);

		assert_int_not_equal(add(&b), SW_TABLE_NONE);
	}
}

static void prepare_carol(uint16_t n)
{
	const struct sw_binding b = binding_of("carol", 10, n);

	prepare_location();
	assert_int_not_equal(add(&b), SW_TABLE_NONE);
}

static void short_carol(void)
{
	prepare_carol(10);
}

static void long_carol(void)
{
	prepare_carol(500);
}

static void add_carol(uint16_t n)
{
	const struct sw_binding b = binding_of("carol", 11, n);

	HOLDS(add(&b) != SW_TABLE_NONE);
}

static void add_short(void)
{
	add_carol(10);
}

static void add_long(void)
{
	add_carol(500);
}

static void change_carol(uint16_t n)
{
	const struct sw_binding b = binding_of("carol", 11, n);

	change(SW_LIT("carol"), &b);
}

static void change_to_short(void)
{
	change_carol(10);
}

static void change_to_long(void)
{
	change_carol(500);
}

static void remove_carol(void)
{
	change(SW_LIT("carol"), NULL);
}

/* All bindings of the table, each one of those that may be there; how many carol has. */
static uint32_t check_each(uint32_t *carols)
{
	static struct sw_binding b;
	uint32_t at = 0, n, all = 0;
	enum sw_walk walk;

	*carols = 0;
	while ((walk = sw_location_walk(&bed.location, &at, &n, &b)) != SW_WALK_END) {
		struct sw_binding want;
		uint32_t number = b.cseq;

		if (walk == SW_WALK_ON)
			continue;
		all++;
		if (number < SW_ARRAY_LEN(others)) {
			want = binding_of(others[number].aor, number, others[number].n);
		} else {
			want = binding_of("carol", number, b.text_n);
			assert_true(number == 10 || number == 11);
			assert_true(b.text_n == 10 || b.text_n == 500);
			++*carols;
		}
		assert_true(is_binding(&b, &want));
	}
	return all;
}

static void empty_it(void)
{
	static struct sw_binding b;
	uint32_t at = 0, n;
	enum sw_walk walk;
	struct sw_save save;
	size_t ended;

	while ((walk = sw_location_walk(&bed.location, &at, &n, &b)) != SW_WALK_END) {
		if (walk != SW_WALK_ONE)
			continue;
		assert_int_equal(sw_location_end(&bed.location, n, b.id, &save, &ended), SW_OK);
		assert_int_equal(ended, 1);
	}
	assert_int_equal(sw_location_fill(&bed.location).used, 0);
}

/* As many, and as long ones, as a new table takes: no slot and no block was lost. */
static void fill_it(void)
{
	char aor[8];

	for (uint32_t i = 0; i < CAPACITY; i++) {
		snprintf(aor, sizeof(aor), "u%u", i);
		const struct sw_binding b = binding_of(aor, i, SW_CONTACT_TEXT);

		assert_int_not_equal(add(&b), SW_TABLE_NONE);
	}
	const struct sw_binding more = binding_of("more", 1, 1);

	assert_int_equal(add(&more), SW_TABLE_NONE);
	assert_int_equal(sw_location_fill(&bed.location).used, CAPACITY);
}

/* The one in doubt may be gone; whoever was through has what it wanted. */
static void check_location(int was_through, uint32_t want_carols, uint32_t want_number)
{
	static struct sw_binding b;
	uint32_t slot[SW_CONTACTS_MAX], carols, all;
	struct sw_location_hold h;

	assert_int_equal(sw_location_take(&bed.location, bed.mac, SW_LIT("carol"), &h), SW_OK);
	carols = (uint32_t)sw_location_find(&h, SW_LIT("carol"), slot);
	if (was_through) {
		assert_int_equal(carols, want_carols);
		if (carols > 0) {
			assert_true(sw_location_read(&h, slot[0], &b));
			assert_int_equal(b.cseq, want_number);
		}
	}
	sw_location_give(&h);
	assert_true(carols <= 1);
	all = check_each(&want_carols);
	assert_int_equal(want_carols, carols);
	assert_int_equal(all, SW_ARRAY_LEN(others) + carols);
	assert_int_equal(sw_location_fill(&bed.location).used, all);
	for (uint32_t flow = 1; flow < SW_ARRAY_LEN(others); flow++)
		assert_true(sw_location_has_flow(&bed.location, flow));
	empty_it();
	fill_it();
	empty_it();
}

static void carol_is_new(int was_through)
{
	check_location(was_through, 1, 11);
}

static void carol_is_gone(int was_through)
{
	check_location(was_through, 0, 0);
}

static void a_death_in_a_change_of_bindings_spoils_no_other(void **state)
{
	static const struct change changes[] = {
		{ "a new one", prepare_location, add_short, carol_is_new },
		{ "a long new one", prepare_location, add_long, carol_is_new },
		{ "short for short", short_carol, change_to_short, carol_is_new },
		{ "long for short", short_carol, change_to_long, carol_is_new },
		{ "short for long", long_carol, change_to_short, carol_is_new },
		{ "long for long", long_carol, change_to_long, carol_is_new },
		{ "the end of a short one", short_carol, remove_carol, carol_is_gone },
		{ "the end of a long one", long_carol, remove_carol, carol_is_gone },
	};

	(void)state;
	make_bed(sw_location_size(CAPACITY));
	for (size_t i = 0; i < SW_ARRAY_LEN(changes); i++)
		die_everywhere(&changes[i]);
	free_bed();
}

/* --- users of the store --- */

static const struct sw_policy nobody;

/* A user whose hashes all say the number, and with addresses of so many octets. */
static struct sw_user user_of(const char *name, uint32_t number, uint16_t aors_n)
{
	struct sw_user u = { .algs = { SW_ALG_ALL, SW_ALG_ALL } };

	HOLDS(sw_user_set_names(&u, sw_slice_of(name), SW_LIT("staff")));
	for (size_t form = 0; form < SW_FORM_COUNT; form++)
		for (size_t alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++)
			memset(&u.ha1[form][alg], (int)number, alg == SW_ALG_MD5 ? 16 : 32);
	for (u.aors_n = 0; u.aors_n < aors_n; u.aors_n = (uint16_t)(u.aors_n + 10)) {
		memcpy(u.aors + u.aors_n, "a\10", 2);
		memset(u.aors + u.aors_n + 2, 'a' + (int)number, 8);
	}
	return u;
}

static bool is_user(const struct sw_user *u, const struct sw_user *want)
{
	return sw_slice_eq(sw_user_name(u), sw_user_name(want)) &&
	       sw_slice_eq(sw_user_trunk(u), sw_user_trunk(want)) && u->aors_n == want->aors_n &&
	       memcmp(u->aors, want->aors, u->aors_n) == 0 && !u->is_cut &&
	       memcmp(u->ha1, want->ha1, sizeof(u->ha1)) == 0;
}

static enum sw_reason put(const struct sw_user *u)
{
	return sw_users_put(&bed.users, bed.mac, u);
}

static const struct {
	const char *name;
	uint16_t aors_n;
} people[] = { { "alice", 0 }, { "bob", 250 }, { "dave", 30 } };

static void prepare_users(void)
{
	assert_true(sw_users_init(&bed.users, &nobody, bed.snapshot, bed.mac, &key));
	sw_users_kept_init(&bed.users.kept, bed.memory, CAPACITY);
	bed.users.kept.shards.locks = steps_watch(&bed.locks_of_it);
	for (uint32_t i = 0; i < SW_ARRAY_LEN(people); i++) {
		const struct sw_user u = user_of(people[i].name, i, people[i].aors_n);

		assert_int_equal(put(&u), SW_OK);
	}
}

static void prepare_user_carol(uint16_t aors_n)
{
	const struct sw_user u = user_of("carol", 10, aors_n);

	prepare_users();
	assert_int_equal(put(&u), SW_OK);
}

static void brief_carol(void)
{
	prepare_user_carol(10);
}

static void rich_carol(void)
{
	prepare_user_carol(250);
}

static void put_carol(uint16_t aors_n)
{
	const struct sw_user u = user_of("carol", 11, aors_n);

	HOLDS(put(&u) == SW_OK);
}

static void put_brief(void)
{
	put_carol(10);
}

static void put_rich(void)
{
	put_carol(250);
}

static void drop_carol(void)
{
	HOLDS(sw_users_drop(&bed.users, bed.mac, SW_LIT("carol")) == SW_OK);
}

static enum sw_reason read_user(const char *name, struct sw_user *out)
{
	return sw_users_read(&bed.users, bed.mac, sw_slice_of(name), out);
}

static void fill_users(void)
{
	char name[8];

	for (uint32_t i = 0; i < CAPACITY; i++) {
		snprintf(name, sizeof(name), "u%u", i);
		const struct sw_user u = user_of(name, i, 250);

		assert_int_equal(put(&u), SW_OK);
	}
	const struct sw_user more = user_of("more", 1, 0);

	assert_int_equal(put(&more), SW_R_TABLE_FULL);
	assert_int_equal(sw_users_fill(&bed.users).used, CAPACITY);
}

static void empty_users(void)
{
	static struct sw_user u;
	uint32_t at = 0;

	while (sw_users_next(&bed.users, &at, &u) == SW_OK)
		assert_int_equal(sw_users_drop(&bed.users, bed.mac, sw_user_name(&u)), SW_OK);
	assert_int_equal(sw_users_fill(&bed.users).used, 0);
}

/* number: of the carol that there is when the child was through; 0: none. */
static void check_users(int was_through, uint32_t number)
{
	static struct sw_user u;
	uint32_t at = 0, all = 0;
	bool has_carol;

	for (uint32_t i = 0; i < SW_ARRAY_LEN(people); i++) {
		const struct sw_user want = user_of(people[i].name, i, people[i].aors_n);

		assert_int_equal(read_user(people[i].name, &u), SW_OK);
		assert_true(is_user(&u, &want));
	}
	has_carol = read_user("carol", &u) == SW_OK;
	if (has_carol) {
		uint32_t is = *(const uint8_t *)&u.ha1[0][SW_ALG_MD5];
		const struct sw_user want = user_of("carol", is, u.aors_n);

		assert_true(is == 10 || is == 11);
		assert_true(is_user(&u, &want)); /* never hashes of two passwords */
		assert_true(!was_through || is == number);
	}
	assert_true(!was_through || has_carol == (number > 0));
	while (sw_users_next(&bed.users, &at, &u) == SW_OK)
		all++;
	assert_int_equal(all, SW_ARRAY_LEN(people) + has_carol);
	assert_int_equal(sw_users_fill(&bed.users).used, all);
	empty_users();
	fill_users();
	empty_users();
}

static void user_is_new(int was_through)
{
	check_users(was_through, 11);
}

static void user_is_gone(int was_through)
{
	check_users(was_through, 0);
}

static void a_death_in_a_change_of_users_spoils_no_other(void **state)
{
	static const struct change changes[] = {
		{ "a new user", prepare_users, put_brief, user_is_new },
		{ "a new user with many addresses", prepare_users, put_rich, user_is_new },
		{ "another password", brief_carol, put_brief, user_is_new },
		{ "more addresses", brief_carol, put_rich, user_is_new },
		{ "fewer addresses", rich_carol, put_brief, user_is_new },
		{ "the end of a user", brief_carol, drop_carol, user_is_gone },
		{ "the end of a user with many addresses", rich_carol, drop_carol, user_is_gone },
	};

	(void)state;
	make_bed(sw_users_kept_size(CAPACITY));
	bed.snapshot = calloc(1, sw_users_size(&nobody));
	assert_non_null(bed.snapshot);
	for (size_t i = 0; i < SW_ARRAY_LEN(changes); i++)
		die_everywhere(&changes[i]);
	free(bed.snapshot);
	free_bed();
}

/* --- many at once --- */

#define WORKERS 3
#define NONCES  4096u
#define COUNTS  32u

/* How often each count of each nonce was taken, by all lives of all workers. */
struct ledger {
	_Atomic uint32_t lives, now;
	_Atomic uint64_t taken, refused;
	_Atomic uint8_t times[NONCES][COUNTS];
};

static struct ledger *ledger;

/* Nonces come in their order, and each is used for a while by everybody. */
static void take_many(void *arg, uint32_t number)
{
	struct dice d = { 0x9e3779b97f4a7c15u + atomic_fetch_add(&ledger->lives, 1) };

	(void)arg;
	open_locks();
	bed.replay.self = number + 1;
	for (;;) {
		uint32_t now = atomic_load(&ledger->now);
		uint32_t i = now - dice_throw(&d, now < 12 ? now + 1 : 12);
		uint32_t nc = 1 + dice_throw(&d, COUNTS - 1);
		enum sw_reason r = take(i, nc);

		if (r == SW_OK) {
			HOLDS(atomic_fetch_add(&ledger->times[i][nc], 1) == 0);
			atomic_fetch_add(&ledger->taken, 1);
		} else { /* busy too: where others have more to do, a holder waits for its turn */
			atomic_fetch_add(&ledger->refused, 1);
		}
		if (dice_throw(&d, 2000) == 0 && now + 1 < NONCES)
			atomic_compare_exchange_strong(&ledger->now, &now, now + 1);
	}
}

static void await_more(_Atomic uint64_t *n)
{
	uint64_t was = atomic_load(n), start_us = sw_clock_mono().us;

	while (atomic_load(n) == was) {
		assert_true(sw_clock_mono().us - start_us < 5 * (uint64_t)SW_US_PER_S);
		usleep(50);
	}
}

/* P3, across workers that die: no count is taken twice, whoever dies of it. */
static void no_count_is_taken_twice_whoever_dies(void **state)
{
	uint32_t rounds = deaths_rounds(400);
	struct sw_robust_counts counts;
	struct dice d = { 11 };
	pid_t child[WORKERS];

	(void)state;
	make_bed(sw_replay_size(CAPACITY));
	ledger = deaths_memory(sizeof(*ledger));
	sw_replay_init(&bed.replay, bed.memory, CAPACITY);
	bed.replay.shards.locks = steps_watch(&bed.locks_of_it);
	for (uint32_t i = 0; i < WORKERS; i++)
		child[i] = deaths_child(take_many, NULL, i);
	for (uint32_t n = 0; n < rounds; n++) {
		uint32_t i = dice_throw(&d, WORKERS);

		usleep(dice_throw(&d, 500));
		deaths_kill(child[i]);
		await_more(&ledger->refused);
		child[i] = deaths_child(take_many, NULL, i);
		if (atomic_load(&ledger->now) + 1 == NONCES)
			break;
	}
	for (uint32_t i = 0; i < WORKERS; i++)
		deaths_kill(child[i]);
	sw_robust_count(&bed.robust, &counts);
	print_message("%lu orphans, %lu counts taken, %lu refused\n", (unsigned long)counts.orphans,
		      (unsigned long)ledger->taken, (unsigned long)ledger->refused);
	for (uint32_t i = 0; i < NONCES; i++)
		for (uint32_t nc = 0; nc < COUNTS; nc++)
			assert_true(ledger->times[i][nc] <= 1);
	munmap(ledger, sizeof(*ledger));
	free_bed();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_death_makes_a_nonce_count_good_again),
		cmocka_unit_test(a_death_in_a_change_of_bindings_spoils_no_other),
		cmocka_unit_test(a_death_in_a_change_of_users_spoils_no_other),
		cmocka_unit_test(no_count_is_taken_twice_whoever_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
