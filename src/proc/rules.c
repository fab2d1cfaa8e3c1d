/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/rules.h"

#include <stdlib.h>

#include "base/secret.h"

static void *copy(struct sw_arena *a, const void *list, size_t n, size_t size)
{
	void *to = sw_arena_alloc(a, n + 1, size);

	if (to && n > 0)
		memcpy(to, list, n * size);
	return to;
}

static bool copy_slice(struct sw_arena *a, struct sw_slice *s)
{
	*s = sw_arena_copy(a, *s);
	return s->p != NULL;
}

static bool copy_trunk(struct sw_arena *a, struct sw_trunk *t)
{
	t->way = copy(a, t->way, t->ways, sizeof(*t->way));
	return t->way && copy_slice(a, &t->name);
}

static bool copy_trunks(struct sw_rules *r, const struct sw_policy *p)
{
	struct sw_trunk *trunk = copy(&r->arena, p->trunk, p->trunks, sizeof(*trunk));

	if (!trunk)
		return false;
	for (size_t i = 0; i < p->trunks; i++)
		if (!copy_trunk(&r->arena, &trunk[i]))
			return false;
	r->policy.trunk = trunk;
	r->policy.trunks = p->trunks;
	if (p->trunk_order)
		r->policy.trunk_order = copy(&r->arena, p->trunk_order, p->trunks,
					     sizeof(*p->trunk_order));
	return !p->trunk_order || r->policy.trunk_order;
}

/* Names only: nobody logs in by this copy. */
static bool copy_users(struct sw_rules *r, const struct sw_policy *p)
{
	struct sw_user *user = copy(&r->arena, p->user, p->users, sizeof(*user));
	struct sw_origin *origin = copy(&r->arena, p->origin, p->users, sizeof(*origin));

	for (size_t i = 0; user && i < p->users; i++)
		sw_secret_wipe(user[i].ha1, sizeof(user[i].ha1));
	for (size_t i = 0; origin && i < p->users; i++)
		if (!copy_slice(&r->arena, &origin[i].file))
			return false;
	r->policy.user = user;
	r->policy.users = p->users;
	r->policy.origin = origin;
	return user && origin;
}

struct sw_rules *sw_rules_new(const struct sw_policy *p)
{
	struct sw_rules *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	r->policy.realm = p->realm;
	if (copy_slice(&r->arena, &r->policy.realm) && copy_trunks(r, p) && copy_users(r, p))
		return r;
	sw_rules_free(r);
	return NULL;
}

void sw_rules_free(struct sw_rules *r)
{
	if (!r)
		return;
	sw_arena_free(&r->arena);
	free(r);
}
