/* SPDX-License-Identifier: Apache-2.0 */
#include "net/outbox.h"

#include <errno.h>
#include <sys/socket.h>

/* Octets that the kernel took; false: the connection is lost. */
static bool send_some(int fd, struct sw_slice octets, size_t *sent)
{
	ssize_t n = send(fd, octets.p, octets.n, MSG_NOSIGNAL | MSG_DONTWAIT);

	*sent = n > 0 ? (size_t)n : 0;
	return n >= 0 || errno == EAGAIN || errno == EINTR;
}

enum sw_put sw_outbox_put(struct sw_outbox *o, struct sw_pool *pool, struct sw_holder *holder,
			  int fd, struct sw_slice octets, struct sw_mono now)
{
	struct sw_buffer *b = &o->octets;
	size_t sent = 0;

	if (!sw_outbox_waits(o)) {
		if (!send_some(fd, octets, &sent))
			return SW_PUT_LOST;
		if (sent == octets.n)
			return SW_PUT_SENT;
		octets = sw_slice_from(octets, sent);
		o->since = now;
	}
	if (b->n - b->at + octets.n > SW_OUTBOX_MAX)
		return SW_PUT_FULL;
	if (!sw_pool_room(pool, b, octets.n, holder))
		return SW_PUT_ROOM;
	memcpy(b->p + b->n, octets.p, octets.n);
	b->n += (uint32_t)octets.n;
	return SW_PUT_WAITS;
}

enum sw_put sw_outbox_flush(struct sw_outbox *o, struct sw_pool *pool, int fd)
{
	size_t sent;

	if (!send_some(fd, sw_buffer_slice(&o->octets), &sent))
		return SW_PUT_LOST;
	o->octets.at += (uint32_t)sent;
	if (sw_outbox_waits(o))
		return SW_PUT_WAITS;
	sw_pool_give(pool, &o->octets);
	return SW_PUT_SENT;
}
