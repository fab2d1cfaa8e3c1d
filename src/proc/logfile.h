/* SPDX-License-Identifier: Apache-2.0 */
/* The log file as the parent opens it, at a start, at a reload, and when it was renamed. */
#ifndef SIPWARD_LOGFILE_H
#define SIPWARD_LOGFILE_H

#include "proc/why.h"

/*
 * Open it for appending, or make it with mode 0640. Only files and devices: the log waits for no
 * reader. An empty path is no file: *fd is -1, and that is no failure.
 */
SW_MUST bool sw_logfile_open(struct sw_slice path, int *fd, struct sw_why *why);

#endif
