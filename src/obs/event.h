/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A decision as a record of fixed size: what the worker puts into its ring and the admin role
 * makes log lines, JSON and accounts from. Plain octets, no pointers.
 */
#ifndef SIPWARD_EVENT_H
#define SIPWARD_EVENT_H

#include "base/level.h"
#include "core/verdict.h"

/* Text that a peer chose, cut to the room; n octets, no NUL. */
#define SW_EVENT_TEXT(room)   \
	struct {              \
		uint16_t n;   \
		char p[room]; \
	}

struct sw_event {
	int64_t at_us; /* wall */
	uint32_t took_us;
	uint32_t generation;
	uint8_t act;       /* enum sw_act */
	uint8_t reason;    /* enum sw_reason */
	uint8_t transport; /* enum sw_transport */
	uint8_t factor;    /* enum sw_factor */
	uint8_t known;     /* enum sw_known */
	uint8_t alg;       /* enum sw_alg */
	uint8_t sess;      /* its -sess form */
	uint8_t way;       /* number from 1; 0 none */
	uint8_t is_register;
	uint8_t is_again; /* a copy of a request that was answered before */
	uint8_t stale;
	uint8_t is_next; /* the answer brings a nextnonce */
	uint16_t status;
	uint16_t warn;      /* set */
	uint16_t offered;   /* set: algorithms that our answer offers */
	uint32_t conf_line; /* of the way that allowed, else of the trunk or user; 0 none */
	uint32_t user_line; /* where the user stands; 0: unknown, or in the store */
	uint32_t granted_s, bindings;
	uint32_t fault_at; /* octet in the way, where there is a rule */
	uint32_t fault_line, fault_column;
	uint8_t rule;      /* enum sw_rule */
	uint8_t near_mark; /* index of that octet in near */
	char id[8];
	struct sw_addr src, at; /* at: of the listener; family NONE: not known */

	/* digest */
	uint8_t realm_ok, nonce_ours, nonce_fresh, nc_new, uri_ok, uri_exact, response_ok;
	uint8_t user_known, user_off, trunk_enabled;
	uint8_t form;        /* enum sw_form: which username was hashed */
	uint8_t qop;         /* enum sw_qop */
	uint16_t nonce_algs; /* set: what its nonce offered */
	uint16_t user_algs;  /* set: hashes that the user has of this form */
	uint16_t trunk_algs; /* set: what the user's trunk takes */
	uint32_t nonce_age_s, nc;

	SW_EVENT_TEXT(24) method;
	SW_EVENT_TEXT(64) trunk;   /* of the subject, else of the claimed user */
	SW_EVENT_TEXT(64) subject; /* proven user; empty: none */
	SW_EVENT_TEXT(64) claimed;
	SW_EVENT_TEXT(128) ruri;
	SW_EVENT_TEXT(96) call_id;
	SW_EVENT_TEXT(96) user_agent;
	SW_EVENT_TEXT(64) conf_file; /* last part of the path that conf_line counts in */
	SW_EVENT_TEXT(16) md5_until; /* of the user's trunk */
	SW_EVENT_TEXT(SW_EXCERPT_MAX) near;
};

/*
 * Is this a record as sw_event_keep makes them: texts within their room, numbers within their
 * lists? To be asked before a record is used that another role has written.
 */
bool sw_event_is_sound(const struct sw_event *e);

/* The texts of a record, in their order. */
enum sw_event_text {
	SW_EVENT_METHOD = 0,
	SW_EVENT_TRUNK,
	SW_EVENT_SUBJECT,
	SW_EVENT_CLAIMED,
	SW_EVENT_RURI,
	SW_EVENT_CALL_ID,
	SW_EVENT_USER_AGENT,
	SW_EVENT_CONF_FILE,
	SW_EVENT_MD5_UNTIL,
	SW_EVENT_NEAR,
	SW_EVENT_TEXTS,
};

/* Where they stand in it. */
struct sw_event_place {
	uint16_t n_at, at, room;
};

extern const struct sw_event_place sw_event_places[SW_EVENT_TEXTS];

/* What stands before all texts: the facts. */
#define SW_EVENT_FACTS offsetof(struct sw_event, method)

/* An account as a record whose texts are still where they were; each fits its room. */
struct sw_event_view {
	union {
		char facts[SW_EVENT_FACTS];
		struct sw_event e; /* of which nothing but the facts is there */
	};
	struct sw_slice text[SW_EVENT_TEXTS];
};

/* at: the listener's. */
void sw_event_see(struct sw_event_view *out, const struct sw_account *a, const struct sw_addr *at,
		  uint32_t took_us, uint32_t generation);

/* Copy what was seen into a record; of the rooms of its texts only what is used is written. */
void sw_event_copy(struct sw_event *out, const struct sw_event_view *v);

/* Both: copy an account into a record; texts that do not fit are cut. */
void sw_event_keep(struct sw_event *out, const struct sw_account *a, const struct sw_addr *at,
		   uint32_t took_us, uint32_t generation);

/*
 * Was it allowed without a proof, because its source is known? Then it is as cheap to send as a
 * challenge is to get, in anybody's name, and counts no more than one.
 */
bool sw_event_is_let_be(const struct sw_event *e);

/*
 * How loud a decision is: refusals notice, proven ones info (warn with a warning), what every
 * login starts with, what is let be and what got no answer debug, our own faults error.
 */
enum sw_level sw_event_level(const struct sw_event *e);

#endif
