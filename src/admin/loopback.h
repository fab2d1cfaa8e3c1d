/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address that `admin ADDR:PORT` names: health, metrics and status for whoever runs on this
 * machine, by GET alone. It is open to any program here, also to a browser that a web page has told
 * that its name leads here (DNS rebinding): so the Host must be a name of loopback.
 */
#ifndef SIPWARD_LOOPBACK_H
#define SIPWARD_LOOPBACK_H

#include "admin/patience.h"
#include "admin/state.h"

/* Zeroed: none. */
struct sw_loopback {
	struct MHD_Daemon *daemon;
	const struct sw_admin_state *state;
	struct sw_patience patience;
	struct sw_wall now;
};

/* fd: a listening socket, the server's from here on. false: the HTTP server cannot start. */
SW_MUST bool sw_loopback_start(struct sw_loopback *l, const struct sw_admin_state *state, int fd);

/* What to poll for reading; -1: nothing. */
int sw_loopback_fd(const struct sw_loopback *l);
int sw_loopback_wait_ms(const struct sw_loopback *l, int most);

void sw_loopback_run(struct sw_loopback *l, struct sw_wall now);
void sw_loopback_end(struct sw_loopback *l);

/* Is this value of Host a name of loopback: localhost, 127.x.y.z or [::1], with any port? */
bool sw_loopback_is_name(struct sw_slice host);

#endif
