/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vectors.h"

#include "sip/users.h"

static struct sw_mac *mac;
static struct sw_mac_key key = { "key of tables..." };
static bool collide, fail;

bool __real_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *k, const struct sw_slice *part,
			 size_t parts, uint8_t out[SW_MAC_LEN]);
bool __wrap_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *k, const struct sw_slice *part,
			 size_t parts, uint8_t out[SW_MAC_LEN]);

/* A hash of which all names have the same first half, or none, when it is told to. */
bool __wrap_sw_mac_parts(struct sw_mac *m, const struct sw_mac_key *k, const struct sw_slice *part,
			 size_t parts, uint8_t out[SW_MAC_LEN])
{
	bool ok = !fail && __real_sw_mac_parts(m, k, part, parts, out);

	if (collide)
		memset(out, 7, SW_MAC_LEN / 2);
	return ok;
}

static int setup(void **state)
{
	(void)state;
	mac = sw_mac_new();
	collide = fail = false;
	return mac ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	sw_mac_free(mac);
	return 0;
}

static const struct sw_slice names[] = {
	SW_INIT("alice"),     SW_INIT("bob"),
	SW_INIT("bobby"),     SW_INIT("alice@example.com"),
	SW_INIT("nul\0-bob"), SW_INIT("J\xc3\xa4s\xc3\xb8n"),
};

#define PEOPLE SW_ARRAY_LEN(names)
#define KEPT   8 /* capacity of the table of kept ones */

static const char digits[KEPT] = "12345678"; /* a name each */

static struct sw_user people[PEOPLE];
static const struct sw_policy policy = { .user = people, .users = PEOPLE };

static int make_people(void **state)
{
	(void)state;
	for (size_t i = 0; i < PEOPLE; i++) {
		if (!sw_user_set_names(&people[i], names[i], SW_LIT("written")))
			return -1;
		people[i].origin = (uint32_t)i + 1;
	}
	return 0;
}

static void *build(struct sw_users *u, const struct sw_policy *p)
{
	void *memory = calloc(1, sw_users_size(p));

	assert_non_null(memory);
	assert_true(sw_users_init(u, p, memory, mac, &key));
	return memory;
}

static void *add_kept(struct sw_users *u)
{
	void *memory = calloc(1, sw_users_kept_size(KEPT));

	assert_non_null(memory);
	sw_users_kept_init(&u->kept, memory, KEPT);
	return memory;
}

static enum sw_reason put(struct sw_users *u, struct sw_slice name, const char *trunk)
{
	struct sw_user user = { .origin = 9 };

	assert_true(sw_user_set_names(&user, name, sw_slice_of(trunk)));
	return sw_users_put(u, mac, &user);
}

static const struct sw_slice strangers[] = {
	SW_INIT(""),
	SW_INIT("Alice"),
	SW_INIT("alic"),
	SW_INIT("alice "),
	SW_INIT(" alice"),
	SW_INIT("alice\0"),
	SW_INIT("nul"),
	SW_INIT("%61lice"),
	SW_INIT("alice@"),
	SW_INIT("nul\0-bo"),
	SW_INIT("zoe"),
	SW_INIT("bobb"),
	SW_INIT("J\xe4s\xf8n"),
};

static struct sw_user got;

/* Is there a user of this name? Then it is in got; whoever is given for another does not count. */
static bool find(const struct sw_users *u, struct sw_slice name)
{
	memset(&got, 0xa5, sizeof(got));
	return sw_users_find(u, mac, name, &got) == SW_OK;
}

static void is_found(const struct sw_users *u, struct sw_slice name, const char *trunk)
{
	assert_true(find(u, name));
	assert_true(sw_slice_eq(sw_user_name(&got), name));
	assert_true(sw_slice_eq(sw_user_trunk(&got), sw_slice_of(trunk)));
}

static void only_exact_names_are_found(const struct sw_users *u, const char *trunk)
{
	char longer[SW_NAME_MAX + 1] = "alice";

	for (size_t i = 0; i < PEOPLE; i++)
		is_found(u, names[i], trunk);
	for (size_t i = 0; i < SW_ARRAY_LEN(strangers); i++)
		assert_false(find(u, strangers[i]));
	assert_false(find(u, (struct sw_slice){ 0 }));
	assert_false(find(u, (struct sw_slice){ longer, sizeof(longer) }));
	assert_false(find(u, (struct sw_slice){ longer, SW_NAME_MAX }));
}

static void a_user_is_found_by_its_exact_name(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy);

	(void)state;
	only_exact_names_are_found(&u, "written");
	free(memory);
}

