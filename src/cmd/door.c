/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/door.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "share/clock.h"

#define ERRORS_MAX 20
#define SILENCE_S  60 /* the door says something every 15 s */

void sw_door_demo_path(char *out, size_t cap)
{
	(void)snprintf(out, cap, "/tmp/sipward-demo-%u.sock", (unsigned)getuid());
}

/* Room for the end of the string too. */
static bool set_path(struct sw_door *d, struct sw_slice path)
{
	struct sw_buf b = sw_buf_over(d->path, sizeof(d->path));

	sw_buf_put(&b, path);
	sw_buf_char(&b, '\0');
	return sw_buf_ok(&b);
}

static enum sw_exit say_too_long(const char *path)
{
	fprintf(stderr, "sipward: %s: too long for a socket; at most 107 octets.\n", path);
	return SW_EXIT_USAGE;
}

static enum sw_exit look_at(const struct sw_door *d, bool quiet)
{
	if (sw_talk_try(d->path, NULL) != SW_TALK_DEAD)
		return SW_EXIT_OK;
	if (!quiet)
		fprintf(stderr, "sipward: not running: nobody listens at %s.\n", d->path);
	return SW_EXIT_NOT_RUNNING;
}

/* A path that was named: there is no other to look for. */
static enum sw_exit take_named(const char *path, bool quiet, struct sw_door *out)
{
	return set_path(out, sw_slice_of(path)) ? look_at(out, quiet) : say_too_long(path);
}

/* The control socket that a configuration names; false: it does not say, diags says why. */
static bool read_control(const char *conf, struct sw_door *out, struct sw_diags *diags)
{
	struct sw_buf b = sw_buf_over(out->path, sizeof(out->path));
	bool known = sw_conf_control(&sw_conf_disk, conf, sw_clock_wall(), &b, diags);

	sw_buf_char(&b, '\0');
	return known && sw_buf_ok(&b);
}

/* A file with errors leaves open whether the door that runs is somewhere else. */
static enum sw_exit say_errors(const struct sw_diags *diags, const char *tried)
{
	sw_diags_print(stderr, diags, ERRORS_MAX);
	fprintf(stderr, "sipward: that file says where the door's control socket is");
	if (tried)
		fprintf(stderr, "; tried %s, where nobody listens", tried);
	fprintf(stderr, ". Say where it is:  --control PATH\n");
	return SW_EXIT_CONF;
}

static enum sw_exit take_conf(const char *conf, bool quiet, struct sw_door *out)
{
	struct sw_diags diags = { 0 };
	bool known = read_control(conf, out, &diags);
	enum sw_exit code = known ? look_at(out, quiet || diags.errors > 0) : SW_EXIT_NOT_RUNNING;

	if (code != SW_EXIT_OK && diags.errors > 0)
		code = quiet ? SW_EXIT_CONF : say_errors(&diags, known ? out->path : NULL);
	sw_diags_free(&diags);
	return code;
}

/* A socket in /tmp is ours only if the process behind it is. */
static bool is_demo_alive(const struct sw_door *demo)
{
	struct sw_talk_peer peer;

	return sw_talk_try(demo->path, &peer) == SW_TALK_ALIVE && peer.uid == (long)getuid();
}

static enum sw_exit say_two(const struct sw_door *demo, const struct sw_door *service)
{
	fprintf(stderr,
		"sipward: two doors run: the demo at %s and %s. Say which one:  --control PATH\n",
		demo->path, service->path);
	return SW_EXIT_USAGE;
}

/* No demo, and nobody at the service's socket; the configuration was read into diags. */
static enum sw_exit say_none(const struct sw_door *service, const struct sw_diags *diags,
			     bool quiet)
{
	bool has_conf = diags->n == 0 || diags->list[0].rule != SW_LINT_FILE_GONE;

	if (has_conf && diags->errors > 0)
		return quiet ? SW_EXIT_CONF : say_errors(diags, service->path);
	if (quiet)
		return SW_EXIT_NOT_RUNNING;
	fprintf(stderr, "sipward: not running: no demo of yours, and nobody listens at %s.",
		service->path);
	if (!has_conf)
		fprintf(stderr, " Start one:  %s serve --demo", sw_program);
	fputc('\n', stderr);
	return SW_EXIT_NOT_RUNNING;
}

static enum sw_exit choose(const struct sw_door *demo, const struct sw_door *service,
			   const struct sw_diags *diags, bool quiet, struct sw_door *out)
{
	bool has_demo = is_demo_alive(demo);
	bool has_service = sw_talk_try(service->path, NULL) != SW_TALK_DEAD;

	if (has_demo && has_service)
		return quiet ? SW_EXIT_USAGE : say_two(demo, service);
	if (!has_demo && !has_service)
		return say_none(service, diags, quiet);
	*out = has_demo ? *demo : *service;
	return SW_EXIT_OK;
}

