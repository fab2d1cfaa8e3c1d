/* SPDX-License-Identifier: Apache-2.0 */
/* What both kinds of store promise: transactions, users, bindings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "people_of.h"

#define ALICE                                                                                   \
	"{\"op\":\"add\",\"name\":\"alice\",\"trunk\":\"all\",\"password\":\"wren-cobalt-71\"," \
	"\"aor\":[\"alice\",\"al\"],\"number\":[\"+49 30 123\"]}\n"

static struct sw_store *store_of(bool is_memory)
{
	struct sw_store_setting setting = setting_of(is_memory ? NULL : path_of("s.db"));

	return open_good(&setting);
}

static void users_come_out_as_they_went_in(void **state)
{
	struct sw_store_why why = { 0 };

	(void)state;
	for (int is_memory = 0; is_memory < 2; is_memory++) {
		struct sw_store *s = store_of(is_memory);
		struct sw_user u, again;

		apply_good(s, ALICE);
		assert_int_equal(sw_store_user(s, SW_LIT("alice"), &u, &why), SW_STORE_ROW);
		assert_int_equal(u.algs[SW_FORM_NAME], SW_ALG_ALL);
		assert_true(sw_user_has_aor(&u, SW_LIT("al")));
		assert_int_equal(sw_store_begin(s, false, &why), true);
		u.is_off = true;
		assert_int_equal(
			sw_store_put_user(s, &u, false, &(struct sw_store_taken){ 0 }, &why),
			SW_STORE_ROW);
		assert_true(sw_store_commit(s, &why));
		assert_int_equal(sw_store_user(s, SW_LIT("alice"), &again, &why), SW_STORE_ROW);
		assert_memory_equal(&u, &again, sizeof(u));
		assert_int_equal(sw_store_user(s, SW_LIT("Alice"), &again, &why), SW_STORE_NO_ROW);
		sw_store_close(s);
	}
}

static void what_is_rolled_back_was_never_there(void **state)
{
	struct sw_store_why why = { 0 };

	(void)state;
	for (int is_memory = 0; is_memory < 2; is_memory++) {
		struct sw_store *s = store_of(is_memory);
		struct sw_user u = { .algs = { SW_ALG_BIT(SW_ALG_MD5) } };
		struct sw_store_taken taken;

		assert_true(sw_user_set_names(&u, SW_LIT("bob"), SW_LIT("all")));
		assert_true(sw_store_begin(s, false, &why));
		assert_int_equal(sw_store_put_user(s, &u, true, &taken, &why), SW_STORE_ROW);
		assert_int_equal(sw_store_users(s), 1);
		sw_store_rollback(s);
		assert_int_equal(sw_store_users(s), 0);
		assert_int_equal(sw_store_has_user(s, SW_LIT("bob"), &why), SW_STORE_NO_ROW);
		apply_good(s, "{\"op\":\"add\",\"name\":\"bob\",\"trunk\":\"all\","
			      "\"password\":\"x\"}\n");
		sw_store_close(s);
	}
}

struct changes {
	char changed[8][SW_NAME_MAX + 1], gone[8][SW_NAME_MAX + 1];
	size_t n_changed, n_gone;
};

static bool on_changed(void *arg, const struct sw_user *u)
{
	struct changes *c = arg;

	memcpy(c->changed[c->n_changed], u->name, u->name_n);
	c->n_changed++;
	return true;
}

static bool on_gone(void *arg, struct sw_slice name)
{
	struct changes *c = arg;

	memcpy(c->gone[c->n_gone], name.p, name.n);
	c->n_gone++;
	return true;
}

static void the_last_list_tells_who_it_changed(void **state)
{
	struct sw_store_why why = { 0 };

	(void)state;
	for (int is_memory = 0; is_memory < 2; is_memory++) {
		struct sw_store *s = store_of(is_memory);
		struct changes c = { 0 };

		apply_good(s, ALICE "{\"op\":\"add\",\"name\":\"bob\",\"trunk\":\"all\","
				    "\"password\":\"x\"}\n");
		apply_good(s, "{\"op\":\"set\",\"name\":\"bob\",\"enabled\":false}\n"
			      "{\"op\":\"del\",\"name\":\"alice\"}\n");
		assert_true(sw_store_each_changed(s, on_changed, on_gone, &c, &why));
		assert_int_equal(c.n_changed, 1);
		assert_string_equal(c.changed[0], "bob");
		assert_int_equal(c.n_gone, 1);
		assert_string_equal(c.gone[0], "alice");
		apply_good(s, "{\"op\":\"set\",\"name\":\"bob\",\"enabled\":true}\n");
		c = (struct changes){ 0 };
		assert_true(sw_store_each_changed(s, on_changed, on_gone, &c, &why));
		assert_int_equal(c.n_changed, 1);
		assert_int_equal(c.n_gone, 0);
		sw_store_close(s);
	}
}

static void put_bindings(struct sw_store *s, const struct sw_binding *b, size_t n)
{
	struct sw_store_why why = { 0 };

	assert_true(sw_store_begin(s, true, &why));
	for (size_t i = 0; i < n; i++)
		assert_true(sw_store_put_binding(s, &b[i], i + 1, &why));
	assert_true(sw_store_commit(s, &why));
}

static void bindings_go_with_their_user_and_its_addresses(void **state)
{
	static const struct {
		const char *name, *list;
		size_t left;
	} rows[] = {
		{ "a new password", "{\"op\":\"set\",\"name\":\"a\",\"password\":\"y\"}\n", 2 },
		{ "gone", "{\"op\":\"del\",\"name\":\"a\"}\n", 1 },
		{ "gone, and somebody of the same name came",
		  "{\"op\":\"del\",\"name\":\"a\"}\n{\"op\":\"add\",\"name\":\"a\","
		  "\"trunk\":\"all\",\"password\":\"x\"}\n",
		  1 },
		{ "off", "{\"op\":\"set\",\"name\":\"a\",\"enabled\":false}\n", 1 },
		{ "another address", "{\"op\":\"set\",\"name\":\"a\",\"aor\":[\"x\"]}\n", 1 },
		{ "one more address", "{\"op\":\"set\",\"name\":\"a\",\"aor\":[\"a\",\"x\"]}\n",
		  2 },
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(rows); i++) {
		struct sw_binding b[] = { binding_of(1, "a", 100), binding_of(2, "b", 100) };
		struct sw_store *s = store_of(false);

		print_message("%s\n", rows[i].name);
		apply_good(
			s,
			"{\"op\":\"add\",\"name\":\"a\",\"trunk\":\"all\",\"password\":\"x\"}\n"
			"{\"op\":\"add\",\"name\":\"b\",\"trunk\":\"all\",\"password\":\"x\"}\n");
		put_bindings(s, b, 2);
		apply_good(s, rows[i].list);
		assert_int_equal(bindings_of(s), rows[i].left);
		sw_store_close(s);
		assert_int_equal(unlink(path_of("s.db")), 0);
	}
}

static bool keep_one(void *arg, const struct sw_binding *b)
{
	*(struct sw_binding *)arg = *b;
	return false;
}

static void a_binding_comes_back_whole(void **state)
{
	struct sw_store *s = store_of(false);
	struct sw_binding b = binding_of(UINT64_MAX, "alice", 2000000000), got;
	struct sw_store_why why;

	(void)state;
	put_bindings(s, &b, 1);
	sw_store_close(s);
	s = store_of(false);
	assert_true(sw_store_each_binding(s, keep_one, &got, &why));
	assert_memory_equal(&b, &got, sizeof(b));
	sw_store_close(s);
}

static void a_binding_is_replaced_by_its_id_and_dropped_by_it(void **state)
{
	struct sw_store *s = store_of(false);
	struct sw_binding b[] = { binding_of(1, "alice", 100), binding_of(2, "alice", 200),
				  binding_of(1, "alice", 300) };
	struct sw_store_why why = { 0 };

	(void)state;
	put_bindings(s, b, SW_ARRAY_LEN(b));
	assert_int_equal(bindings_of(s), 2);
	assert_true(sw_store_drop_binding(s, 1, (struct sw_store_stamp){ 9, { 0 } }, &why));
	assert_true(sw_store_drop_binding(s, 77, (struct sw_store_stamp){ 9, { 0 } }, &why));
	assert_int_equal(bindings_of(s), 1);
	sw_store_close(s);
}

static void ended_bindings_go_and_those_of_connections_at_a_start(void **state)
{
	struct sw_store *s = store_of(false);
	struct sw_binding b[] = { binding_of(1, "alice", 100), binding_of(2, "alice", 200),
				  binding_of(3, "alice", 300) };
	struct sw_store_why why = { 0 };

	(void)state;
	b[2].flow = 9;
	put_bindings(s, b, SW_ARRAY_LEN(b));
	assert_true(sw_store_drop_ended(s, (struct sw_wall){ 100 * SW_US_PER_S }, false, &why));
	assert_int_equal(bindings_of(s), 2);
	assert_true(sw_store_drop_ended(s, (struct sw_wall){ 100 * SW_US_PER_S }, true, &why));
	assert_int_equal(bindings_of(s), 1);
	sw_store_close(s);
}

static void memory_keeps_no_bindings(void **state)
{
	struct sw_store *s = store_of(true);
	struct sw_binding b = binding_of(1, "alice", 100);

	(void)state;
	assert_string_equal(sw_store_name(s), "memory");
	put_bindings(s, &b, 1);
	assert_int_equal(bindings_of(s), 0);
	sw_store_close(s);
}

static void the_realm_changes_only_while_nobody_is_there(void **state)
{
	struct sw_store *s = store_of(true);
	struct sw_store_why why = { 0 };

	(void)state;
	assert_true(sw_store_set_realm(s, SW_LIT("example.org"), &why));
	assert_true(sw_store_set_realm(s, SW_LIT("example.com"), &why));
	apply_good(s, ALICE);
	assert_true(sw_store_set_realm(s, SW_LIT("example.com"), &why));
	assert_false(sw_store_set_realm(s, SW_LIT("example.org"), &why));
	assert_int_equal(why.trouble, SW_STORE_REALM);
	sw_store_close(s);
}

/* The octets of a password, of its hashes and of the key stand in no file of the store. */
static void assert_nowhere(const char *path, const void *secret, size_t n)
{
	static char octets[1 << 20];
	int fd = open(path, O_RDONLY);
	ssize_t got = fd < 0 ? 0 : read(fd, octets, sizeof(octets));

	if (fd >= 0)
		close(fd);
	assert_null(memmem(octets, (size_t)got, secret, n));
}

