/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom the built-in user agent talks to: what the command line says, else the running door, else
 * port 5060 of this machine.
 */
#ifndef SIPWARD_TARGET_H
#define SIPWARD_TARGET_H

#include "base/addr.h"
#include "cmd/cmd.h"

/* Options; NULL: not given. server is [udp:|tcp:]HOST[:PORT]. */
struct sw_target_want {
	const char *server, *domain, *control, *conf;
};

struct sw_target {
	enum sw_transport transport;
	char host[256];   /* name or address, no brackets */
	char domain[256]; /* as it stands in a URI */
	uint16_t port;
};

/*
 * Without a server, the door that runs says where its first listener is, UDP before TCP, and what
 * its realm is; that none runs matters only where control or conf name one. The domain is the
 * realm, else the server's host. Failures: a sentence on stderr.
 */
SW_MUST enum sw_exit sw_target_find(const struct sw_target_want *want, struct sw_target *out);

#endif
