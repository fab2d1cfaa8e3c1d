/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward user set`: trunk, addresses and numbers of a user that is there. */
#include <stdio.h>

#include "cmd/options.h"
#include "cmd/reach.h"
#include "cmd/user.h"
#include "cmd/userwords.h"

#define COMMAND  "user set"
#define LIST_MAX 512

struct job {
	struct sw_reach_by by;
	const char *name, *trunk, *aor, *number; /* NULL: stays as it is */
	bool json, is_bad;
	json_t *before; /* with a trunk that is given */
	struct sw_reach reach;
	struct sw_lines lines;
};

static enum sw_exit no_memory(void)
{
	(void)fprintf(stderr, "sipward " COMMAND ": no memory for this\n");
	return SW_EXIT_FAILED;
}

static void take_row(void *arg, const struct sw_row *row)
{
	struct job *j = arg;

	sw_lines_user(&j->lines, "set", row, 1);
}

static void say_bad(void *arg, const struct sw_row_fault *f)
{
	struct job *j = arg;

	j->is_bad = true;
	(void)fprintf(stderr, "sipward " COMMAND ": %s%s%s\n", f->column ? f->column : "",
		      f->column ? ": " : "", f->text);
}

/* "a,b" as "a;b", which is how rows join. */
static struct sw_slice joined(const char *given, char room[LIST_MAX])
{
	size_t n = given ? strlen(given) : 0;

	if (!given || n >= LIST_MAX)
		return (struct sw_slice){ given, n }; /* then it is too long for a user too */
	for (size_t i = 0; i < n; i++)
		room[i] = given[i] == ',' ? ';' : given[i];
	return (struct sw_slice){ room, n };
}

static enum sw_exit make_line(struct job *j)
{
	char aors[LIST_MAX], numbers[LIST_MAX];
	const struct sw_row row = {
		.line = 1,
		.name = sw_slice_of(j->name),
		.trunk = sw_slice_of(j->trunk ? j->trunk : ""),
		.aors = joined(j->aor, aors),
		.numbers = joined(j->number, numbers),
	};
	struct sw_rows to = { .user = take_row, .bad = say_bad, .arg = j };

	if (!sw_lines_init(&j->lines))
		return no_memory();
	sw_rows_change(&to, &row);
	if (j->is_bad)
		return SW_EXIT_FAILED;
	return sw_lines_end(&j->lines) ? SW_EXIT_OK : no_memory();
}

/* Another trunk may take less: what it does not take is gone for good. */
static void warn_of_lost(const struct job *j, const json_t *after)
{
	const json_t *had = json_object_get(j->before, "algorithms");
	const json_t *has = json_object_get(after, "algorithms"), *one;
	json_t *lost = json_array();
	char room[128];
	size_t i;

	json_array_foreach(had, i, one) if (!sw_userwords_has(has, json_string_value(one)))(void)
		json_array_append(lost, (json_t *)(uintptr_t)one);
	if (json_array_size(lost) > 0)
		(void)fprintf(stderr,
			      "sipward " COMMAND ": warning: this trunk does not take %s: these "
			      "hashes are gone, and come back only with a password:  sipward user "
			      "passwd %s\n",
			      sw_userwords_algs(lost, room, sizeof(room)), j->name);
	json_decref(lost);
}

static void look_before(struct job *j)
{
	struct sw_reach_answer a = { 0 };

	if (j->trunk && sw_reach_show(&j->reach, sw_slice_of(j->name), &a) == SW_EXIT_OK)
		j->before = a.body;
	else
		json_decref(a.body);
}

static enum sw_exit show(struct job *j)
{
	struct sw_reach_answer a;
	enum sw_exit code = sw_reach_show(&j->reach, sw_slice_of(j->name), &a);

	if (code == SW_EXIT_OK && a.status != 200)
		code = sw_reach_complain(&j->reach, &a);
	else if (code == SW_EXIT_OK && j->json)
		sw_door_print(a.body);
	else if (code == SW_EXIT_OK)
		sw_userwords_print(&j->reach, a.body);
	if (code == SW_EXIT_OK)
		warn_of_lost(j, a.body);
	json_decref(a.body);
	return code;
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

static enum sw_exit run(struct job *j)
{
	enum sw_exit code = sw_reach_find(&j->reach, COMMAND, &j->by, SW_REACH_CHANGE);

	j->reach.is_json = j->json;

	if (code == SW_EXIT_OK)
		code = make_line(j);
	if (code == SW_EXIT_OK)
		look_before(j);
	if (code == SW_EXIT_OK)
		code = put(j);
	if (code != SW_EXIT_OK)
		return code;
	sw_userwords_say_forgets(&j->reach);
	return show(j);
}

static enum sw_exit read_options(struct job *j, int argc, char **argv)
{
	const struct sw_option list[] = {
		{ .name = "trunk", .value = &j->trunk },
		{ .name = "aor", .value = &j->aor },
		{ .name = "number", .value = &j->number },
		{ .name = "json", .flag = &j->json },
		{ .name = "control", .value = &j->by.control },
		{ .name = "config", .letter = 'c', .value = &j->by.conf },
	};
	int words;
	enum sw_exit code = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (code != SW_EXIT_OK)
		return code;
	if (words == 0)
		return sw_options_wrong(COMMAND, "the name of a user is missing", NULL);
	if (words > 1)
		return sw_options_wrong(COMMAND, "one user at a time, not also", argv[2]);
	if (!j->trunk && !j->aor && !j->number)
		return sw_options_wrong(
			COMMAND, "nothing is to be set: give --trunk, --aor or --number", NULL);
	j->name = argv[1];
	return SW_EXIT_OK;
}

int sw_user_set(int argc, char **argv)
{
	struct job j = { .lines = { .fd = -1 } };
	enum sw_exit code = read_options(&j, argc, argv);

	if (code == SW_EXIT_OK)
		code = run(&j);
	sw_lines_free(&j.lines);
	json_decref(j.before);
	sw_reach_close(&j.reach);
	return (int)code;
}
