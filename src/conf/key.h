/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of the language: one table, made from key.def, later.def and core/reserved.def. What a
 * key's words mean is the business of top.c and trunk.c.
 */
#ifndef SIPWARD_KEY_H
#define SIPWARD_KEY_H

#include <sipward/slice.h>

enum sw_key_place {
	SW_KEY_TOP,
	SW_KEY_TRUNK, /* inside trunk and phones */
};

enum sw_key_often {
	SW_KEY_ONCE,
	SW_KEY_MANY,
	SW_KEY_BLOCK,
};

enum sw_key_id {
	SW_KEY_none = 0,
#define SW_KEY(place, symbol, name, value, example, most, often, need, fallback, sentence) \
	SW_KEY_##symbol,
#include "conf/key.def"
#undef SW_KEY
	SW_KEY_COUNT,
};

struct sw_key {
	enum sw_key_id id;
	enum sw_key_place place;
	const char *name;
	const char *value;   /* its grammar, for messages */
	const char *example; /* a whole line */
	size_t most;         /* words behind the key; 0: its own business */
	enum sw_key_often often;
	bool must;
};

const struct sw_key *sw_key_row(enum sw_key_id id); /* not for none */

/* The key of this name in this place, or NULL. */
const struct sw_key *sw_key_find(enum sw_key_place place, struct sw_slice name);

/* Of the language, but not in this version? */
bool sw_key_is_later(enum sw_key_place place, struct sw_slice name);

/* The key of this place that a mistyped name was probably meant to be, or NULL. */
const struct sw_key *sw_key_nearest(enum sw_key_place place, struct sw_slice name);

/* May no trunk or user be called so? */
bool sw_key_is_reserved(struct sw_slice word);

/*
 * Letters to add, remove, change or swap with the next until a is b, without regard to case. At
 * most 32 octets of each are looked at.
 */
unsigned sw_key_distance(struct sw_slice a, struct sw_slice b);

/* Is b near enough to a to be what was meant? */
bool sw_key_is_near(struct sw_slice a, struct sw_slice b);

#endif
