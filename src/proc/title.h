/* SPDX-License-Identifier: Apache-2.0 */
/* The names of a process as ps and top show them. */
#ifndef SIPWARD_TITLE_H
#define SIPWARD_TITLE_H

#include <stdbool.h>

/* Where the arguments of this process stand; from main, before there are threads. */
void sw_title_init(int argc, char **argv);

/* Before pointers to arguments are kept: those are copied to where no title is written. */
void sw_title_copy(int argc, char **argv);

/*
 * From now on ps shows this text in place of the arguments, as much of it as they and the
 * environment had room for, and top, pgrep and the kernel this name (15 octets). The environment
 * is copied elsewhere for who still needs it, else it is gone: there may be secrets in it. Without
 * sw_title_init only the name changes.
 */
void sw_title_set(const char *text, const char *name, bool needs_environment);

#endif
