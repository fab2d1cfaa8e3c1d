/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Death at any instruction: what a child does to shared memory is followed instruction for
 * instruction, and each state of the memory that it goes through is looked at, as whoever comes
 * after a kill -9 would find it.
 */
#ifndef SIPWARD_STEP_H
#define SIPWARD_STEP_H

#include <stdbool.h>
#include <stddef.h>

/* A copy of the memory as it lies after an instruction; it may be changed at will. */
typedef void (*step_look_fn)(void *copy, bool is_done, void *arg);

/* Zeroed memory that children share. */
void *step_memory(size_t n);
void step_free(void *memory, size_t n);

/*
 * Let a child do `work` on the memory, and call look for each state that differs from the one
 * before; at last with is_done. Gives the number of states; 0 where nobody may be followed.
 */
unsigned step_through(void *memory, size_t n, void (*work)(void *arg), step_look_fn look,
		      void *arg);

#endif
