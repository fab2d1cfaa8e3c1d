/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A role: one process that the parent forks, or with --single one thread, with a socket pair to
 * the parent (share/ipc.h) and a cell of the board (obs/board.h).
 *
 * The nouns around it, each a file of its own:
 *
 *   parent    the story: start, serve, end; it waits for what the others below report
 *   closing   the end, kind by kind
 *   shared    the memory that the parent makes before the first fork: tables, board
 *   roles     which roles there are, what each is given at its start, what lies between two of them
 *   spawn     how one comes into being: fork or thread, signals, descriptors, title
 *   feed      how far one is with a generation, and the messages that bring it further
 *   reload    from "load again" to "all are on it", or back
 *   watch     whether they live and turn; their death, and when a successor comes
 *   gauge     how full the tables are, and who holds up whom in them
 *   stage     what the parent has of a generation: facts, documents, sockets, log file
 *   notes     lines for the log, which wait while admin is not there
 *
 * The life of a role:
 *
 *   1. the parent fills its start (struct sw_worker_start, sw_store_start, sw_admin_start): memory,
 *      descriptors, seeds; no configuration
 *   2. it begins: signals that end or reload are left to the parent, other descriptors closed, its
 *      title set, secrets of others wiped, the sandbox entered
 *   3. PREPARE n: it builds its configuration from the document, with a SOCKET for each listener,
 *      and everything else that can fail: PREPARED n, or UNABLE n or REFUSES n with a sentence, and
 *      then it stays as it was. The first one is its start: the engine, the database
 *   4. USE n: between two batches, and it cannot fail: ON n. Or FORGET n
 *   5. STOP: it drains, and ends with exit code 0. A pair that is closed means the same
 *
 * Each turn of its loop goes into its cell, so that the parent sees one that hangs. Whatever ends
 * a role but STOP is its death: its successor begins at 1 with the same memory and sockets and
 * gets the generation that counts then.
 */
#ifndef SIPWARD_ROLE_H
#define SIPWARD_ROLE_H

#include <pthread.h>

#include "net/loop.h"
#include "obs/board.h"
#include "proc/feed.h"
#include "proc/pulse.h"

struct sw_roles;
struct sw_running;

enum sw_role_kind {
	SW_ROLE_NONE = 0,
	SW_ROLE_ADMIN,
	SW_ROLE_STORE,
	SW_ROLE_WORKER,
};

enum sw_role_state {
	SW_ROLE_ABSENT = 0, /* not started, or dead and reaped */
	SW_ROLE_ALIVE,
	SW_ROLE_DYING, /* its pair is closed; it is not reaped yet */
};

#define SW_ROLE_NAME 24

/* Owner: struct sw_roles; it stays where it is. */
struct sw_role {
	enum sw_role_kind kind;
	uint32_t number;         /* of a worker, from 0 */
	char name[SW_ROLE_NAME]; /* "worker 0" */
	struct sw_board_cell *cell;
	enum sw_role_state state;
	uint32_t starts;  /* of all its lives; what its cell says is for others */
	pid_t pid;        /* of its last life; 0: it is a thread */
	pthread_t thread; /* likewise */
	struct sw_roles *roles;
	struct sw_running *owner;
	struct sw_watch watch; /* its pair, our end; -1: none */
	bool is_gone;          /* the other end of its pair is closed */
	bool is_full;          /* it is watched until it takes something again */
	int peer_fd;           /* a way to admin or the store that it is to be sent; -1: none */
	struct sw_feed feed;
	struct sw_pulse pulse;
	unsigned grip; /* looks, one after the other, in which it held what others wait for */
};

#endif
