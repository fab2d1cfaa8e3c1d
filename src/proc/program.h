/* SPDX-License-Identifier: Apache-2.0 */
/* Where the other executables of the door are: beside this one, else where they are installed. */
#ifndef SIPWARD_PROGRAM_H
#define SIPWARD_PROGRAM_H

#include <limits.h>

#include "proc/why.h"

/* The path of "sipward-admin"; false: it is nowhere, or may not be executed; *why. */
SW_MUST bool sw_program_find(const char *name, char out[PATH_MAX], struct sw_why *why);

#endif
