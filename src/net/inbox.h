/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Octets that have come by a connection, until they are a message and that is handled.
 *
 * No more is read than can be kept: 4 KiB, for which there is always room, and beyond them what a
 * larger buffer takes, which may have to be waited for. The rest stays in the kernel and slows
 * its sender down. A larger buffer is held while one message is in it that is not whole, and no
 * longer.
 */
#ifndef SIPWARD_INBOX_H
#define SIPWARD_INBOX_H

#include "base/time.h"
#include "core/frame.h"
#include "net/pool.h"

/* Zeroed: nothing has come. */
struct sw_inbox {
	struct sw_buffer octets;
	struct sw_framer framer;
	struct sw_mono first; /* when the message that is not whole began to come; 0: none did */
	bool in_body;         /* of that one */
	bool wants_more;      /* looked through: no whole message is in it */
	bool is_starved;      /* no buffer is there that holds more: do not read */
};

enum sw_got {
	SW_GOT_NOTHING = 0, /* nothing is there now, or no room for it: see is_starved */
	SW_GOT_SOME,
	SW_GOT_END,
	SW_GOT_LOST, /* the connection is broken */
};

/* Might a whole message be in it? */
static inline bool sw_inbox_is_ready(const struct sw_inbox *i)
{
	return i->octets.n > i->octets.at && !i->wants_more;
}

/* Read once. */
SW_MUST enum sw_got sw_inbox_read(struct sw_inbox *i, struct sw_pool *pool,
				  struct sw_holder *holder, int fd);

/*
 * The next thing in it, which is then out of it; the octets stay until the next call of another
 * function. MORE: there is nothing whole.
 */
SW_MUST enum sw_frame sw_inbox_next(struct sw_inbox *i, size_t message_max, struct sw_mono now,
				    struct sw_slice *octets);

/* For now nothing more is taken out: do not hold a buffer in vain. */
void sw_inbox_fit(struct sw_inbox *i, struct sw_pool *pool, struct sw_holder *holder);

/* One that was starved: is there room now? From then on its message has its time again. */
void sw_inbox_retry(struct sw_inbox *i, struct sw_pool *pool, struct sw_holder *holder,
		    struct sw_mono now);

#endif
