/* SPDX-License-Identifier: Apache-2.0 */
/* Bindings that the database kept, back into the location; and those of nobody out of it. */
#include <stdio.h>
#include <time.h>

#include "proc/store_own.h"

static const struct timespec BUSY_NAP = { .tv_nsec = 1000000 };

struct loading {
	struct sw_store_role *r;
	const struct sw_users *users;
	struct sw_location location;
	struct sw_wall now;
	unsigned damaged, full, unsure;
	struct sw_store_why *why;
};

/* Somebody may have been deleted, or switched off, or a trunk gone, while no door ran. */
static enum sw_reason judge(const struct sw_users *users, struct sw_mac *mac,
			    const struct sw_binding *b)
{
	return sw_users_may_keep(users, mac, (struct sw_slice){ b->user, b->user_n },
				 (struct sw_slice){ b->aor, b->aor_n });
}

/* Nobody can tell now: it stays, and is looked at again. */
static bool is_somebodys(struct loading *l, const struct sw_binding *b)
{
	enum sw_reason is = judge(l->users, l->r->mac, b);

	l->unsure += is == SW_R_TABLE_BUSY;
	return is == SW_OK || is == SW_R_TABLE_BUSY;
}

static bool load_binding(void *arg, const struct sw_binding *kept)
{
	struct loading *l = arg;
	struct sw_binding b;
	int64_t latest;

	sw_store_turn(l->r);
	if (!kept) {
		l->damaged++;
		return true;
	}
	b = *kept;
	if (!is_somebodys(l, &b)) /* nor of who has this name later */
		return sw_store_drop_binding(
			l->r->store, b.id,
			(struct sw_store_stamp){ sw_store_seq(l->r->store), l->now }, l->why);
	latest = sw_wall_s(l->now) + b.granted_s;
	if (b.expires_s > latest) /* the clock was set back */
		b.expires_s = latest;
	if (sw_location_put(&l->location, l->r->mac, &b) != SW_OK)
		l->full++;
	return true;
}

/*
 * One whose part of the table is busy, or without memory to note it, ends when its time is over, or
 * at the next start.
 */
static void end_of_nobody(struct sw_store_role *r, uint32_t n, const struct sw_binding *b)
{
	struct sw_save save;
	size_t ended = 0;

	if (!sw_ending_has_room(&r->ending, 1))
		r->ending.is_short = true;
	else if (sw_location_end(&r->location, n, b->id, &save, &ended) == SW_OK && ended > 0)
		sw_ending_note(&r->ending, &save);
}

void sw_registered_judge(struct sw_store_role *r, const struct sw_users *users)
{
	enum sw_walk walk;
	uint32_t at = 0, n;
	struct sw_binding b;

	while ((walk = sw_location_walk(&r->location, &at, &n, &b)) != SW_WALK_END) {
		enum sw_reason is = walk == SW_WALK_ONE ? judge(users, r->mac, &b) : SW_OK;

		if (is != SW_OK && is != SW_R_TABLE_BUSY)
			end_of_nobody(r, n, &b);
		if (walk == SW_WALK_BUSY)
			nanosleep(&BUSY_NAP, NULL);
		sw_store_turn(r);
	}
}

static void say_left_out(const struct loading *l)
{
	char text[200];

	if (l->damaged + l->full == 0)
		return;
	(void)snprintf(text, sizeof(text),
		       "start: registrations of the store that were left out: %u damaged, %u for "
		       "which there is no room",
		       l->damaged, l->full);
	sw_store_role_note(l->r, SW_LEVEL_WARN, text);
}

bool sw_registered_load(struct sw_store_role *r, const struct sw_users *users, struct sw_wall now,
			struct sw_why *why)
{
	struct sw_store_why cause = { 0 };
	struct loading l = { r, users, r->start->location, now, 0, 0, 0, &cause };

	if (sw_store_begin(r->store, true, &cause) &&
	    sw_store_drop_ended(r->store, now, true, &cause) &&
	    sw_store_each_binding(r->store, load_binding, &l, &cause) &&
	    cause.trouble == SW_STORE_OK && sw_store_commit(r->store, &cause)) {
		say_left_out(&l);
		if (l.unsure > 0)
			sw_registered_judge(r, users);
		return true;
	}
	sw_store_rollback(r->store);
	return sw_why_say(why, "%s", cause.text);
}
