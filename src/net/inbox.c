/* SPDX-License-Identifier: Apache-2.0 */
#include "net/inbox.h"

#include <errno.h>
#include <sys/socket.h>

static bool make_room(struct sw_inbox *i, struct sw_pool *pool, struct sw_holder *holder)
{
	i->is_starved = !sw_pool_room(pool, &i->octets, 1, holder);
	return !i->is_starved;
}

enum sw_got sw_inbox_read(struct sw_inbox *i, struct sw_pool *pool, struct sw_holder *holder,
			  int fd)
{
	struct sw_buffer *b = &i->octets;
	enum sw_got got = SW_GOT_NOTHING;
	ssize_t n;

	if (!make_room(i, pool, holder))
		return SW_GOT_NOTHING;
	n = recv(fd, b->p + b->n, b->size - b->n, MSG_DONTWAIT);
	if (n > 0) {
		b->n += (uint32_t)n;
		i->wants_more = false;
		return SW_GOT_SOME;
	}
	if (n == 0)
		got = SW_GOT_END;
	else if (errno != EAGAIN && errno != EINTR)
		got = SW_GOT_LOST;
	sw_inbox_fit(i, pool, holder);
	return got;
}

enum sw_frame sw_inbox_next(struct sw_inbox *i, size_t message_max, struct sw_mono now,
			    struct sw_slice *octets)
{
	struct sw_slice rest = sw_buffer_slice(&i->octets);
	enum sw_frame what = SW_FRAME_MORE;
	size_t n = 0;

	if (rest.n > 0)
		what = sw_frame_next(&i->framer, rest, message_max, &n, &i->in_body);
	i->wants_more = what == SW_FRAME_MORE;
	if (!i->wants_more)
		i->first.us = 0;
	else if (rest.n > 0 && i->first.us == 0)
		i->first = now;
	i->octets.at += (uint32_t)n;
	*octets = (struct sw_slice){ rest.p, n };
	return what;
}

void sw_inbox_fit(struct sw_inbox *i, struct sw_pool *pool, struct sw_holder *holder)
{
	if (i->octets.at == i->octets.n)
		sw_pool_give(pool, &i->octets);
	else if (i->wants_more)
		sw_pool_shrink(pool, &i->octets, holder);
}

void sw_inbox_retry(struct sw_inbox *i, struct sw_pool *pool, struct sw_holder *holder,
		    struct sw_mono now)
{
	if (i->is_starved && make_room(i, pool, holder) && i->first.us > 0)
		i->first = now;
}
