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
#include "sip/users.h"

struct sw_engine;

/* What the engine works on; all of it outlives the engine or the next sw_engine_use. */
struct sw_engine_parts {
	uint8_t key_seed[SW_SEED_LEN];    /* workers share it: each knows the others' nonces */
	uint8_t random_seed[SW_SEED_LEN]; /* of this engine alone, else two draw the same numbers */
	uint16_t boot;                    /* node and boot id of nonces */
	const struct sw_policy *policy;
	struct sw_users users;       /* index over policy's users */
	struct sw_location location; /* bindings: survive a change of policy */
	struct sw_replay replay;     /* windows: likewise */
};

/* NULL when libcrypto or memory fail. Start-up only: no later call allocates. */
struct sw_engine *sw_engine_new(const struct sw_engine_parts *parts);
void sw_engine_free(struct sw_engine *e);

/* Go on with another snapshot; between two inputs. The old one is not touched again. */
void sw_engine_use(struct sw_engine *e, const struct sw_policy *policy, struct sw_users users);

/* A message that came in. */
struct sw_input {
	struct sw_slice octets; /* a whole datagram */
	struct sw_addr src;
	struct sw_addr local; /* the address it came to, where known; else the listener's */
	uint32_t listener;    /* index into the policy's listeners */
	enum sw_transport transport;
	struct sw_mono mono;
	struct sw_wall wall;
};

enum sw_action_kind {
	SW_DO_NOTHING = 0,
	SW_DO_SEND, /* octets to `to`, from the listener and address that the input came by */
	SW_DO_NOTE, /* a decision was made: log, count, keep its account */
};

struct sw_action {
	enum sw_action_kind kind;
	struct sw_slice octets; /* SEND: in the room that the caller gave */
	struct sw_addr to;      /* SEND */
};

#define SW_ACTIONS_MAX 2

struct sw_actions {
	size_t n;
	struct sw_action a[SW_ACTIONS_MAX];
	struct sw_account account; /* NOTE: borrows from the input, the room and the snapshot */
};

#define SW_ROOM 16384 /* octets of room for an answer; what needs more is met with silence */

/*
 * Take one message. What is to be sent is written to room (SW_ROOM octets); *out and it stay
 * valid until the caller reuses them. Keep-alives (up to four octets of CR, LF, NUL) give no
 * action at all.
 */
void sw_engine_take(struct sw_engine *e, const struct sw_input *in, char room[SW_ROOM],
		    struct sw_actions *out);

/* Once a second: lets go of a bounded number of bindings whose time is over. */
void sw_engine_tick(struct sw_engine *e, struct sw_wall now);

/* Bindings that live. */
uint32_t sw_engine_bindings(const struct sw_engine *e);

#endif