enum sw_exit sw_door_choose(const struct sw_door *demo, const char *conf, bool quiet,
			    struct sw_door *out)
{
	struct sw_diags diags = { 0 };
	struct sw_door service;
	enum sw_exit code;

	if (!read_control(conf, &service, &diags))
		(void)set_path(&service, SW_LIT(SW_CONF_RUN SW_CONF_SOCKET));
	code = choose(demo, &service, &diags, quiet, out);
	sw_diags_free(&diags);
	return code;
}

enum sw_exit sw_door_find(const char *control, const char *conf, bool quiet, struct sw_door *out)
{
	const char *from_environment = getenv("SIPWARD_CONTROL");
	struct sw_door demo;

	if (control)
		return take_named(control, quiet, out);
	if (conf)
		return take_conf(conf, quiet, out);
	if (from_environment && from_environment[0] != '\0')
		return take_named(from_environment, quiet, out);
	sw_door_demo_path(demo.path, sizeof(demo.path));
	return sw_door_choose(&demo, SW_CONF_DEFAULT, quiet, out);
}

/* Takes the answer. */
static enum sw_exit read_body(const struct sw_door *d, struct sw_talk_answer *a, json_t **body)
{
	*body = json_loadb(a->body.p, a->body.n, JSON_REJECT_DUPLICATES, NULL);
	free(a->text);
	if (*body)
		return SW_EXIT_OK;
	fprintf(stderr, "sipward: %s: the door answered something that is no JSON.\n", d->path);
	return SW_EXIT_FAILED;
}

enum sw_exit sw_door_ask(const struct sw_door *d, const char *method, const char *target,
			 int timeout_s, int *status, json_t **body)
{
	struct sw_talk_answer a;
	enum sw_exit code = sw_talk_ask(d->path, method, target, timeout_s, &a);

	*body = NULL;
	if (code != SW_EXIT_OK)
		return code;
	*status = a.status;
	return read_body(d, &a, body);
}

enum sw_exit sw_door_send(const struct sw_door *d, const char *method, const char *target,
			  const struct sw_talk_body *send, int timeout_s, int *status,
			  json_t **body)
{
	struct sw_talk_answer a;
	enum sw_exit code = sw_talk_send(d->path, method, target, send, timeout_s, &a);

	*body = NULL;
	if (code != SW_EXIT_OK)
		return code;
	*status = a.status;
	return read_body(d, &a, body);
}

struct follow {
	sw_door_event_fn fn;
	void *arg;
};

static bool take_line(void *arg, struct sw_slice line)
{
	const struct follow *f = arg;
	const struct sw_slice mark = SW_LIT("data: ");
	struct sw_slice text = sw_slice_from(line, mark.n);
	bool more;
	json_t *event;

	if (!sw_slice_has_prefix(line, mark)) {
		if (line.n > 2) /* the door's remark to us */
			fprintf(stderr, "sipward:%.*s\n", (int)line.n - 1, line.p + 1);
		return true;
	}
	event = json_loadb(text.p, text.n, 0, NULL);
	more = !event || f->fn(f->arg, event);
	json_decref(event);
	return more;
}

enum sw_exit sw_door_follow(const struct sw_door *d, const char *target, sw_door_event_fn fn,
			    void *arg, int *status, json_t **body)
{
	struct follow f = { fn, arg };
	struct sw_talk_answer a;
	enum sw_exit code = sw_talk_stream(d->path, target, SILENCE_S, take_line, &f, &a);

	*status = a.status;
	*body = NULL;
	if (code == SW_EXIT_OK && a.status != 200)
		return read_body(d, &a, body);
	if (code == SW_EXIT_NOT_RUNNING && a.status == 200)
		fprintf(stderr, "sipward: %s: the door has ended the stream.\n", d->path);
	return code;
}

void sw_door_complain(const char *command, int status, const json_t *body)
{
	const json_t *error = json_object_get(body, "error");
	const char *message = json_string_value(json_object_get(error, "message"));

	if (message)
		fprintf(stderr, "sipward %s: %s\n", command, message);
	else
		fprintf(stderr, "sipward %s: the door answered %d and did not say why.\n", command,
			status);
}

void sw_door_print(const json_t *answer)
{
	(void)json_dumpf(answer, stdout, JSON_COMPACT);
	(void)putchar('\n');
}
