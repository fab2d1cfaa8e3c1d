/* SPDX-License-Identifier: Apache-2.0 */
/* Options of a command and what is said about wrong ones. */
#ifndef SIPWARD_OPTIONS_H
#define SIPWARD_OPTIONS_H

#include <stdio.h>

#include "cmd/cmd.h"

/* "--name", and "-l" where letter is set. Exactly one of value and flag is set. */
struct sw_option {
	const char *name; /* without dashes */
	char letter;      /* 0: none */
	const char **value;
	bool *flag;
};

/*
 * Read the options: "--name VALUE", "--name=VALUE", "-l VALUE"; "--" ends them. What is none is
 * moved to argv[1] …, *words says how many. A wrong option is named on stderr with the nearest
 * one: SW_EXIT_USAGE. One that is given twice is wrong too.
 */
SW_MUST enum sw_exit sw_options_read(int argc, char **argv, const struct sw_option *list, size_t n,
				     int *words);

/*
 * Cut "--name=VALUE" behind its name and give the value, NULL when there is none: what is said of
 * the option must not repeat what may be a password.
 */
const char *sw_options_cut(char *arg);

/* "sipward COMMAND: WHAT VALUE. Try:  sipward COMMAND --help" on stderr. value may be NULL. */
enum sw_exit sw_options_wrong(const char *command, const char *what, const char *value);

/*
 * The one of n words that is meant by a mistyped one: at most a third of its letters differ
 * (one at least), or it is how the word begins; NULL: none is near.
 */
const char *sw_options_nearest(const char *typed, const char *const *words, size_t n);

/* A text of ours in which "  sipward " begins each example: with the name that the caller used. */
void sw_options_print(FILE *out, const char *text);

#endif
