/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cmd/screen.h"

/* 2026-11-23T08:16:00Z */
#define NOW ((struct sw_wall){ INT64_C(1795421760) * SW_US_PER_S })

static char room[SW_SCREEN_ROOM];

static const char *screen(const char *status)
{
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	json_t *o = json_loads(status, 0, NULL);

	assert_non_null(o);
	sw_screen_write(&b, o, NOW);
	json_decref(o);
	return sw_buf_text(&b);
}

#define HEAD                                                                    \
	"{\"version\":\"0.1.0\",\"pid\":4121,\"workers\":1,\"uptime_s\":90061," \
	"\"generation\":{\"number\":2,\"since\":\"2026-11-23T08:14:03.412Z\"},"

static void one_screen_says_what_matters(void **state)
{
	(void)state;
	assert_string_equal(
		screen(HEAD
		       "\"demo\":false,\"conf\":\"/etc/sipward/sipward.conf\",\"listeners\":["
		       "{\"transport\":\"udp\",\"address\":\"0.0.0.0:5060\",\"state\":\"ok\"},"
		       "{\"transport\":\"udp\",\"address\":\"[::]:5060\",\"state\":\"ok\"}],"
		       "\"trunks\":[{\"name\":\"people\",\"kind\":\"phones\",\"enabled\":true,"
		       "\"ways\":[\"digest sha-256\",\"digest md5\"],\"users\":1,\"last_seen\":"
		       "{\"ts\":\"2026-11-22T23:59:59.999Z\",\"factor\":\"digest\",\"alg\":\"md5\"},"
		       "\"last_refusal\":{\"ts\":\"2026-11-23T08:15:00.000Z\",\"reason\":"
		       "\"digest_wrong\",\"id\":\"7Q4KX2\"}},{\"name\":\"old\",\"enabled\":false,"
		       "\"ways\":[\"digest sha-256\"],\"users\":2,\"last_seen\":null,"
		       "\"last_refusal\":null}],\"registrations\":1,\"verdicts\":{\"refused\":1,"
		       "\"allowed\":3},\"reasons\":{\"ok\":3,\"digest_wrong\":1},\"warnings\":{"
		       "\"digest_md5\":3},\"send_failed\":0,\"events_lost\":0,\"log_failed\":0}"),
		"running  0.1.0  pid 4121  1 worker  generation 2 (08:14:03Z)  up 1 d 1 h 1 min 1 s\n"
		"conf     /etc/sipward/sipward.conf\n"
		"door     udp 0.0.0.0:5060 ok   udp [::]:5060 ok\n"
		"trunks   people  digest sha-256 or digest md5  1 user  last seen 2026-11-22 23:59:59Z "
		"by digest MD5  last refused 08:15:00Z digest_wrong, id 7Q4KX2\n"
		"         old  off  digest sha-256  2 users  last seen never\n"
		"now      1 registration\n"
		"judged   3 allowed, 0 challenged, 1 refused, 0 dropped\n"
		"reasons  digest_wrong 1\n"
		"warnings digest_md5 3\n");
}

#define ROLE(name, more) "{\"role\":\"" name "\"," more "}"

