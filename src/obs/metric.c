/* SPDX-License-Identifier: Apache-2.0 */
#include "obs/metric.h"

#include <stdlib.h>

const uint32_t sw_metric_bucket_us[SW_METRIC_BUCKETS - 1] = {
	2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 20000,
};

bool sw_metric_map_init(struct sw_metric_map *map, const struct sw_policy *policy)
{
	*map = (struct sw_metric_map){
		.policy = policy,
		.trunk = calloc(policy->trunks + 1, sizeof(*map->trunk)),
		.listener = calloc(policy->listeners + 1, sizeof(*map->listener)),
	};
	if (map->trunk && map->listener)
		return true;
	sw_metric_map_free(map);
	return false;
}

void sw_metric_map_free(struct sw_metric_map *map)
{
	free(map->trunk);
	free(map->listener);
	*map = (struct sw_metric_map){ 0 };
}

struct name {
	uint32_t n;
	uint64_t word[SW_NAME_MAX / 8];
};

static struct name name_of(struct sw_slice s)
{
	struct name name = { .n = (uint32_t)(s.n < SW_NAME_MAX ? s.n : SW_NAME_MAX) };

	if (name.n > 0)
		memcpy(name.word, s.p, name.n);
	return name;
}

static bool has_name(const struct sw_metric_trunk *t, const struct name *name)
{
	if (atomic_load_explicit(&t->name.n, memory_order_acquire) != name->n)
		return false;
	for (size_t i = 0; i < SW_ARRAY_LEN(name->word); i++)
		if (sw_metric_read(&t->name.word[i]) != name->word[i])
			return false;
	return true;
}

static uint16_t find_name(const struct sw_metrics *m, const struct name *name)
{
	for (uint16_t i = 1; i < SW_METRIC_TRUNKS && name->n > 0; i++)
		if (has_name(&m->trunk[i], name))
			return i;
	return 0;
}

/* The first free place, else the first that this generation does not use; 0: there is none. */
static uint16_t find_free_trunk(const struct sw_metrics *m, uint32_t generation)
{
	uint16_t unused = 0;

	for (uint16_t i = 1; i < SW_METRIC_TRUNKS; i++) {
		if (atomic_load_explicit(&m->trunk[i].name.n, memory_order_relaxed) == 0)
			return i;
		if (unused == 0 && atomic_load_explicit(&m->trunk[i].generation,
							memory_order_relaxed) != generation)
			unused = i;
	}
	return unused;
}

static void zero(_Atomic uint64_t *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		atomic_store_explicit(&m[i], 0, memory_order_relaxed);
}

/* Its name last: a reader that finds the name finds counts that are its own. */
static void take_trunk(struct sw_metric_trunk *t, const struct name *name)
{
	atomic_store_explicit(&t->name.n, 0, memory_order_relaxed);
	zero(&t->accepted[0][0][0], sizeof(t->accepted) / sizeof(t->accepted[0][0][0]));
	zero(t->refused, SW_ARRAY_LEN(t->refused));
	zero(t->warned, SW_ARRAY_LEN(t->warned));
	atomic_store_explicit(&t->last_accepted.at_us, 0, memory_order_relaxed);
	atomic_store_explicit(&t->last_refused.at_us, 0, memory_order_relaxed);
	for (size_t i = 0; i < SW_ARRAY_LEN(name->word); i++)
		atomic_store_explicit(&t->name.word[i], name->word[i], memory_order_relaxed);
	atomic_store_explicit(&t->name.n, name->n, memory_order_release);
}

struct at {
	uint64_t word[4];
};

static struct at at_of(const struct sw_listener *l)
{
	struct at at = { { (uint64_t)l->transport << 32 | (uint64_t)l->addr.family << 16 |
				   l->addr.port,
			   l->addr.scope } };

	memcpy(&at.word[2], l->addr.ip, sizeof(l->addr.ip));
	return at;
}

static uint16_t find_at(const struct sw_metrics *m, const struct at *at)
{
	for (uint16_t i = 1; i < SW_METRIC_LISTENERS; i++) {
		const struct sw_metric_listener *l = &m->listener[i];

		if (atomic_load_explicit(&l->at[0], memory_order_acquire) == at->word[0] &&
		    sw_metric_read(&l->at[1]) == at->word[1] &&
		    sw_metric_read(&l->at[2]) == at->word[2] &&
		    sw_metric_read(&l->at[3]) == at->word[3])
			return i;
	}
	return 0;
}

