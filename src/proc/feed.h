/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How far one role is on its way to a stage. Messages of a pair arrive in their order, and a full
 * pair only means "later": so what is still to be sent follows from what was sent.
 */
#ifndef SIPWARD_PROC_FEED_H
#define SIPWARD_PROC_FEED_H

#include "proc/stage.h"
#include "share/ipc.h"

enum sw_feed_step {
	SW_FEED_IDLE = 0, /* no stage yet */
	SW_FEED_SENDING,  /* PREPARE, then its sockets */
	SW_FEED_ASKED,    /* all sent */
	SW_FEED_PREPARED, /* it could */
	SW_FEED_UNABLE,   /* it could not */
	SW_FEED_USED,     /* USE was sent */
	SW_FEED_ON,
};

/* Which of a stage's descriptors a role gets. */
enum sw_feed_share {
	SW_FEED_NOTHING = 0, /* the document alone */
	SW_FEED_LOG,         /* the bare document, the log file and the address of admin */
	SW_FEED_SOCKETS,     /* the document and a worker's sockets */
};

/* Owner: the role. Zeroed: as it is when the role begins. */
struct sw_feed {
	const struct sw_stage *stage;
	enum sw_feed_step step;
	uint32_t sent;   /* messages of it */
	uint32_t on;     /* generation that the role serves; 0 none */
	uint32_t forget; /* generation that it must be told to forget first; 0 none */
	bool is_refused; /* UNABLE because of what the configuration says */
};

/* Towards this stage from now on; another one that it had not begun to use is forgotten. */
void sw_feed_begin(struct sw_feed *f, const struct sw_stage *stage);

/*
 * What the role is to be sent: to whom, which share, and whether it may use the stage once it is
 * prepared.
 */
struct sw_feed_to {
	int fd;
	enum sw_feed_share share;
	uint32_t worker;
	bool may_use;
};

/* Send all that can be sent now. false: the pair is full, go on when it takes something again. */
SW_MUST bool sw_feed_push(struct sw_feed *f, const struct sw_feed_to *to);

/* An answer of the role: true, it was one to what it was asked last. */
bool sw_feed_hear(struct sw_feed *f, const struct sw_ipc *m);

#endif
