/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transport addresses as values. IPv4 in IPv6 (::ffff:a.b.c.d) is folded to IPv4 wherever an
 * address is made, so that one host has one spelling. Names are not resolved here.
 */
#ifndef SIPWARD_ADDR_H
#define SIPWARD_ADDR_H

#include "base/buf.h"

enum sw_family {
	SW_FAMILY_NONE = 0, /* zeroed memory is no address and equals none */
	SW_FAMILY_4 = 4,
	SW_FAMILY_6 = 6,
};

struct sw_addr {
	uint8_t family; /* enum sw_family */
	uint16_t port;  /* host order; 0 = none given */
	uint32_t scope; /* interface of a link-local IPv6 address, else 0 */
	uint8_t ip[16]; /* network order; IPv4 in the first four, the rest zero */
};

/* What carried a message. Order is that of the configuration's words. */
enum sw_transport {
	SW_TRANSPORT_NONE = 0,
	SW_UDP,
	SW_TCP,
	SW_TLS,
	SW_WS,
	SW_WSS,
	SW_TRANSPORT_COUNT,
};

/* "udp" …, "none" for others. */
const char *sw_transport_name(enum sw_transport t);

/* A bare address, no brackets, no port, no zone. port and scope of out are 0. */
SW_MUST bool sw_addr_parse(struct sw_slice text, struct sw_addr *out);

/*
 * Four numbers up to 255 and the dots between them, none with a zero in front of others, where a
 * text goes on behind them: gives where, or NULL. What may stand there is for the caller to say.
 * ip is written either way.
 */
const char *sw_addr_read_ip4(const char *p, const char *end, uint8_t ip[4]);

/* ADDR4[:PORT], [ADDR6][:PORT] or bare ADDR6; port 0 when none is given, 1 to 65535 else. */
SW_MUST bool sw_addr_parse_port(struct sw_slice text, struct sw_addr *out);

void sw_addr_write_ip(struct sw_buf *b, const struct sw_addr *a);   /* 2001:db8::1 */
void sw_addr_write_host(struct sw_buf *b, const struct sw_addr *a); /* [2001:db8::1] */
void sw_addr_write(struct sw_buf *b, const struct sw_addr *a);      /* host:port */

/* Same IP; ports are not compared. */
bool sw_addr_eq_ip(const struct sw_addr *a, const struct sw_addr *b);
bool sw_addr_eq(const struct sw_addr *a, const struct sw_addr *b);

bool sw_addr_is_any(const struct sw_addr *a);      /* 0.0.0.0 or :: */
bool sw_addr_is_loopback(const struct sw_addr *a); /* 127.0.0.0/8 or ::1 */

/*
 * The network that a nonce is bound to: /24 of IPv4, /56 of IPv6. Writes the family and the
 * octets of the prefix, 8 octets in all; no two networks of either family share a value.
 */
#define SW_ADDR_NET 8
void sw_addr_net(const struct sw_addr *a, uint8_t out[SW_ADDR_NET]);

#endif
