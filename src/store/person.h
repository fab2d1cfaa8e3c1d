/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of a list of people, read and turned into a user. Whether names and numbers are free
 * is people.c's business. Nothing outside store includes this.
 */
#ifndef SIPWARD_PERSON_H
#define SIPWARD_PERSON_H

#include "store/people.h"

enum sw_person_op {
	SW_PERSON_NONE = 0,
	SW_PERSON_ADD,
	SW_PERSON_SET,
	SW_PERSON_DEL,
};

/* Texts borrow from the JSON; what was not given is NULL or no slice. */
struct sw_person {
	json_t *json; /* owned */
	enum sw_person_op op;
	uint64_t row;
	struct sw_slice name, trunk, password;
	const json_t *ha1, *ha1_at, *aor, *number, *enabled;
};

/* false: *bad says why, and holds row and name as far as they are known. */
SW_MUST bool sw_person_read(struct sw_slice line, uint64_t row, struct sw_person *out,
			    struct sw_people_bad *bad);
void sw_person_free(struct sw_person *p); /* wipes; zeroed is nothing */

/*
 * Write what is given into *u: zeroed for add, as kept for set. *left_out counts HA1s that the
 * trunk does not take. false: *bad.
 */
SW_MUST bool sw_person_apply(const struct sw_person *p, const struct sw_people_rules *rules,
			     struct sw_user *u, uint64_t *left_out, struct sw_people_bad *bad);

/* Why a row is bad. Gives false. */
bool sw_person_bad(struct sw_people_bad *bad, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Algorithms that the ways of a trunk name, whatever the date: `md5 until` may move. */
unsigned sw_person_algs(const struct sw_trunk *t);

/* From here on what jansson gives back is wiped: passwords come through it. By each open. */
void sw_person_guard(void);

#endif
