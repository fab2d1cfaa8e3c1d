/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward user add` and `sipward user passwd`: a user gets a password. */
#include <stdio.h>

#include "base/secret.h"
#include "cmd/options.h"
#include "cmd/password.h"
#include "cmd/reach.h"
#include "cmd/user.h"
#include "cmd/userwords.h"

#define LIST_MAX 512

/* Where the password is to come from; at most one. */
struct source {
	const char *argument, *file;
	bool prompt, standard, generate;
};

struct job {
	const char *command, *op; /* "user add", "add" */
	struct sw_reach_by by;
	struct sw_slice name;
	const char *trunk_given, *aor_given, *number_given;
	struct sw_slice trunk;
	char aors[LIST_MAX], numbers[LIST_MAX];
	struct source source;
	bool json, is_made;
	struct sw_password password;
	struct sw_reach reach;
	struct sw_lines lines;
	bool is_bad;
};

static enum sw_exit check_source(const struct job *j)
{
	const struct source *s = &j->source;
	int n = (s->argument != NULL) + (s->file != NULL) + s->prompt + s->standard + s->generate;

	if (n > 1)
		return sw_options_wrong(j->command, "the password comes from one place, not two",
					NULL);
	return SW_EXIT_OK;
}

/* "a,b" as "a;b", which is how rows join. */
static enum sw_exit set_list(const struct job *j, const char *given, char out[LIST_MAX])
{
	size_t n = given ? strlen(given) : 0;

	if (n >= LIST_MAX)
		return sw_options_wrong(j->command, "this list is too long", NULL);
	for (size_t i = 0; i < n; i++)
		out[i] = given[i] == ',' ? ';' : given[i];
	out[n] = '\0';
	return SW_EXIT_OK;
}

static enum sw_exit take_words(struct job *j, int words, char **argv)
{
	enum sw_exit code = check_source(j);

	if (code == SW_EXIT_OK && words == 0)
		return sw_options_wrong(j->command, "the name of a user is missing", NULL);
	if (code == SW_EXIT_OK && words > 1)
		return sw_options_wrong(/* without the word: it may be a password */
					j->command,
					"one user at a time, and no password behind it: leave it out, or give "
					"--stdin or --password-file",
					NULL);
	if (code != SW_EXIT_OK)
		return code;
	j->name = sw_slice_of(argv[1]);
	code = set_list(j, j->aor_given, j->aors);
	if (code == SW_EXIT_OK)
		code = set_list(j, j->number_given, j->numbers);
	if (code == SW_EXIT_OK && j->source.argument)
		code = sw_password_arg(j->command, (char *)(uintptr_t)j->source.argument,
				       &j->password);
	return code;
}

static enum sw_exit read_options(struct job *j, int argc, char **argv)
{
	const bool adds = j->op[0] == 'a';
	const struct sw_option list[] = {
		{ .name = "password", .value = &j->source.argument },
		{ .name = "password-file", .value = &j->source.file },
		{ .name = "prompt", .flag = &j->source.prompt },
		{ .name = "stdin", .flag = &j->source.standard },
		{ .name = "generate", .flag = &j->source.generate },
		{ .name = "json", .flag = &j->json },
		{ .name = "control", .value = &j->by.control },
		{ .name = "config", .letter = 'c', .value = &j->by.conf },
		{ .name = "trunk", .value = &j->trunk_given },
		{ .name = "aor", .value = &j->aor_given },
		{ .name = "number", .value = &j->number_given },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list) - (adds ? 0 : 3),
					    &words);

	return code == SW_EXIT_OK ? take_words(j, words, argv) : code;
}

/* What the options say, or what the command does without: add makes one, passwd asks. */
static enum sw_exit find_password(struct job *j)
{
	const struct source *s = &j->source;
	enum sw_exit code = SW_EXIT_OK;
	bool asks = s->prompt || (j->op[0] == 's' && !s->generate);

	if (j->password.given)
		return SW_EXIT_OK;
	if (s->file || s->standard)
		return sw_password_file(j->command, s->standard ? "-" : s->file, &j->password);
	if (asks)
		code = sw_password_prompt_new(j->command, j->name, &j->password);
	if (code != SW_EXIT_OK || j->password.given)
		return code;
	j->is_made = true;
	return sw_password_make(j->command, &j->password);
}

static void take_row(void *arg, const struct sw_row *row)
{
	struct job *j = arg;

	sw_lines_user(&j->lines, j->op, row, 1);
}

static void say_bad(void *arg, const struct sw_row_fault *f)
{
	struct job *j = arg;

	j->is_bad = true;
	(void)fprintf(stderr, "sipward %s: %s%s%s\n", j->command, f->column ? f->column : "",
		      f->column ? ": " : "", f->text);
}

static void say_weak(void *arg, const struct sw_row_fault *f)
{
	const struct job *j = arg;

	(void)fprintf(stderr, "sipward %s: warning: the password %s\n", j->command, f->text);
}

/* By the rules of a list, so that both say the same. */
static enum sw_exit make_line(struct job *j)
{
	const struct sw_row row = {
		.line = 1,
		.name = j->name,
		.trunk = j->trunk,
		.has_password = true,
		.password = { j->password.text, j->password.n },
		.aors = j->aor_given ? sw_slice_of(j->aors) : (struct sw_slice){ 0 },
		.numbers = j->number_given ? sw_slice_of(j->numbers) : (struct sw_slice){ 0 },
	};
	struct sw_rows to = { .user = take_row, .bad = say_bad, .weak = say_weak, .arg = j };

	if (!sw_lines_init(&j->lines)) {
		(void)fprintf(stderr, "sipward %s: no memory for this\n", j->command);
		return SW_EXIT_FAILED;
	}
	sw_rows_take(&to, &row);
	if (j->is_bad)
		return SW_EXIT_FAILED;
	if (sw_lines_end(&j->lines))
		return SW_EXIT_OK;
	(void)fprintf(stderr, "sipward %s: no memory for this\n", j->command);
	return SW_EXIT_FAILED;
}

static enum sw_exit check_trunk(struct job *j)
{
	struct sw_reach_trunk t;

	if (!j->trunk_given)
		return sw_userwords_only_trunk(&j->reach, &j->trunk) ? SW_EXIT_OK : SW_EXIT_USAGE;
	j->trunk = sw_slice_of(j->trunk_given);
	if (sw_userwords_find_trunk(&j->reach, j->trunk, &t))
		return SW_EXIT_OK;
	(void)fprintf(stderr, "sipward %s: the configuration has no trunk %s\n", j->command,
		      j->trunk_given);
	return SW_EXIT_FAILED;
}

/* Before anybody types a password: is there such a user, and is it the store's? */
static enum sw_exit check_user(struct job *j)
{
	struct sw_reach_answer a;
	enum sw_exit code = sw_reach_show(&j->reach, j->name, &a);
	const char *conf = json_string_value(json_object_get(a.body, "conf"));

	if (code == SW_EXIT_OK && a.status != 200)
		code = sw_reach_complain(&j->reach, &a);
	if (code == SW_EXIT_OK && conf) {
		(void)fprintf(stderr,
			      "sipward %s: this user stands in the configuration (%s): change it "
			      "there\n",
			      j->command, conf);
		code = SW_EXIT_FAILED;
	}
	json_decref(a.body);
	return code;
}

/* Of which algorithms there are hashes now, and why MD5 is none of them. */
static void say_stored(const json_t *user)
{
	const json_t *algs = json_object_get(user, "algorithms");
	char room[128];

	(void)printf("stored as %s%s", sw_userwords_algs(algs, room, sizeof(room)),
		     sw_userwords_has(algs, "md5") ? ""
						   : "; MD5 not kept: the trunk does not allow it");
}

/* Asterisk answers what its version knows; the strong ones alone want to be told, and a new one. */
static void say_for_asterisk(const struct job *j, const json_t *algs, const char *secret, int n)
{
	bool is_md5 = sw_userwords_has(algs, "md5");
	char room[128];

	(void)printf("\nAsterisk%s, pjsip.conf:\n"
		     "  [%.*s]\n"
		     "  type=auth\n"
		     "  auth_type=%s\n"
		     "  username=%.*s\n"
		     "  password=%.*s\n",
		     is_md5 ? "" : " 20.12 or newer", (int)j->name.n, j->name.p,
		     is_md5 ? "userpass" : "digest", (int)j->name.n, j->name.p, n, secret);
	if (!is_md5)
		(void)printf("  supported_algorithms_uac=%s\n",
			     sw_userwords_algs(algs, room, sizeof(room)));
}

static void say_for_trunk(const struct job *j, const json_t *user)
{
	struct sw_slice realm = sw_reach_realm(&j->reach);
	const char *secret = j->is_made ? j->password.text : "…";
	int n = j->is_made ? (int)j->password.n : (int)strlen(secret);

	say_for_asterisk(j, json_object_get(user, "algorithms"), secret, n);
	(void)printf("FreePBX: Connectivity > Trunks > pjsip:  Username %.*s   Secret %.*s   "
		     "SIP Server %.*s   Registration Send\n",
		     (int)j->name.n, j->name.p, n, secret, (int)realm.n, realm.p);
}

static void say_for_phone(const struct job *j)
{
	struct sw_slice realm = sw_reach_realm(&j->reach);

	(void)printf("phone    user %.*s   domain %.*s   password as above\n", (int)j->name.n,
		     j->name.p, (int)realm.n, realm.p);
}

static void say_how_to_use(const struct job *j, const json_t *user)
{
	const char *name = json_string_value(json_object_get(user, "trunk"));
	struct sw_reach_trunk t;

	if (j->op[0] != 'a' || !name || !sw_userwords_find_trunk(&j->reach, sw_slice_of(name), &t))
		return;
	if (!t.is_phones)
		say_for_trunk(j, user);
	else if (j->is_made)
		say_for_phone(j);
}

static void say_done(const struct job *j, const json_t *user)
{
	(void)printf("%.*s   ", (int)j->name.n, j->name.p);
	if (j->is_made)
		(void)printf("password  %.*s   (shown once; ", (int)j->password.n,
			     j->password.text);
	else
		(void)printf("%s   (", j->op[0] == 'a' ? "added" : "password changed");
	say_stored(user);
	(void)printf(")\n");
	say_how_to_use(j, user);
}

/* Takes user. */
static void print_json(const struct job *j, json_t *user)
{
	if (j->is_made)
		(void)json_object_set_new(user, "password",
					  json_stringn(j->password.text, j->password.n));
	sw_door_print(user);
	json_decref(user);
}

/* It is done, and nobody has read it: a password that was made is gone. */
static enum sw_exit say_unseen(const struct job *j)
{
	(void)fprintf(stderr, "sipward %s: standard output cannot be written; %.*s was %s%s%.*s\n",
		      j->command, (int)j->name.n, j->name.p,
		      j->op[0] == 'a' ? "added" : "given the new password",
		      j->is_made
			      ? ", but nobody has seen the password. Set one:  sipward user passwd "
			      : "",
		      j->is_made ? (int)j->name.n : 0, j->name.p);
	return SW_EXIT_FAILED;
}

/* As it is kept now: the algorithms are the store's word, not ours. */
static enum sw_exit report(struct job *j)
{
	struct sw_reach_answer a;
	enum sw_exit code = sw_reach_show(&j->reach, j->name, &a);

	if (code != SW_EXIT_OK)
		return code;
	if (a.status != 200) {
		code = sw_reach_complain(&j->reach, &a);
		json_decref(a.body);
		return code;
	}
	if (j->json) {
		print_json(j, a.body);
	} else {
		say_done(j, a.body);
		json_decref(a.body);
	}
	return fflush(stdout) == 0 && !ferror(stdout) ? SW_EXIT_OK : say_unseen(j);
}

static enum sw_exit put(struct job *j)
{
	const struct sw_reach_how how = { 0 };
	struct sw_reach_answer a;
	enum sw_exit code = sw_reach_put(&j->reach, &j->lines, &how, &a);

	if (code == SW_EXIT_OK && a.status != 200)
		code = sw_reach_complain(&j->reach, &a);
	json_decref(a.body);
	return code;
}

static enum sw_exit run(struct job *j, int argc, char **argv)
{
	enum sw_exit code = read_options(j, argc, argv);

	if (code == SW_EXIT_OK)
		code = sw_reach_find(&j->reach, j->command, &j->by, SW_REACH_CHANGE);
	j->reach.is_json = j->json;
	if (code == SW_EXIT_OK)
		code = j->op[0] == 'a' ? check_trunk(j) : check_user(j);
	if (code == SW_EXIT_OK)
		code = find_password(j);
	if (code == SW_EXIT_OK)
		code = make_line(j);
	if (code == SW_EXIT_OK)
		code = put(j);
	if (code != SW_EXIT_OK)
		return code;
	sw_userwords_say_forgets(&j->reach);
	return report(j);
}

static int run_and_wipe(struct job *j, int argc, char **argv)
{
	enum sw_exit code;

	j->lines.fd = -1;
	code = run(j, argc, argv);
	sw_lines_free(&j->lines);
	sw_reach_close(&j->reach);
	sw_secret_wipe(&j->password, sizeof(j->password));
	return (int)code;
}

int sw_user_add(int argc, char **argv)
{
	struct job j = { .command = "user add", .op = "add" };

	return run_and_wipe(&j, argc, argv);
}

int sw_user_passwd(int argc, char **argv)
{
	struct job j = { .command = "user passwd", .op = "set" };

	return run_and_wipe(&j, argc, argv);
}
