/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: users and bindings that outlive the door. Behind it stands a database file (SQLite),
 * or memory that forgets at the end; both by one table of functions (store/adapter.h).
 *
 * No worker ever waits for it. It belongs to one thread, the store role's, and is asked from
 * outside by messages: bindings come in by a ring, changes of users by descriptor
 * (share/ipc.def), and what comes out goes into the table of users that the workers read. A
 * command uses it directly only while no door runs; the database file is held by one of them.
 *
 * Passwords are never here; HA1 values are, sealed (base/seal.h), and wiped from memory.
 */
#ifndef SIPWARD_STORE_H
#define SIPWARD_STORE_H

#include <sipward/policy.h>

#include "base/seal.h"
#include "sip/location.h"

struct sw_store;

enum sw_store_kind {
	SW_STORE_MEMORY = 0,
	SW_STORE_SQLITE,
};

/* What is wrong, for exit codes and tests; the sentence says the rest. */
enum sw_store_trouble {
	SW_STORE_OK = 0,
	SW_STORE_NO_DIRECTORY,
	SW_STORE_NO_FILE, /* asked to be read, and it is not there */
	SW_STORE_DENIED,
	SW_STORE_EXPOSED, /* others may read or change it */
	SW_STORE_READ_ONLY,
	SW_STORE_LOCKED, /* by another process: a door that runs, or a command */
	SW_STORE_FULL,   /* no room on the disk */
	SW_STORE_CORRUPT,
	SW_STORE_NO_DATABASE, /* a file of another kind */
	SW_STORE_FOREIGN,     /* a database of another program */
	SW_STORE_NEWER,       /* schema of a newer version */
	SW_STORE_REALM,       /* made for another realm */
	SW_STORE_KEY_NONE,    /* there are users, and no seal key */
	SW_STORE_KEY_WRONG,
	SW_STORE_MEMORY_OUT,
	SW_STORE_BROKEN, /* everything else: SQLite's or libcrypto's own words follow */
};

/* One sentence: what, where, what to do. */
struct sw_store_why {
	enum sw_store_trouble trouble;
	char text[512];
};

/* Of the end of a binding: its number among all changes, and when that was. */
struct sw_store_stamp {
	uint64_t seq;
	struct sw_wall at;
};

struct sw_store_setting {
	enum sw_store_kind kind;
	bool is_read;     /* look only: nothing is made or changed */
	const char *path; /* of the file; sqlite only */
	struct sw_slice realm;
	const uint8_t *seal; /* SW_SEAL_KEY octets, copied; NULL: there is no key that lasts */
	int wait_ms;         /* for somebody else's lock */
	/* Random octets for nonces of boxes; false: the kernel gives none. */
	bool (*draw)(void *out, size_t n);
};

/*
 * Open, make or migrate, and check. NULL: *why. Without a seal key a file with users is refused
 * (KEY_NONE), one without opens, and then refuses to take users. Memory makes its own key.
 */
struct sw_store *sw_store_open(const struct sw_store_setting *setting, struct sw_store_why *why);
void sw_store_close(struct sw_store *s); /* NULL is nothing */

/* "sqlite /var/lib/sipward/sipward.db" or "memory". */
const char *sw_store_name(const struct sw_store *s);

uint64_t sw_store_users(const struct sw_store *s);   /* how many there are */
bool sw_store_takes_users(const struct sw_store *s); /* false: no seal key that lasts */

/*
 * Changes stand between begin and commit, or nothing of them does. All give false when the
 * database refuses, with *why; then roll back. bindings: a crash of the machine may take the last
 * second; users are on the disk when commit gives true.
 */
SW_MUST bool sw_store_begin(struct sw_store *s, bool bindings, struct sw_store_why *why);
SW_MUST bool sw_store_commit(struct sw_store *s, struct sw_store_why *why);
void sw_store_rollback(struct sw_store *s);

/* Of a look-up or a change of one row. */
enum sw_store_row {
	SW_STORE_ROW = 0, /* found, done */
	SW_STORE_NO_ROW,
	SW_STORE_TAKEN,      /* the name, an AoR or a number is somebody else's */
	SW_STORE_ROW_FAILED, /* *why */
};

/* The user of exactly this name, its box opened: the caller wipes *out. */
SW_MUST enum sw_store_row sw_store_user(struct sw_store *s, struct sw_slice name,
					struct sw_user *out, struct sw_store_why *why);

