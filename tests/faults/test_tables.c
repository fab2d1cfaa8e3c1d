/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables that several processes work in while some of them are killed, wherever they are: what one
 * has finished is there, what it was at is there or not, and no count of a nonce is good twice.
 */
#include "faults/deaths.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <sipward/replay.h>

#include "share/robust.h"
#include "sip/location.h"
#include "sip/users.h"

#define CHILDREN 3
#define AORS     8    /* that a child has for itself */
#define NONCES   4096 /* that come one after the other, for all */
#define COUNTS   8
#define WINDOWS  64
#define PEOPLE   6

struct place {
	uint32_t capacity; /* of bindings */
	_Atomic uint32_t lives, turns;
	_Atomic uint32_t kept[CHILDREN][AORS];    /* version that is bound; 0: none */
	_Atomic uint32_t pending[CHILDREN][AORS]; /* version that may be */
	_Atomic uint32_t newest;                  /* nonce */
	_Atomic uint8_t accepted[NONCES][COUNTS];
	_Atomic uint32_t accepts, orphans;
};

static const struct sw_mac_key key = { "key of tables..." };

/* What each process maps, and its own views. */
static struct place *place;
static void *memory[3], *lock_memory[3];

static struct door {
	struct sw_mac *mac;
	struct sw_robust robust[3];
	struct sw_location location;
	struct sw_replay replay;
	struct sw_users users;
	struct dice dice;
} door;

static size_t memory_size(unsigned i)
{
	switch (i) {
	case 0:
		return sw_location_size(place->capacity);
	case 1:
		return sw_replay_size(WINDOWS);
	default:
		return sw_users_kept_size(PEOPLE);
	}
}

static void place_new(uint32_t capacity)
{
	place = deaths_memory(sizeof(*place));
	place->capacity = capacity;
	for (unsigned i = 0; i < 3; i++) {
		memory[i] = deaths_memory(memory_size(i));
		lock_memory[i] = deaths_memory(sw_robust_size(SW_SHARDS_MAX));
	}
}

static void place_free(void)
{
	for (unsigned i = 0; i < 3; i++) {
		munmap(memory[i], memory_size(i));
		munmap(lock_memory[i], sw_robust_size(SW_SHARDS_MAX));
	}
	munmap(place, sizeof(*place));
}

static void open_door(void)
{
	static const struct sw_policy none;
	static uint64_t room[65536];

	door = (struct door){ .mac = sw_mac_new() };
	HOLDS(door.mac != NULL && sw_users_size(&none) <= sizeof(room));
	HOLDS(sw_users_init(&door.users, &none, room, door.mac, &key));
	for (unsigned i = 0; i < 3; i++)
		HOLDS(sw_robust_open(&door.robust[i], lock_memory[i], SW_SHARDS_MAX));
	sw_location_init(&door.location, memory[0], place->capacity, &key);
	sw_replay_init(&door.replay, memory[1], WINDOWS);
	sw_users_kept_init(&door.users.kept, memory[2], PEOPLE);
	door.location.shards.locks = sw_robust_locks(&door.robust[0]);
	door.replay.shards.locks = sw_robust_locks(&door.robust[1]);
	door.users.kept.shards.locks = sw_robust_locks(&door.robust[2]);
	door.dice.state = 0x9e3779b97f4a7c15u + atomic_fetch_add(&place->lives, 1);
}

static struct sw_binding binding(uint32_t number, uint32_t n, uint32_t version)
{
	struct sw_binding b = { .id = number * AORS + n + 1, .expires_s = version };

	b.aor_n = b.user_n = (uint16_t)snprintf(b.aor, sizeof(b.aor), "a%u-%u", number, n);
	memcpy(b.user, b.aor, b.aor_n);
	b.flow = version % 5;
	b.text_n = (uint16_t)(version * 37 % (SW_CONTACT_TEXT + 1));
	b.path_n = (uint16_t)(version * 91 % (SW_ROUTE_TEXT + 1));
	memset(b.text, 'a' + (int)(version % 26), b.text_n);
	memset(b.path, 'A' + (int)(version % 26), b.path_n);
	return b;
}

