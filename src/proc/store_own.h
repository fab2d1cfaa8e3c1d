/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the store role share. Nothing else includes this. */
#ifndef SIPWARD_STORE_OWN_H
#define SIPWARD_STORE_OWN_H

#include <stdatomic.h>

#include "proc/ending.h"
#include "proc/intake.h"
#include "proc/rules.h"
#include "proc/store_role.h"
#include "proc/why.h"
#include "share/clock.h"
#include "share/ipc.h"
#include "store/people.h"

/* What bindings end by, as for workers: see struct sw_engine_parts. */
static inline struct sw_wall sw_store_steady(const struct sw_store_start *start)
{
	return start->ahead_us == 0
		       ? sw_clock_wall()
		       : (struct sw_wall){ (int64_t)sw_clock_mono().us + start->ahead_us };
}

struct sw_store_role {
	struct sw_store *store;
	const struct sw_store_start *start;
	struct sw_keep *keep; /* on the board */

	struct sw_policy none; /* nobody is configured: users has kept ones only */
	struct sw_users users;
	void *none_memory;
	uint32_t capacity;
	struct sw_mac *mac; /* of this thread, as is hash */
	struct sw_hash *hash;

	struct sw_location location; /* of all workers */
	struct sw_intake *intake;    /* when there is a store */
	struct sw_ending ending;
	struct sw_rules *rules;    /* that lists are judged by */
	struct sw_rules *next;     /* from when the list that is being applied has been */
	struct sw_rules *prepared; /* of the generation that may come */
	uint32_t number;           /* of that */
	int ask_fd;
	struct sw_ipc order;
	_Atomic bool is_stopped;
	bool is_alone; /* admin is gone */

	bool is_behind;      /* the table is not as the database is */
	bool is_table_short; /* it took no more */
	bool is_table_busy;  /* a part of it is held by somebody who does not move */

	char early[SW_SENTENCE]; /* a line for the log from before admin was there; "": none */
	enum sw_level early_level;
	struct sw_store_why why;  /* of being down */
	struct sw_store_why said; /* likewise, as the log has it; "": it is up */
	struct sw_mono retry_at, sweep_at;
	struct sw_why refusal; /* of a generation */
	struct sw_why lost;    /* "": nothing */
	struct sw_ipc ipc;
	struct sw_people_report report;
};

/* orders.c: do what the parent says; also while a long list is applied, and it counts as a turn. */
void sw_store_hear(struct sw_store_role *r);
void sw_store_use_next(struct sw_store_role *r); /* what was used meanwhile counts from now on */
void sw_store_turn(struct sw_store_role *r);     /* it lives: see its cell */

/*
 * registered.c: bindings of users that there still are, by the users of this first generation, into
 * the location. What ended goes, and what came by a connection; an expiry is never later than what
 * was granted from now.
 */
SW_MUST bool sw_registered_load(struct sw_store_role *r, const struct sw_users *users,
				struct sw_wall now, struct sw_why *why);

/* Bindings that are nobody's end: a life before may have died before it ended them. */
void sw_registered_judge(struct sw_store_role *r, const struct sw_users *users);

/* The database refuses: from now on workers do too. */
void sw_store_role_fail(struct sw_store_role *r, const struct sw_store_why *why);

/* A line for the log, if admin takes it now. */
void sw_store_role_note(struct sw_store_role *r, enum sw_level level, const char *text);

/* follow.c: may these rules follow those in use? The realm of the store is changed with them. */
SW_MUST bool sw_follow_may(struct sw_store_role *r, const struct sw_policy *next);

/* Between two pieces of work that take long: what must not wait for their end. */
void sw_store_role_breathe(struct sw_store_role *r);

/*
 * keeper.c: after a list, what it changed; or all, also when the table is not as it should be. When
 * that fails the table is behind until all of it has been loaded again.
 */
SW_MUST bool sw_keeper_take_changes(struct sw_store_role *r, struct sw_store_why *why);
SW_MUST bool sw_keeper_load(struct sw_store_role *r, struct sw_store_why *why);

#endif
