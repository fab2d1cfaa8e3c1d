/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where users are: bindings of address-of-record to Contact (RFC 3261 10), in memory that is
 * handed in. It keeps and finds; what a REGISTER may do is registrar's business.
 */
#ifndef SIPWARD_LOCATION_H
#define SIPWARD_LOCATION_H

#include <sipward/policy.h>

#include "base/mac.h"
#include "base/table.h"

#define SW_CONTACT_TEXT 512 /* octets of a Contact value, without expires, that is kept */

/* One binding. The text is the Contact as it came, without its expires parameter. */
struct sw_binding {
	int64_t expires_s;    /* wall */
	int64_t refreshed_us; /* wall */
	uint32_t cseq;
	uint8_t call_id[SW_MAC_LEN]; /* keyed hash */
	struct sw_addr src;          /* where it was registered from, and is reached */
	uint16_t listener;
	uint16_t aor_n, uri_at, uri_n, text_n; /* the URI is a part of text */
	char aor[SW_NAME_MAX];
	char text[SW_CONTACT_TEXT];
};

struct sw_location {
	struct sw_table table;
	struct sw_mac_key key;
};

size_t sw_location_size(uint32_t capacity);
void sw_location_init(struct sw_location *l, void *memory, uint32_t capacity,
		      const struct sw_mac_key *key); /* zeroed memory */

/* Numbers of the bindings of an AoR, dead ones included, at most SW_CONTACTS_MAX. */
size_t sw_location_find(const struct sw_location *l, struct sw_mac *mac, struct sw_slice aor,
			uint32_t out[SW_CONTACTS_MAX]);

/* The binding, or NULL. */
struct sw_binding *sw_location_at(const struct sw_location *l, uint32_t n);

/* A new, zeroed binding under this AoR (at most SW_NAME_MAX octets), or SW_TABLE_NONE. */
SW_MUST uint32_t sw_location_add(struct sw_location *l, struct sw_mac *mac, struct sw_slice aor);

void sw_location_remove(struct sw_location *l, uint32_t n);

/* Look at up to `most` slots from *at on, let go of what has ended; *at moves and wraps. */
void sw_location_sweep(struct sw_location *l, struct sw_wall now, uint32_t *at, uint32_t most);

uint32_t sw_location_count(const struct sw_location *l);

#endif
