/* SPDX-License-Identifier: Apache-2.0 */
/* Each as a process and as a thread, over files of a directory of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "proc/load.h"
#include "proc/sandbox.h"
#include "share/area.h"
#include "share/ipc.h"

#define PASSWORD "canary-heron-4711"
#define KEY      "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static char directory[] = "/tmp/sipward-load-XXXXXX";
static char conf[64];

static const char *in(const char *name)
{
	static char path[16][128];
	static unsigned at;
	char *p = path[at++ % 16];

	(void)snprintf(p, sizeof(path[0]), "%s/%s", directory, name);
	return p;
}

static void put_mode(const char *name, const char *text, mode_t mode)
{
	FILE *f = fopen(in(name), "w");

	assert_non_null(f);
	(void)fputs(text, f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(chmod(in(name), mode), 0);
}

static void put(const char *name, const char *text)
{
	put_mode(name, text, 0600);
}

#define GOOD                                                                     \
	"realm example.com\nlisten udp 127.0.0.1:5060\nlisten tcp [::1]:5070\n"  \
	"store sqlite /var/lib/x.db\nseal-key file:key\nlimit connections 500\n" \
	"admin 127.0.0.1:7060\nworkers 2\ninclude d/*.conf\n"                    \
	"phones staff {\naccept digest\nuser alice file:password\n}\n"

static int set_up(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(directory));
	(void)snprintf(conf, sizeof(conf), "%s/door.conf", directory);
	assert_int_equal(mkdir(in("d"), 0700), 0);
	return 0;
}

static int files(void **state)
{
	(void)state;
	put("door.conf", GOOD);
	put("d/a.conf", "# nothing\n");
	put("d/b.conf", "phones b {\naccept digest md5\n}\n");
	put("password", PASSWORD "\n");
	put("key", KEY "\n");
	return 0;
}

static int tear_down(void **state)
{
	static const char *const names[] = { "door.conf", "d/a.conf", "d/b.conf", "password",
					     "key" };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(names); i++)
		(void)unlink(in(names[i]));
	(void)rmdir(in("d"));
	return rmdir(directory);
}

static struct sw_load_setting setting_of(bool is_thread)
{
	return (struct sw_load_setting){
		.path = conf, .is_first = true, .is_thread = is_thread, .user = geteuid()
	};
}

static const char *how(bool is_thread)
{
	return is_thread ? "thread" : "process";
}

typedef void (*check_fn)(struct sw_load *l, const struct sw_load_result *result);

static void load(const struct sw_load_setting *setting, check_fn check)
{
	struct sw_load_watch seen = { 0 };
	struct sw_why why = { "" };
	struct sw_load *l = sw_load_run(setting, &seen, &why);

	assert_string_equal(why.text, "");
	assert_non_null(l);
	check(l, sw_load_result(l));
	sw_load_free(l);
	sw_load_watch_free(&seen);
}

static void both(check_fn check)
{
	for (int thread = 0; thread < 2; thread++) {
		struct sw_load_setting setting = setting_of(thread);

		print_message("%s\n", how(thread));
		load(&setting, check);
	}
}

static bool has(int fd, struct sw_slice what)
{
	struct sw_area area;
	bool found;

	assert_true(sw_area_read(&area, fd, 1 << 24));
	found = memmem(area.p, area.n, what.p, what.n) != NULL;
	sw_area_close(&area);
	return found;
}

static void is_loaded(struct sw_load *l, const struct sw_load_result *result)
{
	static const uint8_t none[SW_SEED_LEN];
	const struct sw_facts *f = &result->report->facts;
	const struct sw_load_secrets *secrets = &result->report->secrets;

	(void)l;
	assert_string_equal(result->why.text, "");
	assert_int_equal(result->end, SW_LOAD_LOADED);
	assert_int_equal(f->listeners, 2);
	assert_int_equal(f->listener[1].transport, SW_TCP);
	assert_int_equal(f->listener[1].addr.port, 5070);
	assert_int_equal(f->listener[1].place.line, 3);
	assert_string_equal(sw_facts_text(f, f->listener[1].place.file).p, conf);
	assert_string_equal(sw_facts_text(f, f->store).p, "/var/lib/x.db");
	assert_string_equal(sw_facts_text(f, f->control).p, "/run/sipward/control.sock");
	assert_int_equal(f->workers, 2);
	assert_int_equal(f->connections_max, 500);
	assert_int_equal(f->place[SW_FACTS_LIMIT].line, 6);
	assert_int_equal(f->admin.port, 7060);
	assert_true(f->has_seal);
	assert_true(secrets->has_seal);
	assert_int_equal(secrets->seal[31], 0x1f);
	assert_memory_not_equal(secrets->seed, none, sizeof(none));
	assert_int_equal(result->report->warnings, 1);
	assert_non_null(strstr(result->report->shown, "warning SW001"));
	assert_int_equal(strncmp(result->report->lines, "W ", 2), 0);
	assert_null(strchr(strchr(result->report->lines, '\n') + 1, '\n'));
}

static void a_load_gives_documents_facts_and_secrets(void **state)
{
	(void)state;
	both(is_loaded);
}

static void roles_can_build_from_it(struct sw_load *l, const struct sw_load_result *result)
{
	struct sw_wall now = sw_clock_wall();
	struct sw_document_head head;
	struct sw_why why = { "" };
	struct sw_conf *c;
	static const uint8_t none[sizeof(c->policy.user[0].ha1)];
	int document, bare;

	sw_load_take(l, &document, &bare);
	assert_int_equal(result->document, -1);
	c = sw_conf_from_document(document, &head, now, &why);
	assert_string_equal(why.text, "");
	assert_non_null(c);
	assert_int_equal(c->policy.users, 1);
	assert_int_equal(c->policy.user[0].algs[SW_FORM_NAME], SW_ALG_STRONG);
	assert_int_equal(c->policy.trunks, 2);
	assert_true(c->seal.is_withheld);
	sw_conf_free(c);
	c = sw_conf_from_document(bare, &head, now, &why);
	assert_non_null(c);
	assert_true(head.is_bare);
	assert_int_equal(c->policy.user[0].algs[SW_FORM_NAME], SW_ALG_STRONG);
	assert_memory_equal(c->policy.user[0].ha1, none, sizeof(none));
	sw_conf_free(c);
	assert_false(sw_document_is_same(document, bare));
	assert_true(sw_document_is_same(document, document));
	close(document);
	close(bare);
}

static void roles_build_their_snapshots_from_the_documents(void **state)
{
	(void)state;
	both(roles_can_build_from_it);
}

static void has_no_secret(struct sw_load *l, const struct sw_load_result *result)
{
	uint8_t key[SW_SEAL_KEY];

	(void)l;
	for (size_t i = 0; i < sizeof(key); i++)
		key[i] = (uint8_t)i;
	for (int i = 0; i < 2; i++) {
		int fd = i ? result->bare : result->document;

		assert_false(has(fd, SW_LIT("heron")));
		assert_false(has(fd, SW_LIT("1c1d1e1f")));
		assert_false(has(fd, (struct sw_slice){ (char *)key, sizeof(key) }));
		assert_true(has(fd, SW_LIT("user alice file:password")));
	}
}

static void no_password_and_no_seal_key_is_in_a_document(void **state)
{
	(void)state;
	both(has_no_secret);
}

static void has_no_secrets(struct sw_load *l, const struct sw_load_result *result)
{
	static const struct sw_load_secrets none;

	(void)l;
	assert_int_equal(result->end, SW_LOAD_LOADED);
	assert_memory_equal(&result->report->secrets, &none, sizeof(none));
	assert_true(result->report->facts.has_seal);
}

static void only_the_first_load_gives_the_secrets(void **state)
{
	struct sw_load_setting setting = setting_of(false);

	(void)state;
	setting.is_first = false;
	load(&setting, has_no_secrets);
}

static uint8_t seed[2][SW_SEED_LEN], seal_check[2][SW_SEAL_CHECK];
static int at;

static void note_keys(struct sw_load *l, const struct sw_load_result *result)
{
	(void)l;
	assert_int_equal(result->end, SW_LOAD_LOADED);
	memcpy(seed[at], result->report->secrets.seed, SW_SEED_LEN);
	memcpy(seal_check[at++], result->report->facts.seal_check, SW_SEAL_CHECK);
}

static void the_seed_comes_from_the_seal_key_where_there_is_one(void **state)
{
	struct sw_load_setting setting = setting_of(false);

	(void)state;
	at = 0;
	load(&setting, note_keys);
	load(&setting, note_keys);
	assert_memory_equal(seed[0], seed[1], SW_SEED_LEN);
	assert_memory_equal(seal_check[0], seal_check[1], SW_SEAL_CHECK);
	put("key", "another key of thirty-two octets");
	at = 1;
	load(&setting, note_keys);
	assert_memory_not_equal(seed[0], seed[1], SW_SEED_LEN);
	assert_memory_not_equal(seal_check[0], seal_check[1], SW_SEAL_CHECK);
	assert_int_equal(unlink(in("key")), 0);
	at = 0;
	load(&setting, note_keys);
	load(&setting, note_keys);
	assert_memory_not_equal(seed[0], seed[1], SW_SEED_LEN);
}

static void is_refused(struct sw_load *l, const struct sw_load_result *result)
{
	char first[200];

	(void)l;
	assert_int_equal(result->end, SW_LOAD_REFUSED);
	assert_int_equal(result->document, -1);
	assert_int_equal(result->report->errors, 1);
	assert_non_null(strstr(result->report->shown, "error SW201"));
	(void)snprintf(first, sizeof(first), "SW201\nthere is no key \"relam\" here\n%s:1:1\n",
		       conf);
	assert_int_equal(strncmp(result->report->answer, first, strlen(first)), 0);
	assert_int_equal(strncmp(result->report->lines, "E ", 2), 0);
}

static void a_configuration_with_an_error_is_refused_with_its_text(void **state)
{
	(void)state;
	put("door.conf", "relam example.com\n" GOOD);
	both(is_refused);
}

static const struct {
	const char *name, *file, *text; /* text NULL: the file is not there */
	mode_t mode;
	const char *rule;
} faults[] = {
	{ "no configuration", "door.conf", NULL, 0, "SW101" },
	{ "no password", "password", NULL, 0, "SW022" },
	{ "a password that others can read", "password", PASSWORD, 0644, "SW027" },
	{ "an empty password", "password", "", 0600, "SW023" },
	{ "a seal key that is none", "key", "short", 0600, "SW030" },
	{ "an include that others can change", "d/a.conf", "# x\n", 0666, "SW115" },
	{ "an include with a fault", "d/b.conf", "phones b {\n", 0600, "SW109" },
};