static void names_that_share_a_hash_are_told_apart(void **state)
{
	struct sw_users u;
	void *memory, *kept;

	(void)state;
	collide = true;
	memory = build(&u, &policy);
	only_exact_names_are_found(&u, "written");
	kept = add_kept(&u);
	assert_int_equal(put(&u, SW_LIT("zoe2"), "kept"), SW_OK);
	assert_int_equal(put(&u, SW_LIT("zoe3"), "kept"), SW_OK);
	only_exact_names_are_found(&u, "written");
	is_found(&u, SW_LIT("zoe3"), "kept");
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("zoe3")), SW_OK);
	is_found(&u, SW_LIT("zoe2"), "kept");
	assert_false(find(&u, SW_LIT("zoe3")));
	free(memory);
	free(kept);
}

static void an_unknown_name_gets_somebody_to_go_on_with(void **state)
{
	static const struct sw_policy empty;
	struct sw_users u;
	void *memory = build(&u, &policy), *kept;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(strangers); i++) {
		assert_false(find(&u, strangers[i]));
		assert_true(sw_slice_eq(sw_user_trunk(&got), SW_LIT("written")));
	}
	free(memory);
	memory = build(&u, &empty);
	kept = add_kept(&u);
	for (size_t i = 0; i < KEPT; i++)
		assert_int_equal(put(&u, (struct sw_slice){ &digits[i], 1 }, "kept"), SW_OK);
	for (size_t i = 0; i < SW_ARRAY_LEN(strangers); i++) {
		assert_false(find(&u, strangers[i]));
		assert_true(sw_slice_eq(sw_user_trunk(&got), SW_LIT("kept")));
	}
	free(memory);
	free(kept);
}

static void nobody_is_found_among_none(void **state)
{
	static const struct sw_policy empty;
	static const struct sw_user nobody;
	struct sw_users u;
	void *memory = build(&u, &empty), *kept;

	(void)state;
	assert_false(find(&u, SW_LIT("alice")));
	assert_false(find(&u, SW_LIT("")));
	assert_int_equal(put(&u, SW_LIT("alice"), "kept"), SW_R_BUG);
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("alice")), SW_R_DIGEST_NO_USER);
	kept = add_kept(&u);
	assert_false(find(&u, SW_LIT("alice")));
	assert_false(find(&u, SW_LIT("")));
	assert_memory_equal(&got, &nobody, sizeof(got));
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("alice")), SW_R_DIGEST_NO_USER);
	free(memory);
	free(kept);
}

static void a_hash_that_fails_is_told(void **state)
{
	void *memory = calloc(1, sw_users_size(&policy)), *kept;
	struct sw_users u;

	(void)state;
	fail = true;
	assert_false(sw_users_init(&u, &policy, memory, mac, &key));
	kept = add_kept(&u);
	assert_int_equal(put(&u, SW_LIT("zoe"), "kept"), SW_R_BUG);
	free(memory);
	free(kept);
}

static unsigned taken, given;
static bool is_busy;

static enum sw_lock_got take(void *arg, uint32_t shard)
{
	assert_ptr_equal(arg, &taken);
	assert_int_equal(shard, 0);
	assert_int_equal(taken, given);
	if (is_busy)
		return SW_LOCK_BUSY;
	taken++;
	return SW_LOCK_GOT;
}

static void give(void *arg, uint32_t shard)
{
	assert_ptr_equal(arg, &taken);
	assert_int_equal(shard, 0);
	assert_int_equal(taken, given + 1);
	given++;
}

static void kept_users_come_change_and_go_under_the_lock(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy), *kept = add_kept(&u);

	(void)state;
	taken = given = 0;
	u.kept.shards.locks = (struct sw_locks){ take, give, &taken };
	assert_false(find(&u, SW_LIT("yves")));
	assert_int_equal(put(&u, SW_LIT("yves"), "kept"), SW_OK);
	is_found(&u, SW_LIT("yves"), "kept");
	assert_int_equal(got.origin, 0); /* whatever it said of itself */
	assert_int_equal(put(&u, SW_LIT("yves"), "moved"), SW_OK);
	assert_int_equal(sw_users_fill(&u).used, 1);
	is_found(&u, SW_LIT("yves"), "moved");
	only_exact_names_are_found(&u, "written");
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("yves")), SW_OK);
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("yves")), SW_R_DIGEST_NO_USER);
	assert_false(find(&u, SW_LIT("yves")));
	assert_true(taken > 10 && taken == given);
	free(memory);
	free(kept);
}

