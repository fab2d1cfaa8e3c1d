/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/change.h"

/* First octet: what it is. A later form has other values, so that an older door lets it be. */
enum kind {
	KIND_PUT = 1,
	KIND_END = 2,
};

_Static_assert(2 * SW_NAME_MAX + SW_CONTACT_TEXT + SW_ROUTE_TEXT + 2 * SW_MAC_LEN + 128 <=
		       SW_CHANGE_MAX,
	       "the longest one fits");

/* Numbers of so many octets, the lowest octet first. */
static void put_number(struct sw_buf *out, uint64_t n, unsigned octets)
{
	char room[8];

	for (unsigned i = 0; i < octets; i++)
		room[i] = (char)(n >> 8 * i);
	sw_buf_put(out, (struct sw_slice){ room, octets });
}

static void put_octets(struct sw_buf *out, const void *p, size_t n)
{
	sw_buf_put(out, (struct sw_slice){ p, n });
}

static size_t ip_len(uint8_t family)
{
	return family == SW_FAMILY_4 ? 4 : family == SW_FAMILY_6 ? 16 : 0;
}

static void put_address(struct sw_buf *out, const struct sw_addr *a)
{
	put_number(out, a->family, 1);
	put_number(out, a->port, 2);
	put_number(out, a->scope, 4);
	put_octets(out, a->ip, ip_len(a->family));
}

static void put_facts(struct sw_buf *out, const struct sw_binding *b)
{
	put_number(out, (uint64_t)b->expires_s, 8);
	put_number(out, (uint64_t)b->refreshed_us, 8);
	put_number(out, b->flow, 8);
	put_number(out, b->granted_s, 4);
	put_number(out, b->cseq, 4);
	put_number(out, b->reg_id, 4);
	put_number(out, b->q, 2);
	put_number(out, b->transport, 1);
	put_octets(out, b->call_id, sizeof(b->call_id));
	put_octets(out, b->instance, sizeof(b->instance));
	put_address(out, &b->src);
	put_address(out, &b->at);
}

static bool is_sound(const struct sw_binding *b)
{
	return b->aor_n <= sizeof(b->aor) && b->user_n <= sizeof(b->user) &&
	       b->text_n <= sizeof(b->text) && b->path_n <= sizeof(b->path) &&
	       b->uri_at <= b->text_n && b->uri_n <= b->text_n - b->uri_at && b->q <= 1000 &&
	       b->transport < SW_TRANSPORT_COUNT && ip_len(b->src.family) > 0 &&
	       ip_len(b->at.family) > 0;
}

void sw_change_put(struct sw_buf *out, const struct sw_binding *b)
{
	if (!is_sound(b))
		return;
	put_number(out, KIND_PUT, 1);
	put_number(out, b->id, 8);
	put_facts(out, b);
	put_number(out, b->aor_n, 1);
	put_number(out, b->user_n, 1);
	put_number(out, b->uri_at, 2);
	put_number(out, b->uri_n, 2);
	put_number(out, b->text_n, 2);
	put_number(out, b->path_n, 2);
	put_octets(out, b->aor, b->aor_n);
	put_octets(out, b->user, b->user_n);
	put_octets(out, b->text, b->text_n);
	put_octets(out, b->path, b->path_n);
}

void sw_change_end(struct sw_buf *out, uint64_t id)
{
	put_number(out, KIND_END, 1);
	put_number(out, id, 8);
}

/* What is left to read; p is NULL once there was too little. */
struct cursor {
	const char *p;
	size_t n;
};

static uint64_t take_number(struct cursor *c, unsigned octets)
{
	uint64_t n = 0;

	if (!c->p || c->n < octets) {
		c->p = NULL;
		return 0;
	}
	for (unsigned i = 0; i < octets; i++)
		n |= (uint64_t)(uint8_t)c->p[i] << 8 * i;
	c->p += octets;
	c->n -= octets;
	return n;
}

static void take_octets(struct cursor *c, void *to, size_t n, size_t most)
{
	if (!c->p || n > most || c->n < n) {
		c->p = NULL;
		return;
	}
	memcpy(to, c->p, n);
	c->p += n;
	c->n -= n;
}

static void take_address(struct cursor *c, struct sw_addr *a)
{
	*a = (struct sw_addr){ .family = (uint8_t)take_number(c, 1) };
	a->port = (uint16_t)take_number(c, 2);
	a->scope = (uint32_t)take_number(c, 4);
	take_octets(c, a->ip, ip_len(a->family), sizeof(a->ip));
}

static void take_facts(struct cursor *c, struct sw_binding *b)
{
	b->expires_s = (int64_t)take_number(c, 8);
	b->refreshed_us = (int64_t)take_number(c, 8);
	b->flow = take_number(c, 8);
	b->granted_s = (uint32_t)take_number(c, 4);
	b->cseq = (uint32_t)take_number(c, 4);
	b->reg_id = (uint32_t)take_number(c, 4);
	b->q = (uint16_t)take_number(c, 2);
	b->transport = (uint8_t)take_number(c, 1);
	take_octets(c, b->call_id, sizeof(b->call_id), sizeof(b->call_id));
	take_octets(c, b->instance, sizeof(b->instance), sizeof(b->instance));
	take_address(c, &b->src);
	take_address(c, &b->at);
}

static void take_texts(struct cursor *c, struct sw_binding *b)
{
	b->aor_n = (uint16_t)take_number(c, 1);
	b->user_n = (uint16_t)take_number(c, 1);
	b->uri_at = (uint16_t)take_number(c, 2);
	b->uri_n = (uint16_t)take_number(c, 2);
	b->text_n = (uint16_t)take_number(c, 2);
	b->path_n = (uint16_t)take_number(c, 2);
	take_octets(c, b->aor, b->aor_n, sizeof(b->aor));
	take_octets(c, b->user, b->user_n, sizeof(b->user));
	take_octets(c, b->text, b->text_n, sizeof(b->text));
	take_octets(c, b->path, b->path_n, sizeof(b->path));
}

bool sw_change_parse(struct sw_slice octets, struct sw_change *out)
{
	struct cursor c = { octets.p, octets.n };
	uint64_t kind = take_number(&c, 1);

	out->is_gone = kind == KIND_END;
	out->binding.id = take_number(&c, 8);
	if (kind == KIND_PUT) {
		take_facts(&c, &out->binding);
		take_texts(&c, &out->binding);
	}
	return c.p && c.n == 0 &&
	       (kind == KIND_END || (kind == KIND_PUT && is_sound(&out->binding)));
}
