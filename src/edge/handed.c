/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/handed.h"

#include <unistd.h>

#include "edge/state.h"
#include "share/clock.h"

bool sw_handed_give(struct sw_worker *w, const struct sw_input *in, uint32_t hand_to)
{
	const struct sw_post_message head = {
		.src = in->src,
		.local = in->local,
		.listener = in->listener,
		.generation = w->generation->number,
	};

	bool is_given = sw_post_send(&w->post, hand_to - 1, &head, in->octets);

	sw_metric_add(is_given ? &w->actor.metrics->handed : &w->actor.metrics->handed_lost);
	return is_given;
}

static bool is_address(const struct sw_addr *a)
{
	return a->family == SW_FAMILY_4 || a->family == SW_FAMILY_6;
}

/* Listeners of another generation may be others; the client sends it once more. */
static bool is_good(const struct sw_worker *w, const struct sw_post_message *m)
{
	const struct sw_generation *g = w->generation;
	const struct sw_policy *p = g ? &g->conf->policy : NULL;

	return g && m->generation == g->number && m->listener < p->listeners &&
	       p->listener[m->listener].transport == SW_UDP && is_address(&m->src) &&
	       is_address(&m->local);
}

static void take(struct sw_worker *w, const struct sw_post_message *m, char *room)
{
	struct sw_input in = {
		.octets = { m->octets, m->n },
		.src = m->src,
		.local = m->local,
		.listener = m->listener,
		.transport = SW_UDP,
		.is_handed = true,
		.no_saves = !sw_act_takes(&w->actor),
		.mono = sw_clock_mono(),
		.wall = sw_clock_wall(),
	};
	struct sw_actions actions;

	w->actor.now = in.mono;
	sw_engine_take(w->engine, &in, room, &actions);
	sw_act_perform(&w->actor, &actions, (uint32_t)(sw_clock_mono().us - in.mono.us));
}

/* One batch; what is left after it has its turn when the sockets had theirs. */
static void on_handed(void *arg, unsigned what)
{
	struct sw_worker *w = arg;
	const uint64_t one = 1;
	uint64_t calls;
	size_t i = 0;

	(void)what;
	if (read(w->handed.fd, &calls, sizeof(calls)) < 0)
		return;
	for (; i < SW_UDP_BATCH && sw_post_receive(&w->post, &w->message); i++)
		if (is_good(w, &w->message))
			take(w, &w->message, w->room[i]);
	sw_act_flush(&w->actor);
	if (i == SW_UDP_BATCH && write(w->handed.fd, &one, sizeof(one)) < 0)
		return; /* it is called already */
}

bool sw_handed_watch(struct sw_worker *w)
{
	if (w->post.workers < 2)
		return true;
	w->handed =
		(struct sw_watch){ .fd = w->post.wake[w->post.self], .fn = on_handed, .arg = w };
	return sw_loop_add(&w->loop, &w->handed, SW_LOOP_IN);
}
