/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/sockets.h"

#include <unistd.h>

#include "net/tcp.h"
#include "net/udp.h"
#include "proc/portowner.h"

#define HELP_LISTEN "or change the listen line (%.*s:%u)"

static int find_same(const struct sw_generation *old, const struct sw_listener *l)
{
	const struct sw_policy *p = old ? &old->conf->policy : NULL;

	for (size_t i = 0; p && i < p->listeners; i++) {
		if (p->listener[i].transport == l->transport &&
		    sw_addr_eq(&p->listener[i].addr, &l->addr))
			return old->fd[i];
	}
	return -1;
}

static bool has(const struct sw_generation *g, int fd)
{
	for (size_t i = 0; g && i < g->conf->policy.listeners; i++) {
		if (g->fd[i] == fd)
			return true;
	}
	return false;
}

void sw_sockets_close(const struct sw_generation *g, const struct sw_generation *kept)
{
	for (size_t i = 0; i < g->conf->policy.listeners; i++) {
		if (g->fd[i] < 0 || has(kept, g->fd[i]))
			continue;
		close(g->fd[i]);
		g->fd[i] = -1;
	}
}

static bool say_taken(const struct sw_listener *l, const char *name, struct sw_why *why)
{
	const char *by = sw_transport_name(l->transport);
	struct sw_slice path = l->file;
	struct sw_portowner owner;

	if (!sw_portowner_find(l->transport, &l->addr, &owner))
		return sw_why_say(why, "%s %s is taken by another program: stop that, " HELP_LISTEN,
				  by, name, (int)path.n, path.p, l->line);
	if (owner.pid == getpid())
		return sw_why_say(why,
				  "%s %s is taken by a listener that runs now and that this "
				  "configuration drops: restart, " HELP_LISTEN,
				  by, name, (int)path.n, path.p, l->line);
	return sw_why_say(why, "%s %s is taken by %s (pid %lld): stop it, " HELP_LISTEN, by, name,
			  owner.program, (long long)owner.pid, (int)path.n, path.p, l->line);
}

static bool say_not_opened(enum sw_sock_opened opened, const struct sw_listener *l,
			   const char *kernel, struct sw_why *why)
{
	const char *by = sw_transport_name(l->transport);
	struct sw_slice path = l->file;
	char room[80];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	const char *name;

	sw_addr_write(&b, &l->addr);
	name = sw_buf_text(&b);
	switch (opened) {
	case SW_SOCK_TAKEN:
		return say_taken(l, name, why);
	case SW_SOCK_NO_ADDRESS:
		return sw_why_say(why,
				  "%s %s is not an address of this machine: give it to an "
				  "interface, " HELP_LISTEN,
				  by, name, (int)path.n, path.p, l->line);
	case SW_SOCK_DENIED:
		return sw_why_say(why,
				  "%s %s needs rights that this user does not have: start as root "
				  "or with CAP_NET_BIND_SERVICE, " HELP_LISTEN,
				  by, name, (int)path.n, path.p, l->line);
	default:
		return sw_why_say(why, "%s %s cannot be opened (%s): see %.*s:%u", by, name, kernel,
				  (int)path.n, path.p, l->line);
	}
}

static enum sw_sock_opened open_one(const struct sw_listener *l, int *fd, const char **kernel)
{
	return (l->transport == SW_TCP ? sw_tcp_listen : sw_udp_open)(&l->addr, fd, kernel);
}

bool sw_sockets_open(struct sw_generation *g, const struct sw_generation *old, struct sw_why *why)
{
	for (size_t i = 0; i < g->conf->policy.listeners; i++) {
		const struct sw_listener *l = &g->conf->policy.listener[i];
		enum sw_sock_opened opened;
		const char *kernel = "";

		g->fd[i] = find_same(old, l);
		if (g->fd[i] >= 0)
			continue;
		opened = open_one(l, &g->fd[i], &kernel);
		if (opened == SW_SOCK_OPEN)
			continue;
		(void)say_not_opened(opened, l, kernel, why);
		sw_sockets_close(g, old);
		return false;
	}
	return true;
}
