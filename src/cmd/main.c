/* SPDX-License-Identifier: Apache-2.0 */
/* The program: find the command, or say which there are. */
#include <limits.h>
#include <stdio.h>
#include <sys/utsname.h>

#include <jansson.h>
#include <sipward/engine.h>
#include <sipward/msg.h>

#include "base/hash.h"
#include "cmd/boxed.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/sibling.h"
#include "cmd/user.h"
#include "conf/diag.h"
#include "proc/title.h"
#include "store/store.h"

static const struct command {
	const char *name, *args, *summary, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
#define SW_CMD(name, args, summary, help) { #name, args, summary, help, sw_cmd_##name },
#include "cmd/cmd.def"
#undef SW_CMD
};

/* What a person does on the first day; `help` has the rest. */
static const char first_day[] =
	"sipward " SIPWARD_VERSION ", the authenticating front door for SIP. The first day:\n"
	"\n"
	"  sipward serve --demo                            a door to play with: on loopback, nothing on disk\n"
	"  sipward register alice                          be a phone, and see what comes back\n"
	"  sipward explain --last                          why was that let in, or refused\n"
	"  sipward init --for phones --realm example.com   a first configuration of your own\n"
	"  sipward check                                   is it right, and what does it mean\n"
	"\n"
	"All commands:  sipward help      One of them:  sipward COMMAND --help\n";

static void print_help(const struct command *c)
{
	(void)printf("%s %s %s\n%s.\n\n", sw_program, c->name, c->args, c->summary);
	sw_options_print(stdout, c->help);
}

static void print_commands(void)
{
	(void)printf("%s COMMAND [options]\n\n", sw_program);
	for (size_t i = 0; i < SW_ARRAY_LEN(commands); i++)
		(void)printf("  %-10s %s\n", commands[i].name, commands[i].summary);
	sw_options_print(
		stdout,
		"\n"
		"One command with its options and examples:  sipward COMMAND --help\n"
		"Version:  sipward --version, -vv for more\n"
		"Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not running, 4 configuration\n"
		"refused, 5 authentication refused, 6 no answer in time\n");
}

/* "linux-amd64": the names that packages use. */
static const char *machine(const struct utsname *u)
{
	if (strcmp(u->machine, "x86_64") == 0)
		return "amd64";
	return strcmp(u->machine, "aarch64") == 0 ? "arm64" : u->machine;
}

static void print_version(void)
{
	struct utsname u;
	bool known = uname(&u) == 0;

	(void)printf("sipward " SIPWARD_VERSION " (OpenSSL %s, SQLite %s) linux-%s\n",
		     sw_hash_library(), sw_store_library(), known ? machine(&u) : "unknown");
}

static void print_more(void)
{
	struct utsname u;
	char sandbox[SW_BOXED_TEXT], admin[PATH_MAX + 64];

	sw_boxed_write(sandbox);
	print_version();
	if (uname(&u) == 0)
		(void)printf("kernel     %s %s\n", u.sysname, u.release);
	sw_sibling_version(admin, sizeof(admin));
	(void)printf("with       jansson %s, %s\n", jansson_version_str(), admin);
	(void)printf("built by   %s\n"
		     "listens    udp tcp\n"
		     "proves     digest: SHA-256, SHA-512-256, MD5; qop auth\n"
		     "stores     memory, sqlite\n"
		     "sandbox    %s\n"
		     "limits     %d header fields, %d Via, start line %d, header line %d, "
		     "answer %d octets, %d contacts an address\n",
		     __VERSION__, sandbox, SW_FIELDS_MAX, SW_VIA_MAX, SW_START_LINE_MAX,
		     SW_HEADER_LINE_MAX, SW_ROOM, SW_CONTACTS_MAX);
}

static const struct command *find(const char *name)
{
	for (size_t i = 0; i < SW_ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int say_unknown(const char *what, const char *typed)
{
	const char *names[SW_ARRAY_LEN(commands)];
	const char *near;

	for (size_t i = 0; i < SW_ARRAY_LEN(commands); i++)
		names[i] = commands[i].name;
	near = sw_options_nearest(typed, names, SW_ARRAY_LEN(names));
	if (near)
		(void)fprintf(stderr, "sipward: unknown %s %s; the nearest is  %s %s\n", what,
			      typed, sw_program, near);
	else
		(void)fprintf(stderr, "sipward: unknown %s %s. All commands:  %s help\n", what,
			      typed, sw_program);
	return SW_EXIT_USAGE;
}

/* --help anywhere before "--" is the same question. */
static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

static int help(int argc, char **argv)
{
	const struct command *c = argc > 1 ? find(argv[1]) : NULL;

	if (argc > 1 && !c)
		return say_unknown("command", argv[1]);
	if (c && c->run == sw_cmd_user && sw_user_help(argc - 1, argv + 1))
		return SW_EXIT_OK;
	if (c)
		print_help(c);
	else
		print_commands();
	return SW_EXIT_OK;
}

static int run(const struct command *c, int argc, char **argv)
{
	if (!wants_help(argc, argv))
		return c->run(argc, argv);
	if (c->run != sw_cmd_user || !sw_user_help(argc, argv))
		print_help(c);
	return SW_EXIT_OK;
}

static bool is_one_of(const char *s, const char *a, const char *b)
{
	return strcmp(s, a) == 0 || strcmp(s, b) == 0;
}

static int dispatch(int argc, char **argv)
{
	const struct command *c = find(argv[0]);

	if (c)
		return run(c, argc, argv);
	if (is_one_of(argv[0], "--help", "-h") || strcmp(argv[0], "help") == 0)
		return help(argc, argv);
	if (is_one_of(argv[0], "--version", "-v") || strcmp(argv[0], "version") == 0) {
		print_version();
		return SW_EXIT_OK;
	}
	if (strcmp(argv[0], "-vv") == 0) {
		print_more();
		return SW_EXIT_OK;
	}
	(void)sw_options_cut(argv[0]);
	return say_unknown(argv[0][0] == '-' ? "option" : "command", argv[0]);
}

/* What was printed and did not arrive was not done. */
static int finish(int code)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return code;
	(void)fprintf(stderr, "sipward: cannot write to standard output\n");
	return code == SW_EXIT_OK ? SW_EXIT_FAILED : code;
}

int main(int argc, char **argv)
{
	sw_title_init(argc, argv);
	if (argc > 0 && argv[0][0] != '\0')
		sw_program = sw_diag_program = argv[0];
	if (argc < 2) {
		sw_options_print(stdout, first_day);
		return finish(SW_EXIT_OK);
	}
	return finish(dispatch(argc - 1, argv + 1));
}
