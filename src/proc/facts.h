/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts: what the parent works from, because it parses nothing. A record of fixed size without
 * pointers, which the conf role makes of a snapshot and the parent checks when it comes.
 *
 * What the check promises, whatever stands in the record: reading it stays inside it; each number
 * is within the bounds of its key; a listener is UDP or TCP with an address and a port; admin is on
 * loopback; each path begins with /, is as long as its key allows, and holds no NUL and no control
 * character; so does each text that ends up in a sentence.
 *
 * What the parent still trusts: that these are the listeners and paths which the configuration
 * names. It cannot know without reading it. The conf role reads what the operator wrote and nothing
 * that a peer sent, so whoever could make it lie can write the configuration anyway; and at a
 * reload run directory, control socket and store cannot change (sw_facts_may_follow).
 */
#ifndef SIPWARD_FACTS_H
#define SIPWARD_FACTS_H

#include "conf/conf.h"
#include "proc/why.h"

#define SW_FACTS_LISTENERS SW_CONF_LISTENERS_MOST
#define SW_FACTS_ROOM      65536

/* Octets of the room; a NUL stands behind them. Read by sw_facts_text alone. */
struct sw_facts_text {
	uint32_t at, n;
};

/* line 0: it is said nowhere, or there was no room for the name of its file. */
struct sw_facts_place {
	struct sw_facts_text file;
	uint32_t line;
};

struct sw_facts_listener {
	struct sw_addr addr;
	uint32_t transport; /* enum sw_transport: SW_UDP or SW_TCP */
	struct sw_facts_place place;
};

/* Keys whose place is in sentences of the parent. */
enum sw_facts_key {
	SW_FACTS_RUN = 0,
	SW_FACTS_CONTROL,
	SW_FACTS_LOG,
	SW_FACTS_STORE,
	SW_FACTS_REALM,
	SW_FACTS_LIMIT, /* limit connections */
	SW_FACTS_WORKERS,
	SW_FACTS_SANDBOX,
	SW_FACTS_ADMIN,
	SW_FACTS_CAPACITY, /* the first of them */
	SW_FACTS_KEYS,
};

struct sw_facts {
	uint32_t version; /* SW_FACTS_VERSION: of this build */
	uint32_t listeners;
	struct sw_facts_listener listener[SW_FACTS_LISTENERS];

	struct sw_facts_text realm;
	struct sw_facts_text run, control;
	struct sw_facts_text log;   /* its file; empty: standard error */
	struct sw_facts_text store; /* its file; empty: memory */
	struct sw_facts_text seal;  /* where the seal key is, or would be: a path or a reference */
	struct sw_facts_place place[SW_FACTS_KEYS];

	uint32_t log_form;  /* enum sw_log_form */
	uint32_t log_level; /* enum sw_level */
	uint32_t sandbox;   /* enum sw_sandbox */
	uint32_t workers;   /* 0: one for each core */
	uint32_t connections_max;
	struct sw_capacity capacity;
	struct sw_addr admin; /* port 0: off */
	uint8_t is_power;     /* durability power */
	uint8_t is_demo;
	uint8_t has_seal;                  /* there is a seal key */
	uint8_t seal_check[SW_SEAL_CHECK]; /* tells it from another one (base/seal.h); else zero */

	uint32_t used; /* of the room */
	char room[SW_FACTS_ROOM];
};

#define SW_FACTS_VERSION 1

/* conf's side. false: *why; the door cannot work with this configuration. */
SW_MUST bool sw_facts_make(const struct sw_conf *c, bool is_demo, struct sw_facts *out,
			   struct sw_why *why);

/* The parent's side, before anything else is read of a record. false: conf is not to be trusted. */
SW_MUST bool sw_facts_check(const struct sw_facts *f, struct sw_why *why);

/* Inside the record, ends with NUL. "" for what is not inside, so also safe without a check. */
struct sw_slice sw_facts_text(const struct sw_facts *f, struct sw_facts_text t);

/* " (FILE:LINE)" behind a sentence; nothing where the place is not known. */
void sw_facts_add_place(const struct sw_facts *f, struct sw_facts_place p, struct sw_why *why);

bool sw_facts_is_sqlite(const struct sw_facts *f);

/*
 * May a door that runs by `now` go over to `next`? What others know or have sealed cannot change:
 * run, control, store, the seal key; and the realm where the store has users.
 */
SW_MUST bool sw_facts_may_follow(const struct sw_facts *now, const struct sw_facts *next,
				 bool has_users, struct sw_why *why);

/* Connections that a door which began by `first` may take by `next`: as far as there is room. */
uint32_t sw_facts_connections(const struct sw_facts *first, const struct sw_facts *next);

/*
 * What of `next` waits for the next start, because it is settled by `first`, the facts of the
 * start: one sentence for the n-th such change (from 0), with its place. false: there are no more.
 */
SW_MUST bool sw_facts_waits(const struct sw_facts *first, const struct sw_facts *next, size_t n,
			    struct sw_why *sentence);

#endif
