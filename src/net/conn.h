/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that carry SIP: octets in, whole messages to a handler, answers out. Nothing waits
 * for a peer. What a connection means (who it proves, what its messages say) is the handler's
 * business; which octets are a message is core/frame.h's.
 *
 * An idle connection has a slot and no buffer. Who is slow is not waited for:
 *   a message: its header within 5 s of its first octet, all of it within 10 s;
 *   the first proof within 30 s of the accept, after that a connection may be silent for ever;
 *   answers are read within 10 s, and while some wait nothing more is read from that peer.
 * CR LF CR LF is answered by CR LF, one CR LF is skipped (RFC 5626 4.4.1); bare LF or NUL between
 * messages are no SIP. A peer that has sent its last octet still gets its answers. When the framer
 * gives up, the handler sees what is there once, its answer goes out, and the connection is closed.
 *
 * Proven means: somebody is there whom the handler knows as a user. It is asked again every
 * minute; when the user is none any more the connection has its 30 s for another proof.
 *
 * Whom there is a place for, and who goes when there is none, is net/places.h's business.
 */
#ifndef SIPWARD_CONN_H
#define SIPWARD_CONN_H

#include <sipward/reason.h>

#include "base/mac.h"
#include "net/loop.h"
#include "net/sock.h"
#include "net/wheel.h"

#define SW_CONN_HEADER_S  5
#define SW_CONN_MESSAGE_S 10
#define SW_CONN_PROOF_S   30
#define SW_CONN_READER_S  10
#define SW_CONN_TURN      16 /* messages of one connection before others have theirs */

#define SW_CONN_USER_S 60 /* a user is asked for again */

#define SW_CONN_USER_MAX   64                  /* octets of a user's name */
#define SW_CONN_STREAM_MAX ((size_t)256 << 10) /* octets of the longest message */

#define SW_PORT_NONE UINT32_MAX

/* What the handler knows of a connection. */
struct sw_conn_peer {
	uint64_t flow; /* its name: never 0, never of another one in this boot */
	struct sw_addr src, local;
	uint32_t port; /* as handed in with it; SW_PORT_NONE: its listener is gone */
	bool is_proven;
};

/*
 * The handler. message may send, also to others, and prove; it adds and ends none. gone: the
 * connection ended, why says whose fault (SW_OK: nobody's, or told by an answer); flow 0: it was
 * closed before it had a name. Neither is called inside sw_conns_send.
 *
 * is_needed: a connection that never has to go for another. is_user: is there still one of this
 * name?
 */
struct sw_conn_handler {
	void *arg;
	void (*message)(void *arg, const struct sw_conn_peer *peer, struct sw_slice octets,
			bool is_broken);
	void (*gone)(void *arg, const struct sw_conn_peer *peer, enum sw_reason why);
	bool (*is_needed)(void *arg, uint64_t flow);
	bool (*is_user)(void *arg, struct sw_slice name);
	struct sw_mono (*clock)(void);
	uint32_t (*elsewhere)(void *arg); /* open in other workers; NULL: there are none */
	uint32_t workers; /* that have the limit together; below 2: this one alone */
	uint64_t flows;   /* the upper 24 bits of all names of connections; not 0 in all of them */
};

struct sw_conns;

/*
 * Room for so many, made now. loop and wheel outlive it; seed keys what peers choose. NULL when
 * memory or libcrypto fail.
 */
struct sw_conns *sw_conns_new(uint32_t capacity, struct sw_loop *loop, struct sw_wheel *wheel,
			      const uint8_t seed[SW_SEED_LEN],
			      const struct sw_conn_handler *handler);
void sw_conns_free(struct sw_conns *s); /* closes what is open; the handler is not told */

/*
 * How many may be open from now on, up to the capacity (those that are stay), and how long a
 * message may be, up to 256 KiB.
 */
void sw_conns_limit(struct sw_conns *s, uint32_t limit, size_t message_max);

/* A connection that was accepted; fd is taken in any case, and closed when it is one too many. */
void sw_conns_add(struct sw_conns *s, int fd, const struct sw_addr *src,
		  const struct sw_addr *local, uint32_t port);

/* Send, or queue what the peer does not take yet. false: no such connection any more. */
SW_MUST bool sw_conns_send(struct sw_conns *s, uint64_t flow, struct sw_slice octets);

/* A user has proven to be there: from now on it may stay silent. The first one counts. */
void sw_conns_prove(struct sw_conns *s, uint64_t flow, struct sw_slice user);

/* Go on with what is left of the last turn of the loop; call it after each. */
void sw_conns_turn(struct sw_conns *s);
bool sw_conns_is_busy(const struct sw_conns *s); /* the next turn must not wait */

/*
 * End those of one port, or with SW_PORT_NONE all: what has come is answered, then they close. The
 * answers may take some turns, in which the handler hears of messages without a port.
 * sw_conns_renumber: port i of the others is map[i] from now on, SW_PORT_NONE where it is gone.
 */
void sw_conns_end(struct sw_conns *s, uint32_t port);
void sw_conns_renumber(struct sw_conns *s, const uint32_t *map, uint32_t ports);

uint32_t sw_conns_most(const struct sw_conns *s); /* the limit as it is now */
uint32_t sw_conns_open(const struct sw_conns *s);
uint32_t sw_conns_proven(const struct sw_conns *s);

#endif
