/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/reach.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/name.h"
#include "proc/database.h"
#include "proc/intake.h"
#include "proc/load.h"
#include "share/clock.h"
#include "store/people.h"

#define ERRORS_MAX   20
#define ASK_S        20
#define BEGINS_MS    50
#define BEGINS_TRIES 200
#define CHANGE_S     900 /* of a list of millions */
#define NAME_ROOM    ((size_t)3 * SW_NAME_MAX + 1)

/* Where the configuration is that a store is taken from while no door runs. */
static const char *conf_of(const struct sw_reach_by *by)
{
	return by->conf ? by->conf : SW_CONF_DEFAULT;
}

/* A socket that was named is where the door is, or nothing is. */
static bool is_named(const struct sw_reach_by *by)
{
	const char *from_environment = getenv("SIPWARD_CONTROL");

	return by->control || (!by->conf && from_environment && from_environment[0] != '\0');
}

static enum sw_exit ask_once(struct sw_reach *r)
{
	int status = 0;
	enum sw_exit code = sw_door_ask(&r->door, "GET", "/v1/status", ASK_S, &status, &r->status);

	if (code != SW_EXIT_OK || status == 200)
		return code;
	sw_door_complain(r->command, status, r->status);
	return SW_EXIT_FAILED;
}

/* A door that begins answers before it has its configuration, and knows no trunk until then. */
static enum sw_exit ask_status(struct sw_reach *r)
{
	enum sw_exit code = ask_once(r);

	for (unsigned i = 0; i < BEGINS_TRIES; i++) {
		if (code != SW_EXIT_OK || json_object_get(r->status, "generation"))
			return code;
		(void)poll(NULL, 0, BEGINS_MS);
		json_decref(r->status);
		r->status = NULL;
		code = ask_once(r);
	}
	if (code != SW_EXIT_OK || json_object_get(r->status, "generation"))
		return code;
	(void)fprintf(stderr, "sipward %s: the door has no configuration yet; try again\n",
		      r->command);
	return SW_EXIT_FAILED;
}

static enum sw_exit load_conf(struct sw_reach *r, const char *path, enum sw_reach_aim aim)
{
	struct sw_conf_source disk = sw_conf_disk;
	uid_t user = sw_load_user();
	struct sw_diags diags = { 0 };

	disk.arg = &user;
	r->hash = sw_hash_new();
	if (!r->hash) {
		(void)fprintf(stderr, "sipward %s: libcrypto does not give the hashes\n",
			      r->command);
		return SW_EXIT_FAILED;
	}
	r->conf = sw_conf_load(&disk, path, SW_CONF_RUNTIME, r->hash, sw_clock_wall(), &diags);
	if (!r->conf) {
		sw_diags_print(stderr, &diags, ERRORS_MAX);
		(void)fprintf(stderr,
			      "sipward %s: no door runs, and its store is what that file "
			      "says%s.\n",
			      r->command, aim == SW_REACH_CHANGE ? "; nothing was changed" : "");
	}
	sw_diags_free(&diags);
	return r->conf ? SW_EXIT_OK : SW_EXIT_CONF;
}

static enum sw_exit say_memory(const struct sw_reach *r)
{
	(void)fprintf(stderr,
		      "sipward %s: no door runs, and with  store memory  users last as long as it "
		      "does: start it first, or name a file:  store sqlite "
		      "/var/lib/sipward/sipward.db\n",
		      r->command);
	return SW_EXIT_NOT_RUNNING;
}

/* A file that is only to be read is not made for that: there is nobody in it. */
static bool is_not_made(const struct sw_reach *r)
{
	return access(r->conf->store.path.p, F_OK) != 0 && errno == ENOENT;
}

/* What the store cannot know: where it would be, and what makes it. */
static enum sw_exit say_no_key(const struct sw_reach *r)
{
	struct sw_slice path = r->conf->seal.path;

	(void)fprintf(stderr,
		      "sipward %s: there is no seal key, and users are sealed with it. Make it "
		      "once, and keep a copy:  (umask 027; openssl rand -hex 32 > '%.*s')\n",
		      r->command, (int)path.n, path.p);
	return SW_EXIT_CONF;
}

