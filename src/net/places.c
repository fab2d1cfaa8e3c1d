/* SPDX-License-Identifier: Apache-2.0 */
#include "net/places.h"

#include <stdlib.h>

#define SHARE 8  /* one source, one user may have the limit divided by this … */
#define LEAST 8  /* … and at least so many */
#define LOOKS 65 /* a user's bindings, and one: who is needed is rarely looked at in vain */

struct sw_places {
	struct sw_crowd *strangers, *users;
	sw_places_needed needed;
	sw_places_elsewhere elsewhere; /* NULL: there are no others */
	void *arg;
	uint32_t workers;
	uint32_t limit, taken, known;
};

struct sw_places *sw_places_new(const uint8_t seed[SW_SEED_LEN], sw_places_needed needed, void *arg)
{
	struct sw_places *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->needed = needed;
	p->arg = arg;
	p->workers = 1;
	p->strangers = sw_crowd_new(seed, false);
	p->users = sw_crowd_new(seed, true);
	if (p->strangers && p->users)
		return p;
	sw_places_free(p);
	return NULL;
}

void sw_places_free(struct sw_places *p)
{
	if (!p)
		return;
	sw_crowd_free(p->strangers);
	sw_crowd_free(p->users);
	free(p);
}

void sw_places_limit(struct sw_places *p, uint32_t limit)
{
	p->limit = limit;
}

void sw_places_share(struct sw_places *p, uint32_t workers, sw_places_elsewhere elsewhere)
{
	p->workers = workers > 0 ? workers : 1;
	p->elsewhere = elsewhere;
}

/* Here, of what one may have in all workers; everybody may have one. */
static uint32_t share(const struct sw_places *p)
{
	uint32_t all = p->limit / SHARE > LEAST ? p->limit / SHARE : LEAST;

	return all / p->workers > 0 ? all / p->workers : 1;
}

static uint32_t taken_by_all(const struct sw_places *p)
{
	return p->taken + (p->elsewhere ? p->elsewhere(p->arg) : 0);
}

static struct sw_place *place_of(struct sw_crowd_place *at)
{
	return (struct sw_place *)((char *)at - offsetof(struct sw_place, at));
}

/* The one of a user that was silent for the longest time and that nobody needs. */
static struct sw_place *find_silent(struct sw_places *p, uint32_t cell)
{
	struct sw_crowd_place *at = sw_crowd_oldest(p->users, cell);

	for (unsigned i = 0; at && i < LOOKS; i++) {
		if (!p->needed(p->arg, place_of(at)))
			return place_of(at);
		at = at->newer;
	}
	return NULL;
}

/* Somebody has to go for a newcomer whose source has so many strangers. */
static struct sw_place *find_one(struct sw_places *p, uint32_t own)
{
	uint32_t cell = sw_crowd_fullest(p->strangers);

	if (sw_crowd_count(p->strangers, cell) > own)
		return place_of(sw_crowd_newest(p->strangers, cell));
	if (sw_crowd_count(p->strangers, cell) > 0)
		return NULL;
	cell = sw_crowd_fullest(p->users);
	return sw_crowd_count(p->users, cell) > 1 ? find_silent(p, cell) : NULL;
}

enum sw_reason sw_places_ask(struct sw_places *p, const struct sw_addr *src, struct sw_place **goes)
{
	uint32_t cell = sw_crowd_cell_of_source(p->strangers, src);
	uint32_t own = sw_crowd_count(p->strangers, cell), taken = taken_by_all(p);

	*goes = NULL;
	if (own >= share(p))
		return SW_R_CONN_SOURCE;
	if (taken < p->limit)
		return SW_OK;
	if (taken > p->limit) /* one who goes would make no room */
		return SW_R_CONN_LIMIT;
	*goes = find_one(p, own);
	return *goes ? SW_OK : SW_R_CONN_LIMIT;
}

static void be_stranger(struct sw_places *p, struct sw_place *place, const struct sw_addr *src)
{
	sw_crowd_enter(p->strangers, &place->at, sw_crowd_cell_of_source(p->strangers, src));
}

void sw_places_enter(struct sw_places *p, struct sw_place *place, const struct sw_addr *src)
{
	*place = (struct sw_place){ .is_taken = true };
	be_stranger(p, place, src);
	p->taken++;
}

static struct sw_crowd *crowd_of(const struct sw_places *p, const struct sw_place *place)
{
	return place->is_known ? p->users : p->strangers;
}

struct sw_holder *sw_places_holder(struct sw_places *p, const struct sw_place *place)
{
	return sw_crowd_holder(crowd_of(p, place), place->at.cell);
}

void sw_places_leave(struct sw_places *p, struct sw_place *place)
{
	if (!place->is_taken)
		return;
	sw_crowd_leave(crowd_of(p, place), &place->at);
	p->taken--;
	p->known -= place->is_known;
	*place = (struct sw_place){ 0 };
}

struct sw_place *sw_places_prove(struct sw_places *p, struct sw_place *place, struct sw_slice user)
{
	uint32_t cell = sw_crowd_cell(p->users, user);
	struct sw_place *goes = NULL;

	if (!place->is_taken || place->is_known)
		return NULL;
	if (sw_crowd_count(p->users, cell) >= share(p))
		goes = find_silent(p, cell);
	if (goes) /* it may be there for a while yet, but is not to be found again */
		sw_crowd_leave(p->users, &goes->at);
	sw_crowd_leave(p->strangers, &place->at);
	sw_crowd_enter(p->users, &place->at, cell);
	place->is_known = true;
	p->known++;
	return goes;
}

void sw_places_doubt(struct sw_places *p, struct sw_place *place, const struct sw_addr *src)
{
	if (!place->is_known)
		return;
	sw_crowd_leave(p->users, &place->at);
	place->is_known = false;
	p->known--;
	be_stranger(p, place, src);
}

void sw_places_touch(struct sw_places *p, struct sw_place *place)
{
	if (place->is_known && place->at.is_taken)
		sw_crowd_enter(p->users, &place->at, place->at.cell);
}

uint32_t sw_places_most(const struct sw_places *p)
{
	return p->limit;
}

uint32_t sw_places_taken(const struct sw_places *p)
{
	return p->taken;
}

uint32_t sw_places_known(const struct sw_places *p)
{
	return p->known;
}
