/* SPDX-License-Identifier: Apache-2.0 */
/* A file system under SQLite, and an allocator of it, that fail when they are told to. */
#ifndef SIPWARD_SHIM_H
#define SIPWARD_SHIM_H

#include <stdbool.h>

enum shim_fault {
	SHIM_NONE,
	SHIM_FULL,     /* from the n-th write on the disk is full */
	SHIM_WRITE,    /* the n-th write fails */
	SHIM_SYNC,     /* the n-th sync fails */
	SHIM_MEMORY,   /* SQLite's n-th allocation fails */
	SHIM_MEMORIES, /* from the n-th on */
	SHIM_JSON,     /* jansson's n-th allocation fails */
};

/* Before SQLite is used: both become the default. */
void shim_install(void);

/* The n-th call from now on, counted from 1. */
void shim_fail(enum shim_fault fault, unsigned n);

/* Did it come to that? Nothing fails from here on. */
bool shim_end(void);

#endif
