/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/stream.h"

#include <unistd.h>

#include "net/tcp.h"
#include "share/clock.h"

#define BURST    64     /* connections from one listener before the others have their turn */
#define PAUSE_US 100000 /* without descriptors left: until a listener is asked again */
#define DRAIN_US (2 * (uint64_t)SW_US_PER_S)

_Static_assert(SW_CONN_USER_MAX >= SW_NAME_MAX, "a user's name fits");

static void on_message(void *arg, const struct sw_conn_peer *peer, struct sw_slice octets,
		       bool is_broken)
{
	struct sw_worker *w = arg;
	struct sw_input in = {
		.octets = octets,
		.src = peer->src,
		.local = peer->local,
		.listener = peer->port,
		.transport = SW_TCP,
		.flow = peer->flow,
		.is_broken = is_broken,
		.no_saves = !sw_act_takes(&w->actor),
		.mono = sw_clock_mono(),
		.wall = sw_clock_wall(),
	};
	struct sw_actions actions;

	w->actor.now = in.mono;
	sw_engine_take(w->engine, &in, w->room[0], &actions);
	if (actions.proven.n > 0)
		sw_conns_prove(w->conns, peer->flow, actions.proven);
	w->actor.has_bound |= actions.saves > 0;
	sw_worker_gauge(w);
	sw_act_perform(&w->actor, &actions, (uint32_t)(sw_clock_mono().us - in.mono.us));
	sw_act_send(&w->actor); /* what leaves by a datagram stands in the room of this one */
}

static void end_bindings(struct sw_worker *w, uint64_t flow)
{
	struct sw_actions actions;

	do {
		sw_engine_gone(w->engine, flow, &actions);
		sw_act_perform(&w->actor, &actions, 0);
	} while (actions.saves > 0);
}

static void on_gone(void *arg, const struct sw_conn_peer *peer, enum sw_reason why)
{
	struct sw_worker *w = arg;

	if (peer->flow > 0)
		end_bindings(w, peer->flow);
	if (why != SW_OK)
		sw_act_closed(&w->actor, peer, why, sw_clock_wall());
}

static bool is_needed(void *arg, uint64_t flow)
{
	const struct sw_worker *w = arg;

	return sw_engine_is_way(w->engine, flow);
}

static bool is_user(void *arg, struct sw_slice name)
{
	struct sw_worker *w = arg;

	return sw_engine_has_user(w->engine, name);
}

/* As they said when they last looked: together they may be a few too many for a moment. */
static uint32_t elsewhere(void *arg)
{
	const struct sw_worker *w = arg;
	const struct sw_worker_start *s = w->start;
	uint32_t n = 0;

	for (uint32_t i = 0; i < s->workers; i++)
		if (i != s->number)
			n += atomic_load_explicit(&s->all[i].connections, memory_order_relaxed);
	return n;
}

static void go_on_accepting(void *arg, struct sw_mono now)
{
	struct sw_worker *w = arg;
	const struct sw_generation *g = w->generation;

	for (size_t i = 0; i < g->conf->policy.listeners; i++)
		if (g->port[i].listener->transport == SW_TCP &&
		    !sw_loop_change(&w->loop, &g->port[i].watch, SW_LOOP_IN))
			sw_wheel_add(&w->wheel, &w->accept_timer,
				     (struct sw_mono){ now.us + PAUSE_US });
}

/* Out of descriptors: who waits keeps waiting in the backlog, and we do not spin. */
static void pause_accepting(struct sw_port *p)
{
	struct sw_worker *w = p->worker;
	const struct sw_conn_peer nobody = { .port = p->number };

	sw_act_closed(&w->actor, &nobody, SW_R_CONN_FILES, sw_clock_wall());
	if (sw_loop_change(&w->loop, &p->watch, 0))
		sw_wheel_add(&w->wheel, &w->accept_timer,
			     (struct sw_mono){ sw_clock_mono().us + PAUSE_US });
}

