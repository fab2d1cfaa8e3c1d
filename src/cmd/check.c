/* SPDX-License-Identifier: Apache-2.0 */
/* sipward check: is the configuration right, and what does it mean. */
#include "cmd/cmd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "cmd/boxed.h"
#include "cmd/door.h"
#include "cmd/options.h"
#include "conf/print.h"
#include "proc/database.h"
#include "proc/load.h"
#include "proc/stage.h"
#include "share/clock.h"
#include "store/survey.h"

#define SENTENCE 1024
#define NAME     "check"
#define WIDTH    80 /* of a paragraph */

struct check {
	const char *path;
	bool strict, runtime, json, print;
	struct sw_diags diags;
	struct sw_conf *conf;        /* NULL: it has errors */
	char store[SENTENCE];        /* what it has, "" where nobody looked */
	char sandbox[SW_BOXED_TEXT]; /* likewise */
};

/* Whole words, at most WIDTH octets a line. */
static void print_wrapped(struct sw_slice text)
{
	size_t col = 0;

	while (text.n > 0) {
		const char *blank = memchr(text.p, ' ', text.n);
		size_t n = blank ? (size_t)(blank - text.p) : text.n;

		if (col > 0 && col + 1 + n > WIDTH) {
			(void)fputc('\n', stdout);
			col = 0;
		}
		(void)printf("%s%.*s", col > 0 ? " " : "", (int)n, text.p);
		col += n + (col > 0);
		text = sw_slice_from(text, n + 1);
	}
	(void)fputc('\n', stdout);
}

static enum sw_exit say_rules(const char *asked)
{
	const struct sw_lint_row *row;

	(void)fprintf(stderr, "sipward " NAME ": there is no rule %s. There are:\n", asked);
	for (size_t i = 0; (row = sw_lint_at(i)) != NULL; i++)
		(void)fprintf(stderr, "  SW%03d  %s\n", (int)row->rule, row->title);
	return SW_EXIT_FAILED;
}

static enum sw_exit why_json(const char *rule)
{
	const struct sw_lint_row *row = sw_lint_find(sw_slice_of(rule));
	json_t *o = row ? json_pack("{s:o,s:s,s:s,s:s}", "rule",
				    json_sprintf("SW%03d", (int)row->rule), "severity",
				    row->is_error ? "error" : "warning", "title", row->title, "why",
				    row->why)
			: json_pack("{s:{s:s,s:s,s:n}}", "error", "code", "no_rule", "message",
				    "there is no such rule", "at");

	sw_door_print(o);
	json_decref(o);
	return row ? SW_EXIT_OK : SW_EXIT_FAILED;
}

static enum sw_exit why(const char *rule)
{
	const struct sw_lint_row *row = sw_lint_find(sw_slice_of(rule));

	if (!row)
		return say_rules(rule);
	(void)printf("SW%03d  %s: %s\n\n", (int)row->rule, row->is_error ? "error" : "warning",
		     row->title);
	print_wrapped(sw_slice_of(row->why));
	if (!row->is_error)
		(void)printf("\nTo accept it, end the line with:  because \"…\"\n");
	return SW_EXIT_OK;
}

/* "/var/log" of "/var/log/sipward.log", with the end of a string. */
static const char *folder_of(struct sw_slice path, char room[PATH_MAX])
{
	struct sw_buf b = sw_buf_over(room, PATH_MAX);

	while (path.n > 0 && path.p[path.n - 1] != '/')
		path.n--;
	if (path.n > 1)
		path.n--;
	sw_buf_put(&b, path);
	return sw_buf_text(&b);
}

static void say_no_log(struct check *c, const char *path)
{
	struct sw_place at = { .file = c->conf->path };
	int error = errno;

	sw_diag_add(&c->diags, SW_LINT_VALUE_PATH, &at, "log: %s cannot be written: %s", path,
		    strerror(error));
	if (error == ENOENT)
		sw_diag_help(&c->diags, "mkdir -p %s", path);
}

