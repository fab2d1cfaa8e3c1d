/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward reload` and `sipward stop`: tell the door, and wait until it is done. */
#include <poll.h>
#include <stdio.h>

#include "cmd/door.h"
#include "cmd/options.h"
#include "cmd/talk.h"

#define RELOAD_S 60
#define STOP_S   20 /* the door drains for at most 10 s */
#define LOOK_MS  50

struct order {
	const char *control, *conf;
	bool json;
	struct sw_door door;
	int status;
	json_t *body; /* owned */
};

static enum sw_exit read_order(int argc, char **argv, struct order *o)
{
	const struct sw_option list[] = {
		{ .name = "json", .flag = &o->json },
		{ .name = "control", .value = &o->control },
		{ .name = "config", .letter = 'c', .value = &o->conf },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (code == SW_EXIT_OK && words > 0)
		return sw_options_wrong(argv[0], "it takes options only, not", argv[1]);
	return code;
}

/* Which door is meant. */
static enum sw_exit find(int argc, char **argv, struct order *o)
{
	enum sw_exit code = read_order(argc, argv, o);

	return code == SW_EXIT_OK ? sw_door_find(o->control, o->conf, false, &o->door) : code;
}

static enum sw_exit tell(struct order *o, const char *target, int timeout_s)
{
	return sw_door_ask(&o->door, "POST", target, timeout_s, &o->status, &o->body);
}

/* The diagnostics as `check` prints them. */
static void say_text(const json_t *of)
{
	const char *text = json_string_value(json_object_get(of, "text"));
	size_t n = text ? strlen(text) : 0;

	if (n > 0)
		fprintf(stderr, "%s%s", text, text[n - 1] == '\n' ? "" : "\n");
}

static void say_reloaded(const json_t *body)
{
	say_text(body);
	(void)printf("reloaded   generation %lld serves\n",
		     (long long)json_integer_value(json_object_get(body, "generation")));
}

static void say_refused(const json_t *body)
{
	say_text(json_object_get(body, "error"));
	fprintf(stderr, "sipward reload: refused; the door goes on with what it had.\n");
}

static enum sw_exit reload(int argc, char **argv, struct order *o)
{
	enum sw_exit code = find(argc, argv, o);

	if (code == SW_EXIT_OK)
		code = tell(o, "/v1/reload", RELOAD_S);
	if (code != SW_EXIT_OK)
		return code;
	if (o->json)
		sw_door_print(o->body);
	else if (o->status == 200)
		say_reloaded(o->body);
	if (o->status == 200)
		return SW_EXIT_OK;
	if (o->status == 422) {
		say_refused(o->body);
		return SW_EXIT_CONF;
	}
	sw_door_complain("reload", o->status, o->body);
	return SW_EXIT_FAILED;
}

int sw_cmd_reload(int argc, char **argv)
{
	struct order o = { 0 };
	enum sw_exit code = reload(argc, argv, &o);

	json_decref(o.body);
	return (int)code;
}

/* Until nobody listens there any more. */
static bool wait_until_gone(const char *path)
{
	for (int left = STOP_S * 1000; left > 0; left -= LOOK_MS) {
		if (sw_talk_try(path, NULL) == SW_TALK_DEAD)
			return true;
		(void)poll(NULL, 0, LOOK_MS);
	}
	return false;
}

static void say_stopped(const struct order *o, const struct sw_talk_peer *was)
{
	json_t *answer;

	if (!o->json) {
		(void)printf("stopped  pid %ld  %s\n", was->pid, o->door.path);
		return;
	}
	answer = json_pack("{s:b, s:I, s:s}", "stopped", 1, "pid", (json_int_t)was->pid, "control",
			   o->door.path);
	sw_door_print(answer);
	json_decref(answer);
}

static enum sw_exit stop(int argc, char **argv, struct order *o)
{
	struct sw_talk_peer peer;
	enum sw_exit code = find(argc, argv, o);

	if (code != SW_EXIT_OK)
		return code;
	(void)sw_talk_try(o->door.path, &peer);
	code = tell(o, "/v1/stop", STOP_S);
	if (code != SW_EXIT_OK)
		return code;
	if (o->status != 202) {
		sw_door_complain("stop", o->status, o->body);
		return SW_EXIT_FAILED;
	}
	if (!wait_until_gone(o->door.path)) {
		fprintf(stderr,
			"sipward stop: %s: the door was told and still runs; see its log.\n",
			o->door.path);
		return SW_EXIT_TIMEOUT;
	}
	say_stopped(o, &peer);
	return SW_EXIT_OK;
}

int sw_cmd_stop(int argc, char **argv)
{
	struct order o = { 0 };
	enum sw_exit code = stop(argc, argv, &o);

	json_decref(o.body);
	return (int)code;
}
