/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roles of a door: what each is given at its start, and what lies between two of them. It
 * starts them and finds them; when one is to start, and what it is told then, is the parent's.
 */
#ifndef SIPWARD_ROLES_H
#define SIPWARD_ROLES_H

#include "admin/admin.h"
#include "edge/worker.h"
#include "proc/sandbox.h"
#include "proc/shared.h"
#include "proc/spawn.h"
#include "proc/store_role.h"

#define SW_ROLES_FIRST_WORKER 2u /* behind admin and the store */

#define SW_ROLES_REQUESTS 32768 /* finished ones of the last 32 s: 1,000 a second */
#define SW_ROLES_INVITES  512   /* refused ones that wait for their ACK */

/* What the parent wants, and what it found out; outlives the roles. */
struct sw_roles_setting {
	bool is_single;
	int (*admin)(const struct sw_admin_start *start); /* single: its body */
	const char *admin_program;                        /* else what is executed */
	int control_fd, lock_fd;                          /* below 0: there is none */
	uint32_t workers;
	const struct sw_facts *facts;         /* of the start */
	const struct sw_sandbox_setting *box; /* single: nobody enters */
	struct sw_running *owner;
};

/* Owner: the caller; it stays where it is. Zeroed: nobody. */
struct sw_roles {
	struct sw_roles_setting setting;
	struct sw_load_secrets secrets;
	struct sw_shared shared;
	uint32_t n; /* of them: admin, store, workers */
	struct sw_role *role;
	struct sw_spawn *spawn;         /* of each */
	struct sw_worker_start *worker; /* of each worker */
	struct sw_store_start store;
	struct sw_admin_start admin;
	int ring_fd;                  /* eventfd: a worker has published events */
	int post_fd[SW_POST_WORKERS]; /* eventfd of each worker: another has handed it something */
	int wake_fd[SW_POST_WORKERS]; /* likewise: the store has synced what it waits for */
	struct sw_journal_pair journal[SW_POST_WORKERS];
	char store_path[SW_JOURNALS_PATH];
	struct sw_area post, saves; /* saves: of struct sw_save_state */
};

/* Make all that lies between them; nobody begins yet. false: *why; sw_roles_free gives it back. */
SW_MUST bool sw_roles_init(struct sw_roles *r, const struct sw_roles_setting *setting,
			   const struct sw_load_secrets *secrets, struct sw_why *why);

/*
 * Let one that is absent begin, for the first time or again; fn hears it with the role as its
 * argument. What it must then be brought to is the feed's. false: *why.
 */
SW_MUST bool sw_roles_begin(struct sw_roles *r, struct sw_role *role, struct sw_loop *loop,
			    sw_loop_fn fn, struct sw_why *why);

/* Its pair is closed, or shall be: nothing is heard of it any more. It is DYING then. */
void sw_roles_leave(struct sw_role *role, struct sw_loop *loop);

/* Its process or thread is there no more. */
void sw_roles_bury(struct sw_roles *r, struct sw_role *role, int status);

static inline struct sw_role *sw_roles_admin(const struct sw_roles *r)
{
	return &r->role[0];
}

static inline struct sw_role *sw_roles_store(const struct sw_roles *r)
{
	return &r->role[1];
}

/* The way of its feed. */
struct sw_feed_to sw_roles_to(const struct sw_role *role);

/* A new way to admin or the store that it is owed. false: its pair is full. */
SW_MUST bool sw_roles_push_peer(struct sw_role *role);

/* roles_journals.c: the journals of all workers, for whoever the roles will be. */
SW_MUST bool sw_roles_open_journals(struct sw_roles *r, struct sw_why *why);

/* The store misses a journal: another one in its place, for it and for its worker. */
void sw_roles_journal(struct sw_roles *r, uint32_t code);

/* In a process that is to know nothing of roles: no secret, no shared memory. arg: the roles. */
void sw_roles_forget_all(void *arg);

/* When nobody lives: all that was made. Zeroed is nothing. */
void sw_roles_free(struct sw_roles *r);

#endif