/* Is there a user of this name? ROW, NO_ROW or ROW_FAILED; nothing is opened. */
SW_MUST enum sw_store_row sw_store_has_user(struct sw_store *s, struct sw_slice name,
					    struct sw_store_why *why);

/* What a user asks for and somebody else has. */
struct sw_store_taken {
	char kind;            /* SW_AOR_USER, SW_AOR_NUMBER; 0: the name */
	struct sw_slice text; /* borrows from the user that was to be put */
	char by[SW_NAME_MAX];
	size_t by_n;
};

/* When bindings end that go with their users, from here on: seq is of the last change given out. */
void sw_store_stamp(struct sw_store *s, struct sw_store_stamp stamp);

/* Only inside begin and commit. Adding wants a free name, setting one that is there. */
SW_MUST enum sw_store_row sw_store_put_user(struct sw_store *s, const struct sw_user *u,
					    bool is_new, struct sw_store_taken *taken,
					    struct sw_store_why *why);
SW_MUST enum sw_store_row sw_store_drop_user(struct sw_store *s, struct sw_slice name,
					     struct sw_store_why *why);

/* One user after another, by name, from behind `after` on; fn gives false to stop. */
typedef bool (*sw_store_user_fn)(void *arg, const struct sw_user *u);
SW_MUST bool sw_store_each_user(struct sw_store *s, struct sw_slice after, sw_store_user_fn fn,
				void *arg, struct sw_store_why *why);

/* After a commit, once: who was added or changed by it, and the names that are gone. */
typedef bool (*sw_store_name_fn)(void *arg, struct sw_slice name);
SW_MUST bool sw_store_each_changed(struct sw_store *s, sw_store_user_fn changed,
				   sw_store_name_fn gone, void *arg, struct sw_store_why *why);

/*
 * Bindings, by their id. Memory keeps none. Changes of one may come in any order, and more than
 * once: each has a number, one that is older than what is known of its binding changes nothing,
 * and one that has ended leaves a mark, so that nothing older brings it back.
 */
SW_MUST bool sw_store_put_binding(struct sw_store *s, const struct sw_binding *b, uint64_t seq,
				  struct sw_store_why *why);
SW_MUST bool sw_store_drop_binding(struct sw_store *s, uint64_t id, struct sw_store_stamp stamp,
				   struct sw_store_why *why);

/* Forget the marks that are older than both. */
SW_MUST bool sw_store_drop_marks(struct sw_store *s, struct sw_store_stamp before,
				 struct sw_store_why *why);

/* The highest number that the store knows; what is given out next must be above it. */
uint64_t sw_store_seq(const struct sw_store *s);

/*
 * Nobody draws so many between two looks. What has a number farther above the highest one is not
 * to be put; an end, or a stamp, has the next one then.
 */
#define SW_STORE_JUMP ((uint64_t)1 << 40)
bool sw_store_may_follow(const struct sw_store *s, uint64_t seq);

/* Known from here on, and inside begin and commit kept. */
SW_MUST bool sw_store_keep_seq(struct sw_store *s, uint64_t seq, struct sw_store_why *why);

/* Those whose time is over; flows: and those of connections, which ended with an earlier start. */
SW_MUST bool sw_store_drop_ended(struct sw_store *s, struct sw_wall now, bool flows,
				 struct sw_store_why *why);

/* fn may drop the one that it is given; it gets NULL for a row that no binding looks like. */
typedef bool (*sw_store_binding_fn)(void *arg, const struct sw_binding *b);
SW_MUST bool sw_store_each_binding(struct sw_store *s, sw_store_binding_fn fn, void *arg,
				   struct sw_store_why *why);

/* Another realm, while there are no users: what a reload brings. */
SW_MUST bool sw_store_set_realm(struct sw_store *s, struct sw_slice realm,
				struct sw_store_why *why);

/* A small change that goes to the disk: are changes taken again? */
SW_MUST bool sw_store_probe(struct sw_store *s, struct sw_wall now, struct sw_store_why *why);

/*
 * false: the file was removed, or another one put in its place, and what is written is lost at
 * the end. Remaking writes all of it to where it was, unless something else stands there.
 */
SW_MUST bool sw_store_is_there(struct sw_store *s, struct sw_store_why *why);
SW_MUST bool sw_store_remake(struct sw_store *s, struct sw_store_why *why);

/* Of the SQLite that is linked: "3.40.1". */
const char *sw_store_library(void);

/* SQLite opens files for its random numbers, once: before a process gives that right up. */
void sw_store_prepare_library(void);

#endif
