/* SPDX-License-Identifier: Apache-2.0 */
#include "sip/location.h"

#include <stddef.h>

size_t sw_location_size(uint32_t capacity)
{
	return sw_table_size(capacity, sizeof(struct sw_binding));
}

void sw_location_init(struct sw_location *l, void *memory, uint32_t capacity,
		      const struct sw_mac_key *key)
{
	l->key = *key;
	sw_table_init(&l->table, memory, capacity, sizeof(struct sw_binding));
}

/* Lengths come from shared memory: whoever reads text by them must not run past it. */
static bool is_sound(const struct sw_binding *b)
{
	return b->aor_n <= sizeof(b->aor) && b->user_n <= sizeof(b->user) &&
	       b->text_n <= sizeof(b->text) && b->path_n <= sizeof(b->path) &&
	       b->uri_at <= b->text_n && b->uri_n <= b->text_n - b->uri_at;
}

static void copy(struct sw_binding *to, const struct sw_binding *from)
{
	memcpy(to, from, offsetof(struct sw_binding, aor));
	memcpy(to->aor, from->aor, from->aor_n);
	memcpy(to->user, from->user, from->user_n);
	memcpy(to->text, from->text, from->text_n);
	memcpy(to->path, from->path, from->path_n);
}

size_t sw_location_find(const struct sw_location *l, struct sw_mac *mac, struct sw_slice aor,
			uint32_t out[SW_CONTACTS_MAX])
{
	size_t n = sw_table_find(&l->table, sw_mac_u64(mac, &l->key, aor), out, SW_CONTACTS_MAX);
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		const struct sw_binding *b = sw_table_slot(&l->table, out[i]);

		if (b && is_sound(b) && sw_slice_eq((struct sw_slice){ b->aor, b->aor_n }, aor))
			out[kept++] = out[i];
	}
	return kept;
}

bool sw_location_read(const struct sw_location *l, uint32_t n, struct sw_binding *out)
{
	const struct sw_binding *b = sw_table_slot(&l->table, n);

	if (!b || !is_sound(b))
		return false;
	copy(out, b);
	return true;
}

void sw_location_change(struct sw_location *l, uint32_t n, const struct sw_binding *b)
{
	struct sw_binding *kept = sw_table_slot(&l->table, n);

	if (kept && is_sound(b))
		copy(kept, b);
}

uint32_t sw_location_add(struct sw_location *l, struct sw_mac *mac, const struct sw_binding *b)
{
	if (!is_sound(b))
		return SW_TABLE_NONE;
	uint32_t n = sw_table_add(&l->table,
				  sw_mac_u64(mac, &l->key, (struct sw_slice){ b->aor, b->aor_n }));

	sw_location_change(l, n, b);
	return n;
}

bool sw_location_put(struct sw_location *l, struct sw_mac *mac, const struct sw_binding *b)
{
	return sw_location_add(l, mac, b) != SW_TABLE_NONE;
}

void sw_location_remove(struct sw_location *l, uint32_t n)
{
	sw_table_remove(&l->table, n);
}

void sw_location_sweep(struct sw_location *l, struct sw_wall now, uint32_t *at, uint32_t most)
{
	uint32_t high = sw_table_high(&l->table);

	for (uint32_t i = 0; i < most && i < high; i++) {
		if (*at >= high)
			*at = 0;
		const struct sw_binding *b = sw_table_slot(&l->table, *at);

		if (b && b->expires_s <= sw_wall_s(now))
			sw_table_remove(&l->table, *at);
		(*at)++;
	}
}

uint32_t sw_location_count(const struct sw_location *l)
{
	return sw_table_count(&l->table);
}
