/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/worker.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/secret.h"
#include "edge/act.h"
#include "net/udp.h"
#include "net/wheel.h"
#include "share/clock.h"

#define ROUNDS  8    /* full batches from one socket before the others have their turn */
#define IDLE_MS 1000 /* a turn waits no longer */

struct sw_worker {
	struct sw_loop loop;
	struct sw_wheel wheel;
	struct sw_timer second;
	struct sw_watch wake;
	struct sw_handover *handover;
	const struct sw_generation *generation;
	struct sw_engine *engine;
	struct sw_udp_in *in;
	struct sw_actor actor;
	_Atomic bool is_stopped;
	char room[SW_UDP_BATCH][SW_ROOM + 64]; /* not a power of two: see BUFFER in net/udp.c */
};

static void keep_gauge(struct sw_worker *w)
{
	atomic_store_explicit(&w->actor.metrics->registrations, sw_engine_bindings(w->engine),
			      memory_order_relaxed);
}

/* One datagram; gives the time after it, which is the time before the next one. */
static struct sw_mono take_one(struct sw_port *p, const struct sw_input *in, size_t i,
			       struct sw_mono before)
{
	struct sw_worker *w = p->worker;
	struct sw_act_context c = {
		.in = in,
		.at = &p->listener->addr,
		.fd = p->watch.fd,
		.is_any = p->is_any,
	};
	struct sw_actions actions;
	struct sw_mono after;

	sw_engine_take(w->engine, in, w->room[i], &actions);
	after = sw_clock_mono();
	c.took_us = (uint32_t)(after.us - before.us);
	sw_act_perform(&w->actor, &c, &actions);
	return after;
}

static size_t take_batch(struct sw_port *p)
{
	struct sw_worker *w = p->worker;
	const struct sw_datagram *d;
	size_t n = sw_udp_receive(w->in, p->watch.fd, &p->listener->addr,
				  w->generation->conf->policy.message_max, &d);
	struct sw_input in = { .listener = p->number, .transport = SW_UDP };
	struct sw_mono before;

	if (n == 0)
		return 0;
	in.mono = before = sw_clock_mono();
	in.wall = sw_clock_wall();
	for (size_t i = 0; i < n; i++) {
		in.octets = d[i].octets;
		in.src = d[i].src;
		in.local = d[i].local;
		before = take_one(p, &in, i, before);
	}
	keep_gauge(w);
	sw_act_flush(&w->actor, p->watch.fd);
	return n;
}

static void on_datagrams(void *arg, unsigned what)
{
	(void)what;
	for (unsigned i = 0; i < ROUNDS; i++) {
		if (take_batch(arg) < SW_UDP_BATCH)
			return;
	}
}

static void on_second(void *arg, struct sw_mono now)
{
	struct sw_worker *w = arg;

	struct sw_actions actions;

	do /* nothing is due on its own yet, so nothing is to be performed */
		sw_engine_tick(w->engine, now, sw_clock_wall(), w->room[0], &actions);
	while (actions.n + actions.saves > 0);
	keep_gauge(w);
	sw_wheel_add(&w->wheel, &w->second, (struct sw_mono){ now.us + SW_US_PER_S });
}

static void leave_ports(struct sw_worker *w, const struct sw_generation *g)
{
	for (size_t i = 0; i < g->conf->policy.listeners; i++)
		sw_loop_remove(&w->loop, &g->port[i].watch);
}

static bool enter_ports(struct sw_worker *w, const struct sw_generation *g)
{
	for (size_t i = 0; i < g->conf->policy.listeners; i++) {
		struct sw_port *p = &g->port[i];

		p->worker = w;
		p->watch = (struct sw_watch){ .fd = g->fd[i], .fn = on_datagrams, .arg = p };
		if (!sw_loop_add(&w->loop, &p->watch, SW_LOOP_IN))
			return false;
	}
	return true;
}

static void be_on(struct sw_worker *w, const struct sw_generation *g)
{
	w->generation = g;
	w->actor.generation = g->number;
	atomic_store_explicit(&w->actor.metrics->generation, g->number, memory_order_relaxed);
	sw_handover_answer(w->handover, g->number);
}

