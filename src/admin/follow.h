/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Those who follow the decisions as they are made: server-sent events, one "data: {…}" each. A
 * follower has room for what it has not read yet; one that is slower than the door is told so
 * and its stream ends, for nobody waits for it.
 */
#ifndef SIPWARD_FOLLOW_H
#define SIPWARD_FOLLOW_H

#include <microhttpd.h>

#include "tell/decision.h"

#define SW_FOLLOWERS   8
#define SW_FOLLOW_ROOM 65536

struct sw_follower {
	struct MHD_Connection *connection; /* NULL: free */
	bool asleep;                       /* suspended until there is something to say */
	bool over;                         /* nothing more will be put */
	bool any_reason_like;              /* reason ended in "*" */
	struct sw_slice trunk, reason;     /* empty: all; in text */
	char text[128];
	size_t from, n; /* what waits in room */
	char room[SW_FOLLOW_ROOM];
};

/* Zeroed: nobody follows. */
struct sw_follow {
	struct sw_follower list[SW_FOLLOWERS];
	int64_t spoke_us; /* wall; when all were last sent something */
};

/*
 * Is there no place for one more? Then all are sent something, so that those that went away are
 * noticed when the HTTP server runs next.
 */
bool sw_follow_is_full(struct sw_follow *f);

/*
 * The response that streams to this connection, or NULL: the filter is longer than any name.
 * trunk: of this trunk only; reason: "digest_wrong" or "digest_*". To be called when not full.
 */
struct MHD_Response *sw_follow_add(struct sw_follow *f, struct MHD_Connection *connection,
				   struct sw_slice trunk, struct sw_slice reason);

/* Does anybody? */
bool sw_follow_is_on(const struct sw_follow *f);

void sw_follow_put(struct sw_follow *f, const struct sw_event *e);

/* A comment to everybody every 15 s: a follower that went away is noticed by it. */
void sw_follow_beat(struct sw_follow *f, struct sw_wall now);

/* No more: streams end after what waits. To be done before the HTTP server stops. */
void sw_follow_end(struct sw_follow *f);

#endif
