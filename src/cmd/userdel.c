/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward user del`, `disable` and `enable`: several users at once, all of them or none. */
#include <stdio.h>
#include <unistd.h>

#include "cmd/options.h"
#include "cmd/reach.h"
#include "cmd/user.h"
#include "core/name.h"

enum act {
	ACT_DEL,
	ACT_DISABLE,
	ACT_ENABLE,
};

struct job {
	enum act act;
	const char *command, *done; /* "user del", "deleted" */
	struct sw_reach_by by;
	bool yes, json;
	int users;
	char **user; /* users of them */
};

static enum sw_exit read_options(struct job *j, int argc, char **argv)
{
	const struct sw_option list[] = {
		{ .name = "json", .flag = &j->json },
		{ .name = "control", .value = &j->by.control },
		{ .name = "config", .letter = 'c', .value = &j->by.conf },
		{ .name = "yes", .flag = &j->yes },
	};
	size_t n = SW_ARRAY_LEN(list) - (j->act == ACT_DEL ? 0 : 1);
	enum sw_exit code = sw_options_read(argc, argv, list, n, &j->users);

	if (code == SW_EXIT_OK && j->users == 0)
		return sw_options_wrong(j->command, "the name of a user is missing", NULL);
	j->user = argv + 1;
	return code;
}

/* Off a terminal nobody could answer, and what was asked for is done. */
static bool is_meant(const struct job *j)
{
	char answer[16];

	if (j->act != ACT_DEL || j->yes || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return true;
	if (j->users == 1)
		(void)fprintf(stderr, "Delete %s and end its registrations? [y/N] ", j->user[0]);
	else
		(void)fprintf(stderr, "Delete these %d users and end their registrations? [y/N] ",
			      j->users);
	return fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y');
}

static void put_line(const struct job *j, struct sw_lines *lines, const char *name)
{
	if (j->act == ACT_DEL)
		sw_lines_del(lines, sw_slice_of(name));
	else
		sw_lines_enable(lines, sw_slice_of(name), j->act == ACT_ENABLE);
}

/* Names stand in lines of JSON: what cannot be one never gets there. */
static enum sw_exit put_lines(const struct job *j, struct sw_lines *lines)
{
	for (int i = 0; i < j->users; i++) {
		if (!sw_name_is_user(sw_slice_of(j->user[i]))) {
			(void)fprintf(stderr,
				      "sipward %s: %s: the store has no user of this name\n",
				      j->command, j->user[i]);
			return SW_EXIT_FAILED;
		}
		put_line(j, lines, j->user[i]);
	}
	if (sw_lines_end(lines))
		return SW_EXIT_OK;
	(void)fprintf(stderr, "sipward %s: no memory for this\n", j->command);
	return SW_EXIT_FAILED;
}

static void say_done(const struct job *j, const json_t *report)
{
	if (j->json) {
		sw_door_print(report);
		return;
	}
	for (int i = 0; i < j->users; i++)
		(void)printf("%s   %s\n", j->user[i], j->done);
}

static enum sw_exit change(const struct job *j, struct sw_reach *r, const struct sw_lines *lines)
{
	const struct sw_reach_how how = { 0 };
	struct sw_reach_answer a = { 0 };
	enum sw_exit code = sw_reach_put(r, lines, &how, &a);

	if (code == SW_EXIT_OK && a.status != 200)
		code = sw_reach_complain(r, &a);
	else if (code == SW_EXIT_OK)
		say_done(j, a.body);
	json_decref(a.body);
	return code;
}

static enum sw_exit run(struct job *j, struct sw_reach *r)
{
	struct sw_lines lines;
	enum sw_exit code = sw_reach_find(r, j->command, &j->by, SW_REACH_CHANGE);

	r->is_json = j->json;

	if (code != SW_EXIT_OK)
		return code;
	if (!is_meant(j)) {
		(void)fprintf(stderr, "sipward %s: nothing was changed\n", j->command);
		return SW_EXIT_FAILED;
	}
	if (!sw_lines_init(&lines)) {
		(void)fprintf(stderr, "sipward %s: no memory for this\n", j->command);
		return SW_EXIT_FAILED;
	}
	code = put_lines(j, &lines);
	if (code == SW_EXIT_OK)
		code = change(j, r, &lines);
	sw_lines_free(&lines);
	return code;
}

static int start(struct job *j, int argc, char **argv)
{
	struct sw_reach r = { 0 };
	enum sw_exit code = read_options(j, argc, argv);

	if (code == SW_EXIT_OK)
		code = run(j, &r);
	sw_reach_close(&r);
	return (int)code;
}

int sw_user_del(int argc, char **argv)
{
	struct job j = { .act = ACT_DEL, .command = "user del", .done = "deleted" };

	return start(&j, argc, argv);
}

int sw_user_disable(int argc, char **argv)
{
	struct job j = { .act = ACT_DISABLE, .command = "user disable", .done = "disabled" };

	return start(&j, argc, argv);
}

int sw_user_enable(int argc, char **argv)
{
	struct job j = { .act = ACT_ENABLE, .command = "user enable", .done = "enabled" };

	return start(&j, argc, argv);
}
