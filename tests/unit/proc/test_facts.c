/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/hash.h"
#include "proc/facts.h"

static enum sw_conf_got read_key(void *arg, const char *path, size_t max, struct sw_arena *arena,
				 struct sw_conf_file *out)
{
	(void)path;
	(void)max;
	if (!arg)
		return SW_CONF_MISSING;
	*out = (struct sw_conf_file){ .text = sw_arena_copy(arena, sw_slice_of(arg)),
				      .mode = 0600 };
	return SW_CONF_GOT;
}

#define MORE "phones p {\naccept digest\n}\n"

/* The facts of a text; key: what stands in the file of the seal key, or NULL. */
static struct sw_facts *facts_of(const char *text, const char *key)
{
	const struct sw_conf_source source = { .arg = (void *)(uintptr_t)key, .read = read_key };
	struct sw_facts *f = malloc(sizeof(*f));
	struct sw_hash *hash = sw_hash_new();
	struct sw_diags d = { 0 };
	struct sw_why why = { "" };
	struct sw_conf *c = sw_conf_load_text(&source, "door.conf", sw_slice_of(text),
					      SW_CONF_RUNTIME, hash, (struct sw_wall){ 0 }, &d);

	assert_non_null(f);
	if (!c)
		sw_diags_print(stderr, &d, 9);
	assert_non_null(c);
	assert_true(sw_facts_make(c, false, f, &why));
	assert_true(sw_facts_check(f, &why));
	sw_conf_free(c);
	sw_diags_free(&d);
	sw_hash_free(hash);
	return f;
}

#define KEY  "thirty-two octets that are a key"
#define TOP  "realm example.com\nlisten udp 192.0.2.1\n"
#define DOOR TOP "store sqlite /var/x.db\nrun /run/x\nlog file /var/log/x\n" MORE

static void facts_say_what_the_configuration_says(void **state)
{
	struct sw_facts *f = facts_of(DOOR, KEY);

	(void)state;
	assert_string_equal(sw_facts_text(f, f->realm).p, "example.com");
	assert_string_equal(sw_facts_text(f, f->run).p, "/run/x");
	assert_string_equal(sw_facts_text(f, f->control).p, "/run/x/control.sock");
	assert_string_equal(sw_facts_text(f, f->log).p, "/var/log/x");
	assert_string_equal(sw_facts_text(f, f->store).p, "/var/x.db");
	assert_string_equal(sw_facts_text(f, f->seal).p, "/etc/sipward/seal.key");
	assert_true(sw_facts_is_sqlite(f));
	assert_int_equal(f->listener[0].addr.port, 5060);
	assert_int_equal(f->place[SW_FACTS_STORE].line, 3);
	assert_int_equal(f->place[SW_FACTS_WORKERS].line, 0);
	assert_int_equal(f->capacity.users, 100000);
	free(f);
	f = facts_of(TOP "store memory\ntrunk t {\naccept digest\nenabled no\n}\n", NULL);
	assert_false(sw_facts_is_sqlite(f));
	assert_false(f->has_seal);
	assert_string_equal(sw_facts_text(f, f->log).p, "");
	free(f);
}

