/* SPDX-License-Identifier: Apache-2.0 */
#include "import/feed.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/secret.h"

bool sw_feed_init(struct sw_feed *f, int fd)
{
	*f = (struct sw_feed){ .fd = fd, .p = malloc(SW_FEED_ROOM) };
	return f->p != NULL;
}

void sw_feed_free(struct sw_feed *f)
{
	if (f->p)
		sw_secret_wipe(f->p, SW_FEED_ROOM);
	free(f->p);
	*f = (struct sw_feed){ .fd = -1 };
}

static void make_room(struct sw_feed *f)
{
	if (f->at == 0)
		return;
	memmove(f->p, f->p + f->at, f->n - f->at);
	f->n -= f->at;
	f->at = 0;
}

bool sw_feed_more(struct sw_feed *f)
{
	ssize_t got;

	if (f->is_end || f->error != 0)
		return false;
	make_room(f);
	if (f->n == SW_FEED_ROOM)
		return false;
	do
		got = read(f->fd, f->p + f->n, SW_FEED_ROOM - f->n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		f->error = errno;
	f->is_end = got == 0;
	if (got <= 0)
		return false;
	f->n += (size_t)got;
	if (f->progress)
		f->progress(f->arg, f->taken);
	return true;
}

struct sw_slice sw_feed_look(struct sw_feed *f, size_t n)
{
	while (f->n - f->at < n && sw_feed_more(f))
		;
	return (struct sw_slice){ f->p + f->at, f->n - f->at };
}

char *sw_feed_at(struct sw_feed *f)
{
	return f->p + f->at;
}

void sw_feed_take(struct sw_feed *f, size_t n)
{
	if (n > f->n - f->at)
		n = f->n - f->at;
	f->at += n;
	f->taken += n;
}

/* Offset of the next LF from `from` on; SIZE_MAX: the buffer has none, and no more fits. */
static size_t find_end(struct sw_feed *f)
{
	size_t seen = 0;

	for (;;) {
		size_t have = f->n - f->at;
		const char *at = have > seen ? memchr(f->p + f->at + seen, '\n', have - seen)
					     : NULL;

		if (at)
			return (size_t)(at - (f->p + f->at));
		seen = have;
		if (!sw_feed_more(f))
			return SIZE_MAX;
	}
}

static void skip_line(struct sw_feed *f)
{
	size_t end;

	do {
		sw_feed_take(f, f->n - f->at);
		end = find_end(f);
	} while (end == SIZE_MAX && !f->is_end && f->error == 0);
	sw_feed_take(f, end == SIZE_MAX ? f->n - f->at : end + 1);
}

enum sw_feed_line sw_feed_line(struct sw_feed *f, char **line, size_t *n)
{
	size_t end = find_end(f);
	size_t len = end;

	if (f->error != 0)
		return SW_FEED_END;
	if (end == SIZE_MAX && !f->is_end) {
		skip_line(f);
		return SW_FEED_LONG;
	}
	if (end == SIZE_MAX) {
		if (f->n == f->at)
			return SW_FEED_END;
		len = f->n - f->at;
		end = len - 1;
	}
	*line = f->p + f->at;
	*n = len > 0 && (*line)[len - 1] == '\r' ? len - 1 : len;
	sw_feed_take(f, end + 1);
	return SW_FEED_LINE;
}

void sw_feed_drop_mark(struct sw_feed *f)
{
	if (sw_slice_has_prefix(sw_feed_look(f, 3), SW_LIT("\xef\xbb\xbf")))
		sw_feed_take(f, 3);
}
