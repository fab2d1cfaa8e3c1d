/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may have how many connections, and who goes when there is no place left.
 *
 * A stranger has proven nothing. One source (IPv4 address, IPv6 /64) may have an eighth of the
 * limit of them, and at least 8; one user likewise of the proven. Where several workers have the
 * limit together, each gives a source its part of that, for the kernel spreads connections evenly;
 * a place is free as long as all of them together have not reached the limit.
 *
 * When all places are taken, the newest stranger of the source with most of them goes, unless
 * that source is the newcomer's own. Without strangers, the user with most connections, and with
 * more than one, gives up the one that was silent for the longest time; so does a user who proves
 * one too many. A connection that somebody needs, because a binding is reached by it, never has
 * to go. Else the newcomer goes.
 */
#ifndef SIPWARD_PLACES_H
#define SIPWARD_PLACES_H

#include <sipward/reason.h>

#include "net/crowd.h"

/* Of one connection. Owner: the connection, which stays where it is while it has it. */
struct sw_place {
	struct sw_crowd_place at;
	bool is_taken, is_known; /* known: it is proven, and counts for a user */
};

/* Does somebody need this connection? */
typedef bool (*sw_places_needed)(void *arg, const struct sw_place *place);

/* How many are open in other workers. */
typedef uint32_t (*sw_places_elsewhere)(void *arg);

struct sw_places;

struct sw_places *sw_places_new(const uint8_t seed[SW_SEED_LEN], sw_places_needed needed,
				void *arg); /* NULL: no memory, or libcrypto fails */
void sw_places_free(struct sw_places *p);

void sw_places_limit(struct sw_places *p, uint32_t limit); /* those who have one keep it */

/* So many workers have that limit together; without this it is ours alone. arg: as above. */
void sw_places_share(struct sw_places *p, uint32_t workers, sw_places_elsewhere elsewhere);

/* May somebody from there come in? OK: yes, once *goes, if it is not NULL, has left. */
SW_MUST enum sw_reason sw_places_ask(struct sw_places *p, const struct sw_addr *src,
				     struct sw_place **goes);

void sw_places_enter(struct sw_places *p, struct sw_place *place, const struct sw_addr *src);
void sw_places_leave(struct sw_places *p, struct sw_place *place);

/* A stranger is this user now. Gives whom of the user's that makes one too many, or NULL. */
SW_MUST struct sw_place *sw_places_prove(struct sw_places *p, struct sw_place *place,
					 struct sw_slice user);

/* The user is nobody any more: a stranger again. */
void sw_places_doubt(struct sw_places *p, struct sw_place *place, const struct sw_addr *src);

/* It has said something: nothing changes for a stranger. */
void sw_places_touch(struct sw_places *p, struct sw_place *place);

/* Whom its buffers are counted for: its source or its user. */
struct sw_holder *sw_places_holder(struct sw_places *p, const struct sw_place *place);

uint32_t sw_places_most(const struct sw_places *p);
uint32_t sw_places_taken(const struct sw_places *p);
uint32_t sw_places_known(const struct sw_places *p);

#endif
