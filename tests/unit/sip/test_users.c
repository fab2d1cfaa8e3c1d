/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sip/users.h"

static struct sw_mac *mac;
static struct sw_mac_key key = { "key of tables..." };
static bool collide, fail;

uint64_t __real_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s);
uint64_t __wrap_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s);

/* A hash that gives all names the same number, or fails, when it is told to. */
uint64_t __wrap_sw_mac_u64(struct sw_mac *m, const struct sw_mac_key *k, struct sw_slice s)
{
	if (fail)
		return 0;
	return collide ? 7 : __real_sw_mac_u64(m, k, s);
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

static const struct sw_user people[] = {
	{ .name = SW_INIT("alice") },     { .name = SW_INIT("bob") },
	{ .name = SW_INIT("bobby") },     { .name = SW_INIT("alice@example.com") },
	{ .name = SW_INIT("nul\0-bob") }, { .name = SW_INIT("J\xc3\xa4s\xc3\xb8n") },
};

static const struct sw_policy policy = { .user = people, .users = SW_ARRAY_LEN(people) };

static void *build(struct sw_users *u, const struct sw_policy *p)
{
	void *memory = calloc(1, sw_users_size(p));

	assert_non_null(memory);
	assert_true(sw_users_init(u, p, memory, mac, &key));
	return memory;
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

/* The user of this name; whoever is given for an unknown one does not count. */
static const struct sw_user *find(const struct sw_users *u, struct sw_slice name)
{
	bool found;
	const struct sw_user *user = sw_users_find(u, mac, name, &found);

	return found ? user : NULL;
}

static void only_exact_names_are_found(const struct sw_users *u)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(people); i++)
		assert_ptr_equal(find(u, people[i].name), &people[i]);
	for (size_t i = 0; i < SW_ARRAY_LEN(strangers); i++)
		assert_null(find(u, strangers[i]));
	assert_null(find(u, (struct sw_slice){ 0 }));
}

static void a_user_is_found_by_its_exact_name(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy);

	(void)state;
	only_exact_names_are_found(&u);
	free(memory);
}

static void names_that_share_a_hash_are_told_apart(void **state)
{
	struct sw_users u;
	void *memory;

	(void)state;
	collide = true;
	memory = build(&u, &policy);
	only_exact_names_are_found(&u);
	free(memory);
}

static void an_unknown_name_gets_somebody_to_go_on_with(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy);
	bool found = true;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(strangers); i++) {
		assert_non_null(sw_users_find(&u, mac, strangers[i], &found));
		assert_false(found);
	}
	free(memory);
}

static void nobody_is_found_among_none(void **state)
{
	static const struct sw_policy empty;
	struct sw_users u;
	void *memory = build(&u, &empty);

	(void)state;
	assert_null(find(&u, SW_LIT("alice")));
	assert_null(find(&u, SW_LIT("")));
	free(memory);
}

static void a_hash_that_fails_is_told_at_the_start(void **state)
{
	void *memory = calloc(1, sw_users_size(&policy));
	struct sw_users u;

	(void)state;
	fail = true;
	assert_false(sw_users_init(&u, &policy, memory, mac, &key));
	free(memory);
}

static void many_users_are_found_and_their_neighbours_are_not(void **state)
{
	enum {
		MANY = 3000
	};
	struct sw_user *user = calloc(MANY, sizeof(*user));
	char(*name)[12] = calloc(MANY, sizeof(*name));
	struct sw_policy p = { .user = user, .users = MANY };
	struct sw_users u;
	void *memory;

	(void)state;
	assert_true(user && name);
	for (unsigned i = 0; i < MANY; i++) {
		int n = snprintf(name[i], sizeof(name[i]), "%u", 2 * i);

		user[i].name = (struct sw_slice){ name[i], (size_t)n };
	}
	memory = build(&u, &p);
	for (unsigned i = 0; i < MANY; i++) {
		char other[12];
		int n = snprintf(other, sizeof(other), "%u", 2 * i + 1);

		assert_ptr_equal(find(&u, user[i].name), &user[i]);
		assert_null(find(&u, (struct sw_slice){ other, (size_t)n }));
	}
	free(memory);
	free(name);
	free(user);
}

/* The index lies in memory that others may write: what it says is checked. */
static void a_number_that_is_no_user_is_nobody(void **state)
{
	struct sw_users u;
	void *memory = build(&u, &policy);

	(void)state;
	for (uint32_t n = 0; n < SW_ARRAY_LEN(people); n++)
		*(uint32_t *)sw_table_slot(&u.table, n) = SW_ARRAY_LEN(people) + n * 1000;
	for (size_t i = 0; i < SW_ARRAY_LEN(people); i++)
		assert_null(find(&u, people[i].name));
	for (uint32_t n = 0; n < SW_ARRAY_LEN(people); n++)
		*(uint32_t *)sw_table_slot(&u.table, n) = 0; /* everybody is alice: only she is */
	for (size_t i = 1; i < SW_ARRAY_LEN(people); i++)
		assert_null(find(&u, people[i].name));
	free(memory);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_user_is_found_by_its_exact_name),
		CASE(names_that_share_a_hash_are_told_apart),
		CASE(an_unknown_name_gets_somebody_to_go_on_with),
		CASE(nobody_is_found_among_none),
		CASE(a_hash_that_fails_is_told_at_the_start),
		CASE(many_users_are_found_and_their_neighbours_are_not),
		CASE(a_number_that_is_no_user_is_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
