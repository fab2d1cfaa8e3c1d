/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is read piece by piece through a buffer of fixed size. What the buffer held is
 * wiped at the end: there are passwords in it.
 */
#ifndef SIPWARD_FEED_H
#define SIPWARD_FEED_H

#include <sipward/slice.h>

#define SW_FEED_ROOM ((size_t)256 << 10)

struct sw_feed {
	int fd, error; /* error: errno of a read that failed */
	char *p;
	size_t at, n;   /* p[at…n) is not taken yet */
	uint64_t taken; /* octets before p[at] */
	bool is_end;    /* the file has no more than p[at…n) */
	/* Told now and then how many octets were taken; may be NULL. */
	void (*progress)(void *arg, uint64_t octets);
	void *arg;
};

/* fd stays the caller's. false: no memory. */
SW_MUST bool sw_feed_init(struct sw_feed *f, int fd);
void sw_feed_free(struct sw_feed *f); /* wipes */

/* Read more; false: the buffer is full, the file is at its end, or error is set. */
bool sw_feed_more(struct sw_feed *f);

/* What is there and not taken; at least n octets of it if the file has them and they fit. */
struct sw_slice sw_feed_look(struct sw_feed *f, size_t n);

/* The same, but writable. */
char *sw_feed_at(struct sw_feed *f);

/* n octets of it are done with. */
void sw_feed_take(struct sw_feed *f, size_t n);

/*
 * The next line, writable, without its end (LF or CR LF); it is there until the next call.
 * SW_FEED_LONG: it is longer than the buffer, and skipped.
 */
enum sw_feed_line {
	SW_FEED_END = 0,
	SW_FEED_LINE,
	SW_FEED_LONG
};
enum sw_feed_line sw_feed_line(struct sw_feed *f, char **line, size_t *n);

/* Drop the mark that some editors put before UTF-8 (EF BB BF). */
void sw_feed_drop_mark(struct sw_feed *f);

#endif
