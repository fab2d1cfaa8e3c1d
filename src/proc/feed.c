/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/feed.h"

#include "share/inherit.h"

void sw_feed_begin(struct sw_feed *f, const struct sw_stage *stage)
{
	if (f->stage && f->step > SW_FEED_IDLE && f->step < SW_FEED_USED)
		f->forget = f->stage->number;
	f->stage = stage;
	f->sent = 0;
	f->is_refused = false;
	f->step = SW_FEED_SENDING;
	if (f->on == stage->number) /* it goes back to what it serves */
		f->step = SW_FEED_ON;
}

static uint32_t descriptors(const struct sw_stage *s, enum sw_feed_share share)
{
	switch (share) {
	case SW_FEED_SOCKETS:
		return s->sockets.listeners;
	case SW_FEED_LOG:
		return (s->log_fd >= 0 ? 1u : 0u) + (s->admin_fd >= 0 ? 1u : 0u);
	default:
		return 0;
	}
}

static bool send_prepare(const struct sw_stage *s, const struct sw_feed_to *to)
{
	const struct sw_ipc_prepare p = {
		.since_us = s->since.us,
		.sockets = descriptors(s, to->share),
		.connections = to->share == SW_FEED_SOCKETS ? s->connections : 0,
		.is_demo = s->facts.is_demo,
	};

	return sw_ipc_send_fd(to->fd, SW_IPC_PREPARE, s->number,
			      (struct sw_slice){ (const char *)&p, sizeof(p) },
			      to->share == SW_FEED_LOG ? s->bare : s->document);
}

static bool send_socket(const struct sw_stage *s, const struct sw_feed_to *to, uint32_t i)
{
	bool is_log = i == 0 && s->log_fd >= 0;

	if (to->share == SW_FEED_SOCKETS)
		return sw_ipc_send_fd(to->fd, SW_IPC_SOCKET, i, SW_LIT(""),
				      sw_sockets_of(&s->sockets, i, to->worker));
	return sw_ipc_send_fd(to->fd, SW_IPC_SOCKET, is_log ? SW_INHERIT_LOG : SW_INHERIT_ADDRESS,
			      SW_LIT(""), is_log ? s->log_fd : s->admin_fd);
}

static bool send_rest(struct sw_feed *f, const struct sw_feed_to *to)
{
	uint32_t all = 1 + descriptors(f->stage, to->share);

	for (; f->sent < all; f->sent++) {
		if (f->sent == 0 ? !send_prepare(f->stage, to)
				 : !send_socket(f->stage, to, f->sent - 1))
			return false;
	}
	f->step = SW_FEED_ASKED;
	return true;
}

bool sw_feed_push(struct sw_feed *f, const struct sw_feed_to *to)
{
	if (f->forget && !sw_ipc_send(to->fd, SW_IPC_FORGET, f->forget, SW_LIT("")))
		return false;
	f->forget = 0;
	if (f->step == SW_FEED_SENDING && !send_rest(f, to))
		return false;
	if (f->step != SW_FEED_PREPARED || !to->may_use)
		return true;
	if (!sw_ipc_send(to->fd, SW_IPC_USE, f->stage->number, SW_LIT("")))
		return false;
	f->step = SW_FEED_USED;
	return true;
}

bool sw_feed_hear(struct sw_feed *f, const struct sw_ipc *m)
{
	if (!f->stage || m->code != f->stage->number)
		return false;
	if (f->step == SW_FEED_USED && m->type == SW_IPC_ON) {
		f->step = SW_FEED_ON;
		f->on = m->code;
		return true;
	}
	if (f->step != SW_FEED_SENDING && f->step != SW_FEED_ASKED)
		return false;
	switch (m->type) {
	case SW_IPC_PREPARED:
		f->step = SW_FEED_PREPARED;
		return true;
	case SW_IPC_REFUSES:
	case SW_IPC_UNABLE:
		f->is_refused = m->type == SW_IPC_REFUSES;
		f->step = SW_FEED_UNABLE;
		return true;
	default:
		return false;
	}
}
