/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real engine with a fake clock, plain memory and captured answers: what flow tests share.
 *
 * The door: realm example.com, domains other.example and
 * sip.example.com, listener 192.0.2.1:5060. Its trunks and
 * users (password of each: "secret-" and the name):
 *   staff   phones, SHA-256 SHA-512-256 MD5, 3 contacts: alice bob
 *   strict  phones, SHA-256 only: carol
 *   old     phones, SHA-256, MD5 until 2026-01-01, which is past: dave
 *   off     phones, switched off: erin
 *   line    trunk, SHA-256, register no: frank
 * Names without a password there: lee olga pat, all for staff. Kept by the store:
 *   kim pat (staff), nina (staff, switched off), lee (strict: not where its name is), max (of a
 *   trunk that does not exist)
 */
#ifndef SIPWARD_FLOW_H
#define SIPWARD_FLOW_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sipward/engine.h>

#include "base/hash.h"

#define FLOW_RECORDS 16 /* finished requests that are known */
#define FLOW_SOURCES 64 /* that have proven something */
#define FLOW_INVITES 3  /* refused INVITEs that wait for their ACK */

/* The locks of a table that is shared: none is held between two messages. */
enum flow_table {
	FLOW_BINDINGS,
	FLOW_KEPT,
	FLOW_NONCES,
	FLOW_TABLES,
};

struct flow_lock {
	bool is_busy;     /* whoever has it does not move */
	unsigned busy_at; /* likewise for one moment: the so many-th who wants it; 0: never */
	unsigned held, taken;
	unsigned asked; /* by whoever found it busy, too */
};

struct flow {
	struct sw_engine *e;
	struct flow_lock lock[FLOW_TABLES];
	struct sw_users users;
	struct sw_policy policy;
	struct sw_trunk trunk[5];
	struct sw_user user[9];
	struct sw_origin origin[9];
	struct sw_hash *hash;
	struct sw_replay replay; /* what the engine uses */
	void *memory[6];         /* of the tables */
	size_t memory_n[6];
	bool is_beside; /* most of it is another's */
	char nonce[64]; /* for tests that come back to one */
	struct sw_mono mono;
	struct sw_wall wall;
	struct sw_addr src;
	enum sw_transport transport; /* udp; others: set flow too */
	uint64_t flow;
	bool no_saves, is_broken, is_handed;
	struct sw_actions out;
	char room[SW_ROOM];
	char request[2 * SW_ROOM]; /* last one that went in, as a C string */
	char invite[SW_ROOM];      /* for tests that come back to one */
	char ticked[SW_ROOM + 1];  /* what the last tick sent, and by which way */
	struct sw_path tick_path;
	char sent[SW_ROOM + 1]; /* last answer as a C string; "" for silence */
	const char *last;       /* the last request that was built here */
	unsigned branch, cseq;
	const char *to_tag, *from; /* of the next request; NULL: none, the user's */
};

struct flow *flow_new(void);
struct flow *flow_new_at(uint64_t boot);       /* another start of the same door */
struct flow *flow_new_knowing(void);           /* one that remembers who has proven itself */
struct flow *flow_new_worker(uint32_t worker); /* one of several: its index + 1 */

/* Another worker of the same door, with the tables of first. */
struct flow *flow_new_beside(const struct flow *first, uint32_t worker);
void flow_free(struct flow *f); /* first goes last */

void flow_wait(struct flow *f, unsigned seconds); /* both clocks go on */
void flow_from(struct flow *f, const char *addr); /* "198.51.100.7:5060" */

/* Raw octets in; the answer is f->sent, the account f->out.account. Gives the reason. */
enum sw_reason flow_take(struct flow *f, const void *octets, size_t n);

/* What is due now: gives the number of sends, and keeps the last one in f->ticked. */
unsigned flow_tick(struct flow *f);

/* The engine goes on with a new snapshot, which says what f->policy and f->user say now. */
void flow_reload(struct flow *f);

/* A request built from parts; headers: extra lines with CR LF, or "". */
enum sw_reason flow_request(struct flow *f, const char *method, const char *uri, const char *user,
			    const char *headers);

/* What a login says; zeroed fields get what a good client says. */
struct login {
	const char *method, *uri, *to; /* REGISTER sip:example.com, To the user */
	const char *user, *password;
	const char *from;   /* user part; default To's */
	const char *to_tag; /* ";tag=x"; default none */
	enum sw_alg alg;
	const char *headers;
	uint32_t nc;            /* default 1 */
	const char *nonce;      /* default: of the last challenge */
	const char *digest_uri; /* default: uri */
	const char *realm;
	bool no_qop, auth_int, sess;
	const char *as;   /* username in the credentials; default: user */
	const char *body; /* of the request; default: none */
};

/* The value of the first challenge's nonce in f->sent. */
void flow_nonce(const struct flow *f, char out[64]);

/* The line with the credentials of a login that answer f->sent. */
void flow_credentials(struct flow *f, const struct login *l, char *out, size_t cap);

/* One request with credentials. */
enum sw_reason flow_answer(struct flow *f, const struct login *l);

/* Challenge and answer: what a phone does. */
enum sw_reason flow_login(struct flow *f, const struct login *l);

/* Shorthand: REGISTER of a user with its right password, SHA-256, these header lines. */
enum sw_reason flow_register(struct flow *f, const char *user, const char *headers);

bool flow_says(const struct flow *f, const char *text); /* f->sent has it */
unsigned flow_count(const struct flow *f, const char *text);
int flow_status(const struct flow *f);

#endif