static const char *rule;

static void has_rule(struct sw_load *l, const struct sw_load_result *result)
{
	(void)l;
	assert_int_equal(result->end, SW_LOAD_REFUSED);
	assert_non_null(strstr(result->report->shown, rule));
	assert_null(strstr(result->report->shown, PASSWORD));
}

static void faults_of_files_are_told_as_over_the_disk(void **state)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(faults); i++) {
		(void)files(state);
		print_message("%s\n", faults[i].name);
		if (faults[i].text)
			put_mode(faults[i].file, faults[i].text, faults[i].mode);
		else
			assert_int_equal(unlink(in(faults[i].file)), 0);
		rule = faults[i].rule;
		both(has_rule);
	}
}

/* What is no file must not make the parent wait. */
static void a_pipe_and_a_directory_are_refused_at_once(void **state)
{
	(void)state;
	rule = "SW022";
	assert_int_equal(unlink(in("password")), 0);
	assert_int_equal(mkfifo(in("password"), 0600), 0);
	both(has_rule);
	assert_int_equal(unlink(in("password")), 0);
	assert_int_equal(mkdir(in("password"), 0700), 0);
	both(has_rule);
	assert_int_equal(rmdir(in("password")), 0);
}

static const char *give(void *arg, const char *name)
{
	return strcmp(name, "DEMO") == 0 ? arg : NULL;
}

