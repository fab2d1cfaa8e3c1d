/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where users are: bindings of address-of-record to Contact (RFC 3261 10), in memory that is
 * handed in and that several processes may share. It keeps and finds; what a REGISTER may do is
 * registrar's business.
 *
 * All bindings of an address are in one shard. Whoever works on them holds that shard from the
 * first look to the last change, makes no system call meanwhile, and gives it back. Each change
 * draws a number under the lock, by which the journals of several workers can be put in order.
 *
 * A binding takes one slot of a fixed size, and blocks of a chain where its texts are long; both
 * are touched only while they are used. Numbers and lengths read from the memory are checked.
 */
#ifndef SIPWARD_LOCATION_H
#define SIPWARD_LOCATION_H

#include <sipward/policy.h>

#include "base/chain.h"
#include "base/mac.h"
#include "base/shards.h"
#include "base/table.h"

#define SW_CONTACT_TEXT 512 /* octets of a Contact value, without expires, that is kept */
#define SW_ROUTE_TEXT   512 /* octets of the Path values of a binding */

/* What a binding is, but for its texts. */
#define SW_BINDING_FACTS                                                                 \
	uint64_t id;          /* random: names it in the store */                        \
	int64_t expires_s;    /* wall */                                                 \
	int64_t refreshed_us; /* wall */                                                 \
	uint64_t flow;        /* the connection; 0: datagrams */                         \
	uint32_t granted_s;   /* what the last REGISTER was given */                     \
	uint32_t cseq;                                                                   \
	uint32_t reg_id;              /* RFC 5626; 0: none */                            \
	uint16_t q;                   /* thousandths; 1000 where none was given */       \
	uint8_t transport;            /* enum sw_transport */                            \
	uint8_t call_id[SW_MAC_LEN];  /* keyed hash */                                   \
	uint8_t instance[SW_MAC_LEN]; /* keyed hash of +sip.instance; zero: none */      \
	struct sw_addr src;           /* where it was registered from, and is reached */ \
	struct sw_addr at;            /* our own address that it came to */              \
	uint16_t aor_n, user_n;                                                          \
	uint16_t uri_at, uri_n, text_n; /* the URI is a part of text */                  \
	uint16_t path_n;

/* One binding, as a value: the location keeps it shorter. Octets behind the lengths are unset. */
struct sw_binding {
	SW_BINDING_FACTS
	char aor[SW_NAME_MAX];      /* user part of the address-of-record */
	char user[SW_NAME_MAX];     /* who registered it */
	char text[SW_CONTACT_TEXT]; /* the Contact as it came, without its expires parameter */
	char path[SW_ROUTE_TEXT];   /* RFC 3327: the values in their order, by commas */
};

/* A view on the memory; copied freely, owns nothing. */
struct sw_location {
	struct sw_shards shards; /* its locks are put in by whoever shares the memory */
	struct sw_mac_key key;
};

size_t sw_location_size(uint32_t capacity);
void sw_location_init(struct sw_location *l, void *memory, uint32_t capacity,
		      const struct sw_mac_key *key); /* zeroed memory */

/* A binding that changed, for the store. */
struct sw_save {
	uint64_t id;   /* names the binding in the store */
	uint64_t seq;  /* of two changes of a binding the later one has the higher number */
	uint32_t slot; /* where it is; SW_TABLE_NONE: it is gone */
	bool gone;
	const struct sw_binding
		*binding; /* what it is now, until the engine's next step; or NULL */
};

/* The shard of an address while it is held. The caller looks at no field. */
struct sw_location_hold {
	struct sw_location *l;
	uint64_t hash; /* of the address */
	uint32_t shard;
	struct sw_table table;
	struct sw_chain chain;
	uint32_t *by_flow;
};

/* The keyed hash of an address: the first half of what key names it by. 0: libcrypto failed. */
uint64_t sw_location_hash(const struct sw_location *l, struct sw_mac *mac, struct sw_slice aor);

/* That address will be held soon: see sw_table_expect. */
void sw_location_expect(const struct sw_location *l, uint64_t hash);

/*
 * Hold the shard of an address. SW_R_TABLE_BUSY: whoever has it does not move. SW_R_BUG: libcrypto
 * failed. On SW_OK the hold is given back by sw_location_give, whatever happens.
 */
SW_MUST enum sw_reason sw_location_take_hash(struct sw_location *l, uint64_t hash,
					     struct sw_location_hold *out);
SW_MUST enum sw_reason sw_location_take(struct sw_location *l, struct sw_mac *mac,
					struct sw_slice aor, struct sw_location_hold *out);
void sw_location_give(struct sw_location_hold *h);

/* Numbers of the bindings of the held address, dead ones included, at most SW_CONTACTS_MAX. */
size_t sw_location_find(const struct sw_location_hold *h, struct sw_slice aor,
			uint32_t out[SW_CONTACTS_MAX]);

/* Copy a binding of the shard out. false: the slot is free, or what stands in it cannot be. */
SW_MUST bool sw_location_read(const struct sw_location_hold *h, uint32_t n, struct sw_binding *out);

