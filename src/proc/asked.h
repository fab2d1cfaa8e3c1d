/* SPDX-License-Identifier: Apache-2.0 */
/* What admin asks the store role for: lists to apply, users to show. */
#ifndef SIPWARD_ASKED_H
#define SIPWARD_ASKED_H

#include "proc/store_own.h"

/* Answer r->ipc, a STORE_ASK; fd: what came along, or -1; stays the caller's. */
void sw_asked(struct sw_store_role *r, int fd);

#endif