/* Could the log be written there? What a start would find, asked for without opening it. */
static void check_log(struct check *c)
{
	char path[PATH_MAX], room[PATH_MAX];
	struct sw_buf b = sw_buf_over(path, sizeof(path));

	if (c->conf->log.path.n == 0)
		return;
	sw_buf_put(&b, c->conf->log.path);
	if (access(sw_buf_text(&b), W_OK) == 0)
		return;
	if (errno != ENOENT)
		say_no_log(c, path);
	else if (access(folder_of(c->conf->log.path, room), W_OK | X_OK) != 0)
		say_no_log(c, room);
}

static const char *s_of(size_t n)
{
	return n == 1 ? "" : "s";
}

/* "sqlite /var/lib/sipward/sipward.db, 12 users" */
static void keep_store(struct check *c, const char *what)
{
	(void)snprintf(c->store, sizeof(c->store), "%s", what);
}

static bool see(void *arg, const struct sw_user *u)
{
	sw_survey_see(arg, u);
	return true;
}

static void warn(struct check *c, bool is_so, const char *text)
{
	if (is_so)
		sw_diag_add(&c->diags, SW_LINT_USER_IDLE, NULL, "%s", text);
}

static void tell_survey(struct check *c, const struct sw_survey *s, const char *store)
{
	const struct sw_origin *at = s->both ? sw_policy_origin(&c->conf->policy, s->both) : NULL;
	struct sw_place place = { .file = at ? at->file : c->conf->path,
				  .line = at ? at->line : 0 };
	char text[SW_SURVEY_TEXT];

	if (sw_survey_tell_both(s, store, text))
		sw_diag_add(&c->diags, SW_LINT_USER_BOTH, &place, "%s", text);
	warn(c, sw_survey_tell_trunkless(s, text), text);
	warn(c, sw_survey_tell_hashless(s, text), text);
}

/* All boxes are opened, as at a start. */
static void check_users(struct check *c, struct sw_store *s)
{
	struct sw_place at = sw_stage_place(c->conf, SW_LIT("store"));
	struct sw_store_why why = { 0 };
	struct sw_survey survey;

	if (!sw_survey_begin(&survey, &c->conf->policy))
		return;
	if (sw_store_each_user(s, SW_LIT(""), see, &survey, &why))
		tell_survey(c, &survey, sw_store_name(s));
	else
		sw_diag_add(&c->diags, SW_LINT_STORE, at.line > 0 ? &at : NULL, "%s", why.text);
	sw_survey_end(&survey);
}

static void check_open_store(struct check *c, struct sw_store *s)
{
	char text[SENTENCE];

	(void)snprintf(text, sizeof(text), "%s, %llu user%s", sw_store_name(s),
		       (unsigned long long)sw_store_users(s), s_of(sw_store_users(s)));
	keep_store(c, text);
	check_users(c, s);
	sw_store_close(s);
}

static void check_seal(struct check *c)
{
	const struct sw_seal_setting *seal = &c->conf->seal;
	struct sw_place at = sw_stage_place(c->conf, SW_LIT("seal-key"));

	if (!c->conf->store.is_sqlite || seal->has_key)
		return;
	sw_diag_add(&c->diags, SW_LINT_SEAL_NONE, at.line > 0 ? &at : NULL,
		    "there is no seal key %.*s", SW_DIAG_S(seal->path));
	sw_diag_help(&c->diags, "(umask 027; openssl rand -hex 32 > '%.*s')",
		     SW_DIAG_S(seal->path));
}

/* A reload of the door that has it would say what is in both. */
static void keep_locked(struct check *c)
{
	char text[SENTENCE];

	(void)snprintf(
		text, sizeof(text),
		"sqlite %.*s, which a door that runs, or a command, has open: its users were "
		"not looked at",
		SW_DIAG_S(c->conf->store.path));
	keep_store(c, text);
}

