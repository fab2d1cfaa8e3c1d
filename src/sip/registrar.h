/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a proven REGISTER does to a user's bindings (RFC 3261 10.3): several contacts, refresh,
 * removal, "*", 423. A request is read, planned and answered before anything is changed, and the
 * change cannot fail: all of it happens or nothing. Only what has ended may go in any case.
 */
#ifndef SIPWARD_REGISTRAR_H
#define SIPWARD_REGISTRAR_H

#include "sip/state.h"

#define SW_CONTACT_PARAMS_MAX 16 /* parameters of a Contact's URI: comparing them is quadratic */

/* One Contact of the request. */
struct sw_wanted {
	struct sw_uri uri;
	uint32_t expires_s;      /* 0: let go */
	uint32_t slot;           /* its binding, or SW_TABLE_NONE for a new one */
	struct sw_binding draft; /* what is to be kept */
};

/* One binding that the user has. */
struct sw_had {
	struct sw_binding b;
	struct sw_uri uri; /* borrows from b */
	uint32_t slot;
	bool is_named; /* by a Contact of the request */
	bool goes;
};

/* Scratch for one REGISTER; the arrays are counted. */
struct sw_registration {
	struct sw_slice aor;
	const struct sw_trunk *trunk;
	bool star;
	size_t wants, haves;
	uint8_t call_id[SW_MAC_LEN];
	struct sw_had have[SW_CONTACTS_MAX];
	struct sw_wanted want[SW_CONTACTS_MAX];
};

/*
 * Serve a REGISTER of this subject and write the 200 with all bindings. On a refusal nothing was
 * changed and nothing written.
 */
SW_MUST enum sw_reason sw_registrar_serve(struct step *s, const struct sw_subject *subject);

#endif
