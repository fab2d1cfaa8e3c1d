/* SPDX-License-Identifier: Apache-2.0 */
/* What the sub-commands of `sipward user` have in common: rows that become lines, and words. */
#ifndef SIPWARD_USERWORDS_H
#define SIPWARD_USERWORDS_H

#include "cmd/reach.h"
#include "import/row.h"

/*
 * The trunk that is meant when none was named: the only one. false: there are several, and that
 * was said with their names.
 */
SW_MUST bool sw_userwords_only_trunk(const struct sw_reach *r, struct sw_slice *out);

/* Find it; false: there is none of this name. */
SW_MUST bool sw_userwords_find_trunk(const struct sw_reach *r, struct sw_slice name,
				     struct sw_reach_trunk *out);

/* "SHA-256, MD5" of ["sha-256","md5"]; room is filled and given. */
const char *sw_userwords_algs(const json_t *list, char *room, size_t cap);

/* "a, b" of ["a","b"]. */
const char *sw_userwords_list(const json_t *list, char *room, size_t cap);

/* Is this word in the list? */
bool sw_userwords_has(const json_t *list, const char *word);

/* Why no login of a user can succeed as things are. */
enum sw_userfault {
	SW_USERFAULT_NONE = 0,
	SW_USERFAULT_TRUNK, /* the configuration does not have its trunk */
	SW_USERFAULT_HASH,  /* it has no hash that its trunk takes */
};
enum sw_userfault sw_userwords_fault(const struct sw_reach *r, const json_t *u);

/* In few words, for a list and for JSON; "": none. */
const char *sw_userwords_fault_text(enum sw_userfault fault);

/* Put "fault" into the JSON of a user that has one. */
void sw_userwords_mark(const struct sw_reach *r, json_t *u);

/* What there is to say of a user, on stdout. */
void sw_userwords_print(const struct sw_reach *r, const json_t *u);

/* On stderr, where users end with the door. */
void sw_userwords_say_forgets(const struct sw_reach *r);

#endif