static void processes_tables_and_sandbox_are_on_it(void **state)
{
	(void)state;
	const char *text = screen(
		HEAD
		"\"demo\":true,\"listeners\":[{\"transport\":\"udp\",\"address\":"
		"\"0.0.0.0:5060\",\"state\":\"ok\",\"kernel_drops\":12}],"
		"\"store\":{\"name\":\"sqlite /x.db\",\"users\":3,\"up\":true,\"journal\":"
		"{\"waiting\":4,\"behind_ms\":12250}},\"sandbox\":\"seccomp, landlock 2\","
		"\"tables\":{\"users\":{\"used\":100,\"capacity\":100},\"bindings\":"
		"{\"used\":99,\"capacity\":100,\"stuck\":2,\"orphans\":1}},"
		"\"load\":{\"ok\":false,\"why\":\"sipward.conf:3: unknown key\"},\"roles\":[" ROLE("parent", "\"state\":\"ok\",\"restarts\":0") "," ROLE(
			"store",
			"\"state\":\"ok\",\"restarts\":3") "," ROLE("worker",
								    "\"worker\":0,\"pid\":4122,\"state\":\"ok\",\"busy\":0.123") "," ROLE("worker",
																	  "\"worker\":1,\"pid\":0,\"state\":\"down\",\"restarts\":1") "]}");
	static const char *const lines[] = {
		"door     udp 0.0.0.0:5060 ok, 12 dropped by the kernel\n",
		"store    sqlite /x.db  3 users  up, without the registrations of the last 12 s: "
		"they wait in journals beside it\n",
		"workers  0 pid 4122 busy 12 %   1 down, restarted once\n",
		"role     store ok, restarted 3 times\n",
		"sandbox  seccomp, landlock 2\n",
		"tables   users 100 of 100 (100 %)   bindings 99 of 100 (99 %)\n",
		"trouble  1 of 2 workers does not serve: part of what comes in gets no answer; "
		"the log says why\n",
		"trouble  no room for more users, new ones are refused: raise \"capacity users\" "
		"and start the door again\n",
		"trouble  bindings: a part of the table was not free within 50 ms: 2 times; "
		"who was changing it had died: 1 time\n",
		"load     the last one failed, the one before serves: sipward.conf:3: unknown key\n",
	};

	for (size_t i = 0; i < SW_ARRAY_LEN(lines); i++) {
		print_message("%s", lines[i]);
		assert_non_null(strstr(text, lines[i]));
	}
	assert_null(strstr(text, "parent"));
	assert_null(strstr(text, "more bindings"));
}

static void many_workers_are_told_in_one_line(void **state)
{
	static char status[8192];
	struct sw_buf b = sw_buf_over(status, sizeof(status));

	(void)state;
	sw_buf_str(&b, HEAD "\"demo\":true,\"roles\":[");
	for (unsigned i = 0; i < 64; i++) {
		sw_buf_str(&b, i > 0 ? "," : "");
		sw_buf_str(&b, "{\"role\":\"worker\",\"worker\":");
		sw_buf_u64(&b, i);
		sw_buf_str(&b, i == 40 ? ",\"state\":\"stuck\"}" : ",\"state\":\"ok\"}");
	}
	sw_buf_str(&b, "]}");
	const char *text = screen(sw_buf_text(&b));
	assert_non_null(strstr(text, "   40 stuck   and 55 more\n"));
}

static void trouble_is_shown_when_there_is_some(void **state)
{
	(void)state;
	screen(HEAD
	       "\"demo\":true,\"again\":5,\"send_failed\":2,\"events_lost\":7,\"log_failed\":1}");
	assert_non_null(strstr(room, "  demo\n"));
	assert_non_null(strstr(room, "trouble  2 answers that the kernel did not take\n"));
	assert_non_null(strstr(room, "0 dropped; came again: 5\n"));
	assert_non_null(strstr(room, "trouble  7 decisions"));
	assert_non_null(strstr(room, "trouble  1 lines of the log"));
	assert_null(strstr(room, "conf     "));
}

static void a_door_that_says_little_does_no_harm(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"trunks\":7,\"listeners\":{},\"reasons\":[],\"generation\":\"x\"}",
		"{\"trunks\":[null,{}],\"listeners\":[null],\"reasons\":{\"a\":\"b\"}}",
		"{\"uptime_s\":-1,\"pid\":-1,\"generation\":{\"since\":\"\"}}",
	};

	(void)state;
	for (size_t i = 0; i < SW_ARRAY_LEN(texts); i++)
		assert_memory_equal(screen(texts[i]), "running  ", 9);
}

static void many_trunks_are_cut_and_counted(void **state)
{
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	json_t *o = json_object(), *list = json_array();

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		json_array_append_new(list, json_pack("{s:s}", "name", "t"));
	json_object_set_new(o, "trunks", list);
	sw_screen_write(&b, o, NOW);
	json_decref(o);
	assert_non_null(strstr(sw_buf_text(&b), "and 60 more: --json has them\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_screen_says_what_matters),
		cmocka_unit_test(processes_tables_and_sandbox_are_on_it),
		cmocka_unit_test(many_workers_are_told_in_one_line),
		cmocka_unit_test(trouble_is_shown_when_there_is_some),
		cmocka_unit_test(a_door_that_says_little_does_no_harm),
		cmocka_unit_test(many_trunks_are_cut_and_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