/* When the kernel refuses to watch a socket the old generation goes on, and that is the answer. */
static void go_on(struct sw_worker *w, const struct sw_generation *g)
{
	leave_ports(w, w->generation);
	if (!enter_ports(w, g)) {
		leave_ports(w, g);
		if (!enter_ports(w, w->generation))
			abort(); /* what was just watched cannot be watched: nobody is served */
		be_on(w, w->generation);
		return;
	}
	sw_engine_use(w->engine, &g->conf->policy, g->users);
	be_on(w, g);
}

static void on_wake(void *arg, unsigned what)
{
	struct sw_worker *w = arg;
	const struct sw_generation *g;
	uint64_t rings;

	(void)what;
	if (read(w->wake.fd, &rings, sizeof(rings)) < 0)
		return;
	g = sw_handover_take(w->handover);
	if (g)
		go_on(w, g);
}

static struct sw_engine *make_engine(const struct sw_worker_start *start,
				     const struct sw_generation *first)
{
	struct sw_engine_parts parts = {
		.boot = start->boot,
		.wall = sw_clock_wall(),
		.policy = &first->conf->policy,
		.users = first->users,
		.location = start->location,
		.replay = start->replay,
		.txns = start->txns,
	};
	struct sw_engine *engine;

	memcpy(parts.key_seed, start->key_seed, sizeof(parts.key_seed));
	memcpy(parts.random_seed, start->random_seed, sizeof(parts.random_seed));
	engine = sw_engine_new(&parts);
	sw_secret_wipe(&parts, sizeof(parts));
	return engine;
}

static bool prepare(struct sw_worker *w, const struct sw_worker_start *start)
{
	const struct sw_generation *first = sw_handover_take(start->handover);
	struct sw_mono now = sw_clock_mono();

	if (!first)
		return false;
	w->handover = start->handover;
	w->actor = (struct sw_actor){ .out = sw_udp_out_new(),
				      .events = start->events,
				      .ring_fd = start->ring_fd,
				      .metrics = start->metrics };
	w->in = sw_udp_in_new();
	w->engine = make_engine(start, first);
	w->wake = (struct sw_watch){ .fd = start->wake_fd, .fn = on_wake, .arg = w };
	w->second = (struct sw_timer){ .fn = on_second, .arg = w };
	sw_wheel_init(&w->wheel, now);
	sw_wheel_add(&w->wheel, &w->second, (struct sw_mono){ now.us + SW_US_PER_S });
	if (!sw_loop_init(&w->loop) || !w->actor.out || !w->in || !w->engine)
		return false;
	if (!sw_loop_add(&w->loop, &w->wake, SW_LOOP_IN) || !enter_ports(w, first))
		return false;
	be_on(w, first);
	return true;
}

struct sw_worker *sw_worker_new(const struct sw_worker_start *start)
{
	struct sw_worker *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	memset(w->room, 0xff, sizeof(w->room)); /* touched: see sw_udp_in_new */
	w->loop.fd = -1;
	if (!prepare(w, start)) {
		sw_worker_free(w);
		return NULL;
	}
	return w;
}

void *sw_worker_main(void *arg)
{
	struct sw_worker *w = arg;

	while (!atomic_load_explicit(&w->is_stopped, memory_order_acquire)) {
		struct sw_mono now = sw_clock_mono();

		sw_wheel_run(&w->wheel, now);
		sw_loop_turn(&w->loop, sw_wheel_wait_ms(&w->wheel, now, IDLE_MS));
	}
	return NULL;
}

void sw_worker_stop(struct sw_worker *w)
{
	const uint64_t one = 1;

	atomic_store_explicit(&w->is_stopped, true, memory_order_release);
	if (write(w->wake.fd, &one, sizeof(one)) < 0)
		return; /* it is awake */
}

void sw_worker_free(struct sw_worker *w)
{
	if (!w)
		return;
	sw_loop_close(&w->loop);
	sw_udp_in_free(w->in);
	sw_udp_out_free(w->actor.out);
	sw_engine_free(w->engine);
	free(w);
}
