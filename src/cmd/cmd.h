/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands. Each is int sw_cmd_NAME(argc, argv) with argv[0] its own name; the rows of
 * cmd.def make the dispatcher, `sipward help` and the usage errors.
 */
#ifndef SIPWARD_CMD_H
#define SIPWARD_CMD_H

#include <sipward/slice.h>

/* Exit codes, the same for every command. */
enum sw_exit {
	SW_EXIT_OK = 0,
	SW_EXIT_FAILED = 1,
	SW_EXIT_USAGE = 2,
	SW_EXIT_NOT_RUNNING = 3,
	SW_EXIT_CONF = 4,
	SW_EXIT_REFUSED = 5,
	SW_EXIT_TIMEOUT = 6,
};

#define SW_CMD(name, args, summary, help) int sw_cmd_##name(int argc, char **argv);
#include "cmd/cmd.def"
#undef SW_CMD

/* How this program was called ("sipward", "build/sipward"): for commands that we print. */
extern const char *sw_program;

/*
 * The admin role for `serve --single`, where the program is linked with it (sipward-single); NULL:
 * the roles are processes, and `serve --single` becomes that other program.
 */
struct sw_admin_start;
extern int (*sw_serve_admin)(const struct sw_admin_start *start);

#endif
