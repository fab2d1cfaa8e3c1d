/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/options.h"

#include "conf/key.h"

#define WORD_MAX    32
#define OPTIONS_MAX 32

const char *sw_program = "sipward";

enum sw_exit sw_options_wrong(const char *command, const char *what, const char *value)
{
	fprintf(stderr, "sipward %s: %s%s%s. Try:  %s %s --help\n", command, what, value ? " " : "",
		value ? value : "", sw_program, command);
	return SW_EXIT_USAGE;
}

const char *sw_options_nearest(const char *typed, const char *const *words, size_t n)
{
	size_t len = strlen(typed);
	unsigned best = len < 6 ? 2 : (unsigned)len / 3 + 1;
	const char *near = NULL;

	if (len == 0 || len > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		unsigned d;

		if (strlen(words[i]) > WORD_MAX)
			continue;
		d = len > 1 && strncmp(words[i], typed, len) == 0
			    ? 1
			    : sw_key_distance(sw_slice_of(typed), sw_slice_of(words[i]));
		if (d >= best)
			continue;
		best = d;
		near = words[i];
	}
	return near;
}

const char *sw_options_cut(char *arg)
{
	char *equals = strncmp(arg, "--", 2) == 0 ? strchr(arg, '=') : NULL;

	if (!equals)
		return NULL;
	*equals = '\0';
	return equals + 1;
}

static enum sw_exit unknown(const char *command, const char *arg, const struct sw_option *list,
			    size_t n)
{
	const char *names[OPTIONS_MAX];
	const char *near = NULL;
	size_t count = 0;

	for (size_t i = 0; i < n && count < OPTIONS_MAX; i++)
		names[count++] = list[i].name;
	if (strncmp(arg, "--", 2) == 0)
		near = sw_options_nearest(arg + 2, names, count);
	if (!near)
		return sw_options_wrong(command, "unknown option", arg);
	fprintf(stderr, "sipward %s: unknown option %s; --%s is the nearest. Try:  %s %s --help\n",
		command, arg, near, sw_program, command);
	return SW_EXIT_USAGE;
}

static const struct sw_option *find(struct sw_slice name, const struct sw_option *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char letter[2] = { '-', list[i].letter };

		if (sw_slice_has_prefix(name, SW_LIT("--")) &&
		    sw_slice_eq(sw_slice_from(name, 2), sw_slice_of(list[i].name)))
			return &list[i];
		if (list[i].letter != 0 && sw_slice_eq(name, (struct sw_slice){ letter, 2 }))
			return &list[i];
	}
	return NULL;
}

struct reading {
	int argc, at;
	char **argv;
	const struct sw_option *list;
	size_t n;
};

static enum sw_exit take_flag(const struct reading *r, const struct sw_option *o, const char *value)
{
	if (value)
		return sw_options_wrong(r->argv[0], "this option takes no value:", r->argv[r->at]);
	*o->flag = true;
	return SW_EXIT_OK;
}

static enum sw_exit take_value(struct reading *r, const struct sw_option *o, const char *value)
{
	if (*o->value)
		return sw_options_wrong(r->argv[0], "given twice:", r->argv[r->at]);
	if (!value && r->at + 1 >= r->argc)
		return sw_options_wrong(r->argv[0], "a value is missing after", r->argv[r->at]);
	*o->value = value ? value : r->argv[++r->at];
	return SW_EXIT_OK;
}

static enum sw_exit take_option(struct reading *r)
{
	char *arg = r->argv[r->at];
	const char *value = sw_options_cut(arg);
	const struct sw_option *o = find(sw_slice_of(arg), r->list, r->n);

	if (!o)
		return unknown(r->argv[0], arg, r->list, r->n);
	return o->flag ? take_flag(r, o, value) : take_value(r, o, value);
}

enum sw_exit sw_options_read(int argc, char **argv, const struct sw_option *list, size_t n,
			     int *words)
{
	struct reading r = { .argc = argc, .at = 1, .argv = argv, .list = list, .n = n };
	bool are_over = false;

	*words = 0;
	for (; r.at < argc; r.at++) {
		char *arg = argv[r.at];

		if (are_over || arg[0] != '-' || arg[1] == '\0') {
			argv[++*words] = arg;
			continue;
		}
		are_over = strcmp(arg, "--") == 0;
		if (are_over)
			continue;
		enum sw_exit code = take_option(&r);
		if (code != SW_EXIT_OK)
			return code;
	}
	return SW_EXIT_OK;
}

void sw_options_print(FILE *out, const char *text)
{
	static const char ours[] = "  sipward ";
	const size_t n = sizeof(ours) - 1;

	while (*text != '\0') {
		if (strncmp(text, ours, n) == 0) {
			(void)fprintf(out, "  %s ", sw_program);
			text += n;
		} else {
			(void)fputc(*text++, out);
		}
	}
}
