/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where users are: bindings of address-of-record to Contact (RFC 3261 10), in memory that is
 * handed in. It keeps and finds; what a REGISTER may do is registrar's business.
 *
 * A binding takes one slot of a fixed size, and blocks of a chain where its texts are long; both
 * are touched only while they are used. Numbers and lengths read from the memory are checked.
 */
#ifndef SIPWARD_LOCATION_H
#define SIPWARD_LOCATION_H

#include <sipward/policy.h>

#include "base/mac.h"
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
	struct sw_table table;
	struct sw_location_head *head;
	uint32_t *by_flow;
	struct sw_location_block *block;
	struct sw_mac_key key;
};

size_t sw_location_size(uint32_t capacity);
void sw_location_init(struct sw_location *l, void *memory, uint32_t capacity,
		      const struct sw_mac_key *key); /* zeroed memory */

/* Numbers of the bindings of an AoR, dead ones included, at most SW_CONTACTS_MAX. */
size_t sw_location_find(const struct sw_location *l, struct sw_mac *mac, struct sw_slice aor,
			uint32_t out[SW_CONTACTS_MAX]);

/* A binding of this connection, or SW_TABLE_NONE. Takes no more steps the more there are. */
uint32_t sw_location_of_flow(const struct sw_location *l, uint64_t flow);

/* Copy a binding out. false: this slot is free, or what stands in it cannot be. */
SW_MUST bool sw_location_read(const struct sw_location *l, uint32_t n, struct sw_binding *out);

/* Keep a new binding under its aor; SW_TABLE_NONE: all slots are taken. Blocks never run out. */
SW_MUST uint32_t sw_location_add(struct sw_location *l, struct sw_mac *mac,
				 const struct sw_binding *b);

/* A kept binding is now this; its aor is the same. */
void sw_location_change(struct sw_location *l, uint32_t n, const struct sw_binding *b);

/*
 * What a store kept comes back; before the engine runs. false: full. Whoever calls has made
 * expires_s no later than granted_s from now, in case the clock was set back.
 */
SW_MUST bool sw_location_put(struct sw_location *l, struct sw_mac *mac, const struct sw_binding *b);

void sw_location_remove(struct sw_location *l, uint32_t n);

/*
 * When a binding ends: no later than what was granted from now on, in case it was made while the
 * clock ran ahead.
 */
int64_t sw_location_end_s(int64_t expires_s, uint32_t granted_s, struct sw_wall now);

/* Look at up to `most` slots from *at on, let go of what has ended; *at moves and wraps. */
void sw_location_sweep(struct sw_location *l, struct sw_wall now, uint32_t *at, uint32_t most);

uint32_t sw_location_count(const struct sw_location *l);

#endif