/* A door that was cut off has left registrations in its journals: they go with their users too. */
static enum sw_database read_left(struct sw_reach *r, struct sw_why *why)
{
	struct sw_store_why cause = { 0 };

	if (sw_intake_read_left(r->store, r->conf->store.path.p, &cause))
		return SW_DATABASE_OPEN;
	sw_store_close(r->store);
	r->store = NULL;
	(void)sw_why_say(why, "%s", cause.text);
	return SW_DATABASE_FAILED;
}

static enum sw_database open_as(struct sw_reach *r, enum sw_reach_aim aim, struct sw_why *why)
{
	if (aim == SW_REACH_TRY && is_not_made(r))
		return sw_database_open_empty(r->conf, &r->store, why);
	enum sw_database end = sw_database_open(r->conf, aim == SW_REACH_READ, &r->store, why);

	return end == SW_DATABASE_OPEN && aim == SW_REACH_CHANGE ? read_left(r, why) : end;
}

static enum sw_exit open_store(struct sw_reach *r, enum sw_reach_aim aim)
{
	struct sw_why why = { 0 };

	if (!r->conf->store.is_sqlite)
		return say_memory(r);
	if (aim == SW_REACH_READ && is_not_made(r))
		return SW_EXIT_OK;
	if (!r->conf->seal.has_key && r->conf->seal.path.p && is_not_made(r))
		return say_no_key(r);
	switch (open_as(r, aim, &why)) {
	case SW_DATABASE_OPEN:
		return SW_EXIT_OK;
	case SW_DATABASE_CONF:
		(void)fprintf(stderr, "sipward %s: %s\n", r->command, why.text);
		return SW_EXIT_CONF;
	case SW_DATABASE_FAILED:
		break;
	}
	(void)fprintf(stderr, "sipward %s: %s\n", r->command, why.text);
	return SW_EXIT_FAILED;
}

enum sw_exit sw_reach_find(struct sw_reach *r, const char *command, const struct sw_reach_by *by,
			   enum sw_reach_aim aim)
{
	enum sw_exit code = sw_door_find(by->control, by->conf, true, &r->door);

	r->command = command;
	if (code == SW_EXIT_OK) {
		r->is_door = true;
		return ask_status(r);
	}
	if (is_named(by) || code == SW_EXIT_USAGE) /* once more, aloud */
		return sw_door_find(by->control, by->conf, false, &r->door);
	code = load_conf(r, conf_of(by), aim);
	return code == SW_EXIT_OK ? open_store(r, aim) : code;
}

void sw_reach_close(struct sw_reach *r)
{
	json_decref(r->status);
	sw_store_close(r->store);
	if (r->conf)
		sw_conf_free(r->conf);
	if (r->hash)
		sw_hash_free(r->hash);
	*r = (struct sw_reach){ 0 };
}

struct sw_slice sw_reach_realm(const struct sw_reach *r)
{
	const char *realm;

	if (!r->is_door)
		return r->conf->policy.realm;
	realm = json_string_value(json_object_get(r->status, "realm"));
	return sw_slice_of(realm ? realm : "");
}

bool sw_reach_forgets(const struct sw_reach *r)
{
	const json_t *store = json_object_get(r->status, "store");
	const char *name = json_string_value(json_object_get(store, "name"));

	return name && strcmp(name, "memory") == 0;
}

/* A door that does not say takes all. */
static unsigned algs_of(const json_t *list)
{
	const json_t *one;
	unsigned algs = 0;
	size_t i;

	json_array_foreach(list, i, one)
	{
		const char *word = json_string_value(one);
		struct sw_alg_form form;

		if (word && sw_alg_find_word(sw_slice_of(word), &form))
			algs |= SW_ALG_BIT(form.alg);
	}
	return list ? algs : SW_ALG_ALL;
}

static bool trunk_of_door(const struct sw_reach *r, size_t i, struct sw_reach_trunk *out)
{
	const json_t *t = json_array_get(json_object_get(r->status, "trunks"), i);
	const char *kind = json_string_value(json_object_get(t, "kind"));

	const char *name = json_string_value(json_object_get(t, "name"));

	if (!name)
		return false;
	out->name = sw_slice_of(name);
	out->is_phones = kind && strcmp(kind, "phones") == 0;
	out->algs = algs_of(json_object_get(t, "algorithms"));
	return true;
}

