/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward serve`: the daemon in the foreground, or the demo. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/door.h"
#include "cmd/options.h"
#include "conf/diag.h"
#include "proc/cores.h"
#include "proc/demo.h"
#include "proc/program.h"
#include "proc/sockfile.h"
#include "proc/title.h"
#include "share/clock.h"

int (*sw_serve_admin)(const struct sw_admin_start *start);

static enum sw_exit exit_of(enum sw_parent_end end)
{
	switch (end) {
	case SW_PARENT_DONE:
		return SW_EXIT_OK;
	case SW_PARENT_CONF:
		return SW_EXIT_CONF;
	default:
		return SW_EXIT_FAILED;
	}
}

static enum sw_exit run_demo(enum sw_log_form form, struct sw_mono begun, bool is_single)
{
	char control[SW_SOCKFILE_PATH];
	struct sw_demo_setting setting = { .program = sw_program,
					   .control = control,
					   .log_form = form,
					   .begun = begun,
					   .is_single = is_single,
					   .admin = sw_serve_admin };
	struct sw_door other;

	sw_door_demo_path(control, sizeof(control));
	setting.is_beside = sw_door_find(NULL, NULL, true, &other) == SW_EXIT_OK;
	return exit_of(sw_demo_run(&setting));
}

/* The path as everybody can follow it: it stands in the log and in status. */
static enum sw_exit run_conf(const char *path, enum sw_log_form form, bool is_single)
{
	char *whole = realpath(path, NULL);
	const struct sw_parent_setting setting = {
		.load = { .path = whole ? whole : path, .log_form = form },
		.is_single = is_single,
		.admin = sw_serve_admin,
	};
	enum sw_exit code = exit_of(sw_parent_run(&setting));

	free(whole);
	return code;
}

/* The program that has all roles in it, with the same arguments. */
static enum sw_exit be_single(int argc, char **argv)
{
	char path[PATH_MAX];
	struct sw_why why;

	(void)argc;
	if (sw_program_find("sipward-single", path, &why)) {
		(void)execv(path, argv);
		(void)sw_why_say(&why, "%s cannot be executed (%s)", path, sw_why_errno(errno));
	}
	sw_why_print(why.text);
	return SW_EXIT_FAILED;
}

/* The option before the environment; neither leaves it to the configuration. */
static enum sw_exit read_form(const char *option, enum sw_log_form *form)
{
	const char *given = getenv("SIPWARD_LOG");
	struct sw_slice word = sw_slice_of(option ? option : given ? given : "");

	if (sw_slice_eq(word, SW_LIT("text")))
		*form = SW_LOG_TEXT;
	else if (sw_slice_eq(word, SW_LIT("json")))
		*form = SW_LOG_JSON;
	else if (option)
		return sw_options_wrong("serve", "--log takes text or json, not", option);
	else if (word.n > 0)
		return sw_options_wrong("serve", "SIPWARD_LOG is text or json, not", given);
	return SW_EXIT_OK;
}

static enum sw_exit serve(int argc, char **argv)
{
	struct sw_mono begun = sw_clock_mono();
	const char *conf = NULL, *log = NULL;
	enum sw_log_form form = SW_LOG_AUTO;
	bool demo = false, single = false;
	const struct sw_option list[] = {
		{ .name = "config", .letter = 'c', .value = &conf },
		{ .name = "log", .value = &log },
		{ .name = "demo", .flag = &demo },
		{ .name = "single", .flag = &single },
	};
	int words = 0;
	enum sw_exit e = sw_options_read(argc, argv, list, SW_ARRAY_LEN(list), &words);

	if (e != SW_EXIT_OK)
		return e;
	if (words > 0)
		return sw_options_wrong("serve", "takes no word, but got", argv[1]);
	if (demo && conf)
		return sw_options_wrong("serve",
					"--demo brings its own configuration: leave out -c", conf);
	e = read_form(log, &form);
	if (e != SW_EXIT_OK)
		return e;
	if (single && !sw_serve_admin)
		return be_single(argc, argv);
	single = sw_serve_admin != NULL;
	return demo ? run_demo(form, begun, single)
		    : run_conf(conf ? conf : SW_CONF_DEFAULT, form, single);
}

int sw_cmd_serve(int argc, char **argv)
{
	char *program = strdup(sw_program);

	sw_cores_forbid();
	sw_title_copy(argc, argv);
	if (program)
		sw_program = sw_diag_program = program;
	return (int)serve(argc, argv);
}
