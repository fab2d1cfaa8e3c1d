/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of test data that anybody can extend without C, and octets in heap blocks of exactly their
 * size, so that a sanitizer sees the first octet that is read too far.
 *
 * A file of rows: fields parted by one tab; lines that begin with "#" and empty lines are remarks.
 * A field "-" is empty. Where a test reads a field as octets, %HH stands for one octet.
 */
#ifndef SIPWARD_VECTORS_H
#define SIPWARD_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sipward/reason.h>

#define VECTORS_FIELDS_MAX 20

struct vectors {
	struct sw_slice text; /* the whole file */
	size_t at;
	unsigned line;
	size_t fields;
	struct sw_slice field[VECTORS_FIELDS_MAX]; /* of the row that vectors_next read */
	struct sw_slice octets[VECTORS_FIELDS_MAX];
};

/* Open tests/vectors/NAME, or fail the test. */
void vectors_open(struct vectors *v, const char *name);
void vectors_close(struct vectors *v);

/* The next row, which has exactly this many fields; false at the end. Prints its first field. */
bool vectors_next(struct vectors *v, size_t fields);

/* A field with its %HH undone, until the next row. */
struct sw_slice vectors_octets(struct vectors *v, size_t field);

/* The reason whose slug a field is. */
enum sw_reason vectors_reason(const struct vectors *v, size_t field);

bool vectors_is(const struct vectors *v, size_t field, const char *word);

/* Octets in a heap block that ends where they end; and such a block of a file's octets. */
struct sw_slice exact_copy(struct sw_slice s);
struct sw_slice exact_file(const char *name);
void exact_free(struct sw_slice s);

/* Calls probe with each beginning of s, the empty one too but not the whole, in an exact block. */
void each_beginning(struct sw_slice s, void (*probe)(struct sw_slice part));

/* Numbers that look random and are the same in each run. */
uint64_t next_number(uint64_t *state);

#endif
