/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/worker.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret.h"
#include "edge/handed.h"
#include "edge/order.h"
#include "edge/stream.h"
#include "share/clock.h"

#define ROUNDS  8    /* full batches from one socket before the others have their turn */
#define IDLE_MS 1000 /* a turn waits no longer */

#define LEFT_US (2 * (uint64_t)SW_US_PER_S) /* before us, at least: what may not be written */

#define OLD_STEPS 64 /* of a look for bindings of an earlier life, in one turn */

/* All parts of a shared table are asked: when they changed here, and once a second. */
static void gauge_bindings(struct sw_worker *w)
{
	struct sw_board_fill *bindings = &w->start->fill[SW_BOARD_BINDINGS];
	uint32_t n;

	if (!w->actor.has_bound && w->actor.now.us < w->gauge_due.us)
		return;
	w->actor.has_bound = false;
	w->gauge_due.us = w->actor.now.us + SW_US_PER_S;
	n = sw_engine_bindings(w->engine);
	atomic_store_explicit(&w->actor.metrics->registrations, n, memory_order_relaxed);
	atomic_store_explicit(&bindings->used, n, memory_order_relaxed);
}

/* A part of it: what all workers say makes the limit. */
static uint32_t part_of_limit(const struct sw_worker *w)
{
	uint32_t most = sw_conns_most(w->conns), workers = w->start->workers;

	return workers > 1 ? most / workers + (w->start->number < most % workers) : most;
}

