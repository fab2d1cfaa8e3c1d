/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent orders a worker to do (share/ipc.h): a generation is built beside the one that
 * is served, PREPARE with all that can fail, and used later, USE, which cannot.
 */
#ifndef SIPWARD_ORDER_H
#define SIPWARD_ORDER_H

#include "edge/state.h"

/* Hear the parent from now on. false: the kernel refuses to watch its socket. */
SW_MUST bool sw_order_init(struct sw_worker *w);

/* What is prepared, if anything, is not to be. */
void sw_order_forget(struct sw_worker *w);

#endif