/* The version that is bound, whole; 0: none. */
static uint32_t version_of(const struct sw_location_hold *h, uint32_t number, uint32_t n,
			   uint32_t *slot)
{
	uint32_t all[SW_CONTACTS_MAX];
	struct sw_binding b = binding(number, n, 0), got;
	size_t found = sw_location_find(h, (struct sw_slice){ b.aor, b.aor_n }, all);

	HOLDS(found <= 1);
	if (found == 0)
		return 0;
	*slot = all[0];
	HOLDS(sw_location_read(h, all[0], &got));
	b = binding(number, n, (uint32_t)got.expires_s);
	HOLDS(memcmp(&b, &got, offsetof(struct sw_binding, aor)) == 0);
	HOLDS(memcmp(b.text, got.text, b.text_n) == 0 && memcmp(b.path, got.path, b.path_n) == 0);
	return (uint32_t)got.expires_s;
}

static bool hold(uint32_t number, uint32_t n, struct sw_location_hold *h)
{
	struct sw_binding b = binding(number, n, 0);

	return sw_location_take(&door.location, door.mac, (struct sw_slice){ b.aor, b.aor_n }, h) ==
	       SW_OK;
}

/* What is there is what was finished, or what was begun. */
static uint32_t check(const struct sw_location_hold *h, uint32_t number, uint32_t n, uint32_t *slot)
{
	uint32_t is = version_of(h, number, n, slot);

	HOLDS(is == atomic_load(&place->kept[number][n]) ||
	      is == atomic_load(&place->pending[number][n]));
	return is;
}

static bool change(struct sw_location_hold *h, uint32_t number, uint32_t n, uint32_t to)
{
	struct sw_binding b = binding(number, n, to);
	uint32_t slot = 0, was = check(h, number, n, &slot);

	atomic_store(&place->kept[number][n], was);
	atomic_store(&place->pending[number][n], to);
	if (was > 0 && to == 0)
		sw_location_remove(h, slot);
	else if (was > 0)
		sw_location_change(h, slot, &b);
	else if (to > 0 && sw_location_reserve(h, 1, 0) != SW_OK)
		return false;
	else if (to > 0)
		HOLDS(sw_location_add(h, &b) != SW_TABLE_NONE);
	atomic_store(&place->kept[number][n], to);
	return true;
}

static void bind_something(uint32_t number)
{
	uint32_t n = dice_throw(&door.dice, AORS);
	uint32_t to = dice_throw(&door.dice, 3) ? 1 + dice_throw(&door.dice, 1000000) : 0;
	struct sw_location_hold h;

	if (!hold(number, n, &h))
		return;
	if (!change(&h, number, n, to)) /* full */
		atomic_store(&place->pending[number][n], 0);
	sw_location_give(&h);
	HOLDS(sw_location_fill(&door.location).used <= place->capacity);
}

static void use_a_count(uint32_t number)
{
	uint32_t newest = atomic_load(&place->newest);
	uint32_t n = newest - (newest > 12 ? dice_throw(&door.dice, 12) : 0);
	uint32_t nc = 1 + dice_throw(&door.dice, COUNTS);
	struct sw_nonce nonce = { .octets = "................", .issued = n };
	uint64_t random = (n + 1) * 0x9e3779b97f4a7c15u;

	door.replay.self = number + 1;
	memcpy(nonce.octets + 8, &random, sizeof(random));
	if (dice_throw(&door.dice, 16) == 0 && newest + 1 < NONCES)
		atomic_compare_exchange_strong(&place->newest, &newest, newest + 1);
	if (sw_replay_take(&door.replay, &nonce, nc) != SW_OK)
		return;
	HOLDS(atomic_exchange(&place->accepted[n][nc - 1], 1) == 0);
	atomic_fetch_add(&place->accepts, 1);
}

static struct sw_slice name_of(uint32_t n, char room[8])
{
	return (struct sw_slice){ room, (size_t)snprintf(room, 8, "user%u", n) };
}

/* The first child writes, as the store role does; the others read. */
static void write_a_user(void)
{
	uint32_t n = dice_throw(&door.dice, PEOPLE), version = dice_throw(&door.dice, 200);
	struct sw_user u = { 0 };
	char room[8];

	HOLDS(sw_user_set_names(&u, name_of(n, room), SW_LIT("staff")));
	memset(u.ha1, (int)version, sizeof(u.ha1));
	for (uint32_t i = 0; i < version % 6; i++)
		HOLDS(sw_user_add_aor(&u, SW_AOR_USER,
				      SW_LIT("an-address-of-some-length-or-more")));
	if (dice_throw(&door.dice, 4) == 0)
		(void)!sw_users_drop(&door.users, door.mac, sw_user_name(&u));
	else
		HOLDS(sw_users_put(&door.users, door.mac, &u) != SW_R_TABLE_FULL);
}

