/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store role: the one thread that has the database. It fills the table of users that workers
 * read and keeps it as the database is, writes bindings that workers pass on, and answers what
 * admin asks about users. While the database refuses, it keeps what it has, tries again each
 * second, and workers are told to refuse what would change a binding.
 */
#ifndef SIPWARD_STORE_ROLE_H
#define SIPWARD_STORE_ROLE_H

#include "edge/generation.h"
#include "edge/save.h"
#include "obs/keep.h"
#include "proc/why.h"
#include "share/handover.h"
#include "store/store.h"

struct sw_store_role;

/*
 * Make it, and load the users. The store is its own from here on, also when it fails; seed is the
 * one of generations. wake_fd: eventfd that wakes the worker. NULL: *why.
 */
struct sw_store_role *sw_store_role_new(struct sw_store *store, const uint8_t seed[SW_SEED_LEN],
					int wake_fd, struct sw_why *why);

/* Give a generation the table of users. */
void sw_store_role_lend(struct sw_store_role *r, struct sw_generation *g);

/*
 * May the store's users go on with this policy? Another realm, or somebody who stands in both
 * places, is refused, and while a list is applied whatever the list was judged by. The role itself
 * has the last word, when it is offered a generation: what came meanwhile makes it refuse, and it
 * says why once it has answered.
 */
SW_MUST bool sw_store_role_may_follow(struct sw_store_role *r, const struct sw_policy *now,
				      const struct sw_policy *next, struct sw_why *why);
const char *sw_store_role_refusal(const struct sw_store_role *r);

/*
 * Take the first generation, which was offered, and put bindings of users that there still are
 * into the location: before the worker is made. What ended goes, and what came by a connection; an
 * expiry is never later than what was granted from now.
 */
SW_MUST bool sw_store_role_load(struct sw_store_role *r, const struct sw_generation *first,
				struct sw_location *l, struct sw_wall now, struct sw_why *why);

/* For the worker, for admin, for the parent. */
struct sw_save_way sw_store_role_way(const struct sw_store_role *r);
int sw_store_role_admin_fd(const struct sw_store_role *r);
const struct sw_keep *sw_store_role_keep(const struct sw_store_role *r);
struct sw_handover *sw_store_role_cell(struct sw_store_role *r); /* of struct sw_generation */
void sw_store_role_wake(struct sw_store_role *r);                /* something was offered */

/* Body of its thread. Ends after sw_store_role_stop, with all that waits written. */
void *sw_store_role_main(void *arg);
void sw_store_role_stop(struct sw_store_role *r);

/* What could not be kept at the end, as a sentence; "" is nothing. */
const char *sw_store_role_lost(const struct sw_store_role *r);

/* When its thread has ended, or was never started. NULL is nothing. */
void sw_store_role_free(struct sw_store_role *r);

#endif