void sw_worker_gauge(struct sw_worker *w)
{
	struct sw_metrics *m = w->actor.metrics;

	gauge_bindings(w);
	atomic_store_explicit(&m->transactions, sw_engine_held(w->engine), memory_order_relaxed);
	atomic_store_explicit(&m->connections, sw_conns_open(w->conns), memory_order_relaxed);
	atomic_store_explicit(&m->connections_max, part_of_limit(w), memory_order_relaxed);
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
	in.mono = before = w->actor.now = sw_clock_mono();
	in.wall = sw_clock_wall();
	for (size_t i = 0; i < n; i++) {
		in.octets = d[i].octets;
		in.src = d[i].src;
		in.local = d[i].local;
		in.no_saves = !sw_act_takes(&w->actor);
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
	w->actor.now = now;
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

/* A port of a generation that is not used yet is heard of only when the kernel reports an error. */
static void on_port(void *arg, unsigned what)
{
	struct sw_port *p = arg;

	if (p->is_served)
		on_datagrams(p, what);
}

static void on_listener(void *arg, unsigned what)
{
	struct sw_port *p = arg;

	if (p->is_served)
		sw_stream_accept(p, what);
}

sw_loop_fn sw_worker_port(const struct sw_port *p)
{
	return p->listener->transport == SW_TCP ? on_listener : on_port;
}

/* By the clock of bindings, when the last turn of the life before this one began, or earlier. */
static int64_t left_since_us(const struct sw_worker_start *s)
{
	uint64_t now_us = sw_clock_mono().us;
	uint64_t age_us = now_us > s->turned_us ? now_us - s->turned_us : 0;

	if (age_us < LEFT_US)
		age_us = LEFT_US;
	return (s->ahead_us == 0 ? sw_clock_wall().us : (int64_t)now_us + s->ahead_us) -
	       (int64_t)age_us;
}

/*
 * Others tell of every binding that stands in the table; but whoever died between a change there
 * and its journal has written nothing. So it is written here. What a busy part has of it follows.
 */
static void write_left(struct sw_worker *w)
{
	struct sw_location *l = sw_engine_location(w->engine);
	struct sw_actions actions = { 0 };
	struct sw_binding b = { 0 };

	while (w->has_left) {
		enum sw_walk is = sw_location_walk_since(l, &w->left_at, w->left_since_us, &b,
							 &actions.save[0]);

		if (is == SW_WALK_BUSY)
			break;
		actions.saves = is == SW_WALK_ONE;
		sw_act_perform(&w->actor, &actions, 0);
		w->has_left = is != SW_WALK_END;
		sw_board_begin_turn(w->start->cell, sw_clock_mono());
	}
	sw_act_send(&w->actor);
}

static void begin_left(struct sw_worker *w)
{
	w->has_left = w->start->start > 1 && w->start->saves.state;
	w->left_since_us = left_since_us(w->start);
	sw_saver_turn(&w->actor.saver, sw_clock_mono()); /* its journal is begun */
	write_left(w);
}

void sw_worker_use(struct sw_worker *w, struct sw_generation *next)
{
	struct sw_generation *old = w->generation;

	sw_act_flush(&w->actor);
	if (old)
		sw_stream_leave(w, old, next);
	else
		begin_left(w);
	if (old)
		sw_engine_use(w->engine, &next->conf->policy, next->users);
	sw_stream_enter(w, old, next);
	w->generation = next;
	w->actor.generation = next;
	sw_metric_map_use(&next->counts, w->actor.metrics, next->number);
	atomic_store_explicit(&w->start->cell->generation, next->number, memory_order_relaxed);
	w->actor.has_bound = true;
	sw_worker_gauge(w); /* who asks from now on sees what was there before */
}

static void on_wake(void *arg, unsigned what)
{
	struct sw_worker *w = arg;
	uint64_t rings;

	(void)what;
	if (read(w->wake.fd, &rings, sizeof(rings)) > 0 && w->engine)
		sw_act_flush(&w->actor);
}

static bool make_txns(struct sw_worker *w, struct sw_txns *out)
{
	const struct sw_worker_start *start = w->start;
	void *memory;

	w->txns_n = sw_txns_size(start->requests, start->invites);
	memory = mmap(NULL, w->txns_n, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		return false;
	w->txns_memory = memory;
	sw_txns_init(out, memory, start->requests, start->invites);
	return true;
}

static bool make_engine(struct sw_worker *w, const struct sw_generation *first)
{
	const struct sw_worker_start *start = w->start;
	struct sw_engine_parts parts = {
		.boot = start->boot,
		.wall = sw_clock_wall(),
		.ahead_us = start->ahead_us,
		.policy = &first->conf->policy,
		.users = first->users,
		.location = start->location,
		.replay = start->replay,
		.proven = start->proven,
	};

	if (!make_txns(w, &parts.txns))
		return false;
	memcpy(parts.key_seed, start->key_seed, sizeof(parts.key_seed));
	memcpy(parts.random_seed, start->random_seed, sizeof(parts.random_seed));
	w->engine = sw_engine_new(&parts);
	sw_secret_wipe(&parts, sizeof(parts));
	return w->engine != NULL;
}

bool sw_worker_make(struct sw_worker *w, const struct sw_generation *first)
{
	w->in = sw_udp_in_new();
	w->actor.out = sw_udp_out_new();
	if (!w->in || !w->actor.out || !make_engine(w, first) ||
	    !sw_stream_init(w, w->start->random_seed))
		return false;
	return sw_handed_watch(w);
}

static bool begin(struct sw_worker *w)
{
	const struct sw_worker_start *start = w->start;

	w->actor = (struct sw_actor){ .trace = start->trace,
				      .events = start->events,
				      .want = start->want,
				      .ring_fd = start->ring_fd,
				      .metrics = start->metrics };
	sw_trace_adopt(&w->actor.trace, sw_clock_mono());
	w->post = start->post;
	w->wake = (struct sw_watch){ .fd = start->wake_fd, .fn = on_wake, .arg = w };
	w->engine_timer = (struct sw_timer){ .fn = on_engine, .arg = w };
	sw_wheel_init(&w->wheel, sw_clock_mono());
	if (!sw_saver_init(&w->actor.saver, &start->saves) ||
	    (start->saves.is_power && !sw_hold_init(&w->actor.hold)))
		return false;
	return sw_loop_init(&w->loop) && sw_order_init(w) &&
	       (start->wake_fd < 0 || sw_loop_add(&w->loop, &w->wake, SW_LOOP_IN));
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

/*
 * Bindings of connections that ended with the life before this one. Some in a turn: there may be
 * very many bindings, and what has come in the meantime waits already.
 */
static void end_old_flows(struct sw_worker *w)
{
	const struct sw_worker_start *s = w->start;

	for (unsigned i = 0; i < OLD_STEPS && w->has_old_flows; i++) {
		struct sw_actions actions = { 0 };

		w->has_old_flows = sw_location_end_flows(
			sw_engine_location(w->engine), (uint8_t)s->number, (uint16_t)s->start,
			&w->old_at, actions.save, SW_SAVES_MAX, &actions.saves);
		if (actions.saves > 0)
			sw_act_perform(&w->actor, &actions, 0);
	}
}

static int serve(struct sw_worker *w)
{
	struct sw_mono now = sw_clock_mono();
	int wait_ms;

	w->actor.now = now;
	ask_drops(w, now);

	sw_wheel_run(&w->wheel, now);
	sw_conns_turn(w->conns);
	if (w->has_left)
		write_left(w);
	end_old_flows(w);
	arm_engine(w);
	sw_saver_turn(&w->actor.saver, now);
	sw_act_flush(&w->actor);
	sw_worker_gauge(w);
	wait_ms = sw_wheel_wait_ms(&w->wheel, now, IDLE_MS);
	return sw_conns_is_busy(w->conns) || w->has_old_flows ? 0 : wait_ms;
}

static void turn(struct sw_worker *w)
{
	int wait_ms = w->generation ? serve(w) : IDLE_MS;

	sw_board_end_turn(w->start->cell, sw_clock_mono());
	sw_loop_wait(&w->loop, wait_ms);
	sw_board_begin_turn(w->start->cell, sw_clock_mono());
	sw_loop_serve(&w->loop);
}

static void end(struct sw_worker *w)
{
	sw_order_forget(w);
	if (w->generation) {
		sw_stream_drain(w);
		sw_worker_gauge(w);
	}
	sw_conns_free(w->conns);
	sw_loop_close(&w->loop);
	sw_udp_in_free(w->in);
	sw_udp_out_free(w->actor.out);
	sw_engine_free(w->engine);
	sw_saver_free(&w->actor.saver);
	sw_hold_free(&w->actor.hold);
	if (w->txns_memory)
		munmap(w->txns_memory, w->txns_n);
	sw_generation_free(w->generation);
	free(w);
}

int sw_worker_main(const struct sw_worker_start *start)
{
	struct sw_worker *w = calloc(1, sizeof(*w));
	bool has_begun;

	if (!w)
		return EXIT_FAILURE;
	memset(w->room, 0xff, sizeof(w->room)); /* touched: see sw_udp_in_new */
	w->start = start;
	w->has_old_flows = start->start > 1;
	w->loop.fd = -1;
	has_begun = begin(w);
	while (has_begun && !w->is_over)
		turn(w);
	end(w);
	return has_begun ? EXIT_SUCCESS : EXIT_FAILURE;
}