/* With all that the machine has: what conf does is on its list. */
static bool enter_the_sandbox(void *arg, int pair)
{
	const struct sw_sandbox_setting setting = { .parent = getppid() };
	struct sw_why why = { "" };
	uint32_t layers;

	(void)arg;
	(void)pair;
	if (sw_sandbox_enter(&setting, SW_BOX_CONF, &layers, &why))
		return true;
	print_message("%s\n", why.text);
	return false;
}

static void conf_works_in_its_sandbox(void **state)
{
	struct sw_load_setting setting = setting_of(false);

	(void)state;
	setting.enter = enter_the_sandbox;
	load(&setting, is_loaded);
	load(&setting, roles_can_build_from_it);
	put("door.conf", "relam example.com\n" GOOD);
	load(&setting, is_refused);
}

static void is_demo(struct sw_load *l, const struct sw_load_result *result)
{
	struct sw_document_head head;
	struct sw_why why;
	struct sw_conf *c;

	(void)l;
	assert_int_equal(result->end, SW_LOAD_LOADED);
	assert_true(result->report->facts.is_demo);
	assert_int_equal(result->report->facts.log_form, SW_LOG_JSON);
	assert_false(has(result->document, SW_LIT(PASSWORD)));
	c = sw_conf_from_document(result->document, &head, sw_clock_wall(), &why);
	assert_non_null(c);
	assert_true(head.is_demo);
	assert_int_equal(c->log.form, SW_LOG_JSON);
	assert_int_equal(c->policy.user[0].algs[SW_FORM_NAME], SW_ALG_STRONG);
	sw_conf_free(c);
}

