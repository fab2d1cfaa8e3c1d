/* SPDX-License-Identifier: Apache-2.0 */
/* `sipward user`: which sub-command is meant. */
#include "cmd/user.h"

#include <stdio.h>

#include "cmd/options.h"
#include "proc/cores.h"

static const struct sub {
	const char *name, *args, *summary, *help;
	int (*run)(int argc, char **argv);
} subs[] = {
#define SW_USER(name, args, summary, help) { #name, args, summary, help, sw_user_##name },
#include "cmd/user.def"
#undef SW_USER
};

static const struct sub *find(const char *name)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(subs); i++)
		if (strcmp(subs[i].name, name) == 0)
			return &subs[i];
	return NULL;
}

bool sw_user_help(int argc, char **argv)
{
	const struct sub *s = argc > 1 ? find(argv[1]) : NULL;

	if (!s)
		return false;
	(void)printf("%s user %s %s\n%s.\n\n", sw_program, s->name, s->args, s->summary);
	sw_options_print(stdout, s->help);
	return true;
}

static int say_unknown(const char *typed)
{
	const char *names[SW_ARRAY_LEN(subs)];
	const char *near;

	for (size_t i = 0; i < SW_ARRAY_LEN(subs); i++)
		names[i] = subs[i].name;
	near = sw_options_nearest(typed, names, SW_ARRAY_LEN(names));
	if (near)
		(void)fprintf(stderr, "sipward user: there is no %s; the nearest is  %s user %s\n",
			      typed, sw_program, near);
	else
		(void)fprintf(stderr, "sipward user: there is no %s. Try:  %s user --help\n", typed,
			      sw_program);
	return SW_EXIT_USAGE;
}

int sw_cmd_user(int argc, char **argv)
{
	const struct sub *s = argc > 1 ? find(argv[1]) : NULL;
	char name[32]; /* as messages have it */

	sw_cores_forbid();
	if (argc < 2)
		return (int)sw_options_wrong("user",
					     "what to do is missing: add, passwd, set, show, list, "
					     "del, disable, enable or import",
					     NULL);
	if (!s) {
		(void)sw_options_cut(argv[1]);
		return say_unknown(argv[1]);
	}
	(void)snprintf(name, sizeof(name), "user %s", s->name);
	argv[1] = name;
	return s->run(argc - 1, argv + 1);
}
