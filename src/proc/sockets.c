/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/sockets.h"

#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "net/tcp.h"
#include "net/udp.h"
#include "proc/portowner.h"

static int *place_of(const struct sw_sockets *s, uint32_t listener, uint32_t worker)
{
	return &s->fd[listener * s->workers + worker];
}

static bool is_same(const struct sw_facts_listener *a, const struct sw_facts_listener *b)
{
	return a->transport == b->transport && sw_addr_eq(&a->addr, &b->addr);
}

/* Its number among the old ones, or how many those are. */
static uint32_t find_same(const struct sw_facts *old, const struct sw_facts_listener *l)
{
	uint32_t i = 0;

	while (i < old->listeners && !is_same(&old->listener[i], l))
		i++;
	return i;
}

static bool has(const struct sw_sockets *s, int fd)
{
	for (size_t i = 0; s && i < (size_t)s->listeners * s->workers; i++)
		if (s->fd[i] == fd)
			return true;
	return false;
}

void sw_sockets_close(struct sw_sockets *s, const struct sw_sockets *kept)
{
	for (size_t i = 0; s->fd && i < (size_t)s->listeners * s->workers; i++)
		if (s->fd[i] >= 0 && !has(kept, s->fd[i]))
			close(s->fd[i]);
	free(s->fd);
	*s = (struct sw_sockets){ 0 };
}

/* Of which statement: its key stands in the sentence. */
static void say_taken(const struct sw_facts_listener *l, const char *key, const char *name,
		      struct sw_why *why)
{
	enum sw_transport transport = (enum sw_transport)l->transport;
	const char *by = sw_transport_name(transport);
	struct sw_portowner owner;

	if (!sw_portowner_find(transport, &l->addr, &owner))
		(void)sw_why_say(why,
				 "%s %s is taken by another program: stop that, or change the %s "
				 "line",
				 by, name, key);
	else if (owner.pid == getpid())
		(void)sw_why_say(why,
				 "%s %s is taken by a listener that runs now and that this "
				 "configuration drops: restart, or change the %s line",
				 by, name, key);
	else
		(void)sw_why_say(why,
				 "%s %s is taken by %s (pid %lld): stop it, or change the %s line",
				 by, name, owner.program, (long long)owner.pid, key);
}

static void say_not_opened(enum sw_sock_opened opened, const struct sw_facts_listener *l,
			   const char *key, const char *kernel, struct sw_why *why)
{
	const char *by = sw_transport_name((enum sw_transport)l->transport);
	char room[80];
	struct sw_buf b = sw_buf_over(room, sizeof(room));
	const char *name;

	sw_addr_write(&b, &l->addr);
	name = sw_buf_text(&b);
	switch (opened) {
	case SW_SOCK_TAKEN:
		say_taken(l, key, name, why);
		break;
	case SW_SOCK_NO_ADDRESS:
		(void)sw_why_say(why,
				 "%s %s is not an address of this machine: give it to an "
				 "interface, or change the %s line",
				 by, name, key);
		break;
	case SW_SOCK_DENIED:
		(void)sw_why_say(why,
				 "%s %s needs rights that this user does not have: start as root "
				 "or with CAP_NET_BIND_SERVICE, or change the %s line",
				 by, name, key);
		break;
	default:
		(void)sw_why_say(why, "%s %s cannot be opened (%s): see the %s line", by, name,
				 kernel, key);
	}
}

static enum sw_sock_opened open_alone(const struct sw_facts_listener *l, int *fd,
				      const char **kernel)
{
	return (l->transport == SW_TCP ? sw_tcp_listen : sw_udp_open)(&l->addr, fd, kernel);
}

static enum sw_sock_opened open_shared(const struct sw_facts_listener *l, int *fd,
				       const char **kernel)
{
	return (l->transport == SW_TCP ? sw_tcp_listen_shared : sw_udp_open_shared)(&l->addr, fd,
										    kernel);
}

