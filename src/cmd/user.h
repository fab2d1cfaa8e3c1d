/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `sipward user …`: its sub-commands. Each is int sw_user_NAME(argc, argv) with argv[0] "user
 * NAME"; the rows of user.def make the dispatcher and the help.
 */
#ifndef SIPWARD_CMD_USER_H
#define SIPWARD_CMD_USER_H

#include "cmd/cmd.h"

#define SW_USER(name, args, summary, help) int sw_user_##name(int argc, char **argv);
#include "cmd/user.def"
#undef SW_USER

/* The help of the sub-command that argv[1] names; false: it names none. */
bool sw_user_help(int argc, char **argv);

#endif