static void a_written_user_comes_before_a_kept_one(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy), *kept = add_kept(&u);

	(void)state;
	assert_int_equal(put(&u, SW_LIT("alice"), "kept"), SW_OK);
	is_found(&u, SW_LIT("alice"), "written");
	free(memory);
	free(kept);
}

static void a_full_table_keeps_whom_it_has(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy), *kept = add_kept(&u);

	(void)state;
	for (size_t i = 0; i < KEPT; i++)
		assert_int_equal(put(&u, (struct sw_slice){ &digits[i], 1 }, "kept"), SW_OK);
	assert_int_equal(put(&u, SW_LIT("9"), "kept"), SW_R_TABLE_FULL);
	assert_int_equal(put(&u, SW_LIT("8"), "moved"), SW_OK);
	is_found(&u, SW_LIT("1"), "kept");
	is_found(&u, SW_LIT("8"), "moved");
	assert_false(find(&u, SW_LIT("9")));
	free(memory);
	free(kept);
}

static void many_users_are_found_and_their_neighbours_are_not(void **state)
{
	enum {
		MANY = 3000
	};
	struct sw_user *user = calloc(MANY, sizeof(*user));
	struct sw_policy p = { .user = user, .users = MANY };
	struct sw_users u;
	void *memory;

	(void)state;
	assert_non_null(user);
	for (unsigned i = 0; i < MANY; i++) {
		char name[12];
		int n = snprintf(name, sizeof(name), "%u", 2 * i);

		assert_true(sw_user_set_names(&user[i], (struct sw_slice){ name, (size_t)n },
					      SW_LIT("many")));
	}
	memory = build(&u, &p);
	for (unsigned i = 0; i < MANY; i++) {
		char other[12];
		int n = snprintf(other, sizeof(other), "%u", 2 * i + 1);

		is_found(&u, sw_user_name(&user[i]), "many");
		assert_false(find(&u, (struct sw_slice){ other, (size_t)n }));
	}
	free(memory);
	free(user);
}

static void a_busy_shard_makes_nobody_known_or_unknown(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy), *kept = add_kept(&u);
	struct sw_user user;
	uint32_t at = 0;

	(void)state;
	assert_int_equal(put(&u, SW_LIT("yves"), "kept"), SW_OK);
	taken = given = 0;
	is_busy = true;
	u.kept.shards.locks = (struct sw_locks){ take, give, &taken };
	assert_int_equal(sw_users_find(&u, mac, SW_LIT("yves"), &user), SW_R_TABLE_BUSY);
	assert_int_equal(sw_users_find(&u, mac, SW_LIT("nobody"), &user), SW_R_TABLE_BUSY);
	assert_int_equal(sw_users_find(&u, mac, SW_LIT("alice"), &user), SW_R_TABLE_BUSY);
	assert_int_equal(sw_users_may_keep(&u, mac, SW_LIT("yves"), SW_LIT("yves")),
			 SW_R_TABLE_BUSY);
	assert_int_equal(put(&u, SW_LIT("zoe"), "kept"), SW_R_TABLE_BUSY);
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("yves")), SW_R_TABLE_BUSY);
	assert_int_equal(sw_users_next(&u, &at, &user), SW_R_TABLE_BUSY);
	is_busy = false;
	assert_int_equal(taken, 0);
	assert_int_equal(sw_users_next(&u, &at, &user), SW_OK); /* nobody was left out */
	assert_true(sw_slice_eq(sw_user_name(&user), SW_LIT("yves")));
	is_found(&u, SW_LIT("yves"), "kept");
	free(memory);
	free(kept);
}

static bool has_octets(const void *memory, size_t n, const void *what, size_t what_n)
{
	return memmem(memory, n, what, what_n) != NULL;
}

/* Neither in its slot nor where a change saves what was there. */
static void nothing_is_left_of_the_hashes_of_who_was_dropped(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy), *kept = add_kept(&u);
	size_t size = sw_users_kept_size(KEPT);
	struct sw_user user = { 0 };
	uint8_t hash[2][32];

	(void)state;
	assert_true(sw_user_set_names(&user, SW_LIT("yves"), SW_LIT("kept")));
	for (unsigned i = 0; i < 2; i++) { /* with one password, then another */
		memset(hash[i], (int)(0xa1 + i), sizeof(hash[i]));
		memcpy(user.ha1[0][SW_ALG_SHA256].octets, hash[i], sizeof(hash[i]));
		assert_int_equal(sw_users_put(&u, mac, &user), SW_OK);
		assert_true(has_octets(kept, size, hash[i], sizeof(hash[i])));
	}
	assert_false(has_octets(kept, size, hash[0], sizeof(hash[0])));
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("yves")), SW_OK);
	assert_false(has_octets(kept, size, hash[1], sizeof(hash[1])));
	free(memory);
	free(kept);
}

