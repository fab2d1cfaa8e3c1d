/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/worker.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/secret.h"
#include "edge/handed.h"
#include "edge/stream.h"
#include "share/clock.h"

#define ROUNDS  8    /* full batches from one socket before the others have their turn */
#define IDLE_MS 1000 /* a turn waits no longer */

void sw_worker_gauge(struct sw_worker *w)
{
	struct sw_metrics *m = w->actor.metrics;

	atomic_store_explicit(&m->registrations, sw_engine_bindings(w->engine),
			      memory_order_relaxed);
	atomic_store_explicit(&m->transactions, sw_engine_held(w->engine), memory_order_relaxed);
	atomic_store_explicit(&m->connections, sw_conns_open(w->conns), memory_order_relaxed);
	atomic_store_explicit(&m->connections_max, sw_conns_most(w->conns), memory_order_relaxed);
	atomic_store_explicit(&m->proven, sw_conns_proven(w->conns), memory_order_relaxed);
}

/* One datagram; gives the time after it, which is the time before the next one. */
static struct sw_mono take_one(struct sw_worker *w, const struct sw_input *in, size_t i,
			       struct sw_mono before)
{
	struct sw_actions actions;
	struct sw_mono after;

	sw_engine_take(w->engine, in, w->room[i], &actions);
	if (actions.hand_to > 0 && !sw_handed_give(w, in, actions.hand_to)) {
		struct sw_input here = *in;

		here.is_handed = true;
		sw_engine_take(w->engine, &here, w->room[i], &actions);
	}
	after = sw_clock_mono();
	sw_act_perform(&w->actor, &actions, (uint32_t)(after.us - before.us));
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
		in.no_saves = !sw_saver_takes(&w->actor.saver);
		before = take_one(w, &in, i, before);
	}
	sw_worker_gauge(w);
	sw_act_flush(&w->actor);
	sw_post_flush(&w->post);
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

/* One thing at a time, because all of them are written into the same room. */
static void on_engine(void *arg, struct sw_mono now)
{
	struct sw_worker *w = arg;
	struct sw_actions actions;

	w->engine_due.us = 0;
	do {
		sw_engine_tick(w->engine, now, sw_clock_wall(), w->room[0], &actions);
		sw_act_perform(&w->actor, &actions, 0);
		sw_act_send(&w->actor);
	} while (actions.n + actions.saves > 0);
}

static void arm_engine(struct sw_worker *w)
{
	struct sw_mono due = sw_engine_due(w->engine);

	if (sw_timer_is_running(&w->engine_timer) && due.us == w->engine_due.us)
		return;
	w->engine_due = due;
	sw_wheel_add(&w->wheel, &w->engine_timer, due);
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
		p->watch = (struct sw_watch){ .fd = g->fd[i],
					      .fn = p->listener->transport == SW_TCP
							    ? sw_stream_accept
							    : on_datagrams,
					      .arg = p };
		if (!sw_loop_add(&w->loop, &p->watch, SW_LOOP_IN))
			return false;
	}
	return true;
}

static void be_on(struct sw_worker *w, const struct sw_generation *g)
{
	w->generation = g;
	w->actor.generation = g;
	sw_metric_map_use(&g->counts, w->actor.metrics, g->number);
	atomic_store_explicit(&w->actor.metrics->generation, g->number, memory_order_relaxed);
	sw_handover_answer(w->handover, g->number);
}

/* When the kernel refuses to watch a socket the old generation goes on, and that is the answer. */
static void go_on(struct sw_worker *w, const struct sw_generation *g)
{
	const struct sw_generation *old = w->generation;

	leave_ports(w, old);
	if (!enter_ports(w, g)) {
		leave_ports(w, g);
		if (!enter_ports(w, old))
			abort(); /* what was just watched cannot be watched: nobody is served */
		be_on(w, old);
		return;
	}
	sw_stream_leave(w, old, g);
	sw_engine_use(w->engine, &g->conf->policy, g->users);
	sw_stream_enter(w, old, g);
	be_on(w, g);
}

static void end_bindings(struct sw_worker *w, struct sw_slice aor)
{
	struct sw_actions actions;

	do {
		(void)sw_engine_forget(w->engine, aor, &actions);
		sw_act_perform(&w->actor, &actions, 0);
	} while (actions.saves > 0);
}

static void forget(struct sw_worker *w)
{
	struct sw_forget one;

	while (sw_saver_next(&w->actor.saver, &one))
		end_bindings(w, (struct sw_slice){ one.aor, one.aor_n });
	sw_saver_flush(&w->actor.saver);
}

static void on_wake(void *arg, unsigned what)
{
	struct sw_worker *w = arg;
	const struct sw_generation *g;
	uint64_t rings;

	(void)what;
	if (read(w->wake.fd, &rings, sizeof(rings)) < 0)
		return;
	forget(w);
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
		.proven = start->proven,
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
				      .metrics = start->metrics,
				      .saver = { .way = start->saves } };
	w->in = sw_udp_in_new();
	w->engine = make_engine(start, first);
	w->post = start->post;
	w->wake = (struct sw_watch){ .fd = start->wake_fd, .fn = on_wake, .arg = w };
	w->engine_timer = (struct sw_timer){ .fn = on_engine, .arg = w };
	sw_wheel_init(&w->wheel, now);
	if (!sw_loop_init(&w->loop) || !w->actor.out || !w->in || !w->engine ||
	    !sw_stream_init(w, first, start->random_seed))
		return false;
	if (!sw_loop_add(&w->loop, &w->wake, SW_LOOP_IN) || !sw_handed_watch(w) ||
	    !enter_ports(w, first))
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

/* Once a second: what the kernel dropped because we did not read. */
static void ask_drops(struct sw_worker *w, struct sw_mono now)
{
	const struct sw_generation *g = w->generation;

	if (now.us < w->drops_due.us)
		return;
	w->drops_due.us = now.us + SW_US_PER_S;
	for (size_t i = 0; i < g->conf->policy.listeners; i++) {
		uint32_t drops;

		if (g->port[i].listener->transport == SW_UDP &&
		    sw_udp_drops(g->port[i].watch.fd, &drops))
			sw_metric_kernel_drops(w->actor.metrics, &g->counts, i, drops);
	}
}

static void turn(struct sw_worker *w)
{
	struct sw_mono now = sw_clock_mono();
	int wait_ms;

	ask_drops(w, now);

	sw_wheel_run(&w->wheel, now);
	sw_conns_turn(w->conns);
	arm_engine(w);
	sw_act_flush(&w->actor);
	sw_worker_gauge(w);
	wait_ms = sw_wheel_wait_ms(&w->wheel, now, IDLE_MS);
	sw_loop_turn(&w->loop, sw_conns_is_busy(w->conns) ? 0 : wait_ms);
}

void *sw_worker_main(void *arg)
{
	struct sw_worker *w = arg;

	while (!atomic_load_explicit(&w->is_stopped, memory_order_acquire))
		turn(w);
	sw_stream_drain(w);
	sw_worker_gauge(w);
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
	sw_conns_free(w->conns);
	sw_loop_close(&w->loop);
	sw_udp_in_free(w->in);
	sw_udp_out_free(w->actor.out);
	sw_engine_free(w->engine);
	free(w);
}
