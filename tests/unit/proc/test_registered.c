/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings that the database kept, back into the location: by the real users, store and tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "proc/store_own.h"

#define ROOM 16

static const struct sw_mac_key key = { { 1 } };
static const struct sw_trunk staff = { .name = SW_INIT("staff"), .enabled = true };
static const struct sw_policy policy = { .trunk = &staff, .trunks = 1 };
static char path[64];
static struct sw_board_cell cell[SW_BOARD_ROLES];
static struct sw_store_start start;
static struct sw_store_role role;
static struct sw_users users;
static void *memory[3];
static bool is_busy;
static const struct sw_wall now = { 1000 * (int64_t)SW_US_PER_S };

static enum sw_lock_got take(void *arg, uint32_t shard)
{
	(void)arg;
	(void)shard;
	return is_busy ? SW_LOCK_BUSY : SW_LOCK_GOT;
}

static void give(void *arg, uint32_t shard)
{
	(void)arg;
	(void)shard;
}

static bool draw(void *out, size_t n)
{
	memset(out, 7, n);
	return true;
}

static void keep_binding(uint64_t id, const char *name)
{
	struct sw_binding b = { .id = id,
				.expires_s = 1200,
				.granted_s = 300,
				.transport = SW_UDP,
				.src = { SW_FAMILY_4, 5060, 0, { 192, 0, 2, 1 } },
				.at = { SW_FAMILY_4, 5060, 0, { 192, 0, 2, 2 } } };
	struct sw_store_why why = { 0 };

	b.aor_n = b.user_n = (uint16_t)strlen(name);
	memcpy(b.aor, name, b.aor_n);
	memcpy(b.user, name, b.user_n);
	b.text_n = (uint16_t)snprintf(b.text, sizeof(b.text), "<sip:a@x>");
	b.uri_at = 1;
	b.uri_n = 7;
	assert_true(sw_store_begin(role.store, true, &why));
	assert_true(sw_store_put_binding(role.store, &b, id, &why));
	assert_true(sw_store_commit(role.store, &why));
}

static bool count(void *arg, const struct sw_binding *b)
{
	*(unsigned *)arg += b != NULL;
	return true;
}

static unsigned in_database(void)
{
	struct sw_store_why why = { 0 };
	unsigned n = 0;

	assert_true(sw_store_each_binding(role.store, count, &n, &why));
	return n;
}

static void *zeroed(size_t n)
{
	void *m = calloc(1, n);

	assert_non_null(m);
	return m;
}

static int begin(void **unused)
{
	static const uint8_t seal[SW_SEAL_KEY] = { 1 };
	struct sw_user kim = { 0 };
	struct sw_store_why why = { 0 };

	(void)unused;
	(void)snprintf(path, sizeof(path), "/tmp/sipward-registered-%ld.db", (long)getpid());
	const struct sw_store_setting setting = { .kind = SW_STORE_SQLITE,
						  .path = path,
						  .realm = SW_INIT("example.com"),
						  .seal = seal,
						  .draw = draw };

	role = (struct sw_store_role){ .start = &start, .ask_fd = -1, .mac = sw_mac_new() };
	start = (struct sw_store_start){ .board.cell = cell };
	memory[0] = zeroed(sw_location_size(ROOM));
	memory[1] = zeroed(sw_users_size(&policy));
	memory[2] = zeroed(sw_users_kept_size(ROOM));
	sw_location_init(&start.location, memory[0], ROOM, &key);
	role.location = start.location;
	assert_true(sw_users_init(&users, &policy, memory[1], role.mac, &key));
	sw_users_kept_init(&users.kept, memory[2], ROOM);
	assert_true(sw_user_set_names(&kim, SW_LIT("kim"), SW_LIT("staff")));
	assert_int_equal(sw_users_put(&users, role.mac, &kim), SW_OK);
	users.kept.shards.locks = (struct sw_locks){ take, give, NULL };
	role.store = sw_store_open(&setting, &why);
	if (!role.store)
		fail_msg("%s", why.text);
	keep_binding(1, "kim");
	keep_binding(2, "nobody");
	return 0;
}

static int end(void **unused)
{
	(void)unused;
	is_busy = false;
	sw_store_close(role.store);
	sw_ending_free(&role.ending);
	sw_mac_free(role.mac);
	for (size_t i = 0; i < SW_ARRAY_LEN(memory); i++)
		free(memory[i]);
	return unlink(path);
}

static uint32_t loaded(void)
{
	struct sw_why why = { "" };

	if (!sw_registered_load(&role, &users, now, &why))
		fail_msg("%s", why.text);
	return sw_location_fill(&role.location).used;
}

static void what_is_nobodys_goes_from_the_database_too(void **unused)
{
	(void)unused;
	assert_int_equal(loaded(), 1);
	assert_int_equal(in_database(), 1);
}

static void whom_nobody_can_tell_keeps_its_binding(void **unused)
{
	(void)unused;
	is_busy = true;
	assert_int_equal(loaded(), 2);
	assert_int_equal(in_database(), 2);
	sw_registered_judge(&role, &users);
	assert_int_equal(sw_location_fill(&role.location).used, 2);
	assert_int_equal(role.ending.ends, 0);
	is_busy = false;
	sw_registered_judge(&role, &users);
	assert_int_equal(sw_location_fill(&role.location).used, 1);
	assert_int_equal(role.ending.ends, 1);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		CASE(what_is_nobodys_goes_from_the_database_too),
		CASE(whom_nobody_can_tell_keeps_its_binding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
