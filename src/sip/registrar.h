/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proven REGISTER does to a user's bindings (RFC 3261 10.3): several contacts, refresh,
 * removal, "*", 423. A request is read, planned and answered before anything is changed, and the
 * change cannot fail: all of it happens or nothing. Only what has ended may go in any case.
 *
 * Requests to a binding go where it was registered from, never to the host in its Contact.
 */
#ifndef SIPWARD_REGISTRAR_H
#define SIPWARD_REGISTRAR_H

#include "sip/state.h"

/* One Contact of the request. */
struct sw_wanted {
	struct sw_uri uri;
	uint32_t expires_s;      /* 0: let go */
	uint32_t slot;           /* its binding, or SW_TABLE_NONE for a new one */
	bool has_moved;          /* it is new, or comes by another way than its binding did */
	struct sw_binding draft; /* what is to be kept */
};

/* One binding that the user has. */
struct sw_had {
	struct sw_uri uri; /* borrows from b */
	uint32_t slot;
	bool is_named; /* by a Contact of the request */
	bool goes;
	struct sw_binding b;
};

/* Scratch for one REGISTER; the arrays are counted. */
struct sw_registration {
	struct sw_slice aor, user;
	const struct sw_trunk *trunk;
	const char *star;     /* "*" in the request: all are to go; NULL: none */
	bool is_direct;       /* no proxy stands between us and the phone */
	bool is_first_hop_ob; /* the proxy next to the phone keeps its flow (RFC 5626 5.1) */
	bool has_outbound;    /* the phone knows RFC 5626 … */
	bool is_outbound;     /* … and a Contact makes use of it */
	const char *second;   /* the second value that is to be bound, in the request; NULL: none */
	size_t values, binds; /* Contact values, and those of them that are to be bound */
	const char *first_hop; /* in the request: its Path, else the topmost Via */
	struct sw_slice path;  /* the values of the request, by commas; in path_text */
	size_t wants, haves;
	struct sw_location_hold hold; /* of the address, from the look to the last change */
	uint8_t call_id[SW_MAC_LEN];
	char path_text[SW_ROUTE_TEXT];
	struct sw_had have[SW_CONTACTS_MAX];
	struct sw_wanted want[SW_CONTACTS_MAX];
};

/*
 * Serve a REGISTER of this subject and write the 200 with all bindings. On a refusal nothing was
 * changed and nothing written.
 */
SW_MUST enum sw_reason sw_registrar_serve(struct step *s, const struct sw_subject *subject);

/* The same 200 again, for a retransmission: from what is bound now; nothing is changed. */
SW_MUST enum sw_reason sw_registrar_repeat(struct step *s, const struct sw_subject *subject);

#endif
