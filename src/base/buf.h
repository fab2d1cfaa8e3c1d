/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A writer over memory of fixed size that the caller owns. Overflow sticks: once something did
 * not fit nothing more is written, and the one test at the end (sw_buf_ok) says so.
 */
#ifndef SIPWARD_BUF_H
#define SIPWARD_BUF_H

#include <sipward/slice.h>

struct sw_buf {
	char *p;
	size_t n;   /* written */
	size_t cap; /* room */
	bool full;  /* something did not fit */
};

static inline struct sw_buf sw_buf_over(char *memory, size_t cap)
{
	return (struct sw_buf){ .p = memory, .cap = cap };
}

static inline bool sw_buf_ok(const struct sw_buf *b)
{
	return !b->full;
}

static inline struct sw_slice sw_buf_slice(const struct sw_buf *b)
{
	return (struct sw_slice){ b->p, b->n };
}

static inline void sw_buf_put(struct sw_buf *b, struct sw_slice s)
{
	if (b->full || s.n > b->cap - b->n) {
		b->full = true;
		return;
	}
	if (s.n > 0)
		memcpy(b->p + b->n, s.p, s.n);
	b->n += s.n;
}

static inline void sw_buf_char(struct sw_buf *b, char c)
{
	sw_buf_put(b, (struct sw_slice){ &c, 1 });
}

void sw_buf_u64(struct sw_buf *b, uint64_t v);
void sw_buf_hex(struct sw_buf *b, const uint8_t *octets, size_t n); /* lower case */

/* Octets of a NUL-terminated string of our own (table rows, names). */
void sw_buf_str(struct sw_buf *b, const char *text);

/*
 * End the text with a NUL that n does not count and give it as a C string; "" if there was no
 * room at all. What did not fit is cut off.
 */
const char *sw_buf_text(struct sw_buf *b);

#endif
