/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users, groups and capabilities: what the parent keeps, and what a role gives away for ever.
 *
 * A door that root starts runs its roles as the user and group `sipward`. Where that user does not
 * exist they stay root, but without a single capability. A door that anybody else starts has
 * nothing to give away.
 */
#ifndef SIPWARD_PRIVILEGES_H
#define SIPWARD_PRIVILEGES_H

#include <sys/types.h>

#include "proc/why.h"

#define SW_PRIVILEGES_USER "sipward"

/* Who the roles run as; plain numbers, made once by the parent, before anything is dropped. */
struct sw_privileges {
	bool is_root;  /* the door was started by root */
	bool has_user; /* and there is such a user: uid and gid are its */
	uid_t uid;
	gid_t gid;
};

/* Who starts us, and is there the user? Reads the list of users; opens files and libraries. */
void sw_privileges_find(struct sw_privileges *out);

/*
 * The parent, when nothing needs more any longer: it keeps what it needs to bind low ports, read
 * keys of others, end roles and start them as their user. Nothing happens unless root starts us.
 */
SW_MUST bool sw_privileges_keep_few(const struct sw_privileges *p, struct sw_why *why);

/*
 * A role, for ever: its user and group, no group beside it, no capability and no way to one, which
 * is tried. On failure the process has to end.
 */
SW_MUST bool sw_privileges_drop(const struct sw_privileges *p, struct sw_why *why);

/*
 * The parent makes files that roles own: between these two it opens and makes them as their user.
 * One thread only. Nothing happens where there is no such user.
 */
SW_MUST bool sw_privileges_act_as_role(const struct sw_privileges *p, struct sw_why *why);
void sw_privileges_act_as_self(const struct sw_privileges *p);

/* No capability of any kind is left, in any set, and the user is not root: what is true now. */
bool sw_privileges_has_none(void);
bool sw_privileges_is_root(void);

/*
 * Could the user of the roles work in this directory and with this file in it, which need not be
 * there? Else *why has the chown line. Nothing is asked where there is no such user. Paths end
 * with NUL.
 */
SW_MUST bool sw_privileges_may_keep(const struct sw_privileges *p, const char *directory,
				    const char *file, struct sw_why *why);

#endif