/* What a start would find; a door that runs has the file for itself, and that is no fault. */
static void check_store(struct check *c)
{
	struct sw_place at = sw_stage_place(c->conf, SW_LIT("store"));
	struct sw_store *s = NULL;
	enum sw_store_trouble trouble;
	struct sw_why why = { "" };

	if (!c->conf->store.is_sqlite)
		return;
	if (sw_database_try(c->conf, true, &s, &trouble, &why) == SW_DATABASE_OPEN)
		check_open_store(c, s);
	else if (trouble == SW_STORE_NO_FILE)
		keep_store(c, why.text);
	else if (trouble == SW_STORE_LOCKED)
		keep_locked(c);
	else
		sw_diag_add(&c->diags, SW_LINT_STORE, at.line > 0 ? &at : NULL, "%s", why.text);
	check_seal(c);
}

static void load(struct check *c)
{
	struct sw_hash *hash = c->runtime ? sw_hash_new() : NULL;
	struct sw_conf_source disk = sw_conf_disk;
	uid_t user = sw_load_user();

	disk.arg = &user;
	c->conf = sw_conf_load(&disk, c->path, c->runtime ? SW_CONF_RUNTIME : SW_CONF_PLAIN, hash,
			       sw_clock_wall(), &c->diags);
	sw_hash_free(hash);
	if (!c->conf || !c->runtime)
		return;
	check_log(c);
	check_store(c);
	sw_boxed_check(c->conf, &c->diags, c->sandbox);
}

static enum sw_exit verdict(const struct check *c)
{
	bool fails = c->diags.errors > 0 || (c->strict && c->diags.warnings > 0);

	return fails ? SW_EXIT_CONF : SW_EXIT_OK;
}

/* "0 errors, 1 warning.   More:  sipward check --why SW010" */
static void tally(FILE *out, const struct sw_diags *d)
{
	const struct sw_diag *first = d->n > 0 ? &d->list[0] : NULL;

	for (size_t i = 0; i < d->n && !first->is_error; i++)
		if (d->list[i].is_error)
			first = &d->list[i];
	(void)fprintf(out, "%zu error%s, %zu warning%s.", d->errors, s_of(d->errors), d->warnings,
		      s_of(d->warnings));
	if (first)
		(void)fprintf(out, "   More:  %s " NAME " --why SW%03d", sw_program,
			      (int)first->rule);
	(void)fputc('\n', out);
}

static void sentences(const struct sw_policy *p)
{
	size_t width = 0;

	for (size_t i = 0; i < p->trunks; i++)
		width = p->trunk[i].name.n > width ? p->trunk[i].name.n : width;
	for (size_t i = 0; i < p->trunks; i++) {
		char text[SENTENCE];
		struct sw_buf b = sw_buf_over(text, sizeof(text));

		sw_print_trunk(&b, p, &p->trunk[i]);
		(void)printf("%-*.*s   %s\n", (int)width, SW_DIAG_S(p->trunk[i].name),
			     sw_buf_text(&b));
	}
}

static void tell(const struct check *c)
{
	const struct sw_policy *p;

	if (c->diags.errors + c->diags.warnings > 0) {
		sw_diags_print(stdout, &c->diags, SIZE_MAX);
		tally(stdout, &c->diags);
		return;
	}
	p = &c->conf->policy;
	(void)printf("ok   %zu listener%s, %zu trunk%s, %zu user%s of its own   0 warnings",
		     p->listeners, s_of(p->listeners), p->trunks, s_of(p->trunks), p->users,
		     s_of(p->users));
	if (c->conf->risks > 0)
		(void)printf(", %zu accepted", c->conf->risks);
	(void)fputc('\n', stdout);
	if (c->store[0] != '\0')
		(void)printf("store   %s\n", c->store);
	if (c->sandbox[0] != '\0')
		(void)printf("sandbox   %s\n", c->sandbox);
	sentences(p);
}

static json_t *text(struct sw_slice s)
{
	return json_stringn(s.p ? s.p : "", s.n);
}

