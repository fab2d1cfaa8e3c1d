/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Death at a chosen machine instruction: a child steps through them one by one from where it takes
 * its first lock, and kills itself at one of them. So an operation can be cut off everywhere.
 */
#ifndef SIPWARD_STEPS_H
#define SIPWARD_STEPS_H

#include "base/lock.h"
#include "faults/deaths.h"

/* The locks of `real`, but in a child the steps begin where it takes the first one. */
struct sw_locks steps_watch(const struct sw_locks *real);

/*
 * A child does act(arg) and dies at this instruction, 1 or more, from its first lock on; or it was
 * through before: then it gives 0. act takes care that `real` of steps_watch is of the child.
 */
int steps_kill_at(void (*act)(void *arg), void *arg, uint32_t instruction);

/* How many there are; 0: nobody knows how to step on this machine. */
uint32_t steps_count(void (*act)(void *arg), void *arg);

/* From one death to the next, so that all of them take about a second; 1 with SIPWARD_SOAK. */
uint32_t steps_stride(uint32_t count);

#endif
