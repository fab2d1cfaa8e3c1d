/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/act.h"

#include <unistd.h>

#include "obs/event.h"

static void count_failed(struct sw_actor *a, size_t n)
{
	while (n--)
		sw_metric_add(&a->metrics->send_failed);
}

static bool is_port_of(const struct sw_port *port, const struct sw_path *path)
{
	const struct sw_addr *at = &port->listener->addr;

	return port->listener->transport == path->transport && at->port == path->local.port &&
	       at->family == path->local.family &&
	       (port->is_any || sw_addr_eq_ip(at, &path->local));
}

/*
 * The listener of a path, which may be of an earlier generation, where the number was another's.
 * NULL: it went with a reload.
 */
static const struct sw_port *find_port(const struct sw_actor *a, const struct sw_path *path)
{
	const struct sw_generation *g = a->generation;
	size_t n = g->conf->policy.listeners;

	if (path->listener < n && is_port_of(&g->port[path->listener], path))
		return &g->port[path->listener];
	for (size_t i = 0; i < n; i++)
		if (is_port_of(&g->port[i], path))
			return &g->port[i];
	return NULL;
}

_Static_assert(SW_UDP_BATCH <= 32, "a set of those that wait fits in promised");

static bool put(struct sw_actor *a, const struct sw_path *path, struct sw_slice octets,
		const struct sw_addr *from, bool is_promise)
{
	if (!sw_udp_put(a->out, octets, &path->peer, from))
		return false;
	if (is_promise)
		a->promised |= (uint32_t)1 << (sw_udp_waiting(a->out) - 1);
	return true;
}

static void send_datagram(struct sw_actor *a, const struct sw_path *path, struct sw_slice octets,
			  bool is_promise)
{
	const struct sw_port *port = find_port(a, path);
	const struct sw_addr *from;

	if (!port) {
		count_failed(a, 1);
		return;
	}
	from = port->is_any ? &path->local : NULL;
	if (a->fd != port->watch.fd)
		sw_act_send(a);
	a->fd = port->watch.fd;
	if (put(a, path, octets, from, is_promise))
		return;
	sw_act_send(a);
	if (!put(a, path, octets, from, is_promise))
		count_failed(a, 1);
}

static void send_by_flow(struct sw_actor *a, const struct sw_path *path, struct sw_slice octets)
{
	if (!sw_conns_send(a->conns, path->flow, octets))
		sw_metric_add(&a->metrics->flow_gone);
}

/* What can be lost to a loss of power is not told before it cannot. */
static bool must_wait(const struct sw_actor *a)
{
	return a->saver.way.state && a->saver.way.is_power && !a->saver.is_stuck;
}

static void do_send(struct sw_actor *a, const struct sw_action *action, bool is_promise)
{
	const struct sw_path *path = &action->path;

	if (is_promise && must_wait(a)) {
		if (!sw_hold_put(&a->hold, path, action->octets, sw_saver_promised(&a->saver)))
			count_failed(a, 1);
	} else if (path->flow == 0) {
		send_datagram(a, path, action->octets, is_promise);
	} else if (is_promise && !sw_saver_write(&a->saver)) {
		count_failed(a, 1);
	} else {
		send_by_flow(a, path, action->octets);
	}
}

static void publish(struct sw_actor *a, const struct sw_event_view *v)
{
	struct sw_event *place = sw_ring_claim(&a->events);

	if (!place) /* the ring counts what it refuses */
		return;
	sw_event_copy(place, v);
	sw_ring_publish(&a->events);
	a->has_events = true;
}

static void keep(struct sw_actor *a, const struct sw_account *account, uint32_t took_us)
{
	static const struct sw_addr nowhere;
	const struct sw_policy *policy = &a->generation->conf->policy;
	const struct sw_addr *at = account->listener < policy->listeners
					   ? &policy->listener[account->listener].addr
					   : &nowhere;
	struct sw_event_view v;

	sw_event_see(&v, account, at, took_us, a->generation->number);
	sw_trace_keep(&a->trace, &v, a->now);
	if (sw_board_wants(a->want, sw_event_level(&v.e)))
		publish(a, &v);
}

