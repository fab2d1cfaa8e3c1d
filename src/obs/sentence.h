/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A short text in shared memory: one writer, any number of readers, nobody waits. Who reads it
 * while it is written tries again a few times; a writer that died in the middle leaves an empty
 * text until its successor writes one.
 */
#ifndef SIPWARD_SENTENCE_H
#define SIPWARD_SENTENCE_H

#include <stdatomic.h>

#include <sipward/slice.h>

#define SW_SENTENCE 504 /* octets; what is longer is cut */

/* Zeroed: empty. */
struct sw_sentence {
	_Atomic uint32_t turn; /* odd while it is written */
	_Atomic uint32_t n;
	_Atomic uint64_t word[SW_SENTENCE / 8];
};

void sw_sentence_write(struct sw_sentence *s, struct sw_slice text);

/* What it says, in room; without control characters, whoever wrote it. */
struct sw_slice sw_sentence_read(const struct sw_sentence *s, char room[SW_SENTENCE]);

#endif
