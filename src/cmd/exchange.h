/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One UDP socket to one server, and the timers of a client transaction that is no INVITE
 * (RFC 3261 17.1.2): a request is repeated after 500 ms, then at doubled distance up to 4 s,
 * until the caller has its answer or the time is over.
 */
#ifndef SIPWARD_EXCHANGE_H
#define SIPWARD_EXCHANGE_H

#include "base/addr.h"

struct sw_exchange {
	int fd;
	struct sw_addr server, local;
	struct sw_slice request; /* borrowed until the answer is there */
	uint64_t sent_us, repeat_us, gap_us, end_us;
};

/*
 * A connected socket to host:port; names are resolved and the addresses taken in the resolver's
 * order without the first `skip`. false: a sentence is on stderr, unless the addresses have just
 * come to their end (skip > 0). The caller ends it with sw_exchange_close.
 */
SW_MUST bool sw_exchange_open(struct sw_exchange *x, struct sw_slice host, uint16_t port,
			      size_t skip);
void sw_exchange_close(struct sw_exchange *x);

/* Send it for the first time; answers are awaited for timeout_us. */
void sw_exchange_send(struct sw_exchange *x, struct sw_slice request, uint64_t timeout_us);

/* A provisional answer came: repeat only every 4 s from now on. */
void sw_exchange_slow(struct sw_exchange *x);

enum sw_exchange_got {
	SW_EXCHANGE_DATAGRAM, /* *n octets are in room */
	SW_EXCHANGE_REPEATED, /* nothing came, the request went once more */
	SW_EXCHANGE_TIMEOUT,
	SW_EXCHANGE_CLOSED, /* the host says that nothing listens on the port */
};

/* Wait for the next of these. */
SW_MUST enum sw_exchange_got sw_exchange_next(struct sw_exchange *x, char *room, size_t cap,
					      size_t *n);

/* Since the request went for the first time. */
uint64_t sw_exchange_took_us(const struct sw_exchange *x);

#endif
