/* SPDX-License-Identifier: Apache-2.0 */
/*
 * People: the users of the store, changed by lists and told as JSON.
 *
 * A list is lines, each one object:
 *   {"op":"add","row":12,"name":"alice","trunk":"staff","password":"…","aor":["alice"],
 *    "number":["+4930123"],"enabled":true}
 * op: add (the name must be free), set (what is given replaces what is kept) or del. row: the line
 * in the caller's own file, for messages; without it the number of the line here. In place of a
 * password: "ha1":{"md5":"hex","sha-256":"hex","sha-512-256":"hex"} of name:realm:password, and
 * "ha1_at" likewise of name@realm:realm:password. A password gives all of them for every algorithm
 * that the trunk's ways name; of an ha1 what the trunk does not take is left out. aor and number
 * replace the whole list; without aor the name is the address-of-record.
 *
 * A list is applied as a whole or not at all, unless bad rows may be skipped; memory does not grow
 * with its length. Passwords, and the lines they came in, are wiped.
 */
#ifndef SIPWARD_PEOPLE_H
#define SIPWARD_PEOPLE_H

#include <jansson.h>

#include "base/hash.h"
#include "store/store.h"

#define SW_PEOPLE_LINE 65536 /* octets of a line at most */
#define SW_PEOPLE_BAD  100   /* bad rows that a report tells of */

struct sw_people_rules {
	const struct sw_policy *policy; /* trunks, realm, names that the configuration has */
	struct sw_hash *hash;
	struct sw_wall now;
	bool skip_bad;
	bool is_trial;                /* say what would become of it, and change nothing */
	uint64_t users_max;           /* that the store may then have; 0: any number */
	const _Atomic bool *is_ended; /* set meanwhile: it is given up as FAILED; or NULL */
	/* Now and then: rows so far, octets read so far. Or NULL. */
	void (*progress)(void *arg, uint64_t rows, uint64_t octets);
	void *arg;
};

struct sw_people_bad {
	uint64_t row;
	char name[SW_NAME_MAX + 1]; /* "" where it has none */
	char message[200];
	bool is_missing; /* there is no user of this name */
};

/* Big: not for the stack. */
struct sw_people_report {
	uint64_t rows, added, changed, deleted, left_out; /* left_out: HA1s that no way takes */
	uint64_t bad;
	struct sw_people_bad first[SW_PEOPLE_BAD];
	struct sw_store_why why; /* of FAILED */
};

enum sw_people {
	SW_PEOPLE_DONE = 0,
	SW_PEOPLE_BAD_ROWS, /* nothing was changed */
	SW_PEOPLE_FAILED,   /* likewise: report->why */
};

/* Apply the lines of fd, from where it stands to its end. */
SW_MUST enum sw_people sw_people_apply(struct sw_store *s, int fd,
				       const struct sw_people_rules *rules,
				       struct sw_people_report *report);

/*
 * {"added":1,"changed":0,"deleted":0,"left_out":0,"bad":1,"rows":[{"row":12,"name":"alice",
 * "message":"…"}]}. NULL: no memory. The caller owns it.
 */
json_t *sw_people_report_json(const struct sw_people_report *report);

/*
 * {"name":"alice","trunk":"staff","enabled":true,"algorithms":["sha-256"],"aor":["alice"],
 * "number":[]}: no secret in it. NULL: no memory.
 */
json_t *sw_people_json(const struct sw_user *u);

/*
 * {"users":[…],"next":"name"}: at most limit of them behind `after`; next is null at the end.
 * NULL: *why.
 */
json_t *sw_people_list(struct sw_store *s, struct sw_slice after, size_t limit,
		       struct sw_store_why *why);

/* One of them, or NULL: why->trouble is OK when there is nobody of this name. */
json_t *sw_people_show(struct sw_store *s, struct sw_slice name, struct sw_store_why *why);

/*
 * The registrations that a user has now, as a list: [{"aor":"alice","contact":"<sip:…>",
 * "transport":"udp","source":"192.0.2.7:5060","expires_s":212}]. All bindings are looked through.
 * NULL: the store keeps none (memory), or *why.
 */
json_t *sw_people_registrations(struct sw_store *s, struct sw_slice name, struct sw_wall now,
				struct sw_store_why *why);

#endif
