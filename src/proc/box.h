/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sandbox of one door, as its parent sets it up: from who starts it, and what the configuration
 * asks for once that is known. What the layers are is proc/sandbox.h's business.
 */
#ifndef SIPWARD_BOX_H
#define SIPWARD_BOX_H

#include <limits.h>

#include "proc/facts.h"
#include "proc/sandbox.h"

/* Owner: the parent; it stays where it is. */
struct sw_box {
	struct sw_sandbox_setting setting;
	char directory[PATH_MAX];
};

/* Who starts us; from here on a role can enter, with every layer that there is: conf does. */
void sw_box_init(struct sw_box *b);

/*
 * What the facts of the start ask for. false: `sandbox required` cannot be kept, or the database is
 * not the user's that the roles run as; *why says what to do.
 */
SW_MUST bool sw_box_use(struct sw_box *b, const struct sw_facts *f, bool is_single,
			struct sw_why *why);

/* The user that the roles run as, whose files they read and keep. */
uid_t sw_box_user(const struct sw_box *b);

/* What is missing, for the log: false, nothing is. */
bool sw_box_is_short(const struct sw_box *b, bool is_single, struct sw_why *what);

#endif
