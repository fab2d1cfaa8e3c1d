/* SPDX-License-Identifier: Apache-2.0 */
#include "base/addr.h"

#include <arpa/inet.h>

static const char *const transports[SW_TRANSPORT_COUNT] = {
	[SW_TRANSPORT_NONE] = "none",
	[SW_UDP] = "udp",
	[SW_TCP] = "tcp",
	[SW_TLS] = "tls",
	[SW_WS] = "ws",
	[SW_WSS] = "wss",
};

const char *sw_transport_name(enum sw_transport t)
{
	return (unsigned)t < SW_TRANSPORT_COUNT ? transports[t] : transports[0];
}

static void fold_mapped(struct sw_addr *a)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

	if (memcmp(a->ip, mapped, sizeof(mapped)) != 0)
		return;
	memmove(a->ip, a->ip + 12, 4);
	memset(a->ip + 4, 0, 12);
	a->family = SW_FAMILY_4;
}

/* 0 to 255 without a zero in front of other digits; a digit too many is left. NULL: none. */
static const char *read_octet(const char *p, const char *end, uint8_t *out)
{
	unsigned v = p < end ? (unsigned)*p - '0' : 10;

	if (v > 9)
		return NULL;
	p++;
	for (int i = 0; i < 2 && v > 0 && p < end && *p >= '0' && *p <= '9'; i++)
		v = v * 10 + (unsigned)(*p++ - '0');
	*out = (uint8_t)v;
	return v > 255 ? NULL : p;
}

const char *sw_addr_read_ip4(const char *p, const char *end, uint8_t ip[4])
{
	p = read_octet(p, end, &ip[0]);
	for (unsigned i = 1; p && i < 4; i++)
		p = p < end && *p == '.' ? read_octet(p + 1, end, &ip[i]) : NULL;
	return p;
}

static bool parse_ip4(struct sw_slice text, uint8_t ip[4])
{
	return sw_addr_read_ip4(text.p, text.p + text.n, ip) == text.p + text.n;
}

static bool parse_ip6(struct sw_slice text, struct sw_addr *a)
{
	char z[INET6_ADDRSTRLEN];

	if (text.n >= sizeof(z) || memchr(text.p, '\0', text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = '\0';
	if (inet_pton(AF_INET6, z, a->ip) != 1)
		return false;
	a->family = SW_FAMILY_6;
	fold_mapped(a);
	return true;
}

bool sw_addr_parse(struct sw_slice text, struct sw_addr *out)
{
	struct sw_addr a = { .family = SW_FAMILY_4 };

	if (text.n == 0 || (!parse_ip4(text, a.ip) && !parse_ip6(text, &a)))
		return false;
	*out = a;
	return true;
}

static bool parse_port(struct sw_slice text, struct sw_addr *a)
{
	uint64_t port;

	if (!sw_slice_u64(text, 65535, &port) || port == 0)
		return false;
	a->port = (uint16_t)port;
	return true;
}

/* [ADDR6] or [ADDR6]:PORT */
static bool parse_bracketed(struct sw_slice text, struct sw_addr *a)
{
	const char *end = memchr(text.p, ']', text.n);
	size_t at = end ? (size_t)(end - text.p) : 0;

	if (!end || !sw_addr_parse((struct sw_slice){ text.p + 1, at - 1 }, a))
		return false;
	if (!memchr(text.p + 1, ':', at - 1)) /* [192.0.2.1] */
		return false;
	if (at + 1 == text.n)
		return true;
	return text.p[at + 1] == ':' && parse_port(sw_slice_from(text, at + 2), a);
}

bool sw_addr_parse_port(struct sw_slice text, struct sw_addr *out)
{
	struct sw_addr a;

	if (text.n > 0 && text.p[0] == '[') {
		if (!parse_bracketed(text, &a))
			return false;
	} else if (!sw_addr_parse(text, &a)) {
		const char *colon = text.n > 0 ? memchr(text.p, ':', text.n) : NULL;
		size_t at = colon ? (size_t)(colon - text.p) : 0;

		if (!colon || !sw_addr_parse((struct sw_slice){ text.p, at }, &a))
			return false;
		if (!parse_port(sw_slice_from(text, at + 1), &a))
			return false;
	}
	*out = a;
	return true;
}

/* By hand, since it stands in most answers and inet_ntop goes through printf. */
static void write_ip4(struct sw_buf *b, const uint8_t ip[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (i > 0)
			sw_buf_char(b, '.');
		sw_buf_u64(b, ip[i]);
	}
}

void sw_addr_write_ip(struct sw_buf *b, const struct sw_addr *a)
{
	char z[INET6_ADDRSTRLEN];

	if (a->family == SW_FAMILY_NONE)
		sw_buf_char(b, '-');
	else if (a->family == SW_FAMILY_4)
		write_ip4(b, a->ip);
	else if (inet_ntop(AF_INET6, a->ip, z, sizeof(z)))
		sw_buf_str(b, z);
}

void sw_addr_write_host(struct sw_buf *b, const struct sw_addr *a)
{
	if (a->family == SW_FAMILY_6)
		sw_buf_char(b, '[');
	sw_addr_write_ip(b, a);
	if (a->family == SW_FAMILY_6)
		sw_buf_char(b, ']');
}

void sw_addr_write(struct sw_buf *b, const struct sw_addr *a)
{
	sw_addr_write_host(b, a);
	sw_buf_char(b, ':');
	sw_buf_u64(b, a->port);
}

bool sw_addr_eq_ip(const struct sw_addr *a, const struct sw_addr *b)
{
	return a->family != SW_FAMILY_NONE && a->family == b->family && a->scope == b->scope &&
	       memcmp(a->ip, b->ip, sizeof(a->ip)) == 0;
}

bool sw_addr_eq(const struct sw_addr *a, const struct sw_addr *b)
{
	return sw_addr_eq_ip(a, b) && a->port == b->port;
}

bool sw_addr_is_any(const struct sw_addr *a)
{
	static const uint8_t zero[16];

	return a->family != SW_FAMILY_NONE && memcmp(a->ip, zero, sizeof(zero)) == 0;
}

bool sw_addr_is_loopback(const struct sw_addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	if (a->family == SW_FAMILY_4)
		return a->ip[0] == 127;
	return a->family == SW_FAMILY_6 && memcmp(a->ip, one, sizeof(one)) == 0;
}

void sw_addr_net(const struct sw_addr *a, uint8_t out[SW_ADDR_NET])
{
	memset(out, 0, SW_ADDR_NET);
	out[0] = a->family;
	memcpy(out + 1, a->ip, a->family == SW_FAMILY_4 ? 3 : 7);
}
