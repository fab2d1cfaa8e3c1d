/* SPDX-License-Identifier: Apache-2.0 */
#include "net/loop.h"

#include <unistd.h>

bool sw_loop_init(struct sw_loop *l)
{
	l->ready = l->at = 0;
	l->fd = epoll_create1(EPOLL_CLOEXEC);
	return l->fd >= 0;
}

void sw_loop_close(struct sw_loop *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}

static bool control(struct sw_loop *l, int op, struct sw_watch *w, unsigned what)
{
	struct epoll_event event = { .data.ptr = w };

	if (what & SW_LOOP_IN)
		event.events |= EPOLLIN;
	if (what & SW_LOOP_OUT)
		event.events |= EPOLLOUT;
	return epoll_ctl(l->fd, op, w->fd, &event) == 0;
}

bool sw_loop_add(struct sw_loop *l, struct sw_watch *w, unsigned what)
{
	return control(l, EPOLL_CTL_ADD, w, what);
}

bool sw_loop_change(struct sw_loop *l, struct sw_watch *w, unsigned what)
{
	return control(l, EPOLL_CTL_MOD, w, what);
}

void sw_loop_remove(struct sw_loop *l, struct sw_watch *w)
{
	epoll_ctl(l->fd, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = l->at; i < l->ready; i++) {
		if (l->event[i].data.ptr == w)
			l->event[i].data.ptr = NULL;
	}
}

static unsigned what_of(uint32_t events)
{
	unsigned what = 0;

	if (events & EPOLLIN)
		what |= SW_LOOP_IN;
	if (events & EPOLLOUT)
		what |= SW_LOOP_OUT;
	if (events & (EPOLLERR | EPOLLHUP))
		what |= SW_LOOP_GONE;
	return what;
}

void sw_loop_wait(struct sw_loop *l, int wait_ms)
{
	l->ready = epoll_wait(l->fd, l->event, SW_LOOP_READY, wait_ms);
}

void sw_loop_serve(struct sw_loop *l)
{
	for (l->at = 0; l->at < l->ready; l->at++) {
		const struct epoll_event *event = &l->event[l->at];
		const struct sw_watch *w = event->data.ptr;

		if (w)
			w->fn(w->arg, what_of(event->events));
	}
	l->ready = l->at = 0;
}

void sw_loop_turn(struct sw_loop *l, int wait_ms)
{
	sw_loop_wait(l, wait_ms);
	sw_loop_serve(l);
}
