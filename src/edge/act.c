/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/act.h"

#include <unistd.h>

#include "obs/event.h"

static void count_failed(struct sw_actor *a, size_t n)
{
	while (n--)
		sw_metric_add(&a->metrics->send_failed);
}

static void do_send(struct sw_actor *a, const struct sw_act_context *c,
		    const struct sw_action *action)
{
	const struct sw_addr *from = c->is_any ? &action->path.local : NULL;
	const struct sw_addr *to = &action->path.peer;

	if (sw_udp_put(a->out, action->octets, to, from))
		return;
	count_failed(a, sw_udp_send(a->out, c->fd));
	if (!sw_udp_put(a->out, action->octets, to, from))
		count_failed(a, 1);
}

static void do_note(struct sw_actor *a, const struct sw_act_context *c,
		    const struct sw_account *account)
{
	struct sw_event *event = sw_ring_claim(&a->events);

	sw_metric_count(a->metrics, account);
	if (!event) /* the ring counts what it refuses */
		return;
	sw_event_keep(event, account, c->at, c->took_us, a->generation);
	sw_ring_publish(&a->events);
	a->has_events = true;
}

void sw_act_perform(struct sw_actor *a, const struct sw_act_context *c,
		    const struct sw_actions *actions)
{
	for (size_t i = 0; i < actions->n; i++) {
		const struct sw_action *action = &actions->a[i];

		switch (action->kind) {
		case SW_DO_SEND:
			do_send(a, c, action);
			break;
		case SW_DO_NOTE:
			do_note(a, c, &actions->account);
			break;
		case SW_DO_NOTHING:
			break;
		}
	}
}

void sw_act_flush(struct sw_actor *a, int fd)
{
	const uint64_t one = 1;

	count_failed(a, sw_udp_send(a->out, fd));
	if (!a->has_events)
		return;
	a->has_events = false;
	/* Refused only when 2^64 - 1 rings are unheard, and then the reader is awake anyway. */
	if (write(a->ring_fd, &one, sizeof(one)) < 0)
		return;
}