/*
 * Sockets that share an address would join those of another door of this user, and take half of
 * what comes away from it: so first one that does not, which is closed again.
 */
static enum sw_sock_opened probe(const struct sw_facts_listener *l, const char **kernel)
{
	int fd;
	enum sw_sock_opened opened = open_alone(l, &fd, kernel);

	if (opened == SW_SOCK_OPEN)
		close(fd);
	return opened;
}

static enum sw_sock_opened open_all(struct sw_sockets *s, uint32_t i,
				    const struct sw_facts_listener *l, const char **kernel)
{
	enum sw_sock_opened opened;

	if (s->workers == 1)
		return open_alone(l, place_of(s, i, 0), kernel);
	opened = probe(l, kernel);
	for (uint32_t w = 0; w < s->workers && opened == SW_SOCK_OPEN; w++)
		opened = open_shared(l, place_of(s, i, w), kernel);
	return opened;
}

static bool open_one(struct sw_sockets *s, uint32_t i, const struct sw_facts *facts,
		     const struct sw_sockets *old, const struct sw_facts *old_facts,
		     struct sw_why *why)
{
	const struct sw_facts_listener *l = &facts->listener[i];
	uint32_t same = old ? find_same(old_facts, l) : 0;
	const char *kernel = "";
	enum sw_sock_opened opened;

	if (old && same < old_facts->listeners) {
		memcpy(place_of(s, i, 0), place_of(old, same, 0), s->workers * sizeof(*s->fd));
		return true;
	}
	opened = open_all(s, i, l, &kernel);
	if (opened == SW_SOCK_OPEN)
		return true;
	say_not_opened(opened, l, "listen", kernel, why);
	sw_facts_add_place(facts, l->place, why);
	return false;
}

bool sw_sockets_open(struct sw_sockets *s, const struct sw_facts *facts, uint32_t workers,
		     const struct sw_sockets *old, const struct sw_facts *old_facts,
		     struct sw_why *why)
{
	size_t n = (size_t)facts->listeners * workers;

	*s = (struct sw_sockets){ .workers = workers, .listeners = facts->listeners };
	s->fd = malloc((n + 1) * sizeof(*s->fd));
	if (!s->fd)
		return sw_why_say(why, "there is not enough memory for this configuration");
	for (size_t i = 0; i < n; i++)
		s->fd[i] = -1;
	for (uint32_t i = 0; i < facts->listeners; i++) {
		if (open_one(s, i, facts, old, old_facts, why))
			continue;
		sw_sockets_close(s, old);
		return false;
	}
	return true;
}

bool sw_sockets_open_admin(const struct sw_facts *facts, int *fd, struct sw_why *why)
{
	const struct sw_facts_listener l = { .addr = facts->admin, .transport = SW_TCP };
	const char *kernel = "";
	enum sw_sock_opened opened = open_alone(&l, fd, &kernel);

	if (opened == SW_SOCK_OPEN)
		return true;
	*fd = -1;
	say_not_opened(opened, &l, "admin", kernel, why);
	sw_facts_add_place(facts, facts->place[SW_FACTS_ADMIN], why);
	return false;
}

uint32_t sw_sockets_room(const struct sw_sockets *s, const struct sw_facts *facts)
{
	uint32_t least = UINT32_MAX;

	for (uint32_t i = 0; i < s->listeners; i++) {
		uint32_t room;

		if (facts->listener[i].transport != SW_UDP)
			continue;
		room = sw_udp_room(sw_sockets_of(s, i, 0));
		least = room < least ? room : least;
	}
	return least;
}

bool sw_sockets_wait(const struct sw_sockets *s, uint32_t worker)
{
	struct pollfd p[SW_FACTS_LISTENERS];

	for (uint32_t i = 0; i < s->listeners; i++)
		p[i] = (struct pollfd){ .fd = sw_sockets_of(s, i, worker), .events = POLLIN };
	return poll(p, s->listeners, 0) > 0;
}