/* Each of them alone makes a record that is not believed. */
static void no_version(struct sw_facts *f)
{
	f->version = 0;
}
static void no_listener(struct sw_facts *f)
{
	f->listeners = 0;
}
static void many_listeners(struct sw_facts *f)
{
	f->listeners = SW_FACTS_LISTENERS + 1;
}
static void odd_transport(struct sw_facts *f)
{
	f->listener[0].transport = SW_TLS;
}
static void no_family(struct sw_facts *f)
{
	f->listener[0].addr.family = 0;
}
static void no_port(struct sw_facts *f)
{
	f->listener[0].addr.port = 0;
}
static void place_outside(struct sw_facts *f)
{
	f->listener[0].place.file.at = SW_FACTS_ROOM;
}
static void text_too_long(struct sw_facts *f)
{
	f->realm.n = UINT32_MAX;
}
static void text_to_the_end(struct sw_facts *f)
{
	f->realm.n = SW_FACTS_ROOM - f->realm.at;
}
static void text_with_nul(struct sw_facts *f)
{
	f->realm.n += f->run.n + 1;
}
static void text_without_end(struct sw_facts *f)
{
	f->realm.n--;
}
static void no_realm(struct sw_facts *f)
{
	f->realm.n = 0;
}
static void no_run(struct sw_facts *f)
{
	f->run.n = 0;
}
static void run_relative(struct sw_facts *f)
{
	f->room[f->run.at] = 'r';
}
static void control_relative(struct sw_facts *f)
{
	f->room[f->control.at] = '.';
}
static void log_relative(struct sw_facts *f)
{
	f->room[f->log.at] = '-';
}
static void store_relative(struct sw_facts *f)
{
	f->room[f->store.at] = '?';
}
static void escape_in_path(struct sw_facts *f)
{
	f->room[f->log.at + 1] = 0x1b;
}
static void line_end_in_place(struct sw_facts *f)
{
	f->room[f->place[0].file.at] = '\n';
}
static void room_too_full(struct sw_facts *f)
{
	f->used = SW_FACTS_ROOM + 1;
}
static void odd_form(struct sw_facts *f)
{
	f->log_form = 3;
}
static void odd_level(struct sw_facts *f)
{
	f->log_level = 5;
}
static void odd_sandbox(struct sw_facts *f)
{
	f->sandbox = 3;
}
static void many_workers(struct sw_facts *f)
{
	f->workers = 65;
}
static void no_capacity(struct sw_facts *f)
{
	f->capacity.nonces = 0;
}
static void much_capacity(struct sw_facts *f)
{
	f->capacity.users = UINT32_MAX;
}
static void no_connections(struct sw_facts *f)
{
	f->connections_max = 0;
}
static void more_connections(struct sw_facts *f)
{
	f->connections_max = 100001;
}
static void odd_flag(struct sw_facts *f)
{
	f->has_seal = 2;
}
static void odd_power(struct sw_facts *f)
{
	f->is_power = 0xff;
}

static void admin_beyond(struct sw_facts *f)
{
	f->admin = (struct sw_addr){ .family = SW_FAMILY_4, .port = 7060, .ip = { 192, 0, 2, 1 } };
}

static void long_control(struct sw_facts *f)
{
	f->control.at = f->used;
	f->control.n = 108;
	f->room[f->used] = '/';
	memset(f->room + f->used + 1, 'x', 107);
	f->room[f->used + 108] = '\0';
}

#define LIE(name)           \
	{                   \
#name, name \
	}

static const struct {
	const char *name;
	void (*tell)(struct sw_facts *f);
} lies[] = {
	LIE(no_version),      LIE(no_listener),    LIE(many_listeners),    LIE(odd_transport),
	LIE(no_family),       LIE(no_port),        LIE(place_outside),     LIE(text_too_long),
	LIE(text_to_the_end), LIE(text_with_nul),  LIE(text_without_end),  LIE(no_realm),
	LIE(no_run),          LIE(run_relative),   LIE(control_relative),  LIE(log_relative),
	LIE(store_relative),  LIE(escape_in_path), LIE(line_end_in_place), LIE(room_too_full),
	LIE(odd_form),        LIE(odd_level),      LIE(odd_sandbox),       LIE(many_workers),
	LIE(no_capacity),     LIE(much_capacity),  LIE(no_connections),    LIE(more_connections),
	LIE(odd_flag),        LIE(odd_power),      LIE(admin_beyond),      LIE(long_control),
};

static void facts_that_no_configuration_has_are_not_believed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(lies); i++) {
		struct sw_facts *f = facts_of(DOOR, KEY);
		struct sw_why why = { "" };

		print_message("%s\n", lies[i].name);
		lies[i].tell(f);
		assert_false(sw_facts_check(f, &why));
		assert_string_not_equal(why.text, "");
		free(f);
	}
}

static void a_record_of_any_octets_is_read_within_its_bounds(void **state)
{
	struct sw_facts *f = malloc(sizeof(*f));
	struct sw_why why;

	(void)state;
	assert_non_null(f);
	for (unsigned octet = 0; octet < 256; octet++) {
		memset(f, (int)octet, sizeof(*f));
		assert_false(sw_facts_check(f, &why));
		f->version = SW_FACTS_VERSION;
		assert_false(sw_facts_check(f, &why));
		assert_int_equal(sw_facts_text(f, f->run).n, 0);
		sw_facts_add_place(f, f->place[0], &why);
	}
	free(f);
}