bool sw_reach_trunk(const struct sw_reach *r, size_t i, struct sw_reach_trunk *out)
{
	if (r->is_door)
		return trunk_of_door(r, i, out);
	if (i >= r->conf->policy.trunks)
		return false;
	const struct sw_trunk *t = &r->conf->policy.trunk[i];

	out->name = t->name;
	out->is_phones = t->phones;
	out->algs = SW_ALG_PLAIN(sw_policy_trunk_algs(t, sw_clock_wall()));
	return true;
}

static void on_sent(void *arg, uint64_t sent)
{
	const struct sw_reach_how *how = arg;

	if (how->progress)
		how->progress(how->arg, 0, sent);
}

static enum sw_exit send_lines(struct sw_reach *r, const struct sw_lines *lines,
			       const struct sw_reach_how *how, struct sw_reach_answer *out)
{
	struct sw_reach_how copy = *how;
	char target[64];
	const struct sw_talk_body body = {
		.type = "application/x-ndjson",
		.fd = lines->fd,
		.n = lines->octets,
		.progress = on_sent,
		.arg = &copy,
	};

	(void)snprintf(target, sizeof(target), "/v1/users?skip_bad=%d&try=%d", how->skip_bad,
		       how->is_trial);
	return sw_door_send(&r->door, "POST", target, &body, CHANGE_S, &out->status, &out->body);
}

static json_t *error_of(const char *code, const char *message)
{
	return json_pack("{s:{s:s,s:s,s:n}}", "error", "code", code, "message", message, "at");
}

/* Takes report. */
static json_t *bad_rows(json_t *report)
{
	const json_t *first = json_array_get(json_object_get(report, "rows"), 0);
	const char *message = json_string_value(json_object_get(first, "message"));
	json_t *o = error_of("bad_rows", message ? message : "some rows are not right");

	(void)json_object_set_new(o, "report", report);
	return o;
}

static void give_report(enum sw_people end, const struct sw_people_report *report,
			struct sw_reach_answer *out)
{
	switch (end) {
	case SW_PEOPLE_DONE:
		*out = (struct sw_reach_answer){ 200, sw_people_report_json(report) };
		return;
	case SW_PEOPLE_BAD_ROWS:
		*out = (struct sw_reach_answer){ 422, bad_rows(sw_people_report_json(report)) };
		return;
	case SW_PEOPLE_FAILED:
		break;
	}
	*out = (struct sw_reach_answer){ 503, error_of("store", report->why.text) };
}

static enum sw_exit apply_lines(struct sw_reach *r, const struct sw_lines *lines,
				const struct sw_reach_how *how, struct sw_reach_answer *out)
{
	const struct sw_people_rules rules = {
		.policy = &r->conf->policy,
		.hash = r->hash,
		.now = sw_clock_wall(),
		.skip_bad = how->skip_bad,
		.is_trial = how->is_trial,
		.progress = how->progress,
		.arg = how->arg,
	};
	struct sw_people_report *report = calloc(1, sizeof(*report));

	if (!report) {
		(void)fprintf(stderr, "sipward %s: no memory\n", r->command);
		return SW_EXIT_FAILED;
	}
	give_report(sw_people_apply(r->store, lines->fd, &rules, report), report, out);
	free(report);
	return SW_EXIT_OK;
}

enum sw_exit sw_reach_put(struct sw_reach *r, const struct sw_lines *lines,
			  const struct sw_reach_how *how, struct sw_reach_answer *out)
{
	*out = (struct sw_reach_answer){ 0 };
	return r->is_door ? send_lines(r, lines, how, out) : apply_lines(r, lines, how, out);
}

/* Of a user's name few octets may stand in a URL as they are. */
static void put_name(struct sw_buf *b, struct sw_slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = (uint8_t)name.p[i];

		if ((c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '-' ||
		    c == '_' || c == '.') {
			sw_buf_char(b, (char)c);
		} else {
			sw_buf_char(b, '%');
			sw_buf_hex(b, &c, 1);
		}
	}
}

static json_t *user_of_conf(const struct sw_policy *p, const struct sw_user *u)
{
	const struct sw_origin *from = sw_policy_origin(p, u);
	json_t *o = sw_people_json(u);

	if (o && from)
		(void)json_object_set_new(
			o, "conf",
			json_sprintf("%.*s:%u", (int)from->file.n, from->file.p, from->line));
	return o;
}

