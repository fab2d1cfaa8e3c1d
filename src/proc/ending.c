/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/ending.h"

#include <stdlib.h>

#define MIN 64

/* Room for `add` more of `size` octets; the list may move. */
static bool has_room(void **list, size_t n, size_t add, size_t *max, size_t size)
{
	size_t more = *max ? 2 * *max : MIN;
	void *moved = n + add <= *max ? *list : realloc(*list, more * size);

	if (!moved)
		return false;
	*max = n + add <= *max ? *max : more;
	*list = moved;
	return true;
}

_Static_assert(MIN >= SW_CONTACTS_MAX, "twice as much has room for all that an address has");

bool sw_ending_has_room(struct sw_ending *e, size_t n)
{
	void *list = e->end;

	if (!has_room(&list, e->ends, n, &e->ends_max, sizeof(*e->end)))
		return false;
	e->end = list;
	return true;
}

void sw_ending_note(struct sw_ending *e, const struct sw_save *save)
{
	if (e->ends < e->ends_max)
		e->end[e->ends++] = (struct sw_owed_end){ save->id, save->seq };
}

static void owe_aor(struct sw_ending *e, struct sw_slice aor)
{
	void *list = e->aor;
	struct sw_owed_aor *one;

	if (!has_room(&list, e->aors, 1, &e->aors_max, sizeof(*e->aor))) {
		e->is_short = true;
		return;
	}
	e->aor = list;
	one = &e->aor[e->aors++];
	one->n = (uint16_t)aor.n;
	memcpy(one->text, aor.p, aor.n);
}

/* false: somebody holds it, or there is no memory to tell the database. */
static bool end_now(struct sw_ending *e, struct sw_location *l, struct sw_mac *mac,
		    struct sw_slice aor)
{
	struct sw_save save[SW_CONTACTS_MAX];
	size_t n = 0;
	enum sw_reason r;

	if (!sw_ending_has_room(e, SW_CONTACTS_MAX))
		return false;
	r = sw_location_end_aor(l, mac, aor, save, &n);
	for (size_t i = 0; r == SW_OK && i < n; i++)
		sw_ending_note(e, &save[i]);
	return r != SW_R_TABLE_BUSY;
}

void sw_ending_add(struct sw_ending *e, struct sw_location *l, struct sw_mac *mac,
		   struct sw_slice aor)
{
	if (aor.n <= SW_NAME_MAX && !end_now(e, l, mac, aor))
		owe_aor(e, aor);
}

void sw_ending_again(struct sw_ending *e, struct sw_location *l, struct sw_mac *mac)
{
	size_t left = 0;

	for (size_t i = 0; i < e->aors; i++) {
		struct sw_owed_aor one = e->aor[i];

		if (!end_now(e, l, mac, (struct sw_slice){ one.text, one.n }))
			e->aor[left++] = one;
	}
	e->aors = left;
}

static bool drop_all(const struct sw_ending *e, struct sw_store *s, struct sw_wall now,
		     struct sw_store_why *why)
{
	for (size_t i = 0; i < e->ends; i++)
		if (!sw_store_drop_binding(s, e->end[i].id,
					   (struct sw_store_stamp){ e->end[i].seq, now }, why))
			return false;
	return true;
}

bool sw_ending_write(struct sw_ending *e, struct sw_store *s, struct sw_wall now,
		     struct sw_store_why *why)
{
	if (e->ends == 0)
		return true;
	if (sw_store_begin(s, true, why) && drop_all(e, s, now, why) && sw_store_commit(s, why)) {
		e->ends = 0;
		return true;
	}
	sw_store_rollback(s);
	return false;
}

void sw_ending_free(struct sw_ending *e)
{
	free(e->aor);
	free(e->end);
	*e = (struct sw_ending){ 0 };
}