static uint16_t find_free_listener(const struct sw_metrics *m, uint32_t generation)
{
	uint16_t unused = 0;

	for (uint16_t i = 1; i < SW_METRIC_LISTENERS; i++) {
		if (sw_metric_read(&m->listener[i].at[0]) == 0)
			return i;
		if (unused == 0 && atomic_load_explicit(&m->listener[i].generation,
							memory_order_relaxed) != generation)
			unused = i;
	}
	return unused;
}

static void take_listener(struct sw_metric_listener *l, const struct at *at)
{
	atomic_store_explicit(&l->at[0], 0, memory_order_relaxed);
	atomic_store_explicit(&l->kernel_seen, 0, memory_order_relaxed);
	zero(&l->kernel_drops, 1);
	zero(&l->challenges, 1);
	zero(&l->stale, 1);
	for (size_t i = 1; i < SW_ARRAY_LEN(at->word); i++)
		atomic_store_explicit(&l->at[i], at->word[i], memory_order_relaxed);
	atomic_store_explicit(&l->at[0], at->word[0], memory_order_release);
}

/* First those that have a place, so that no new name takes it. */
static void place_trunks(const struct sw_metric_map *map, struct sw_metrics *m, uint32_t generation)
{
	const struct sw_policy *p = map->policy;

	for (size_t i = 0; i < p->trunks; i++) {
		struct name name = name_of(p->trunk[i].name);

		map->trunk[i] = find_name(m, &name);
		if (map->trunk[i] > 0)
			atomic_store_explicit(&m->trunk[map->trunk[i]].generation, generation,
					      memory_order_relaxed);
	}
	for (size_t i = 0; i < p->trunks; i++) {
		struct name name = name_of(p->trunk[i].name);

		if (map->trunk[i] > 0)
			continue;
		map->trunk[i] = find_free_trunk(m, generation);
		if (map->trunk[i] == 0)
			return;
		take_trunk(&m->trunk[map->trunk[i]], &name);
		atomic_store_explicit(&m->trunk[map->trunk[i]].generation, generation,
				      memory_order_relaxed);
	}
}

static void place_listeners(const struct sw_metric_map *map, struct sw_metrics *m,
			    uint32_t generation)
{
	const struct sw_policy *p = map->policy;

	for (size_t i = 0; i < p->listeners; i++) {
		struct at at = at_of(&p->listener[i]);

		map->listener[i] = find_at(m, &at);
		if (map->listener[i] > 0)
			atomic_store_explicit(&m->listener[map->listener[i]].generation, generation,
					      memory_order_relaxed);
	}
	for (size_t i = 0; i < p->listeners; i++) {
		struct at at = at_of(&p->listener[i]);

		if (map->listener[i] > 0)
			continue;
		map->listener[i] = find_free_listener(m, generation);
		if (map->listener[i] == 0)
			return;
		take_listener(&m->listener[map->listener[i]], &at);
		atomic_store_explicit(&m->listener[map->listener[i]].generation, generation,
				      memory_order_relaxed);
	}
}

void sw_metric_map_use(const struct sw_metric_map *map, struct sw_metrics *m, uint32_t generation)
{
	if (!map->trunk)
		return;
	place_trunks(map, m, generation);
	place_listeners(map, m, generation);
}

struct sw_metric_trunk *sw_metric_place(struct sw_metrics *m, const struct sw_metric_map *map,
					const struct sw_trunk *trunk)
{
	const struct sw_policy *p = map->policy;

	if (!map->trunk || !trunk || trunk < p->trunk || trunk >= p->trunk + p->trunks)
		return &m->trunk[0];
	return &m->trunk[map->trunk[trunk - p->trunk]];
}

static struct sw_metric_listener *listener_place(struct sw_metrics *m,
						 const struct sw_metric_map *map, size_t listener)
{
	if (!map->listener || listener >= map->policy->listeners)
		return &m->listener[0];
	return &m->listener[map->listener[listener]];
}

const struct sw_metric_trunk *sw_metric_find_trunk(const struct sw_metrics *m, struct sw_slice name)
{
	struct name wanted = name_of(name);
	uint16_t i = find_name(m, &wanted);

	return i > 0 ? &m->trunk[i] : NULL;
}

const struct sw_metric_listener *sw_metric_find_listener(const struct sw_metrics *m,
							 const struct sw_listener *l)
{
	struct at wanted = at_of(l);
	uint16_t i = find_at(m, &wanted);

	return i > 0 ? &m->listener[i] : NULL;
}