static void do_note(struct sw_actor *a, const struct sw_account *account, uint32_t took_us)
{
	sw_metric_count(a->metrics, &a->generation->counts, account, took_us);
	keep(a, account, took_us);
}

void sw_act_perform(struct sw_actor *a, const struct sw_actions *actions, uint32_t took_us)
{
	sw_saver_put(&a->saver, actions);
	a->has_bound |= actions->saves > 0;
	for (size_t i = 0; i < actions->n; i++) {
		const struct sw_action *action = &actions->a[i];

		switch (action->kind) {
		case SW_DO_SEND:
			do_send(a, action, actions->promises);
			break;
		case SW_DO_NOTE:
			do_note(a, &actions->account, took_us);
			break;
		case SW_DO_NOTHING:
			break;
		}
	}
	if (sw_saver_is_full(&a->saver))
		sw_act_send(a);
}

static bool may_log(struct sw_actor *a, struct sw_wall now)
{
	int64_t second = sw_wall_s(now);

	if (a->closed_s != second) {
		a->closed_s = second;
		a->closed = 0;
	}
	return a->closed++ < SW_ACT_CLOSED_MOST;
}

void sw_act_closed(struct sw_actor *a, const struct sw_conn_peer *peer, enum sw_reason why,
		   struct sw_wall now)
{
	const struct sw_account account = {
		.verdict = { .act = SW_ACT_DROP, .reason = why },
		.src = peer->src,
		.transport = SW_TCP,
		.listener = peer->port,
		.at = now,
	};

	sw_metric_closed(a->metrics, why);
	if (may_log(a, now))
		keep(a, &account, 0);
}

bool sw_act_takes(struct sw_actor *a)
{
	return sw_saver_takes(&a->saver) && (!a->saver.way.is_power || sw_hold_takes(&a->hold));
}

/* What the journal did not take is not told; who asks again hears that the store is down. */
static void break_promises(struct sw_actor *a)
{
	for (size_t i = SW_UDP_BATCH; i-- > 0;) {
		if (!(a->promised & (uint32_t)1 << i))
			continue;
		sw_udp_drop(a->out, i);
		count_failed(a, 1);
	}
	count_failed(a, sw_hold_cut(&a->hold, a->saver.written));
}

void sw_act_send(struct sw_actor *a)
{
	if (!sw_saver_write(&a->saver))
		break_promises(a);
	a->promised = 0;
	count_failed(a, sw_udp_send(a->out, a->fd));
}

/* Octets of datagrams are in the hold until they are sent. */
static uint32_t release_some(struct sw_actor *a, uint64_t synced)
{
	const struct sw_held *h;
	uint32_t n = 0;

	while (n < SW_UDP_BATCH && (h = sw_hold_at(&a->hold, n)) != NULL && h->until <= synced) {
		if (h->path.flow == 0)
			send_datagram(a, &h->path, h->octets, false);
		else
			send_by_flow(a, &h->path, h->octets);
		n++;
	}
	sw_act_send(a);
	sw_hold_drop(&a->hold, n);
	return n;
}

void sw_act_release(struct sw_actor *a)
{
	uint64_t synced;

	if (!sw_hold_at(&a->hold, 0))
		return;
	synced = sw_saver_synced(&a->saver);
	while (release_some(a, synced) > 0)
		;
	if (sw_hold_at(&a->hold, 0))
		sw_saver_ring(&a->saver);
}

void sw_act_flush(struct sw_actor *a)
{
	const uint64_t one = 1;

	sw_act_send(a);
	sw_act_release(a);
	if (!a->has_events)
		return;
	a->has_events = false;
	/* Refused only when 2^64 - 1 rings are unheard, and then the reader is awake anyway. */
	if (write(a->ring_fd, &one, sizeof(one)) < 0)
		return;
}