static const struct {
	const char *name, *next, *key;
	bool has_users;
	const char *says; /* NULL: it may follow */
} steps[] = {
	{ "the same", DOOR, KEY, true, NULL },
	{ "another log, more workers",
	  "workers 3\n" TOP "store sqlite /var/x.db\nrun /run/x\n" MORE, KEY, true, NULL },
	{ "another realm without users",
	  "realm b\nlisten udp 192.0.2.1\nstore sqlite /var/x.db\nrun /run/x\n" MORE, KEY, false,
	  NULL },
	{ "another realm with users",
	  "realm b\nlisten udp 192.0.2.1\nstore sqlite /var/x.db\nrun /run/x\n" MORE, KEY, true,
	  "realm cannot change while the door runs (it is example.com)" },
	{ "another run directory", TOP "store sqlite /var/x.db\nrun /run/y\n" MORE, KEY, true,
	  "run cannot change while the door runs (it is /run/x): restart, or take the change back "
	  "(door.conf:4)" },
	{ "another control socket", TOP "store sqlite /var/x.db\nrun /run/x\ncontrol /c\n" MORE,
	  KEY, true, "control cannot change" },
	{ "another store", TOP "store sqlite /var/y.db\nrun /run/x\n" MORE, KEY, true,
	  "store cannot change while the door runs (it is /var/x.db)" },
	{ "another seal key", DOOR, "another key of thirty-two octets", true, "is another one" },
	{ "no seal key", DOOR, NULL, true, "is not there" },
};

static void what_others_know_cannot_change(void **state)
{
	struct sw_facts *now = facts_of(DOOR, KEY);

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(steps); i++) {
		struct sw_facts *next = facts_of(steps[i].next, steps[i].key);
		struct sw_why why = { "" };
		bool may = sw_facts_may_follow(now, next, steps[i].has_users, &why);

		print_message("%s\n", steps[i].name);
		assert_int_equal(may, steps[i].says == NULL);
		if (steps[i].says)
			assert_non_null(strstr(why.text, steps[i].says));
		free(next);
	}
	free(now);
}

static void what_is_settled_at_the_start_waits_for_the_next(void **state)
{
	struct sw_facts *first = facts_of(DOOR, KEY);
	struct sw_facts *next = facts_of("workers 2\nsandbox required\nadmin [::1]:7060\n"
					 "capacity users 5000\ncapacity connections 200000\n"
					 "limit connections 150000\n" TOP
					 "store sqlite /var/x.db durability power\n"
					 "run /run/x\nlog file /var/log/x\n" MORE,
					 KEY);
	static const char *const said[] = {
		"workers is 2 from the next start on, until then auto: restart the door (door.conf:1)",
		"capacity is users 5000, bindings 100000, nonces 100000, connections 200000 from",
		"sandbox is required from the next start on, until then auto",
		"store is durability power from the next start on, until then durability process: "
		"restart the door (door.conf:",
		"150000 connections from the next start on, until then 100000: restart the door "
		"(door.conf:6)",
	};
	struct sw_why why;

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(said); i++) {
		assert_true(sw_facts_waits(first, next, i, &why));
		assert_non_null(strstr(why.text, said[i]));
	}
	assert_false(sw_facts_waits(first, next, SW_ARRAY_LEN(said), &why));
	assert_false(sw_facts_waits(first, first, 0, &why));
	assert_int_equal(sw_facts_connections(first, next), 100000);
	assert_int_equal(sw_facts_connections(next, first), 10000);
	free(first);
	free(next);
}

static void a_limit_may_rise_as_far_as_there_is_room(void **state)
{
	struct sw_facts *first = facts_of("limit connections 10\n" DOOR, KEY);
	struct sw_facts *next = facts_of("limit connections 100000\n" DOOR, KEY);
	struct sw_why why;

	(void)state;
	assert_false(sw_facts_waits(first, next, 0, &why));
	assert_int_equal(sw_facts_connections(first, next), 100000);
	free(first);
	free(next);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts_say_what_the_configuration_says),
		cmocka_unit_test(facts_that_no_configuration_has_are_not_believed),
		cmocka_unit_test(a_record_of_any_octets_is_read_within_its_bounds),
		cmocka_unit_test(what_others_know_cannot_change),
		cmocka_unit_test(what_is_settled_at_the_start_waits_for_the_next),
		cmocka_unit_test(a_limit_may_rise_as_far_as_there_is_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