static json_t *users_of_conf(const struct sw_policy *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->users; i++)
		if (!p->user[i].is_reserved) /* that one is in the store, if it is */
			(void)json_array_append_new(list, user_of_conf(p, &p->user[i]));
	return list;
}

static enum sw_exit list_of_store(struct sw_reach *r, const char *after, size_t limit,
				  struct sw_reach_answer *out)
{
	struct sw_store_why why = { 0 };
	json_t *page = r->store ? sw_people_list(r->store, sw_slice_of(after), limit, &why)
				: json_pack("{s:[],s:n}", "users", "next");

	*out = (struct sw_reach_answer){ page ? 200 : 503,
					 page ? page : error_of("store", why.text) };
	if (page && after[0] == '\0')
		(void)json_object_set_new(page, "configured", users_of_conf(&r->conf->policy));
	return SW_EXIT_OK;
}

enum sw_exit sw_reach_list(struct sw_reach *r, const char *after, size_t limit,
			   struct sw_reach_answer *out)
{
	char room[NAME_ROOM + 64];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	*out = (struct sw_reach_answer){ 0 };
	if (!r->is_door)
		return list_of_store(r, after, limit, out);
	sw_buf_str(&b, "/v1/users?limit=");
	sw_buf_u64(&b, limit);
	sw_buf_str(&b, "&after=");
	put_name(&b, sw_slice_of(after));
	return sw_door_ask(&r->door, "GET", sw_buf_text(&b), ASK_S, &out->status, &out->body);
}

static const struct sw_user *find_configured(const struct sw_policy *p, struct sw_slice name)
{
	for (size_t i = 0; i < p->users; i++)
		if (!p->user[i].is_reserved && sw_slice_eq(sw_user_name(&p->user[i]), name))
			return &p->user[i];
	return NULL;
}

static struct sw_reach_answer no_such_user(void)
{
	return (struct sw_reach_answer){ 404, error_of("no_user",
						       "the store has no user of this name") };
}

static enum sw_exit show_of_store(struct sw_reach *r, struct sw_slice name,
				  struct sw_reach_answer *out)
{
	const struct sw_user *u = find_configured(&r->conf->policy, name);
	struct sw_store_why why = { 0 };

	out->status = 200;
	if (u)
		out->body = user_of_conf(&r->conf->policy, u);
	else if (r->store)
		out->body = sw_people_show(r->store, name, &why);
	if (out->body)
		return SW_EXIT_OK;
	if (why.trouble != SW_STORE_OK)
		*out = (struct sw_reach_answer){ 503, error_of("store", why.text) };
	else
		*out = no_such_user();
	return SW_EXIT_OK;
}

enum sw_exit sw_reach_show(struct sw_reach *r, struct sw_slice name, struct sw_reach_answer *out)
{
	char room[NAME_ROOM + 16];
	struct sw_buf b = sw_buf_over(room, sizeof(room));

	*out = (struct sw_reach_answer){ 0 };
	if (!sw_name_is_user(name)) {
		*out = no_such_user();
		return SW_EXIT_OK;
	}
	if (!r->is_door)
		return show_of_store(r, name, out);
	sw_buf_str(&b, "/v1/users/");
	put_name(&b, name);
	return sw_door_ask(&r->door, "GET", sw_buf_text(&b), ASK_S, &out->status, &out->body);
}

enum sw_exit sw_reach_complain(const struct sw_reach *r, const struct sw_reach_answer *a)
{
	const json_t *rows = json_object_get(json_object_get(a->body, "report"), "rows");
	const json_t *row;
	size_t i;

	if (r->is_json && a->body)
		sw_door_print(a->body);
	if (json_array_size(rows) == 0) {
		sw_door_complain(r->command, a->status, a->body);
		return SW_EXIT_FAILED;
	}
	json_array_foreach(rows, i, row)(void)
		fprintf(stderr, "sipward %s: %s: %s\n", r->command,
			json_string_value(json_object_get(row, "name")),
			json_string_value(json_object_get(row, "message")));
	return SW_EXIT_FAILED;
}
