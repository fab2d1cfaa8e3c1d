/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a command gets a password from: the command line (seen by everybody in ps until it is
 * wiped), a file, or a prompt on the terminal.
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
 * Each gives SW_EXIT_OK, or a sentence on stderr and another code. _arg overwrites the argument;
 * _file refuses a regular file that others may read and drops one line end; _prompt needs a
 * terminal.
 */
SW_MUST enum sw_exit sw_password_arg(char *arg, struct sw_password *out);
SW_MUST enum sw_exit sw_password_file(const char *path, struct sw_password *out);
SW_MUST enum sw_exit sw_password_prompt(struct sw_slice user, struct sw_password *out);

/* Is there a terminal to prompt on? */
bool sw_password_can_prompt(void);

#endif
