/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock: the kernel lets a process and all that it starts reach fewer files, connections and
 * processes, for ever. What it can forbid grew with its versions (ABI), which are asked at run
 * time: files since 1, truncation 3, TCP ports 4, commands to devices 5, abstract sockets and
 * signals 6. What is open already stays open, and what comes by descriptor may be used.
 */
#ifndef SIPWARD_LANDLOCK_H
#define SIPWARD_LANDLOCK_H

#include "proc/why.h"

#define SW_LANDLOCK_ABI 7 /* the last one whose rights are known here */

/* The version that the kernel has, 0: none, it was built or started without. */
unsigned sw_landlock_abi(void);

/*
 * From now on: no file but in `directory` (NULL: none at all), where files can be made, read,
 * written, truncated and removed; no TCP port to bind or connect to; no device commands, no
 * abstract socket and no signal to who is not in here. Wants no_new_privs. false: the kernel
 * refuses, or the directory is not there; *why.
 */
SW_MUST bool sw_landlock_enter(const char *directory, struct sw_why *why);

#endif