static void a_text_and_its_environment_come_the_same_way(void **state)
{
	(void)state;
	for (int thread = 0; thread < 2; thread++) {
		struct sw_load_setting setting = setting_of(thread);

		setting.path = "demo.conf";
		setting.text = SW_LIT("realm localhost\nlisten udp 127.0.0.1\nstore memory\n"
				      "phones p {\naccept digest\nuser alice env:DEMO\n}\n");
		setting.env = give;
		setting.env_arg = (void *)(uintptr_t)PASSWORD;
		setting.log_form = SW_LOG_JSON;
		setting.is_demo = true;
		load(&setting, is_demo);
	}
}

/* What may go wrong with the process itself. The hook stands where it would be taken over. */

static bool refuse(void *arg, int pair)
{
	(void)arg;
	(void)pair;
	return false;
}

static bool die(void *arg, int pair)
{
	(void)arg;
	(void)pair;
	raise(SIGKILL);
	return true;
}

static bool leave(void *arg, int pair)
{
	(void)arg;
	(void)pair;
	_exit(0);
}

static bool hide(void *arg, int pair)
{
	(void)arg;
	close(pair);
	while (pause() < 0)
		continue;
	return false;
}

static bool ask_for_nothing(void *arg, int pair)
{
	(void)arg;
	return sw_ipc_send(pair, SW_IPC_LOAD_OPEN, 0, SW_LIT(""));
}

static bool ask_with_a_nul(void *arg, int pair)
{
	(void)arg;
	return sw_ipc_send(pair, SW_IPC_LOAD_OPEN, 0, SW_LIT("/etc/passwd\0x"));
}

static bool ask_for_more(void *arg, int pair)
{
	(void)arg;
	return sw_ipc_send(pair, SW_IPC_STOP, 0, SW_LIT("/"));
}

static bool hand_over_what_is_none(void *arg, int pair)
{
	int fd = sw_area_seal("x", SW_LIT("no report"));

	(void)arg;
	assert_true(sw_ipc_send_fd(pair, SW_IPC_LOAD_DONE, SW_LOAD_REPORT, SW_LIT(""), fd));
	_exit(0);
}

/* A report of the right length, whose facts say nothing. */
static bool hand_over_empty_facts(void *arg, int pair)
{
	static struct sw_load_report report = { .version = SW_LOAD_VERSION, .end = SW_LOAD_LOADED };
	struct sw_slice octets = { (char *)&report, sizeof(report) };

	(void)arg;
	for (uint32_t i = 0; i < SW_LOAD_PARTS; i++)
		assert_true(sw_ipc_send_fd(pair, SW_IPC_LOAD_DONE, i, SW_LIT(""),
					   sw_area_seal("x", octets)));
	_exit(0);
}

static bool hand_over_what_can_change(void *arg, int pair)
{
	static struct sw_load_report report = { .version = SW_LOAD_VERSION,
						.end = SW_LOAD_REFUSED };
	struct sw_area area;
	int fd;

	(void)arg;
	assert_true(sw_area_make_fd(&area, &fd, "x", sizeof(report), 0));
	memcpy(area.p, &report, sizeof(report));
	assert_true(sw_ipc_send_fd(pair, SW_IPC_LOAD_DONE, SW_LOAD_REPORT, SW_LIT(""), fd));
	_exit(0);
}

static const struct {
	const char *name;
	bool (*enter)(void *arg, int pair);
	const char *says;
} ends[] = {
	{ "it cannot begin", refuse, "could not begin" },
	{ "a signal", die, "signal 9" },
	{ "an end without a word", leave, "handed nothing over" },
	{ "a closed pair", hide, "signal 9" },
	{ "no path", ask_for_nothing, "no configuration has" },
	{ "half a path", ask_with_a_nul, "no configuration has" },
	{ "a message of others", ask_for_more, "no configuration has" },
	{ "a report of another kind", hand_over_what_is_none, "handed nothing over" },
	{ "facts that are none", hand_over_empty_facts, "no configuration can say" },
	{ "a report that could change", hand_over_what_can_change, "handed nothing over" },
};

