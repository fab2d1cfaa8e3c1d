/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine: octets, a source and the time in, actions out. It reads no clock, socket, file or
 * environment and starts no thread; randomness is a seed given at the start, so a recorded run
 * replays exactly. One engine belongs to one thread.
 */
#ifndef SIPWARD_ENGINE_H
#define SIPWARD_ENGINE_H

#include <sipward/policy.h>
#include <sipward/replay.h>

#include "base/mac.h"
#include "sip/location.h"
#include "sip/proven.h"
#include "sip/users.h"

struct sw_engine;
struct sw_txn_head;
struct sw_txn_record;

/*
 * Server transactions: a ring of finished requests, and slots of INVITEs whose refusal waits for
 * its ACK. A view on memory that is handed in. Zeroed: there are none, which costs copies of
 * requests their answer and nothing else.
 */
struct sw_txns {
	struct sw_txn_head *head;
	uint32_t *bucket;
	struct sw_txn_record *record;
	uint32_t records, mask;
	uint64_t *due_us; /* of each slot */
	struct sw_table invites;
	uint64_t next_us; /* nothing is due before; 0: nothing at all */
};

size_t sw_txns_size(uint32_t records, uint32_t invites);
void sw_txns_init(struct sw_txns *t, void *memory, uint32_t records,
		  uint32_t invites); /* zeroed memory, one of each at least */

/* What the engine works on; all of it outlives the engine or the next sw_engine_use. */
struct sw_engine_parts {
	uint8_t key_seed[SW_SEED_LEN];    /* workers share it: each knows the others' nonces */
	uint8_t random_seed[SW_SEED_LEN]; /* of this engine alone, else two draw the same numbers */
	uint64_t boot;                    /* see sw_nonce_maker; the workers of a start share it */
	struct sw_wall wall;              /* now: the day of the keys */
	int64_t ahead_us; /* bindings end by the monotonic clock and this; 0: by the wall's clock */
	const struct sw_policy *policy;
	struct sw_users users;       /* index over policy's users */
	struct sw_location location; /* bindings: survive a change of policy */
	struct sw_replay replay;     /* windows: likewise; its self names this engine's worker */
	struct sw_txns txns;         /* transactions: likewise */
	struct sw_proven proven;     /* sources: likewise */
};

/* NULL when libcrypto or memory fail. Start-up only: no later call allocates. */
struct sw_engine *sw_engine_new(const struct sw_engine_parts *parts);
void sw_engine_free(struct sw_engine *e);

/* Go on with another snapshot; between two inputs. The old one is not touched again. */
void sw_engine_use(struct sw_engine *e, const struct sw_policy *policy, struct sw_users users);

/* A message that came in. */
struct sw_input {
	struct sw_slice octets; /* a whole datagram, or what the framer took for a message */
	struct sw_addr src;
	struct sw_addr local; /* the address it came to, where known; else the listener's */
	uint32_t listener;    /* index into the policy's listeners */
	enum sw_transport transport;
	uint64_t flow;  /* the connection it came by: named once in a boot; 0 for datagrams */
	bool is_broken; /* the framer gave up on this stream: the octets are to be refused */
	bool no_saves;  /* the store takes no changes now: what would need one is refused */
	bool is_handed; /* by another worker, or none takes it: it is answered here */
	struct sw_mono mono;
	struct sw_wall wall;
};

/* A way back to somebody. */
struct sw_path {
	uint32_t listener; /* index into the policy's listeners */
	enum sw_transport transport;
	struct sw_addr local, peer;
	uint64_t flow; /* not 0: this connection and no other; 0: a datagram */
};

enum sw_action_kind {
	SW_DO_NOTHING = 0,
	SW_DO_SEND, /* octets along path: by its flow, or from listener and local to peer */
	SW_DO_NOTE, /* a decision was made: log, count, keep its account */
};

struct sw_action {
	enum sw_action_kind kind;
	struct sw_slice octets; /* SEND: in the room that the caller gave */
	struct sw_path path;    /* SEND */
};

#define SW_ACTIONS_MAX 2
#define SW_SAVES_MAX   ((size_t)2 * SW_CONTACTS_MAX)

/*
 * What is to be done. Saves come before the sends beside them: an answer must not leave before
 * the store has what it promises.
 */
struct sw_actions {
	size_t n;
	struct sw_action a[SW_ACTIONS_MAX];
	size_t saves;
	struct sw_save save[SW_SAVES_MAX];
	bool promises; /* the send tells somebody what bindings there are: a 2xx to REGISTER */
	struct sw_account account; /* NOTE: borrows from the input, the room and the snapshot */
	/*
	 * The user whose proof this message brought, whatever became of it; until the next step.
	 * A copy of an earlier one proves nobody.
	 */
	struct sw_slice proven;
	/*
	 * A copy of a request that another worker has served, and only that one can answer it as it
	 * did: its index + 1, and nothing else is to be done or noted. Where it cannot be handed
	 * over, take it again as one that was. 0: it is done with here.
	 */
	uint32_t hand_to;
};

#define SW_ROOM 16384 /* octets of room for an answer; what needs more is met with silence */

/*
 * Take one message. What is to be sent is written to room (SW_ROOM octets); *out and it stay
 * valid until the caller reuses them. Keep-alives (up to four octets of CR, LF, NUL) give no
 * action at all.
 */
void sw_engine_take(struct sw_engine *e, const struct sw_input *in, char room[SW_ROOM],
		    struct sw_actions *out);

/*
 * Timers, sweeps, and the turn of nonce keys. Gives one thing to do at a time: call again while
 * out->n + out->saves > 0. Bindings whose time is over go without a save: the store sees by itself
 * that they ended.
 */
void sw_engine_tick(struct sw_engine *e, struct sw_mono mono, struct sw_wall wall,
		    char room[SW_ROOM], struct sw_actions *out);

/* When the engine wants its next tick: at most a second behind the last one. */
struct sw_mono sw_engine_due(const struct sw_engine *e);

/* A connection ended, and its bindings with it. Call again while out->saves > 0. */
void sw_engine_gone(struct sw_engine *e, uint64_t flow, struct sw_actions *out);

/*
 * A user was deleted: the bindings of this address-of-record end. Call again likewise. Other than
 * SW_OK: nobody knows what it has now; try again later.
 */
enum sw_reason sw_engine_forget(struct sw_engine *e, struct sw_slice aor, struct sw_actions *out);

/* The bindings: for whoever loads them, and for tests. */
struct sw_location *sw_engine_location(struct sw_engine *e);

/* A connection by which somebody is reached: it is the way of a binding. */
bool sw_engine_is_way(struct sw_engine *e, uint64_t flow);

/* Is there a user of this name, and may it prove anything? */
bool sw_engine_has_user(struct sw_engine *e, struct sw_slice name);

/* Bindings that live. */
uint32_t sw_engine_bindings(const struct sw_engine *e);

/* Refused INVITEs whose ACK has not come (sip/txn.h). */
uint32_t sw_engine_held(const struct sw_engine *e);

#endif
