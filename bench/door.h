/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What benches of the engine share: tables in memory that processes may share, filled with users
 * of the store, an engine over them, and requests of phones.
 */
#ifndef SIPWARD_BENCH_DOOR_H
#define SIPWARD_BENCH_DOOR_H

#include <sipward/engine.h>

#include "base/hash.h"
#include "share/robust.h"

#define BENCH_NAME 24 /* octets of a user's name with its NUL */

/* Made once, before any fork; users are named user0, user1, … and their password is "password". */
struct bench_tables {
	uint32_t users;
	struct sw_mac_key key;
	struct sw_roll roll;
	struct sw_location location;
	struct sw_replay replay;
	void *lock[3];
};

/* An engine over them: of one process. */
struct bench_door {
	struct sw_policy policy;
	struct sw_hash *hash;
	struct sw_engine *e;
	struct sw_robust robust[3];
	struct sw_input in;
	struct sw_actions out;
	char room[SW_ROOM];
};

/* Ends the program, naming it. */
_Noreturn void bench_die(const char *what);

void *bench_memory_shared(size_t n); /* zeroed */

void bench_tables_make(struct bench_tables *t, uint32_t users);

/* worker: names its random numbers and its windows; locks: others use the tables too. */
void bench_door_open(struct bench_door *d, const struct bench_tables *t, uint32_t worker,
		     bool locks);

/* A REGISTER of this user; auth: a header field with its end, or "". Its length is returned. */
size_t bench_request(char *out, size_t room, const char *user, unsigned seq, const char *auth);

/* The Authorization that answers the challenge in d->room. */
void bench_answer(struct bench_door *d, const char *user, const char *password, char *out,
		  size_t room);

enum sw_reason bench_take(struct bench_door *d, const char *text, size_t n);

void bench_name(uint32_t n, char out[BENCH_NAME]);

#endif
