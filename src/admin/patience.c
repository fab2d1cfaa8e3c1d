/* SPDX-License-Identifier: Apache-2.0 */
#include "admin/patience.h"

#include <sys/socket.h>

#define HEADER_S   5
#define IDLE_S     15 /* between two requests, with the header of the next */
#define BODY_S     10
#define BODY_LEAST 65536 /* octets that earn a second more */
#define LONGEST_S  3600

static struct sw_peer *place_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void set(struct sw_patience *p, struct sw_peer *at, int64_t seconds)
{
	at->begin_us = p->now.us;
	at->until_us = p->now.us + seconds * SW_US_PER_S;
}

static struct sw_peer *take(struct sw_patience *p)
{
	for (size_t i = 0; i < SW_PEERS; i++)
		if (!p->peer[i].is_taken)
			return &p->peer[i];
	return NULL;
}

void sw_patience_notify(void *arg, struct MHD_Connection *connection, void **place,
			enum MHD_ConnectionNotificationCode what)
{
	struct sw_patience *p = arg;
	struct sw_peer *at = what == MHD_CONNECTION_NOTIFY_STARTED ? take(p) : *place;
	const union MHD_ConnectionInfo *info;

	*place = NULL;
	if (!at)
		return;
	*at = (struct sw_peer){ 0 };
	if (what != MHD_CONNECTION_NOTIFY_STARTED)
		return;
	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	if (!info)
		return;
	at->is_taken = true;
	at->fd = info->connect_fd;
	set(p, at, HEADER_S);
	*place = at;
}

void sw_patience_begin_body(struct sw_patience *p, struct MHD_Connection *connection)
{
	struct sw_peer *at = place_of(connection);

	if (at)
		set(p, at, BODY_S);
}

void sw_patience_body(struct sw_patience *p, struct MHD_Connection *connection, uint64_t octets)
{
	struct sw_peer *at = place_of(connection);
	uint64_t more = octets / BODY_LEAST;

	(void)p;
	if (at && at->until_us > 0)
		at->until_us = at->begin_us +
			       (BODY_S + (int64_t)(more < LONGEST_S ? more : LONGEST_S)) *
				       SW_US_PER_S;
}

void sw_patience_wait(struct sw_patience *p, struct MHD_Connection *connection)
{
	struct sw_peer *at = place_of(connection);

	(void)p;
	if (at)
		at->until_us = 0;
}

void sw_patience_again(struct sw_patience *p, struct MHD_Connection *connection)
{
	struct sw_peer *at = place_of(connection);

	if (at)
		set(p, at, IDLE_S);
}

void sw_patience_sweep(struct sw_patience *p, struct sw_wall now)
{
	p->now = now;
	for (size_t i = 0; i < SW_PEERS; i++) {
		struct sw_peer *at = &p->peer[i];

		if (!at->is_taken || at->until_us == 0 || now.us < at->until_us)
			continue;
		at->until_us = 0;
		(void)shutdown(at->fd, SHUT_RDWR); /* the server sees its end, and closes */
	}
}
