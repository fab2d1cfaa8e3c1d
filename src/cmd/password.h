/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a command gets a password from: the command line (seen by everybody in ps until it is
 * wiped), a file, standard input, a prompt on the terminal, or chance.
 */
#ifndef SIPWARD_PASSWORD_H
#define SIPWARD_PASSWORD_H

#include "cmd/cmd.h"

#define SW_PASSWORD_MAX 512

/* Owner: the caller, who wipes it. Zeroed: none. */
struct sw_password {
	bool given;
	size_t n;
	char text[SW_PASSWORD_MAX];
};

/*
 * Each gives SW_EXIT_OK, or a sentence of the command on stderr and another code. _arg overwrites
 * the argument; _file refuses a regular file that others may read and drops one line end, and "-"
 * is standard input; _prompt needs a terminal.
 */
SW_MUST enum sw_exit sw_password_arg(const char *command, char *arg, struct sw_password *out);
SW_MUST enum sw_exit sw_password_file(const char *command, const char *path,
				      struct sw_password *out);
SW_MUST enum sw_exit sw_password_prompt(const char *command, struct sw_slice user,
					struct sw_password *out);

/* A new one, asked for twice; nothing typed: out->n is 0, and one is to be made. */
SW_MUST enum sw_exit sw_password_prompt_new(const char *command, struct sw_slice user,
					    struct sw_password *out);

/* "Vb4e-tQ9m-Zk2x-77Ls": 16 of 55 characters that nobody takes for another, 92 bits of chance. */
SW_MUST enum sw_exit sw_password_make(const char *command, struct sw_password *out);

/* Is there a terminal to prompt on? */
bool sw_password_can_prompt(void);

#endif
