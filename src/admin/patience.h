/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time that a connection to the control socket may take for what it sends. A peer that always sends
 * a little is never silent, so the server's own timeout does not see it: a header has seconds to be
 * whole, a body seconds and more for what has come of it. What is late is shut.
 */
#ifndef SIPWARD_PATIENCE_H
#define SIPWARD_PATIENCE_H

#include <microhttpd.h>
#include <stdbool.h>

#include "base/time.h"

#define SW_PEERS 32 /* connections at once */

struct sw_peer {
	bool is_taken;
	int fd;
	int64_t begin_us, until_us; /* until 0: it waits for us */
};

struct sw_patience {
	struct sw_wall now; /* of the turn of the loop */
	struct sw_peer peer[SW_PEERS];
};

/* For MHD_OPTION_NOTIFY_CONNECTION, with a struct sw_patience. */
void sw_patience_notify(void *arg, struct MHD_Connection *connection, void **place,
			enum MHD_ConnectionNotificationCode what);

void sw_patience_begin_body(struct sw_patience *p, struct MHD_Connection *connection);
void sw_patience_body(struct sw_patience *p, struct MHD_Connection *connection, uint64_t octets);
void sw_patience_wait(struct sw_patience *p, struct MHD_Connection *connection);  /* all is there */
void sw_patience_again(struct sw_patience *p, struct MHD_Connection *connection); /* next request */

/* Shut what is late. */
void sw_patience_sweep(struct sw_patience *p, struct sw_wall now);

#endif