void sw_stream_accept(void *arg, unsigned what)
{
	struct sw_port *p = arg;

	(void)what;
	for (unsigned i = 0; i < BURST; i++) {
		struct sw_addr src, local = p->listener->addr;
		int fd;

		switch (sw_tcp_accept(p->watch.fd, &fd, &src)) {
		case SW_TCP_ACCEPTED:
			if (p->is_any && !sw_sock_local(fd, &local))
				local = p->listener->addr;
			sw_conns_add(p->worker->conns, fd, &src, &local, p->number);
			atomic_store_explicit(&p->worker->actor.metrics->connections,
					      sw_conns_open(p->worker->conns),
					      memory_order_relaxed);
			break;
		case SW_TCP_LOST:
			break;
		case SW_TCP_FULL:
			pause_accepting(p);
			return;
		case SW_TCP_NONE:
			return;
		}
	}
}

static void limit(struct sw_worker *w, const struct sw_generation *g)
{
	sw_conns_limit(w->conns, g->connections, sw_policy_message_max(&g->conf->policy, SW_TCP));
}

bool sw_stream_init(struct sw_worker *w, const uint8_t seed[SW_SEED_LEN])
{
	const struct sw_conn_handler handler = {
		.arg = w,
		.message = on_message,
		.gone = on_gone,
		.is_needed = is_needed,
		.is_user = is_user,
		.clock = sw_clock_mono,
		.elsewhere = w->start->workers > 1 ? elsewhere : NULL,
		.workers = w->start->workers,
		.flows = SW_FLOW_OF(w->start->number, w->start->start),
	};

	w->accept_timer = (struct sw_timer){ .fn = go_on_accepting, .arg = w };
	w->conns = sw_conns_new(w->start->connections, &w->loop, &w->wheel, seed, &handler);
	if (!w->conns)
		return false;
	w->actor.conns = w->conns;
	return true;
}

/* The parent keeps the socket of a listener that stays, and by the same rule. */
static uint32_t find_port(const struct sw_generation *g, const struct sw_listener *l)
{
	const struct sw_policy *p = &g->conf->policy;

	for (size_t i = 0; i < p->listeners; i++)
		if (p->listener[i].transport == l->transport &&
		    sw_addr_eq(&p->listener[i].addr, &l->addr))
			return (uint32_t)i;
	return SW_PORT_NONE;
}

void sw_stream_leave(struct sw_worker *w, const struct sw_generation *old,
		     const struct sw_generation *next)
{
	for (uint32_t i = 0; i < old->conf->policy.listeners; i++) {
		const struct sw_listener *l = old->port[i].listener;

		old->successor[i] = find_port(next, l);
		if (old->successor[i] == SW_PORT_NONE && l->transport == SW_TCP)
			sw_conns_end(w->conns, i);
	}
}

void sw_stream_enter(struct sw_worker *w, const struct sw_generation *old,
		     const struct sw_generation *next)
{
	if (old)
		sw_conns_renumber(w->conns, old->successor, (uint32_t)old->conf->policy.listeners);
	limit(w, next);
}

static void leave_listeners(struct sw_worker *w)
{
	const struct sw_generation *g = w->generation;

	for (size_t i = 0; i < g->conf->policy.listeners; i++)
		if (g->port[i].listener->transport == SW_TCP)
			sw_loop_remove(&w->loop, &g->port[i].watch);
	sw_wheel_cancel(&w->accept_timer);
}

void sw_stream_drain(struct sw_worker *w)
{
	uint64_t end_us = sw_clock_mono().us + DRAIN_US;

	leave_listeners(w);
	sw_conns_end(w->conns, SW_PORT_NONE);
	while (sw_conns_open(w->conns) > 0) {
		struct sw_mono now = sw_clock_mono();

		if (now.us >= end_us)
			break;
		sw_wheel_run(&w->wheel, now);
		sw_loop_turn(&w->loop, sw_conns_is_busy(w->conns) ? 0 : 10);
		sw_conns_turn(w->conns);
	}
	sw_act_flush(&w->actor);
}
