/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of this folder share: memory that outlives any process, children that are killed
 * and succeeded, and numbers that look random and can be drawn again.
 */
#ifndef SIPWARD_DEATHS_H
#define SIPWARD_DEATHS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/types.h>

/* How much: n, or a hundred times that with SIPWARD_SOAK in the environment. */
uint32_t deaths_rounds(uint32_t n);

struct dice {
	uint64_t state; /* not 0 */
};

/* 0 to below n. */
uint32_t dice_throw(struct dice *d, uint32_t n);

void *deaths_memory(size_t n); /* shared, zeroed; the caller's to unmap */

/* A child that does act(arg, number) until it is killed; it ends with 1 if that returns. */
pid_t deaths_child(void (*act)(void *arg, uint32_t number), void *arg, uint32_t number);

/*
 * kill -9, from outside. It, or what killed itself, is reaped: anything but the signal means that
 * the child found something wrong, and fails the test.
 */
void deaths_kill(pid_t child);
void deaths_reap(pid_t child);
void deaths_self(void) __attribute__((noreturn)); /* kill -9, from inside */

/* In a child: what must hold. Says which one did not, and ends with 1. */
#define HOLDS(condition) deaths_check((condition), #condition, __FILE__, __LINE__)
void deaths_check(int holds, const char *what, const char *file, int line);

#endif