/* Of addresses that a record has no room for some are left out until they are asked for. */
static void long_addresses_are_whole_once_completed(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy), *kept = add_kept(&u);
	struct sw_user user = { 0 };
	uint32_t at = 0;

	(void)state;
	assert_true(sw_user_set_names(&user, SW_LIT("yves"), SW_LIT("kept")));
	for (unsigned i = 0; i < 6; i++) {
		char text[41];

		for (unsigned j = 0; j < 40; j++)
			text[j] = (char)('a' + (i * 5 + j) % 26);
		assert_true(sw_user_add_aor(&user, SW_AOR_USER, (struct sw_slice){ text, 40 }));
		for (unsigned j = 0; j < KEPT / 2; j++) /* chains are reused */
			assert_int_equal(sw_users_put(&u, mac, &user), SW_OK);
		assert_true(find(&u, SW_LIT("yves")));
		assert_int_equal(got.is_cut, i > 0);
		assert_int_equal(sw_users_complete(&u, mac, &got), SW_OK);
		assert_false(got.is_cut);
		assert_int_equal(got.aors_n, user.aors_n);
		assert_memory_equal(got.aors, user.aors, user.aors_n);
	}
	assert_int_equal(sw_users_next(&u, &at, &got), SW_OK);
	assert_true(sw_slice_eq(sw_user_name(&got), SW_LIT("yves")));
	assert_true(sw_slice_eq(sw_user_trunk(&got), SW_LIT("kept")));
	assert_memory_equal(got.aors, user.aors, user.aors_n);
	assert_int_equal(sw_users_next(&u, &at, &got), SW_R_DIGEST_NO_USER);
	assert_true(find(&u, SW_LIT("yves")));
	assert_int_equal(sw_users_drop(&u, mac, SW_LIT("yves")), SW_OK);
	assert_int_equal(sw_users_complete(&u, mac, &got), SW_R_DIGEST_NO_USER);
	free(memory);
	free(kept);
}

/* It lies in memory that others may write: what it says is checked. */
static void memory_that_somebody_else_wrote_is_not_believed(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy), *kept = add_kept(&u);
	size_t size = sw_users_kept_size(KEPT);
	uint64_t random = 5;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		size_t from = round % 2 ? 0 : size - 8192; /* trunks are most of it */

		memset(kept, 0, size);
		for (size_t i = 0; i < KEPT; i++)
			assert_int_equal(put(&u, (struct sw_slice){ &digits[i], 1 }, "kept"),
					 SW_OK);
		for (size_t i = from; i + 4 <= from + 8192; i += 4) {
			uint32_t word = (uint32_t)next_number(&random);

			word = round % 5 == 0 ? word % (KEPT + 2) : word;
			if (round % 7 != 0 || word % 4 == 0)
				memcpy((char *)kept + i, &word, 4);
		}
		for (size_t i = 0; i < KEPT; i++) {
			struct sw_slice name = { &digits[i], 1 };
			uint32_t at = (uint32_t)i;

			(void)find(&u, name);
			(void)!sw_users_complete(&u, mac, &got);
			(void)!put(&u, name, "kept");
			(void)!sw_users_next(&u, &at, &got);
			(void)!sw_users_drop(&u, mac, name);
		}
	}
	free(memory);
	free(kept);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_user_is_found_by_its_exact_name),
		CASE(names_that_share_a_hash_are_told_apart),
		CASE(an_unknown_name_gets_somebody_to_go_on_with),
		CASE(nobody_is_found_among_none),
		CASE(a_hash_that_fails_is_told),
		CASE(kept_users_come_change_and_go_under_the_lock),
		CASE(a_written_user_comes_before_a_kept_one),
		CASE(a_full_table_keeps_whom_it_has),
		CASE(many_users_are_found_and_their_neighbours_are_not),
		CASE(a_busy_shard_makes_nobody_known_or_unknown),
		CASE(nothing_is_left_of_the_hashes_of_who_was_dropped),
		CASE(long_addresses_are_whole_once_completed),
		CASE(memory_that_somebody_else_wrote_is_not_believed),
	};

	return cmocka_run_group_tests(tests, make_people, NULL);
}