static const char *says;

static void has_failed(struct sw_load *l, const struct sw_load_result *result)
{
	(void)l;
	assert_int_equal(result->end, SW_LOAD_FAILED);
	assert_null(result->report);
	assert_int_equal(result->document, -1);
	assert_non_null(strstr(result->why.text, says));
}

static void a_process_that_fails_or_lies_is_one_sentence(void **state)
{
	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(ends); i++) {
		struct sw_load_setting setting = setting_of(false);

		print_message("%s\n", ends[i].name);
		setting.enter = ends[i].enter;
		says = ends[i].says;
		load(&setting, has_failed);
	}
}

static bool sleep_on(void *arg, int pair)
{
	(void)arg;
	(void)pair;
	while (pause() < 0)
		continue;
	return false;
}

static void a_load_that_takes_too_long_is_ended(void **state)
{
	struct sw_load_setting setting = setting_of(false);
	struct sw_mono late = { sw_clock_mono().us + (SW_LOAD_WAIT_MS + 1) * UINT64_C(1000) };
	struct sw_load_watch seen = { 0 };
	struct sw_why why = { "" };
	struct sw_loop loop;
	struct sw_load *l;

	(void)state;
	setting.enter = sleep_on;
	assert_true(sw_loop_init(&loop));
	l = sw_load_start(&setting, &seen, &loop, &why);
	assert_non_null(l);
	sw_loop_turn(&loop, 20);
	assert_null(sw_load_done(l, sw_clock_mono()));
	assert_true(sw_load_wait_ms(l, sw_clock_mono()) > 9000);
	assert_int_equal(sw_load_wait_ms(l, late), 0);
	assert_non_null(sw_load_done(l, late));
	assert_int_equal(sw_load_result(l)->end, SW_LOAD_FAILED);
	assert_non_null(strstr(sw_load_result(l)->why.text, "in time"));
	assert_int_equal(sw_load_wait_ms(l, late), -1);
	sw_load_free(l);
	sw_loop_close(&loop);
	sw_load_watch_free(&seen);
}

static void a_load_can_be_given_up(void **state)
{
	(void)state;
	for (int thread = 0; thread < 2; thread++) {
		struct sw_load_setting setting = setting_of(thread);
		struct sw_load_watch seen = { 0 };
		struct sw_why why = { "" };
		struct sw_loop loop;

		assert_true(sw_loop_init(&loop));
		sw_load_free(sw_load_start(&setting, &seen, &loop, &why));
		assert_string_equal(why.text, "");
		sw_loop_close(&loop);
		sw_load_watch_free(&seen);
	}
}

static void a_descriptor_that_is_no_document_gives_no_snapshot(void **state)
{
	struct sw_why why = { "" };
	int null = open("/dev/null", O_RDONLY), text = sw_area_seal("x", SW_LIT("realm x\n"));
	int empty = sw_area_seal("x", SW_LIT("")), fds[] = { -1, null, text, empty };

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(fds); i++) {
		why.text[0] = '\0';
		assert_null(sw_conf_from_document(fds[i], NULL, sw_clock_wall(), &why));
		assert_string_not_equal(why.text, "");
	}
	assert_false(sw_document_is_same(null, null));
	close(null);
	close(text);
	close(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_load_gives_documents_facts_and_secrets, files),
		cmocka_unit_test_setup(roles_build_their_snapshots_from_the_documents, files),
		cmocka_unit_test_setup(no_password_and_no_seal_key_is_in_a_document, files),
		cmocka_unit_test_setup(only_the_first_load_gives_the_secrets, files),
		cmocka_unit_test_setup(the_seed_comes_from_the_seal_key_where_there_is_one, files),
		cmocka_unit_test_setup(a_configuration_with_an_error_is_refused_with_its_text,
				       files),
		cmocka_unit_test_setup(faults_of_files_are_told_as_over_the_disk, files),
		cmocka_unit_test_setup(a_pipe_and_a_directory_are_refused_at_once, files),
		cmocka_unit_test_setup(conf_works_in_its_sandbox, files),
		cmocka_unit_test_setup(a_text_and_its_environment_come_the_same_way, files),
		cmocka_unit_test_setup(a_process_that_fails_or_lies_is_one_sentence, files),
		cmocka_unit_test_setup(a_load_that_takes_too_long_is_ended, files),
		cmocka_unit_test_setup(a_load_can_be_given_up, files),
		cmocka_unit_test(a_descriptor_that_is_no_document_gives_no_snapshot),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