static void read_a_user(void)
{
	struct sw_user u;
	char room[8];

	if (sw_users_find(&door.users, door.mac, name_of(dice_throw(&door.dice, PEOPLE), room),
			  &u) != SW_OK)
		return;
	const uint8_t *ha1 = u.ha1[0][SW_ALG_SHA256].octets;

	for (unsigned i = 1; i < 32; i++)
		HOLDS(ha1[i] == ha1[0] && u.ha1[1][SW_ALG_SHA512_256].octets[i] == ha1[0]);
	HOLDS(sw_slice_eq(sw_user_trunk(&u), SW_LIT("staff")));
}

static void work(void *arg, uint32_t number)
{
	uint32_t slot;

	(void)arg;
	open_door();
	for (uint32_t n = 0; n < AORS; n++) { /* what the one before has left */
		struct sw_location_hold h;

		if (!hold(number, n, &h))
			continue;
		(void)check(&h, number, n, &slot);
		sw_location_give(&h);
	}
	for (;;) {
		bind_something(number);
		use_a_count(number);
		if (number == 0)
			write_a_user();
		else
			read_a_user();
		atomic_fetch_add(&place->turns, 1);
	}
}

/* Nobody is left. All that is bound is counted, and as many as there is room for go in. */
static void settle(void)
{
	uint32_t bound = 0, slot;

	open_door();
	for (uint32_t shard = 0; shard < door.location.shards.count; shard++) { /* all repaired */
		struct sw_location_hold h;

		for (uint32_t i = 0;; i++) {
			struct sw_binding b = binding(9, i, 0);

			assert_int_equal(sw_location_take(&door.location, door.mac,
							  (struct sw_slice){ b.aor, b.aor_n }, &h),
					 SW_OK);
			bool is_it = h.shard == shard;

			sw_location_give(&h);
			if (is_it)
				break;
		}
	}
	for (uint32_t number = 0; number < CHILDREN; number++)
		for (uint32_t n = 0; n < AORS; n++) {
			struct sw_location_hold h;

			assert_true(hold(number, n, &h));
			bound += check(&h, number, n, &slot) > 0;
			sw_location_give(&h);
		}
	assert_int_equal(sw_location_fill(&door.location).used, bound);
	for (uint32_t i = bound; i < place->capacity; i++) {
		struct sw_binding b = binding(7, i, 911);

		assert_int_equal(sw_location_put(&door.location, door.mac, &b), SW_OK);
	}
	struct sw_binding b = binding(7, place->capacity, 911);

	assert_int_equal(sw_location_put(&door.location, door.mac, &b), SW_R_TABLE_FULL);
	sw_mac_free(door.mac);
}

static void kill_and_settle(uint32_t capacity, uint32_t rounds)
{
	struct dice d = { 77 };
	pid_t child[CHILDREN];

	place_new(capacity);
	for (uint32_t i = 0; i < CHILDREN; i++)
		child[i] = deaths_child(work, NULL, i);
	for (uint32_t i = 0; i < rounds; i++) {
		uint32_t who = dice_throw(&d, CHILDREN);

		usleep(500 + dice_throw(&d, 1500));
		deaths_kill(child[who]);
		child[who] = deaths_child(work, NULL, who);
	}
	for (uint32_t i = 0; i < CHILDREN; i++)
		deaths_kill(child[i]);
	print_message("%u turns, %u counts taken\n", atomic_load(&place->turns),
		      atomic_load(&place->accepts));
	assert_true(atomic_load(&place->turns) > rounds);
	settle();
	place_free();
}

static void what_was_done_is_there_whoever_is_killed(void **state)
{
	(void)state;
	kill_and_settle(4096, deaths_rounds(150));
}

static void a_table_that_is_often_full_stays_exact(void **state)
{
	(void)state;
	kill_and_settle(14, deaths_rounds(150));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_done_is_there_whoever_is_killed),
		cmocka_unit_test(a_table_that_is_often_full_stays_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
