/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One socket to one server, and the timers of a client transaction that is no INVITE
 * (RFC 3261 17.1.2): over UDP a request is repeated after 500 ms, then at doubled distance up to
 * 4 s, until the caller has its answer or the time is over; over TCP the network repeats, and
 * answers are cut out of the stream.
 */
#ifndef SIPWARD_EXCHANGE_H
#define SIPWARD_EXCHANGE_H

#include "base/addr.h"
#include "core/frame.h"

#define SW_EXCHANGE_ROOM 65536 /* octets of an answer */

struct sw_exchange {
	int fd;
	enum sw_transport transport;
	struct sw_addr server, local;
	struct sw_slice request; /* borrowed until the answer is there */
	uint64_t sent_us, repeat_us, gap_us, end_us;
	struct sw_framer framer;
	size_t came, taken; /* octets of the stream in room: read, and given to the caller */
	char room[SW_EXCHANGE_ROOM];
};

enum sw_exchange_opened {
	SW_EXCHANGE_OPEN = 0,
	SW_EXCHANGE_NONE,    /* no such address any more (skip > 0), or a sentence is on stderr */
	SW_EXCHANGE_NOBODY,  /* TCP: nothing listens there; server is set */
	SW_EXCHANGE_UNHEARD, /* TCP: no answer to the connect in time; likewise */
};

/*
 * A connected socket to host:port; names are resolved and the addresses taken in the resolver's
 * order without the first `skip`. timeout_us: for the connect over TCP. The caller ends it with
 * sw_exchange_close, whatever came of it.
 */
SW_MUST enum sw_exchange_opened sw_exchange_open(struct sw_exchange *x, enum sw_transport transport,
						 struct sw_slice host, uint16_t port, size_t skip,
						 uint64_t timeout_us);
void sw_exchange_close(struct sw_exchange *x);

/* Send it for the first time; answers are awaited for timeout_us. */
void sw_exchange_send(struct sw_exchange *x, struct sw_slice request, uint64_t timeout_us);

/* A provisional answer came: repeat only every 4 s from now on. */
void sw_exchange_slow(struct sw_exchange *x);

enum sw_exchange_got {
	SW_EXCHANGE_MESSAGE,  /* *out is one, valid until the next call */
	SW_EXCHANGE_REPEATED, /* nothing came, the request went once more */
	SW_EXCHANGE_TIMEOUT,
	SW_EXCHANGE_CLOSED, /* nothing listens on the port, or the server closed the connection */
};

/* Wait for the next of these. */
SW_MUST enum sw_exchange_got sw_exchange_next(struct sw_exchange *x, struct sw_slice *out);

/* Since the request went for the first time. */
uint64_t sw_exchange_took_us(const struct sw_exchange *x);

#endif