static void count_time(struct sw_metric_time *t, uint32_t took_us)
{
	size_t i = 0;

	while (i < SW_ARRAY_LEN(sw_metric_bucket_us) && took_us > sw_metric_bucket_us[i])
		i++;
	sw_metric_add(&t->bucket[i]);
	atomic_store_explicit(&t->us, sw_metric_read(&t->us) + took_us, memory_order_relaxed);
}

/* The subject's, else that of the user whose name was claimed. */
static const struct sw_trunk *trunk_of(const struct sw_account *a)
{
	return a->verdict.subject.trunk ? a->verdict.subject.trunk : a->evidence.digest.trunk;
}

static void see(struct sw_metric_last *last, const struct sw_account *a, uint32_t how)
{
	uint64_t id = 0;

	_Static_assert(sizeof(a->id) <= sizeof(id), "an id fits");
	memcpy(&id, a->id, sizeof(a->id));
	atomic_store_explicit(&last->at_us, a->at.us, memory_order_relaxed);
	atomic_store_explicit(&last->how, how, memory_order_relaxed);
	atomic_store_explicit(&last->id, id, memory_order_relaxed);
}

void sw_metric_see(struct sw_metric_trunk *t, const struct sw_account *a)
{
	const struct sw_subject *s = &a->verdict.subject;

	if (a->verdict.act == SW_ACT_ALLOW)
		see(&t->last_accepted, a,
		    (uint32_t)s->factor | (uint32_t)s->alg << 8 | (uint32_t)s->sess << 16);
	else if (a->verdict.act == SW_ACT_REFUSE)
		see(&t->last_refused, a, (uint32_t)a->verdict.reason);
}

static void count_trunk(struct sw_metrics *m, const struct sw_metric_map *map,
			const struct sw_account *a)
{
	struct sw_metric_trunk *t = sw_metric_place(m, map, trunk_of(a));
	const struct sw_subject *s = &a->verdict.subject;

	if (a->verdict.act == SW_ACT_ALLOW)
		sw_metric_add(&t->accepted[s->factor][s->alg][s->sess]);
	else if (a->verdict.act == SW_ACT_REFUSE)
		sw_metric_add(&t->refused[a->verdict.reason]);
	sw_metric_see(t, a);
	for (unsigned i = 0; a->warn != 0 && i < SW_WARN_COUNT; i++)
		if (a->warn & SW_WARN_BIT(i)) {
			sw_metric_add(&m->warn[i]);
			sw_metric_add(&t->warned[i]);
		}
}

static void count_challenge(struct sw_metric_listener *l, const struct sw_account *a)
{
	sw_metric_add(&l->challenges);
	if (a->stale)
		sw_metric_add(&l->stale);
}

static enum sw_method method_of(const struct sw_account *a)
{
	return a->is_register ? SW_METHOD_REGISTER : sw_method_find(a->method);
}

void sw_metric_count(struct sw_metrics *m, const struct sw_metric_map *map,
		     const struct sw_account *a, uint32_t took_us)
{
	enum sw_act act = a->verdict.act;

	if (a->is_again) {
		sw_metric_add(&m->again);
		return;
	}
	sw_metric_add(&m->act[act]);
	sw_metric_add(&m->reason[a->verdict.reason]);
	sw_metric_add(&m->requests[a->transport][method_of(a)][act]);
	count_time(&m->time[a->transport], took_us);
	if (act == SW_ACT_CHALLENGE)
		count_challenge(listener_place(m, map, a->listener), a);
	else if (act != SW_ACT_DROP)
		count_trunk(m, map, a);
}

void sw_metric_closed(struct sw_metrics *m, enum sw_reason why)
{
	sw_metric_add(&m->act[SW_ACT_DROP]);
	sw_metric_add(&m->reason[why]);
}

void sw_metric_kernel_drops(struct sw_metrics *m, const struct sw_metric_map *map, size_t listener,
			    uint32_t drops)
{
	struct sw_metric_listener *l = listener_place(m, map, listener);
	uint32_t seen = atomic_load_explicit(&l->kernel_seen, memory_order_relaxed);
	uint64_t more = drops >= seen ? drops - seen : drops;

	if (drops == seen || l == &m->listener[0]) /* that one would be several sockets' */
		return;
	atomic_store_explicit(&l->kernel_seen, drops, memory_order_relaxed);
	atomic_store_explicit(&l->kernel_drops, sw_metric_read(&l->kernel_drops) + more,
			      memory_order_relaxed);
}
