/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The control socket: HTTP on a Unix socket by libmicrohttpd, driven from the role's own loop.
 * Who may connect is the socket's mode; requests are small but for lists of users, connections few
 * and short. A reload is asked of the parent, users of the store role, and their callers wait for
 * the answer; nobody else does.
 */
#ifndef SIPWARD_CONTROL_H
#define SIPWARD_CONTROL_H

#include "admin/body.h"
#include "admin/follow.h"
#include "admin/patience.h"
#include "admin/state.h"

#define SW_CONTROL_CONNECTIONS SW_PEERS
#define SW_CONTROL_BODIES      16 /* of them that send a body: the rest is for questions */

/* What was asked of the store role. */
enum sw_control_asked {
	SW_ASKED_CHANGE,
	SW_ASKED_CHANGE_ONE, /* of the user that the address names */
	SW_ASKED_LIST,
	SW_ASKED_FIRST, /* the first page: with the users of the configuration */
	SW_ASKED_ONE,
};

enum sw_control_wait {
	SW_WAIT_NOT = 0,
	SW_WAIT_NEXT,  /* for the load after the one that runs */
	SW_WAIT_NOW,   /* for the load that runs */
	SW_WAIT_PLACE, /* for the place of a follower that may have gone away */
	SW_WAIT_STORE, /* for the store role's answer */
};

/* A request that is being read or waits. */
struct sw_control_request {
	struct MHD_Connection *connection; /* NULL: free */
	size_t ignored;                    /* octets of a body read and thrown away */
	struct sw_body body;               /* of a route that takes one */
	enum sw_control_wait wait;
	enum sw_control_asked asked;
	struct MHD_Response *response; /* after the wait */
	unsigned status;
	bool has_waited;  /* for a place */
	bool is_too_long; /* its body: the rest is thrown away, and then that is said */
};

struct sw_control {
	struct MHD_Daemon *daemon;
	const struct sw_admin_state *state;
	struct sw_wall now; /* of the turn of the loop */
	struct sw_patience patience;
	struct sw_control_request request[SW_CONTROL_CONNECTIONS];
	struct sw_follow follow;
	bool is_ending; /* nobody is asked any more */
	struct sw_control_request *store_queue[SW_CONTROL_CONNECTIONS]; /* in the order of asking */
	size_t store_waits;
};

/* Zeroed memory. false: the HTTP server cannot start. */
SW_MUST bool sw_control_start(struct sw_control *c, const struct sw_admin_state *state);

/* What to poll for reading, and how long at most. */
int sw_control_fd(const struct sw_control *c);
int sw_control_wait_ms(const struct sw_control *c, int most);

/* Serve what is there; cheap when nothing is. */
void sw_control_run(struct sw_control *c, struct sw_wall now);

/* Does anybody follow the decisions? */
bool sw_control_is_followed(const struct sw_control *c);

void sw_control_decision(struct sw_control *c, const struct sw_event *e);

/* The parent's answer to a reload. */
void sw_control_reloaded(struct sw_control *c, uint32_t code, struct sw_slice text);

/* The store role's answer to what was asked first; fd below 0: none came along. Takes fd. */
void sw_control_stored(struct sw_control *c, uint32_t code, struct sw_slice text, int fd);

/* The store role is gone: who waits for it is told so. */
void sw_control_store_gone(struct sw_control *c);

/* For routes: r is taken again when the store role has answered, then with a status. */
enum MHD_Result sw_control_wait_for_store(struct sw_control *c, struct sw_control_request *r,
					  enum sw_control_asked asked);

/* Answer what can be answered, then close. The listening socket stays the parent's. */
void sw_control_end(struct sw_control *c, struct sw_wall now);

#endif