static json_t *trunks_json(const struct sw_policy *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->trunks; i++) {
		char sentence[SENTENCE];
		struct sw_buf b = sw_buf_over(sentence, sizeof(sentence));

		sw_print_trunk(&b, p, &p->trunk[i]);
		(void)json_array_append_new(
			list, json_pack("{s:o, s:s, s:b, s:s}", "name", text(p->trunk[i].name),
					"kind", p->trunk[i].phones ? "phones" : "trunk", "enabled",
					(int)p->trunk[i].enabled, "sentence", sw_buf_text(&b)));
	}
	return list;
}

static json_t *risks_json(const struct sw_conf *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->risks; i++)
		(void)json_array_append_new(list, json_pack("{s:o, s:o, s:I, s:o}", "code",
							    text(c->risk[i].rule), "file",
							    text(c->risk[i].file), "line",
							    (json_int_t)c->risk[i].line, "because",
							    text(c->risk[i].because)));
	return list;
}

static void tell_json(const struct check *c)
{
	json_t *root = json_pack("{s:b, s:s, s:I, s:I, s:o}", "ok", verdict(c) == SW_EXIT_OK,
				 "file", c->path, "errors", (json_int_t)c->diags.errors, "warnings",
				 (json_int_t)c->diags.warnings, "diagnostics",
				 sw_print_diags(&c->diags));

	if (root && c->conf) {
		const struct sw_policy *p = &c->conf->policy;

		(void)json_object_set_new(root, "listeners",
					  json_integer((json_int_t)p->listeners));
		(void)json_object_set_new(root, "users", json_integer((json_int_t)p->users));
		(void)json_object_set_new(root, "trunks", trunks_json(p));
		(void)json_object_set_new(root, "accepted", risks_json(c->conf));
		if (c->sandbox[0] != '\0')
			(void)json_object_set_new(root, "sandbox", json_string(c->sandbox));
	}
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	(void)fputc('\n', stdout);
	json_decref(root);
}

/* The document is the answer, so what is wrong goes to the other stream. */
static void print_document(const struct check *c)
{
	json_t *root;

	if (c->diags.errors + c->diags.warnings > 0) {
		sw_diags_print(stderr, &c->diags, SIZE_MAX);
		tally(stderr, &c->diags);
	}
	if (!c->conf)
		return;
	root = sw_print_json(c->conf);
	(void)json_dumpf(root, stdout, JSON_INDENT(2));
	(void)fputc('\n', stdout);
	json_decref(root);
}

static enum sw_exit run(struct check *c)
{
	enum sw_exit code;

	load(c);
	code = verdict(c);
	if (c->print)
		print_document(c);
	else if (c->json)
		tell_json(c);
	else
		tell(c);
	sw_conf_free(c->conf);
	sw_diags_free(&c->diags);
	return code;
}

static enum sw_exit check(int argc, char **argv)
{
	struct check c = { 0 };
	const char *rule = NULL, *form = NULL, *file = NULL;
	const struct sw_option options[] = {
		{ "config", 'c', &file, NULL },     { "strict", 0, NULL, &c.strict },
		{ "runtime", 0, NULL, &c.runtime }, { "json", 0, NULL, &c.json },
		{ "print", 0, &form, NULL },        { "why", 0, &rule, NULL },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, options, SW_ARRAY_LEN(options), &words);

	if (code != SW_EXIT_OK)
		return code;
	if (words > 1 || (words == 1 && file))
		return sw_options_wrong(NAME, "one file at a time, not also", argv[words]);
	if (form && strcmp(form, "json") != 0)
		return sw_options_wrong(NAME, "--print knows json, not", form);
	if (rule)
		return c.json ? why_json(rule) : why(rule);
	c.print = form;
	c.path = words == 1 ? argv[1] : file ? file : SW_CONF_DEFAULT;
	return run(&c);
}

int sw_cmd_check(int argc, char **argv)
{
	return (int)check(argc, argv);
}