static void no_secret_stands_in_the_files(void **state)
{
	struct sw_store *s = store_of(false);
	struct sw_store_why why = { 0 };
	struct sw_user u;

	(void)state;
	apply_good(s, ALICE);
	assert_int_equal(sw_store_user(s, SW_LIT("alice"), &u, &why), SW_STORE_ROW);
	for (int i = 0; i < 2; i++) {
		const char *path = path_of(i == 0 ? "s.db" : "s.db-wal");

		assert_nowhere(path, "wren-cobalt-71", 14);
		assert_nowhere(path, test_key, sizeof(test_key));
		for (unsigned form = 0; form < SW_FORM_COUNT; form++)
			for (unsigned alg = SW_ALG_MD5; alg < SW_ALG_COUNT; alg++)
				assert_nowhere(path, u.ha1[form][alg].octets, 16);
	}
	sw_store_close(s);
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_begin, folder_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(users_come_out_as_they_went_in),
		IN_FOLDER(what_is_rolled_back_was_never_there),
		IN_FOLDER(the_last_list_tells_who_it_changed),
		IN_FOLDER(a_binding_comes_back_whole),
		IN_FOLDER(a_binding_is_replaced_by_its_id_and_dropped_by_it),
		IN_FOLDER(ended_bindings_go_and_those_of_connections_at_a_start),
		IN_FOLDER(memory_keeps_no_bindings),
		IN_FOLDER(bindings_go_with_their_user_and_its_addresses),
		IN_FOLDER(the_realm_changes_only_while_nobody_is_there),
		IN_FOLDER(no_secret_stands_in_the_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