/*
 * Room for `add` more once `go` have been removed. SW_OK: they will be added for certain, while the
 * shard is held. SW_R_TABLE_FULL: the capacity, or the shard, has no room.
 */
SW_MUST enum sw_reason sw_location_reserve(struct sw_location_hold *h, size_t add, size_t go);

/* Keep a new binding of the held address; SW_TABLE_NONE: there is no room. */
SW_MUST uint32_t sw_location_add(struct sw_location_hold *h, const struct sw_binding *b);

/* A binding of the shard is now this; its aor is the same. */
void sw_location_change(struct sw_location_hold *h, uint32_t n, const struct sw_binding *b);

void sw_location_remove(struct sw_location_hold *h, uint32_t n);

/* The number of a change, drawn while the shard is held. */
uint64_t sw_location_draw(struct sw_location *l);

/* What a store kept has numbers up to this one: later changes get higher ones. */
void sw_location_skip(struct sw_location *l, uint64_t seq);

/* As sw_shards_keep_within. */
SW_MUST bool sw_location_keep_within(struct sw_location *l, uint64_t least, uint64_t most,
				     uint64_t to);

/*
 * What follows holds a shard for each step of its own.
 *
 * What a store kept comes back; before the engine runs. SW_R_TABLE_FULL, SW_R_TABLE_BUSY, or
 * SW_R_BUG. Whoever calls has made expires_s no later than granted_s from now, in case the clock
 * was set back.
 */
SW_MUST enum sw_reason sw_location_put(struct sw_location *l, struct sw_mac *mac,
				       const struct sw_binding *b);

/* A copy of what stands in slot n now. false: nothing, or its shard is busy. */
SW_MUST bool sw_location_copy(struct sw_location *l, uint32_t n, struct sw_binding *out);

/*
 * The first binding from *at on, copied; *at moves behind it and begins at 0. Looks at up to a few
 * dozen slots: SW_WALK_ON without one, call again. SW_WALK_BUSY: somebody holds the shard, and *at
 * stays; call again later.
 */
enum sw_walk {
	SW_WALK_END = 0,
	SW_WALK_ON,
	SW_WALK_BUSY,
	SW_WALK_ONE, /* *out is the binding, *n its slot */
};
SW_MUST enum sw_walk sw_location_walk(struct sw_location *l, uint32_t *at, uint32_t *n,
				      struct sw_binding *out);

/*
 * Likewise, of those that were refreshed at that time or later; *save tells *out as a change of its
 * own. A worker that succeeds another writes so what that one may have changed and not written.
 */
SW_MUST enum sw_walk sw_location_walk_since(struct sw_location *l, uint32_t *at, int64_t since_us,
					    struct sw_binding *out, struct sw_save *save);

/*
 * End what stands in slot n if it is still the binding of this id: *ended is 1 then, and *out says
 * so. SW_R_TABLE_BUSY: nobody can tell now, and it is to be tried again.
 */
SW_MUST enum sw_reason sw_location_end(struct sw_location *l, uint32_t n, uint64_t id,
				       struct sw_save *out, size_t *ended);

/* End all bindings of an address: *n of them are told in out. As sw_location_take. */
SW_MUST enum sw_reason sw_location_end_aor(struct sw_location *l, struct sw_mac *mac,
					   struct sw_slice aor, struct sw_save out[SW_CONTACTS_MAX],
					   size_t *n);

/* Is this connection the way of a binding? Also where a shard is busy: nobody can tell. */
bool sw_location_has_flow(struct sw_location *l, uint64_t flow);

/*
 * End bindings of a connection, at most `most` of them, told in out; their number. Call again while
 * it is not 0. Takes no more steps the more bindings there are. What stands in a shard that is busy
 * stays until its time is over.
 */
size_t sw_location_end_flow(struct sw_location *l, uint64_t flow, struct sw_save *out, size_t most);

/*
 * A flow is named by the worker that has it (8 bits), the start of that worker (16) and a count
 * (40). A worker that succeeds another ends the bindings of flows of other starts: a step from *at
 * on, which begins at 0; at most `most` are told in out. A shard that is busy is tried again at the
 * next step. false: there was nothing left to look at.
 */
#define SW_FLOW_OF(worker, start) \
	((uint64_t)(uint8_t)(worker) << 56 | (uint64_t)(uint16_t)(start) << 40)
SW_MUST bool sw_location_end_flows(struct sw_location *l, uint8_t worker, uint16_t start,
				   uint32_t *at, struct sw_save *out, size_t most, size_t *n);

/*
 * When a binding ends: no later than what was granted from now on, in case it was made while the
 * clock ran ahead.
 */
int64_t sw_location_end_s(int64_t expires_s, uint32_t granted_s, struct sw_wall now);

/* Look at up to `most` slots from *at on, let go of what has ended; *at moves and wraps. */
void sw_location_sweep(struct sw_location *l, struct sw_wall now, uint32_t *at, uint32_t most);

struct sw_fill sw_location_fill(const struct sw_location *l);

#endif
