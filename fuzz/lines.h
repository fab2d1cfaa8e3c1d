/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mutator that knows lines: every fourth time a line of the message is copied to another place,
 * now and then with its first letter changed; else what libFuzzer does by itself. Included by
 * targets that eat messages.
 */
#ifndef SIPWARD_LINES_H
#define SIPWARD_LINES_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t n, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed);

/* Where the line that an octet stands in begins, and where the next one does. */
static size_t line_start(const uint8_t *data, size_t at)
{
	while (at > 0 && data[at - 1] != '\n')
		at--;
	return at;
}

static size_t line_end(const uint8_t *data, size_t n, size_t at)
{
	while (at < n && data[at] != '\n')
		at++;
	return at < n ? at + 1 : n;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t n, size_t max, unsigned seed)
{
	uint8_t line[256];
	size_t from, len, to;

	if (seed % 4 != 0 || n == 0)
		return LLVMFuzzerMutate(data, n, max);
	from = line_start(data, (seed >> 2) % n);
	len = line_end(data, n, from) - from;
	to = line_start(data, (seed >> 12) % n);
	if (len == 0 || len > sizeof(line) || n + len > max)
		return LLVMFuzzerMutate(data, n, max);
	memcpy(line, data + from, len);
	if (seed >> 28 == 1)
		line[0] = (uint8_t)(seed >> 20);
	memmove(data + to + len, data + to, n - to);
	memcpy(data + to, line, len);
	return n + len;
}

#endif
