/* SPDX-License-Identifier: Apache-2.0 */
#include "edge/order.h"

#include <stdlib.h>
#include <unistd.h>

#define NO_MEMORY "there is not enough memory for this configuration"

/* To a parent that is not there, or does not read, nothing more can be said. */
static void answer(struct sw_worker *w, enum sw_ipc_type type, uint32_t number, const char *text)
{
	if (!sw_ipc_send(w->start->parent_fd, type, number, sw_slice_of(text)))
		return;
}

static void unwatch(struct sw_worker *w, struct sw_generation *g)
{
	for (size_t i = 0; i < g->conf->policy.listeners; i++)
		if (g->port[i].worker)
			sw_loop_remove(&w->loop, &g->port[i].watch);
}

void sw_order_forget(struct sw_worker *w)
{
	if (!w->next)
		return;
	unwatch(w, w->next);
	sw_generation_free(w->next);
	w->next = NULL;
}

static void refuse(struct sw_worker *w, uint32_t number, const char *why)
{
	sw_order_forget(w);
	answer(w, SW_IPC_UNABLE, number, why);
}

/* All that the kernel could refuse later; but nothing is heard yet. */
static bool watch(struct sw_worker *w, struct sw_generation *g)
{
	for (size_t i = 0; i < g->conf->policy.listeners; i++) {
		struct sw_port *p = &g->port[i];

		p->watch = (struct sw_watch){ .fd = g->fd[i], .fn = sw_worker_port(p), .arg = p };
		if (!sw_loop_add(&w->loop, &p->watch, 0))
			return false;
		p->worker = w;
	}
	return true;
}

static void end_preparing(struct sw_worker *w)
{
	uint32_t number = w->next->number;

	if (!watch(w, w->next))
		refuse(w, number, "the kernel refuses to watch a socket");
	else if (!w->generation && !sw_worker_make(w, w->next))
		refuse(w, number,
		       "there is not enough memory, or not enough free descriptors (ulimit -n)");
	else
		answer(w, SW_IPC_PREPARED, number, "");
}

static struct sw_generation *make(struct sw_worker *w, uint32_t number,
				  const struct sw_ipc_prepare *p, int document)
{
	const struct sw_conf_maker *maker = &w->start->maker;
	struct sw_conf *conf = maker->make(maker->arg, document);
	struct sw_generation *g = NULL;

	if (conf)
		g = sw_generation_new(conf, number, (struct sw_wall){ p->since_us },
				      w->start->key_seed);
	if (conf && !g)
		sw_conf_free(conf);
	if (!g)
		return NULL;
	g->connections = p->connections;
	g->users.kept = w->start->users;
	return g;
}

static void prepare(struct sw_worker *w, int document)
{
	uint32_t number = w->order.code;
	struct sw_ipc_prepare p;

	sw_order_forget(w);
	if (w->order.n != sizeof(p)) {
		refuse(w, number, "the parent is of another version: restart the door");
		return;
	}
	memcpy(&p, w->order.text, sizeof(p));
	w->next = make(w, number, &p, document);
	if (!w->next) {
		refuse(w, number, NO_MEMORY);
		return;
	}
	w->lacking = p.sockets;
	if (p.sockets != w->next->conf->policy.listeners)
		refuse(w, number, "listeners and sockets are not as many: reload again");
	else if (p.sockets == 0)
		end_preparing(w);
}

/* true: it is the generation's now. */
static bool take_socket(struct sw_worker *w, int fd)
{
	struct sw_generation *g = w->next;
	uint32_t i = w->order.code;

	if (!g || fd < 0 || w->lacking == 0 || i >= g->conf->policy.listeners || g->fd[i] >= 0)
		return false;
	g->fd[i] = fd;
	if (--w->lacking == 0)
		end_preparing(w);
	return true;
}

static void use(struct sw_worker *w)
{
	struct sw_generation *old = w->generation, *next = w->next;

	if (!next || w->lacking > 0 || next->number != w->order.code)
		return;
	w->next = NULL;
	if (old)
		unwatch(w, old);
	sw_worker_use(w, next);
	for (size_t i = 0; i < next->conf->policy.listeners; i++) {
		next->port[i].is_served = true;
		if (!sw_loop_change(&w->loop, &next->port[i].watch, SW_LOOP_IN))
			abort(); /* it is watched already, so the kernel has nothing to refuse */
	}
	sw_generation_free(old);
	answer(w, SW_IPC_ON, next->number, "");
}

static void obey(struct sw_worker *w, int fd)
{
	bool is_kept = false;

	switch (w->order.type) {
	case SW_IPC_PREPARE:
		prepare(w, fd);
		break;
	case SW_IPC_SOCKET:
		is_kept = take_socket(w, fd);
		break;
	case SW_IPC_JOURNAL:
		is_kept = sw_saver_take(&w->actor.saver, w->order.code & 1, fd);
		break;
	case SW_IPC_USE:
		use(w);
		break;
	case SW_IPC_FORGET:
		if (w->next && w->next->number == w->order.code)
			sw_order_forget(w);
		break;
	case SW_IPC_STOP:
		w->is_over = true;
		break;
	default:
		break;
	}
	if (fd >= 0 && !is_kept)
		close(fd);
}

static void on_parent(void *arg, unsigned what)
{
	struct sw_worker *w = arg;

	(void)what;
	for (;;) {
		int fd;
		enum sw_ipc_got got = sw_ipc_receive_fd(w->start->parent_fd, &w->order, &fd);

		if (got == SW_IPC_GONE) {
			w->is_over = true;
			sw_loop_remove(&w->loop, &w->parent);
		}
		if (got != SW_IPC_GOT)
			return;
		obey(w, fd);
	}
}

bool sw_order_init(struct sw_worker *w)
{
	w->parent = (struct sw_watch){ .fd = w->start->parent_fd, .fn = on_parent, .arg = w };
	return sw_loop_add(&w->loop, &w->parent, SW_LOOP_IN);
}
