/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bindings that end because somebody has an address no more: at once where workers look, and then
 * in the database. An address whose shard is held by somebody, or for whose ends there is no
 * memory, is tried again; until then it is owed. Belongs to the store role.
 */
#ifndef SIPWARD_ENDING_H
#define SIPWARD_ENDING_H

#include "sip/location.h"
#include "store/store.h"

struct sw_owed_aor {
	uint16_t n;
	char text[SW_NAME_MAX];
};

struct sw_owed_end {
	uint64_t id, seq;
};

/* Owner: the role. Zeroed: nothing is owed. */
struct sw_ending {
	struct sw_owed_aor *aor; /* not ended yet */
	size_t aors, aors_max;
	struct sw_owed_end *end; /* ended, and the database does not know */
	size_t ends, ends_max;
	bool is_short; /* an address could not be remembered: for the role to say, and to clear */
};

/*
 * End all bindings of an address. Without memory to remember it is_short is set, and they end when
 * their time is over: in the database they ended with the user.
 */
void sw_ending_add(struct sw_ending *e, struct sw_location *l, struct sw_mac *mac,
		   struct sw_slice aor);

/* Is there room to note so many ends? false: no memory; nothing is to end now. */
SW_MUST bool sw_ending_has_room(struct sw_ending *e, size_t n);

/* A binding has ended: the database is to know. There was room for it. */
void sw_ending_note(struct sw_ending *e, const struct sw_save *save);

/* Try again what was held. */
void sw_ending_again(struct sw_ending *e, struct sw_location *l, struct sw_mac *mac);

/* What has ended, into the database. false: it refuses, *why; it is still owed. */
SW_MUST bool sw_ending_write(struct sw_ending *e, struct sw_store *s, struct sw_wall now,
			     struct sw_store_why *why);

void sw_ending_free(struct sw_ending *e);

#endif
